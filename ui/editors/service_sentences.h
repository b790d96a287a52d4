#pragma once

#include "gateway/model/service.h"

#include <QString>

// What the settings of a service do, in words; they stand below the fields that they speak of.
namespace ui {

[[nodiscard]] QString balanceSentence(const gateway::model::Service& service);
[[nodiscard]] QString slowStartSentence(std::chrono::milliseconds slowStart);
[[nodiscard]] QString concurrencySentence(std::uint32_t concurrency);
[[nodiscard]] QString healthSentence(const gateway::model::HealthCheck& health);
[[nodiscard]] QString outlierSentence(const gateway::model::Outlier& outlier, std::size_t targets);
[[nodiscard]] QString breakerSentence(const gateway::model::Breaker& breaker);
[[nodiscard]] QString retriesSentence(const gateway::model::Retries& retries);
[[nodiscard]] QString protocolSentence(const gateway::model::Service& service);
[[nodiscard]] QString upstreamTlsSentence(const gateway::model::Service::Tls& tls);
[[nodiscard]] QString streamsSentence(const gateway::model::Service::Timeouts& timeouts);
[[nodiscard]] QString timeoutsSentence(const gateway::model::Service::Timeouts& timeouts);

} // namespace ui
