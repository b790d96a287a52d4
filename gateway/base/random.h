#pragma once

#include <cstdint>

namespace gateway {

/// The finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// 2014, with Stafford's constants, mix 13): every bit of the input changes about half of the bits of the
/// output.
[[nodiscard]] constexpr std::uint64_t mixBits(std::uint64_t bits) noexcept {
    bits ^= bits >> 30U;
    bits *= 0xbf58476d1ce4e5b9U;
    bits ^= bits >> 27U;
    bits *= 0x94d049bb133111ebU;
    bits ^= bits >> 31U;
    return bits;
}

/// SplitMix64: eight bytes of state and about a nanosecond a number, good enough to choose targets, to spread
/// retries and to name requests, not for secrets. Single-threaded.
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept
        : m_state(seed) {}

    /// Uniform over all 64 bits.
    [[nodiscard]] std::uint64_t next() noexcept {
        m_state += 0x9e3779b97f4a7c15U; // the golden ratio of 2^64, so that seeds next to each other differ
        return mixBits(m_state);
    }
    /// Uniform over 0..bound-1 as nearly as 32 bits allow; `bound` is at least 1.
    [[nodiscard]] std::uint32_t below(std::uint32_t bound) noexcept {
        return static_cast<std::uint32_t>(((next() >> 32U) * bound) >> 32U);
    }
    /// Uniform over [0, 1).
    [[nodiscard]] double fraction() noexcept { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

private:
    std::uint64_t m_state;
};

} // namespace gateway
