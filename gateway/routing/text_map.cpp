#include "gateway/routing/text_map.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace gateway::routing {

std::uint32_t TextStore::add(std::string_view text) {
    assert(text.size() <= textMax);
    const std::size_t needed = sizeof(Length) + text.size();
    if (m_pages.empty() || m_pages.back()->used + needed > pageBytes) {
        m_pages.push_back(std::make_shared<Page>());
    }
    Page& page = *m_pages.back();
    const std::size_t place = (m_pages.size() - 1) * pageBytes + page.used;
    const auto length = static_cast<Length>(text.size());
    std::memcpy(page.bytes.data() + page.used, &length, sizeof length);
    std::memcpy(page.bytes.data() + page.used + sizeof length, text.data(), text.size());
    page.used += needed;
    return static_cast<std::uint32_t>(place);
}

std::uint32_t& TextMap::edit(TextStore& texts, std::uint32_t scope, std::string_view text,
                             std::uint32_t value) {
    growWhenHalfFull();
    const std::uint32_t wanted = mix(scope, hashText(text));
    std::size_t at = wanted & m_mask;
    for (; m_slots[at].value != none; at = (at + 1) & m_mask) {
        const Slot& slot = m_slots[at];
        if (slot.hash == wanted && slot.scope == scope && texts.at(slot.text) == text) {
            return m_slots.edit(at).value;
        }
    }
    Slot& slot = m_slots.edit(at);
    slot = {wanted, scope, texts.add(text), value};
    ++m_size;
    return slot.value;
}

void TextMap::add(std::uint32_t scope, std::string_view text, std::uint32_t place, std::uint32_t value) {
    growWhenHalfFull();
    const std::uint32_t wanted = mix(scope, hashText(text));
    std::size_t at = wanted & m_mask;
    while (m_slots[at].value != none) {
        at = (at + 1) & m_mask;
    }
    m_slots.edit(at) = {wanted, scope, place, value};
    ++m_size;
}

/// At most half full, so that a miss ends soon.
void TextMap::growWhenHalfFull() {
    if (m_size * 2 < m_slots.size()) {
        return;
    }
    const Slots old = std::exchange(m_slots, Slots());
    m_slots.resize(std::max<std::size_t>(old.size() * 2, 16));
    m_mask = m_slots.size() - 1;
    for (std::size_t from = 0; from < old.size(); ++from) {
        const Slot& slot = old[from];
        if (slot.value == none) {
            continue;
        }
        std::size_t at = slot.hash & m_mask;
        while (m_slots[at].value != none) {
            at = (at + 1) & m_mask;
        }
        m_slots.edit(at) = slot;
    }
}

} // namespace gateway::routing
