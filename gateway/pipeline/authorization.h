#pragma once

#include "gateway/pipeline/caller.h"

namespace gateway::pipeline {

/// What a caller lacks of what somebody asks for.
enum class Lack : std::uint8_t { Nothing, Role, Scope };

/// Roles and scopes; expressions are asked elsewhere, because they are about a request, too.
[[nodiscard]] Lack lackOf(const AuthorizePlan& plan, const Caller& caller) noexcept;

/// Whether the caller may call the route at all, by what its consumer says.
[[nodiscard]] bool mayCall(const ConsumerPlan& consumer, const RoutePlan& route) noexcept;

/// Whether what the caller showed once would do for the policy, too, without a look at how good it is now.
[[nodiscard]] bool isWayOf(const AuthenticatePlan& plan, const Caller& caller, const Tables& tables) noexcept;

} // namespace gateway::pipeline
