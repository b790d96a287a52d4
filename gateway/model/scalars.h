#pragma once

#include "gateway/base/clock.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::model {

// How people write quantities in files and editors. Each parse function takes the whole text or nothing; each
// format function writes the shortest text that its parse function reads back as the same value.

/// `250ms`, `10s`, `5m`, `1h`, `7d`; never without a unit. At most 10,000 days.
[[nodiscard]] std::optional<std::chrono::milliseconds> parseDuration(std::string_view text);
[[nodiscard]] std::string formatDuration(std::chrono::milliseconds duration);

/// `512B`, `32KiB`, `10MiB`, `1GiB`, `1TiB`; never without a unit. Below 2^63.
[[nodiscard]] std::optional<std::uint64_t> parseSize(std::string_view text);
[[nodiscard]] std::string formatSize(std::uint64_t bytes);

/// A size per second: `1KiB/s`.
[[nodiscard]] std::optional<std::uint64_t> parseSizeRate(std::string_view text);
[[nodiscard]] std::string formatSizeRate(std::uint64_t bytesPerSecond);

struct Rate {
    std::uint64_t requests = 0;
    std::chrono::seconds period{1};
    bool operator==(const Rate&) const = default;
};

/// `100/minute`; per second, minute, hour or day.
[[nodiscard]] std::optional<Rate> parseRate(std::string_view text);
/// A period that is none of the four is written in seconds (`3/90s`), which parseRate does not take.
[[nodiscard]] std::string formatRate(const Rate& rate);

/// `10%`, 0 to 100.
[[nodiscard]] std::optional<unsigned> parsePercent(std::string_view text);
[[nodiscard]] std::string formatPercent(unsigned percent);

/// `2027-01-31` (midnight UTC) or an RFC 3339 time such as `2027-01-31T09:30:00+01:00`; 1970 to 2261.
[[nodiscard]] std::optional<WallTime> parseTime(std::string_view text);
[[nodiscard]] std::string formatTime(WallTime time);

struct HostPort {
    std::string host; ///< without brackets
    std::uint16_t port = 0;
    bool operator==(const HostPort&) const = default;
};

/// `127.0.0.1:8080`, `orders.internal:80`, `[::1]:8080`. Whether the host can be one is not asked.
[[nodiscard]] std::optional<HostPort> parseHostPort(std::string_view text);
[[nodiscard]] std::string formatHostPort(const HostPort& address);

/// Decimal digits alone, no sign, no leading zero.
[[nodiscard]] std::optional<std::uint64_t> parseUnsigned(std::string_view text);
/// The same with `-` allowed.
[[nodiscard]] std::optional<std::int64_t> parseSigned(std::string_view text);

} // namespace gateway::model
