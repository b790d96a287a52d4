#include "gateway/runtime/worker.h"

#include "gateway/http/arrival.h"

#include <algorithm>
#include <csignal>
#include <iterator>
#include <pthread.h>

namespace gateway::runtime {
namespace {

constexpr std::size_t callsMax = 65'536; // of agents, until somebody takes them

metrics::AccessLogBatch* pointerOf(std::optional<metrics::AccessLogBatch>& batch) {
    return batch ? &*batch : nullptr;
}

} // namespace

Worker::Worker(const WorkerParts& parts, unsigned number)
    : m_parts(parts)
    , m_loop(parts.clock, [this] { tick(); })
    , m_pools(m_loop, parts.cells, parts.load)
    , m_handler(pipeline::StageTools{.clock = parts.clock,
                                     .keys = parts.keys,
                                     .cells = parts.cells,
                                     .challenges = parts.challenges,
                                     .identity = parts.identity,
                                     .revocations = parts.revocations,
                                     .guard = parts.guard,
                                     .signer = parts.signer,
                                     .callers = parts.callers},
                m_pools,
                parts.log != nullptr ? &m_log.emplace(*parts.log, parts.cells.logRowsDropped) : nullptr)
    , m_deadline(m_loop.timers(), this, [](void* self) { static_cast<Worker*>(self)->cutAll(); }) {
    if (parts.health != nullptr) {
        m_health.emplace(m_loop, m_pools, *parts.health);
    }
    m_thread = std::thread([this, number] {
        // Signals are for the program's main thread.
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);
        pthread_setname_np(pthread_self(), ("gh-worker-" + std::to_string(number)).c_str());
        m_loop.run();
    });
}

Worker::~Worker() {
    m_loop.post([this] { m_loop.stop(); });
    m_thread.join();
    // Nobody runs any more: taken down here, in the order in which things lean on each other.
    m_listening.clear();
    m_parts.cells.connectionsOpen.subtract(m_connections.size());
    for (const auto& connection : m_connections) {
        m_parts.peers.leave(connection->place);
    }
    m_connections.clear();
    m_parts.cells.requestsActive.subtract(m_parts.cells.requestsActive.value());
    metrics::Counter& waiting = m_parts.cells.access.introspectionsWaiting;
    waiting.subtract(waiting.value());
    if (auto* log = pointerOf(m_log)) {
        log->handOver();
    }
}

void Worker::apply(std::shared_ptr<Update> newState, std::function<void()> applied) {
    m_loop.post([this, newState = std::move(newState), applied = std::move(applied)] {
        update(*newState);
        applied();
    });
}

void Worker::setEndpoints(std::uint32_t targetIndex,
                          std::shared_ptr<const std::vector<net::Endpoint>> endpoints) {
    m_loop.post([this, targetIndex, endpoints = std::move(endpoints)] {
        m_pools.setEndpoints(targetIndex, *endpoints);
    });
}

void Worker::drain(std::chrono::milliseconds deadline, std::function<void(std::size_t)> drained) {
    m_loop.post([this, deadline, drained = std::move(drained)] { beginDrain(deadline, drained); });
}

void Worker::takeKeyUses(KeyUseSums& into) {
    const std::lock_guard lock(m_takenMutex);
    for (const auto& [key, use] : m_keyUses) {
        pipeline::KeyUses::Use& sum = into[key];
        sum.key = key;
        sum.minute = std::max(sum.minute, use.minute);
        sum.times += use.times;
    }
    m_keyUses.clear();
}

void Worker::takeCalls(std::vector<metrics::CallRecord>& into) {
    const std::lock_guard lock(m_takenMutex);
    std::move(m_calls.begin(), m_calls.end(), std::back_inserter(into));
    m_calls.clear();
}

const pipeline::ListenerPlan& Worker::planOf(model::ListenerId id) const {
    for (const auto& plan : (*m_handler.tables())->listeners) {
        if (plan->settings.id == id) {
            return *plan;
        }
    }
    return *m_gone.at(id);
}

void Worker::update(Update& newState) {
    if (m_handler.tables()) {
        for (const auto& former : (*m_handler.tables())->listeners) {
            m_gone.insert_or_assign(former->settings.id, former);
        }
    }
    m_handler.setTables(pipeline::TablesPointer(new pipeline::TablesHold(newState.tables)));
    if (newState.targets) {
        m_pools.keepOnly(*newState.targets);
        updateHealthChecks(*newState.tables);
    }
    updateListeners(newState);
}

void Worker::updateHealthChecks(const pipeline::Tables& tables) {
    if (!m_health) {
        return;
    }
    std::vector<const upstream::ServicePlan*> services;
    for (const auto& service : tables.services) {
        services.push_back(service.get());
    }
    m_health->update(services);
}

void Worker::updateListeners(Update& newState) {
    std::set<model::ListenerId> live;
    for (const auto& plan : newState.tables->listeners) {
        m_gone.erase(plan->settings.id);
        live.insert(plan->settings.id);
    }
    for (NewSocket& added : newState.sockets) {
        auto entry = std::make_unique<Listening>();
        Listening* const from = entry.get();
        entry->acceptor = std::make_unique<net::Acceptor>(
            m_loop, std::move(added.socket),
            [this, from](net::StreamPointer stream, const net::Endpoint& peer) {
                accept(*from, std::move(stream), peer);
            });
        m_listening.insert_or_assign(added.key, std::move(entry));
    }
    std::erase_if(m_listening, [&](const auto& entry) { return !newState.listening.contains(entry.first); });
    for (auto& [key, entry] : m_listening) {
        entry->listener = newState.listening.at(key);
    }
    // Nearly always empty, and then the sessions, which may be many, are not looked at.
    if (m_gone.empty()) {
        return;
    }
    for (const auto& connection : m_connections) {
        if (!live.contains(connection->listenerId())) {
            connection->drain();
        }
    }
}

void Worker::accept(const Listening& from, net::StreamPointer stream, const net::Endpoint& peer) {
    if (!stream->isOpen()) {
        return;
    }
    const pipeline::ListenerPlan& plan = planOf(from.listener);
    if (plan.tls != nullptr || plan.settings.proxyProtocol) {
        arrive(plan, std::move(stream), peer);
        return;
    }
    const auto place = m_parts.peers.enter(peer, plan.settings.limits.connectionsPerPeer);
    if (!place) {
        m_parts.cells.connectionsRefused.add();
        http::PeerConnections::refuse(*stream);
        return;
    }
    http::SessionHost& host = *this;
    http::Client client;
    client.address = peer.addressText();
    adopt(std::make_unique<http::Session>(host, std::move(stream), from.listener, std::move(client)), *place)
        .start();
}

void Worker::arrive(const pipeline::ListenerPlan& plan, net::StreamPointer stream,
                    const net::Endpoint& peer) {
    std::optional<std::uint32_t> place = http::PeerConnections::uncounted;
    if (plan.settings.proxyProtocol) {
        // All clients come from the proxy's address: each is counted when it is named.
        if (!net::isIn(plan.trustedProxies, net::ipBytesOf(peer))) {
            m_parts.cells.connections.proxyHeadersBad.add();
            stream->close(true);
            return;
        }
    } else {
        place = m_parts.peers.enter(peer, plan.settings.limits.connectionsPerPeer);
        if (!place) {
            m_parts.cells.connectionsRefused.add();
            stream->close(true);
            return;
        }
    }
    http::SessionHost& host = *this;
    http::Client client;
    client.address = peer.addressText();
    adopt(std::make_unique<http::Arrival>(host, std::move(stream), plan.settings.id, std::move(client),
                                          http::Arrival::Plan{plan.settings.proxyProtocol, plan.tls}),
          *place)
        .start();
}

template<class Connection>
Connection& Worker::adopt(std::unique_ptr<Connection> connection, std::uint32_t place) {
    Connection& adopted = *connection;
    adopted.position = static_cast<std::uint32_t>(m_connections.size());
    adopted.place = place;
    m_connections.push_back(std::move(connection));
    m_parts.cells.connectionsOpen.add();
    return adopted;
}

void Worker::onHttp2(http::Http2Event event) {
    metrics::ConnectionCells& cells = m_parts.cells.connections;
    switch (event) {
    case http::Http2Event::Opened:
        cells.http2.add();
        break;
    case http::Http2Event::Closed:
        cells.http2.subtract();
        break;
    case http::Http2Event::FloodCut:
        cells.floodsCut.add();
        break;
    }
}

void Worker::onArrival(http::ArrivalOutcome outcome) {
    metrics::ConnectionCells& cells = m_parts.cells.connections;
    switch (outcome) {
    case http::ArrivalOutcome::HandshakeFull:
        cells.handshakesFull.add();
        break;
    case http::ArrivalOutcome::HandshakeResumed:
        cells.handshakesResumed.add();
        break;
    case http::ArrivalOutcome::HandshakeFailed:
        cells.handshakesFailed.add();
        break;
    case http::ArrivalOutcome::ProxyHeaderBad:
        cells.proxyHeadersBad.add();
        break;
    }
}

bool Worker::countClient(http::ClientConnection& connection, const net::Endpoint& client) {
    const std::uint32_t most = listener(connection.listenerId()).limits.connectionsPerPeer;
    const auto place = m_parts.peers.enter(client, most);
    if (!place) {
        m_parts.cells.connectionsRefused.add();
        return false;
    }
    m_parts.peers.leave(std::exchange(connection.place, *place));
    return true;
}

void Worker::replaceConnection(http::ClientConnection& former, std::unique_ptr<http::ClientConnection> next) {
    next->position = former.position;
    next->place = former.place;
    // It is on the stack now.
    std::shared_ptr<http::ClientConnection> leaving =
        std::exchange(m_connections[former.position], std::move(next));
    m_loop.defer([leaving = std::move(leaving)] {});
}

void Worker::onConnectionOver(http::ClientConnection& connection) {
    const std::uint32_t position = connection.position;
    m_parts.peers.leave(connection.place);
    std::swap(m_connections[position], m_connections.back());
    m_connections[position]->position = position;
    m_connections.pop_back();
    m_parts.cells.connectionsOpen.subtract();
    endWhenEmpty();
}

void Worker::beginDrain(std::chrono::milliseconds deadline, std::function<void(std::size_t)> drained) {
    m_drained = std::move(drained);
    m_listening.clear();
    m_handler.drain();
    for (const auto& connection : m_connections) {
        connection->drain();
    }
    m_deadline.set(deadline);
    endWhenEmpty();
}

void Worker::cutAll() {
    for (const auto& connection : m_connections) {
        m_cut += connection->cut();
    }
}

void Worker::endWhenEmpty() {
    if (m_drained == nullptr || !m_connections.empty()) {
        return;
    }
    m_deadline.clear();
    m_health.reset();
    m_pools.closeIdle();
    tick();
    m_drained(m_cut);
    m_drained = [](std::size_t) {};
    m_loop.stop();
}

void Worker::takeCallsFromHandler() {
    if (m_handler.calls().isEmpty()) {
        return;
    }
    std::vector<metrics::CallRecord> calls = m_handler.calls().take();
    const std::lock_guard lock(m_takenMutex);
    const std::size_t room = callsMax - std::min(m_calls.size(), callsMax);
    if (calls.size() > room) {
        m_parts.cells.access.callsDropped.add(calls.size() - room);
        calls.resize(room);
    }
    std::move(calls.begin(), calls.end(), std::back_inserter(m_calls));
}

void Worker::tick() {
    m_handler.tick();
    if (auto* log = pointerOf(m_log)) {
        log->handOver();
    }
    for (auto& [key, entry] : m_listening) {
        entry->acceptor->resume();
    }
    if (auto& uses = m_handler.keyUses(); !uses.isEmpty()) {
        const std::lock_guard lock(m_takenMutex);
        uses.takeInto(m_keyUses);
    }
    takeCallsFromHandler();
}

} // namespace gateway::runtime
