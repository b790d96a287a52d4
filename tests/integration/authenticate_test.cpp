#include "tests/integration/test_gateway.h"
#include "tests/integration/token_issuer.h"
#include "tests/support/h2_client.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include "gateway/crypto/jws.h"
#include "gateway/crypto/secret_values.h"

#include <QtTest>
#include <atomic>
#include <future>
#include <thread>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::H2Client;
using support::RawClient;
using support::ScriptedUpstream;
using support::UpstreamConnection;
using support::WireRequest;
using support::WireResponse;

/// How credentials are taken from requests, what goes on to the service, and requests that wait for whom has
/// to be asked first. access_matrix_test.cpp has what goes with what.
class AuthenticateTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

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

    void asksOncePerToken();
    void asksOnceForManyAtATime();
    void neverAsksAboutKeys();
    void asksAgainWhenTheAnswerIsOld();
    void keepsBodiesWhileItWaits_data();
    void keepsBodiesWhileItWaits();
    void keepsHttp2BodiesWhileItWaits();
    void waitsWithExpectedBodies();
    void waitsWithWebSockets();
    void refusesWithABodyHalfSent();
    void forgetsClientsThatLeave();
    void finishesOnTheTablesItBeganWith();
    void finishesWhileItDrains();
    void givesUpInTime();
    void saysWhenTheProviderIsDown();

private:
    [[nodiscard]] model::Config config() const;
    [[nodiscard]] std::string opaque(const char* token = "good") const {
        return "Authorization: Bearer opaque-" + std::string(token) + "\r\n";
    }
    [[nodiscard]] std::string token(const nlohmann::json& more = nlohmann::json::object()) const {
        nlohmann::json claims = {{"sub", "acme-1"}};
        claims.update(more);
        return "Authorization: Bearer " + m_issuer.token(m_now, claims) + "\r\n";
    }
    [[nodiscard]] WireResponse get(const std::string& path, const std::string& fields = {}) const {
        return RawClient::get(m_gateway->port(), path, fields);
    }
    /// Introspection gets no answer from now on.
    void hold() { m_isHeld = true; }
    void letGo() {
        m_isHeld = false;
        m_isHeld.notify_all();
    }

    const WallTime m_now = std::chrono::system_clock::now();
    TokenIssuer m_issuer{"corp"};
    std::atomic<bool> m_isHeld{false};
    std::unique_ptr<ScriptedUpstream> m_upstream;
    std::unique_ptr<ScriptedUpstream> m_introspection;
    std::unique_ptr<TestGateway> m_gateway;
};

void AuthenticateTest::init() {
    m_upstream = std::make_unique<ScriptedUpstream>();
    m_introspection = std::make_unique<ScriptedUpstream>();
    m_introspection->setHandler([this](WireRequest& request, UpstreamConnection& connection) {
        m_isHeld.wait(true);
        connection.send(support::okResponse(contains(request.body, "token=opaque-good")
                                                ? R"({"active":true,"sub":"acme-1","scope":"read"})"
                                                : R"({"active":false})",
                                            "Content-Type: application/json\r\n"));
    });
    m_gateway = std::make_unique<TestGateway>(2);
    m_gateway->engine().secrets().put("introspection", "a secret");
    QVERIFY2(m_gateway->publish(config()), m_gateway->error().c_str());
}

void AuthenticateTest::cleanup() {
    letGo();
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
    provider.introspection = model::IdentityProvider::Introspection{
        .endpoint = "http://" + m_introspection->address() + "/introspect",
        .clientId = "gatehouse",
        .clientSecret = "${secret:introspection}"};
    config.identityProviders.put(provider);
    const model::Credential jwt{Kind::Jwt, "corp"};
    const model::Credential asked{Kind::Introspection, "corp"};
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
    put("opaque", {.anyOf = {{asked}}});
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

// Requests that wait

void AuthenticateTest::asksOncePerToken() {
    RawClient client(m_gateway->port()); // one connection, one worker, one cache
    for (int i = 0; i < 5; ++i) {
        client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
        QCOMPARE(client.readResponse().status, 200);
    }
    QCOMPARE(m_introspection->requests().size(), std::size_t{1});
    const WireRequest asked = m_introspection->requests().front();
    QVERIFY(contains(asked.body, "token=opaque-good"));
    QVERIFY(!contains(asked.raw, "a secret"));
    client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque("bad") + "\r\n");
    QCOMPARE(client.readResponse().status, 401);
}

void AuthenticateTest::asksOnceForManyAtATime() {
    hold();
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<RawClient>(m_gateway->port()));
        clients.back()->send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
    }
    QVERIFY(m_introspection->waitForRequests(1));
    QTRY_COMPARE(m_gateway->engine().sample().requestsActive, 8U);
    letGo();
    for (const auto& client : clients) {
        QCOMPARE(client->readResponse().status, 200);
    }
    QCOMPARE(m_introspection->requests().size(), std::size_t{1});
}

void AuthenticateTest::neverAsksAboutKeys() {
    // Of the right form but unknown, and one that was brought from elsewhere.
    QCOMPARE(get("/opaque/a", "Authorization: Bearer " + auth::generateKey() + "\r\n").status, 401);
    model::ApiKey brought;
    brought.id.value = 77;
    brought.consumer = m_gateway->config().consumers.find("acme")->id;
    brought.hash = sha256("brought-from-elsewhere");
    m_gateway->engine().keys().put(brought);
    QCOMPARE(get("/opaque/a", "Authorization: Bearer brought-from-elsewhere\r\n").status, 401);
    QCOMPARE(m_introspection->requests().size(), std::size_t{0});
}

void AuthenticateTest::asksAgainWhenTheAnswerIsOld() {
    ManualClock clock;
    TestGateway gateway(clock, 1);
    gateway.engine().secrets().put("introspection", "a secret");
    QVERIFY2(gateway.publish(config()), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/opaque/a", opaque()).status, 200);
    clock.advance(59s);
    QCOMPARE(RawClient::get(gateway.port(), "/opaque/a", opaque()).status, 200);
    QCOMPARE(m_introspection->requests().size(), std::size_t{1});
    clock.advance(2s);
    QCOMPARE(RawClient::get(gateway.port(), "/opaque/a", opaque()).status, 200);
    QCOMPARE(m_introspection->requests().size(), std::size_t{2});
}

void AuthenticateTest::keepsBodiesWhileItWaits_data() {
    QTest::addColumn<int>("bytes");
    QTest::addColumn<bool>("isChunked");
    QTest::newRow("none") << 0 << false;
    QTest::newRow("short") << 10 << false;
    QTest::newRow("long") << 3'000'000 << false;
    QTest::newRow("short, in chunks") << 10 << true;
    QTest::newRow("long, in chunks") << 3'000'000 << true;
}

void AuthenticateTest::keepsBodiesWhileItWaits() {
    QFETCH(const int, bytes);
    QFETCH(const bool, isChunked);
    m_upstream->setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send(support::okResponse(toHex(sha256(request.body))));
    });
    std::string body;
    for (int i = 0; i < bytes; ++i) {
        body.push_back(static_cast<char>('a' + i % 23));
    }
    std::string request = "POST /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque();
    if (isChunked) {
        request += "Transfer-Encoding: chunked\r\n\r\n";
        for (std::size_t at = 0; at < body.size(); at += 50'000) {
            const std::string piece = body.substr(at, 50'000);
            request += QByteArray::number(static_cast<qulonglong>(piece.size()), 16).toStdString() + "\r\n" +
                       piece + "\r\n";
        }
        request += "0\r\n\r\n";
    } else {
        request += "Content-Length: " + std::to_string(bytes) + "\r\n\r\n" + body;
    }
    hold();
    RawClient client(m_gateway->port());
    std::thread sender([&] { client.send(request + "GET /open/next HTTP/1.1\r\nHost: a\r\n\r\n"); });
    const bool asked = m_introspection->waitForRequests(1);
    letGo();
    sender.join();
    QVERIFY(asked);
    const WireResponse response = client.readResponse();
    QCOMPARE(response.status, 200);
    QCOMPARE(response.body, toHex(sha256(body)));
    QCOMPARE(client.readResponse().status, 200); // the connection goes on
    QCOMPARE(m_upstream->requests().front().field("X-Client-ID"), std::string("acme"));
}

void AuthenticateTest::keepsHttp2BodiesWhileItWaits() {
    m_upstream->setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send(support::okResponse(request.body));
    });
    hold();
    H2Client client(m_gateway->port());
    const auto head =
        support::h2::post("/opaque/a", {{"authorization", "Bearer opaque-good"}, {"x-mine", "kept"}});
    QVERIFY(client.sendHeaders(1, head, false));
    QVERIFY(client.sendData(1, "first, ", false));
    QVERIFY(client.sendHeaders(3, support::h2::get("/opaque/b", {{"authorization", "Bearer opaque-good"}})));
    QVERIFY(m_introspection->waitForRequests(1));
    // Requests behind them go their way.
    QVERIFY(client.sendHeaders(5, support::h2::get("/open/c")));
    QCOMPARE(client.readResponse(5).status, 200);
    QVERIFY(client.sendData(1, "second", true));
    QVERIFY(client.ping());
    letGo();
    QCOMPARE(client.readResponse(1).body, std::string("first, second"));
    QCOMPARE(client.readResponse(3).status, 200);
    for (const WireRequest& request : m_upstream->requests()) {
        if (request.target() == "/opaque/a") {
            QCOMPARE(request.field("x-mine"), std::string("kept"));
        }
    }
}

void AuthenticateTest::waitsWithExpectedBodies() {
    m_upstream->setReadsBodies(false);
    m_upstream->setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send("HTTP/1.1 100 Continue\r\n\r\n");
        if (connection.readBody(request)) {
            connection.send(support::okResponse(request.body));
        }
    });
    RawClient client(m_gateway->port());
    QVERIFY(client.send("POST /opaque/a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                        "Expect: 100-continue\r\n" +
                        opaque() + "\r\n"));
    QCOMPARE(client.readResponse().status, 100);
    QVERIFY(client.send("body"));
    QCOMPARE(client.readResponse().body, std::string("body"));
}

void AuthenticateTest::waitsWithWebSockets() {
    m_upstream->setHandler([](WireRequest&, UpstreamConnection& connection) {
        connection.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
        const std::string frame = connection.readSome(8);
        connection.send("\x81\x02" + frame.substr(6));
        connection.stayTillPeerCloses();
    });
    hold();
    RawClient client(m_gateway->port());
    const std::string maskedHi("\x81\x82\0\0\0\0hi", 8);
    QVERIFY(client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
                        opaque() + "\r\n" + maskedHi));
    QVERIFY(m_introspection->waitForRequests(1));
    letGo();
    QCOMPARE(client.readResponse().status, 101);
    QCOMPARE(client.readBytes(4), std::string("\x81\x02hi"));
}

void AuthenticateTest::refusesWithABodyHalfSent() {
    hold();
    RawClient client(m_gateway->port());
    client.send("POST /opaque/a HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n" + opaque("bad") +
                "\r\n0123456789");
    QVERIFY(m_introspection->waitForRequests(1));
    letGo();
    QCOMPARE(client.readResponse().status, 401);
    client.send("0123456789GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n");
    QCOMPARE(client.readResponse().status, 200);
    QCOMPARE(m_upstream->requests().size(), std::size_t{1});
}

void AuthenticateTest::forgetsClientsThatLeave() {
    hold();
    {
        RawClient client(m_gateway->port());
        client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
        H2Client other(m_gateway->port());
        QVERIFY(other.sendHeaders(
            1, support::h2::post("/opaque/a", {{"authorization", "Bearer opaque-good"}}), false));
        QVERIFY(m_introspection->waitForRequests(1));
        QTRY_COMPARE(m_gateway->engine().sample().requestsActive, 2U);
        QVERIFY(other.send(
            support::h2::frame(support::H2Type::RstStream, support::h2::none, 1, support::h2::number(8))));
        QVERIFY(other.ping());
    }
    QTRY_COMPARE(m_gateway->engine().sample().requestsActive, 0U);
    letGo();
    QCOMPARE(get("/opaque/a", opaque()).status, 200);
    QCOMPARE(m_upstream->requests().size(), std::size_t{1});
}

void AuthenticateTest::finishesOnTheTablesItBeganWith() {
    hold();
    RawClient client(m_gateway->port());
    client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
    QVERIFY(m_introspection->waitForRequests(1));
    model::Config changed = m_gateway->config();
    changed.routes.erase("opaque");
    changed.policies.erase("opaque");
    changed.listeners.erase("public");
    model::Listener other = *m_gateway->config().listeners.begin();
    other.id = {};
    other.name = "other";
    changed.listeners.put(other);
    QVERIFY2(m_gateway->publish(changed), m_gateway->error().c_str());
    letGo();
    QCOMPARE(client.readResponse().status, 200);
}

void AuthenticateTest::finishesWhileItDrains() {
    hold();
    RawClient client(m_gateway->port());
    client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
    QVERIFY(m_introspection->waitForRequests(1));
    std::promise<std::size_t> cut;
    m_gateway->engine().drain(20s, [&](std::size_t count) { cut.set_value(count); });
    letGo();
    QCOMPARE(client.readResponse().status, 200);
    QCOMPARE(cut.get_future().get(), std::size_t{0});
}

void AuthenticateTest::givesUpInTime() {
    ManualClock clock;
    TestGateway gateway(clock, 1);
    gateway.engine().secrets().put("introspection", "a secret");
    QVERIFY2(gateway.publish(config()), gateway.error().c_str());
    hold();
    RawClient client(gateway.port());
    client.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + opaque() + "\r\n");
    QVERIFY(m_introspection->waitForRequests(1));
    clock.advance(11s);
    const WireResponse response = client.readResponse();
    QCOMPARE(response.status, 503);
    QVERIFY(contains(response.body, "identity-unavailable"));
    letGo();
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
}

void AuthenticateTest::saysWhenTheProviderIsDown() {
    m_introspection->answerWith("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
    const WireResponse response = get("/opaque/a", opaque());
    QCOMPARE(response.status, 503);
    QVERIFY(contains(response.body, "identity-unavailable"));
    // Others are not held up by it.
    QCOMPARE(get("/any/a", keyField(m_gateway->issueKey("acme"))).status, 200);
}

QTEST_GUILESS_MAIN(AuthenticateTest)
#include "authenticate_test.moc"
