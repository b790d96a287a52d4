#include "gateway/pipeline/flow.h"

#include "gateway/http/writer.h"

#include <array>
#include <cstring>
#include <random>

namespace gateway::pipeline {
namespace {

constexpr std::size_t keyUsesMax = 65'536;

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
    : m_tools(tools)
    , m_pools(pools)
    , m_log(log)
    , m_random(randomSeed()) {
    tick();
}

FlowHandler::~FlowHandler() = default;

void FlowHandler::tick() {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(m_tools.clock.wallTime().time_since_epoch());
    if (seconds.count() != m_dateSeconds) {
        m_dateSeconds = seconds.count();
        m_date = http::httpDate(m_dateSeconds);
    }
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
    auto& lastUsed = context.key.entry->lastUsedMinute;
    if (lastUsed.load(std::memory_order_relaxed) != minute && m_keyUses.size() < keyUsesMax) {
        lastUsed.store(minute, std::memory_order_relaxed);
        m_keyUses.emplace_back(context.key.entry->key.load(std::memory_order_relaxed), minute);
    }
}

} // namespace gateway::pipeline
