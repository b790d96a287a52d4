#include "gateway/model/scalars.h"
#include "gateway/runtime/engine_state.h"

#include <sys/resource.h>

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

} // namespace gateway::runtime
