#pragma once

#include "db/sqlite_stores.h"
#include "gateway/base/clock.h"
#include "gateway/model/edit.h"
#include "gateway/service/gateway_service.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QTemporaryDir>
#include <memory>
#include <string>

/// A service on a database of its own and an upstream for its routes. Answers are waited for: the service has
/// its own thread.
class ServiceFixture {
public:
    ServiceFixture()
        : path(folder.filePath(QStringLiteral("gatehouse.db")).toStdString()) {}

    static gateway::model::Listener someListener(const std::string& name, std::uint16_t port = 0) {
        gateway::model::Listener listener;
        listener.name = name;
        listener.port = port;
        return listener;
    }

    [[nodiscard]] gateway::model::Service someService(const std::string& name) const {
        gateway::model::Service backend;
        backend.name = name;
        backend.targets = {{.host = "127.0.0.1", .port = upstream.port(), .weight = 1}};
        return backend;
    }

    static gateway::model::Route someRoute(const std::string& name, const std::string& routePath,
                                           const std::string& service) {
        gateway::model::Route route;
        route.name = name;
        route.match.path = routePath;
        route.service = service;
        return route;
    }

    static gateway::model::Tier someTier(const std::string& name) {
        gateway::model::Tier tier;
        tier.name = name;
        tier.requests = 1000;
        tier.burst = 1000;
        return tier;
    }

    static gateway::model::Consumer someConsumer(const std::string& name, const std::string& tier) {
        gateway::model::Consumer consumer;
        consumer.name = name;
        consumer.tier = tier;
        return consumer;
    }

    /// Everything that an open and a closed route need.
    [[nodiscard]] std::vector<gateway::model::Edit> someEdits() const {
        using namespace gateway::model;
        Policy policy;
        policy.name = "key";
        policy.authenticate = gateway::model::byApiKey();
        Route closed = someRoute("closed", "/closed", "orders");
        closed.policies = {"key"};
        return {Put{someListener("public")},
                Put{someTier("free")},
                Put{someConsumer("acme", "free")},
                Put{someService("orders")},
                Put{policy},
                Put{someRoute("open", "/open", "orders")},
                Put{closed}};
    }

    void makeService() {
        gateway::service::ServiceOptions options;
        options.workers = 1;
        service.reset(); // the thread of the old one lets go of the database first
        service = std::make_unique<gateway::service::GatewayService>(
            clock, options, db::storesOpener(path, db::OpenMode::Create, clock), masterKey);
    }

    template<class T>
    static tl::expected<T, gateway::service::Rejection> await(const gateway::service::Reply<T>& reply) {
        return reply.result(); // waits
    }

    [[nodiscard]] tl::expected<gateway::model::Revision, gateway::service::Rejection>
    publish(std::vector<gateway::model::Edit> edits) const {
        return await<gateway::model::Revision>(
            service->publish({service->current()->revision.number, "alice", "because", std::move(edits)}));
    }

    /// Port of the first listener.
    [[nodiscard]] std::uint16_t port() const {
        const auto addresses = service->status().addresses;
        if (addresses.empty()) {
            return 0;
        }
        const std::string& address = addresses.front();
        return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }

    [[nodiscard]] int get(const std::string& target, const std::string& key = {}) const {
        return support::RawClient::get(port(), target, key.empty() ? "" : "X-API-Key: " + key + "\r\n")
            .status;
    }

    /// Publishes as another process would: through stores of its own, without a word to the service.
    [[nodiscard]] gateway::Result<gateway::model::Revision>
    publishElsewhere(std::vector<gateway::model::Edit> edits) const {
        auto stores = db::SqliteStores::open(path, db::OpenMode::Existing, clock);
        if (!stores) {
            return gateway::fail(stores.error());
        }
        auto stored = (*stores)->ports().config.load();
        if (!stored) {
            return gateway::fail(stored.error());
        }
        auto after = gateway::model::applyEdits(stored->config, edits, stored->nextId);
        if (!after) {
            return gateway::fail(after.error());
        }
        return (*stores)->ports().config.publish(
            {.change = {stored->revision.number, "bob", "elsewhere", std::move(edits)},
             .before = stored->config,
             .after = *after,
             .nextId = stored->nextId,
             .keys = {},
             .time = clock.wallTime()});
    }

    gateway::SystemClock clock;
    QTemporaryDir folder;
    std::string path;
    support::ScriptedUpstream upstream;
    std::shared_ptr<gateway::service::MasterKeyPlace> masterKey; ///< null: no secrets can be kept
    std::unique_ptr<gateway::service::GatewayService> service;
};
