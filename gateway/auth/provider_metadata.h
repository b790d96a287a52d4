#pragma once

#include "gateway/base/result.h"

#include <string>
#include <string_view>

namespace gateway::auth {

/// What is taken from a provider's metadata (RFC 8414, 2).
struct ProviderMetadata {
    std::string keys;          ///< `jwks_uri`; may be empty
    std::string introspection; ///< `introspection_endpoint`; may be empty
};

/// Its `issuer` has to be ours, byte by byte (RFC 8414, 3.3): otherwise anybody could speak for it. Addresses
/// are https, or http for loopback where the document itself came over http. Input errors
/// "provider-metadata", "provider-issuer", "provider-url".
[[nodiscard]] Result<ProviderMetadata> readMetadata(std::string_view json, const std::string& issuer,
                                                    bool cameSecurely);

} // namespace gateway::auth
