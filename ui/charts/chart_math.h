#pragma once

#include <cstdint>
#include <vector>

namespace ui {

/// How the seconds of a bucket become one point of a chart.
enum class BucketBy {
    Mean,       ///< rates
    MeanOfBusy, ///< latencies: a second without requests (0) has none and does not count
    Max,        ///< peaks that must not be smoothed away: p99, errors
};

struct ChartPoint {
    double secondsAgo = 0; ///< end of the bucket
    double value = 0;
};

/// The values (one a second, oldest first, the last one is now) in buckets of `secondsPerBucket`. Buckets
/// begin at multiples of it, counted from the first second ever (`secondsSeen` have passed), so that a
/// bucket keeps its value while it wanders to the left.
[[nodiscard]] std::vector<ChartPoint> bucketed(const std::vector<double>& values, std::uint64_t secondsSeen,
                                               std::uint64_t secondsPerBucket, BucketBy by);

/// The top of a chart's Y axis: a round number that four lines divide well. Changes only when the data pass
/// it or fall under 60 % of it, so that the chart does not breathe.
class YScale {
public:
    explicit YScale(double smallestTop = 1);

    /// Returns true when the top changed.
    bool fit(double highest);
    [[nodiscard]] double top() const { return m_top; }
    [[nodiscard]] static double roundTop(double highest);

private:
    double m_smallestTop;
    double m_top;
};

} // namespace ui
