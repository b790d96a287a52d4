#include "gateway/auth/token_verifier.h"
#include "gateway/crypto/jws.h"
#include "tests/integration/test_gateway.h"
#include "tests/integration/token_issuer.h"
#include "tests/support/h2_client.h"
#include "tests/support/node_peer.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QtTest>

using namespace gateway;
using namespace std::chrono_literals;
using nlohmann::json;
using support::contains;
using support::RawClient;
using support::ScriptedUpstream;
using support::WireRequest;
using support::WireResponse;

namespace {

crypto::PrivateKey makeKey() {
    return *crypto::PrivateKey::generate(crypto::KeyKind::EcdsaP256);
}

json claimsOf(std::string_view token) {
    const std::size_t begin = token.find('.') + 1;
    return json::parse(*crypto::fromBase64Url(token.substr(begin, token.rfind('.') - begin)));
}

} // namespace

/// What services learn about who calls, and what they do not.
class ForwardedIdentityTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void tellsTheServiceWhoCalls();
    void takesOutWhatClientsSayUnderTheseNames_data();
    void takesOutWhatClientsSayUnderTheseNames();
    void takesItOutOnRoutesThatTellNothing();
    void takesItOutOfHttp2();
    void takesItOutOfTrailers();
    void leavesOutWhatAHeaderCannotCarry();
    void signsATokenThatItsKeysVerify();
    void signsTokensThatNodeVerifies();
    void keepsTokensVerifiableWhenKeysAreRotated();
    void showsKeysToReadersOnly();
    void passesNoCredentialOn_data();
    void passesNoCredentialOn();
    void passesCredentialsOnWhereItIsTold_data();
    void passesCredentialsOnWhereItIsTold();
    void letsForeignCredentialsPass();
    void putsItsTokenInThePlaceOfTheCallers();

private:
    bool publish();
    [[nodiscard]] std::string bearer(const json& claims) {
        return "Authorization: Bearer " + m_corp.token(m_clock.wallTime(), claims) + "\r\n";
    }
    [[nodiscard]] WireRequest asked(std::string_view target, std::string_view fields);

    SystemClock m_clock;
    TokenIssuer m_corp{"corp"};
    std::optional<ScriptedUpstream> m_upstream;
    std::optional<TestGateway> m_gateway;
    model::Config m_config;
    model::Policy m_identity;
};

void ForwardedIdentityTest::init() {
    m_upstream.emplace();
    m_gateway.emplace(1U);
    m_config = TestGateway::basicConfig({m_upstream->port()});
    model::IdentityProvider corp = m_corp.settings();
    corp.tier = "pro";
    m_config.identityProviders.put(corp);
    model::Policy who;
    who.name = "who";
    who.authenticate.emplace();
    who.authenticate->anyOf = {{model::Credential{}},
                               {model::Credential{model::Credential::Kind::Jwt, "corp"}}};
    m_config.policies.put(who);
    m_identity = {};
    m_identity.name = "identity";
    m_identity.identity.emplace();
    m_identity.identity->headers = {{"X-User", "claims.sub"}, {"X-Consumer", "consumer.name"}};
    model::Route told = *m_config.routes.find("open");
    told.name = "told";
    told.match.path = "/told/*";
    told.policies = {"who", "identity"};
    m_config.routes.put(told);
    model::Listener listener = *m_config.listeners.begin();
    listener.keysPath = "/.well-known/jwks.json";
    m_config.listeners.put(listener);
}

void ForwardedIdentityTest::cleanup() {
    m_gateway.reset();
    m_upstream.reset();
}

bool ForwardedIdentityTest::publish() {
    m_config.policies.put(m_identity);
    return m_gateway->publish(m_config);
}

/// What the service is asked when a client asks for this; an empty request: it was not asked.
WireRequest ForwardedIdentityTest::asked(std::string_view target, std::string_view fields) {
    const std::size_t before = m_upstream->requests().size();
    static_cast<void>(RawClient::get(m_gateway->port(), target, fields));
    const auto requests = m_upstream->requests();
    return requests.size() > before ? requests.back() : WireRequest();
}

void ForwardedIdentityTest::tellsTheServiceWhoCalls() {
    QVERIFY2(publish(), m_gateway->error().c_str());
    WireRequest request = asked("/told/a", bearer({{"sub", "auth0|1"}}));
    QCOMPARE(request.field("X-User"), std::string("auth0|1"));
    QVERIFY(!request.has("X-Consumer"));
    request = asked("/told/a", keyField(m_gateway->issueKey("acme")));
    QVERIFY(!request.has("X-User"));
    QCOMPARE(request.field("X-Consumer"), std::string("acme"));
}

void ForwardedIdentityTest::takesOutWhatClientsSayUnderTheseNames_data() {
    QTest::addColumn<QByteArray>("name");
    for (const char* name : {"X-User", "x-user", "X_User", "X.User", "x_uSER", "X~User"}) {
        QTest::newRow(name) << QByteArray(name);
    }
}

void ForwardedIdentityTest::takesOutWhatClientsSayUnderTheseNames() {
    QFETCH(QByteArray, name);
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::string lies = name.toStdString() + ": root\r\nA: 1\r\n" + name.toStdString() + ": root\r\n";
    WireRequest request = asked("/told/a", lies + bearer({{"sub", "alice"}}));
    QVERIFY(!contains(request.raw, "root"));
    QCOMPARE(request.field("A"), std::string("1"));
    QCOMPARE(request.field("X-User"), std::string("alice"));
    // Nor where nothing is known that could take its place.
    request = asked("/told/a", lies + keyField(m_gateway->issueKey("acme")));
    QVERIFY(!contains(request.raw, "root"));
    QCOMPARE(request.field("X-Consumer"), std::string("acme"));
}

void ForwardedIdentityTest::takesItOutOnRoutesThatTellNothing() {
    m_identity.identity->token.push_back({});
    m_gateway->engine().setIdentityKeys({makeKey()});
    QVERIFY2(publish(), m_gateway->error().c_str());
    // The same service believes these fields when they come by another route.
    const WireRequest request = asked("/open/a", "X-User: root\r\nX_Identity_Token: root\r\nB: 2\r\n");
    QVERIFY(!contains(request.raw, "root"));
    QCOMPARE(request.field("B"), std::string("2"));
}

void ForwardedIdentityTest::takesItOutOfHttp2() {
    QVERIFY2(publish(), m_gateway->error().c_str());
    support::H2Client client(m_gateway->port());
    const std::string token = bearer({{"sub", "alice"}});
    const std::size_t begin = token.find(' ') + 1;
    QVERIFY(client.sendHeaders(
        1, support::h2::get("/told/a", {{"x-user", "root"},
                                        {"x_user", "root"},
                                        {"authorization", token.substr(begin, token.size() - begin - 2)}})));
    QCOMPARE(client.readResponse(1).status, 200);
    const WireRequest request = m_upstream->requests().back();
    QVERIFY(!contains(request.raw, "root"));
    QCOMPARE(request.field("X-User"), std::string("alice"));
}

void ForwardedIdentityTest::takesItOutOfTrailers() {
    QVERIFY2(publish(), m_gateway->error().c_str());
    QCOMPARE(RawClient::exchange(m_gateway->port(),
                                 "POST /open/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "1\r\na\r\n0\r\nX-User: root\r\nX-Sum: 1\r\nX_User: root\r\n\r\n")
                 .status,
             200);
    const WireRequest request = m_upstream->requests().back();
    QCOMPARE(request.body, std::string("a"));
    QVERIFY(!contains(request.raw, "root"));
    QVERIFY(contains(request.raw, "X-Sum: 1"));
}

void ForwardedIdentityTest::leavesOutWhatAHeaderCannotCarry() {
    QVERIFY2(publish(), m_gateway->error().c_str());
    const WireRequest request = asked("/told/a", bearer({{"sub", "a\r\nX-Consumer: root"}}));
    QCOMPARE(request.target(), std::string("/told/a"));
    QVERIFY(!request.has("X-User"));
    QVERIFY(!contains(request.raw, "root"));
}

void ForwardedIdentityTest::signsATokenThatItsKeysVerify() {
    m_identity.identity->token.push_back({.audience = "orders", .claims = {"email"}});
    m_gateway->engine().setIdentityKeys({makeKey()});
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::string token =
        asked("/told/a", bearer({{"sub", "auth0|1"}, {"scope", "cart"}, {"email", "a@example.com"}}))
            .field("X-Identity-Token");
    const WireResponse shown = RawClient::get(m_gateway->port(), "/.well-known/jwks.json");
    QCOMPARE(shown.status, 200);
    QCOMPARE(shown.field("Content-Type"), std::string("application/jwk-set+json"));
    QVERIFY(contains(shown.field("Cache-Control"), "max-age=300"));
    const auto keys = auth::KeySet::fromJwks(shown.body);
    QVERIFY(keys.has_value());
    model::IdentityProvider gatehouse;
    gatehouse.issuer = "gatehouse";
    gatehouse.audience = {"orders"};
    gatehouse.algorithms = {"ES256"};
    const auth::TokenResult result =
        auth::TokenVerifier(gatehouse).verify(token, keys->get(), m_clock.wallTime());
    QCOMPARE(auth::tokenFaultName(result.fault), auth::tokenFaultName(auth::TokenFault::None));
    const json claims = claimsOf(token);
    QCOMPARE(claims["sub"].get<std::string>(), std::string("auth0|1"));
    QCOMPARE(claims["provider"].get<std::string>(), std::string("corp"));
    QCOMPARE(claims["tier"].get<std::string>(), std::string("pro"));
    QCOMPARE(claims["scope"].get<std::string>(), std::string("cart"));
    QCOMPARE(claims["email"].get<std::string>(), std::string("a@example.com"));
    // Without an audience it is for the service alone.
    m_identity.identity->token.front().audience.clear();
    QVERIFY2(publish(), m_gateway->error().c_str());
    QCOMPARE(claimsOf(asked("/told/a", bearer({{"sub", "1"}})).field("X-Identity-Token"))["aud"]
                 .get<std::string>(),
             std::string("backend"));
}

void ForwardedIdentityTest::signsTokensThatNodeVerifies() {
    m_identity.identity->token.push_back({.audience = "orders"});
    m_gateway->engine().setIdentityKeys({makeKey(), makeKey()});
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::string token = asked("/told/a", bearer({{"sub", "auth0|1"}})).field("X-Identity-Token");
    const QString url = QStringLiteral("http://127.0.0.1:%1/.well-known/jwks.json").arg(m_gateway->port());
    support::NodePeer node(QStringLiteral("verify_identity.js"),
                           {url, QString::fromStdString(token), QStringLiteral("orders")});
    const QJsonObject verdict = node.waitFor(QStringLiteral("verified"));
    QVERIFY2(verdict.value(QStringLiteral("verified")).toBool(), node.errors().constData());
    QCOMPARE(verdict.value(QStringLiteral("sub")).toString(), QStringLiteral("auth0|1"));
}

void ForwardedIdentityTest::keepsTokensVerifiableWhenKeysAreRotated() {
    m_identity.identity->token.push_back({.audience = "orders"});
    const auto former = makeKey();
    const auto next = makeKey();
    m_gateway->engine().setIdentityKeys({former});
    QVERIFY2(publish(), m_gateway->error().c_str());
    const auto tokenNow = [&] {
        return asked("/told/a", bearer({{"sub", "alice"}})).field("X-Identity-Token");
    };
    const std::string before = tokenNow();
    m_gateway->engine().setIdentityKeys({next, former});
    const std::string after = tokenNow();
    QVERIFY(before.substr(0, before.find('.')) != after.substr(0, after.find('.')));
    const auto keys =
        auth::KeySet::fromJwks(RawClient::get(m_gateway->port(), "/.well-known/jwks.json").body);
    QVERIFY(keys.has_value());
    model::IdentityProvider gatehouse;
    gatehouse.issuer = "gatehouse";
    gatehouse.algorithms = {"ES256"};
    for (const std::string& token : {before, after}) {
        QCOMPARE(auth::TokenVerifier(gatehouse).verify(token, keys->get(), m_clock.wallTime()).fault,
                 auth::TokenFault::None);
    }
}

void ForwardedIdentityTest::showsKeysToReadersOnly() {
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::uint16_t port = m_gateway->port();
    // Before there are any: an empty set, which is no error.
    QCOMPARE(json::parse(RawClient::get(port, "/.well-known/jwks.json").body)["keys"].size(), std::size_t{0});
    m_gateway->engine().setIdentityKeys({makeKey(), makeKey()});
    const WireResponse shown = RawClient::get(port, "/.well-known/jwks.json");
    QCOMPARE(json::parse(shown.body)["keys"].size(), std::size_t{2});
    QVERIFY(!contains(shown.body, "\"d\""));
    const WireResponse head =
        RawClient::exchange(port, "HEAD /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\n\r\n", true);
    QCOMPARE(head.status, 200);
    QCOMPARE(head.field("Content-Length"), std::to_string(shown.body.size()));
    const WireResponse post = RawClient::exchange(
        port, "POST /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    QCOMPARE(post.status, 405);
    QCOMPARE(post.field("Allow"), std::string("GET, HEAD"));
    QCOMPARE(RawClient::get(port, "/.well-known/jwks.json/x").status, 404);
    QVERIFY(m_upstream->requests().empty());
}

void ForwardedIdentityTest::passesNoCredentialOn_data() {
    QTest::addColumn<QByteArray>("way");
    for (const char* way : {"key header", "bearer key", "basic key", "query", "token"}) {
        QTest::newRow(way) << QByteArray(way);
    }
}

void ForwardedIdentityTest::passesNoCredentialOn() {
    QFETCH(QByteArray, way);
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::string key = m_gateway->issueKey("acme");
    const std::string token = m_corp.token(m_clock.wallTime(), {{"sub", "alice"}});
    std::string target = "/told/a?b=1";
    std::string fields;
    std::string secret = key;
    if (way == "key header") {
        fields = keyField(key);
    } else if (way == "bearer key") {
        fields = "Authorization: Bearer " + key + "\r\n";
    } else if (way == "basic key") {
        secret = QByteArray::fromStdString(key + ":").toBase64().toStdString();
        fields = "Authorization: Basic " + secret + "\r\n";
    } else if (way == "query") {
        target += "&api_key=" + key;
    } else {
        secret = token;
        fields = "Authorization: Bearer " + token + "\r\n";
    }
    const WireRequest request = asked(target, fields + "B: 2\r\n");
    QCOMPARE(request.target(), std::string("/told/a?b=1"));
    QVERIFY(!contains(request.raw, secret));
    QCOMPARE(request.field("B"), std::string("2"));
}

void ForwardedIdentityTest::passesCredentialsOnWhereItIsTold_data() {
    passesNoCredentialOn_data();
}

void ForwardedIdentityTest::passesCredentialsOnWhereItIsTold() {
    QFETCH(QByteArray, way);
    m_identity.identity->forwardCredential = true;
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::string key = m_gateway->issueKey("acme");
    const std::string token = m_corp.token(m_clock.wallTime(), {{"sub", "alice"}});
    if (way == "key header") {
        QCOMPARE(asked("/told/a", keyField(key)).field("X-API-Key"), key);
    } else if (way == "bearer key") {
        QCOMPARE(asked("/told/a", "Authorization: Bearer " + key + "\r\n").field("Authorization"),
                 "Bearer " + key);
    } else if (way == "basic key") {
        const std::string basic = "Basic " + QByteArray::fromStdString(key + ":").toBase64().toStdString();
        QCOMPARE(asked("/told/a", "Authorization: " + basic + "\r\n").field("Authorization"), basic);
    } else if (way == "query") {
        QCOMPARE(asked("/told/a?b=1&api_key=" + key, {}).target(), "/told/a?b=1&api_key=" + key);
    } else {
        QCOMPARE(asked("/told/a", "Authorization: Bearer " + token + "\r\n").field("Authorization"),
                 "Bearer " + token);
    }
}

void ForwardedIdentityTest::letsForeignCredentialsPass() {
    QVERIFY2(publish(), m_gateway->error().c_str());
    // What the gateway was not asked to look at is between the client and the service.
    const std::string basic = "Basic dXNlcjpwYXNzd29yZA==";
    QCOMPARE(asked("/open/a", "Authorization: " + basic + "\r\n").field("Authorization"), basic);
    QCOMPARE(asked("/told/a", keyField(m_gateway->issueKey("acme")) + "Authorization: " + basic + "\r\n")
                 .field("Authorization"),
             basic);
}

void ForwardedIdentityTest::putsItsTokenInThePlaceOfTheCallers() {
    m_identity.identity->headers.clear();
    m_identity.identity->token.push_back({.header = "Authorization", .audience = "orders"});
    m_gateway->engine().setIdentityKeys({makeKey()});
    QVERIFY2(publish(), m_gateway->error().c_str());
    const WireRequest request =
        asked("/told/a", keyField(m_gateway->issueKey("acme")) + "Authorization: Basic dXNlcjpw\r\n");
    QCOMPARE(request.count("Authorization"), std::size_t{1});
    QCOMPARE(claimsOf(request.field("Authorization"))["sub"].get<std::string>(), std::string("acme"));
    // Routes that do not set it leave the client's alone.
    QCOMPARE(asked("/open/a", "Authorization: Basic dXNlcjpw\r\n").field("Authorization"),
             std::string("Basic dXNlcjpw"));
}

QTEST_GUILESS_MAIN(ForwardedIdentityTest)
#include "forwarded_identity_test.moc"
