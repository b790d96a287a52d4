#pragma once

#include "gateway/base/result.h"
#include "gateway/crypto/private_key.h"

#include <optional>
#include <string>
#include <string_view>

// Signed requests of ACME (RFC 8555, 6.2) in the one algorithm that every authority has to understand: ES256.
namespace gateway::crypto {

/// RFC 4648, 5, without padding.
[[nodiscard]] std::string toBase64Url(std::string_view bytes);
/// Nothing for text that is no base64url, is padded, or has bits left over that are not zero.
[[nodiscard]] std::optional<std::string> fromBase64Url(std::string_view text);

/// The public part of a P-256 key as JSON, its members in the order of RFC 7638. Input error for other keys.
[[nodiscard]] Result<std::string> publicJwk(const PrivateKey& key);
/// Base64url of the SHA-256 of what publicJwk() gives (RFC 7638).
[[nodiscard]] std::string thumbprint(std::string_view jwk);

/// ES256 (RFC 7518, 3.4): r and s, 32 bytes each. Input error for keys that are not P-256.
[[nodiscard]] Result<std::string> signEs256(const PrivateKey& key, std::string_view text);
/// A JWS in the flattened JSON serialization (RFC 7515, 7.2.2). `protectedHeader` is JSON that names ES256.
[[nodiscard]] Result<std::string> signJws(const PrivateKey& key, std::string_view protectedHeader,
                                          std::string_view payload);

} // namespace gateway::crypto
