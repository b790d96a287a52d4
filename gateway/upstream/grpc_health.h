#pragma once

#include <string>
#include <string_view>

/// grpc.health.v1.Health/Check, put together and taken apart by hand: two messages of one field each.
namespace gateway::upstream::grpc_health {

inline constexpr std::string_view path = "/grpc.health.v1.Health/Check";

/// A HealthCheckRequest behind its length prefix.
[[nodiscard]] std::string request(std::string_view service);

/// What the answer means; empty: SERVING. `status`: grpc-status; empty: none came. `body`: with the length
/// prefix.
[[nodiscard]] std::string problemOf(std::string_view status, std::string_view body);

/// The value of a trailer or an empty string. `lines` as CallListener::onResponseEnd gets them.
[[nodiscard]] std::string_view trailer(std::string_view lines, std::string_view name);

} // namespace gateway::upstream::grpc_health
