#include "tests/integration/test_gateway.h"
#include "tests/integration/token_issuer.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include "gateway/crypto/jws.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <map>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::RawClient;
using support::ScriptedUpstream;
using support::WireRequest;
using support::WireResponse;

/// How credentials are taken from requests, and what goes on to the service. access_matrix_test.cpp has what
/// goes with what.
class AuthenticateTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();

    void takesCredentialsOut();
    void letsAuthorizationPassWhereItIsNotAsked();
    void forwardsCredentialsWhereTold();
    void challengesByTheKindsThatItTakes();
    void countsUsesOfKeys();
    void namesConsumersByClaim();
    void limitsAnonymousCallersByAddress();
    void limitsSubjectsWithoutAConsumer();
    void takesOwnRatesOfConsumers();
    void takesBoundTokensWithProofsOnce();
    void logsWhyButNeverWhat();

private:
    [[nodiscard]] model::Config config() const;
    [[nodiscard]] std::string token(const nlohmann::json& more = nlohmann::json::object()) const {
        nlohmann::json claims = {{"sub", "acme-1"}};
        claims.update(more);
        return "Authorization: Bearer " + m_issuer.token(m_now, claims) + "\r\n";
    }
    [[nodiscard]] WireResponse get(const std::string& path, const std::string& fields = {}) const {
        return RawClient::get(m_gateway->port(), path, fields);
    }

    const WallTime m_now = std::chrono::system_clock::now();
    TokenIssuer m_issuer{"corp"};
    std::unique_ptr<ScriptedUpstream> m_upstream;
    std::unique_ptr<TestGateway> m_gateway;
};

void AuthenticateTest::init() {
    m_upstream = std::make_unique<ScriptedUpstream>();
    m_gateway = std::make_unique<TestGateway>(2);
    QVERIFY2(m_gateway->publish(config()), m_gateway->error().c_str());
}

model::Config AuthenticateTest::config() const {
    using Kind = model::Credential::Kind;
    model::Config config = TestGateway::basicConfig({m_upstream->port()});
    model::Tier few;
    few.name = "few";
    few.requests = few.burst = 2;
    few.period = 1h;
    config.tiers.put(few);
    model::Consumer acme = *config.consumers.find("acme");
    acme.identities = {{model::ConsumerIdentity::Kind::Subject, "acme-1", "corp"}};
    config.consumers.put(acme);
    model::IdentityProvider provider = m_issuer.settings();
    provider.consumerClaim = "tenant";
    config.identityProviders.put(provider);
    const model::Credential jwt{Kind::Jwt, "corp"};
    const auto put = [&](const char* name, model::Authenticate authenticate) {
        model::Policy policy;
        policy.name = name;
        policy.authenticate = std::move(authenticate);
        config.policies.put(policy);
        model::Route route;
        route.name = name;
        route.match.path = "/" + route.name + "/*";
        route.service = "backend";
        route.policies = {name};
        config.routes.put(route);
    };
    put("jwt", {.anyOf = {{jwt}}});
    put("any", {.anyOf = {{model::Credential{}}, {jwt}}});
    put("anyone", {.anyOf = {{jwt}}, .anonymous = true, .anonymousTier = "few"});
    return config;
}

// What goes on

void AuthenticateTest::takesCredentialsOut() {
    const std::string key = m_gateway->issueKey("acme");
    const std::string bearer = "Authorization: Bearer " + key + "\r\n";
    QCOMPARE(get("/any/a", bearer).status, 200);
    QCOMPARE(get("/any/b", token()).status, 200);
    // Not looked at, because the key was enough; but who is behind the gateway must not believe it.
    QCOMPARE(get("/any/c", keyField(key) + "Authorization: Bearer a.b.c\r\n").status, 200);
    for (const WireRequest& request : m_upstream->requests()) {
        QCOMPARE(request.field("X-Client-ID"), std::string("acme"));
        QCOMPARE(request.field("X-API-Key"), std::string());
    }
    QCOMPARE(m_upstream->requests()[0].field("Authorization"), std::string());
    QCOMPARE(m_upstream->requests()[1].field("Authorization"), std::string());
    QCOMPARE(m_upstream->requests()[2].field("Authorization"), std::string());
}

void AuthenticateTest::letsAuthorizationPassWhereItIsNotAsked() {
    QCOMPARE(get("/open/a", "Authorization: Bearer for-the-service\r\n").status, 200);
    QCOMPARE(m_upstream->requests()[0].field("Authorization"), std::string("Bearer for-the-service"));
    const std::string key = m_gateway->issueKey("acme");
    QCOMPARE(get("/closed/a", keyField(key) + "Authorization: Basic dXNlcjpwYXNzd29yZA==\r\n").status, 200);
    QCOMPARE(m_upstream->requests()[1].field("Authorization"), std::string("Basic dXNlcjpwYXNzd29yZA=="));
}

void AuthenticateTest::forwardsCredentialsWhereTold() {
    model::Config changed = m_gateway->config();
    model::Policy policy = *changed.policies.find("any");
    policy.identity = model::ForwardIdentity{.forwardCredential = true};
    changed.policies.put(policy);
    QVERIFY2(m_gateway->publish(changed), m_gateway->error().c_str());
    const std::string key = m_gateway->issueKey("acme");
    QCOMPARE(get("/any/a", keyField(key)).status, 200);
    QCOMPARE(get("/any/b?api_key=" + key).status, 200);
    QCOMPARE(get("/any/c", token()).status, 200);
    QCOMPARE(m_upstream->requests()[0].field("X-API-Key"), key);
    QCOMPARE(m_upstream->requests()[1].target(), "/any/b?api_key=" + key);
    QVERIFY(contains(m_upstream->requests()[2].field("Authorization"), "Bearer ey"));
}

void AuthenticateTest::challengesByTheKindsThatItTakes() {
    const WireResponse nothing = get("/any/a");
    QCOMPARE(nothing.status, 401);
    QVERIFY(contains(nothing.raw, "WWW-Authenticate: ApiKey realm=\"gatehouse\"\r\n"));
    QVERIFY(contains(nothing.raw, "WWW-Authenticate: Bearer realm=\"gatehouse\""));
    QVERIFY(!contains(nothing.raw, "error=")); // RFC 6750, 3.1
    const WireResponse bad = get("/any/a", token({{"exp", 1}}));
    QCOMPARE(bad.status, 401);
    QVERIFY(contains(bad.raw, "error=\"invalid_token\""));
    QVERIFY(!contains(get("/closed/a").raw, "Bearer"));
}

void AuthenticateTest::countsUsesOfKeys() {
    const std::string first = m_gateway->issueKey("acme");
    const std::string second = m_gateway->issueKey("acme");
    for (int i = 0; i < 5; ++i) {
        QCOMPARE(get("/any/a", keyField(i < 3 ? first : second)).status, 200);
    }
    std::map<std::uint64_t, std::uint64_t> times;
    const auto isCounted = [&] {
        for (const auto& use : m_gateway->engine().takeKeyUses()) {
            times[use.key.value] += use.times;
        }
        return times[1] + times[2] >= 5;
    };
    QTRY_VERIFY(isCounted());
    QCOMPARE(times[1], 3U);
    QCOMPARE(times[2], 2U);
}

void AuthenticateTest::namesConsumersByClaim() {
    QCOMPARE(get("/jwt/a", token({{"sub", "somebody"}, {"tenant", "acme"}})).status, 200);
    QCOMPARE(m_upstream->requests()[0].field("X-Client-ID"), std::string("acme"));
    QCOMPARE(get("/jwt/a", token({{"tenant", "nobody"}})).status, 403);
    // In the cache by now; the name must be looked up again all the same.
    model::Config changed = m_gateway->config();
    model::Consumer acme = *changed.consumers.find("acme");
    changed.consumers.erase("acme");
    acme.name = "renamed";
    changed.consumers.put(acme);
    const std::string fields = token({{"tenant", "acme"}});
    QCOMPARE(get("/jwt/a", fields).status, 200);
    QVERIFY2(m_gateway->publish(changed), m_gateway->error().c_str());
    QCOMPARE(get("/jwt/a", fields).status, 403);
}

void AuthenticateTest::limitsAnonymousCallersByAddress() {
    model::Config changed = m_gateway->config();
    model::Listener listener = *changed.listeners.begin();
    listener.trustedProxies = {"127.0.0.0/8"};
    changed.listeners.put(listener);
    QVERIFY2(m_gateway->publish(changed), m_gateway->error().c_str());
    const auto from = [&](const char* address) {
        return get("/anyone/a", "X-Forwarded-For: " + std::string(address) + "\r\n").status;
    };
    QCOMPARE(from("192.0.2.1"), 200);
    QCOMPARE(from("192.0.2.1"), 200);
    QCOMPARE(from("192.0.2.1"), 429);
    QCOMPARE(from("192.0.2.2"), 200);
    // One IPv6 client has all addresses of its /64.
    QCOMPARE(from("2001:db8::1"), 200);
    QCOMPARE(from("2001:db8::2"), 200);
    QCOMPARE(from("2001:db8::3"), 429);
    QCOMPARE(from("2001:db8:0:1::1"), 200);
    QCOMPARE(get("/anyone/a", "X-Forwarded-For: 192.0.2.9\r\n" + token({{"exp", 1}})).status, 401);
}

void AuthenticateTest::limitsSubjectsWithoutAConsumer() {
    QCOMPARE(get("/jwt/a", token({{"sub", "stranger"}})).status, 403);
    model::Config changed = m_gateway->config();
    model::IdentityProvider provider = *changed.identityProviders.begin();
    provider.tier = "few";
    changed.identityProviders.put(provider);
    QVERIFY2(m_gateway->publish(changed), m_gateway->error().c_str());
    const std::string stranger = token({{"sub", "stranger"}});
    QCOMPARE(get("/jwt/a", stranger).status, 200);
    QCOMPARE(get("/jwt/a", token({{"sub", "stranger"}, {"jti", "another"}})).status, 200);
    QCOMPARE(get("/jwt/a", stranger).status, 429);
    QCOMPARE(get("/jwt/a", token({{"sub", "other"}})).status, 200);
    QCOMPARE(get("/jwt/a", token()).status, 200); // acme has a tier of its own
}

void AuthenticateTest::takesOwnRatesOfConsumers() {
    model::Config changed = m_gateway->config();
    model::Consumer acme = *changed.consumers.find("acme");
    acme.rate = model::OwnRate{.requests = 3, .period = 1h, .burst = 3};
    changed.consumers.put(acme);
    QVERIFY2(m_gateway->publish(changed), m_gateway->error().c_str());
    for (int i = 0; i < 3; ++i) {
        const WireResponse response = get("/jwt/a", token());
        QCOMPARE(response.status, 200);
        QCOMPARE(response.field("X-RateLimit-Limit"), std::string("3"));
    }
    QCOMPARE(get("/any/a", keyField(m_gateway->issueKey("acme"))).status, 429);
}

void AuthenticateTest::takesBoundTokensWithProofsOnce() {
    const auto key = *crypto::PrivateKey::generate(crypto::KeyKind::EcdsaP256);
    const std::string jwk = *crypto::publicJwk(key);
    const std::string bound =
        m_issuer.token(m_now, {{"sub", "acme-1"}, {"cnf", {{"jkt", crypto::thumbprint(jwk)}}}});
    const auto proof = [&](const char* id, const char* path) {
        const nlohmann::json header = {
            {"typ", "dpop+jwt"}, {"alg", "ES256"}, {"jwk", nlohmann::json::parse(jwk)}};
        const auto seconds =
            std::chrono::duration_cast<std::chrono::seconds>(m_now.time_since_epoch()).count();
        const Sha256 hash = sha256(bound);
        const nlohmann::json claims = {
            {"jti", id},
            {"htm", "GET"},
            {"htu", "http://gw.test" + std::string(path)},
            {"iat", seconds},
            {"ath", crypto::toBase64Url({reinterpret_cast<const char*>(hash.data()), hash.size()})}};
        const std::string text =
            crypto::toBase64Url(header.dump()) + "." + crypto::toBase64Url(claims.dump());
        return "DPoP: " + text + "." + crypto::toBase64Url(*crypto::signEs256(key, text)) + "\r\n";
    };
    const auto ask = [&](const std::string& fields) {
        return RawClient::exchange(m_gateway->port(),
                                   "GET /jwt/a HTTP/1.1\r\nHost: gw.test\r\n" + fields + "\r\n");
    };
    const std::string scheme = "Authorization: DPoP " + bound + "\r\n";
    QCOMPARE(ask(scheme + proof("1", "/jwt/a")).status, 200);
    const std::string head = m_upstream->requests()[0].raw;
    QVERIFY(!contains(head, "DPoP"));
    QVERIFY(!contains(head, "Authorization"));
    QCOMPARE(ask(scheme + proof("1", "/jwt/a")).status, 401); // seen before
    QCOMPARE(ask(scheme + proof("2", "/jwt/b")).status, 401); // for another path
    const WireResponse bare = ask(scheme);
    QCOMPARE(bare.status, 401);
    QVERIFY(contains(bare.raw, "WWW-Authenticate: DPoP realm=\"gatehouse\""));
    QCOMPARE(ask("Authorization: Bearer " + bound + "\r\n" + proof("3", "/jwt/a")).status, 401);
    QCOMPARE(ask(scheme + proof("4", "/jwt/a") + proof("5", "/jwt/a")).status, 401);
    QCOMPARE(ask(scheme + proof("6", "/jwt/a")).status, 200);
}

void AuthenticateTest::logsWhyButNeverWhat() {
    const QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("access.log")).toStdString();
    TestGateway gateway(1, path);
    QVERIFY2(gateway.publish(config()), gateway.error().c_str());
    const std::string key = gateway.issueKey("acme");
    const std::string good = token({{"jti", "good"}});
    const std::string expired = token({{"exp", 1'000'000}, {"iat", 999'000}});
    static_cast<void>(RawClient::get(gateway.port(), "/any/a", keyField(key)));
    static_cast<void>(RawClient::get(gateway.port(), "/any/b", good));
    static_cast<void>(RawClient::get(gateway.port(), "/any/c", expired));
    static_cast<void>(RawClient::get(gateway.port(), "/any/d"));
    static_cast<void>(RawClient::get(gateway.port(), "/jwt/e", token({{"sub", "stranger"}})));
    QCOMPARE(gateway.drain(), std::size_t{0});
    QVERIFY2(gateway.publish(gateway.config()), gateway.error().c_str()); // the log is whole from then on
    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const std::string text = file.readAll().toStdString();
    const auto lineOf = [&](const char* target) {
        const std::size_t at = text.find("\"path\":\"" + std::string(target) + "\"");
        const std::size_t begin = at == std::string::npos ? at : text.rfind('\n', at) + 1;
        return at == std::string::npos ? std::string() : text.substr(begin, text.find('\n', at) - begin);
    };
    QVERIFY(contains(lineOf("/any/a"), "\"key\":\"good\",\"credential\":\"api-key\""));
    QVERIFY(contains(lineOf("/any/b"), "\"credential\":\"jwt\",\"provider\":\"corp\",\"token\":\"good\""));
    QVERIFY(contains(lineOf("/any/b"), "\"consumer\":\"acme\""));
    QVERIFY(contains(lineOf("/any/c"), "\"provider\":\"corp\",\"token\":\"expired\""));
    QVERIFY(!contains(lineOf("/any/c"), "\"credential\""));
    QVERIFY(contains(lineOf("/any/d"), "\"key\":\"missing\""));
    QVERIFY(contains(lineOf("/jwt/e"), "\"token\":\"no-consumer\""));
    QVERIFY(!contains(text, key));
    QVERIFY(!contains(text, "Bearer"));
    QVERIFY(!contains(text, expired.substr(expired.find("ey"), 40)));
}

QTEST_GUILESS_MAIN(AuthenticateTest)
#include "authenticate_test.moc"
