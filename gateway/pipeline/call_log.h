#pragma once

#include "gateway/metrics/call_record.h"
#include "gateway/metrics/cells.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace gateway::upstream {
struct TargetPlan;
}

namespace gateway::pipeline {

struct RequestContext;

/// What agents called, on its way from a worker to where it is kept. Bounded: what comes while it is full is
/// counted and dropped. Single-threaded.
class CallLog {
public:
    static constexpr std::size_t recordsMax = 8'192; ///< between two ticks

    explicit CallLog(metrics::Counter& dropped) noexcept
        : m_dropped(dropped) {}

    /// A request whose caller is an agent is over. `target` null: no service was asked.
    void add(const RequestContext& context, const upstream::TargetPlan* target, std::int64_t micros);
    [[nodiscard]] std::vector<metrics::CallRecord> take() { return std::exchange(m_records, {}); }
    [[nodiscard]] bool isEmpty() const noexcept { return m_records.empty(); }

private:
    metrics::Counter& m_dropped;
    std::vector<metrics::CallRecord> m_records;
};

} // namespace gateway::pipeline
