#include "gateway/pipeline/key_uses.h"

#include <algorithm>

namespace gateway::pipeline {

void KeyUses::add(std::uint64_t key, std::uint32_t minute) {
    const auto position = static_cast<std::uint16_t>((key * 0x9E37'79B9'7F4A'7C15U) >> 54U);
    Use& slot = m_slots[position];
    if (slot.times == 0) {
        m_used.push_back(position);
    } else if (slot.key != key) {
        if (m_displaced.size() < displacedMax) {
            m_displaced.push_back(slot);
        }
        slot.times = 0;
    }
    slot.key = key;
    slot.minute = minute;
    ++slot.times;
}

void KeyUses::takeInto(std::unordered_map<std::uint64_t, Use>& all) {
    const auto addTo = [&](const Use& use) {
        Use& sum = all[use.key];
        sum.key = use.key;
        sum.minute = std::max(sum.minute, use.minute);
        sum.times += use.times;
    };
    for (const std::uint16_t position : m_used) {
        addTo(m_slots[position]);
        m_slots[position].times = 0;
    }
    m_used.clear();
    for (const Use& use : m_displaced) {
        addTo(use);
    }
    m_displaced.clear();
}

} // namespace gateway::pipeline
