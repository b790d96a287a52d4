#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/digest.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gateway::auth {

/// Remembers what must not come a second time until it has become worthless by itself, as proofs of DPoP do
/// (RFC 9449, 11.1). One table of fixed size, shared by all workers, without locks.
///
/// An entry is 64 bits: 47 of a SHA-256 that is keyed with a secret of the process, and the time until which
/// it counts, in steps of 4 s. It lies in one of 64 neighbours, which other bits of the digest choose. One
/// whose time is over is free. So nothing is ever cleared, and what counts is forgotten never: when all 64
/// neighbours count, what is new is refused. With 262,144 entries (2 MiB) and proofs that count for 60 s,
/// that begins at about 3,000 new ones a second. Something new is taken for a repeat once in 2^41 times.
class ReplayMemory {
public:
    enum class Verdict : std::uint8_t { New, Seen, Full };
    static constexpr std::size_t entriesUsual = 262'144;
    static constexpr std::chrono::seconds spanMax{120}; ///< how far ahead `until` may lie

    explicit ReplayMemory(std::size_t entries = entriesUsual);

    /// New: nobody brought it before, and nobody will be told New again until `until`. Of two that come at
    /// the very same moment at most one is New. Any thread.
    [[nodiscard]] Verdict remember(std::string_view what, WallTime now, WallTime until);

private:
    static constexpr std::size_t neighbours = 64;
    using Slot = std::atomic<std::uint64_t>;

    std::string m_secret;
    std::size_t m_groups;
    std::unique_ptr<Slot[]> m_slots;
};

} // namespace gateway::auth
