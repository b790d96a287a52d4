#pragma once

#include "gateway/model/service.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::model {

// The words of the file form for what a service does.

[[nodiscard]] std::string_view balanceWord(Balance balance); ///< `round-robin`, `least-requests`, ...
[[nodiscard]] std::optional<Balance> parseBalance(std::string_view word);

[[nodiscard]] std::string_view protocolWord(Protocol protocol); ///< `http`, `http2`, `grpc`
[[nodiscard]] std::optional<Protocol> parseProtocol(std::string_view word);

/// Whether an answer with this status may be a reason for another try: 429 and 500 to 599.
[[nodiscard]] bool isRetryStatus(std::uint64_t status);

/// The reasons for another try, in the order of the file form: `connect-failure`, ..., then statuses.
[[nodiscard]] std::vector<std::string> retryReasons(const Retries& retries);
/// Adds a reason; false: it is none.
bool addRetryReason(Retries& retries, std::string_view reason);
/// The same retries, for no reason.
[[nodiscard]] Retries withoutReasons(Retries retries);

} // namespace gateway::model
