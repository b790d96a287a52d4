#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/ip_literal.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace gateway::auth {

/// What becomes of the answer to a failed authentication.
struct Slowdown {
    enum class Kind : std::uint8_t {
        None,   ///< it goes out at once
        Delay,  ///< it goes out after `time`; then PeerDelays::end()
        Refuse, ///< 429 at once, with `time` in Retry-After
    };
    Kind kind = Kind::None;
    std::chrono::milliseconds time{0};
    std::uint32_t place = 0; ///< of Delay
};

/// How often each client address failed to authenticate lately, all workers together: an IPv6 address counts
/// with its whole /64, because that is what one client usually has. Ten failures a minute cost nothing; from
/// there on each failing answer waits, 100 ms, then twice as long each time up to 2 s. What is not repeated
/// is forgotten, one failure in 6 s. Nobody else is slowed down, nor are good requests of the same address.
/// Thread-safe without a lock: a place is a word of an address's tag and its time, and a word of what it may
/// still do. Bounded: where its set is full, the address that failed least gives its place to a new one.
class PeerGuard {
public:
    static constexpr unsigned freeFailures = 10; ///< a minute
    static constexpr std::chrono::milliseconds delayMin{100};
    static constexpr std::chrono::milliseconds delayMax{2'000};
    static constexpr unsigned waitingMax = 20; ///< answers of one address at a time
    /// What an address that is slowed down may have looked at of tokens that are not known and turn out bad:
    /// signatures cost more than anything else that a client can ask for.
    static constexpr unsigned checksASecond = 50;

    PeerGuard();
    ~PeerGuard();
    PeerGuard(const PeerGuard&) = delete;
    PeerGuard& operator=(const PeerGuard&) = delete;

    /// Notes a failure. `mayWait`: whether the caller has room for one more answer that waits.
    [[nodiscard]] Slowdown fail(const IpBytes& peer, Monotonic now, bool mayWait);
    /// An answer of Kind::Delay waits no more.
    void leave(std::uint32_t place) noexcept;

    [[nodiscard]] bool isSlowed(const IpBytes& peer, Monotonic now) const noexcept;
    /// Whether a token of that address that is not known may be verified, or asked about; counts it where the
    /// address is slowed down.
    [[nodiscard]] bool mayVerify(const IpBytes& peer, Monotonic now) noexcept;
    /// What was verified was good: that does not count. Others may share the address.
    void giveBack(const IpBytes& peer) noexcept;

private:
    struct Place;
    struct Set;

    [[nodiscard]] Set* table();
    [[nodiscard]] std::uint64_t hashOf(const IpBytes& peer) const noexcept;
    [[nodiscard]] Place* find(std::uint64_t hash) const noexcept;
    [[nodiscard]] Place* note(std::uint64_t hash, std::uint64_t nowMs, unsigned& level);

    std::uint64_t m_seed;               ///< so that nobody can choose addresses that meet in one set
    std::atomic<Set*> m_table{nullptr}; ///< made with the first failure
};

/// A worker's answers that wait. Single-threaded.
class PeerDelays {
public:
    static constexpr std::size_t waitingMax = 1'000;

    explicit PeerDelays(PeerGuard& guard) noexcept
        : m_guard(guard) {}

    [[nodiscard]] Slowdown fail(const IpBytes& peer, Monotonic now) {
        const Slowdown slowdown = m_guard.fail(peer, now, m_waiting < waitingMax);
        m_waiting += slowdown.kind == Slowdown::Kind::Delay ? 1 : 0;
        return slowdown;
    }
    /// Of each Kind::Delay once: the answer is out, or the client left.
    void end(const Slowdown& slowdown) noexcept {
        --m_waiting;
        m_guard.leave(slowdown.place);
    }
    [[nodiscard]] bool mayVerify(const IpBytes& peer, Monotonic now) noexcept {
        return m_guard.mayVerify(peer, now);
    }
    void giveBack(const IpBytes& peer) noexcept { m_guard.giveBack(peer); }
    [[nodiscard]] std::size_t waiting() const noexcept { return m_waiting; }

private:
    PeerGuard& m_guard;
    std::size_t m_waiting = 0;
};

} // namespace gateway::auth
