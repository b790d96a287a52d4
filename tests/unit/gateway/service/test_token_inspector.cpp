#include "gateway/service/token_inspector.h"

#include "gateway/base/digest.h"
#include "tests/support/token_signer.h"

#include <QtTest>

using namespace gateway::model;
using namespace gateway::service;
using gateway::WallTime;
using gateway::auth::KeySet;
using gateway::auth::KeyTable;
using gateway::auth::RevocationSet;
using gateway::auth::TokenCheck;
using gateway::auth::TokenFault;
using support::TokenSigner;

namespace {

constexpr std::int64_t nowSeconds = 1'800'000'000;
constexpr WallTime now{std::chrono::seconds(nowSeconds)};

/// Provider `corp`, whose signer is at hand; tiers `free` and `pro`; consumer `acme` of tier `pro`.
struct House {
    House() {
        corp.id = IdentityProviderId{5};
        corp.name = "corp";
        corp.issuer = "https://id.example";
        corp.audience = {"shop"};
        for (const char* name : {"free", "pro"}) {
            Tier tier;
            tier.name = name;
            config.tiers.put(tier);
        }
        acme.id = ConsumerId{1};
        acme.name = "acme";
        acme.tier = "pro";
        acme.roles = {"buyer"};
        acme.identities = {{.kind = ConsumerIdentity::Kind::Subject, .value = "sub-1", .provider = "corp"}};
        keySet = *KeySet::fromJwks(R"({"keys":[)" + signer.jwk("one") + "]}");
    }

    /// With more claims, each with a comma before it.
    [[nodiscard]] std::string token(const std::string& more = {},
                                    const std::string& subject = "sub-1") const {
        return signer.token(R"({"alg":"ES256","kid":"one","typ":"JWT"})",
                            R"({"iss":"https://id.example","aud":"shop","sub":")" + subject + R"(","iat":)" +
                                std::to_string(nowSeconds - 60) + R"(,"exp":)" +
                                std::to_string(nowSeconds + 600) + more + "}",
                            "ES256");
    }
    std::string addKey(KeyState state = KeyState::Active, std::optional<WallTime> expires = std::nullopt) {
        const std::string secret = gateway::auth::generateKey();
        ApiKey key;
        key.id = KeyId{7};
        key.consumer = acme.id;
        key.name = "ci";
        key.hash = gateway::sha256(secret);
        key.scopes = {"read"};
        key.state = state;
        key.expires = expires;
        key.addresses = {"10.0.0.0/8"};
        table.put(key);
        stored = key;
        return secret;
    }

    template<class Work>
    auto with(const Work& work) {
        config.identityProviders.put(corp);
        config.consumers.put(acme);
        const RevocationSet revoked(revocations);
        const TokenInspector inspector({.config = config,
                                        .keys = table,
                                        .revocations = revoked,
                                        .keySetOf = [this](const IdentityProvider&) { return keySet; },
                                        .findKey = [this](ConsumerId, KeyId) { return stored; },
                                        .now = now});
        return work(inspector);
    }
    TokenReport inspect(const TokenQuery& query) {
        return with([&query](const TokenInspector& inspector) {
            return inspector.inspect(inspector.recognise(query), query);
        });
    }
    TokenReport inspect(const std::string& token) { return inspect(TokenQuery{.token = token}); }
    TokenReport answer(const TokenQuery& query, const gateway::Result<std::string>& text) {
        return with([&](const TokenInspector& inspector) {
            const auto recognition = inspector.recognise(query);
            return recognition.wantsIntrospection() ? inspector.inspectAnswer(recognition, query, text)
                                                    : inspector.inspect(recognition, query);
        });
    }

    TokenSigner signer{TokenSigner::Kind::P256};
    Config config;
    IdentityProvider corp;
    Consumer acme;
    KeyTable table;
    std::shared_ptr<const KeySet> keySet;
    std::vector<Revocation> revocations;
    std::optional<ApiKey> stored;
};

/// "passed: ...", "failed: ...", "skipped: ..."; empty: there is no such check.
QString check(const TokenReport& report, const std::string& name) {
    for (const TokenCheck& each : report.checks) {
        if (each.name == name) {
            const char* verdict = each.verdict == TokenCheck::Verdict::Passed   ? "passed: "
                                  : each.verdict == TokenCheck::Verdict::Failed ? "failed: "
                                                                                : "skipped: ";
            return QString::fromStdString(verdict + each.detail);
        }
    }
    return {};
}

} // namespace

class TokenInspectorTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aGoodTokenSaysWhoItWouldBe();
    void whitespaceAndTheSchemeAreNotPartOfTheToken();
    void eachCheckIsToldAlsoBehindTheFirstThatFailed();
    void atAnotherTimeTheVerdictIsAnother();
    void anUnknownIssuerIsNamed();
    void aProviderCanBeChosen();
    void whileThereAreNoKeysTheInspectorSaysSo();
    void aRevokedTokenIsRefused();
    void aRevokedConsumerIsRefused();
    void aTokenThatNamesItsConsumerIsOfIt();
    void aTokenOfNobodyNeedsATier();
    void aBoundTokenNeedsItsCertificate();
    void aKeyIsRecognisedWithItsOwner();
    void aKeyWithATypingErrorIsToldByItsChecksum();
    void keysThatAreNotGoodAreRefused_data();
    void keysThatAreNotGoodAreRefused();
    void aKeyOfARevokedConsumerIsRefused();
    void whatLooksLikeAKeyIsNeverSentToAProvider();
    void anOpaqueTokenIsAskedAbout();
    void aProviderThatIsDownIsNamed();
    void amongSeveralProvidersOneHasToBeChosen();
    void nothingIsNothing();
};

void TokenInspectorTest::aGoodTokenSaysWhoItWouldBe() {
    House house;
    house.corp.rolesClaim = "roles";
    const TokenReport report = house.inspect(house.token(R"(,"scope":"read write","roles":["vip"])"));
    QCOMPARE(report.fault, TokenFault::None);
    QCOMPARE(report.kind, std::string("JWT"));
    QCOMPARE(report.provider, std::string("corp"));
    QCOMPARE(report.consumer, std::string("acme"));
    QCOMPARE(report.tier, std::string("pro"));
    QCOMPARE(report.scopes, (std::vector<std::string>{"read", "write"}));
    QCOMPARE(report.roles, (std::vector<std::string>{"buyer", "vip"}));
    QCOMPARE(report.verdict, std::string("Good: consumer acme, tier pro."));
    QVERIFY(report.expires == now + std::chrono::seconds(600));
    QVERIFY(report.claims.find("\"sub\": \"sub-1\"") != std::string::npos);
    QVERIFY(report.header.find("\"alg\": \"ES256\"") != std::string::npos);
    QVERIFY(check(report, "Signature").startsWith(QStringLiteral("passed")));
    QCOMPARE(check(report, "Consumer"), QStringLiteral("passed: Consumer acme, by subject sub-1."));
    for (const TokenCheck& each : report.checks) {
        QVERIFY2(each.verdict != TokenCheck::Verdict::Failed, each.name.c_str());
    }
}

void TokenInspectorTest::whitespaceAndTheSchemeAreNotPartOfTheToken() {
    House house;
    for (const char* before : {" \n", "Bearer ", "Authorization: Bearer  ", "authorization: DPoP "}) {
        QCOMPARE(house.inspect(before + house.token() + "\r\n").consumer, std::string("acme"));
    }
}

void TokenInspectorTest::eachCheckIsToldAlsoBehindTheFirstThatFailed() {
    House house;
    house.corp.audience = {"warehouse"};
    const TokenSigner stranger(TokenSigner::Kind::P256);
    house.keySet = *KeySet::fromJwks(R"({"keys":[)" + stranger.jwk("one") + "]}");
    const TokenReport report = house.inspect(house.token());
    QCOMPARE(report.fault, TokenFault::BadSignature);
    QVERIFY(check(report, "Signature").startsWith(QStringLiteral("failed")));
    QVERIFY(check(report, "Audience").startsWith(QStringLiteral("failed")));
    QVERIFY(check(report, "Issuer").startsWith(QStringLiteral("passed")));
    QVERIFY(report.verdict.starts_with("Refused: "));
    QVERIFY(report.consumer.empty());
    QVERIFY(report.tier.empty());
}

void TokenInspectorTest::atAnotherTimeTheVerdictIsAnother() {
    House house;
    const TokenReport report =
        house.inspect(TokenQuery{.token = house.token(), .at = now + std::chrono::hours(1)});
    QCOMPARE(report.fault, TokenFault::Expired);
    QVERIFY(check(report, "Expiry").startsWith(QStringLiteral("failed")));
}

void TokenInspectorTest::anUnknownIssuerIsNamed() {
    House house;
    house.corp.issuer = "https://other.example";
    const TokenReport report = house.inspect(house.token());
    QCOMPARE(report.fault, TokenFault::WrongIssuer);
    QCOMPARE(report.verdict, std::string("Refused: No identity provider has the issuer https://id.example."));
    QVERIFY(!report.claims.empty()); // what it says of itself is still shown
}

void TokenInspectorTest::aProviderCanBeChosen() {
    House house;
    house.corp.issuer = "https://other.example";
    TokenReport report = house.inspect(TokenQuery{.token = house.token(), .provider = "corp"});
    QCOMPARE(report.provider, std::string("corp"));
    QVERIFY(check(report, "Issuer").startsWith(QStringLiteral("failed")));
    report = house.inspect(TokenQuery{.token = house.token(), .provider = "nobody"});
    QCOMPARE(report.verdict, std::string("Refused: There is no identity provider nobody."));
}

void TokenInspectorTest::whileThereAreNoKeysTheInspectorSaysSo() {
    House house;
    house.keySet = nullptr;
    QCOMPARE(house.inspect(house.token()).fault, TokenFault::KeysUnavailable);
}

void TokenInspectorTest::aRevokedTokenIsRefused() {
    House house;
    Revocation revocation;
    revocation.kind = Revocation::Kind::TokenId;
    revocation.value = "t-1";
    house.revocations = {revocation};
    QCOMPARE(house.inspect(house.token(R"(,"jti":"t-1")")).fault, TokenFault::Revoked);
    QCOMPARE(house.inspect(house.token(R"(,"jti":"t-2")")).fault, TokenFault::None);
}

void TokenInspectorTest::aRevokedConsumerIsRefused() {
    House house;
    Revocation revocation;
    revocation.kind = Revocation::Kind::Consumer;
    revocation.consumer = house.acme.id;
    house.revocations = {revocation};
    const TokenReport report = house.inspect(house.token());
    QCOMPARE(report.fault, TokenFault::Revoked);
    QCOMPARE(check(report, "Consumer"), QStringLiteral("failed: Consumer acme is revoked."));
}

void TokenInspectorTest::aTokenThatNamesItsConsumerIsOfIt() {
    House house;
    house.corp.consumerClaim = "client";
    TokenReport report = house.inspect(house.token(R"(,"client":"acme")", "other"));
    QCOMPARE(check(report, "Consumer"), QStringLiteral("passed: Consumer acme, by claim client."));
    // Who is named and is not there gets nothing in its place.
    house.corp.tier = "free";
    report = house.inspect(house.token(R"(,"client":"nobody")"));
    QCOMPARE(report.fault, TokenFault::NoConsumer);
    QVERIFY(report.verdict.find("nobody, which is no consumer") != std::string::npos);
}

void TokenInspectorTest::aTokenOfNobodyNeedsATier() {
    House house;
    QCOMPARE(house.inspect(house.token({}, "other")).fault, TokenFault::NoConsumer);
    house.corp.tier = "free";
    TokenReport report = house.inspect(house.token({}, "other"));
    QCOMPARE(report.fault, TokenFault::None);
    QVERIFY(report.consumer.empty());
    QCOMPARE(report.tier, std::string("free"));
    house.corp.tierClaim = "plan";
    report = house.inspect(house.token(R"(,"plan":"pro")", "other"));
    QCOMPARE(report.tier, std::string("pro"));
    report = house.inspect(house.token(R"(,"plan":"unheard-of")", "other"));
    QCOMPARE(report.tier, std::string("free"));
}

void TokenInspectorTest::aBoundTokenNeedsItsCertificate() {
    House house;
    const std::string fingerprint = gateway::toHex(gateway::sha256("a certificate"));
    const auto digest = gateway::sha256("a certificate");
    const std::string bytes(digest.begin(), digest.end());
    const std::string token = house.token(R"(,"cnf":{"x5t#S256":")" + support::base64Url(bytes) + R"("})");
    QCOMPARE(house.inspect(token).fault, TokenFault::WrongCertificate);
    TokenQuery query{.token = token, .certificateFingerprint = fingerprint};
    QCOMPARE(house.inspect(query).fault, TokenFault::None);
    query.certificateFingerprint.front() = query.certificateFingerprint.front() == '0' ? '1' : '0';
    QCOMPARE(house.inspect(query).fault, TokenFault::WrongCertificate);
}

void TokenInspectorTest::aKeyIsRecognisedWithItsOwner() {
    House house;
    const TokenReport report = house.inspect(house.addKey());
    QCOMPARE(report.kind, std::string("API key"));
    QCOMPARE(report.fault, TokenFault::None);
    QCOMPARE(report.consumer, std::string("acme"));
    QCOMPARE(report.tier, std::string("pro"));
    QCOMPARE(report.scopes, (std::vector<std::string>{"read"}));
    QCOMPARE(check(report, "Consumer"), QStringLiteral("passed: It is key ci of consumer acme."));
    QCOMPARE(check(report, "Address"), QStringLiteral("skipped: It only works from 10.0.0.0/8."));
    QVERIFY(check(report, "Checksum").startsWith(QStringLiteral("passed")));
    QVERIFY(!report.expires);
}

void TokenInspectorTest::aKeyWithATypingErrorIsToldByItsChecksum() {
    House house;
    std::string key = house.addKey();
    key[10] = key[10] == 'a' ? 'b' : 'a';
    const TokenReport report = house.inspect(key);
    QCOMPARE(report.fault, TokenFault::Malformed);
    QVERIFY(check(report, "Checksum").startsWith(QStringLiteral("failed")));
}

void TokenInspectorTest::keysThatAreNotGoodAreRefused_data() {
    QTest::addColumn<int>("state");
    QTest::addColumn<int>("expiresIn");
    QTest::addColumn<int>("fault");
    const auto row = [](const char* name, KeyState state, int expiresIn, TokenFault fault) {
        QTest::newRow(name) << static_cast<int>(state) << expiresIn << static_cast<int>(fault);
    };
    row("disabled", KeyState::Disabled, 60, TokenFault::NotActive);
    row("revoked", KeyState::Revoked, 60, TokenFault::Revoked);
    row("expired", KeyState::Active, -60, TokenFault::Expired);
    row("good", KeyState::Active, 60, TokenFault::None);
}

void TokenInspectorTest::keysThatAreNotGoodAreRefused() {
    QFETCH(int, state);
    QFETCH(int, expiresIn);
    QFETCH(int, fault);
    House house;
    const TokenReport report =
        house.inspect(house.addKey(static_cast<KeyState>(state), now + std::chrono::seconds(expiresIn)));
    QCOMPARE(static_cast<int>(report.fault), fault);
    QVERIFY(report.expires.has_value());
    QCOMPARE(report.verdict.starts_with("Good"), fault == static_cast<int>(TokenFault::None));
    // Whose it is helps, also when it does not work any more.
    QVERIFY(check(report, "Consumer").contains(QStringLiteral("acme")));
}

void TokenInspectorTest::aKeyOfARevokedConsumerIsRefused() {
    House house;
    Revocation revocation;
    revocation.kind = Revocation::Kind::Consumer;
    revocation.consumer = house.acme.id;
    house.revocations = {revocation};
    QCOMPARE(house.inspect(house.addKey()).fault, TokenFault::Revoked);
}

void TokenInspectorTest::whatLooksLikeAKeyIsNeverSentToAProvider() {
    House house;
    house.corp.introspection = IdentityProvider::Introspection{};
    house.with([](const TokenInspector& inspector) {
        QVERIFY(!inspector.recognise({.token = gateway::auth::generateKey()}).wantsIntrospection());
        QVERIFY(!inspector.recognise({.token = gateway::auth::generateKey(), .provider = "corp"})
                     .wantsIntrospection());
        QVERIFY(inspector.recognise({.token = "some-opaque-token"}).wantsIntrospection());
    });
}

void TokenInspectorTest::anOpaqueTokenIsAskedAbout() {
    House house;
    house.corp.introspection = IdentityProvider::Introspection{};
    const TokenQuery query{.token = "some-opaque-token"};
    TokenReport report = house.answer(
        query, R"({"active":true,"iss":"https://id.example","aud":"shop","sub":"sub-1","scope":"read"})");
    QCOMPARE(report.verdict, std::string("Good: consumer acme, tier pro."));
    QCOMPARE(report.kind, std::string("opaque token"));
    QVERIFY(report.claims.find("\"active\": true") != std::string::npos);
    report = house.answer(query, R"({"active":false})");
    QCOMPARE(report.fault, TokenFault::NotActive);
    report = house.answer(query, "no json");
    QCOMPARE(report.fault, TokenFault::Malformed);
}

void TokenInspectorTest::aProviderThatIsDownIsNamed() {
    House house;
    house.corp.introspection = IdentityProvider::Introspection{};
    const TokenReport report =
        house.answer({.token = "some-opaque-token"},
                     gateway::fail(gateway::ErrorKind::Environment, "provider-down", "connection refused."));
    QCOMPARE(report.fault, TokenFault::ProviderDown);
    QCOMPARE(report.verdict, std::string("Refused: The provider gave no answer: connection refused."));
}

void TokenInspectorTest::amongSeveralProvidersOneHasToBeChosen() {
    House house;
    house.corp.introspection = IdentityProvider::Introspection{};
    IdentityProvider other = house.corp;
    other.name = "partner";
    house.config.identityProviders.put(other);
    house.with([](const TokenInspector& inspector) {
        QVERIFY(!inspector.recognise({.token = "some-opaque-token"}).wantsIntrospection());
        QVERIFY(
            inspector.recognise({.token = "some-opaque-token", .provider = "partner"}).wantsIntrospection());
    });
    QVERIFY(house.inspect("some-opaque-token").verdict.find("choose one") != std::string::npos);
}

void TokenInspectorTest::nothingIsNothing() {
    House house;
    QCOMPARE(house.inspect("  ").fault, TokenFault::Missing);
}

QTEST_APPLESS_MAIN(TokenInspectorTest)
#include "test_token_inspector.moc"
