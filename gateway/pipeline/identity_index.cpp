#include "gateway/pipeline/identity_index.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace gateway::pipeline {

std::uint64_t IdentityIndex::hashOf(model::ConsumerIdentity::Kind kind, std::string_view provider,
                                    std::string_view value) noexcept {
    constexpr std::uint64_t spread = 0x9E37'79B9'7F4A'7C15U;
    const std::hash<std::string_view> hash;
    std::uint64_t all = hash(value);
    all = (all ^ static_cast<std::uint64_t>(kind)) * spread;
    all = (all ^ (all >> 32U) ^ hash(provider)) * spread;
    return all ^ (all >> 32U);
}

void IdentityIndex::insert(std::uint64_t hash, model::ConsumerId consumer) {
    const std::size_t mask = m_slots.size() - 1;
    std::size_t at = hash & mask;
    while (m_slots[at].isTaken && m_slots[at].consumer) {
        at = (at + 1) & mask;
    }
    m_taken += m_slots[at].isTaken ? 0 : 1;
    m_slots.edit(at) = {hash, consumer, true};
}

void IdentityIndex::put(std::uint64_t hash, model::ConsumerId consumer) {
    growWhenHalfFull();
    insert(hash, consumer);
}

void IdentityIndex::erase(std::uint64_t hash, model::ConsumerId consumer) {
    if (m_slots.empty()) {
        return;
    }
    const std::size_t mask = m_slots.size() - 1;
    for (std::size_t at = hash & mask; m_slots[at].isTaken; at = (at + 1) & mask) {
        if (m_slots[at].hash == hash && m_slots[at].consumer == consumer) {
            m_slots.edit(at).consumer = {};
            return;
        }
    }
}

/// At most half full, so that a miss ends soon.
void IdentityIndex::growWhenHalfFull() {
    if (m_taken * 2 < m_slots.size()) {
        return;
    }
    constexpr std::size_t slotsMin = 16;
    const auto old = std::exchange(m_slots, {});
    m_slots.resize(std::max(old.size() * 2, slotsMin));
    m_taken = 0;
    for (std::size_t from = 0; from < old.size(); ++from) {
        if (old[from].consumer) {
            insert(old[from].hash, old[from].consumer);
        }
    }
}

} // namespace gateway::pipeline
