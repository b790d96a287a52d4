#pragma once

#include "gateway/base/clock.h"

#include <cstdint>
#include <string_view>

namespace gateway::pipeline {

/// The time of day in the system's time zone, looked up once a minute. Single-threaded.
class LocalTime {
public:
    struct Parts {
        int hour = 0;
        int minute = 0;
        std::string_view weekday; ///< "mon", "tue", ...
    };
    [[nodiscard]] const Parts& at(WallTime time);

private:
    std::int64_t m_minute = -1; ///< since 1970
    Parts m_parts;
};

} // namespace gateway::pipeline
