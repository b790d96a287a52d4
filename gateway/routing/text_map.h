#pragma once

#include "gateway/base/paged_vector.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace gateway::routing {

constexpr std::uint32_t none = 0xFFFFFFFFU;

/// Short texts that are only ever added. Copies share the pages; those that were made from one another are
/// changed by one thread, while any number of threads read what was there before.
class TextStore {
public:
    static constexpr std::size_t textMax = 4'000;

    /// Where the text is kept now; at most textMax bytes.
    [[nodiscard]] std::uint32_t add(std::string_view text);
    [[nodiscard]] std::string_view at(std::uint32_t place) const noexcept {
        const char* bytes = m_pages[place / pageBytes]->bytes.data() + place % pageBytes;
        Length length = 0;
        std::memcpy(&length, bytes, sizeof length);
        return {bytes + sizeof length, length};
    }
    void prefetch(std::uint32_t place) const noexcept {
        __builtin_prefetch(m_pages[place / pageBytes]->bytes.data() + place % pageBytes);
    }

private:
    using Length = std::uint16_t;
    static constexpr std::size_t pageBytes = 4'096;
    struct Page {
        std::size_t used = 0; ///< whichever copy added it: no two copies use the same bytes
        std::array<char, pageBytes> bytes;
    };
    std::vector<std::shared_ptr<Page>> m_pages;
};

/// A hash of texts for tables that only their owner fills: requests cannot flood a chain, since what they
/// bring is only looked up.
[[nodiscard]] inline std::uint64_t hashText(std::string_view text) noexcept {
    __extension__ using Wide = unsigned __int128;
    constexpr std::uint64_t factor = 0x9E3779B97F4A7C15ULL;
    const auto fold = [](std::uint64_t a) {
        const Wide product = static_cast<Wide>(a) * factor;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
    };
    std::uint64_t hash = fold(text.size() + 1);
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t), at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        hash = fold(hash ^ word);
    }
    std::uint64_t tail = 0;
    for (std::size_t i = 0; i < left; ++i) {
        tail = tail << 8U | static_cast<unsigned char>(at[i]);
    }
    return fold(hash ^ tail);
}

/// Numbers by a text within a scope: an open-addressing table whose copies share what they did not change.
/// The texts are in a TextStore. Any number of threads look up, without a lock or an allocation.
class TextMap {
public:
    /// `hash` is hashText(text). `onHint` gets the value as soon as it is probable, while the text is
    /// compared.
    template<class OnHint>
    [[nodiscard]] std::uint32_t find(const TextStore& texts, std::uint32_t scope, std::string_view text,
                                     std::uint64_t hash, const OnHint& onHint) const noexcept {
        if (m_slots.empty()) {
            return none;
        }
        const std::uint32_t wanted = mix(scope, hash);
        for (std::size_t at = wanted & m_mask;; at = (at + 1) & m_mask) {
            const Slot& slot = m_slots[at];
            if (slot.value == none) {
                return none;
            }
            if (slot.hash == wanted && slot.scope == scope) {
                onHint(slot.value);
                if (texts.at(slot.text) == text) {
                    return slot.value;
                }
            }
        }
    }
    /// `none` where there is none.
    [[nodiscard]] std::uint32_t find(const TextStore& texts, std::uint32_t scope,
                                     std::string_view text) const noexcept {
        return find(texts, scope, text, hashText(text), [](std::uint32_t) {});
    }
    void prefetch(std::uint32_t scope, std::uint64_t hash) const noexcept {
        if (!m_slots.empty()) {
            __builtin_prefetch(&m_slots[mix(scope, hash) & m_mask]);
        }
    }

    /// The number that is there, or `value` once added; to be changed as one likes, but not to `none`.
    [[nodiscard]] std::uint32_t& edit(TextStore& texts, std::uint32_t scope, std::string_view text,
                                      std::uint32_t value);
    /// The same for a text that is in the store already and not in the map.
    void add(std::uint32_t scope, std::string_view text, std::uint32_t place, std::uint32_t value);
    void seal() noexcept { m_slots.seal(); }
    [[nodiscard]] std::size_t pagesNotIn(const TextMap& other) const noexcept {
        return m_slots.pagesNotIn(other.m_slots);
    }

private:
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t scope = 0;
        std::uint32_t text = 0;
        std::uint32_t value = none; ///< none: free
    };
    using Slots = PagedVector<Slot, 256>;

    [[nodiscard]] static std::uint32_t mix(std::uint32_t scope, std::uint64_t hash) noexcept {
        std::uint64_t mixed = hash + scope * 0x9E3779B97F4A7C15ULL;
        mixed ^= mixed >> 32U;
        mixed *= 0xD6E8FEB86659FD93ULL;
        mixed ^= mixed >> 32U;
        mixed *= 0xD6E8FEB86659FD93ULL;
        return static_cast<std::uint32_t>(mixed >> 32U);
    }
    void growWhenHalfFull();

    Slots m_slots;
    std::size_t m_mask = 0;
    std::size_t m_size = 0;
};

} // namespace gateway::routing
