#include "gateway/routing/text_map.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace gateway::routing {

std::size_t TextMap::hashOf(std::uint32_t scope, std::string_view text) noexcept {
    // Requests cannot flood a chain: what they bring is only looked up, never stored.
    return std::hash<std::string_view>{}(text) ^ (scope * std::size_t{0x9E3779B97F4A7C15});
}

/// The slot of the text, or the free one where it belongs.
std::size_t TextMap::locate(std::size_t hash, std::uint32_t scope, std::string_view text) const noexcept {
    const std::size_t mask = m_slots.size() - 1;
    std::size_t at = hash & mask;
    for (; m_slots[at].value != free; at = (at + 1) & mask) {
        const Slot& slot = m_slots[at];
        if (slot.hash == hash && slot.scope == scope &&
            std::string_view(m_texts).substr(slot.offset, slot.length) == text) {
            break;
        }
    }
    return at;
}

std::optional<std::uint32_t> TextMap::find(std::uint32_t scope, std::string_view text) const noexcept {
    if (m_slots.empty()) {
        return std::nullopt;
    }
    const Slot& slot = m_slots[locate(hashOf(scope, text), scope, text)];
    return slot.value != free ? std::optional(slot.value) : std::nullopt;
}

std::uint32_t TextMap::emplace(std::uint32_t scope, std::string_view text, std::uint32_t value) {
    // At most half full, so that a miss ends soon.
    if (m_size * 2 >= m_slots.size()) {
        grow();
    }
    const std::size_t hash = hashOf(scope, text);
    Slot& slot = m_slots[locate(hash, scope, text)];
    if (slot.value == free) {
        slot = {hash, static_cast<std::uint32_t>(m_texts.size()), static_cast<std::uint32_t>(text.size()),
                scope, value};
        m_texts.append(text);
        ++m_size;
    }
    return slot.value;
}

void TextMap::grow() {
    const std::vector<Slot> old =
        std::exchange(m_slots, std::vector<Slot>(std::max<std::size_t>(m_slots.size() * 2, 16)));
    const std::size_t mask = m_slots.size() - 1;
    for (const Slot& slot : old) {
        if (slot.value == free) {
            continue;
        }
        std::size_t at = slot.hash & mask;
        while (m_slots[at].value != free) {
            at = (at + 1) & mask;
        }
        m_slots[at] = slot;
    }
}

} // namespace gateway::routing
