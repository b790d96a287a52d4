#pragma once

#include "gateway/runtime/engine.h"

#include "gateway/auth/identity_client.h"
#include "gateway/auth/identity_signer.h"
#include "gateway/auth/peer_guard.h"
#include "gateway/auth/revocations.h"
#include "gateway/crypto/private_key.h"
#include "gateway/crypto/secret_values.h"
#include "gateway/http/challenge_table.h"
#include "gateway/limits/caller_buckets.h"
#include "gateway/metrics/collector.h"
#include "gateway/runtime/address_book.h"
#include "gateway/runtime/snapshot.h"
#include "gateway/runtime/snapshot_compiler.h"
#include "gateway/runtime/worker.h"
#include "gateway/upstream/cells_load.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

// What an Engine is made of. engine.cpp starts, swaps and stops it, engine_access.cpp tells how it stands.
namespace gateway::runtime {

[[nodiscard]] inline std::vector<std::unique_ptr<metrics::WorkerCells>> makeCells(unsigned workers) {
    std::vector<std::unique_ptr<metrics::WorkerCells>> cells;
    for (unsigned i = 0; i < std::max(workers, 1U); ++i) {
        cells.push_back(std::make_unique<metrics::WorkerCells>());
    }
    return cells;
}

[[nodiscard]] inline std::vector<const metrics::WorkerCells*>
pointersTo(const std::vector<std::unique_ptr<metrics::WorkerCells>>& cells) {
    std::vector<const metrics::WorkerCells*> pointers;
    for (const auto& worker : cells) {
        pointers.push_back(worker.get());
    }
    return pointers;
}

class PreparedListeners {
public:
    struct Item {
        std::string key;
        std::string address;
        std::vector<net::ListenSocket> sockets; ///< one a worker
    };
    std::vector<Item> items;
};

struct Engine::State {
    struct OpenListener {
        model::ListenerId listener;
        std::string name;
        std::string address;
    };

    State(const Clock& theClock, EngineOptions theOptions)
        : clock(theClock)
        , options(std::move(theOptions))
        , cells(makeCells(options.workers))
        , load(pointersTo(cells)) {}

    /// Takes down workers whose threads have ended.
    void reap() {
        if (drained.exchange(false)) {
            const std::lock_guard lock(workersMutex);
            for (const auto& worker : workers) {
                worker->takeKeyUses(keyUses);
                worker->takeCalls(calls);
            }
            workers.clear();
            log.reset();
        }
    }

    /// Replaces the snapshot. Workers let go of the old one's tables when their last request on it is over;
    /// that must not be the moment at which 100,000 routes are taken down.
    void setSnapshot(const SnapshotPointer& next) {
        if (snapshot) {
            retired.push_back(snapshot->tables());
        }
        snapshot = next;
        takeDownRetired();
    }

    void takeDownRetired() {
        std::erase_if(retired, [](const auto& tables) { return tables.use_count() == 1; });
    }

    void startWorkers() {
        const std::lock_guard lock(workersMutex);
        for (unsigned i = 0; i < cells.size(); ++i) {
            const auto& worker = workers.emplace_back(
                std::make_unique<Worker>(WorkerParts{.clock = clock,
                                                     .keys = keys,
                                                     .cells = *cells[i],
                                                     .load = load,
                                                     .peers = peers,
                                                     .log = log.get(),
                                                     .health = i == 0 ? &health : nullptr,
                                                     .challenges = &httpChallenges,
                                                     .identity = &identity,
                                                     .revocations = &revocations,
                                                     .guard = &guard,
                                                     .signer = &signer,
                                                     .callers = &callers},
                                         i));
            for (const auto& [target, addresses] : endpoints) {
                worker->setEndpoints(target, addresses);
            }
        }
    }

    void setEndpoints(std::uint32_t targetIndex, std::vector<net::Endpoint> addresses) {
        const auto shared = std::make_shared<const std::vector<net::Endpoint>>(std::move(addresses));
        const std::lock_guard lock(workersMutex);
        endpoints[targetIndex] = shared;
        for (const auto& worker : workers) {
            worker->setEndpoints(targetIndex, shared);
        }
    }

    [[nodiscard]] Result<std::vector<net::Endpoint>> resolve(const std::string& host, std::uint16_t port) {
        if (auto known = names.endpointsOf(host, port)) {
            return std::move(*known);
        }
        // The system knows names that no name server has heard of.
        if (options.nameServers.empty() || !NameTable::canChange(host)) {
            return net::resolve(host, port);
        }
        return names.resolve(host, port);
    }

    const Clock& clock;
    EngineOptions options;
    auth::KeyTable keys;
    auth::Revocations revocations;
    crypto::PrivateKeys privateKeys;
    crypto::SecretValues secrets;
    auth::IdentitySigner signer;
    auth::IdentityClient identity{clock};
    auth::PeerGuard guard;
    limits::CallerBuckets callers;
    KeyUseSums keyUses;                     ///< of workers that are gone
    std::vector<metrics::CallRecord> calls; ///< likewise, of agents
    http::ChallengeTable httpChallenges;
    std::shared_ptr<net::TlsServer::Shared> tls = net::TlsServer::makeShared(clock);
    http::PeerConnections peers;
    limits::BucketStore buckets;
    metrics::Catalog catalog;
    metrics::Collector collector{catalog};
    upstream::StateStore states;
    SnapshotCompiler compiler{
        clock,
        catalog,
        buckets,
        states,
        [this](const std::string& host, std::uint16_t port) { return resolve(host, port); },
        ListenerCompiler(privateKeys, tls),
        ProviderCompiler(identity, secrets),
        &signer};
    std::vector<std::unique_ptr<metrics::WorkerCells>> cells;
    upstream::CellsLoad load;
    upstream::HealthBoard health;
    std::unique_ptr<metrics::AccessLog> log;
    SnapshotPointer snapshot;
    std::vector<std::shared_ptr<const pipeline::Tables>> retired; ///< that workers may still use
    std::vector<metrics::ServiceShape> shapes;
    std::map<std::string, OpenListener> open; ///< by socketKey
    std::atomic<bool> running{false};
    std::atomic<bool> drained{false}; ///< the workers' threads have ended or are about to
    std::mutex workersMutex;          ///< the control thread takes it only to change `workers`
    std::map<std::uint32_t, std::shared_ptr<const std::vector<net::Endpoint>>>
        endpoints; ///< by target index, as of setEndpoints; guarded by workersMutex
    std::vector<std::unique_ptr<Worker>> workers;
    AddressBook names{clock, net::ResolverOptions{.servers = options.nameServers},
                      [this](std::vector<AddressChange> changes) {
                          for (AddressChange& change : changes) {
                              setEndpoints(change.targetIndex, std::move(change.endpoints));
                          }
                      }}; ///< last: its threads use what is above
};

} // namespace gateway::runtime
