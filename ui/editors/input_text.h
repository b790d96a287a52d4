#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/route.h"
#include "gateway/model/service.h"

#include <QString>
#include <QStringList>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace ui {

/// A value out of what a person typed, or a sentence about why it cannot be one.
template<class T>
using Parsed = tl::expected<T, QString>;

/// "5s", "250 ms", "1.5 s", "2m", "1h"; a bare number is refused, because its unit would be a guess.
/// The model knows the bounds.
[[nodiscard]] Parsed<std::chrono::milliseconds> parseDuration(const QString& text);
[[nodiscard]] QString durationInputText(std::chrono::milliseconds duration);

/// The same where empty, or 0, means none.
[[nodiscard]] Parsed<std::chrono::milliseconds> parseOptionalDuration(const QString& text);
[[nodiscard]] QString optionalDurationText(std::chrono::milliseconds duration);

/// "32KiB", "10 MiB", "4096" (bytes). The model knows the bounds.
[[nodiscard]] Parsed<std::uint64_t> parseBytes(const QString& text);
[[nodiscard]] QString bytesText(std::uint64_t bytes);

/// "1KiB/s" or "1KiB"; empty, or 0, means none.
[[nodiscard]] Parsed<std::uint64_t> parseOptionalByteRate(const QString& text);
[[nodiscard]] QString optionalByteRateText(std::uint64_t bytesPerSecond);

/// A whole number within the bounds; "10,000" may have its thousands apart.
[[nodiscard]] Parsed<std::int64_t> parseNumber(const QString& text, std::int64_t least, std::int64_t most);
/// Any whole number, for which the model knows the bounds. One too large to be held becomes the largest.
[[nodiscard]] Parsed<std::uint32_t> parseCount(const QString& text);
/// The same where empty, or 0, means none.
[[nodiscard]] Parsed<std::uint32_t> parseOptionalCount(const QString& text);
[[nodiscard]] QString optionalNumberText(std::int64_t number);
/// "50%", "50 %" or "50": a whole number, as parseCount() reads it.
[[nodiscard]] Parsed<std::uint32_t> parsePercent(const QString& text);
[[nodiscard]] QString percentInputText(std::uint32_t percent);
[[nodiscard]] Parsed<std::uint16_t> parsePort(const QString& text);

struct HostPort {
    std::string host;
    std::uint16_t port = 0;
};
/// "orders.internal:8080", "127.0.0.1:9001", "[::1]:9001"
[[nodiscard]] Parsed<HostPort> parseHostPort(const QString& text);
/// The same, or the Unix socket `unix:/run/orders.sock`, whose port is 0.
[[nodiscard]] Parsed<HostPort> parseTargetAddress(const QString& text);
[[nodiscard]] QString hostPortText(const std::string& host, std::uint16_t port);

/// Separated by commas, spaces or line ends.
[[nodiscard]] std::vector<std::string> parseList(const QString& text);
[[nodiscard]] QString listText(const std::vector<std::string>& items);

/// One "name=value" a line; a line without "=" is refused.
[[nodiscard]] Parsed<std::map<std::string, std::string>> parseAttributes(const QString& text);

/// "2027-01-31": the key is refused from the start of that day on, UTC. Empty: never.
[[nodiscard]] Parsed<std::optional<gateway::WallTime>> parseExpiry(const QString& text,
                                                                   gateway::WallTime now);

/// Rows of cells as one text: cells apart by tabs, rows by line ends. What the row editors of a form hold.
[[nodiscard]] QList<QStringList> rowsOf(const QString& text, int cells);
[[nodiscard]] QString rowsText(const QList<QStringList>& rows);

} // namespace ui
