#include "tests/integration/test_gateway.h"
#include "tests/integration/token_issuer.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QtTest>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::RawClient;
using support::ScriptedUpstream;
using support::WireResponse;

namespace {

using List = std::vector<std::string> model::Authorize::*;

/// Asks for the items in a list of Authorize.
model::Authorize needs(List list, std::vector<std::string> items) {
    model::Authorize authorize;
    authorize.*list = std::move(items);
    return authorize;
}

model::Authorize rule(std::string when) {
    model::Authorize authorize;
    authorize.when = std::move(when);
    return authorize;
}

} // namespace

/// What callers have to have, and which policies hold where.
class AuthorizeTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void asksForScopes();
    void asksForRoles();
    void saysWhichScopesAreMissing();
    void holdsToTheRoutesOfAConsumer();
    void runsRules_data();
    void runsRules();
    void asksTheClock();
    void addsUpWhatAllPlacesAskFor();
    void waivesWhatOthersBring();
    void changesAtOnce();

private:
    [[nodiscard]] model::Config config() const;
    void publish(const std::function<void(model::Config&)>& change) {
        model::Config changed = m_gateway->config();
        change(changed);
        QVERIFY2(m_gateway->publish(changed), m_gateway->error().c_str());
    }
    /// The route asks for this, and nothing else does.
    void ask(const model::Authorize& authorize) {
        publish([&](model::Config& config) {
            model::Route route = *config.routes.find("asked");
            route.authorize = authorize;
            config.routes.put(route);
        });
    }
    [[nodiscard]] std::string token(const nlohmann::json& more = nlohmann::json::object()) const {
        nlohmann::json claims = {{"sub", "acme-1"}};
        claims.update(more);
        return "Authorization: Bearer " + m_issuer.token(std::chrono::system_clock::now(), claims) + "\r\n";
    }
    [[nodiscard]] std::string key(const std::vector<std::string>& scopes) {
        model::ApiKey key;
        key.id.value = ++m_lastKey;
        key.consumer = m_gateway->config().consumers.find("acme")->id;
        key.scopes = scopes;
        const std::string secret = auth::generateKey();
        key.hash = sha256(secret);
        m_gateway->engine().keys().put(key);
        return keyField(secret);
    }
    /// "200", "403 scope-missing".
    [[nodiscard]] std::string get(const std::string& fields, const std::string& path = "/asked/7") const {
        const WireResponse response = RawClient::get(m_gateway->port(), path, fields);
        const std::string begin = "\"code\":\"";
        const std::size_t at = response.body.find(begin);
        return at == std::string::npos
                   ? std::to_string(response.status)
                   : std::to_string(response.status) + " " +
                         response.body.substr(at + begin.size(),
                                              response.body.find('"', at + begin.size()) - at - begin.size());
    }

    TokenIssuer m_issuer{"corp"};
    std::uint64_t m_lastKey = 0;
    std::unique_ptr<ScriptedUpstream> m_upstream;
    std::unique_ptr<TestGateway> m_gateway;
};

void AuthorizeTest::init() {
    m_upstream = std::make_unique<ScriptedUpstream>();
    m_gateway = std::make_unique<TestGateway>(1);
    QVERIFY2(m_gateway->publish(config()), m_gateway->error().c_str());
}

model::Config AuthorizeTest::config() const {
    model::Config config = TestGateway::basicConfig({m_upstream->port()});
    model::IdentityProvider provider = m_issuer.settings();
    provider.rolesClaim = "realm.roles";
    config.identityProviders.put(provider);
    model::Consumer acme = *config.consumers.find("acme");
    acme.identities = {{model::ConsumerIdentity::Kind::Subject, "acme-1", "corp"}};
    acme.attributes = {{"region", "eu"}};
    config.consumers.put(acme);
    model::Policy policy;
    policy.name = "any";
    policy.authenticate = model::Authenticate{
        .anyOf = {{model::Credential{}}, {model::Credential{model::Credential::Kind::Jwt, "corp"}}}};
    config.policies.put(policy);
    model::Route route;
    route.name = "asked";
    route.match.path = "/asked/{id}";
    route.service = "backend";
    route.policies = {"any"};
    config.routes.put(route);
    return config;
}

void AuthorizeTest::asksForScopes() {
    ask(needs(&model::Authorize::scopes, {"read", "write"}));
    QCOMPARE(get(key({"write", "read", "more"})), std::string("200"));
    QCOMPARE(get(key({"read"})), std::string("403 scope-missing"));
    QCOMPARE(get(token({{"scope", "read write"}})), std::string("200"));
    QCOMPARE(get(token({{"scope", "readwrite read"}})), std::string("403 scope-missing"));
    ask(needs(&model::Authorize::anyScope, {"read", "write"}));
    QCOMPARE(get(key({"write"})), std::string("200"));
    QCOMPARE(get(key({})), std::string("403 scope-missing"));
    QCOMPARE(get(token({{"scope", {"other", "read"}}})), std::string("200"));
}

void AuthorizeTest::asksForRoles() {
    ask(needs(&model::Authorize::roles, {"auditor", "partner"}));
    QCOMPARE(get(key({})), std::string("200")); // acme is a partner
    ask(needs(&model::Authorize::roles, {"auditor"}));
    QCOMPARE(get(key({})), std::string("403 role-missing"));
    QCOMPARE(get(token({{"realm", {{"roles", {"auditor"}}}}})), std::string("200"));
    ask(needs(&model::Authorize::allRoles, {"auditor", "partner"}));
    QCOMPARE(get(token({{"realm", {{"roles", {"auditor"}}}}})), std::string("200"));
    QCOMPARE(get(token()), std::string("403 role-missing"));
}

void AuthorizeTest::saysWhichScopesAreMissing() {
    ask(needs(&model::Authorize::scopes, {"read", "write"}));
    const std::string answer = RawClient::get(m_gateway->port(), "/asked/7", token()).raw;
    QVERIFY(contains(answer, "WWW-Authenticate: Bearer realm=\"gatehouse\", error=\"insufficient_scope\", "
                             "scope=\"read write\""));
    QVERIFY(!contains(RawClient::get(m_gateway->port(), "/asked/7", key({})).raw, "WWW-Authenticate"));
}

void AuthorizeTest::holdsToTheRoutesOfAConsumer() {
    const std::string mine = key({});
    QCOMPARE(get(mine, "/closed/7"), std::string("200"));
    publish([](model::Config& config) {
        model::Consumer acme = *config.consumers.find("acme");
        acme.kind = model::ConsumerKind::Agent;
        acme.owner = "ops@example.test";
        acme.routes = {"asked"};
        config.consumers.put(acme);
    });
    QCOMPARE(get(mine, "/asked/7"), std::string("200"));
    QCOMPARE(get(mine, "/closed/7"), std::string("403 route-not-allowed"));
    QCOMPARE(get({}, "/open/7"), std::string("200")); // nobody is asked who they are
}

void AuthorizeTest::runsRules_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("fields");
    QTest::addColumn<bool>("admits");
    const auto row = [](const char* rule, const char* path, const char* fields, bool admits) {
        QTest::addRow("%s | %s | %s", rule, path, fields)
            << QString::fromLatin1(rule) << QString::fromLatin1(path) << QString::fromLatin1(fields)
            << admits;
    };
    row("consumer.name == \"acme\"", "/asked/7", "", true);
    row("consumer.tier == \"pro\" and consumer.name == \"other\"", "/asked/7", "", false);
    row("consumer.kind == \"app\"", "/asked/7", "", true);
    row("has(consumer.owner)", "/asked/7", "", false);
    row("consumer.attributes.region == \"eu\"", "/asked/7", "", true);
    row("consumer.attributes.other == \"eu\"", "/asked/7", "", false);
    row("consumer.attributes.other != \"eu\"", "/asked/7", "", false); // what is not there denies
    row("\"partner\" in consumer.roles", "/asked/7", "", true);
    row("\"read\" in caller.scopes", "/asked/7", "", true);
    row("caller.method == \"jwt\"", "/asked/7", "", true);
    row("claims.department == \"sales\"", "/asked/7", "", true);
    row("claims.level >= 3", "/asked/7", "", true);
    row("claims.missing == \"sales\"", "/asked/7", "", false);
    row("not (claims.missing == \"sales\")", "/asked/7", "", false);
    row("request.method in [\"GET\", \"HEAD\"]", "/asked/7", "", true);
    row("request.path matches \"/asked/[0-9]+\"", "/asked/7", "", true);
    row("request.path matches \"/asked/[0-9]+\"", "/asked/x", "", false);
    row("request.host == \"shop.test\"", "/asked/7", "", false);
    row("request.address in [\"127.0.0.0/8\"]", "/asked/7", "", true);
    row("request.address in [\"10.0.0.0/8\"]", "/asked/7", "", false);
    row("request.headers[\"x-tenant\"] == \"a\"", "/asked/7", "X-Tenant: a", true);
    row("request.headers[\"x-tenant\"] == \"a\"", "/asked/7", "X-Tenant: a|X-Tenant: a", false);
    row("request.headers[\"x-tenant\"] == \"a\"", "/asked/7", "", false);
    row("request.query[\"day\"] == \"mon day\"", "/asked/7?day=mon%20day", "", true);
    row("request.query[\"day\"] == \"mon day\"", "/asked/7?d%61y=mon+day", "", true);
    row("request.query[\"day\"] == \"mon\"", "/asked/7?day=mon&day=mon", "", false);
    row("request.secure", "/asked/7", "", false);
    row("not request.secure", "/asked/7", "", true);
    row("path.id == \"7\"", "/asked/7", "", true);
    row("path.id == claims.customer", "/asked/auth0%7C7", "", true);
    row("path.id == claims.customer", "/asked/8", "", false);
}

void AuthorizeTest::runsRules() {
    QFETCH(const QString, text);
    QFETCH(const QString, path);
    QFETCH(const QString, fields);
    QFETCH(const bool, admits);
    ask(rule(text.toStdString()));
    std::string lines;
    for (const QString& field : fields.split(u'|', Qt::SkipEmptyParts)) {
        lines += field.toStdString() + "\r\n";
    }
    const std::string shown =
        token({{"scope", "read"}, {"department", "sales"}, {"level", 3}, {"customer", "auth0|7"}});
    QCOMPARE(get(shown + lines, path.toStdString()), std::string(admits ? "200" : "403 not-authorized"));
}

void AuthorizeTest::asksTheClock() {
    ManualClock clock;
    TestGateway gateway(clock, 1);
    model::Config wanted = config();
    model::Route route = *wanted.routes.find("asked");
    std::time_t seconds = std::chrono::system_clock::to_time_t(clock.wallTime());
    std::tm local{};
    ::localtime_r(&seconds, &local);
    route.authorize.when = "time.hour == " + std::to_string(local.tm_hour) + " and has(time.weekday)";
    wanted.routes.put(route);
    QVERIFY2(gateway.publish(wanted), gateway.error().c_str());
    const std::string mine = keyField(gateway.issueKey("acme"));
    QCOMPARE(RawClient::get(gateway.port(), "/asked/a", mine).status, 200);
    clock.advance(1h);
    QCOMPARE(RawClient::get(gateway.port(), "/asked/a", mine).status, 403);
}

void AuthorizeTest::addsUpWhatAllPlacesAskFor() {
    publish([](model::Config& config) {
        const auto put = [&](const char* name, model::Authorize authorize, bool everywhere) {
            model::Policy policy;
            policy.name = name;
            policy.authorize = std::move(authorize);
            policy.everywhere = everywhere;
            config.policies.put(policy);
        };
        config.routes.erase("open"); // where nobody is known, nothing can be asked for
        put("everywhere", rule("request.method == \"GET\""), true);
        put("listener", needs(&model::Authorize::anyScope, {"l"}), false);
        put("service", needs(&model::Authorize::anyScope, {"s"}), false);
        put("route", needs(&model::Authorize::anyScope, {"r"}), false);
        model::Listener listener = *config.listeners.begin();
        listener.policies = {"listener"};
        config.listeners.put(listener);
        model::Service service = *config.services.find("backend");
        service.policies = {"service"};
        config.services.put(service);
        model::Route route = *config.routes.find("asked");
        route.policies = {"any", "route"};
        route.authorize.anyScope = {"own"};
        config.routes.put(route);
    });
    QCOMPARE(get(key({"l", "s", "r", "own"})), std::string("200"));
    for (const std::vector<std::string>& scopes : std::vector<std::vector<std::string>>{
             {"s", "r", "own"}, {"l", "r", "own"}, {"l", "s", "own"}, {"l", "s", "r"}}) {
        QCOMPARE(get(key(scopes)), std::string("403 scope-missing"));
    }
    const WireResponse posted =
        RawClient::exchange(m_gateway->port(), "POST /asked/7 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" +
                                                   key({"l", "s", "r", "own"}) + "\r\n");
    QCOMPARE(posted.status, 403);
}

void AuthorizeTest::waivesWhatOthersBring() {
    publish([](model::Config& config) {
        model::Listener listener = *config.listeners.begin();
        listener.policies = {"any"};
        config.listeners.put(listener);
    });
    QCOMPARE(get({}, "/open/a"), std::string("401 credential-missing"));
    publish([](model::Config& config) {
        model::Route open = *config.routes.find("open");
        open.waives = {"any"};
        config.routes.put(open);
    });
    QCOMPARE(get({}, "/open/a"), std::string("200"));
    QCOMPARE(get({}, "/asked/7"), std::string("401 credential-missing"));
    // What the route itself names holds.
    publish([](model::Config& config) {
        model::Route open = *config.routes.find("open");
        open.policies = {"any"};
        open.waives.clear();
        config.routes.put(open);
    });
    QCOMPARE(get({}, "/open/a"), std::string("401 credential-missing"));
}

void AuthorizeTest::changesAtOnce() {
    const std::string mine = key({});
    QCOMPARE(get(mine), std::string("200"));
    ask(needs(&model::Authorize::roles, {"auditor"}));
    QCOMPARE(get(mine), std::string("403 role-missing"));
    publish([](model::Config& config) {
        model::Consumer acme = *config.consumers.find("acme");
        acme.roles = {"auditor"};
        config.consumers.put(acme);
    });
    QCOMPARE(get(mine), std::string("200"));
    publish([](model::Config& config) {
        model::Policy any = *config.policies.find("any");
        any.authenticate =
            model::Authenticate{.anyOf = {{model::Credential{model::Credential::Kind::Jwt, "corp"}}}};
        config.policies.put(any);
    });
    QCOMPARE(get(mine), std::string("401 credential-missing"));
}

QTEST_GUILESS_MAIN(AuthorizeTest)
#include "authorize_test.moc"
