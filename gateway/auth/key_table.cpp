#include "gateway/auth/key_table.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <chrono>
#include <cstring>

namespace gateway::auth {
namespace {

constexpr std::size_t capacityMin = 16;

/// Half full at most: a search ends after one or two lines of cache.
std::size_t capacityFor(std::size_t keys) {
    return std::max(capacityMin, std::bit_ceil(keys * 2));
}

/// The hash is uniformly distributed as it is. Nobody can aim at a slot either: what is hashed for a stored
/// key is random, and a presented key only reads.
std::size_t slotOf(const Sha256& hash) {
    std::size_t slot = 0;
    std::memcpy(&slot, hash.data(), sizeof slot);
    return slot;
}

std::int64_t expirySeconds(const model::ApiKey& key) {
    if (!key.expires) {
        return 0;
    }
    const auto seconds = std::chrono::floor<std::chrono::seconds>(key.expires->time_since_epoch()).count();
    // Zero means never, so that a key which expired in 1970 or before needs another number in the past.
    return std::max<std::int64_t>(seconds, 1);
}

void copyEntry(const KeyTable::Entry& from, KeyTable::Entry& to) {
    constexpr auto relaxed = std::memory_order_relaxed;
    to.hash = from.hash;
    to.consumer.store(from.consumer.load(relaxed), relaxed);
    to.expiresAt.store(from.expiresAt.load(relaxed), relaxed);
    to.lastUsedMinute.store(from.lastUsedMinute.load(relaxed), relaxed);
    to.state.store(from.state.load(relaxed), relaxed);
    to.key.store(from.key.load(relaxed), relaxed);
}

} // namespace

static_assert(sizeof(KeyTable::Entry) == 64);

struct KeyTable::Slots {
    explicit Slots(std::size_t capacity)
        : mask(capacity - 1)
        , entries(std::make_unique<Entry[]>(capacity)) {}

    /// The slot of the hash, and whether it is taken; else the free one where it belongs. A slot's key id is
    /// written last and read first, so that a reader who sees it sees all of the entry; read once, because a
    /// free slot may have gone to another key a moment later.
    struct Place {
        Entry& entry;
        bool isTaken;
    };
    [[nodiscard]] Place locate(const Sha256& hash) const noexcept {
        for (std::size_t slot = slotOf(hash) & mask;; slot = (slot + 1) & mask) {
            Entry& entry = entries[slot];
            if (entry.key.load(std::memory_order_acquire) == 0) {
                return {entry, false};
            }
            if (entry.hash == hash) {
                return {entry, true};
            }
        }
    }

    std::size_t mask;
    std::unique_ptr<Entry[]> entries;
};

KeyTable::KeyTable() {
    m_all.push_back(std::make_unique<Slots>(capacityMin));
    m_current.store(m_all.back().get(), std::memory_order_release);
}

KeyTable::~KeyTable() = default;

void KeyTable::put(const model::ApiKey& key) {
    assert(key.id);
    reserve(m_size + 1);
    const auto [entry, isTaken] = m_current.load(std::memory_order_relaxed)->locate(key.hash);
    if (!isTaken) {
        entry.hash = key.hash;
        ++m_size;
    }
    if (!isTaken && key.lastUsed) {
        markUsed(entry, *key.lastUsed);
    }
    entry.consumer.store(key.consumer.value, std::memory_order_relaxed);
    entry.expiresAt.store(expirySeconds(key), std::memory_order_relaxed);
    entry.state.store(key.state, std::memory_order_relaxed);
    entry.key.store(key.id.value, std::memory_order_release);
}

void KeyTable::reserve(std::size_t keys) {
    const std::size_t wanted = capacityFor(keys);
    if (wanted > m_current.load(std::memory_order_relaxed)->mask + 1) {
        growTo(wanted);
    }
}

void KeyTable::growTo(std::size_t capacity) {
    auto grown = std::make_unique<Slots>(capacity);
    const Slots& old = *m_current.load(std::memory_order_relaxed);
    for (std::size_t slot = 0; slot <= old.mask; ++slot) {
        const Entry& entry = old.entries[slot];
        if (entry.key.load(std::memory_order_relaxed) != 0) {
            copyEntry(entry, grown->locate(entry.hash).entry);
        }
    }
    m_all.push_back(std::move(grown));
    m_current.store(m_all.back().get(), std::memory_order_release);
}

KeyTable::Entry* KeyTable::find(const Sha256& hash) const noexcept {
    const auto [entry, isTaken] = m_current.load(std::memory_order_acquire)->locate(hash);
    return isTaken ? &entry : nullptr;
}

void markUsed(KeyTable::Entry& entry, WallTime now) noexcept {
    const auto minute =
        static_cast<std::uint32_t>(std::chrono::floor<std::chrono::minutes>(now.time_since_epoch()).count());
    if (entry.lastUsedMinute.load(std::memory_order_relaxed) != minute) {
        entry.lastUsedMinute.store(minute, std::memory_order_relaxed);
    }
}

} // namespace gateway::auth
