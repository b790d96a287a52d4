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
#include "gateway/model/scalars.h"
#include "gateway/runtime/address_book.h"
#include "gateway/runtime/conditions.h"
#include "gateway/runtime/snapshot.h"
#include "gateway/runtime/snapshot_compiler.h"
#include "gateway/runtime/worker.h"
#include "gateway/upstream/cells_load.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <sys/resource.h>
#include <utility>

namespace gateway::runtime {
namespace {

/// By what a listening socket is found again in the next snapshot. Port 0 means another port each time it is
/// bound, so there the listener itself counts.
std::string socketKey(const model::Listener& listener) {
    return listener.port != 0 ? model::formatHostPort({listener.host, listener.port})
                              : "listener " + std::to_string(listener.id.value) + " on " + listener.host;
}

/// A connection costs a descriptor on either side; the usual soft limit of 1,024 is for programs that use
/// select().
void raiseDescriptorLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

std::vector<std::unique_ptr<metrics::WorkerCells>> makeCells(unsigned workers) {
    std::vector<std::unique_ptr<metrics::WorkerCells>> cells;
    for (unsigned i = 0; i < std::max(workers, 1U); ++i) {
        cells.push_back(std::make_unique<metrics::WorkerCells>());
    }
    return cells;
}

std::vector<const metrics::WorkerCells*>
pointersTo(const std::vector<std::unique_ptr<metrics::WorkerCells>>& cells) {
    std::vector<const metrics::WorkerCells*> pointers;
    for (const auto& worker : cells) {
        pointers.push_back(worker.get());
    }
    return pointers;
}

/// By index: the targets that are there and not drained.
std::shared_ptr<const std::vector<bool>> wantedTargets(const pipeline::Tables& tables) {
    auto wanted = std::make_shared<std::vector<bool>>();
    for (const auto& service : tables.services) {
        for (const upstream::TargetPlan& target : service->targets) {
            if (target.index >= wanted->size()) {
                wanted->resize(target.index + 1);
            }
            (*wanted)[target.index] = !target.drain;
        }
    }
    return wanted;
}

std::vector<NamedTarget> namedTargets(const pipeline::Tables& tables) {
    std::vector<NamedTarget> named;
    for (const auto& service : tables.services) {
        for (const upstream::TargetPlan& target : service->targets) {
            const model::Target& settings = service->settings.targets[target.position];
            if (NameTable::canChange(settings.host)) {
                named.push_back({target.index, settings.host, settings.port, target.endpoints});
            }
        }
    }
    return named;
}

std::vector<metrics::ServiceShape> shapesOf(const pipeline::Tables& tables) {
    std::vector<metrics::ServiceShape> shapes;
    for (const auto& service : tables.services) {
        metrics::ServiceShape& shape = shapes.emplace_back();
        shape.id = service->id;
        shape.index = service->index;
        for (const auto& target : service->targets) {
            shape.targets.emplace_back(target.address, target.index);
        }
    }
    return shapes;
}

} // namespace

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

Engine::Engine(const Clock& clock, EngineOptions options)
    : m_state(std::make_unique<State>(clock, std::move(options))) {
    raiseDescriptorLimit();
}

Engine::~Engine() = default;

Result<SnapshotPointer> Engine::compile(const model::Config& config, model::RevisionNumber revision) {
    return m_state->compiler.compile(config, revision);
}

void Engine::renewServices() {
    m_state->compiler.renewServices();
}

Result<std::shared_ptr<PreparedListeners>> Engine::prepare(const SnapshotPointer& snapshot) {
    State& state = *m_state;
    state.reap();
    auto prepared = std::make_shared<PreparedListeners>();
    for (const model::Listener& listener : snapshot->config().listeners) {
        const std::string key = socketKey(listener);
        if (state.open.contains(key)) {
            continue;
        }
        auto endpoint = net::endpointFromLiteral(listener.host, listener.port);
        if (!endpoint) {
            return fail(endpoint.error());
        }
        auto sockets = net::ListenSocket::open(*endpoint, static_cast<unsigned>(state.cells.size()));
        if (!sockets) {
            Error error = sockets.error();
            error.message = "listeners[" + listener.name + "].address: " + error.message;
            return fail(std::move(error));
        }
        const std::string address = sockets->front().localEndpoint().text();
        prepared->items.push_back({key, address, std::move(*sockets)});
    }
    if (!state.options.accessLogFile.empty() && !state.log) {
        auto log = metrics::AccessLog::open(state.options.accessLogFile, state.options.accessLogBytesMax,
                                            state.options.accessLogFiles);
        if (!log) {
            return fail(log.error());
        }
        state.log = std::move(*log);
    }
    return prepared;
}

void Engine::apply(const SnapshotPointer& snapshot, const std::shared_ptr<PreparedListeners>& listeners,
                   std::function<void()> live) {
    State& state = *m_state;
    state.reap();
    const bool isFresh = state.workers.empty();
    if (isFresh) {
        state.startWorkers();
    }
    const bool hasOtherServices =
        isFresh || !state.snapshot || state.snapshot->tables()->services != snapshot->tables()->services;
    std::map<std::string, std::string> addresses;
    for (const auto& item : listeners->items) {
        addresses.emplace(item.key, item.address);
    }
    std::map<std::string, State::OpenListener> open;
    std::map<std::string, model::ListenerId> listening;
    for (const model::Listener& listener : snapshot->config().listeners) {
        const std::string key = socketKey(listener);
        const auto former = state.open.find(key);
        open[key] = {listener.id, listener.name,
                     former != state.open.end() ? former->second.address : addresses[key]};
        listening[key] = listener.id;
    }
    state.open = std::move(open);
    state.setSnapshot(snapshot);
    state.running = true;
    state.identity.setProviders(snapshot->tables()->providers);

    std::shared_ptr<const std::vector<bool>> targets;
    if (hasOtherServices) {
        state.shapes = shapesOf(*snapshot->tables());
        targets = wantedTargets(*snapshot->tables());
        // First of all, so that no request of the new snapshot goes to where a name led earlier.
        state.names.setTargets(namedTargets(*snapshot->tables()));
    }
    auto missing = std::make_shared<std::atomic<std::size_t>>(state.workers.size());
    auto applied = [missing, live = std::move(live)] {
        if (--*missing == 0 && live) {
            live();
        }
    };
    for (std::size_t i = 0; i < state.workers.size(); ++i) {
        auto update = std::make_shared<Worker::Update>();
        update->tables = snapshot->tables();
        update->targets = targets;
        update->listening = listening;
        for (auto& item : listeners->items) {
            update->sockets.push_back({item.key, std::move(item.sockets[i])});
        }
        state.workers[i]->apply(std::move(update), applied);
    }
}

void Engine::drain(std::chrono::milliseconds deadline, const std::function<void(std::size_t)>& done) {
    State& state = *m_state;
    state.reap();
    if (!state.running.exchange(false)) {
        if (done) {
            done(0);
        }
        return;
    }
    state.open.clear();
    state.names.setTargets({});
    struct Tally {
        std::atomic<std::size_t> missing;
        std::atomic<std::size_t> cut{0};
    };
    auto tally = std::make_shared<Tally>();
    tally->missing = state.workers.size();
    for (const auto& worker : state.workers) {
        worker->drain(deadline, [&state, tally, done](std::size_t cut) {
            tally->cut += cut;
            if (--tally->missing == 0) {
                state.drained = true;
                if (done) {
                    done(tally->cut);
                }
            }
        });
    }
}

bool Engine::isRunning() const noexcept {
    return m_state->running;
}

std::vector<std::pair<std::string, std::string>> Engine::addresses() const {
    std::vector<std::pair<std::string, std::string>> addresses;
    for (const auto& [key, listener] : m_state->open) {
        addresses.emplace_back(listener.name, listener.address);
    }
    std::sort(addresses.begin(), addresses.end());
    return addresses;
}

unsigned Engine::workerCount() const noexcept {
    return static_cast<unsigned>(m_state->cells.size());
}

metrics::MetricsFrame Engine::sample() {
    State& state = *m_state;
    state.takeDownRetired();
    const Monotonic now = state.clock.now();
    metrics::MetricsFrame frame =
        state.collector.collect(pointersTo(state.cells), state.shapes, state.clock.wallTime(), now);
    if (state.snapshot) {
        fillConditions(frame, *state.snapshot->tables(), state.health, now);
    }
    return frame;
}

void Engine::setEndpoints(std::uint32_t targetIndex, std::vector<net::Endpoint> endpoints) {
    m_state->setEndpoints(targetIndex, std::move(endpoints));
}

std::vector<Engine::KeyUse> Engine::takeKeyUses() {
    KeyUseSums uses = std::exchange(m_state->keyUses, {});
    for (const auto& worker : m_state->workers) {
        worker->takeKeyUses(uses);
    }
    std::vector<KeyUse> taken;
    taken.reserve(uses.size());
    for (const auto& [key, use] : uses) {
        taken.push_back({model::KeyId{key}, WallTime(std::chrono::minutes(use.minute)), use.times});
    }
    return taken;
}

auth::KeyTable& Engine::keys() noexcept {
    return m_state->keys;
}

std::vector<metrics::CallRecord> Engine::takeCalls() {
    std::vector<metrics::CallRecord> calls = std::exchange(m_state->calls, {});
    for (const auto& worker : m_state->workers) {
        worker->takeCalls(calls);
    }
    return calls;
}

auth::Revocations& Engine::revocations() noexcept {
    return m_state->revocations;
}

auth::IdentityClient& Engine::identity() noexcept {
    return m_state->identity;
}

crypto::SecretValues& Engine::secrets() noexcept {
    return m_state->secrets;
}

void Engine::setIdentityKeys(std::vector<crypto::PrivateKey> keys) {
    // The ones that are refused are none of the kind that it makes itself.
    static_cast<void>(m_state->signer.setKeys(keys));
}

crypto::PrivateKeys& Engine::privateKeys() noexcept {
    return m_state->privateKeys;
}

net::StapleStore& Engine::staples() noexcept {
    return net::TlsServer::staplesOf(*m_state->tls);
}

net::AlpnChallenges& Engine::alpnChallenges() noexcept {
    return net::TlsServer::challengesOf(*m_state->tls);
}

http::ChallengeTable& Engine::httpChallenges() noexcept {
    return m_state->httpChallenges;
}

const routing::Router& routerOf(const Snapshot& snapshot) {
    return snapshot.tables()->router;
}
const model::Config& configOf(const Snapshot& snapshot) {
    return snapshot.config();
}

} // namespace gateway::runtime
