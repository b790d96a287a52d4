#pragma once

#include "gateway/service/acme_http.h"

#include <nlohmann/json.hpp>
#include <string>

namespace gateway::service {

/// Why an authority refuses: its problem document (RFC 7807, RFC 8555 6.7).
struct AcmeProblem {
    std::string type;   ///< without "urn:ietf:params:acme:error:"; other types as they are; may be empty
    std::string detail; ///< as the authority said it, tamed
    std::string domain; ///< that it is about; may be empty
    std::string place;  ///< URL where a person can do something about it; may be empty
    int status = 0;
};

/// Why something of the authority is not to be had now.
struct AcmeFailure {
    Error error;
    /// The authority does not want to be asked before.
    std::optional<std::chrono::seconds> retryAfter;
};
template<class T>
using AcmeResult = tl::expected<T, AcmeFailure>;

[[nodiscard]] inline tl::unexpected<AcmeFailure> failAcme(ErrorKind kind, std::string_view code,
                                                          std::string message) {
    return tl::unexpected<AcmeFailure>(AcmeFailure{{kind, std::string(code), std::move(message)}, {}});
}

/// Of an answer that is no success, also when it has no problem document.
[[nodiscard]] AcmeProblem problemOf(const AcmeAnswer& answer);
/// Of the "error" member of a challenge, an authorization or an order.
[[nodiscard]] AcmeProblem problemOf(const nlohmann::json& error);

/// What happened and what to do, for people; ends with a full stop.
[[nodiscard]] std::string sentenceOf(const AcmeProblem& problem);

/// The answer's problem as an Error: its code is "acme-" and the problem's type, or "acme-refused".
[[nodiscard]] Error errorOf(const AcmeProblem& problem);

} // namespace gateway::service
