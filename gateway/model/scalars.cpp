#include "gateway/model/scalars.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace gateway::model {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<Unit, 5> durationUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::uint64_t durationMax = 10'000ULL * 86'400'000;

constexpr std::array<Unit, 5> sizeUnits{
    {{"TiB", 1ULL << 40U}, {"GiB", 1ULL << 30U}, {"MiB", 1ULL << 20U}, {"KiB", 1ULL << 10U}, {"B", 1}}};
constexpr std::uint64_t sizeMax = std::numeric_limits<std::int64_t>::max();

constexpr std::array<Unit, 4> ratePeriods{{{"second", 1}, {"minute", 60}, {"hour", 3'600}, {"day", 86'400}}};

template<std::size_t N>
std::optional<std::uint64_t> parseWithUnit(std::string_view text, const std::array<Unit, N>& units,
                                           std::uint64_t most) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parseUnsigned(text.substr(0, digits));
    if (!number) {
        return std::nullopt;
    }
    for (const Unit& unit : units) {
        if (text.substr(digits) == unit.name) {
            return *number <= most / unit.factor ? std::optional(*number * unit.factor) : std::nullopt;
        }
    }
    return std::nullopt;
}

template<std::size_t N>
std::string formatWithUnit(std::uint64_t value, const std::array<Unit, N>& units) {
    for (const Unit& unit : units) {
        if (value != 0 && value % unit.factor == 0) {
            return std::to_string(value / unit.factor) + std::string(unit.name);
        }
    }
    return "0" + std::string(units.back().name);
}

// Takes `count` digits off the front; -1: they are not there.
int takeDigits(std::string_view& text, std::size_t count) {
    int value = 0;
    if (text.size() < count) {
        return -1;
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool takeCharacter(std::string_view& text, char wanted) {
    if (text.empty() || text[0] != wanted) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

std::optional<std::chrono::nanoseconds> takeFraction(std::string_view& text) {
    if (!takeCharacter(text, '.')) {
        return std::chrono::nanoseconds(0);
    }
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    if (count == 0 || count > 9) {
        return std::nullopt;
    }
    std::int64_t value = takeDigits(text, count);
    for (std::size_t i = count; i < 9; ++i) {
        value *= 10;
    }
    return std::chrono::nanoseconds(value);
}

std::optional<std::chrono::minutes> takeOffset(std::string_view& text) {
    if (takeCharacter(text, 'Z') || takeCharacter(text, 'z')) {
        return std::chrono::minutes(0);
    }
    const bool west = !text.empty() && text[0] == '-';
    if (!west && (text.empty() || text[0] != '+')) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    const int hours = takeDigits(text, 2);
    if (hours < 0 || hours > 23 || !takeCharacter(text, ':')) {
        return std::nullopt;
    }
    const int minutes = takeDigits(text, 2);
    if (minutes < 0 || minutes > 59) {
        return std::nullopt;
    }
    const std::chrono::minutes offset(hours * 60 + minutes);
    return west ? -offset : offset;
}

} // namespace

std::optional<std::uint64_t> parseUnsigned(std::string_view text) {
    if (text.empty() || (text.size() > 1 && text[0] == '0')) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> parseSigned(std::string_view text) {
    const bool negative = !text.empty() && text[0] == '-';
    const auto magnitude = parseUnsigned(text.substr(negative ? 1 : 0));
    if (!magnitude || *magnitude > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return std::nullopt;
    }
    const auto value = static_cast<std::int64_t>(*magnitude);
    return negative ? -value : value;
}

std::optional<std::chrono::milliseconds> parseDuration(std::string_view text) {
    const auto value = parseWithUnit(text, durationUnits, durationMax);
    return value ? std::optional(std::chrono::milliseconds(*value)) : std::nullopt;
}

std::string formatDuration(std::chrono::milliseconds duration) {
    return formatWithUnit(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)),
                          durationUnits);
}

std::optional<std::uint64_t> parseSize(std::string_view text) {
    return parseWithUnit(text, sizeUnits, sizeMax);
}

std::string formatSize(std::uint64_t bytes) {
    return formatWithUnit(bytes, sizeUnits);
}

std::optional<std::uint64_t> parseSizeRate(std::string_view text) {
    constexpr std::string_view perSecond = "/s";
    if (!text.ends_with(perSecond)) {
        return std::nullopt;
    }
    return parseSize(text.substr(0, text.size() - perSecond.size()));
}

std::string formatSizeRate(std::uint64_t bytesPerSecond) {
    return formatSize(bytesPerSecond) + "/s";
}

std::optional<Rate> parseRate(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto requests = parseUnsigned(text.substr(0, slash));
    const auto period = std::find_if(ratePeriods.begin(), ratePeriods.end(),
                                     [&](const Unit& unit) { return unit.name == text.substr(slash + 1); });
    if (!requests || period == ratePeriods.end()) {
        return std::nullopt;
    }
    return Rate{*requests, std::chrono::seconds(period->factor)};
}

std::string formatRate(const Rate& rate) {
    const auto seconds = static_cast<std::uint64_t>(rate.period.count());
    const auto period = std::find_if(ratePeriods.begin(), ratePeriods.end(),
                                     [&](const Unit& unit) { return unit.factor == seconds; });
    const std::string per =
        period != ratePeriods.end() ? std::string(period->name) : std::to_string(rate.period.count()) + "s";
    return std::to_string(rate.requests) + "/" + per;
}

std::optional<unsigned> parsePercent(std::string_view text) {
    if (text.empty() || text.back() != '%') {
        return std::nullopt;
    }
    const auto value = parseUnsigned(text.substr(0, text.size() - 1));
    return value && *value <= 100 ? std::optional(static_cast<unsigned>(*value)) : std::nullopt;
}

std::string formatPercent(unsigned percent) {
    return std::to_string(percent) + "%";
}

std::optional<WallTime> parseTime(std::string_view text) {
    using namespace std::chrono;
    const int y = takeDigits(text, 4);
    const int m = takeCharacter(text, '-') ? takeDigits(text, 2) : -1;
    const int d = takeCharacter(text, '-') ? takeDigits(text, 2) : -1;
    // Nanoseconds in 64 bits end in 2262.
    if (y < 1970 || y > 2261 || m < 0 || d < 0) {
        return std::nullopt;
    }
    const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
    if (!date.ok()) {
        return std::nullopt;
    }
    const WallTime midnight = sys_days(date);
    if (text.empty()) {
        return midnight;
    }
    if (!takeCharacter(text, 'T') && !takeCharacter(text, 't')) {
        return std::nullopt;
    }
    const int hour = takeDigits(text, 2);
    const int minute = takeCharacter(text, ':') ? takeDigits(text, 2) : -1;
    const int second = takeCharacter(text, ':') ? takeDigits(text, 2) : -1;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
        return std::nullopt;
    }
    const auto fraction = takeFraction(text);
    const auto offset = fraction ? takeOffset(text) : std::nullopt;
    if (!offset || !text.empty()) {
        return std::nullopt;
    }
    const WallTime time = midnight + hours(hour) + minutes(minute) + seconds(second) +
                          duration_cast<WallTime::duration>(*fraction) - *offset;
    return time >= WallTime{} ? std::optional(time) : std::nullopt;
}

std::string formatTime(WallTime time) {
    using namespace std::chrono;
    const sys_days date = floor<days>(time);
    const year_month_day ymd(date);
    const auto padded = [](std::int64_t value, std::size_t width) {
        std::string digits = std::to_string(value);
        return std::string(width > digits.size() ? width - digits.size() : 0, '0') + digits;
    };
    std::string text = padded(static_cast<int>(ymd.year()), 4) + "-" +
                       padded(static_cast<unsigned>(ymd.month()), 2) + "-" +
                       padded(static_cast<unsigned>(ymd.day()), 2);
    const auto ofDay = duration_cast<nanoseconds>(time - date);
    if (ofDay.count() == 0) {
        return text;
    }
    const hh_mm_ss clock(ofDay);
    text += "T" + padded(clock.hours().count(), 2) + ":" + padded(clock.minutes().count(), 2) + ":" +
            padded(clock.seconds().count(), 2);
    if (clock.subseconds().count() != 0) {
        std::string fraction = padded(clock.subseconds().count(), 9);
        fraction.erase(fraction.find_last_not_of('0') + 1);
        text += "." + fraction;
    }
    return text + "Z";
}

std::optional<HostPort> parseHostPort(std::string_view text) {
    if (text.starts_with("unix:")) {
        return HostPort{std::string(text), 0};
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto port = parseUnsigned(text.substr(colon + 1));
    std::string_view host = text.substr(0, colon);
    if (!port || *port > std::numeric_limits<std::uint16_t>::max() || host.empty()) {
        return std::nullopt;
    }
    if (host.front() == '[') {
        if (host.size() < 3 || host.back() != ']') {
            return std::nullopt;
        }
        host = host.substr(1, host.size() - 2);
        if (host.find(':') == std::string_view::npos) {
            return std::nullopt;
        }
    } else if (host.find(':') != std::string_view::npos) {
        // `::1:8080` could be cut in several ways.
        return std::nullopt;
    }
    return HostPort{std::string(host), static_cast<std::uint16_t>(*port)};
}

std::string formatHostPort(const HostPort& address) {
    if (address.host.starts_with("unix:")) {
        return address.host;
    }
    const bool brackets = address.host.find(':') != std::string::npos;
    return (brackets ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

} // namespace gateway::model
