#pragma once

#include "gateway/auth/token.h"
#include "gateway/base/clock.h"
#include "gateway/base/digest.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace gateway::auth {

/// Tokens that were found good, by the SHA-256 of their text and the provider's settings, so that a repeat
/// costs a hash. A worker's own; single-threaded. Bounded: what was not asked for lately goes first.
class TokenCache {
public:
    struct Entry {
        Sha256 hash{};
        std::uint64_t rules = 0;       ///< ProviderPlan::serial: other settings, other verdict
        std::uint64_t keys = 0;        ///< ProviderKeys::generation when it was verified
        std::uint64_t revocations = 0; ///< Revocations::changes when it was last looked up there
        std::int64_t until = 0;        ///< seconds since 1970; from then on it is asked for again
        TokenPointer token;            ///< null: free
        bool isRecent = false;         ///< asked for since it was last spared
        // For whoever asks: whom the token stands for, by whose tables that was found out.
        std::uint64_t tables = 0;
        model::ConsumerId consumer{};
    };

    /// Takes the memory for all of them at once, rounded up to whole sets of 8.
    explicit TokenCache(std::size_t entries);
    [[nodiscard]] Entry* find(const Sha256& hash, std::uint64_t rules) noexcept;
    /// In place of the one with that hash and those rules, where there is one. The entry is good until the
    /// next put().
    Entry& put(const Sha256& hash, std::uint64_t rules, TokenPointer token);
    void erase(Entry& entry) noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    [[nodiscard]] std::size_t capacity() const noexcept { return m_entries.size(); }

private:
    [[nodiscard]] Entry* setOf(const Sha256& hash) noexcept;
    [[nodiscard]] Entry& victimOf(Entry* set) noexcept;

    std::vector<Entry> m_entries; ///< sets of 8 ways
    std::size_t m_size = 0;
    std::size_t m_turn = 0; ///< where the search for who has to go begins
};

} // namespace gateway::auth
