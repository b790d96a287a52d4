#include "gateway/auth/key_table.h"

#include "gateway/auth/grant_table.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <limits>
#include <new>
#include <sys/mman.h>
#include <type_traits>

namespace gateway::auth {
namespace {

constexpr std::size_t capacityMin = 16;
constexpr std::size_t roomMin = 64;

/// Half full at most: a search ends after a slot or two, which are in one line of cache.
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

std::uint32_t expirySeconds(const model::ApiKey& key) {
    if (!key.expires) {
        return 0;
    }
    const auto seconds = std::chrono::floor<std::chrono::seconds>(key.expires->time_since_epoch()).count();
    // Zero means never, so that a key which expired in 1970 or before needs another number in the past.
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(seconds, 1, std::numeric_limits<std::uint32_t>::max()));
}

constexpr std::size_t hugePageBytes = 2 * 1024 * 1024;

struct Free {
    void operator()(void* memory) const noexcept { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

/// Zeroed where `zeroed`. Large ones in huge pages where the system has them: lookups go everywhere, and
/// would else pay for finding the page, too.
Memory allocate(std::size_t bytes, bool zeroed) {
    const bool isLarge = bytes >= hugePageBytes;
    const std::size_t alignment = isLarge ? hugePageBytes : alignof(KeyTable::Entry);
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    Memory memory(std::aligned_alloc(alignment, rounded));
    if (!memory) {
        throw std::bad_alloc();
    }
    if (isLarge) {
        ::madvise(memory.get(), rounded, MADV_HUGEPAGE);
    }
    if (zeroed) {
        std::memset(memory.get(), 0, rounded);
    }
    return memory;
}

} // namespace

static_assert(sizeof(KeyTable::Entry) == 64);
static_assert(std::is_trivially_destructible_v<KeyTable::Entry>);

/// Memory for entries, which are made in it one after the other.
class KeyTable::Room {
public:
    explicit Room(std::size_t capacity)
        : m_capacity(capacity)
        , m_memory(allocate(capacity * sizeof(Entry), false)) {}

    [[nodiscard]] bool isFull() const noexcept { return m_size == m_capacity; }
    [[nodiscard]] std::size_t bytes() const noexcept { return m_capacity * sizeof(Entry); }
    [[nodiscard]] Entry& add() { return *new (static_cast<Entry*>(m_memory.get()) + m_size++) Entry; }

private:
    std::size_t m_size = 0;
    std::size_t m_capacity;
    Memory m_memory;
};

/// Where entries are, by their hashes. A slot is one word, so that a reader sees it whole: the address of the
/// entry and, in the bits that addresses do not use, a piece of the hash that spares nearly all wrong
/// entries.
class KeyTable::Index {
public:
    explicit Index(std::size_t capacity)
        : m_mask(capacity - 1)
        , m_memory(allocate(capacity * sizeof(Slot), true))
        , m_slots(static_cast<Slot*>(m_memory.get())) {}

    [[nodiscard]] std::size_t capacity() const noexcept { return m_mask + 1; }
    [[nodiscard]] std::size_t bytes() const noexcept { return capacity() * sizeof(Slot); }

    [[nodiscard]] Entry* find(const Sha256& hash) const noexcept {
        const std::uint64_t tag = tagOf(hash);
        for (std::size_t slot = slotOf(hash) & m_mask;; slot = (slot + 1) & m_mask) {
            const std::uint64_t word = m_slots[slot].load(std::memory_order_acquire);
            if (word == 0) {
                return nullptr;
            }
            if ((word & tagMask) == tag && entryOf(word)->hash == hash) {
                return entryOf(word);
            }
        }
    }

    /// Of an entry that is not there yet, and that is all written.
    void add(Entry& entry) noexcept {
        std::size_t slot = slotOf(entry.hash) & m_mask;
        while (m_slots[slot].load(std::memory_order_relaxed) != 0) {
            slot = (slot + 1) & m_mask;
        }
        const auto address = reinterpret_cast<std::uintptr_t>(&entry);
        assert((address & tagMask) == 0);
        m_slots[slot].store(address | tagOf(entry.hash), std::memory_order_release);
    }

    template<class Visit>
    void forEach(const Visit& visit) const {
        for (std::size_t slot = 0; slot <= m_mask; ++slot) {
            if (const std::uint64_t word = m_slots[slot].load(std::memory_order_relaxed); word != 0) {
                visit(*entryOf(word));
            }
        }
    }

private:
    using Slot = std::atomic<std::uint64_t>;
    static_assert(sizeof(Slot) == 8 && Slot::is_always_lock_free);
    static constexpr unsigned addressBits = 48;
    static constexpr std::uint64_t tagMask = ~((std::uint64_t{1} << addressBits) - 1);

    /// From other bytes than the slot.
    static std::uint64_t tagOf(const Sha256& hash) noexcept {
        std::uint64_t bytes = 0;
        std::memcpy(&bytes, hash.data() + sizeof bytes, sizeof bytes);
        return bytes << addressBits;
    }
    static Entry* entryOf(std::uint64_t word) noexcept {
        return reinterpret_cast<Entry*>(static_cast<std::uintptr_t>(word & ~tagMask)); // NOLINT
    }

    std::size_t m_mask;
    Memory m_memory;
    Slot* m_slots;
};

KeyTable::KeyTable()
    : m_grants(std::make_unique<GrantTable>()) {
    m_indices.push_back(std::make_unique<Index>(capacityMin));
    m_current.store(m_indices.back().get(), std::memory_order_release);
}

KeyTable::~KeyTable() = default;

void KeyTable::put(const model::ApiKey& key) {
    assert(key.id);
    Index* index = m_current.load(std::memory_order_relaxed);
    Entry* known = index->find(key.hash);
    if (known == nullptr) {
        reserve(m_size + 1);
        index = m_current.load(std::memory_order_relaxed);
        if (m_rooms.empty() || m_rooms.back()->isFull()) {
            // As much again as there is, up to a huge page.
            m_rooms.push_back(std::make_unique<Room>(
                std::clamp(std::bit_ceil(m_size), roomMin, hugePageBytes / sizeof(Entry))));
        }
    }
    Entry& entry = known != nullptr ? *known : m_rooms.back()->add();
    entry.consumer.store(key.consumer.value, std::memory_order_relaxed);
    entry.expiresAt.store(expirySeconds(key), std::memory_order_relaxed);
    // Released, so that who reads the number finds what it stands for.
    entry.grants.store(m_grants->add(key), std::memory_order_release);
    entry.state.store(key.state, std::memory_order_relaxed);
    entry.key.store(key.id.value, std::memory_order_relaxed);
    if (known == nullptr) {
        entry.hash = key.hash;
        if (key.lastUsed) {
            markUsed(entry, *key.lastUsed);
        }
        index->add(entry);
        ++m_size;
    } else {
        m_changes.fetch_add(1, std::memory_order_release);
    }
}

void KeyTable::reserve(std::size_t keys) {
    const std::size_t wanted = capacityFor(keys);
    if (wanted > m_current.load(std::memory_order_relaxed)->capacity()) {
        growTo(wanted);
    }
}

void KeyTable::growTo(std::size_t capacity) {
    auto grown = std::make_unique<Index>(capacity);
    m_indices.back()->forEach([&](Entry& entry) { grown->add(entry); });
    m_indices.push_back(std::move(grown));
    m_current.store(m_indices.back().get(), std::memory_order_release);
}

void KeyTable::dropOutgrown() {
    m_indices.erase(m_indices.begin(), std::prev(m_indices.end()));
}

std::size_t KeyTable::memoryBytes() const noexcept {
    std::size_t bytes = sizeof(KeyTable) + m_grants->memoryBytes();
    for (const auto& index : m_indices) {
        bytes += index->bytes();
    }
    for (const auto& room : m_rooms) {
        bytes += room->bytes();
    }
    return bytes;
}

const KeyGrants& KeyTable::grantsOf(const Entry& entry) const noexcept {
    return m_grants->at(entry.grants.load(std::memory_order_acquire));
}

KeyTable::Entry* KeyTable::find(const Sha256& hash) const noexcept {
    return m_current.load(std::memory_order_acquire)->find(hash);
}

void markUsed(KeyTable::Entry& entry, WallTime now) noexcept {
    const auto minute =
        static_cast<std::uint32_t>(std::chrono::floor<std::chrono::minutes>(now.time_since_epoch()).count());
    if (entry.lastUsedMinute.load(std::memory_order_relaxed) != minute) {
        entry.lastUsedMinute.store(minute, std::memory_order_relaxed);
    }
}

} // namespace gateway::auth
