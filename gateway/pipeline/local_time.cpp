#include "gateway/pipeline/local_time.h"

#include <array>
#include <ctime>

namespace gateway::pipeline {

const LocalTime::Parts& LocalTime::at(WallTime time) {
    static constexpr std::array<std::string_view, 7> days{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    // Zones are apart by whole minutes, and so are their changes.
    const std::int64_t minute = std::chrono::floor<std::chrono::minutes>(time.time_since_epoch()).count();
    if (minute != m_minute) {
        m_minute = minute;
        const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
        std::tm local{};
        ::localtime_r(&seconds, &local);
        m_parts = {local.tm_hour, local.tm_min, days[static_cast<std::size_t>(local.tm_wday) % days.size()]};
    }
    return m_parts;
}

} // namespace gateway::pipeline
