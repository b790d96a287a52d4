// What finding a route costs with few and with many routes: nanoseconds a match, the best of several rounds;
// and what it costs to make a router, from nothing and from another one after a change of one route. "same
// traffic" asks for the same 50 routes whatever else is configured; "all routes" asks for all of them in
// random order, where what memory costs shows, too.

#include "gateway/routing/router.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using gateway::http::RequestHead;
using gateway::model::Config;
using gateway::model::Route;
using gateway::routing::MatchStatus;
using gateway::routing::Router;

namespace {

/// A mix: exact paths, templates with a named method, prefixes; every fourth on one of ten hosts.
Route makeRoute(std::size_t number) {
    Route route;
    const std::string text = std::to_string(number);
    route.name = "route-" + text;
    route.match.methods = {"GET"};
    if (number % 4 == 0) {
        route.match.hosts = {"api" + std::to_string(number / 4 % 10) + ".example.com"};
    }
    switch (number % 3) {
    case 0:
        route.match.path = "/v1/resource-" + text + "/items";
        break;
    case 1:
        route.match.path = "/v1/resource-" + text + "/{id}/parts/{part}";
        break;
    default:
        route.match.path = "/v1/resource-" + text + "/files/*";
        break;
    }
    return route;
}

std::string pathFor(std::size_t number) {
    const std::string base = "/v1/resource-" + std::to_string(number);
    switch (number % 3) {
    case 0:
        return base + "/items";
    case 1:
        return base + "/a7f3/parts/12";
    default:
        return base + "/files/2026/01/report.pdf";
    }
}

/// Requests in one block of memory: what they themselves cost to fetch must not be taken for the router's.
struct Traffic {
    struct Request {
        std::size_t offset = 0;
        std::size_t length = 0;
        std::size_t host = 0;
    };
    std::string paths;
    std::vector<Request> requests;
};

/// Requests for the routes below `routes`, in an order nothing can foresee.
Traffic makeTraffic(std::size_t routes) {
    constexpr std::size_t count = 20'000;
    std::mt19937_64 random(1); // NOLINT: the same every time
    Traffic traffic;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t number = random() % routes;
        const std::string path = pathFor(number);
        traffic.requests.push_back({traffic.paths.size(), path.size(), number / 4 % 10});
        traffic.paths += path;
    }
    return traffic;
}

/// Milliseconds to change one route, the median of many.
double measureUpdate(const Config& config, Router router) {
    constexpr std::size_t rounds = 101;
    std::mt19937_64 random(2); // NOLINT: the same every time
    std::vector<double> took;
    Config changed = config;
    for (std::size_t round = 0; round < rounds; ++round) {
        Route route = changed.routes[random() % changed.routes.size()];
        route.match.path[2] = route.match.path[2] == '1' ? '2' : '1';
        changed.routes.put(std::move(route));
        const auto start = std::chrono::steady_clock::now();
        router = router.update(changed).router;
        took.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::sort(took.begin(), took.end());
    return took[rounds / 2];
}

double measure(const Router& router, const Traffic& traffic) {
    constexpr int rounds = 15;
    std::vector<std::string> hosts;
    for (int number = 0; number < 10; ++number) {
        hosts.push_back("api" + std::to_string(number) + ".example.com");
    }
    RequestHead head;
    head.method = gateway::http::Method::Get;
    head.methodText = "GET";
    double best = 1e9;
    for (int round = 0; round < rounds; ++round) {
        const auto start = std::chrono::steady_clock::now();
        std::size_t found = 0;
        for (const Traffic::Request& request : traffic.requests) {
            head.host = hosts[request.host];
            head.path = std::string_view(traffic.paths).substr(request.offset, request.length);
            found += router.find(head).status == MatchStatus::Found ? 1 : 0;
        }
        const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
        if (found != traffic.requests.size()) {
            std::fprintf(stderr, "a request found no route: the figures would mean nothing\n");
            std::exit(EXIT_FAILURE);
        }
        best = std::min(best, took.count() / static_cast<double>(traffic.requests.size()));
    }
    return best;
}

} // namespace

int main() {
    std::printf("%8s %12s %12s %16s %14s\n", "routes", "build ms", "update ms", "same traffic ns",
                "all routes ns");
    const Traffic same = makeTraffic(50);
    for (const std::size_t count : {50U, 1'000U, 10'000U, 100'000U}) {
        std::vector<Route> routes;
        for (std::size_t number = 0; number < count; ++number) {
            routes.push_back(makeRoute(number));
        }
        Config config;
        config.routes.assign(std::move(routes));
        const auto start = std::chrono::steady_clock::now();
        const Router router = Router::build(config);
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        std::printf("%8zu %12.1f %12.3f %16.1f %14.1f\n", count, took.count(), measureUpdate(config, router),
                    measure(router, same), measure(router, makeTraffic(count)));
    }
    return EXIT_SUCCESS;
}
