#pragma once

#include "gateway/base/result.h"

#include <string>
#include <string_view>

namespace gateway::crypto {

/// How an authority is asked when to renew a certificate (RFC 9773, 4.1): the key identifier of its issuer
/// and its serial number, both in base64url, of the first certificate in `pem`. Input error
/// "no-authority-key-id" for a certificate that does not name its issuer's key.
[[nodiscard]] Result<std::string> renewalId(std::string_view pem);

} // namespace gateway::crypto
