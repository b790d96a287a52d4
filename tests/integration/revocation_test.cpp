#include "tests/integration/test_gateway.h"
#include "tests/integration/token_issuer.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include "gateway/auth/revocations.h"

#include <QtTest>
#include <atomic>
#include <functional>
#include <thread>

using namespace gateway;
using namespace std::chrono_literals;
using support::RawClient;
using support::ScriptedUpstream;
using support::UpstreamConnection;
using support::WireRequest;

/// What was revoked is refused from the moment at which the revocation was set, on every worker.
class RevocationTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void keysEndUnderLoad();
    void consumersEndUnderLoad();
    void tokensEndUnderLoad();
    void subjectsEndUnderLoad();
    void everythingBeforeATimeEndsUnderLoad();
    void whatIsTakenBackHoldsAgain();
    void newTokensOfASubjectHold();
    void openWebSocketsAreClosed_data();
    void openWebSocketsAreClosed();
    void webSocketsEndWithTheirTokens();
    void streamsOfOthersStayOpen();

private:
    [[nodiscard]] model::Config config() const;
    [[nodiscard]] std::string token(const nlohmann::json& more = nlohmann::json::object()) const;
    void set(const std::vector<model::Revocation>& revocations) {
        m_gateway->engine().revocations().set(revocations);
    }
    [[nodiscard]] model::Revocation ofConsumer() const {
        model::Revocation revocation;
        revocation.kind = model::Revocation::Kind::Consumer;
        revocation.consumer = m_gateway->config().consumers.find("acme")->id;
        return revocation;
    }
    void endsUnderLoad(const std::string& fields, const std::function<void()>& revoke);

    TokenIssuer m_issuer{"corp"};
    std::unique_ptr<ScriptedUpstream> m_upstream;
    std::unique_ptr<TestGateway> m_gateway;
};

namespace {

constexpr unsigned workers = 3;

model::Revocation revocationOf(model::Revocation::Kind kind, const std::string& value, WallTime before = {}) {
    model::Revocation revocation;
    revocation.kind = kind;
    revocation.value = value;
    revocation.before = before;
    return revocation;
}

std::string handshake(const std::string& fields) {
    return "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
           fields + "\r\n";
}

void acceptSocket(WireRequest& /*request*/, UpstreamConnection& connection) {
    connection.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    connection.stayTillPeerCloses();
}

/// The code of the Close that comes next; 0: something else came.
int closeCode(RawClient& client) {
    const std::string head = client.readBytes(4);
    if (head.size() < 4 || static_cast<unsigned char>(head[0]) != 0x88) {
        return 0;
    }
    return static_cast<unsigned char>(head[2]) * 256 + static_cast<unsigned char>(head[3]);
}

} // namespace

void RevocationTest::init() {
    m_upstream = std::make_unique<ScriptedUpstream>();
    m_gateway = std::make_unique<TestGateway>(workers);
    QVERIFY2(m_gateway->publish(config()), m_gateway->error().c_str());
}

model::Config RevocationTest::config() const {
    model::Config config = TestGateway::basicConfig({m_upstream->port()});
    model::Tier tier = *config.tiers.find("pro");
    tier.requests = tier.burst = 10'000'000;
    config.tiers.put(tier);
    // Refusals are not what is looked at here, and each comes from an address of its own.
    model::Listener listener = *config.listeners.begin();
    listener.trustedProxies = {"127.0.0.0/8"};
    config.listeners.put(listener);
    model::Consumer acme = *config.consumers.find("acme");
    acme.identities = {{model::ConsumerIdentity::Kind::Subject, "acme-1", "corp"}};
    config.consumers.put(acme);
    model::Service service = *config.services.find("backend");
    service.timeouts.streamIdle = 24h; // what ends streams here is something else
    config.services.put(service);
    config.identityProviders.put(m_issuer.settings());
    model::Policy policy;
    policy.name = "any";
    policy.authenticate = model::Authenticate{
        .anyOf = {{model::Credential{}}, {model::Credential{model::Credential::Kind::Jwt, "corp"}}}};
    config.policies.put(policy);
    for (const char* name : {"load", "chat"}) {
        model::Route route;
        route.name = name;
        route.match.path = "/" + route.name;
        route.service = "backend";
        route.policies = {"any"};
        config.routes.put(route);
    }
    return config;
}

std::string RevocationTest::token(const nlohmann::json& more) const {
    nlohmann::json claims = {{"sub", "acme-1"}, {"jti", "t1"}};
    claims.update(more);
    return "Authorization: Bearer " + m_issuer.token(std::chrono::system_clock::now(), claims) + "\r\n";
}

/// Many connections ask without a pause. Whatever is asked after the revocation was set is refused: each
/// client looks at the flag first and asks then.
void RevocationTest::endsUnderLoad(const std::string& fields, const std::function<void()>& revoke) {
    constexpr int clients = 12;
    constexpr int refusalsWanted = 40;
    std::atomic<bool> isRevoked{false};
    std::atomic<int> admittedBefore{0};
    std::atomic<int> admittedAfter{0};
    std::atomic<int> refusedAfter{0};
    std::atomic<int> refusedBefore{0};
    std::atomic<int> broken{0};
    std::atomic<unsigned> address{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) {
        threads.emplace_back([&] {
            RawClient client(m_gateway->port());
            int refusals = 0;
            while (refusals < refusalsWanted && broken == 0) {
                const unsigned number = ++address;
                const std::string from = "X-Forwarded-For: 10." + std::to_string(number / 65'536 % 256) +
                                         "." + std::to_string(number / 256 % 256) + "." +
                                         std::to_string(number % 256) + "\r\n";
                const bool wasRevoked = isRevoked.load();
                client.send("GET /load HTTP/1.1\r\nHost: a\r\n" + from + fields + "\r\n");
                const int status = client.readResponse().status;
                if (status == 200) {
                    (wasRevoked ? admittedAfter : admittedBefore)++;
                } else if (status == 401) {
                    (wasRevoked ? refusedAfter : refusedBefore)++;
                    refusals += wasRevoked ? 1 : 0;
                } else {
                    broken = status == 0 ? -1 : status;
                }
            }
        });
    }
    const auto deadline = std::chrono::steady_clock::now() + support::patience;
    while (admittedBefore < 50 * clients && broken == 0 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    revoke();
    isRevoked = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
    QCOMPARE(broken.load(), 0);
    QVERIFY(admittedBefore >= 50 * clients);
    QCOMPARE(admittedAfter.load(), 0);
    QCOMPARE(refusedAfter.load(), clients * refusalsWanted);
    qInfo("%d admitted before, %d refused after, %d on their way while it was set", admittedBefore.load(),
          refusedAfter.load(), refusedBefore.load());
}

void RevocationTest::keysEndUnderLoad() {
    const std::string key = m_gateway->issueKey("acme");
    endsUnderLoad(keyField(key), [&] { m_gateway->setKeyState(key, model::KeyState::Revoked); });
}

void RevocationTest::consumersEndUnderLoad() {
    endsUnderLoad(keyField(m_gateway->issueKey("acme")), [&] { set({ofConsumer()}); });
    set({});
    endsUnderLoad(token(), [&] { set({ofConsumer()}); });
}

void RevocationTest::tokensEndUnderLoad() {
    endsUnderLoad(token(), [&] { set({revocationOf(model::Revocation::Kind::TokenId, "t1")}); });
}

void RevocationTest::subjectsEndUnderLoad() {
    const WallTime later = std::chrono::system_clock::now() + 2s;
    endsUnderLoad(token(), [&] { set({revocationOf(model::Revocation::Kind::Subject, "acme-1", later)}); });
}

void RevocationTest::everythingBeforeATimeEndsUnderLoad() {
    const WallTime later = std::chrono::system_clock::now() + 2s;
    endsUnderLoad(token(), [&] { set({revocationOf(model::Revocation::Kind::Before, "", later)}); });
}

void RevocationTest::whatIsTakenBackHoldsAgain() {
    const std::string fields = token();
    QCOMPARE(RawClient::get(m_gateway->port(), "/load", fields).status, 200);
    set({revocationOf(model::Revocation::Kind::TokenId, "t1")});
    QCOMPARE(RawClient::get(m_gateway->port(), "/load", fields).status, 401);
    set({});
    QCOMPARE(RawClient::get(m_gateway->port(), "/load", fields).status, 200);
}

void RevocationTest::newTokensOfASubjectHold() {
    const auto now = std::chrono::system_clock::now();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    const std::string older = token({{"iat", seconds - 100}, {"jti", "older"}});
    const std::string newer = token({{"iat", seconds}, {"jti", "newer"}});
    set({revocationOf(model::Revocation::Kind::Subject, "acme-1", now - 50s)});
    QCOMPARE(RawClient::get(m_gateway->port(), "/load", older).status, 401);
    QCOMPARE(RawClient::get(m_gateway->port(), "/load", newer).status, 200);
}

void RevocationTest::openWebSocketsAreClosed_data() {
    QTest::addColumn<bool>("byKey");
    QTest::addColumn<int>("what");
    QTest::newRow("key") << true << 0;
    QTest::newRow("consumer, by key") << true << 1;
    QTest::newRow("consumer, by token") << false << 1;
    QTest::newRow("token") << false << 2;
    QTest::newRow("subject") << false << 3;
    QTest::newRow("before a time") << false << 4;
    QTest::newRow("provider removed") << false << 5;
    QTest::newRow("policy takes no tokens any more") << false << 6;
}

void RevocationTest::openWebSocketsAreClosed() {
    QFETCH(const bool, byKey);
    QFETCH(const int, what);
    m_upstream->setHandler(acceptSocket);
    const std::string key = m_gateway->issueKey("acme");
    RawClient client(m_gateway->port());
    QVERIFY(client.send(handshake(byKey ? keyField(key) : token())));
    QCOMPARE(client.readResponse().status, 101);
    const WallTime later = std::chrono::system_clock::now() + 2s;
    model::Config changed = m_gateway->config();
    model::Policy policy = *changed.policies.find("any");
    policy.authenticate = model::byApiKey();
    changed.policies.put(policy);
    switch (what) {
    case 0:
        m_gateway->setKeyState(key, model::KeyState::Revoked);
        break;
    case 1:
        set({ofConsumer()});
        break;
    case 2:
        set({revocationOf(model::Revocation::Kind::TokenId, "t1")});
        break;
    case 3:
        set({revocationOf(model::Revocation::Kind::Subject, "acme-1", later)});
        break;
    case 4:
        set({revocationOf(model::Revocation::Kind::Before, "", later)});
        break;
    case 5: {
        model::Consumer acme = *changed.consumers.find("acme");
        acme.identities.clear();
        changed.consumers.put(acme);
        changed.identityProviders.erase("corp");
        QVERIFY2(m_gateway->publish(changed), m_gateway->error().c_str());
        break;
    }
    default:
        QVERIFY2(m_gateway->publish(changed), m_gateway->error().c_str());
        break;
    }
    QCOMPARE(closeCode(client), 1008);
}

void RevocationTest::webSocketsEndWithTheirTokens() {
    ManualClock clock;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(config()), gateway.error().c_str());
    m_upstream->setHandler(acceptSocket);
    RawClient client(gateway.port());
    QVERIFY(client.send(handshake("Authorization: Bearer " +
                                  m_issuer.token(clock.wallTime(), {{"sub", "acme-1"}}) + "\r\n")));
    QCOMPARE(client.readResponse().status, 101);
    clock.advance(1h + 2min); // the token's hour, and the leeway
    QCOMPARE(closeCode(client), 1008);
}

void RevocationTest::streamsOfOthersStayOpen() {
    m_upstream->setHandler(acceptSocket);
    RawClient revoked(m_gateway->port());
    RawClient other(m_gateway->port());
    QVERIFY(revoked.send(handshake(token())));
    QCOMPARE(revoked.readResponse().status, 101);
    QVERIFY(other.send(handshake(token({{"jti", "t2"}}))));
    QCOMPARE(other.readResponse().status, 101);
    set({revocationOf(model::Revocation::Kind::TokenId, "t1")});
    QCOMPARE(closeCode(revoked), 1008);
    // Whatever would end the other one has happened by now on its worker, too.
    QTRY_COMPARE(m_gateway->engine().sample().streams.webSockets, 1U);
    m_gateway->engine().revocations().set({revocationOf(model::Revocation::Kind::TokenId, "t1"),
                                           revocationOf(model::Revocation::Kind::TokenId, "t2")});
    QCOMPARE(closeCode(other), 1008);
}

QTEST_GUILESS_MAIN(RevocationTest)
#include "revocation_test.moc"
