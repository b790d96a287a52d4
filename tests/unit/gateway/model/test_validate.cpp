#include "gateway/model/validate.h"
#include "model_samples.h"

#include <QtTest>
#include <functional>

using namespace gateway::model;
using namespace std::chrono_literals;

using Change = std::function<void(Config&)>;
Q_DECLARE_METATYPE(Change)

class ValidateTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsNothingInAGoodConfig();
    void saysWhatCannotWork_data();
    void saysWhatCannotWork();
    void allowsPortZeroToTests();
    void checksDisabledRoutesButNotForOverlap();
    void saysProblemsInTheOrderOfTheConfig();
    void checksOneEntityInItsSurroundings();
    void takesTheEntityWithTheSameIdAsItsFormerSelf();
};

namespace {

template<class T, class Edit>
void change(Collection<T>& items, const Edit& edit) {
    T item = items[0];
    items.erase(item.name);
    edit(item);
    items.put(std::move(item));
}

Change listener(void (*edit)(Listener&)) {
    return [edit](Config& config) { change(config.listeners, edit); };
}
Change tier(void (*edit)(Tier&)) {
    return [edit](Config& config) { change(config.tiers, edit); };
}
Change consumer(void (*edit)(Consumer&)) {
    return [edit](Config& config) { change(config.consumers, edit); };
}
Change service(void (*edit)(Service&)) {
    return [edit](Config& config) { change(config.services, edit); };
}
Change route(void (*edit)(Route&)) {
    return [edit](Config& config) { change(config.routes, edit); };
}

} // namespace

void ValidateTest::findsNothingInAGoodConfig() {
    QCOMPARE(listProblems(validate(Config{}), false), QString());
    QCOMPARE(listProblems(validate(smallConfig()), false), QString());
    QCOMPARE(listProblems(validate(everyField().config), false), QString());
}

void ValidateTest::saysWhatCannotWork_data() {
    QTest::addColumn<Change>("edit");
    QTest::addColumn<QString>("problem");
    const auto row = [](const char* problem, const char* name, Change edit) {
        QTest::addRow("%s: %s", problem, name)
            << std::move(edit) << QString::fromLatin1(problem) + QLatin1Char('\n');
    };
    row("not-allowed listeners[].name", "empty", listener([](Listener& l) { l.name = ""; }));
    row("not-allowed listeners[a b].name", "a space", listener([](Listener& l) { l.name = "a b"; }));
    row("not-allowed listeners[l].address", "a name", listener([](Listener& l) { l.host = "localhost"; }));
    row("not-allowed listeners[l].limits.header_bytes", "0",
        listener([](Listener& l) { l.limits.headBytesMax = 0; }));
    row("not-allowed listeners[l].limits.header_bytes", "2 MiB",
        listener([](Listener& l) { l.limits.headBytesMax = 2 << 20; }));
    row("not-allowed listeners[l].limits.headers", "0",
        listener([](Listener& l) { l.limits.headersMax = 0; }));
    row("not-allowed listeners[l].limits.body", "2 TiB",
        listener([](Listener& l) { l.limits.bodyBytesMax = 2ULL << 40U; }));
    row("not-allowed listeners[l].limits.connections_per_peer", "over a million",
        listener([](Listener& l) { l.limits.connectionsPerPeer = 1'000'001; }));
    row("not-allowed listeners[l].timeouts.body_min_rate", "2GiB/s",
        listener([](Listener& l) { l.timeouts.bodyMinRate = 2ULL << 30U; }));
    row("not-allowed listeners[l].timeouts.write", "0",
        listener([](Listener& l) { l.timeouts.write = 0ms; }));
    row("not-allowed listeners[l].timeouts.header", "0",
        listener([](Listener& l) { l.timeouts.header = 0ms; }));
    row("not-allowed listeners[l].timeouts.body", "over 1h",
        listener([](Listener& l) { l.timeouts.body = 1h + 1ms; }));
    row("not-allowed listeners[l].timeouts.idle", "negative",
        listener([](Listener& l) { l.timeouts.idle = -1ms; }));
    row("not-allowed listeners[l].api_key.header", "no token",
        listener([](Listener& l) { l.keyHeader = "X Key"; }));
    row("not-allowed listeners[l].api_key.header", "none", listener([](Listener& l) { l.keyHeader = ""; }));
    row("not-allowed listeners[l].api_key.query", "no name",
        listener([](Listener& l) { l.keyQuery = "a=b"; }));
    row("duplicate listeners[m].address", "the same address, written otherwise", [](Config& config) {
        change(config.listeners, [](Listener& l) { l.host = "::1"; });
        Listener other = config.listeners[0];
        other.name = "m";
        other.host = "0:0:0:0:0:0:0:1";
        config.listeners.put(other);
    });
    row("not-allowed tiers[t].rate", "0", tier([](Tier& t) { t.requests = 0; }));
    row("not-allowed tiers[t].rate", "per 2 seconds", tier([](Tier& t) { t.period = 2s; }));
    row("not-allowed tiers[t].burst", "0", tier([](Tier& t) { t.burst = 0; }));
    row("no-such-name consumers[c].tier", "gone", consumer([](Consumer& c) { c.tier = "gold"; }));
    row("not-allowed consumers[c].tier", "none", consumer([](Consumer& c) { c.tier = ""; }));
    row("duplicate consumers[c].roles[1]", "twice", consumer([](Consumer& c) { c.roles = {"a", "a"}; }));
    row("not-allowed consumers[c].roles[0]", "a line feed", consumer([](Consumer& c) { c.roles = {"a\n"}; }));
    row("not-allowed consumers[c].attributes", "a bad name", consumer([](Consumer& c) {
            c.attributes = {{"a b", "c"}};
        }));
    row("not-allowed consumers[c].attributes.a", "bytes that are no text", consumer([](Consumer& c) {
            c.attributes = {{"a", "\xFF"}};
        }));
    row("not-allowed services[s].targets", "none", service([](Service& s) { s.targets.clear(); }));
    row("not-allowed services[s].targets[0]", "no host",
        service([](Service& s) { s.targets[0].host = "a b"; }));
    row("not-allowed services[s].targets[0]", "half an address",
        service([](Service& s) { s.targets[0].host = "1.2.3"; }));
    row("not-allowed services[s].targets[0]", "a label with a dash at its end",
        service([](Service& s) { s.targets[0].host = "a-.example"; }));
    row("not-allowed services[s].targets[0]", "port 0", service([](Service& s) { s.targets[0].port = 0; }));
    row("not-allowed services[s].targets[0].weight", "0",
        service([](Service& s) { s.targets[0].weight = 0; }));
    row("not-allowed services[s].targets[0].weight", "1001",
        service([](Service& s) { s.targets[0].weight = 1001; }));
    row("duplicate services[s].targets[1]", "twice", service([](Service& s) {
            s.targets = {{"a.b", 1, 1}, {"A.b", 1, 2}};
        }));
    row("not-allowed services[s].timeouts.connect", "0",
        service([](Service& s) { s.timeouts.connect = 0ms; }));
    row("not-allowed services[s].timeouts.response", "2h",
        service([](Service& s) { s.timeouts.response = 2h; }));
    row("not-allowed services[s].timeouts.idle", "0", service([](Service& s) { s.timeouts.idle = 0ms; }));
    row("not-allowed policies[p]", "no rule",
        [](Config& config) { change(config.policies, [](Policy& p) { p.authenticate.reset(); }); });
    row("not-allowed routes[r].match.path", "no slash", route([](Route& r) { r.match.path = "a"; }));
    row("not-allowed routes[r].match.path", "a bad expression", route([](Route& r) { r.match.path = "~("; }));
    row("not-allowed routes[r].match.hosts[0]", "a port",
        route([](Route& r) { r.match.hosts = {"a.b:80"}; }));
    row("not-allowed routes[r].match.hosts[0]", "upper case",
        route([](Route& r) { r.match.hosts = {"A.b"}; }));
    row("not-allowed routes[r].match.hosts[0]", "a star alone",
        route([](Route& r) { r.match.hosts = {"*"}; }));
    row("not-allowed routes[r].match.hosts[0]", "a star within",
        route([](Route& r) { r.match.hosts = {"a.*.b"}; }));
    row("duplicate routes[r].match.hosts[1]", "twice", route([](Route& r) { r.match.hosts = {"a", "a"}; }));
    row("not-allowed routes[r].match.methods[0]", "lower case",
        route([](Route& r) { r.match.methods = {"get"}; }));
    row("not-allowed routes[r].match.methods[1]", "CONNECT", route([](Route& r) {
            r.match.methods = {"GET", "CONNECT"};
        }));
    row("duplicate routes[r].match.methods[1]", "twice", route([](Route& r) {
            r.match.methods = {"GET", "GET"};
        }));
    row("not-allowed routes[r].match.headers", "no token", route([](Route& r) {
            r.match.headers = {{"a b", "c"}};
        }));
    row("not-allowed routes[r].match.headers.a", "a line feed", route([](Route& r) {
            r.match.headers = {{"a", "\n"}};
        }));
    row("duplicate routes[r].match.headers.A", "twice", route([](Route& r) {
            r.match.headers = {{"a", "1"}, {"A", "2"}};
        }));
    row("not-allowed routes[r].match.query", "no name", route([](Route& r) { r.match.query = {{"", "1"}}; }));
    row("not-allowed routes[r].action.service", "none", route([](Route& r) { r.service = ""; }));
    row("no-such-name routes[r].action.service", "gone", route([](Route& r) { r.service = "x"; }));
    row("not-allowed routes[r].action.rewrite", "no such capture",
        route([](Route& r) { r.rewrite = "/{id}"; }));
    row("not-allowed routes[r].action.rewrite", "a rest without a prefix",
        route([](Route& r) { r.rewrite = "/b/*"; }));
    row("no-such-name routes[r].policies[1]", "gone", route([](Route& r) { r.policies = {"p", "x"}; }));
    row("duplicate routes[r].policies[1]", "twice", route([](Route& r) { r.policies = {"p", "p"}; }));
    row("not-allowed routes[r].authorize", "nobody is known", route([](Route& r) {
            r.authorize.roles = {"partner"};
            r.policies.clear();
        }));
    row("duplicate routes[r].authorize.roles[1]", "twice", route([](Route& r) {
            r.authorize.roles = {"a", "a"};
        }));
    row("overlap routes[r2].match", "the same match", [](Config& config) {
        Route copy = config.routes[0];
        copy.name = "r2";
        config.routes.put(copy);
    });
}

void ValidateTest::saysWhatCannotWork() {
    QFETCH(Change, edit);
    QFETCH(QString, problem);
    Config config = smallConfig();
    edit(config);
    const Problems problems = validate(config);
    QCOMPARE(listProblems(problems, false), problem);
    QVERIFY(!problems[0].message.empty());
}

void ValidateTest::allowsPortZeroToTests() {
    Config config = smallConfig();
    change(config.listeners, [](Listener& l) { l.port = 0; });
    Listener other = config.listeners[0];
    other.name = "m";
    config.listeners.put(other);
    QCOMPARE(listProblems(validate(config), false), QString());
}

void ValidateTest::checksDisabledRoutesButNotForOverlap() {
    Config config = smallConfig();
    Route copy = config.routes[0];
    copy.name = "r2";
    copy.enabled = false;
    config.routes.put(copy);
    QCOMPARE(listProblems(validate(config), false), QString());
    copy.service = "x";
    config.routes.put(copy);
    QCOMPARE(listProblems(validate(config), false),
             QStringLiteral("no-such-name routes[r2].action.service\n"));
}

void ValidateTest::saysProblemsInTheOrderOfTheConfig() {
    Config config = smallConfig();
    change(config.routes, [](Route& r) { r.service = "x"; });
    change(config.tiers, [](Tier& t) { t.burst = 0; });
    change(config.listeners, [](Listener& l) { l.host = "x"; });
    QCOMPARE(listProblems(validate(config), false),
             QStringLiteral("not-allowed listeners[l].address\n"
                            "not-allowed tiers[t].burst\n"
                            "no-such-name routes[r].action.service\n"));
}

void ValidateTest::checksOneEntityInItsSurroundings() {
    Config config = smallConfig();
    change(config.routes, [](Route& r) { r.id.value = 5; });
    change(config.listeners, [](Listener& l) { l.id.value = 6; });
    Route fresh = makeRoute("r", "/a");
    fresh.match.methods = {"HEAD"};
    QCOMPARE(listProblems(validateEntity(config, Put{fresh}), false),
             QStringLiteral("duplicate routes[r].name\n"));
    fresh.name = "q";
    fresh.service = "none";
    QCOMPARE(listProblems(validateEntity(config, Put{fresh}), false),
             QStringLiteral("no-such-name routes[q].action.service\noverlap routes[q].match\n"));
    Listener other = config.listeners[0];
    other.id.value = 0;
    other.name = "m";
    QCOMPARE(listProblems(validateEntity(config, Put{other}), false),
             QStringLiteral("duplicate listeners[m].address\n"));
    Tier bad;
    bad.name = "x y";
    QCOMPARE(listProblems(validateEntity(config, Put{bad}), false),
             QStringLiteral("not-allowed tiers[x y].name\n"));
}

void ValidateTest::takesTheEntityWithTheSameIdAsItsFormerSelf() {
    Config config = smallConfig();
    change(config.routes, [](Route& r) { r.id.value = 5; });
    Route other = makeRoute("z", "/z");
    other.id.value = 6;
    config.routes.put(other);
    Route renamed = config.routes[0];
    renamed.name = "new-name";
    QCOMPARE(listProblems(validateEntity(config, Put{renamed}), false), QString());
    renamed.name = "z";
    QCOMPARE(listProblems(validateEntity(config, Put{renamed}), false),
             QStringLiteral("duplicate routes[z].name\n"));
}

QTEST_APPLESS_MAIN(ValidateTest)
#include "test_validate.moc"
