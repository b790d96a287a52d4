// What it costs to change one thing among many, through the real service and its database: milliseconds to
// open and start with so many routes and keys, to publish one changed route and to create one key; how long a
// key's check takes; and what a publication does to the requests that run meanwhile.
//
//   bench_publish [routes keys]...      without arguments: 50 10000, 1000 100000, 100000 1000000

#include "db/sqlite_stores.h"
#include "gateway/auth/key_table.h"
#include "gateway/base/clock.h"
#include "gateway/model/edit.h"
#include "gateway/service/gateway_service.h"

#include <QCoreApplication>
#include <QTemporaryDir>
#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <netinet/tcp.h>
#include <random>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace gateway::model;
using gateway::service::GatewayService;

namespace {

using SteadyClock = std::chrono::steady_clock;

double millisecondsSince(SteadyClock::time_point start) {
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}

[[noreturn]] void giveUp(const std::string& why) {
    std::fprintf(stderr, "bench_publish: %s\n", why.c_str());
    std::exit(EXIT_FAILURE);
}

template<class T>
T valueOf(tl::expected<T, gateway::service::Rejection> answer) {
    if (!answer) {
        giveUp(answer.error().error.message);
    }
    return std::move(*answer);
}

template<class T>
T valueOf(gateway::Result<T> result) {
    if (!result) {
        giveUp(result.error().message);
    }
    return std::move(*result);
}

double residentMegabytes() {
    std::ifstream status("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    status >> total >> resident;
    return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024.0 * 1024.0);
}

constexpr std::size_t consumerCount = 1'000;
constexpr std::size_t serviceCount = 50;

Route makeRoute(std::size_t number) {
    const std::string text = std::to_string(number);
    Route route;
    route.name = "route-" + text;
    route.match.methods = {"GET"};
    if (number % 4 == 0) {
        route.match.hosts = {"api" + std::to_string(number / 4 % 10) + ".example.com"};
    }
    constexpr const char* tails[] = {"/items", "/{id}/parts/{part}", "/files/*"};
    route.match.path = "/v1/resource-" + text + tails[number % 3];
    route.service = "service-" + std::to_string(number % serviceCount);
    route.policies = {"key"};
    return route;
}

std::vector<Edit> makeEdits(std::size_t routes) {
    std::vector<Edit> edits;
    Listener listener;
    listener.name = "public";
    edits.emplace_back(Put{listener});
    Tier tier;
    tier.name = "free";
    tier.requests = 1'000'000;
    tier.burst = 1'000'000;
    edits.emplace_back(Put{tier});
    Policy policy;
    policy.name = "key";
    policy.authenticateApiKey = true;
    edits.emplace_back(Put{policy});
    for (std::size_t i = 0; i < serviceCount; ++i) {
        Service service;
        service.name = "service-" + std::to_string(i);
        Target target;
        target.host = "127.0.0.1";
        target.port = static_cast<std::uint16_t>(9'000 + i);
        service.targets = {target};
        edits.emplace_back(Put{service});
    }
    for (std::size_t i = 0; i < consumerCount; ++i) {
        Consumer consumer;
        consumer.name = "consumer-" + std::to_string(i);
        consumer.tier = "free";
        edits.emplace_back(Put{consumer});
    }
    for (std::size_t i = 0; i < routes; ++i) {
        edits.emplace_back(Put{makeRoute(i)});
    }
    return edits;
}

/// Fills the file without the service: it is not what is measured.
void seed(const std::string& path, std::size_t routes, std::size_t keys, const gateway::Clock& clock) {
    {
        auto stores = valueOf(db::SqliteStores::open(path, db::OpenMode::Create, clock));
        auto edits = makeEdits(routes);
        std::uint64_t nextId = 1;
        const Config before;
        const Config after = valueOf(applyEdits(before, edits, nextId));
        valueOf(stores->ports().config.publish({.change = {0, "bench", "seed", std::move(edits)},
                                                .before = before,
                                                .after = after,
                                                .nextId = nextId,
                                                .keys = {},
                                                .time = clock.wallTime()}));
    }
    auto database = valueOf(db::Database::open(path, db::OpenMode::Existing));
    valueOf(database->execute("BEGIN IMMEDIATE").map([] { return 0; }));
    valueOf(
        database
            ->execute("WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < " +
                      std::to_string(keys) +
                      ") INSERT INTO api_key (consumer, name, prefix, hash, scopes, expires, state, created,"
                      " last_used, generation) SELECT (SELECT MIN(id) FROM entity WHERE kind = 'consumer')"
                      " + n % " +
                      std::to_string(consumerCount) +
                      ", 'key-' || n, 'gh_0000', randomblob(32), '[]', NULL, 0, 0, NULL, 1 FROM number")
            .map([] { return 0; }));
    valueOf(
        database->execute("UPDATE meta SET value = 1 WHERE key = 'key_generation'").map([] { return 0; }));
    valueOf(database->execute("COMMIT").map([] { return 0; }));
}

struct Spread {
    double median = 0;
    double worst = 0;
};

Spread spreadOf(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return {values[values.size() / 2], values.back()};
}

/// Asks over one connection, one request after another, and notes how long each took. The route asks for a
/// key, so that the gateway answers by itself: 401.
class Client {
public:
    Client(std::uint16_t port, std::size_t routes)
        : m_routes(routes) {
        m_socket = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            giveUp("cannot connect to the gateway");
        }
        const int on = 1;
        ::setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { ::close(m_socket); }

    double ask() {
        const std::size_t number = m_random() % m_routes;
        const std::string request = "GET /v1/resource-" + std::to_string(number) +
                                    (number % 3 == 0   ? "/items"
                                     : number % 3 == 1 ? "/a/parts/b"
                                                       : "/files/a") +
                                    " HTTP/1.1\r\nHost: api" + std::to_string(number / 4 % 10) +
                                    ".example.com\r\n\r\n";
        const auto start = SteadyClock::now();
        char answer[4096];
        if (::send(m_socket, request.data(), request.size(), MSG_NOSIGNAL) < 0 ||
            ::recv(m_socket, answer, sizeof answer, 0) < 12 || std::string_view(answer + 9, 3) != "401") {
            giveUp("the gateway did not answer 401");
        }
        return millisecondsSince(start);
    }

private:
    int m_socket = -1;
    std::size_t m_routes;
    std::mt19937_64 m_random{1}; // NOLINT: the same every time
};

double p99Of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() * 99 / 100];
}

class Bench {
public:
    Bench(std::size_t routes, std::size_t keys)
        : m_routes(routes)
        , m_keys(keys)
        , m_path(m_folder.filePath(QStringLiteral("bench.db")).toStdString()) {}

    void run() {
        seed(m_path, m_routes, m_keys, m_clock);
        ::sync(); // or the commits that are measured wait for what the seed left to write
        const double before = residentMegabytes();
        start();
        const double after = residentMegabytes();
        const Spread publish = measurePublish();
        const Spread create = measureCreate();
        const auto [quiet, busy] = measureTraffic();
        std::printf("%8zu %9zu %8.0f %8.1f %8.0f %10.2f %8.2f %8.2f %8.2f %9.3f %9.3f\n", m_routes, m_keys,
                    m_openMs, m_startMs, after - before, publish.median, publish.worst, create.median,
                    create.worst, quiet, busy);
        std::fflush(stdout);
    }

private:
    void start() {
        gateway::service::ServiceOptions options;
        options.workers = 1;
        m_service = std::make_unique<GatewayService>(
            m_clock, options, db::storesOpener(m_path, db::OpenMode::Existing, m_clock));
        auto begin = SteadyClock::now();
        valueOf(m_service->open().result());
        m_openMs = millisecondsSince(begin);
        begin = SteadyClock::now();
        const auto status = valueOf(m_service->start().result());
        m_startMs = millisecondsSince(begin);
        const std::string& address = status.addresses.front();
        m_port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }

    /// Puts another path and priority into some route.
    double publishOne(std::size_t round) {
        const auto current = m_service->current();
        const std::size_t half = m_routes / 2; // the other half is for the traffic
        Route route = *current->config.routes.find("route-" + std::to_string(half + m_random() % half));
        route.match.path[2] = route.match.path[2] == '1' ? '2' : '1';
        route.priority = static_cast<std::int32_t>(round % 7);
        const auto begin = SteadyClock::now();
        valueOf(m_service->publish({current->revision.number, "bench", "one", {Put{route}}}).result());
        return millisecondsSince(begin);
    }

    Spread measurePublish() {
        std::vector<double> took;
        for (std::size_t round = 0; round < 30; ++round) {
            took.push_back(publishOne(round));
        }
        return spreadOf(std::move(took));
    }

    Spread measureCreate() {
        std::vector<double> took;
        const auto current = m_service->current();
        for (std::size_t round = 0; round < 100; ++round) {
            const ConsumerId consumer = current->config.consumers[m_random() % consumerCount].id;
            const auto begin = SteadyClock::now();
            valueOf(
                m_service->createKey({consumer, "fresh-" + std::to_string(round), {}, {}, "bench"}).result());
            took.push_back(millisecondsSince(begin));
        }
        return spreadOf(std::move(took));
    }

    /// The p99 of requests without and with publications.
    std::pair<double, double> measureTraffic() {
        Client client(m_port, m_routes / 2);
        std::vector<double> quiet;
        std::vector<double> busy;
        const auto askFor = [&](std::vector<double>& into, std::chrono::seconds time) {
            for (const auto end = SteadyClock::now() + time; SteadyClock::now() < end;) {
                into.push_back(client.ask());
                // Half idle, as traffic is that has a p99 to speak of.
                std::this_thread::sleep_for(std::chrono::microseconds(100));
            }
        };
        std::vector<double> warm;
        askFor(warm, std::chrono::seconds(1));
        askFor(quiet, std::chrono::seconds(3));
        std::atomic<bool> done{false};
        std::thread publisher([&] {
            for (std::size_t round = 0; !done; ++round) {
                publishOne(round);
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            }
        });
        askFor(busy, std::chrono::seconds(3));
        done = true;
        publisher.join();
        return {p99Of(std::move(quiet)), p99Of(std::move(busy))};
    }

    std::size_t m_routes;
    std::size_t m_keys;
    gateway::SystemClock m_clock;
    QTemporaryDir m_folder;
    std::string m_path;
    std::unique_ptr<GatewayService> m_service;
    std::uint16_t m_port = 0;
    double m_openMs = 0;
    double m_startMs = 0;
    std::mt19937_64 m_random{2}; // NOLINT: the same every time
};

/// What checking a presented key costs with so many keys, in random order; nanoseconds, the median of the
/// better half of many pieces, since other programs disturb some.
double keyCheckNs(std::size_t keys, double& bytes) {
    gateway::auth::KeyTable table;
    table.reserve(keys);
    const auto secretOf = [](std::size_t number) { return "gh_secret-number-" + std::to_string(number); };
    for (std::size_t i = 0; i < keys; ++i) {
        ApiKey key;
        key.id = KeyId{i + 1};
        key.consumer = ConsumerId{1};
        key.hash = gateway::sha256(secretOf(i));
        table.put(key);
    }
    bytes = static_cast<double>(table.memoryBytes()) / static_cast<double>(keys);
    std::mt19937_64 random(3); // NOLINT: the same every time
    constexpr std::size_t piece = 1'000;
    constexpr std::size_t pieces = 500; // more keys than caches hold
    std::vector<double> took;
    std::vector<std::string> asked(piece);
    const gateway::WallTime now = gateway::SystemClock().wallTime();
    for (std::size_t round = 0; round < pieces; ++round) {
        for (std::string& secret : asked) {
            secret = secretOf(random() % keys);
        }
        std::size_t good = 0;
        const auto begin = SteadyClock::now();
        for (const std::string& secret : asked) {
            good += gateway::auth::checkKey(table, secret, now).verdict == gateway::auth::KeyVerdict::Good
                        ? 1
                        : 0;
        }
        took.push_back(millisecondsSince(begin) * 1e6 / static_cast<double>(piece));
        if (good != piece) {
            giveUp("a key was not found");
        }
    }
    std::sort(took.begin(), took.end());
    return took[pieces / 4];
}

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    std::printf("%10s %14s %12s\n", "keys", "key check ns", "bytes a key");
    for (const std::size_t keys : {10'000U, 100'000U, 1'000'000U}) {
        double bytes = 0;
        const double took = keyCheckNs(keys, bytes);
        std::printf("%10zu %14.1f %12.1f\n", keys, took, bytes);
    }
    std::printf("\n%8s %9s %8s %8s %8s %10s %8s %8s %8s %9s %9s\n", "routes", "keys", "open ms", "start ms",
                "MB more", "publish ms", "worst", "key ms", "worst", "p99 quiet", "p99 busy");
    std::vector<std::pair<std::size_t, std::size_t>> sizes;
    for (int i = 1; i + 1 < argc; i += 2) {
        sizes.emplace_back(std::stoul(argv[i]), std::stoul(argv[i + 1]));
    }
    if (sizes.empty()) {
        sizes = {{50, 10'000}, {1'000, 100'000}, {100'000, 1'000'000}};
    }
    for (const auto& [routes, keys] : sizes) {
        Bench(routes, keys).run();
    }
    return EXIT_SUCCESS;
}
