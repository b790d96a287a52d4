#include "gateway/pipeline/flow.h"

#include "gateway/http/writer.h"

#include <array>
#include <cstring>
#include <random>

namespace gateway::pipeline {
namespace {

/// "00", "01" ... "ff".
constexpr std::array<char, 512> hexPairs = [] {
    constexpr char digits[] = "0123456789abcdef";
    std::array<char, 512> pairs{};
    for (std::size_t i = 0; i < 256; ++i) {
        pairs[2 * i] = digits[i / 16];
        pairs[2 * i + 1] = digits[i % 16];
    }
    return pairs;
}();

std::uint64_t randomSeed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

} // namespace

FlowHandler::FlowHandler(const StageTools& tools, upstream::Pools& pools, metrics::AccessLogBatch* log)
    : m_memory(tools.revocations)
    , m_tools(tools)
    , m_pools(pools)
    , m_log(log)
    , m_random(randomSeed())
    , m_calls(tools.cells.access.callsDropped)
    , m_identityFields(tools.signer)
    , m_gate(std::make_shared<LoopGate>(pools.loop())) {
    m_tools.memory = &m_memory;
    if (m_tools.guard != nullptr) {
        m_tools.delays = &m_delays.emplace(*m_tools.guard);
    }
    tick();
}

FlowHandler::~FlowHandler() {
    m_gate->close();
}

void FlowHandler::tick() {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(m_tools.clock.wallTime().time_since_epoch());
    if (seconds.count() != m_dateSeconds) {
        m_dateSeconds = seconds.count();
        m_date = http::httpDate(m_dateSeconds);
    }
    if (!m_streams.empty()) {
        checkStreams();
    } else if (m_checkedTables) {
        m_checkedTables.reset(); // nobody may need it any more
    }
    if (m_waitingForKeys > 0) {
        checkKeys();
    }
}

// Streams

OpenStream& FlowHandler::takeStream(Flow& flow, StreamKind kind) {
    if (m_freeStreams.empty()) {
        m_freeStreams.push_back(std::make_unique<OpenStream>(m_pools.loop().timers()));
    }
    auto& stream = m_streams.emplace_back(std::move(m_freeStreams.back()));
    m_freeStreams.pop_back();
    stream->flow = &flow;
    stream->position = static_cast<std::uint32_t>(m_streams.size() - 1);
    stream->kind = kind;
    noteExpiry(flow.context());
    return *stream;
}

/// When the credentials of a stream end, streams are to be looked at.
void FlowHandler::noteExpiry(const RequestContext& context) {
    const auto note = [&](std::int64_t expiry) {
        if (expiry != 0 && (m_nextExpiry == 0 || expiry < m_nextExpiry)) {
            m_nextExpiry = expiry;
        }
    };
    const Caller& caller = context.caller;
    if (caller.key != nullptr) {
        note(caller.key->expiresAt.load(std::memory_order_relaxed));
    }
    if (caller.token) {
        const auto leeway = std::chrono::ceil<std::chrono::seconds>(caller.provider->settings.leeway).count();
        note(caller.token->expiresAt != 0 ? caller.token->expiresAt + leeway : 0);
    }
}

void FlowHandler::giveStream(OpenStream& stream) {
    if (stream.isOpen) {
        countStream(stream, -1);
    }
    stream.timer.clear();
    stream.clientEnded = stream.isEvents = false;
    stream.closeCode = 0;
    stream.openMicros = 0;
    stream.endsAt = Monotonic::max();
    stream.early.clear();
    stream.web.end();
    const std::uint32_t position = stream.position;
    m_freeStreams.push_back(std::move(m_streams[position]));
    if (position + 1 < m_streams.size()) {
        m_streams[position] = std::move(m_streams.back());
        m_streams[position]->position = position;
    }
    m_streams.pop_back();
}

void FlowHandler::countStream(OpenStream& stream, int by) {
    stream.isOpen = by > 0;
    metrics::StreamCells& cells = m_tools.cells.streams;
    metrics::Counter* counter = &cells.webSockets;
    if (stream.kind != StreamKind::WebSocket) {
        counter = stream.kind == StreamKind::GrpcCall ? &cells.grpcCalls : &cells.eventStreams;
    }
    if (by > 0) {
        counter->add();
    } else {
        counter->subtract();
    }
}

/// The route of a request as the current tables have it; null: it is gone.
const RoutePlan* FlowHandler::routeNow(const RequestContext& context) const {
    const Tables& tables = **m_tables;
    const auto isIt = [&](std::size_t slot) {
        return tables.routes[slot].id == context.route->id &&
               tables.router.routeAt(static_cast<std::uint32_t>(slot)) != nullptr;
    };
    if (context.routeSlot < tables.routes.size() && isIt(context.routeSlot)) {
        return &tables.routes[context.routeSlot];
    }
    // Only where the router was built anew, or the route is gone.
    for (std::size_t slot = 0; slot < tables.routes.size(); ++slot) {
        if (isIt(slot)) {
            return &tables.routes[slot];
        }
    }
    return nullptr;
}

void FlowHandler::checkStreams() {
    const std::uint64_t changes = m_tools.keys.changes();
    static_cast<void>(m_memory.revocations.now());
    const std::uint64_t revocations = m_memory.revocations.changes();
    const bool isExpired = m_nextExpiry != 0 && m_dateSeconds >= m_nextExpiry;
    if (changes == m_checkedChanges && revocations == m_checkedRevocations && m_checkedTables == m_tables &&
        !isExpired && !m_isDraining) {
        return;
    }
    m_checkedChanges = changes;
    m_checkedRevocations = revocations;
    m_checkedTables = m_tables;
    m_nextExpiry = 0;
    // Backwards: one that is stopped leaves its place to the last one, which was looked at.
    for (std::size_t i = m_streams.size(); i-- > 0;) {
        Flow& flow = *m_streams[i]->flow;
        const RequestContext& context = flow.context();
        const auto why = flow.reasonToStop(**m_tables, routeNow(context));
        if (why) {
            flow.stop(*why);
        } else if (m_isDraining) {
            flow.stop(StreamStop::GoingAway);
        } else {
            noteExpiry(context);
        }
    }
}

void FlowHandler::drain() {
    m_isDraining = true;
    checkStreams();
}

void FlowHandler::onRequest(http::Downstream& downstream, http::RequestHead& head) {
    take().run(downstream, head);
}

void FlowHandler::onRefused(http::Downstream& downstream, const http::RequestHead& head,
                            const http::Refusal& refusal) {
    take().refuse(downstream, head, refusal);
}

Flow& FlowHandler::take() {
    if (m_free.empty()) {
        m_free.push_back(m_all.emplace_back(std::make_unique<Flow>(*this)).get());
    }
    Flow& flow = *m_free.back();
    m_free.pop_back();
    return flow;
}

void FlowHandler::makeRequestId(std::string& out) {
    std::array<char, 32> id;
    for (std::size_t half = 0; half < id.size(); half += 16) {
        std::uint64_t bits = m_random.next();
        for (std::size_t i = 0; i < 16; i += 2) {
            std::memcpy(&id[half + i], &hexPairs[2 * (bits & 0xFFU)], 2);
            bits >>= 8U;
        }
    }
    out.append(id.data(), id.size());
}

void FlowHandler::noteKeyUse(const RequestContext& context) {
    const auto minute = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::minutes>(context.wallStart.time_since_epoch()).count());
    auth::KeyTable::Entry& key = *context.caller.key;
    // Once a minute, so that the line stays shared between the workers.
    if (key.lastUsedMinute.load(std::memory_order_relaxed) != minute) {
        key.lastUsedMinute.store(minute, std::memory_order_relaxed);
    }
    m_keyUses.add(key.key.load(std::memory_order_relaxed), minute);
}

} // namespace gateway::pipeline
