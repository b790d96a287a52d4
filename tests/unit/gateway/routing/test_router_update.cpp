#include "routing_support.h"

#include <QtTest/QtTest>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

using gateway::model::Config;
using gateway::model::Route;
using gateway::routing::Captures;
using gateway::routing::MatchResult;
using gateway::routing::MatchStatus;
using gateway::routing::Router;
using routing_test::request;
using routing_test::route;

class RouterUpdateTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsWhatAFreshRouterFinds();
    void leavesTheOlderRouterAsItWas();
    void keepsTheSlotsOfRoutesThatStay();
    void growsWithTheEditAndNotWithTheRoutes();
    void isBuiltAnewWhenMuchWasAbandoned();
    void isReadWhileTheNextOnesAreMade();
};

namespace {

const std::vector<std::string>& segments() {
    static const std::vector<std::string> all = {"a", "b", "c", "{x}", "{y}"};
    return all;
}

/// Few names, so that routes meet in all places of the index.
class Dice {
public:
    explicit Dice(unsigned seed)
        : m_random(seed) {}

    std::size_t below(std::size_t count) { return m_random() % count; }
    bool oneIn(std::size_t count) { return below(count) == 0; }

    std::string pattern() {
        if (oneIn(10)) {
            static const std::vector<std::string> expressions = {"~^/a.*$", "~^/(?P<x>[ab])/c$",
                                                                 "~^/[abc]/.*$"};
            return expressions[below(expressions.size())];
        }
        std::string path;
        std::string last;
        for (std::size_t left = 1 + below(4); left > 0; --left) {
            std::string segment = segments()[below(segments().size())];
            if (segment == last && segment.front() == '{') {
                segment = "a"; // the same capture twice is no pattern
            }
            path += "/" + segment;
            last = segment;
        }
        return path + (oneIn(3) ? "/*" : "");
    }

    std::string path() {
        std::string path;
        for (std::size_t left = 1 + below(5); left > 0; --left) {
            path += "/" + std::string(1, static_cast<char>('a' + below(4)));
        }
        return path;
    }

    std::string host() {
        static const std::vector<std::string> hosts = {"x.example", "y.x.example", "example", "other.test"};
        return hosts[below(hosts.size())];
    }

    Route someRoute() {
        std::vector<std::string> methods;
        if (oneIn(2)) {
            methods.push_back(oneIn(2) ? "GET" : "PURGE");
        }
        std::vector<std::string> hosts;
        for (std::size_t left = below(3); left > 0; --left) {
            hosts.push_back(oneIn(3) ? "*.example" : host());
        }
        Route made = route("r" + std::to_string(below(60)), pattern(), methods, hosts,
                           static_cast<std::int32_t>(below(3)) - 1);
        made.enabled = !oneIn(10);
        if (oneIn(4)) {
            made.match.query = {{"v", oneIn(2) ? "1" : "*"}};
        }
        return made;
    }

    void change(Config& config) {
        if (oneIn(3)) {
            config.routes.erase("r" + std::to_string(below(60)));
        } else {
            config.routes.put(someRoute());
        }
    }

private:
    std::mt19937 m_random;
};

/// Everything that a router says to a request, in words.
QString answerOf(const Router& router, const gateway::http::RequestHead& head) {
    Captures captures;
    const MatchResult result = router.match(head, captures);
    switch (result.status) {
    case MatchStatus::NotFound:
        return QStringLiteral("none");
    case MatchStatus::MethodNotAllowed:
        return QStringLiteral("only ") + QString::fromStdString(router.allowedMethods(head));
    case MatchStatus::Found:
        break;
    }
    QString text = QString::fromStdString(router.routeAt(result.route)->name);
    for (std::size_t i = 0; i < captures.count; ++i) {
        text += QStringLiteral(" %1=%2").arg(QString::fromStdString(std::string(captures.items[i].name)),
                                             QString::fromStdString(std::string(captures.items[i].value)));
    }
    return text + QStringLiteral(" rest ") + QString::fromStdString(std::string(captures.rest));
}

QString compareOn(Dice& dice, const Router& one, const Router& other) {
    const std::string path = dice.path();
    const std::string host = dice.host();
    const std::vector<std::string> methods = {"GET", "POST", "PURGE"};
    const std::string method = methods[dice.below(methods.size())];
    const auto head = request(method, host, path, dice.oneIn(2) ? "v=1" : "");
    const QString first = answerOf(one, head);
    const QString second = answerOf(other, head);
    return first == second ? QString()
                           : QString::fromStdString(method + " " + host + path) + QStringLiteral(": ") +
                                 first + QStringLiteral(" or ") + second;
}

Config manyRoutes(std::size_t count) {
    std::vector<Route> routes;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        const std::vector<std::string> tails = {"/items", "/{id}/parts", "/*"};
        routes.push_back(route("r" + number, "/v1/" + number + tails[i % tails.size()]));
    }
    return routing_test::config(std::move(routes));
}

} // namespace

void RouterUpdateTest::findsWhatAFreshRouterFinds() {
    std::size_t found = 0;
    for (unsigned seed = 1; seed <= 40; ++seed) {
        Dice dice(seed);
        Config config;
        Router router;
        for (int step = 0; step < 60; ++step) {
            for (std::size_t edits = 1 + dice.below(4); edits > 0; --edits) {
                dice.change(config);
            }
            router = router.update(config).router;
            const Router fresh = Router::build(config);
            for (int i = 0; i < 60; ++i) {
                const QString difference = compareOn(dice, router, fresh);
                QVERIFY2(difference.isEmpty(), qPrintable(difference));
            }
            Captures captures;
            found +=
                fresh.match(request("GET", "x.example", dice.path()), captures).status == MatchStatus::Found
                    ? 1
                    : 0;
        }
    }
    QVERIFY(found > 500);
}

/// Requests finish on the router that they started with; a publication that is given up leaves no trace.
void RouterUpdateTest::leavesTheOlderRouterAsItWas() {
    Dice dice(99);
    Config config;
    for (int i = 0; i < 100; ++i) {
        dice.change(config);
    }
    const Router before = Router::build(config);
    const Router fresh = Router::build(config);
    for (int i = 0; i < 30; ++i) {
        Config one = config;
        Config other = config;
        for (int edits = 0; edits < 5; ++edits) {
            dice.change(one);
            dice.change(other);
        }
        const Router first = before.update(one).router;
        const Router second = before.update(other).router;
        for (int requests = 0; requests < 50; ++requests) {
            QCOMPARE(compareOn(dice, first, Router::build(one)), QString());
            QCOMPARE(compareOn(dice, second, Router::build(other)), QString());
            QCOMPARE(compareOn(dice, before, fresh), QString());
        }
    }
}

void RouterUpdateTest::keepsTheSlotsOfRoutesThatStay() {
    Config config = manyRoutes(30);
    const Router before = Router::build(config);
    config.routes.erase("r7");
    config.routes.put(route("aaa", "/first/by/name"));
    Route changed = *config.routes.find("r9");
    changed.priority = 5;
    config.routes.put(changed);
    const Router::Update update = before.update(config);
    QVERIFY(!update.isBuiltAnew);
    QCOMPARE(update.slots.size(), std::size_t{2});
    const auto slotOf = [](const Router& router, const std::string& path) {
        Captures captures;
        return router.match(request("GET", "", path), captures).route;
    };
    QCOMPARE(slotOf(update.router, "/v1/8/x"), slotOf(before, "/v1/8/x"));
    QCOMPARE(slotOf(update.router, "/v1/9/items"), slotOf(before, "/v1/9/items"));
    QCOMPARE(update.router.routeAt(slotOf(update.router, "/first/by/name"))->name, std::string("aaa"));
}

void RouterUpdateTest::growsWithTheEditAndNotWithTheRoutes() {
    constexpr std::size_t pagesMax = 30;
    for (const std::size_t count : {std::size_t{100}, std::size_t{20'000}}) {
        Config config = manyRoutes(count);
        const Router before = Router::build(config);
        Route changed = *config.routes.find("r42");
        changed.match.path = "/v2/42/{id}";
        config.routes.put(changed);
        const Router::Update update = before.update(config);
        QCOMPARE(update.slots.size(), std::size_t{1});
        QVERIFY2(update.router.pagesNotIn(before) <= pagesMax,
                 qPrintable(QString::number(update.router.pagesNotIn(before))));
    }
}

void RouterUpdateTest::isBuiltAnewWhenMuchWasAbandoned() {
    Config config = manyRoutes(10);
    Router router = Router::build(config);
    bool wasBuiltAnew = false;
    for (int i = 0; i < 11'000; ++i) {
        Route changed = *config.routes.find("r3");
        changed.priority = i % 2;
        config.routes.put(changed);
        Router::Update update = router.update(config);
        wasBuiltAnew = wasBuiltAnew || update.isBuiltAnew;
        router = std::move(update.router);
    }
    QVERIFY(wasBuiltAnew);
    Captures captures;
    QVERIFY(router.match(request("GET", "", "/v1/3/items"), captures).status == MatchStatus::Found);
}

/// Workers match on one router while the control thread makes the next ones, which share its memory.
void RouterUpdateTest::isReadWhileTheNextOnesAreMade() {
    Config config = manyRoutes(300);
    std::mutex mutex; // guards `current`
    Router current = Router::build(config);
    std::atomic<bool> done{false};
    std::atomic<std::uint64_t> wrong{0};
    std::atomic<std::uint64_t> matched{0};
    std::thread reader([&] {
        Captures captures;
        while (!done) {
            const Router router = [&] {
                const std::scoped_lock lock(mutex);
                return current;
            }();
            for (int i = 0; i < 300; i += 7) {
                const std::string path = "/v1/" + std::to_string(i) + (i % 3 == 1 ? "/x/parts" : "/items");
                const auto result = router.match(request("GET", "", path), captures);
                const bool isRight = result.status == MatchStatus::Found &&
                                     router.routeAt(result.route)->name == "r" + std::to_string(i);
                wrong += isRight ? 0 : 1;
                ++matched;
            }
        }
    });
    for (int i = 0; i < 500 || matched < 1'000; ++i) {
        const std::string number = std::to_string(i % 50);
        config.routes.put(route("new" + number, "/v2/" + std::to_string(i) + "/{id}", {}, {"h" + number}));
        Router next = current.update(config).router;
        const std::scoped_lock lock(mutex);
        current = std::move(next);
    }
    done = true;
    reader.join();
    QCOMPARE(wrong.load(), std::uint64_t{0});
}

QTEST_APPLESS_MAIN(RouterUpdateTest)
#include "test_router_update.moc"
