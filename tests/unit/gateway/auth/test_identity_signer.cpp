#include "gateway/auth/identity_signer.h"
#include "gateway/auth/token_verifier.h"
#include "gateway/crypto/jws.h"

#include <QtTest>

using namespace gateway;
using namespace gateway::auth;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

crypto::PrivateKey makeKey(crypto::KeyKind kind = crypto::KeyKind::EcdsaP256) {
    return *crypto::PrivateKey::generate(kind);
}

json partOf(std::string_view token, int number) {
    for (; number > 0; --number) {
        token.remove_prefix(token.find('.') + 1);
    }
    return json::parse(*crypto::fromBase64Url(token.substr(0, token.find('.'))));
}

const std::vector<std::string> roles = {"admin", "partner"};
const std::vector<std::string> moreRoles = {"auditor", "partner"};
const std::vector<std::string> scopes = {"orders:read"};
const std::vector<std::string> moreScopes = {"cart", "orders:read"};

IdentityClaims aliceClaims() {
    IdentityClaims claims;
    claims.subject = "auth0|1";
    claims.provider = "corp";
    claims.audience = "orders";
    claims.consumer = "acme";
    claims.tier = "pro";
    claims.roles = roles;
    claims.moreRoles = moreRoles;
    claims.scopes = scopes;
    claims.moreScopes = moreScopes;
    return claims;
}

/// A service's view of the gateway as an identity provider.
TokenVerifier verifierFor(const std::string& audience) {
    model::IdentityProvider provider;
    provider.id.value = 1;
    provider.name = "gatehouse";
    provider.issuer = IdentitySigner::issuer;
    provider.audience = {audience};
    provider.algorithms = {"ES256"};
    provider.leeway = 0ms;
    provider.lifetimeMax = 60s;
    return TokenVerifier(provider);
}

} // namespace

/// Tokens that the gateway signs about callers.
class IdentitySignerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void signsWhatAVerifierTakes();
    void saysWhoCalls();
    void leavesOutWhatIsNotKnown();
    void passesChosenClaimsOn();
    void letsNoClaimTakeThePlaceOfItsOwn();
    void signsOnceInAThirdOfTheLifetime();
    void signsAgainWhenItHasToSaySomethingElse();
    void signsAgainWhenTheClockWasPutBack();
    void keepsItsMemoryBounded();
    void showsAllKeysAndSignsByTheFirst();
    void takesOnlyKeysOfItsKind();
    void signsNothingWithoutAKey();
    void writesJsonAsItWas();
};

void IdentitySignerTest::signsWhatAVerifierTakes() {
    IdentitySigner signer;
    QVERIFY(signer.setKeys({makeKey()}));
    IdentityTokens tokens(signer);
    const ManualClock clock;
    const std::string token(tokens.tokenFor(aliceClaims(), clock.wallTime()));
    const auto keys = KeySet::fromJwks(signer.current()->jwks());
    QVERIFY(keys.has_value());
    const TokenResult result = verifierFor("orders").verify(token, keys->get(), clock.wallTime());
    QCOMPARE(tokenFaultName(result.fault), tokenFaultName(TokenFault::None));
    QCOMPARE(result.token->subject, std::string("auth0|1"));
    QCOMPARE(verifierFor("cart").verify(token, keys->get(), clock.wallTime()).fault,
             TokenFault::WrongAudience);
    QCOMPARE(verifierFor("orders").verify(token, keys->get(), clock.wallTime() + 60s).fault,
             TokenFault::Expired);
}

void IdentitySignerTest::saysWhoCalls() {
    IdentitySigner signer;
    QVERIFY(signer.setKeys({makeKey()}));
    IdentityTokens tokens(signer);
    const ManualClock clock;
    const std::string token(tokens.tokenFor(aliceClaims(), clock.wallTime()));
    const json header = partOf(token, 0);
    QCOMPARE(header.size(), std::size_t{3});
    QCOMPARE(header["alg"].get<std::string>(), std::string("ES256"));
    QCOMPARE(header["typ"].get<std::string>(), std::string("JWT"));
    QCOMPARE(header["kid"], json::parse(signer.current()->jwks())["keys"][0]["kid"]);
    json claims = partOf(token, 1);
    QVERIFY(claims["jti"].get<std::string>().size() >= 20);
    claims.erase("jti");
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(clock.wallTime().time_since_epoch()).count();
    const json wanted = {{"iss", "gatehouse"},
                         {"sub", "auth0|1"},
                         {"aud", "orders"},
                         {"provider", "corp"},
                         {"consumer", "acme"},
                         {"tier", "pro"},
                         {"roles", {"admin", "auditor", "partner"}},
                         {"scope", "cart orders:read"},
                         {"iat", now},
                         {"nbf", now},
                         {"exp", now + 60}};
    QCOMPARE(claims.dump(), wanted.dump());
}

void IdentitySignerTest::leavesOutWhatIsNotKnown() {
    IdentitySigner signer;
    QVERIFY(signer.setKeys({makeKey()}));
    IdentityTokens tokens(signer);
    json claims = partOf(tokens.tokenFor({}, ManualClock().wallTime()), 1);
    QCOMPARE(claims.size(), std::size_t{5});
    for (const char* name : {"iss", "iat", "nbf", "exp", "jti"}) {
        QVERIFY(claims.contains(name));
    }
}

void IdentitySignerTest::passesChosenClaimsOn() {
    IdentitySigner signer;
    QVERIFY(signer.setKeys({makeKey()}));
    IdentityTokens tokens(signer);
    const json own = {{"email", "a\"b@example.com"},
                      {"org", {{"id", 7}, {"units", {"x", 1.5, true, nullptr}}}},
                      {"secret", "not chosen"}};
    const std::vector<std::string> chosen = {"email", "org", "org.id", "missing"};
    IdentityClaims claims = aliceClaims();
    claims.claims = &own;
    claims.passedOn = chosen;
    const json passed = partOf(tokens.tokenFor(claims, ManualClock().wallTime()), 1);
    QCOMPARE(passed["email"], own["email"]);
    QCOMPARE(passed["org"], own["org"]);
    QCOMPARE(passed["org.id"], json(7));
    QVERIFY(!passed.contains("missing"));
    QVERIFY(!passed.contains("secret"));
}

void IdentitySignerTest::letsNoClaimTakeThePlaceOfItsOwn() {
    IdentitySigner signer;
    QVERIFY(signer.setKeys({makeKey()}));
    IdentityTokens tokens(signer);
    const json own = {{"iss", "https://idp"}, {"sub", "root"},      {"aud", "all"},        {"exp", 1},
                      {"roles", {"root"}},    {"consumer", "root"}, {"tier", "unlimited"}, {"scope", "all"}};
    const std::vector<std::string> chosen = {"iss",   "sub",      "aud",  "exp",
                                             "roles", "consumer", "tier", "scope"};
    IdentityClaims claims;
    claims.claims = &own;
    claims.passedOn = chosen;
    const json passed = partOf(tokens.tokenFor(claims, ManualClock().wallTime()), 1);
    QCOMPARE(passed["iss"].get<std::string>(), std::string("gatehouse"));
    QCOMPARE(passed.size(), std::size_t{5});
}

void IdentitySignerTest::signsOnceInAThirdOfTheLifetime() {
    IdentitySigner signer;
    QVERIFY(signer.setKeys({makeKey()}));
    IdentityTokens tokens(signer);
    ManualClock clock;
    const std::string first(tokens.tokenFor(aliceClaims(), clock.wallTime()));
    for (int i = 0; i < 19; ++i) {
        clock.advance(1s);
        QCOMPARE(std::string(tokens.tokenFor(aliceClaims(), clock.wallTime())), first);
    }
    QCOMPARE(tokens.signatures(), std::uint64_t{1});
    clock.advance(1s);
    const std::string second(tokens.tokenFor(aliceClaims(), clock.wallTime()));
    QVERIFY(second != first);
    QVERIFY(partOf(second, 1)["jti"] != partOf(first, 1)["jti"]);
    QCOMPARE(tokens.signatures(), std::uint64_t{2});
}

void IdentitySignerTest::signsAgainWhenItHasToSaySomethingElse() {
    IdentitySigner signer;
    QVERIFY(signer.setKeys({makeKey()}));
    IdentityTokens tokens(signer);
    const ManualClock clock;
    static_cast<void>(tokens.tokenFor(aliceClaims(), clock.wallTime()));
    IdentityClaims claims = aliceClaims();
    claims.tier = "free";
    QCOMPARE(partOf(tokens.tokenFor(claims, clock.wallTime()), 1)["tier"].get<std::string>(),
             std::string("free"));
    claims = aliceClaims();
    claims.audience = "cart";
    QCOMPARE(partOf(tokens.tokenFor(claims, clock.wallTime()), 1)["aud"].get<std::string>(),
             std::string("cart"));
    claims = aliceClaims();
    claims.lifetime = 30s;
    const json times = partOf(tokens.tokenFor(claims, clock.wallTime()), 1);
    QCOMPARE(times["exp"].get<std::int64_t>() - times["iat"].get<std::int64_t>(), std::int64_t{30});
    QCOMPARE(tokens.signatures(), std::uint64_t{4});
    static_cast<void>(tokens.tokenFor(aliceClaims(), clock.wallTime()));
    QCOMPARE(tokens.signatures(), std::uint64_t{4});
}

void IdentitySignerTest::signsAgainWhenTheClockWasPutBack() {
    IdentitySigner signer;
    QVERIFY(signer.setKeys({makeKey()}));
    IdentityTokens tokens(signer);
    const ManualClock clock;
    static_cast<void>(tokens.tokenFor(aliceClaims(), clock.wallTime()));
    const WallTime before = clock.wallTime() - 1h;
    const json claims = partOf(tokens.tokenFor(aliceClaims(), before), 1);
    QCOMPARE(claims["iat"].get<std::int64_t>(),
             std::chrono::duration_cast<std::chrono::seconds>(before.time_since_epoch()).count());
}

void IdentitySignerTest::keepsItsMemoryBounded() {
    IdentitySigner signer;
    QVERIFY(signer.setKeys({makeKey()}));
    IdentityTokens tokens(signer);
    const ManualClock clock;
    for (int i = 0; i < 3'000; ++i) {
        const std::string subject = "user " + std::to_string(i);
        IdentityClaims claims;
        claims.subject = subject;
        QCOMPARE(partOf(tokens.tokenFor(claims, clock.wallTime()), 1)["sub"].get<std::string>(), subject);
    }
    QCOMPARE(tokens.signatures(), std::uint64_t{3'000});
}

void IdentitySignerTest::showsAllKeysAndSignsByTheFirst() {
    IdentitySigner signer;
    const auto former = makeKey();
    const auto next = makeKey();
    QVERIFY(signer.setKeys({former}));
    IdentityTokens tokens(signer);
    const ManualClock clock;
    const std::string before(tokens.tokenFor(aliceClaims(), clock.wallTime()));
    const std::uint64_t generation = signer.generation();
    QVERIFY(signer.setKeys({next, former}));
    QVERIFY(signer.generation() != generation);
    const std::string after(tokens.tokenFor(aliceClaims(), clock.wallTime()));
    QVERIFY(partOf(before, 0)["kid"] != partOf(after, 0)["kid"]);
    const auto keys = KeySet::fromJwks(signer.current()->jwks());
    QVERIFY(keys.has_value());
    QCOMPARE((*keys)->keys().size(), std::size_t{2});
    for (const std::string& token : {before, after}) {
        QCOMPARE(verifierFor("orders").verify(token, keys->get(), clock.wallTime()).fault, TokenFault::None);
    }
    // Nothing private is shown.
    for (const json& jwk : json::parse(signer.current()->jwks())["keys"]) {
        QVERIFY(!jwk.contains("d"));
        QCOMPARE(jwk["use"].get<std::string>(), std::string("sig"));
    }
}

void IdentitySignerTest::takesOnlyKeysOfItsKind() {
    IdentitySigner signer;
    const auto key = makeKey();
    QVERIFY(signer.setKeys({key}));
    const auto refused = signer.setKeys({key, makeKey(crypto::KeyKind::Ed25519)});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, std::string("identity-key-not-p256"));
    QVERIFY(signer.current() != nullptr);
}

void IdentitySignerTest::signsNothingWithoutAKey() {
    IdentitySigner signer;
    IdentityTokens tokens(signer);
    QVERIFY(tokens.tokenFor(aliceClaims(), ManualClock().wallTime()).empty());
    QVERIFY(signer.setKeys({makeKey()}));
    QVERIFY(!tokens.tokenFor(aliceClaims(), ManualClock().wallTime()).empty());
    QVERIFY(signer.setKeys({}));
    QVERIFY(tokens.tokenFor(aliceClaims(), ManualClock().wallTime()).empty());
}

void IdentitySignerTest::writesJsonAsItWas() {
    const json value = {{"empty", json::object()},
                        {"none", json::array()},
                        {"text", "a\"\\\n\x01 \xC3\xA4"},
                        {"numbers", {0, -7, 18446744073709551615U, 1e300, 0.1}},
                        {"deep", {{"b", {{{"c", false}}}}}}};
    std::string text;
    appendJson(text, value);
    QCOMPARE(json::parse(text).dump(), value.dump());
}

QTEST_APPLESS_MAIN(IdentitySignerTest)
#include "test_identity_signer.moc"
