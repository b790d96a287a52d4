#include "cli_fixture.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/token_signer.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>
#include <QtTest>
#include <chrono>
#include <memory>

using support::TokenSigner;

/// Tokens, identity providers and effective access by gatehousectl, beside a gateway that runs and without
/// one.
class CliTokenTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void aGoodTokenIsToldWithItsConsumer();
    void aRefusedTokenEndsWithTwo();
    void aTokenIsNeverAnArgument();
    void aKeyIsRecognisedAndNeverShown();
    void anOpaqueTokenIsAskedAbout();
    void keysAreFetchedAlsoWithoutARunningGateway();
    void aRunningGatewayAnswersWithTheKeysThatItHas();
    void providersAreListedAndRefreshed();
    void whatAConsumerMayCallIsListed();
    void whoMayCallARouteIsListed();
    void whatIsNotThereIsNamed();

private:
    void apply(const QByteArray& extra = {});
    [[nodiscard]] QByteArray token(const std::string& issuer = "https://id.example",
                                   std::chrono::seconds from = std::chrono::seconds(0)) const;
    [[nodiscard]] std::string keySet() const { return R"({"keys":[)" + m_signer.jwk("one") + "]}"; }
    [[nodiscard]] static QJsonObject object(const support::ProcessResult& result) {
        return QJsonDocument::fromJson(result.out).object();
    }
    /// Answers /keys with the key set, and /introspect with "active".
    void answerAsProvider();

    const TokenSigner m_signer{TokenSigner::Kind::P256};
    std::unique_ptr<CliFixture> m_cli;
    std::unique_ptr<support::ScriptedUpstream> m_provider;
};

void CliTokenTest::init() {
    m_cli = std::make_unique<CliFixture>();
    m_provider = std::make_unique<support::ScriptedUpstream>();
    answerAsProvider();
}

void CliTokenTest::cleanup() {
    m_provider.reset();
    m_cli.reset();
}

void CliTokenTest::answerAsProvider() {
    m_provider->setHandler([keys = keySet()](support::WireRequest& request,
                                             support::UpstreamConnection& connection) {
        const std::string body = request.target() == "/keys"
                                     ? keys
                                     : R"({"active":true,"iss":"https://opaque.example","sub":"acme-app"})";
        connection.send(support::okResponse(body, "Content-Type: application/json\r\n"));
    });
}

QByteArray CliTokenTest::token(const std::string& issuer, std::chrono::seconds from) const {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch()) +
                     from;
    return QByteArray::fromStdString(m_signer.token(
        R"({"alg":"ES256","kid":"one"})",
        R"({"iss":")" + issuer + R"(","sub":"acme-app","scope":"read","iat":)" + std::to_string(now.count()) +
            R"(,"exp":)" + std::to_string((now + std::chrono::hours(1)).count()) + "}",
        "ES256"));
}

/// A listener on a port that is free, and a provider whose keys are a file, `corp`.
void CliTokenTest::apply(const QByteArray& extra) {
    QTcpServer free;
    QVERIFY(free.listen(QHostAddress::LocalHost));
    const quint16 port = free.serverPort();
    free.close();
    QVERIFY(!m_cli->write("keys.json", QByteArray::fromStdString(keySet())).isEmpty());
    const QByteArray text =
        "listeners:\n  - { name: main, address: 127.0.0.1:" + QByteArray::number(port) +
        " }\n"
        "tiers:\n  - { name: free, rate: 100/minute, burst: 20 }\n"
        "identity_providers:\n"
        "  - { name: corp, issuer: 'https://id.example', algorithms: [ES256], jwks_file: keys.json }\n" +
        extra +
        "consumers:\n"
        "  - { name: acme, tier: free, identities: [{ subject: acme-app, provider: corp }] }\n"
        "  - { name: other, tier: free }\n"
        "services:\n  - { name: origin, targets: [" +
        QByteArray::fromStdString(m_provider->address()) +
        "] }\n"
        "policies:\n"
        "  - { name: members, authenticate: { any_of: [api-key, { jwt: corp }] } }\n"
        "  - { name: readers, authorize: { scopes: [read] } }\n"
        "routes:\n"
        "  - { name: open, match: { path: /open }, action: { service: origin } }\n"
        "  - { name: orders, match: { path: /orders }, action: { service: origin }, policies: [members] }\n"
        "  - { name: reports, match: { path: /reports }, action: { service: origin }, policies: [members, "
        "readers] }\n";
    const auto applied =
        m_cli->runOn(m_cli->db(), {QStringLiteral("apply"), m_cli->write("shop.yaml", text)});
    QVERIFY2(applied.exitCode == CliFixture::exitOk, applied.err.constData());
}

void CliTokenTest::aGoodTokenIsToldWithItsConsumer() {
    apply();
    const auto shown = m_cli->runOnDb("token inspect", "Bearer " + token() + "\n");
    QVERIFY2(shown.exitCode == CliFixture::exitOk, shown.err.constData());
    QVERIFY(shown.out.startsWith("JWT of corp\n"));
    QVERIFY(shown.out.contains("\"sub\": \"acme-app\""));
    QVERIFY(shown.out.contains("Good: consumer acme, tier free."));
    const QJsonObject json = object(m_cli->runOnDb("token inspect --json", token()));
    QCOMPARE(json[QStringLiteral("good")].toBool(), true);
    QCOMPARE(json[QStringLiteral("consumer")].toString(), QStringLiteral("acme"));
    QCOMPARE(json[QStringLiteral("scopes")].toArray(), QJsonArray{QStringLiteral("read")});
    QCOMPARE(json[QStringLiteral("claims")].toObject()[QStringLiteral("sub")].toString(),
             QStringLiteral("acme-app"));
    QVERIFY(!json[QStringLiteral("checks")].toArray().isEmpty());
    // From a file as well.
    const QString file = m_cli->write("token.txt", token());
    QCOMPARE(m_cli->runOn(m_cli->db(), {QStringLiteral("token"), QStringLiteral("inspect"), file}).exitCode,
             CliFixture::exitOk);
}

void CliTokenTest::aRefusedTokenEndsWithTwo() {
    apply();
    const auto expired = m_cli->runOnDb("token inspect", token("https://id.example", -std::chrono::hours(3)));
    QCOMPARE(expired.exitCode, CliFixture::exitInvalid);
    QVERIFY(expired.out.contains("Refused: "));
    const auto later = m_cli->runOnDb("token inspect --json --at 2199-01-01", token());
    QCOMPARE(later.exitCode, CliFixture::exitInvalid);
    QCOMPARE(object(later)[QStringLiteral("fault")].toString(), QStringLiteral("expired"));
    const auto unknown = m_cli->runOnDb("token inspect", token("https://elsewhere.example"));
    QCOMPARE(unknown.exitCode, CliFixture::exitInvalid);
    QVERIFY(unknown.out.contains("No identity provider has the issuer https://elsewhere.example."));
    QCOMPARE(m_cli->runOnDb("token inspect --at someday", token()).exitCode, CliFixture::exitInvalid);
}

void CliTokenTest::aTokenIsNeverAnArgument() {
    apply();
    const auto refused = m_cli->runOn(
        m_cli->db(), {QStringLiteral("token"), QStringLiteral("inspect"), QString::fromLatin1(token())});
    QCOMPARE(refused.exitCode, CliFixture::exitInvalid);
    QVERIFY(!refused.err.contains(token().left(20)));
    QVERIFY(refused.err.contains("standard input"));
}

void CliTokenTest::aKeyIsRecognisedAndNeverShown() {
    apply();
    const QByteArray key =
        m_cli->runOnDb("key create -q --consumer acme --name ci --scope read").out.trimmed();
    auto shown = m_cli->runOnDb("token inspect", key);
    QVERIFY2(shown.exitCode == CliFixture::exitOk, shown.err.constData());
    QVERIFY(shown.out.contains("It is key ci of consumer acme."));
    QVERIFY(!shown.out.contains(key));
    QCOMPARE(m_cli->runOnDb("key revoke acme/ci").exitCode, CliFixture::exitOk);
    shown = m_cli->runOnDb("token inspect", key);
    QCOMPARE(shown.exitCode, CliFixture::exitInvalid);
    QVERIFY(shown.out.contains("The key is revoked."));
}

void CliTokenTest::anOpaqueTokenIsAskedAbout() {
    apply(
        "  - { name: opaque, issuer: 'https://opaque.example', jwks_file: keys.json, tier: { default: free "
        "},\n"
        "      introspection: { client_id: gateway, client_secret: '${secret:gateway}', endpoint: 'http://" +
        QByteArray::fromStdString(m_provider->address()) + "/introspect' } }\n");
    QCOMPARE(m_cli->runOnDb("secret set gateway", "a-secret-of-the-gateway").exitCode, CliFixture::exitOk);
    const auto shown = m_cli->runOnDb("token inspect", "an-opaque-token");
    QVERIFY2(shown.exitCode == CliFixture::exitOk, (shown.out + shown.err).constData());
    QVERIFY(shown.out.contains("opaque token of opaque"));
    m_provider.reset();
    const auto down = m_cli->runOnDb("token inspect --json", "an-opaque-token");
    QCOMPARE(down.exitCode, CliFixture::exitInvalid);
    QCOMPARE(object(down)[QStringLiteral("fault")].toString(), QStringLiteral("provider-down"));
}

void CliTokenTest::keysAreFetchedAlsoWithoutARunningGateway() {
    apply("  - { name: online, issuer: 'https://online.example', algorithms: [ES256], tier: { default: free "
          "},\n"
          "      jwks: 'http://" +
          QByteArray::fromStdString(m_provider->address()) + "/keys' }\n");
    const auto shown = m_cli->runOnDb("token inspect", token("https://online.example"));
    QVERIFY2(shown.exitCode == CliFixture::exitOk, (shown.out + shown.err).constData());
    QVERIFY(shown.out.contains("tier free"));
}

void CliTokenTest::aRunningGatewayAnswersWithTheKeysThatItHas() {
    apply("  - { name: online, issuer: 'https://online.example', algorithms: [ES256], tier: { default: free "
          "},\n"
          "      jwks: 'http://" +
          QByteArray::fromStdString(m_provider->address()) + "/keys' }\n");
    const auto gateway = m_cli->startOnDb("serve");
    QVERIFY(!gateway->waitForLine("listening on").isEmpty());
    QCOMPARE(m_cli->runOnDb("token inspect", token("https://online.example")).exitCode, CliFixture::exitOk);
    // The last good set is kept while the provider is down.
    m_provider.reset();
    QCOMPARE(m_cli->runOnDb("token inspect", token("https://online.example")).exitCode, CliFixture::exitOk);
    QVERIFY(!gateway->errors().contains(token().left(20)));
}

void CliTokenTest::providersAreListedAndRefreshed() {
    apply("  - { name: online, issuer: 'https://online.example', algorithms: [ES256], tier: { default: free "
          "},\n"
          "      jwks: 'http://" +
          QByteArray::fromStdString(m_provider->address()) + "/keys' }\n");
    const auto idle = m_cli->runOnDb("provider list");
    QVERIFY(idle.out.contains("corp"));
    QVERIFY(idle.out.contains("no gateway runs on this database"));
    QCOMPARE(m_cli->runOnDb("provider refresh online").exitCode, CliFixture::exitEnvironment);

    const auto gateway = m_cli->startOnDb("serve");
    QVERIFY(!gateway->waitForLine("listening on").isEmpty());
    const auto keys = [this] {
        const auto shown = m_cli->runOnDb("provider show online --json");
        return QJsonDocument::fromJson(shown.out).array()[0].toObject()[QStringLiteral("keys")].toArray();
    };
    QTRY_COMPARE_WITH_TIMEOUT(keys().size(), 1, 20'000);
    QCOMPARE(keys()[0].toObject()[QStringLiteral("id")].toString(), QStringLiteral("one"));
    const auto asked = [this] { return m_provider->requests().size(); };
    const auto before = asked();
    QCOMPARE(m_cli->runOnDb("provider refresh online").exitCode, CliFixture::exitOk);
    QTRY_VERIFY_WITH_TIMEOUT(asked() > before, 20'000);
    QVERIFY(m_cli->runOnDb("provider show online").out.contains("one (P-256)"));
    QCOMPARE(m_cli->runOnDb("provider refresh nobody").exitCode, CliFixture::exitConflict);
}

void CliTokenTest::whatAConsumerMayCallIsListed() {
    apply();
    const auto ofOther = m_cli->runOnDb("access consumer other");
    QVERIFY2(ofOther.exitCode == CliFixture::exitOk, ofOther.err.constData());
    QVERIFY(ofOther.out.contains("policy members on route orders"));
    QCOMPARE(m_cli->runOnDb("key create -q --consumer other --name ci").exitCode, CliFixture::exitOk);
    const QJsonArray lines =
        QJsonDocument::fromJson(m_cli->runOnDb("access consumer other --json").out).array();
    QStringList verdicts;
    for (const auto& line : lines) {
        verdicts << line.toObject()[QStringLiteral("route")].toString() + QLatin1Char('=') +
                        line.toObject()[QStringLiteral("verdict")].toString();
    }
    QCOMPARE(verdicts.join(QLatin1Char(' ')), QStringLiteral("open=allowed orders=allowed reports=denied"));
}

void CliTokenTest::whoMayCallARouteIsListed() {
    apply();
    QCOMPARE(m_cli->runOnDb("key create -q --consumer other --name ci").exitCode, CliFixture::exitOk);
    const auto text = m_cli->runOnDb("access route reports");
    QVERIFY2(text.exitCode == CliFixture::exitOk, text.err.constData());
    QVERIFY(text.out.contains("of 2 consumers 0 may call, 1 under conditions, 1 may not"));
    QVERIFY(text.out.contains("(anonymous)"));
    QVERIFY(text.out.contains("(tokens of corp without a consumer)"));
    QVERIFY(text.out.contains("scope read is missing: policy readers on route reports"));
    const QJsonObject json = object(m_cli->runOnDb("access route reports --json --limit 1"));
    QCOMPARE(json[QStringLiteral("consumers")].toInt(), 2);
    QCOMPARE(json[QStringLiteral("callers")].toArray().size(), 3);
    QCOMPARE(json[QStringLiteral("policies")].toArray().size(), 2);
    // A consumer that is revoked cannot call any more.
    QCOMPARE(m_cli->runOnDb("revoke consumer acme").exitCode, CliFixture::exitOk);
    QVERIFY(m_cli->runOnDb("access route reports").out.contains("consumer acme is revoked"));
}

void CliTokenTest::whatIsNotThereIsNamed() {
    apply();
    for (const char* command : {"access consumer nobody", "access route nowhere", "provider show nobody"}) {
        const auto refused = m_cli->runOnDb(command);
        QCOMPARE(refused.exitCode, CliFixture::exitConflict);
        QVERIFY(refused.err.contains("no"));
    }
    QCOMPARE(m_cli->runOnDb("token").exitCode, CliFixture::exitUsage);
}

QTEST_GUILESS_MAIN(CliTokenTest)
#include "cli_token_test.moc"
