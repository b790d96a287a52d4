// A gateway on a database that publishes changes on demand, the way the console does: within the process that
// serves. Reads a command a line and answers with the milliseconds it took, until what changed was live:
//   route   gives one route another rewrite        key   creates a key
// Says "ready" first; ends with standard input.

#include "app/service_host.h"
#include "gateway/model/config.h"

#include <QCoreApplication>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>

using gateway::service::GatewayService;
using gateway::service::PublishedConfigPointer;
using gateway::service::Rejection;

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void die(const std::string& what) {
    std::fprintf(stderr, "publisher: %s\n", what.c_str());
    std::exit(EXIT_FAILURE);
}

template<class T>
T require(gateway::service::Reply<T> reply, const char* what) {
    reply.waitForFinished();
    auto result = reply.result();
    if (!result) {
        die(std::string(what) + ": " + result.error().error.message);
    }
    return std::move(*result);
}

double millisecondsSince(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

class Publisher {
public:
    explicit Publisher(GatewayService& service)
        : m_service(service) {
        const PublishedConfigPointer current = service.current();
        const auto& routes = current->config.routes;
        const auto& consumers = current->config.consumers;
        if (routes.empty() || consumers.empty()) {
            die("the configuration needs a route and a consumer");
        }
        m_route = *std::next(routes.begin(), static_cast<std::ptrdiff_t>(routes.size() / 2));
        m_rewrite = m_route.rewrite;
        m_consumer = consumers.begin()->id;
    }

    double changeRoute() {
        ++m_count;
        m_route.rewrite = "/changed" + std::to_string(m_count) + m_rewrite;
        gateway::model::ConfigChange change;
        change.base = m_service.current()->revision.number;
        change.author = "bench";
        change.edits.emplace_back(gateway::model::Put{m_route});
        const auto start = Clock::now();
        require(m_service.publish(std::move(change)), "publishing");
        return millisecondsSince(start);
    }

    double createKey() {
        ++m_count;
        gateway::service::KeyRequest request;
        request.consumer = m_consumer;
        request.name = "made-" + std::to_string(m_count);
        request.author = "bench";
        const auto start = Clock::now();
        require(m_service.createKey(std::move(request)), "creating a key");
        return millisecondsSince(start);
    }

private:
    GatewayService& m_service;
    gateway::model::Route m_route;
    std::string m_rewrite;
    gateway::model::ConsumerId m_consumer;
    unsigned m_count = 0;
};

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    if (argc != 2) {
        die("usage: publisher DATABASE");
    }
    gateway::service::ServiceOptions options;
    options.workers = 1;
    app::ServiceHost host(argv[1], "publisher", options);
    if (const auto opened = host.open(); !opened) {
        die(opened.error().message);
    }
    require(host.service().start(), "starting");
    Publisher publisher(host.service());
    std::cout << "ready" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        std::cout << (line == "route" ? publisher.changeRoute() : publisher.createKey()) << std::endl;
    }
    return EXIT_SUCCESS;
}
