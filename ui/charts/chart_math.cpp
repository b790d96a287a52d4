#include "ui/charts/chart_math.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ui {

namespace {

double combine(const std::vector<double>& values, std::size_t from, std::size_t to, BucketBy by) {
    double sum = 0;
    double highest = 0;
    std::size_t busy = 0;
    for (std::size_t i = from; i < to; ++i) {
        sum += values[i];
        highest = std::max(highest, values[i]);
        busy += values[i] > 0 ? 1U : 0U;
    }
    switch (by) {
    case BucketBy::Mean:
        return sum / static_cast<double>(to - from);
    case BucketBy::MeanOfBusy:
        return busy > 0 ? sum / static_cast<double>(busy) : 0;
    case BucketBy::Max:
        return highest;
    }
    return 0;
}

} // namespace

std::vector<ChartPoint> bucketed(const std::vector<double>& values, std::uint64_t secondsSeen,
                                 std::uint64_t secondsPerBucket, BucketBy by) {
    std::vector<ChartPoint> points;
    const std::size_t count = values.size();
    if (count == 0 || secondsPerBucket == 0) {
        return points;
    }
    const std::uint64_t firstSecond = secondsSeen >= count ? secondsSeen - count : 0;
    points.reserve(count / secondsPerBucket + 2);
    std::size_t from = 0;
    while (from < count) {
        const std::uint64_t second = firstSecond + from;
        const auto room = static_cast<std::size_t>(secondsPerBucket - second % secondsPerBucket);
        const std::size_t to = std::min(count, from + room);
        points.push_back({static_cast<double>(count - to), combine(values, from, to, by)});
        from = to;
    }
    return points;
}

YScale::YScale(double smallestTop)
    : m_smallestTop(smallestTop)
    , m_top(smallestTop) {}

bool YScale::fit(double highest) {
    if (highest <= m_top && highest >= 0.6 * m_top) {
        return false;
    }
    const double wanted = std::max(m_smallestTop, roundTop(highest * 1.1));
    if (highest < m_top && wanted >= m_top) {
        return false;
    }
    const bool changes = wanted < m_top || wanted > m_top;
    m_top = wanted;
    return changes;
}

double YScale::roundTop(double highest) {
    if (!(highest > 0) || !std::isfinite(highest)) {
        return 0;
    }
    constexpr std::array steps{1.0, 1.2, 1.6, 2.0, 2.4, 3.2, 4.0, 6.0, 8.0, 10.0};
    const double magnitude = std::pow(10, std::floor(std::log10(highest)));
    for (const double step : steps) {
        // A hair of tolerance for the rounding of the power.
        if (step * magnitude >= highest * (1 - 1e-9)) {
            return step * magnitude;
        }
    }
    return 10 * magnitude;
}

} // namespace ui
