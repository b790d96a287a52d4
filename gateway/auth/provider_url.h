#pragma once

#include "gateway/base/result.h"

#include <string>
#include <vector>

namespace gateway::auth {

/// An URL of an identity provider, taken apart.
struct ProviderUrl {
    bool isSecure = false;
    std::string origin; ///< "https://login.example:8443"
    std::string path;   ///< begins with a slash

    /// Without the query, in which some providers put secrets: for people and logs.
    [[nodiscard]] std::string shown() const { return origin + path; }
};

/// https, or http for `localhost` and literal loopback addresses; without user and password. Input error
/// "provider-url" otherwise.
[[nodiscard]] Result<ProviderUrl> readProviderUrl(const std::string& url);

/// Where an issuer's metadata may be, in the order to ask: OpenID Connect Discovery 1.0, 4, then RFC 8414, 3.
[[nodiscard]] Result<std::vector<std::string>> metadataUrls(const std::string& issuer);

} // namespace gateway::auth
