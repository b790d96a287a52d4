#pragma once

#include "gateway/model/config.h"
#include "gateway/routing/router.h"
#include "gateway/service/gateway_service.h"

namespace gateway::service {

/// Asks the router that requests are routed by, and puts its answer into words.
[[nodiscard]] MatchReport reportMatch(const routing::Router& router, const model::Config& config,
                                      const MatchQuery& query);

} // namespace gateway::service
