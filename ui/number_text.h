#pragma once

#include <QString>
#include <chrono>

namespace ui {

/// "0", "0.42", "9.5", "41.0", "896", "12.3k": three or four digits that a glance takes in.
[[nodiscard]] QString rateText(double perSecond);
/// "0.42 ms", "37.7 ms", "240 ms", "1.25 s".
[[nodiscard]] QString latencyText(double milliseconds);
/// "0 %", "0.56 %", "12.5 %"; the ratio is 0..1.
[[nodiscard]] QString percentText(double ratio);
/// "5 s", "12 min", "3 h 05 min", "4 d 06:12".
[[nodiscard]] QString durationText(std::chrono::seconds duration);
/// With the sign that a change has: "+4.2", "−1.8", "0".
[[nodiscard]] QString signedText(double change, int decimals);

} // namespace ui
