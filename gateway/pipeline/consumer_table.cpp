#include "gateway/pipeline/tables.h"

#include <algorithm>
#include <utility>

namespace gateway::pipeline {

/// The slot of the id, or the free one where it belongs.
std::size_t ConsumerTable::locate(model::ConsumerId id) const noexcept {
    const std::size_t mask = m_slots.size() - 1;
    std::size_t at = std::hash<model::ConsumerId>{}(id)&mask;
    while (m_slots[at].id && m_slots[at].id != id) {
        at = (at + 1) & mask;
    }
    return at;
}

const ConsumerPlan* ConsumerTable::find(model::ConsumerId id) const noexcept {
    if (m_slots.empty() || !id) {
        return nullptr;
    }
    const std::uint32_t plan = m_slots[locate(id)].plan;
    return plan != gone ? &m_plans[plan] : nullptr;
}

void ConsumerTable::put(ConsumerPlan plan) {
    growWhenHalfFull();
    const std::size_t at = locate(plan.id);
    if (!m_slots[at].id) {
        ++m_taken;
    }
    std::uint32_t number = m_slots[at].plan;
    if (number == gone) {
        if (m_freePlans.empty()) {
            number = static_cast<std::uint32_t>(m_plans.size());
            m_plans.push_back(ConsumerPlan());
        } else {
            number = m_freePlans.back();
            m_freePlans.pop_back();
        }
        m_slots.edit(at) = {plan.id, number};
    }
    m_plans.edit(number) = std::move(plan);
}

/// The slot stays taken, so that what lies behind it is found; the next growth leaves it out.
void ConsumerTable::erase(model::ConsumerId id) {
    if (find(id) == nullptr) {
        return;
    }
    const std::uint32_t plan = std::exchange(m_slots.edit(locate(id)).plan, gone);
    m_plans.edit(plan) = ConsumerPlan();
    m_freePlans.push_back(plan);
}

void ConsumerTable::seal() noexcept {
    m_slots.seal();
    m_plans.seal();
}

/// At most half full, so that a miss ends soon.
void ConsumerTable::growWhenHalfFull() {
    if (m_taken * 2 < m_slots.size()) {
        return;
    }
    constexpr std::size_t slotsMin = 16;
    const auto old = std::exchange(m_slots, {});
    m_slots.resize(std::max(old.size() * 2, slotsMin));
    m_taken = 0;
    for (std::size_t from = 0; from < old.size(); ++from) {
        if (old[from].plan != gone) {
            m_slots.edit(locate(old[from].id)) = old[from];
            ++m_taken;
        }
    }
}

} // namespace gateway::pipeline
