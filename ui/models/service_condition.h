#pragma once

#include "gateway/metrics/metrics_frame.h"
#include "gateway/model/service.h"
#include "ui/models/traffic_window.h"
#include "ui/theme.h"

#include <QString>
#include <optional>

namespace ui {

/// How something stands: a word or two for a pill, and a sentence for who wants to know more.
struct Condition {
    QString text;
    Tone tone = Tone::Neutral;
    QString detail; ///< may be empty
};

/// Of a target in the last frame. Without checks and traffic nothing is known of it, and nothing is claimed.
[[nodiscard]] Condition conditionOf(const gateway::metrics::TargetTraffic& target, bool isChecked);
/// Of one that no frame has spoken of yet.
[[nodiscard]] Condition conditionOf(const gateway::model::Target& target);

/// Of a whole service: the worst thing first. `live` is null without a frame of it.
[[nodiscard]] Condition conditionOf(const gateway::model::Service& service,
                                    const gateway::metrics::ServiceTraffic* live,
                                    const std::optional<TrafficRate>& rate);

/// Whether no other target of the service would get requests, as far as is known.
[[nodiscard]] bool isLastInService(const gateway::model::Service& service, const std::string& address,
                                   const gateway::metrics::ServiceTraffic* live);

/// "12 req/s · 3 errors/s · 2 in flight · 4 open"
[[nodiscard]] QString trafficText(const gateway::metrics::TargetTraffic& target, double seconds);

} // namespace ui
