#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/digest.h"
#include "gateway/model/consumer.h"
#include "gateway/net/network.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::auth {

/// What is said of a key beside whose it is. Most keys share one of a few.
struct KeyGrants {
    std::vector<std::string> scopes{};     ///< sorted
    std::vector<net::Network> addresses{}; ///< that it may come from; empty: all
};

class GrantTable;

/// All API keys by hash. One thread writes; any number of threads read without a lock. A change of state is
/// seen by the very next request on every worker. Entries never move. What readers go by is an index of eight
/// bytes a slot; one that was outgrown stays until nobody can be reading it (see dropOutgrown). 80 to 96
/// bytes a key, all in all, and what its grants take where no other key has the same.
class KeyTable {
public:
    /// One cache line.
    struct alignas(64) Entry {
        Sha256 hash{};                                ///< never changes
        std::atomic<std::uint64_t> key{0};            ///< KeyId
        std::atomic<std::uint64_t> consumer{0};       ///< ConsumerId
        std::atomic<std::uint32_t> expiresAt{0};      ///< seconds since 1970, at most 2^32 - 1; 0: never
        std::atomic<std::uint32_t> lastUsedMinute{0}; ///< minutes since 1970
        std::atomic<std::uint32_t> grants{0};         ///< see grantsOf
        std::atomic<model::KeyState> state{model::KeyState::Active};
    };

    KeyTable();
    KeyTable(const KeyTable&) = delete;
    KeyTable& operator=(const KeyTable&) = delete;
    ~KeyTable();

    /// Adds the key, or updates id, state, expiry, consumer and grants of the one with its hash. Writer
    /// thread. The key needs its id.
    void put(const model::ApiKey& key);
    /// Makes room for that many keys at once. Writer thread.
    void reserve(std::size_t keys);
    /// Frees what the table has outgrown. Writer thread, while nobody reads.
    void dropOutgrown();
    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    /// Moves on whenever a key that was there already became another. Any thread.
    [[nodiscard]] std::uint64_t changes() const noexcept { return m_changes.load(std::memory_order_acquire); }
    /// Of the table and all that it holds.
    [[nodiscard]] std::size_t memoryBytes() const noexcept;

    /// What the key may do and where it may come from. Any thread; lives as long as the table.
    [[nodiscard]] const KeyGrants& grantsOf(const Entry& entry) const noexcept;

    /// Any thread. Compares whole hashes; a lookup by hash leaks no timing about stored keys.
    [[nodiscard]] Entry* find(const Sha256& hash) const noexcept;

private:
    class Index;
    class Room;
    void growTo(std::size_t capacity);

    std::atomic<Index*> m_current;
    std::vector<std::unique_ptr<Index>> m_indices; ///< the last one is current
    std::vector<std::unique_ptr<Room>> m_rooms;    ///< of the entries; the last one has space left
    std::unique_ptr<GrantTable> m_grants;
    std::size_t m_size = 0;
    std::atomic<std::uint64_t> m_changes{0};
};

enum class KeyVerdict { Good, Missing, Malformed, Unknown, Disabled, Revoked, Expired, WrongAddress };

/// For logs: "good", "missing", ... ; callers are told apart only Missing from the rest.
[[nodiscard]] const char* keyVerdictName(KeyVerdict verdict);

struct KeyCheck {
    KeyVerdict verdict = KeyVerdict::Missing;
    KeyTable::Entry* entry =
        nullptr; ///< also for disabled, revoked and expired keys, so that the log can name them
};

/// Looks the presented key up. Keys are 8..256 visible ASCII characters; anything else is Malformed.
[[nodiscard]] KeyCheck checkKey(const KeyTable& table, std::string_view presented, WallTime now) noexcept;

/// Whether a key with these grants may come from there; `address` as net::ipBytesOf gives it.
[[nodiscard]] bool mayComeFrom(const KeyGrants& grants, const IpBytes& address) noexcept;

/// Notes that a key was used now. Any thread; writes only once a minute, so that the line stays shared.
void markUsed(KeyTable::Entry& entry, WallTime now) noexcept;

/// A key that scanners can recognise: "gh_" + 43 base-62 characters (256 bits) + 6 of a CRC-32 checksum.
[[nodiscard]] std::string generateKey();
/// Whether the checksum of such a key holds.
[[nodiscard]] bool hasValidChecksum(std::string_view key);
/// What people recognise it by: the first 7 characters, "gh_4f9a".
[[nodiscard]] std::string keyPrefix(std::string_view key);

} // namespace gateway::auth
