#include "gateway/limits/caller_buckets.h"

#include "gateway/base/random.h"

#include <algorithm>
#include <array>
#include <bit>

namespace gateway::limits {
namespace {

// Place::use, from the lowest bit: how many are at the place; whether it is being claimed, so that its key
// may not be believed yet; and a number that moves on with each one who leaves or claims, so that whoever
// looked at the place finds out that it was used meanwhile.
constexpr std::uint64_t oneUser = 1;
constexpr std::uint64_t usersMask = 0xFFFF;
constexpr std::uint64_t claimed = 0x1'0000;
constexpr std::uint64_t oneMove = 0x2'0000;

// Beyond it somebody who claims a place was stopped by the system; it is not waited for.
constexpr int triesMax = 256;

} // namespace

struct alignas(64) CallerBuckets::Set {
    std::array<Place, placesEach> places;
    Gcra shared; ///< of callers who found no place
};

CallerBuckets::CallerBuckets(std::size_t places)
    : m_sets(std::bit_ceil(std::max(places / placesEach, std::size_t{1}))) {}

CallerBuckets::~CallerBuckets() {
    delete[] m_table.load();
}

std::uint64_t CallerBuckets::keyOf(std::uint64_t kind, std::string_view caller) const noexcept {
    const std::uint64_t bits = m_hash(caller);
    // The constant keeps kind 0 from being no kind.
    const std::uint64_t key = mixBits(bits + 0x9e3779b97f4a7c15U * (kind + 1));
    return key != 0 ? key : 1;
}

std::uint64_t CallerBuckets::keyOf(const IpBytes& address) const noexcept {
    constexpr std::uint64_t addressKind = ~std::uint64_t{0};
    constexpr std::size_t networkBytes = 8;
    const std::string_view bytes(reinterpret_cast<const char*>(address.data()), address.size());
    return keyOf(addressKind, isIpv4(address) ? bytes : bytes.substr(0, networkBytes));
}

CallerBuckets::Set& CallerBuckets::setOf(std::uint64_t key) {
    Set* table = m_table.load(std::memory_order_acquire);
    if (table == nullptr) {
        auto* made = new Set[m_sets];
        if (m_table.compare_exchange_strong(table, made)) {
            table = made;
        } else {
            delete[] made; // another worker was faster
        }
    }
    return table[key & (m_sets - 1)];
}

/// Yes: the place is the key's, and stays so until the caller leaves it. Busy: somebody claims a place for
/// this key, or the key's place for another one.
CallerBuckets::Found CallerBuckets::take(Set& set, std::uint64_t key, Place*& place) noexcept {
    for (Place& at : set.places) {
        if (at.key.load() != key) {
            continue;
        }
        std::uint64_t use = at.use.load();
        do {
            if ((use & claimed) != 0 || (use & usersMask) == usersMask) {
                return Found::Busy;
            }
        } while (!at.use.compare_exchange_weak(use, use + oneUser));
        if (at.key.load() == key) {
            place = &at;
            return Found::Yes;
        }
        at.use.fetch_add(oneMove - oneUser); // it changed hands in between
    }
    return Found::No;
}

/// Makes the place of nobody, or of a caller whose bucket is full, the key's. No: there is none. Busy:
/// another worker is doing the same for this key.
CallerBuckets::Found CallerBuckets::claim(Set& set, std::uint64_t key, Monotonic now,
                                          Place*& place) noexcept {
    for (Place& at : set.places) {
        std::uint64_t use = at.use.load();
        // Who admits is at the place. So as long as `use` stays as it is, the bucket stays full.
        if ((use & (usersMask | claimed)) != 0 || !at.state.isFull(now) ||
            !at.use.compare_exchange_strong(use, use + oneMove + claimed + oneUser)) {
            continue;
        }
        at.key.store(key);
        // Both of two who claim for one key at a time may see each other; that both see nobody is impossible,
        // since each looks after it wrote.
        if (isAlone(set, at, key)) {
            at.use.fetch_sub(claimed);
            place = &at;
            return Found::Yes;
        }
        at.key.store(0);
        at.use.fetch_add(oneMove - claimed - oneUser);
        return Found::Busy;
    }
    return Found::No;
}

bool CallerBuckets::isAlone(const Set& set, const Place& place, std::uint64_t key) noexcept {
    return std::none_of(set.places.begin(), set.places.end(),
                        [&](const Place& at) { return &at != &place && at.key.load() == key; });
}

Decision CallerBuckets::admit(std::uint64_t key, const Rate& rate, Monotonic now) {
    Set& set = setOf(key);
    for (int i = 0; i < triesMax; ++i) {
        Place* place = nullptr;
        Found found = take(set, key, place);
        if (found == Found::No) {
            found = claim(set, key, now, place);
        }
        if (found == Found::No) {
            break;
        }
        if (found == Found::Yes) {
            const Decision decision = place->state.admit(rate, now);
            place->use.fetch_add(oneMove - oneUser);
            return decision;
        }
    }
    return set.shared.admit(rate, now);
}

} // namespace gateway::limits
