#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/consumer.h"

#include <QString>
#include <optional>
#include <string>
#include <vector>

namespace ui {

/// What a table says where there is nothing to say.
[[nodiscard]] QString noValue();

[[nodiscard]] QString toQString(const std::string& text);
[[nodiscard]] QString joined(const std::vector<std::string>& items, const QString& separator);
[[nodiscard]] QString countText(qint64 count);                                          ///< "100,000"
[[nodiscard]] QString countText(qint64 count, const QString& one, const QString& many); ///< "1 target"
/// In local time: "24 Nov 2026, 08:15".
[[nodiscard]] QString timeText(gateway::WallTime time);
[[nodiscard]] QString dateText(gateway::WallTime time);
/// "just now", "3 min ago", "2 h ago", else the date.
[[nodiscard]] QString agoText(gateway::WallTime time, gateway::WallTime now);
[[nodiscard]] QString consumerKindText(gateway::model::ConsumerKind kind);

} // namespace ui
