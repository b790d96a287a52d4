#pragma once

#include "gateway/model/access.h"
#include "gateway/model/ids.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace gateway::model {

/// Strict-Transport-Security (RFC 6797) on answers over TLS.
struct Hsts {
    std::chrono::seconds maxAge{31'536'000};
    bool includeSubdomains = false;
    bool preload = false;
    bool operator==(const Hsts&) const = default;
};

/// Requests in the clear are sent to https with 308.
struct HttpsRedirect {
    std::uint16_t port = 443;
    bool operator==(const HttpsRedirect&) const = default;
};

/// One reusable rule, or several that belong together.
struct Policy {
    PolicyId id;
    std::string name;
    std::optional<Authenticate> authenticate{};
    std::optional<Hsts> hsts{};
    std::optional<HttpsRedirect> httpsRedirect{}; ///< `https_redirect: { port: 443 }`
    std::optional<Authorize> authorize{};
    std::optional<ForwardIdentity> identity{};
    bool everywhere = false; ///< holds for all routes, as if each named it

    bool operator==(const Policy&) const = default;
};

} // namespace gateway::model
