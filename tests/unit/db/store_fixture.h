#pragma once

#include "db/content_hash.h"
#include "db/sqlite_stores.h"
#include "gateway/base/clock.h"
#include "gateway/model/codec.h"
#include "gateway/model/edit.h"

#include <QTemporaryDir>
#include <QtTest>
#include <memory>
#include <string>
#include <vector>

namespace store_fixture {

using db::SqliteStores;
using gateway::ManualClock;
using gateway::Result;
using namespace gateway::model;
using namespace gateway::service;

/// What the service does with an edit, without the gateway: apply, then publish.
class Publisher {
public:
    Publisher(SqliteStores& stores, const ManualClock& clock)
        : m_stores(stores)
        , m_clock(clock) {
        reload();
    }

    void reload() { m_stored = m_stores.ports().config.load().value(); }

    Result<Revision> publish(std::vector<Edit> edits, std::vector<ApiKey> keys = {}) {
        std::uint64_t nextId = m_stored.nextId;
        auto after = applyEdits(m_stored.config, edits, nextId);
        if (!after) {
            return gateway::fail(after.error());
        }
        const Publication publication{
            .change = {m_stored.revision.number, "alice", "because", std::move(edits)},
            .before = m_stored.config,
            .after = *after,
            .nextId = nextId,
            .keys = std::move(keys),
            .time = m_clock.wallTime()};
        auto revision = m_stores.ports().config.publish(publication);
        if (revision) {
            m_stored = {*after, *revision, nextId};
        }
        return revision;
    }

    [[nodiscard]] const Config& config() const { return m_stored.config; }
    [[nodiscard]] const Revision& revision() const { return m_stored.revision; }

private:
    SqliteStores& m_stores;
    const ManualClock& m_clock;
    StoredConfig m_stored;
};

inline Service someService(const std::string& name, std::uint16_t port) {
    Service service;
    service.name = name;
    service.targets = {{.host = "127.0.0.1", .port = port, .weight = 1}};
    return service;
}

inline Route someRoute(const std::string& name, const std::string& path, const std::string& service) {
    Route route;
    route.name = name;
    route.match.path = path;
    route.match.methods = {"GET", "POST"};
    route.service = service;
    return route;
}

inline Tier someTier(const std::string& name, std::uint64_t requests) {
    Tier tier;
    tier.name = name;
    tier.requests = requests;
    return tier;
}

inline Consumer someConsumer(const std::string& name, const std::string& tier) {
    Consumer consumer;
    consumer.name = name;
    consumer.tier = tier;
    consumer.roles = {"partner"};
    consumer.attributes = {{"region", "eu"}};
    return consumer;
}

inline ApiKey someKey(ConsumerId consumer, const std::string& name, const std::string& secret) {
    ApiKey key;
    key.consumer = consumer;
    key.name = name;
    key.prefix = "gh_" + name;
    key.hash = gateway::sha256(secret);
    key.scopes = {"orders:read"};
    return key;
}

inline std::string hashOf(const Config& config) {
    db::ContentHash hash;
    const auto addAll = [&](const auto& items, EntityKind kind) {
        for (const auto& item : items) {
            hash.add(kindName(kind), item.name, toJson(Put{item}));
        }
    };
    addAll(config.listeners, EntityKind::Listener);
    addAll(config.tiers, EntityKind::Tier);
    addAll(config.consumers, EntityKind::Consumer);
    addAll(config.services, EntityKind::Service);
    addAll(config.policies, EntityKind::Policy);
    addAll(config.routes, EntityKind::Route);
    return hash.toHex();
}

/// Stores on a new database for each test.
class StoreFixture {
public:
    StoreFixture() { open(); }

    void open() {
        stores.reset();
        stores = std::move(*SqliteStores::open(path, db::OpenMode::Create, clock));
    }
    [[nodiscard]] Stores ports() const { return stores->ports(); }

    /// Makes the database one of an older version of the program, then opens it with this one.
    void reopenFrom(int schema) {
        std::vector<const char*> steps;
        if (schema < 3) {
            steps = {"DROP TABLE agent_call",
                     "DROP TABLE revocation",
                     "DELETE FROM meta WHERE key = 'revocation_generation'",
                     "ALTER TABLE api_key DROP COLUMN addresses",
                     "ALTER TABLE api_key DROP COLUMN uses",
                     "PRAGMA user_version=2"};
        }
        if (schema < 2) {
            steps.insert(steps.end(),
                         {"DROP TABLE secret", "DELETE FROM meta WHERE key = 'secret_generation'",
                          "PRAGMA user_version=1"});
        }
        for (const char* step : steps) {
            QVERIFY2(stores->database().execute(step), step);
        }
        open();
    }

    /// One entity of each kind.
    static Result<Revision> publishSome(Publisher& publisher) {
        Listener listener;
        listener.name = "public";
        listener.port = 8080;
        Policy policy;
        policy.name = "key";
        policy.authenticate = gateway::model::byApiKey();
        Route route = someRoute("order", "/v1/orders/{id}", "orders");
        route.rewrite = "/api/orders/{id}";
        route.policies = {"key"};
        route.priority = 3;
        route.match.hosts = {"api.example.com", "*.example.org"};
        route.match.headers = {{"X-Beta", "*"}};
        return publisher.publish({Put{listener}, Put{someTier("free", 5)}, Put{someConsumer("acme", "free")},
                                  Put{someService("orders", 9001)}, Put{policy}, Put{route}});
    }

    /// The id of a new consumer, with its tier.
    static ConsumerId publishConsumer(Publisher& publisher, const std::string& name) {
        const auto revision = publisher.publish({Put{someTier("free", 5)}, Put{someConsumer(name, "free")}});
        return revision ? publisher.config().consumers.find(name)->id : ConsumerId{};
    }

    ManualClock clock;
    QTemporaryDir folder;
    std::string path = folder.filePath(QStringLiteral("gatehouse.db")).toStdString();
    std::unique_ptr<SqliteStores> stores;
};

} // namespace store_fixture
