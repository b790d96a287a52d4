#include "tests/integration/test_gateway.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QtTest>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace gateway;
using namespace std::chrono_literals;
using support::RawClient;
using support::ScriptedUpstream;
using support::UpstreamConnection;
using support::WireRequest;
using support::WireResponse;

namespace {

constexpr std::size_t slowCount = 800;
constexpr auto step = 500ms;

using Clients = std::vector<std::unique_ptr<RawClient>>;

/// A client that sends one request after the other, as fast as they are answered, beside the slow ones.
class GoodClient {
public:
    explicit GoodClient(std::uint16_t port)
        : m_thread([this, port] { run(port); }) {}
    ~GoodClient() { stop(); }
    GoodClient(const GoodClient&) = delete;
    GoodClient& operator=(const GoodClient&) = delete;

    /// All requests were answered, and there were some.
    [[nodiscard]] bool finish(const char* beside) {
        stop();
        std::sort(m_times.begin(), m_times.end());
        if (!m_times.empty()) {
            const auto p99 = m_times[m_times.size() * 99 / 100];
            qInfo("beside %zu %s: %zu good requests, p99 %lld us", slowCount, beside, m_times.size(),
                  static_cast<long long>(std::chrono::duration_cast<std::chrono::microseconds>(p99).count()));
        }
        return m_failed == 0 && !m_times.empty();
    }

private:
    void run(std::uint16_t port) {
        RawClient client(port);
        do {
            const auto start = std::chrono::steady_clock::now();
            client.send("GET /open/good HTTP/1.1\r\nHost: a\r\n\r\n");
            const WireResponse response = client.readResponse();
            m_times.push_back(std::chrono::steady_clock::now() - start);
            m_failed += response.status == 200 && response.complete && response.body == "good" ? 0 : 1;
        } while (!m_stopped && m_failed == 0);
    }
    void stop() {
        m_stopped = true;
        if (m_thread.joinable()) {
            m_thread.join();
        }
    }

    std::atomic<bool> m_stopped{false};
    std::vector<std::chrono::steady_clock::duration> m_times; // its thread's until that is joined
    int m_failed = 0;
    std::thread m_thread; // last: everything else is there before it starts
};

Clients connectAll(std::uint16_t port, std::string_view bytes) {
    Clients clients;
    for (std::size_t i = 0; i < slowCount; ++i) {
        clients.push_back(std::make_unique<RawClient>(port));
        clients.back()->send(bytes);
    }
    return clients;
}

/// Lets time pass, with a byte of every client in each step.
void drip(ManualClock& clock, const Clients& clients, std::chrono::milliseconds time) {
    for (auto passed = 0ms; passed < time; passed += step) {
        for (const auto& client : clients) {
            client->send("a");
        }
        clock.advance(step);
    }
}

bool areAllToldToHurry(const Clients& clients) {
    return std::all_of(clients.begin(), clients.end(), [](const auto& client) {
        const WireResponse response = client->readResponse();
        return response.status == 408 && response.complete &&
               response.raw.find("Connection: close") != std::string::npos;
    });
}

model::Config configFor(std::uint16_t upstreamPort) {
    model::Config config = TestGateway::basicConfig({upstreamPort});
    model::Listener listener = *config.listeners.begin();
    listener.limits.connectionsPerPeer = 0;
    config.listeners.put(listener);
    return config;
}

bool isGood(const WireRequest& request) {
    return request.target() == "/open/good";
}

} // namespace

/// Clients that are slow on purpose, hundreds at a time: they are let go, and nobody else notices.
class SlowClientsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void shedsClientsWhoseHeadsDrip();
    void shedsClientsWhoseBodiesDrip();
    void shedsClientsThatDoNotRead();
    void waitsForABodyThatComesFastEnough();
    void servesNothingAfterACloseThatWaitsForItsReader();
    void refusesConnectionsOverTheCapOfTheirAddress();

private:
    [[nodiscard]] bool waitForConnections(std::uint64_t count);

    ManualClock m_clock;
    std::unique_ptr<ScriptedUpstream> m_upstream;
    std::unique_ptr<TestGateway> m_gateway;
    std::uint64_t m_refused = 0;
};

void SlowClientsTest::init() {
    m_gateway.reset();
    m_upstream = std::make_unique<ScriptedUpstream>();
    m_upstream->setHandler(
        [](WireRequest&, UpstreamConnection& connection) { connection.send(support::okResponse("good")); });
    m_gateway = std::make_unique<TestGateway>(m_clock, 2);
    QVERIFY2(m_gateway->publish(configFor(m_upstream->port())), m_gateway->error().c_str());
    m_refused = 0;
}

/// Open connections, the good client's included.
bool SlowClientsTest::waitForConnections(std::uint64_t count) {
    return QTest::qWaitFor(
        [&] {
            const auto frame = m_gateway->engine().sample();
            m_refused += frame.connectionsRefused;
            return frame.connectionsOpen == count;
        },
        static_cast<int>(support::patience.count()));
}

void SlowClientsTest::shedsClientsWhoseHeadsDrip() {
    const Clients slow = connectAll(m_gateway->port(), "GET /open/a HTTP/1.1\r\nHost: a\r\nX: ");
    GoodClient good(m_gateway->port());
    QVERIFY(waitForConnections(slowCount + 1));
    // The limit counts from the first byte: none that follows buys time.
    drip(m_clock, slow, m_gateway->config().listeners.begin()->timeouts.header + 4 * step);
    QVERIFY(areAllToldToHurry(slow));
    QVERIFY(good.finish("dripping heads"));
}

void SlowClientsTest::shedsClientsWhoseBodiesDrip() {
    std::atomic<std::size_t> reached{0};
    std::atomic<std::size_t> cancelled{0};
    m_upstream->setReadsBodies(false);
    m_upstream->setHandler([&](WireRequest& request, UpstreamConnection& connection) {
        if (isGood(request)) {
            connection.send(support::okResponse("good"));
            return;
        }
        ++reached;
        connection.stayTillPeerCloses();
        ++cancelled;
    });
    const Clients slow = connectAll(m_gateway->port(),
                                    "POST /open/slow HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    GoodClient good(m_gateway->port());
    QVERIFY(
        QTest::qWaitFor([&] { return reached == slowCount; }, static_cast<int>(support::patience.count())));
    drip(m_clock, slow, 5s + 4 * step);
    QVERIFY(areAllToldToHurry(slow));
    QVERIFY(
        QTest::qWaitFor([&] { return cancelled == slowCount; }, static_cast<int>(support::patience.count())));
    QVERIFY(good.finish("dripping bodies"));
    m_gateway.reset();
    m_upstream.reset();
}

void SlowClientsTest::shedsClientsThatDoNotRead() {
    // Much more than the sockets between upstream and client hold.
    const auto answer = std::make_shared<const std::string>(support::okResponse(std::string(1'500'000, 'x')));
    m_upstream->setHandler([answer](WireRequest& request, UpstreamConnection& connection) {
        connection.send(isGood(request) ? support::okResponse("good") : *answer);
    });
    const Clients slow = connectAll(m_gateway->port(), "GET /open/large HTTP/1.1\r\nHost: a\r\n\r\n");
    GoodClient good(m_gateway->port());
    QVERIFY(waitForConnections(slowCount + 1));
    for (const auto& client : slow) {
        // Its answer has begun, and it reads no more of it.
        QCOMPARE(client->readBytes(12), std::string("HTTP/1.1 200"));
    }
    // What a client sends meanwhile buys no time either.
    const bool shed = QTest::qWaitFor(
        [&] {
            drip(m_clock, slow, step);
            return m_gateway->engine().sample().connectionsOpen == 1;
        },
        3 * static_cast<int>(support::patience.count())); // each round writes to all of them
    QVERIFY(shed);
    QVERIFY(good.finish("clients that do not read"));
}

void SlowClientsTest::waitsForABodyThatComesFastEnough() {
    constexpr std::size_t seconds = 20;
    constexpr std::size_t bytesASecond = 2048;
    std::atomic<std::size_t> arrived{0};
    m_upstream->setReadsBodies(false);
    m_upstream->setHandler([&](WireRequest&, UpstreamConnection& connection) {
        while (arrived < seconds * bytesASecond) {
            const std::string piece = connection.readSome(bytesASecond);
            if (piece.empty()) {
                return;
            }
            arrived += piece.size();
        }
        connection.send(support::okResponse("good"));
    });
    RawClient client(m_gateway->port());
    client.send("POST /open/good HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                std::to_string(seconds * bytesASecond) + "\r\n\r\n");
    for (std::size_t i = 1; i <= seconds; ++i) {
        QVERIFY(client.send(std::string(bytesASecond, 'x')));
        QVERIFY(QTest::qWaitFor([&] { return arrived == i * bytesASecond; },
                                static_cast<int>(support::patience.count())));
        m_clock.advance(1s);
    }
    QCOMPARE(client.readResponse().status, 200);
    m_gateway.reset();
    m_upstream.reset();
}

void SlowClientsTest::servesNothingAfterACloseThatWaitsForItsReader() {
    std::atomic<std::size_t> size{0};
    m_upstream->setHandler([&](WireRequest&, UpstreamConnection& connection) {
        connection.send(support::okResponse(std::string(size, 'x')));
    });
    // Of so many sizes some leave a last part that the client's socket has no room for.
    constexpr std::size_t pieceBytes = 64 * 1024;
    for (std::size_t pieces = 16; pieces < 96; ++pieces) {
        size = pieces * pieceBytes;
        RawClient client(m_gateway->port());
        client.send("GET /open/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                    "GET /open/evil HTTP/1.1\r\nHost: a\r\n\r\n");
        QVERIFY(client.readUntil("\r\n\r\n").find("Connection: close\r\n") != std::string::npos);
        for (std::size_t i = 0; i < pieces; ++i) {
            // More comes in while the answer waits for its reader.
            client.send("G");
            QCOMPARE(client.readBytes(pieceBytes).size(), pieceBytes);
        }
        QVERIFY(client.waitForClose());
    }
    m_gateway->drain();
    const auto requests = m_upstream->requests();
    QVERIFY(std::none_of(requests.begin(), requests.end(),
                         [](const WireRequest& request) { return request.target() == "/open/evil"; }));
    m_gateway.reset();
    m_upstream.reset();
}

void SlowClientsTest::refusesConnectionsOverTheCapOfTheirAddress() {
    model::Config config = m_gateway->config();
    model::Listener listener = *config.listeners.begin();
    listener.limits.connectionsPerPeer = 10;
    config.listeners.put(listener);
    QVERIFY2(m_gateway->publish(config), m_gateway->error().c_str());
    const std::string request = "GET /open/good HTTP/1.1\r\nHost: a\r\n\r\n";
    Clients clients;
    for (int i = 0; i < 10; ++i) {
        RawClient& client = *clients.emplace_back(std::make_unique<RawClient>(m_gateway->port()));
        client.send(request);
        QCOMPARE(client.readResponse().status, 200);
    }
    for (int i = 0; i < 5; ++i) {
        RawClient tooMuch(m_gateway->port());
        const WireResponse response = tooMuch.readResponse();
        QCOMPARE(response.status, 429);
        QVERIFY(response.complete);
        QVERIFY(response.body.find("\"code\":\"too-many-connections\"") != std::string::npos);
        QVERIFY(tooMuch.waitForClose());
    }
    QVERIFY(waitForConnections(10));
    QCOMPARE(m_refused, std::uint64_t{5});
    // Whoever is in is served on, and who leaves makes room.
    clients.front()->send(request);
    QCOMPARE(clients.front()->readResponse().status, 200);
    clients.pop_back();
    QVERIFY(waitForConnections(9));
    QCOMPARE(RawClient::exchange(m_gateway->port(), request).status, 200);
}

QTEST_GUILESS_MAIN(SlowClientsTest)
#include "slow_clients_test.moc"
