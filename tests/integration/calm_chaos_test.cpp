#include "tests/integration/calm_support.h"

#include <QtTest>
#include <array>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>

using namespace gateway;
using namespace std::chrono_literals;
using support::RawClient;
using support::ScriptedUpstream;
using support::UpstreamConnection;
using support::WireRequest;
using support::WireResponse;

namespace {

/// The answer to a request is known from its id alone, up to 40 KB of it.
std::uint32_t mixed(std::uint32_t value) {
    value ^= value >> 16U;
    value *= 0x7feb352dU;
    value ^= value >> 15U;
    value *= 0x846ca68bU;
    return value ^ (value >> 16U);
}

std::string bodyFor(std::uint32_t id) {
    std::string body = "id=" + std::to_string(id) + ";";
    const std::size_t size = body.size() + mixed(id) % (id % 7 == 0 ? 40'000 : 400);
    std::uint32_t next = id;
    while (body.size() < size) {
        next = mixed(next + 1);
        body += std::to_string(next);
    }
    return body;
}

/// Counts how often each request was carried out.
class Ledger {
public:
    void note(const std::string& method, std::uint32_t id) {
        const std::lock_guard lock(m_mutex);
        ++m_counts[{method, id}];
    }
    [[nodiscard]] int most(const std::string& method) const {
        const std::lock_guard lock(m_mutex);
        int most = 0;
        for (const auto& [request, count] : m_counts) {
            most = request.first == method ? std::max(most, count) : most;
        }
        return most;
    }

private:
    mutable std::mutex m_mutex;
    std::map<std::pair<std::string, std::uint32_t>, int> m_counts; // guarded by m_mutex
};

/// A target that does everything wrong now and then: which of it is known from the id and its seed.
class ChaoticTarget {
public:
    /// `wild`: how many of a hundred requests go wrong.
    ChaoticTarget(Ledger& ledger, std::uint32_t seed, std::uint32_t wild)
        : m_ledger(ledger)
        , m_seed(seed)
        , m_wild(wild) {
        m_upstream.setHandler(
            [this](WireRequest& request, UpstreamConnection& connection) { handle(request, connection); });
    }

    [[nodiscard]] std::uint16_t port() const { return m_upstream.port(); }
    [[nodiscard]] int truncated() const { return m_truncated; }

private:
    void handle(WireRequest& request, UpstreamConnection& connection) {
        const auto id = static_cast<std::uint32_t>(std::stoul(request.target().substr(6)));
        m_ledger.note(request.method(), id);
        // A second try of the same request meets another fate.
        const std::uint32_t fate =
            mixed(id * 31 + m_seed + static_cast<std::uint32_t>(request.number)) % 10'000;
        const std::string body = bodyFor(id) + request.body;
        const std::string fields = "X-Id: " + std::to_string(id) + "\r\n";
        if (fate / 100 >= m_wild) {
            answer(fate, body, fields, connection);
            return;
        }
        switch (fate % 6) {
        case 0:
            connection.reset();
            break;
        case 1:
            connection.send("HTTP/1.1 200 OK\r\nX-Broken: ");
            connection.reset();
            break;
        case 2:
            connection.send(calm::answer(503, "not now"));
            break;
        case 3:
            connection.stayTillPeerCloses();
            break;
        case 4:
            ++m_truncated;
            connection.send(support::okResponse(body, fields).substr(0, body.size() / 2 + 70));
            connection.close();
            break;
        default:
            connection.close();
            break;
        }
    }

    /// Good answers, in all shapes.
    static void answer(std::uint32_t fate, const std::string& body, const std::string& fields,
                       UpstreamConnection& connection) {
        const std::string whole = support::okResponse(body, fields);
        switch (fate % 5) {
        case 0:
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + fields + "\r\n");
            connection.send(QByteArray::number(static_cast<qulonglong>(body.size()), 16).toStdString() +
                            "\r\n" + body);
            connection.send("\r\n0\r\n\r\n");
            break;
        case 1: // drips
            for (std::size_t at = 0; at < whole.size(); at += whole.size() / 16 + 1) {
                connection.send(whole.substr(at, whole.size() / 16 + 1));
            }
            break;
        case 2: // surplus bytes must not become anybody's answer
            connection.send(whole + support::okResponse("nobody's"));
            break;
        case 3: // gone when the next request comes
            connection.send(whole);
            connection.close();
            break;
        default:
            connection.send(whole);
            break;
        }
    }

    Ledger& m_ledger;
    std::uint32_t m_seed;
    std::uint32_t m_wild;
    std::atomic<int> m_truncated{0};
    ScriptedUpstream m_upstream; ///< last: its threads use the rest
};

struct Tally {
    std::atomic<int> good{0};
    std::atomic<int> wrong{0};
    std::atomic<int> cut{0};    ///< a head came, the rest did not
    std::atomic<int> failed{0}; ///< with an error, of requests that may be repeated
    std::atomic<int> failedPosts{0};
    std::atomic<int> left{0}; ///< by the client
};

/// One client: a connection for as long as it lasts, one request after the other.
class Client {
public:
    Client(std::uint16_t port, Tally& tally)
        : m_port(port)
        , m_tally(tally) {}

    void ask(std::uint32_t id) {
        const std::array<const char*, 3> methods{"GET", "POST", "PUT"};
        const std::string method = methods[id % methods.size()];
        const std::string body = method == "GET" ? std::string() : "sent " + std::to_string(mixed(id));
        const std::string request = calm::request(method, "/open/" + std::to_string(id), body);
        // The gateway may have cut the connection after the last answer; then nothing of this was read. A
        // fresh one takes it.
        if (!m_client || !m_client->send(request)) {
            m_client = std::make_unique<RawClient>(m_port);
            if (!m_client->send(request)) {
                ++m_tally.wrong;
                return;
            }
        }
        if (id % 41 == 0) {
            m_client->reset();
            m_client.reset();
            ++m_tally.left;
            return;
        }
        judge(m_client->readResponse(), id, bodyFor(id) + body, method == "POST");
    }

private:
    void judge(const WireResponse& response, std::uint32_t id, const std::string& expected, bool isPost) {
        if (response.status == 200 && response.complete) {
            const bool right = response.body == expected && response.field("X-Id") == std::to_string(id);
            ++(right ? m_tally.good : m_tally.wrong);
        } else if (response.status == 200) {
            ++m_tally.cut;
        } else if (response.status == 502 || response.status == 503 || response.status == 504) {
            ++(isPost ? m_tally.failedPosts : m_tally.failed);
        } else {
            ++m_tally.wrong;
        }
        if (!response.complete || response.field("Connection") == "close") {
            m_client.reset();
        }
    }

    std::uint16_t m_port;
    Tally& m_tally;
    std::unique_ptr<RawClient> m_client;
};

} // namespace

/// Targets that are killed, hang, reset, truncate and drip under load.
class CalmChaosTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void answersRightOrNotAtAll();
    void addsNoMoreLoadThanTheBudgetWhenAllTargetsFail();
};

void CalmChaosTest::answersRightOrNotAtAll() {
    constexpr int clientCount = 24;
    constexpr int requestsEach = 60;
    Ledger ledger;
    std::vector<std::unique_ptr<ChaoticTarget>> targets;
    std::vector<std::uint16_t> ports;
    for (const std::uint32_t wild : {0U, 12U, 25U, 5U}) {
        targets.push_back(
            std::make_unique<ChaoticTarget>(ledger, static_cast<std::uint32_t>(ports.size()), wild));
        ports.push_back(targets.back()->port());
    }
    TestGateway gateway(2);
    const auto config = calm::config(ports, [](auto& service) {
        service.balance = model::Balance::RandomTwo;
        service.retries.onReset = true;
        service.retries.onTimeout = true;
        service.timeouts.attempt = 200ms;
        service.timeouts.request = 10s;
        service.outlier.emplace();
        service.outlier->consecutiveErrors = 4;
        service.outlier->eject = 200ms;
        service.outlier->atMostPercent = 50;
        service.concurrency = 1'000;
    });
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    const std::uint16_t port = gateway.port();
    const auto begin = std::chrono::steady_clock::now();
    Tally tally;
    std::atomic<int> asked{0};
    std::promise<void> killing;
    const auto killed = killing.get_future().share();
    std::vector<std::thread> clients;
    for (int i = 0; i < clientCount; ++i) {
        clients.emplace_back([&, i] {
            Client client(port, tally);
            for (int request = 0; request < requestsEach; ++request) {
                if (request == requestsEach * 3 / 4) {
                    killed.wait(); // or a busy machine might be through before it happens
                }
                client.ask(static_cast<std::uint32_t>(i * requestsEach + request + 1));
                ++asked;
            }
        });
    }
    // Meanwhile one of them is drained and taken back again and again, and half way another is killed for
    // good: what was in flight there dies with it.
    constexpr int total = clientCount * requestsEach;
    int truncatedByTheDead = 0;
    bool published = true;
    for (int seen = 0; published && asked < total; seen = asked) {
        auto next = gateway.config();
        model::Service service = *next.services.find("backend");
        service.targets[1].drain = !service.targets[1].drain;
        next.services.put(service);
        published = gateway.publish(next);
        if (targets[3] && asked > total / 2) {
            truncatedByTheDead = targets[3]->truncated();
            targets[3].reset();
            killing.set_value();
        }
        published = published && calm::eventually([&] { return asked >= std::min(seen + 40, total); });
    }
    if (targets[3]) {
        killing.set_value(); // something went wrong; the clients must not wait for ever
    }
    for (std::thread& client : clients) {
        client.join();
    }
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
    QVERIFY2(published, gateway.error().c_str());
    QVERIFY(!targets[3]);

    QCOMPARE(tally.wrong.load(), 0);
    QCOMPARE(ledger.most("POST"), 1);
    QVERIFY(ledger.most("GET") > 1); // there was something to repeat
    QCOMPARE(tally.good + tally.cut + tally.failed + tally.failedPosts + tally.left, total);
    QVERIFY2(tally.good > total / 2, std::to_string(tally.good).c_str());

    // A request that may be repeated fails only when its tries are used up or the budget says no.
    calm::Feed feed(gateway);
    QVERIFY(calm::eventually([&] {
        std::uint64_t active = 0;
        for (const auto& target : feed.look().targets) {
            active += target.requestsActive;
        }
        return active == 0;
    }));
    const auto& service = feed.look();
    const auto retries = static_cast<int>(service.retries);
    const auto denied = static_cast<int>(service.retriesDenied);
    QVERIFY(retries > 0);
    const std::string failures = std::to_string(tally.failed) + " failed, " + std::to_string(retries) +
                                 " retries, " + std::to_string(denied) + " denied";
    qInfo("%d good, %d cut, %d clients left, %d POSTs failed, %s", tally.good.load(), tally.cut.load(),
          tally.left.load(), tally.failedPosts.load(), failures.c_str());
    QVERIFY2(tally.failed <= denied + retries / 2, failures.c_str());
    // A fifth of the requests, and three a second and worker (a second may be begun and ended in the middle).
    const auto free = 3 * 2 * (static_cast<int>(seconds.count()) + 1);
    QVERIFY2(retries <= total / 5 + free, failures.c_str());
    // Answers are cut only where a target cut them, or died.
    int truncated = truncatedByTheDead;
    for (const auto& target : targets) {
        truncated += target ? target->truncated() : 0;
    }
    QVERIFY2(tally.cut <= truncated + clientCount, std::to_string(tally.cut).c_str());
}

void CalmChaosTest::addsNoMoreLoadThanTheBudgetWhenAllTargetsFail() {
    constexpr int clientCount = 16;
    constexpr int requestsEach = 40;
    ScriptedUpstream first;
    ScriptedUpstream second;
    first.answerWith(calm::answer(503));
    second.answerWith(calm::answer(503));
    TestGateway gateway(2);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({first.port(), second.port()})),
             gateway.error().c_str());
    const std::uint16_t port = gateway.port();
    const auto begin = std::chrono::steady_clock::now();
    std::atomic<int> refused{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < clientCount; ++i) {
        clients.emplace_back([&] {
            RawClient client(port);
            for (int request = 0; request < requestsEach; ++request) {
                const bool sent = client.send(calm::request("GET", "/open/a"));
                refused += sent && client.readResponse().status == 503 ? 1 : 0;
            }
        });
    }
    for (std::thread& client : clients) {
        client.join();
    }
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
    QCOMPARE(refused.load(), clientCount * requestsEach);
    calm::Feed feed(gateway);
    const auto retries = static_cast<int>(feed.look().retries);
    QCOMPARE(static_cast<int>(first.requests().size() + second.requests().size()),
             clientCount * requestsEach + retries);
    const auto free = 3 * 2 * (static_cast<int>(seconds.count()) + 1);
    QVERIFY2(retries <= clientCount * requestsEach / 5 + free, std::to_string(retries).c_str());
    QVERIFY(feed.look().retriesDenied > 0);
}

QTEST_GUILESS_MAIN(CalmChaosTest)
#include "calm_chaos_test.moc"
