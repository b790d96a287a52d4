#include "gateway/auth/token_verifier.h"
#include "gateway/base/digest.h"
#include "tests/support/token_signer.h"

#include <QtTest/QtTest>
#include <algorithm>
#include <string>
#include <vector>

using gateway::ManualClock;
using gateway::auth::KeySet;
using gateway::auth::Token;
using gateway::auth::TokenCheck;
using gateway::auth::TokenFault;
using gateway::auth::TokenResult;
using gateway::auth::TokenVerifier;
using gateway::model::IdentityProvider;
using support::TokenSigner;
using Json = nlohmann::json;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t now = 1'767'225'600; // 2026-01-01T00:00:00Z

IdentityProvider settings() {
    IdentityProvider provider;
    provider.id = gateway::model::IdentityProviderId{7};
    provider.issuer = "https://id.example.com";
    provider.audience = {"api"};
    return provider;
}

Json usualClaims() {
    return {{"iss", "https://id.example.com"},
            {"aud", {"api", "web"}},
            {"sub", "alice"},
            {"jti", "t-1"},
            {"client_id", "shop-web"},
            {"exp", now + 300.7},
            {"iat", now - 60},
            {"scope", "write read read"}};
}

std::string lineOf(const std::vector<TokenCheck>& checks, const std::string& name) {
    for (const TokenCheck& check : checks) {
        if (check.name == name) {
            return check.detail;
        }
    }
    return "no line";
}

std::vector<std::string> namesOf(const std::vector<TokenCheck>& checks, TokenCheck::Verdict verdict) {
    std::vector<std::string> names;
    for (const TokenCheck& check : checks) {
        if (check.verdict == verdict) {
            names.push_back(check.name);
        }
    }
    return names;
}

} // namespace

/// What becomes of a token that is good, and what people are told. The hundreds of tokens that are not are in
/// tests/conformance.
class TokenVerifierTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void takesFromATokenWhatItSays();
    void takesTheAuthorizedPartyWhereNoClientIsNamed();
    void takesClaimsThatSettingsName();
    void takesWhatATokenIsBoundTo();
    void looksAtOneRuleAfterTheOther();
    void goesOnBehindAFaultForPeople();
    void tellsWhatWasFoundAndWhatWasWanted();
    void showsNoControlCharactersAndNoEndlessTexts();
    void tellsTheKeyThatIsMissing();
    void expiresWithItsLeeway();
    void peeksAtWhatATokenSaysOfItself();
    void knowsAJwtByItsLooks();
    void namesEachFault();

    void readsAnIntrospectionAnswer();
    void givesEachIntrospectionAnswerItsVerdict_data();
    void givesEachIntrospectionAnswerItsVerdict();
    void explainsAnIntrospectionAnswer();

private:
    [[nodiscard]] TokenResult verify(const IdentityProvider& provider, const Json& claims,
                                     std::vector<TokenCheck>* checks = nullptr) const;
    [[nodiscard]] std::string tokenOf(const Json& claims) const;

    ManualClock m_clock;
    TokenSigner m_signer{TokenSigner::Kind::P256};
    std::shared_ptr<const KeySet> m_keys;
};

void TokenVerifierTest::initTestCase() {
    m_clock.setWallTime(gateway::WallTime(std::chrono::seconds(now)));
    const auto keys = KeySet::fromJwks("{\"keys\":[" + m_signer.jwk("k1") + "]}");
    QVERIFY(keys);
    m_keys = *keys;
}

std::string TokenVerifierTest::tokenOf(const Json& claims) const {
    return m_signer.token(R"({"alg":"ES256","kid":"k1","typ":"JWT"})", claims.dump(), "ES256");
}

TokenResult TokenVerifierTest::verify(const IdentityProvider& provider, const Json& claims,
                                      std::vector<TokenCheck>* checks) const {
    return TokenVerifier(provider).verify(tokenOf(claims), m_keys.get(), m_clock.wallTime(), checks);
}

void TokenVerifierTest::takesFromATokenWhatItSays() {
    const TokenResult result = verify(settings(), usualClaims());
    QCOMPARE(result.fault, TokenFault::None);
    const Token& token = *result.token;
    QCOMPARE(token.provider, gateway::model::IdentityProviderId{7});
    QCOMPARE(token.subject, std::string("alice"));
    QCOMPARE(token.id, std::string("t-1"));
    QCOMPARE(token.client, std::string("shop-web"));
    QCOMPARE(token.issuedAt, now - 60);
    QCOMPARE(token.expiresAt, now + 300); // never longer than it says
    QCOMPARE(token.scopes, (std::vector<std::string>{"read", "write"}));
    QVERIFY(token.roles.empty());
    QVERIFY(token.consumer.empty());
    QVERIFY(!token.introspected);
    QVERIFY(token.claims == usualClaims());
}

void TokenVerifierTest::takesTheAuthorizedPartyWhereNoClientIsNamed() {
    Json claims = usualClaims();
    claims["azp"] = "party";
    QCOMPARE(verify(settings(), claims).token->client, std::string("shop-web"));
    claims.erase("client_id");
    QCOMPARE(verify(settings(), claims).token->client, std::string("party"));
}

void TokenVerifierTest::takesClaimsThatSettingsName() {
    IdentityProvider provider = settings();
    provider.consumerClaim = "azp";
    provider.tierClaim = "https://shop.example/plan";
    provider.rolesClaim = "realm_access.roles";
    provider.scopesClaim = "permissions";
    Json claims = usualClaims();
    claims["azp"] = "acme";
    claims["https://shop.example/plan"] = "pro";
    claims["realm_access"] = {{"roles", {"shop admin", "auditor", "auditor"}}};
    claims["permissions"] = {"b", "a"};
    const auto token = verify(provider, claims).token;
    QVERIFY(token);
    QCOMPARE(token->consumer, std::string("acme"));
    QCOMPARE(token->tier, std::string("pro"));
    QCOMPARE(token->roles, (std::vector<std::string>{"auditor", "shop admin"}));
    QCOMPARE(token->scopes, (std::vector<std::string>{"a", "b"}));
    // A claim of that very name comes before one within another; a text is one role.
    claims["realm_access.roles"] = "shop admin";
    QCOMPARE(verify(provider, claims).token->roles, std::vector<std::string>{"shop admin"});
    // A name with dots may lie within another claim, too.
    provider.rolesClaim = "resource_access.shop.example.roles";
    claims["resource_access"] = {{"shop.example", {{"roles", {"clerk"}}}}};
    QCOMPARE(verify(provider, claims).token->roles, std::vector<std::string>{"clerk"});
    provider.scopesClaim = "nowhere";
    QVERIFY(verify(provider, claims).token->scopes.empty());
}

void TokenVerifierTest::takesWhatATokenIsBoundTo() {
    const gateway::Sha256 digest = gateway::sha256("certificate");
    const std::string text =
        support::base64Url({reinterpret_cast<const char*>(digest.data()), digest.size()});
    Json claims = usualClaims();
    claims["cnf"] = {{"x5t#S256", text}, {"jkt", text}};
    const auto token = verify(settings(), claims).token;
    QVERIFY(token);
    QCOMPARE(token->certificateFingerprint, gateway::toHex(digest));
    QCOMPARE(token->keyThumbprint, text);
    QVERIFY(verify(settings(), usualClaims()).token->certificateFingerprint.empty());
}

void TokenVerifierTest::looksAtOneRuleAfterTheOther() {
    std::vector<TokenCheck> checks;
    QCOMPARE(verify(settings(), usualClaims(), &checks).fault, TokenFault::None);
    std::string names;
    for (const TokenCheck& check : checks) {
        names += check.name + ", ";
        QVERIFY(check.verdict != TokenCheck::Verdict::Failed);
    }
    QCOMPARE(names, std::string(
                        "Size, Form, Header, Critical headers, Algorithm, Type, Signature, Claims, Issuer, "
                        "Audience, Expiry, Not before, Issued at, Lifetime, Required claims, Subject and "
                        "client, Scopes, Roles, Consumer claim, Tier claim, Bound to a certificate, Bound to "
                        "a key (DPoP), "));
}

void TokenVerifierTest::goesOnBehindAFaultForPeople() {
    const TokenSigner stranger(TokenSigner::Kind::P256);
    Json claims = usualClaims();
    claims["aud"] = "web";
    claims["exp"] = now - 300;
    claims["sub"] = 1;
    const std::string token =
        stranger.token(R"({"alg":"ES256","kid":"k1","typ":"logout+jwt"})", claims.dump(), "ES256");
    std::vector<TokenCheck> checks;
    const TokenVerifier verifier(settings());
    QCOMPARE(verifier.verify(token, m_keys.get(), m_clock.wallTime(), &checks).fault, TokenFault::WrongType);
    QCOMPARE(namesOf(checks, TokenCheck::Verdict::Failed),
             (std::vector<std::string>{"Type", "Signature", "Audience", "Expiry", "Subject and client"}));
    // Also where the provider's keys were never to be had.
    checks.clear();
    QCOMPARE(verifier.verify(tokenOf(claims), nullptr, m_clock.wallTime(), &checks).fault,
             TokenFault::KeysUnavailable);
    QCOMPARE(namesOf(checks, TokenCheck::Verdict::Failed),
             (std::vector<std::string>{"Key", "Audience", "Expiry", "Subject and client"}));
}

void TokenVerifierTest::tellsWhatWasFoundAndWhatWasWanted() {
    Json claims = usualClaims();
    claims["iss"] = "https://id.example.com/";
    claims["aud"] = {"web", "shop"};
    claims["exp"] = now - 300;
    claims["nbf"] = now + 90;
    claims["iat"] = now - 86'700;
    std::vector<TokenCheck> checks;
    QCOMPARE(verify(settings(), claims, &checks).fault, TokenFault::WrongIssuer);
    QCOMPARE(lineOf(checks, "Issuer"),
             std::string("The token is from \"https://id.example.com/\"; this provider's are "
                         "from \"https://id.example.com\", letter by letter."));
    QCOMPARE(lineOf(checks, "Audience"),
             std::string("The token is for [\"web\",\"shop\"]; it has to be for \"api\"."));
    QCOMPARE(lineOf(checks, "Expiry"),
             std::string("The token expired 5 min ago, at 2025-12-31 23:55:00 UTC; the leeway is 60 s."));
    QCOMPARE(
        lineOf(checks, "Not before"),
        std::string("The token holds from 2026-01-01 00:01:30 UTC on, 90 s from now; the leeway is 60 s."));
    QCOMPARE(lineOf(checks, "Issued at"),
             std::string("The token was issued at 2025-12-30 23:55:00 UTC, 24.1 h ago."));
    QCOMPARE(lineOf(checks, "Algorithm"), std::string("Signed by \"ES256\", which is allowed."));
    QCOMPARE(lineOf(checks, "Signature"), std::string("By the key \"k1\" (P-256)."));
    QCOMPARE(lineOf(checks, "Lifetime"), std::string("The token lives for 24 h of the 24 h allowed."));
}

void TokenVerifierTest::showsNoControlCharactersAndNoEndlessTexts() {
    Json claims = usualClaims();
    claims["iss"] = "a\nb\x01" + std::string(5000, 'x');
    std::vector<TokenCheck> checks;
    QCOMPARE(verify(settings(), claims, &checks).fault, TokenFault::WrongIssuer);
    const std::string line = lineOf(checks, "Issuer");
    QVERIFY(line.size() < 400);
    QVERIFY(
        std::none_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
}

void TokenVerifierTest::tellsTheKeyThatIsMissing() {
    const std::string token = m_signer.token(R"({"alg":"ES256","kid":"k2"})", usualClaims().dump(), "ES256");
    const TokenResult result = TokenVerifier(settings()).verify(token, m_keys.get(), m_clock.wallTime());
    QCOMPARE(result.fault, TokenFault::KeyUnknown);
    QCOMPARE(result.keyId, std::string("k2"));
    QVERIFY(!result.token);
}

void TokenVerifierTest::expiresWithItsLeeway() {
    const TokenVerifier verifier(settings());
    const auto token = verify(settings(), usualClaims()).token;
    const auto at = [](std::int64_t seconds) { return gateway::WallTime(std::chrono::seconds(seconds)); };
    QVERIFY(!verifier.isExpired(*token, at(now)));
    QVERIFY(!verifier.isExpired(*token, at(now + 359)));
    QVERIFY(verifier.isExpired(*token, at(now + 360)));
    Token unlimited;
    QVERIFY(!verifier.isExpired(unlimited, at(now)));
}

void TokenVerifierTest::peeksAtWhatATokenSaysOfItself() {
    const auto hints = TokenVerifier::peek(tokenOf(usualClaims()));
    QCOMPARE(hints.issuer, std::string("https://id.example.com"));
    QCOMPARE(hints.keyId, std::string("k1"));
    QCOMPARE(hints.algorithm, std::string("ES256"));
    for (const char* text : {"", ".", "..", "a.b.c", "opaque", "eyJ.eyJ.x", "W10.W10."}) {
        QVERIFY2(TokenVerifier::peek(text).issuer.empty(), text);
    }
    QVERIFY(TokenVerifier::peek(support::base64Url("{\"kid\":1}") + "." + support::base64Url("{\"iss\":[]}") +
                                ".")
                .keyId.empty());
}

void TokenVerifierTest::knowsAJwtByItsLooks() {
    QVERIFY(TokenVerifier::looksLikeJwt(tokenOf(usualClaims())));
    QVERIFY(TokenVerifier::looksLikeJwt(support::base64Url("{ \"a\":1}") + ".."));
    QVERIFY(TokenVerifier::looksLikeJwt(support::base64Url("{\n\"a\":1}") + ".."));
    for (const char* text : {"", "eyJ", "eyJ.a", "eyJ.a.b.c", "gh_1.2.3", "a.b.c", ".."}) {
        QVERIFY2(!TokenVerifier::looksLikeJwt(text), text);
    }
}

void TokenVerifierTest::namesEachFault() {
    std::vector<std::string> names;
    for (int i = 0; i <= static_cast<int>(TokenFault::NoConsumer); ++i) {
        names.emplace_back(gateway::auth::tokenFaultName(static_cast<TokenFault>(i)));
    }
    QCOMPARE(names.front(), std::string("good"));
    QCOMPARE(names.back(), std::string("no-consumer"));
    std::sort(names.begin(), names.end());
    QVERIFY(std::adjacent_find(names.begin(), names.end()) == names.end());
}

void TokenVerifierTest::readsAnIntrospectionAnswer() {
    const TokenVerifier verifier(settings());
    const TokenResult bare = verifier.readIntrospection(R"({"active":true})", m_clock.wallTime());
    QCOMPARE(bare.fault, TokenFault::None);
    QVERIFY(bare.token->introspected);
    QCOMPARE(bare.token->expiresAt, std::int64_t(0));
    const TokenResult full = verifier.readIntrospection(
        R"({"active":true,"iss":"https://id.example.com","aud":"api","exp":1767225900,"iat":1767225000,)"
        R"("nbf":1767225000,"scope":"b a","client_id":"shop","username":"Alice","token_type":"Bearer",)"
        R"("sub":"alice","jti":"t"})",
        m_clock.wallTime());
    QCOMPARE(full.fault, TokenFault::None);
    QCOMPARE(full.token->subject, std::string("alice"));
    QCOMPARE(full.token->client, std::string("shop"));
    QCOMPARE(full.token->expiresAt, now + 300);
    QCOMPARE(full.token->scopes, (std::vector<std::string>{"a", "b"}));
    QVERIFY(full.token->claims.at("username") == "Alice");
}

void TokenVerifierTest::givesEachIntrospectionAnswerItsVerdict_data() {
    QTest::addColumn<QString>("answer");
    QTest::addColumn<QString>("verdict");
    const auto row = [](const char* name, const char* answer, const char* verdict) {
        QTest::newRow(name) << QString::fromUtf8(answer) << QString::fromUtf8(verdict);
    };
    row("not active", "{'active':false}", "not-active");
    row("not active, whatever else it says", "{'active':false,'exp':'x','sub':'alice'}", "not-active");
    row("active is missing", "{'sub':'alice'}", "claim-missing");
    row("active is a text", "{'active':'true'}", "claim-malformed");
    row("active is a number", "{'active':1}", "claim-malformed");
    row("active is null", "{'active':null}", "claim-malformed");
    row("active comes twice", "{'active':false,'active':true}", "malformed");
    row("a list", "[{'active':true}]", "malformed");
    row("true", "true", "malformed");
    row("no JSON", "active", "malformed");
    row("nothing", "", "malformed");
    row("expired", "{'active':true,'exp':1767225540}", "expired");
    row("within the leeway", "{'active':true,'exp':1767225541}", "good");
    row("exp is a text", "{'active':true,'exp':'1767225900'}", "claim-malformed");
    row("not yet valid", "{'active':true,'nbf':1767225661}", "not-yet-valid");
    row("issued in the future", "{'active':true,'iat':1767225661}", "issued-in-future");
    row("lives for years, as opaque tokens may", "{'active':true,'iat':1,'exp':1999999999}", "good");
    row("another issuer", "{'active':true,'iss':'https://evil.example'}", "wrong-issuer");
    row("another audience", "{'active':true,'aud':'web'}", "wrong-audience");
    row("an audience of another type", "{'active':true,'aud':1}", "claim-malformed");
    row("one audience of several", "{'active':true,'aud':['web','api']}", "good");
    row("a scope of another type", "{'active':true,'scope':1}", "claim-malformed");
    row("a user name of another type", "{'active':true,'username':1}", "claim-malformed");
    row("a client of another type", "{'active':true,'client_id':[]}", "claim-malformed");
    row("a DPoP token", "{'active':true,'token_type':'DPoP'}", "good");
    row("a bearer token in lower case", "{'active':true,'token_type':'bearer'}", "good");
    row("a refresh token", "{'active':true,'token_type':'refresh_token'}", "wrong-type");
    row("a token type that is no text", "{'active':true,'token_type':1}", "claim-malformed");
    row("bound to what is no digest", "{'active':true,'cnf':{'x5t#S256':'x'}}", "claim-malformed");
}

void TokenVerifierTest::givesEachIntrospectionAnswerItsVerdict() {
    QFETCH(QString, answer);
    QFETCH(QString, verdict);
    std::string json = answer.toStdString();
    std::replace(json.begin(), json.end(), '\'', '"');
    const TokenVerifier verifier(settings());
    const TokenResult result = verifier.readIntrospection(json, m_clock.wallTime());
    QCOMPARE(QString::fromLatin1(gateway::auth::tokenFaultName(result.fault)), verdict);
    QCOMPARE(result.token != nullptr, result.fault == TokenFault::None);
    std::vector<TokenCheck> checks;
    QCOMPARE(verifier.readIntrospection(json, m_clock.wallTime(), &checks).fault, result.fault);
    QCOMPARE(namesOf(checks, TokenCheck::Verdict::Failed).empty(), result.fault == TokenFault::None);
}

void TokenVerifierTest::explainsAnIntrospectionAnswer() {
    std::vector<TokenCheck> checks;
    const TokenVerifier verifier(settings());
    QCOMPARE(verifier.readIntrospection(R"({"active":true,"aud":"web","exp":1})", m_clock.wallTime(), &checks)
                 .fault,
             TokenFault::WrongAudience);
    QCOMPARE(namesOf(checks, TokenCheck::Verdict::Failed), (std::vector<std::string>{"Audience", "Expiry"}));
    QCOMPARE(lineOf(checks, "Active"), std::string("The provider says that the token is active."));
    QCOMPARE(lineOf(checks, "Issuer"), std::string("The answer names no issuer."));
}

QTEST_APPLESS_MAIN(TokenVerifierTest)
#include "test_token_verifier.moc"
