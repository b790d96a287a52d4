#pragma once

#include "gateway/http/head.h"
#include "gateway/model/service.h"

#include <cstdint>
#include <string_view>

namespace gateway::pipeline {

/// What Balance::ConsistentHash goes by: the same number for the same caller. Without the field, cookie or
/// consumer that `on` names the address counts. `consumer` may be empty: nobody known.
[[nodiscard]] std::uint64_t callerHash(const model::HashOn& on, const http::RequestHead& head,
                                       std::string_view consumer, std::string_view address) noexcept;

/// The value of a cookie (RFC 6265, 4.2), without quotes; empty: there is none.
[[nodiscard]] std::string_view cookieValue(const http::RequestHead& head, std::string_view name) noexcept;

} // namespace gateway::pipeline
