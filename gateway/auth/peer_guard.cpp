#include "gateway/auth/peer_guard.h"

#include "gateway/base/random.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

namespace gateway::auth {
namespace {

// The first word of a place: the tag above, below it the time in milliseconds at which all is forgotten.
constexpr unsigned timeBits = 40; // 34 years
constexpr std::uint64_t timeMask = (std::uint64_t{1} << timeBits) - 1;

// The second: when the next check would be due, in milliseconds, above the number of answers that wait.
constexpr unsigned waitingBits = 8;
constexpr std::uint64_t waitingMask = (std::uint64_t{1} << waitingBits) - 1;

constexpr std::uint64_t setCount = 8'192;
constexpr std::uint32_t placesEach = 4;

constexpr std::uint64_t failureMs = 60'000 / PeerGuard::freeFailures;
/// Whoever went on for hours is forgotten after two minutes, too.
constexpr unsigned levelMax = 2 * PeerGuard::freeFailures;
constexpr std::uint64_t checkMs = 1'000 / PeerGuard::checksASecond;
constexpr std::uint64_t checksAhead = 1'000;

std::uint64_t msOf(Monotonic now) noexcept {
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    return static_cast<std::uint64_t>(time.count()) & timeMask;
}

std::uint64_t tagOf(std::uint64_t hash) noexcept {
    const std::uint64_t tag = hash & ~timeMask;
    return tag != 0 ? tag : timeMask + 1;
}

/// Failures that are not forgotten.
unsigned levelOf(std::uint64_t word, std::uint64_t nowMs) noexcept {
    const std::uint64_t until = word & timeMask;
    return until > nowMs ? static_cast<unsigned>((until - nowMs + failureMs - 1) / failureMs) : 0;
}

std::chrono::milliseconds delayOf(unsigned level) noexcept {
    constexpr unsigned doublingsMax = 5;
    const unsigned doublings = std::min(level - PeerGuard::freeFailures - 1, doublingsMax);
    return std::min(PeerGuard::delayMin * (1U << doublings), PeerGuard::delayMax);
}

} // namespace

struct PeerGuard::Place {
    std::atomic<std::uint64_t> failures{0};
    std::atomic<std::uint64_t> checks{0};
};

struct alignas(64) PeerGuard::Set {
    std::array<Place, placesEach> places;
};

PeerGuard::PeerGuard() {
    std::random_device random;
    m_seed = (static_cast<std::uint64_t>(random()) << 32U) | random();
}

PeerGuard::~PeerGuard() {
    delete[] m_table.load();
}

PeerGuard::Set* PeerGuard::table() {
    Set* table = m_table.load(std::memory_order_acquire);
    if (table == nullptr) {
        auto* made = new Set[setCount];
        if (m_table.compare_exchange_strong(table, made)) {
            return made;
        }
        delete[] made; // another worker was faster
    }
    return table;
}

std::uint64_t PeerGuard::hashOf(const IpBytes& peer) const noexcept {
    constexpr std::size_t v4Begin = 12;
    std::uint64_t bits = 0;
    if (isIpv4(peer)) {
        std::memcpy(&bits, &peer[v4Begin], peer.size() - v4Begin);
    } else {
        std::memcpy(&bits, peer.data(), sizeof bits);
        bits = mixBits(bits ^ 6U);
    }
    return mixBits(mixBits(bits ^ m_seed) + m_seed);
}

PeerGuard::Place* PeerGuard::find(std::uint64_t hash) const noexcept {
    Set* const sets = m_table.load(std::memory_order_acquire);
    if (sets == nullptr) {
        return nullptr;
    }
    for (Place& place : sets[hash % setCount].places) {
        if ((place.failures.load(std::memory_order_relaxed) & ~timeMask) == tagOf(hash)) {
            return &place;
        }
    }
    return nullptr;
}

/// Adds a failure. Of two workers that note the first ones of an address at the same moment each may take a
/// place: then a few failures are forgotten early, which is all.
PeerGuard::Place* PeerGuard::note(std::uint64_t hash, std::uint64_t nowMs, unsigned& level) {
    Set& set = table()[hash % setCount];
    for (;;) {
        Place* place = find(hash);
        const bool isNew = place == nullptr;
        if (isNew) {
            place =
                std::min_element(set.places.begin(), set.places.end(), [](const Place& a, const Place& b) {
                    return (a.failures.load(std::memory_order_relaxed) & timeMask) <
                           (b.failures.load(std::memory_order_relaxed) & timeMask);
                });
        }
        std::uint64_t word = place->failures.load();
        if (!isNew && (word & ~timeMask) != tagOf(hash)) {
            continue; // it just went to somebody else
        }
        const std::uint64_t before = isNew ? 0 : word & timeMask;
        const std::uint64_t until =
            std::min(std::max(before, nowMs) + failureMs, nowMs + levelMax * failureMs);
        const std::uint64_t next = tagOf(hash) | (until & timeMask);
        if (place->failures.compare_exchange_weak(word, next)) {
            level = levelOf(next, nowMs);
            return place;
        }
    }
}

Slowdown PeerGuard::fail(const IpBytes& peer, Monotonic now, bool mayWait) {
    const std::uint64_t hash = hashOf(peer);
    unsigned level = 0;
    Place* const place = note(hash, msOf(now), level);
    if (level <= freeFailures) {
        return {};
    }
    if (mayWait) {
        std::uint64_t checks = place->checks.load();
        while ((checks & waitingMask) < waitingMax) {
            if (place->checks.compare_exchange_weak(checks, checks + 1)) {
                const auto number =
                    static_cast<std::uint32_t>(place - table()[hash % setCount].places.data());
                return {Slowdown::Kind::Delay, delayOf(level),
                        static_cast<std::uint32_t>(hash % setCount) * placesEach + number};
            }
        }
    }
    return {Slowdown::Kind::Refuse, std::chrono::milliseconds((level - freeFailures) * failureMs), 0};
}

void PeerGuard::leave(std::uint32_t place) noexcept {
    m_table.load(std::memory_order_acquire)[place / placesEach].places[place % placesEach].checks.fetch_sub(
        1);
}

bool PeerGuard::isSlowed(const IpBytes& peer, Monotonic now) const noexcept {
    const Place* const place = find(hashOf(peer));
    return place != nullptr && levelOf(place->failures.load(), msOf(now)) > freeFailures;
}

bool PeerGuard::mayVerify(const IpBytes& peer, Monotonic now) noexcept {
    Place* const place = find(hashOf(peer));
    const std::uint64_t nowMs = msOf(now);
    if (place == nullptr || levelOf(place->failures.load(), nowMs) <= freeFailures) {
        return true;
    }
    std::uint64_t checks = place->checks.load();
    for (;;) {
        const std::uint64_t due = std::max(checks >> waitingBits, nowMs);
        if (due - nowMs > checksAhead - checkMs) {
            return false;
        }
        const std::uint64_t next = ((due + checkMs) << waitingBits) | (checks & waitingMask);
        if (place->checks.compare_exchange_weak(checks, next)) {
            return true;
        }
    }
}

void PeerGuard::giveBack(const IpBytes& peer) noexcept {
    Place* const place = find(hashOf(peer));
    if (place == nullptr) {
        return;
    }
    std::uint64_t checks = place->checks.load();
    while ((checks >> waitingBits) >= checkMs &&
           !place->checks.compare_exchange_weak(checks, checks - (checkMs << waitingBits))) {
    }
}

} // namespace gateway::auth
