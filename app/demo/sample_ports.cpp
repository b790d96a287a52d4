#include "app/demo/sample_ports.h"

#include <QHostAddress>
#include <QTcpServer>
#include <array>

namespace app::demo {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;

namespace {

constexpr std::array trades{Trade::Orders, Trade::Inventory, Trade::Shipping};

bool isLoopback(const std::string& host) {
    return host == "localhost" || QHostAddress(QString::fromStdString(host)).isLoopback();
}

Temper temperOf(Trade trade) {
    switch (trade) {
    case Trade::Orders:
        return {.median = std::chrono::milliseconds(14), .slowEvery = std::chrono::seconds(120)};
    case Trade::Inventory:
        return {.median = std::chrono::milliseconds(6), .sigma = 0.4, .internalErrors = 0.004};
    case Trade::Shipping:
        return {.median = std::chrono::milliseconds(28), .sigma = 0.6, .internalErrors = 0.025};
    }
    return {};
}

bool canListen(const std::string& host, std::uint16_t port) {
    QTcpServer probe;
    return probe.listen(QHostAddress(QString::fromStdString(host)), port);
}

Result<std::uint16_t> freePort(const std::string& host) {
    QTcpServer probe;
    if (!probe.listen(QHostAddress(QString::fromStdString(host)), 0)) {
        return fail(ErrorKind::Environment, "no-port",
                    "no free port on " + host + ": " + probe.errorString().toStdString());
    }
    return probe.serverPort();
}

} // namespace

Result<std::vector<std::unique_ptr<SampleBackend>>> startBackends(gateway::model::Config& config,
                                                                  std::uint64_t seed, bool choosesPorts) {
    std::vector<std::unique_ptr<SampleBackend>> backends;
    for (const Trade trade : trades) {
        const gateway::model::Service* found = config.services.find(tradeName(trade).toStdString());
        if (found == nullptr) {
            continue;
        }
        gateway::model::Service service = *found;
        for (gateway::model::Target& target : service.targets) {
            if (!isLoopback(target.host)) {
                continue;
            }
            auto backend = std::make_unique<SampleBackend>(trade, temperOf(trade), seed + backends.size());
            if (choosesPorts || !backend->listen(target.port)) {
                if (Result<void> listening = backend->listen(0); !listening) {
                    return fail(listening.error());
                }
                target.port = backend->port();
            }
            backends.push_back(std::move(backend));
        }
        if (service != *found) {
            config.services.put(std::move(service));
        }
    }
    if (backends.empty()) {
        return fail(
            ErrorKind::Input, "not-a-demo",
            "this configuration has no service orders, inventory or shipping on loopback for the demo "
            "to play; start the demo on an empty database (--db FILE)");
    }
    return backends;
}

Result<void> freeListenerPorts(gateway::model::Config& config, bool choosesPorts) {
    const gateway::model::Config before = config;
    for (const gateway::model::Listener& listener : before.listeners) {
        if (!isLoopback(listener.host) || (!choosesPorts && canListen(listener.host, listener.port))) {
            continue;
        }
        const Result<std::uint16_t> port = freePort(listener.host);
        if (!port) {
            return fail(port.error());
        }
        gateway::model::Listener moved = listener;
        moved.port = *port;
        config.listeners.put(std::move(moved));
    }
    return {};
}

} // namespace app::demo
