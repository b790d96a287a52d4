#include "gateway/model/validate.h"
#include "model_samples.h"

#include <QtTest>
#include <functional>

using namespace gateway::model;
using namespace std::chrono_literals;

using Change = std::function<void(Service&)>;
Q_DECLARE_METATYPE(Change)

class ValidateServiceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void saysWhatCannotWork_data();
    void saysWhatCannotWork();
    void takesTheBounds_data();
    void takesTheBounds();
    void saysWhereItStandsInTheFile_data();
    void saysWhereItStandsInTheFile();
};

namespace {

Problems problemsAfter(const Change& change) {
    Config config = smallConfig();
    Service service = config.services[0];
    change(service);
    config.services.put(service);
    return validate(config);
}

void addHealth(Service& service, const std::function<void(HealthCheck&)>& change) {
    service.health = HealthCheck{"/healthz"};
    change(*service.health);
}

/// A change, the field that is wrong after it, and the message. A rule that has another is in the other.
void row(const char* field, const char* message, Change change) {
    QTest::addRow("%s %s", field, message)
        << std::move(change) << QString::fromLatin1(field) << QString::fromLatin1(message);
}

void goodRow(const char* name, Change change) {
    QTest::newRow(name) << std::move(change);
}

void addBalancingRows() {
    row("targets", "more than 1000 targets are not possible", [](Service& s) {
        s.targets.clear();
        for (std::uint16_t port = 1; port <= 1001; ++port) {
            s.targets.push_back({"127.0.0.1", port});
        }
    });
    row("hash_on", "only balance: consistent-hash hashes; choose it, or leave hash_on out",
        [](Service& s) { s.hashOn.source = HashOn::Source::Consumer; });
    row("hash_on", "only a header or a cookie has a name", [](Service& s) {
        s.balance = Balance::ConsistentHash;
        s.hashOn = {HashOn::Source::Consumer, "acme"};
    });
    row("hash_on.header", "must be the name of a header field, such as X-User", [](Service& s) {
        s.balance = Balance::ConsistentHash;
        s.hashOn = {HashOn::Source::Header, "X User"};
    });
    row("hash_on.cookie", "must be the name of a cookie, such as session", [](Service& s) {
        s.balance = Balance::ConsistentHash;
        s.hashOn = {HashOn::Source::Cookie, ""};
    });
    row("slow_start", "must be from 0ms to 1h", [](Service& s) { s.slowStart = 1h + 1ms; });
    row("concurrency", "must be from 0 to 1000000", [](Service& s) { s.concurrency = 1'000'001; });
}

void addHealthRows() {
    constexpr auto pathRule = "must be a path such as /healthz: it begins with \"/\", and spaces and other "
                              "special characters are percent-encoded";
    for (const char* path : {"", "healthz", "/a b", "/a#b", "/\xC3\xA9", "/a\n", "/%", "/%4", "/%zz"}) {
        QTest::addRow("health path %s", QByteArray(path).toPercentEncoding().constData())
            << Change([path](Service& s) { s.health = HealthCheck{path}; }) << QStringLiteral("health.path")
            << QString::fromLatin1(pathRule);
    }
    row("health.interval", "must be from 10ms to 1h",
        [](Service& s) { addHealth(s, [](HealthCheck& h) { h.interval = 1h + 1ms; }); });
    row("health.timeout", "must be from 1ms to 1h",
        [](Service& s) { addHealth(s, [](HealthCheck& h) { h.timeout = 0ms; }); });
    row("health.timeout", "must not be longer than the interval of 3s: a check ends before the next begins",
        [](Service& s) { addHealth(s, [](HealthCheck& h) { h.timeout = 3001ms; }); });
    row("health.unhealthy_after", "must be from 1 to 100",
        [](Service& s) { addHealth(s, [](HealthCheck& h) { h.unhealthyAfter = 0; }); });
    row("health.healthy_after", "must be from 1 to 100",
        [](Service& s) { addHealth(s, [](HealthCheck& h) { h.healthyAfter = 101; }); });
}

void addFailureRows() {
    row("outlier.consecutive_errors", "must be from 1 to 1000",
        [](Service& s) { s.outlier.emplace().consecutiveErrors = 0; });
    row("outlier.eject", "must be from 10ms to 1h", [](Service& s) { s.outlier.emplace().eject = 9ms; });
    row("outlier.at_most", "must be from 1% to 100%",
        [](Service& s) { s.outlier.emplace().atMostPercent = 0; });
    row("breaker.error_ratio", "must be from 1% to 100%",
        [](Service& s) { s.breaker.emplace().errorRatioPercent = 101; });
    row("breaker.samples", "must be from 1 to 100000", [](Service& s) { s.breaker.emplace().samples = 0; });
    row("breaker.open", "must be from 10ms to 1h", [](Service& s) { s.breaker.emplace().open = 0ms; });
    row("breaker.recover", "must be from 0ms to 1h", [](Service& s) { s.breaker.emplace().recover = 2h; });
    row("timeouts.attempt", "must be from 0ms to 1h", [](Service& s) { s.timeouts.attempt = 2h; });
    row("timeouts.request", "must be from 0ms to 1h", [](Service& s) { s.timeouts.request = -1ms; });
    row("timeouts.attempt", "must not be longer than the 2s that the whole request has", [](Service& s) {
        s.timeouts.attempt = 2001ms;
        s.timeouts.request = 2s;
    });
    row("retries.attempts", "must be from 0 to 10", [](Service& s) { s.retries.attempts = 11; });
    row("retries.budget", "must be from 0% to 100%", [](Service& s) { s.retries.budgetPercent = 101; });
    row("retries.on", "an answer of 404 is no reason for another try; 429 and 500 to 599 can be",
        [](Service& s) {
            s.retries.statuses = {404, 503};
        });
    row("retries.on", "the statuses must be in ascending order, each of them once", [](Service& s) {
        s.retries.statuses = {503, 503};
    });
    row("retries.on", "needs a reason for another try; attempts: 0 switches retries off",
        [](Service& s) { s.retries = {1, false, false, false, false, {}, 20}; });
}

} // namespace

void ValidateServiceTest::saysWhatCannotWork_data() {
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("message");
    addBalancingRows();
    addHealthRows();
    addFailureRows();
}

void ValidateServiceTest::saysWhatCannotWork() {
    QFETCH(Change, change);
    QFETCH(QString, field);
    QFETCH(QString, message);
    const Problems problems = problemsAfter(change);
    QCOMPARE(listProblems(problems, false), QStringLiteral("not-allowed services[s].%1\n").arg(field));
    QCOMPARE(QString::fromStdString(problems[0].message), message);
}

void ValidateServiceTest::takesTheBounds_data() {
    QTest::addColumn<Change>("change");
    goodRow("all targets drained", [](Service& s) { s.targets[0].drain = true; });
    goodRow("a hash of addresses", [](Service& s) { s.balance = Balance::ConsistentHash; });
    goodRow("a health check as long as its interval",
            [](Service& s) { addHealth(s, [](HealthCheck& h) { h.timeout = 3s; }); });
    goodRow("a health path with a query and an escape",
            [](Service& s) { s.health = HealthCheck{"/health%20z?deep=1&x=%2F"}; });
    goodRow("the shortest times", [](Service& s) {
        s.health = HealthCheck{"/", 10ms, 1ms, 1, 1};
        s.outlier = Outlier{1, 10ms, 1};
        s.breaker = Breaker{1, 1, 10ms, 0ms};
    });
    goodRow("the longest times", [](Service& s) {
        s.slowStart = 1h;
        s.health = HealthCheck{"/", 1h, 1h, 100, 100};
        s.outlier = Outlier{1000, 1h, 100};
        s.breaker = Breaker{100, 100'000, 1h, 1h};
        s.timeouts.attempt = 1h;
        s.timeouts.request = 1h;
    });
    goodRow("an attempt's limit without one for the request", [](Service& s) { s.timeouts.attempt = 2s; });
    goodRow("no retries, for no reason",
            [](Service& s) { s.retries = {0, false, false, false, false, {}, 0}; });
    goodRow("as many retries as there can be", [](Service& s) {
        s.retries = {10, true, true, true, true, {429, 500, 599}, 100};
    });
}

void ValidateServiceTest::takesTheBounds() {
    QFETCH(Change, change);
    QCOMPARE(listProblems(problemsAfter(change), false), QString());
}

void ValidateServiceTest::saysWhereItStandsInTheFile_data() {
    QTest::addColumn<QString>("settings");
    QTest::addColumn<QString>("problem");
    const auto line = [](const char* settings, const char* problem) {
        QTest::newRow(settings) << QString::fromLatin1(settings)
                                << QString::fromLatin1(problem) + QLatin1Char('\n');
    };
    line("hash_on: address", "not-allowed services[s].hash_on 4:14");
    line("hash_on: consumer", "not-allowed services[s].hash_on 4:14");
    line("hash_on: X-User", "wrong-type services[s].hash_on 4:14");
    line("hash_on: { header: A, cookie: b }", "not-allowed services[s].hash_on 4:14");
    line("hash_on: {}", "wrong-type services[s].hash_on 4:14");
    line("slow_start: 30", "wrong-type services[s].slow_start 4:17");
    line("concurrency: -1", "not-allowed services[s].concurrency 4:18");
    line("health: { interval: 1s }", "wrong-type services[s].health 4:13");
    line("health: { path: healthz }", "not-allowed services[s].health.path 4:21");
    line("health: { path: /, timeout: 4s }", "not-allowed services[s].health.timeout 4:33");
    line("health: { path: /, expect: 200 }", "unknown-field services[s].health.expect 4:24");
    line("outlier: { at_most: 0% }", "not-allowed services[s].outlier.at_most 4:25");
    line("outlier: { at_most: 10 }", "wrong-type services[s].outlier.at_most 4:25");
    line("outlier: true", "wrong-type services[s].outlier 4:14");
    line("breaker: { error_ratio: 101% }", "wrong-type services[s].breaker.error_ratio 4:29");
    line("breaker:", "wrong-type services[s].breaker 4:5");
    line("timeouts: { attempt: 3s, request: 2s }", "not-allowed services[s].timeouts.attempt 4:26");
    line("retries: { attempts: 11 }", "not-allowed services[s].retries.attempts 4:26");
    line("retries: { on: [connect-failure, 404] }", "wrong-type services[s].retries.on[1] 4:38");
    line("retries: { on: [sometimes] }", "wrong-type services[s].retries.on[0] 4:21");
    line("retries: { on: [] }", "not-allowed services[s].retries.on 4:20");
}

void ValidateServiceTest::saysWhereItStandsInTheFile() {
    QFETCH(QString, settings);
    QFETCH(QString, problem);
    const auto file =
        readConfigFile("services:\n  - name: s\n    targets: [a:80]\n    " + settings.toStdString() + "\n");
    QVERIFY(!file);
    QCOMPARE(listProblems(file.error()), problem);
}

QTEST_APPLESS_MAIN(ValidateServiceTest)
#include "test_validate_service.moc"
