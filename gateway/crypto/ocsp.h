#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"

#include <string>
#include <string_view>

// What an authority says about a certificate of its own, to be shown with it (RFC 6960). `chain` is PEM: the
// certificate, then its issuer.
namespace gateway::crypto {

/// DER, without a nonce, so that authorities can answer from a store. Input error "no-issuer" for a chain
/// without the issuer.
[[nodiscard]] Result<std::string> ocspRequest(std::string_view chain);

/// When the answer `response` (DER) has to be followed by a newer one. Input error when it is none that
/// clients would believe: another certificate's, signed by somebody else, too old, or not "good".
[[nodiscard]] Result<WallTime> ocspGoodUntil(std::string_view chain, std::string_view response, WallTime now);

} // namespace gateway::crypto
