#include "gateway/service/control_access.h"

#include <QtTest>

using namespace gateway;
using namespace gateway::service;
using auth::TokenCheck;
using auth::TokenFault;

namespace {

constexpr WallTime someTime{std::chrono::seconds(1'800'000'000)};

TokenReport someReport() {
    TokenReport report;
    report.kind = "JWT";
    report.provider = "corp";
    report.header = "{\n  \"alg\": \"ES256\"\n}";
    report.claims = "{\n  \"sub\": \"a\"\n}";
    report.checks = {{"Signature", TokenCheck::Verdict::Passed, "Good."},
                     {"Expiry", TokenCheck::Verdict::Failed, "Expired."},
                     {"Proof", TokenCheck::Verdict::Skipped, "Each request needs one."}};
    report.fault = TokenFault::Expired;
    report.verdict = "Refused: Expired.";
    report.consumer = "acme";
    report.tier = "pro";
    report.scopes = {"read", "write"};
    report.roles = {"ops"};
    report.expires = someTime;
    return report;
}

} // namespace

class ControlAccessTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aQuestionAboutATokenArrivesWhole();
    void aReportArrivesWhole();
    void everyFaultArrives();
    void whatIsLeftOutIsLeftOut();
    void howProvidersStandArrivesWhole();
    void anErrorIsTold();
    void anAnswerOfAnotherVersionIsRefused();
};

void ControlAccessTest::aQuestionAboutATokenArrivesWhole() {
    const TokenQuery query{
        .token = "a.b.c\n", .provider = "corp", .at = someTime, .certificateFingerprint = "abc"};
    const QByteArray line = writeInspection(query);
    QCOMPARE(line.count('\n'), 1);
    QVERIFY(readCommand(line) == ControlCommand::Inspect);
    const TokenQuery read = readInspection(line);
    QCOMPARE(read.token, query.token);
    QCOMPARE(read.provider, query.provider);
    QVERIFY(read.at == query.at);
    QCOMPARE(read.certificateFingerprint, query.certificateFingerprint);
}

void ControlAccessTest::aReportArrivesWhole() {
    const TokenReport wanted = someReport();
    const auto read = readReport(writeReport(wanted));
    QVERIFY(read.has_value());
    QCOMPARE(read->kind, wanted.kind);
    QCOMPARE(read->provider, wanted.provider);
    QCOMPARE(read->header, wanted.header);
    QCOMPARE(read->claims, wanted.claims);
    QCOMPARE(read->fault, wanted.fault);
    QCOMPARE(read->verdict, wanted.verdict);
    QCOMPARE(read->consumer, wanted.consumer);
    QCOMPARE(read->tier, wanted.tier);
    QCOMPARE(read->scopes, wanted.scopes);
    QCOMPARE(read->roles, wanted.roles);
    QVERIFY(read->expires == wanted.expires);
    QCOMPARE(read->checks.size(), wanted.checks.size());
    for (std::size_t i = 0; i < wanted.checks.size(); ++i) {
        QCOMPARE(read->checks[i].name, wanted.checks[i].name);
        QCOMPARE(read->checks[i].verdict, wanted.checks[i].verdict);
        QCOMPARE(read->checks[i].detail, wanted.checks[i].detail);
    }
}

void ControlAccessTest::everyFaultArrives() {
    for (int i = 0; i <= static_cast<int>(TokenFault::NoConsumer); ++i) {
        TokenReport report = someReport();
        report.fault = static_cast<TokenFault>(i);
        QCOMPARE(readReport(writeReport(report))->fault, report.fault);
    }
}

void ControlAccessTest::whatIsLeftOutIsLeftOut() {
    TokenReport report = someReport();
    report.header.clear();
    report.claims.clear();
    report.expires.reset();
    const auto read = readReport(writeReport(report));
    QVERIFY(read->header.empty());
    QVERIFY(read->claims.empty());
    QVERIFY(!read->expires);
    QVERIFY(readInspection(writeInspection({.token = "a"})).at == WallTime{});
}

void ControlAccessTest::howProvidersStandArrivesWhole() {
    auth::ProviderReport wanted;
    wanted.id = model::IdentityProviderId{3};
    wanted.name = "corp";
    wanted.keysFrom = "https://id.example/keys";
    wanted.keys = {{"one", "P-256"}, {"", "RSA 2048"}};
    wanted.keysLeftOut = 2;
    wanted.fetchedAt = someTime;
    wanted.isAsking = true;
    wanted.problem = "It does not answer.";
    wanted.introspections = 7;
    wanted.introspectionFailures = 1;
    wanted.introspectionProblem = "401";
    const auto read = readProviders(writeProviders({wanted, {}}));
    QVERIFY(read.has_value());
    QCOMPARE(read->size(), std::size_t{2});
    const auth::ProviderReport& one = read->front();
    QCOMPARE(one.id.value, wanted.id.value);
    QCOMPARE(one.name, wanted.name);
    QCOMPARE(one.keysFrom, wanted.keysFrom);
    QVERIFY(one.keys == wanted.keys);
    QCOMPARE(one.keysLeftOut, wanted.keysLeftOut);
    QVERIFY(one.fetchedAt == wanted.fetchedAt);
    QVERIFY(!one.triedAt);
    QCOMPARE(one.isAsking, wanted.isAsking);
    QCOMPARE(one.problem, wanted.problem);
    QCOMPARE(one.introspections, wanted.introspections);
    QCOMPARE(one.introspectionFailures, wanted.introspectionFailures);
    QCOMPARE(one.introspectionProblem, wanted.introspectionProblem);
}

void ControlAccessTest::anErrorIsTold() {
    const QByteArray line = writeAnswer(Error{ErrorKind::Environment, "not-open", "It is not open."});
    QCOMPARE(readReport(line).error().code, std::string("not-open"));
    QCOMPARE(readProviders(line).error().message, std::string("It is not open."));
}

void ControlAccessTest::anAnswerOfAnotherVersionIsRefused() {
    QVERIFY(!readReport("{}\n"));
    const auto odd = readReport(R"({"ok":true,"report":{"fault":"of-tomorrow","checks":[1,{}]}})");
    QVERIFY(odd.has_value());
    QCOMPARE(odd->fault, TokenFault::Malformed);
}

QTEST_APPLESS_MAIN(ControlAccessTest)
#include "test_control_access.moc"
