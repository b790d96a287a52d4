#pragma once

#include "gateway/base/clock.h"

#include <algorithm>
#include <cstdint>

namespace gateway::http {

/// How often something that costs the gateway more than the client may happen: `burst` at once, and
/// `perSecond` in the long run.
struct H2Allowance {
    std::uint32_t burst;
    std::uint32_t perSecond;
};

/// What clients may do on an HTTP/2 connection before it counts as a flood. Browsers and gRPC clients stay
/// far below: a browser that leaves a page cancels at most the streams it has open, and gRPC measures the
/// path with some pings a second.
namespace h2_allowances {
inline constexpr H2Allowance resets{300, 30}; ///< RST_STREAM from the client (CVE-2023-44487)
inline constexpr H2Allowance provokedResets{100,
                                            10}; ///< streams reset because of what it sent (CVE-2025-8671)
inline constexpr H2Allowance pings{500, 100};
inline constexpr H2Allowance settings{30, 5};
inline constexpr H2Allowance emptyFrames{100, 20}; ///< DATA without content that ends nothing
inline constexpr H2Allowance priorities{1'000,
                                        100}; ///< PRIORITY, PRIORITY_UPDATE and frames of unknown types
inline constexpr H2Allowance tinyWindows{2'000, 500}; ///< WINDOW_UPDATE by less than h2TinyWindowBytes
} // namespace h2_allowances

/// An update of the window by less than this is one that no reader of whole buffers sends.
inline constexpr std::int32_t h2TinyWindowBytes = 256;

/// A leaky bucket: counts, and forgets with time. Reads the clock only once half of the burst is used.
class H2Budget {
public:
    /// False: that was too much.
    [[nodiscard]] bool spend(const H2Allowance& allowance, const Clock& clock) noexcept {
        if (++m_used <= allowance.burst / 2) {
            return true;
        }
        const Monotonic now = clock.now();
        const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - m_since).count();
        const std::uint64_t forgiven = std::min<std::uint64_t>(
            static_cast<std::uint64_t>(std::max<std::int64_t>(passed, 0)) * allowance.perSecond / 1'000,
            m_used);
        if (forgiven > 0) {
            m_used -= static_cast<std::uint32_t>(forgiven);
            m_since = now;
        }
        return m_used <= allowance.burst;
    }

private:
    Monotonic m_since{};
    std::uint32_t m_used = 0;
};

} // namespace gateway::http
