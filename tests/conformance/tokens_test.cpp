#include "tests/conformance/token_cases.h"

#include "gateway/base/clock.h"

#include <QtTest>

#include <algorithm>
#include <memory>
#include <set>

using gateway::auth::TokenCheck;
using gateway::auth::TokenFault;
using gateway::auth::TokenResult;

Q_DECLARE_METATYPE(TokenCase)

/// Tokens right and wrong against the one validator: each gets its verdict, with and without the lines that
/// people read.
class ConformanceTokensTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void hasHundredsOfCasesEachWithItsRule();
    void givesEachTokenItsVerdict_data();
    void givesEachTokenItsVerdict();

private:
    std::unique_ptr<TokenHouse> m_house;
    gateway::ManualClock m_clock;
};

void ConformanceTokensTest::initTestCase() {
    m_house = std::make_unique<TokenHouse>();
    m_clock.setWallTime(gateway::WallTime(std::chrono::seconds(tokenTime)));
}

void ConformanceTokensTest::hasHundredsOfCasesEachWithItsRule() {
    const std::vector<TokenCase> rows = readTokenCases();
    std::set<std::string> names;
    std::size_t refused = 0;
    for (const TokenCase& row : rows) {
        names.insert(row.provider + ": " + row.name);
        refused += row.verdict == "good" ? 0 : 1;
        QVERIFY2(!row.rfc.empty() && !row.name.empty(), row.name.c_str());
    }
    QCOMPARE(names.size(), rows.size());
    QVERIFY(refused >= 300);
    qInfo("%zu tokens: %zu have to be refused, %zu taken", rows.size(), refused, rows.size() - refused);
}

void ConformanceTokensTest::givesEachTokenItsVerdict_data() {
    QTest::addColumn<TokenCase>("row");
    for (const TokenCase& row : readTokenCases()) {
        QTest::newRow((row.provider + ": " + row.name).c_str()) << row;
    }
}

void ConformanceTokensTest::givesEachTokenItsVerdict() {
    QFETCH(TokenCase, row);
    const std::string token = m_house->tokenOf(row);
    const TokenHouse::Provider& provider = m_house->provider(row.provider);
    const TokenResult result = provider.verifier->verify(token, provider.keys.get(), m_clock.wallTime());
    std::vector<TokenCheck> checks;
    const TokenResult explained =
        provider.verifier->verify(token, provider.keys.get(), m_clock.wallTime(), &checks);
    std::string lines;
    for (const TokenCheck& check : checks) {
        lines += check.name + ": " + check.detail + "\n";
        QVERIFY2(!check.detail.empty() && check.detail.back() == '.', lines.c_str());
    }
    QVERIFY2(
        tokenFaultName(result.fault) == row.verdict,
        (std::string(tokenFaultName(result.fault)) + " instead of " + row.verdict + "\n" + lines).c_str());
    QCOMPARE(explained.fault, result.fault);
    QCOMPARE(result.token != nullptr, row.verdict == "good");
    QCOMPARE(explained.token != nullptr, row.verdict == "good");
    QCOMPARE(
        std::none_of(checks.begin(), checks.end(),
                     [](const TokenCheck& check) { return check.verdict == TokenCheck::Verdict::Failed; }),
        row.verdict == "good");
}

QTEST_APPLESS_MAIN(ConformanceTokensTest)
#include "tokens_test.moc"
