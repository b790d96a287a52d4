#include "db/utc_text.h"

#include <array>
#include <ctime>

namespace db {

std::string toUtc(gateway::WallTime time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    constexpr std::size_t textBytes = 32;
    std::array<char, textBytes> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), length};
}

} // namespace db
