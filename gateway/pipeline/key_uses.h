#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace gateway::pipeline {

/// Counts what keys were good for, at the cost of one look-up a request. Single-threaded.
class KeyUses {
public:
    struct Use {
        std::uint64_t key = 0;
        std::uint32_t minute = 0; ///< since 1970, of the last one
        std::uint64_t times = 0;
    };

    void add(std::uint64_t key, std::uint32_t minute);
    /// Adds what was counted to `all`, by key, and begins anew.
    void takeInto(std::unordered_map<std::uint64_t, Use>& all);
    [[nodiscard]] bool isEmpty() const noexcept { return m_used.empty() && m_displaced.empty(); }

private:
    static constexpr std::size_t slotCount = 1'024;
    static constexpr std::size_t displacedMax = 65'536; ///< beyond it they are not counted

    /// One key each, that which used it last.
    std::array<Use, slotCount> m_slots{};
    std::vector<std::uint16_t> m_used; ///< slots that count something
    std::vector<Use> m_displaced;      ///< by another key of the same slot
};

} // namespace gateway::pipeline
