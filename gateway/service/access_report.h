#pragma once

#include "gateway/auth/identity_client.h"
#include "gateway/auth/token.h"
#include "gateway/metrics/call_record.h"
#include "gateway/model/consumer.h"
#include "gateway/model/revocation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What people ask about who may call what. Answers come from the code that serves requests.
namespace gateway::service {

/// A token (or key) that somebody pasted.
struct TokenQuery {
    std::string token{};
    std::string provider{};               ///< name; empty: the one whose issuer the token names
    WallTime at{};                        ///< 0: now
    std::string certificateFingerprint{}; ///< of the client certificate that would come with it; empty: none
};

struct TokenReport {
    std::string kind;     ///< "JWT", "API key", "opaque token"
    std::string provider; ///< name; empty: none is responsible
    std::string header;   ///< JSON, laid out; empty: none
    std::string claims;   ///< JSON, laid out
    std::vector<auth::TokenCheck> checks;
    auth::TokenFault fault = auth::TokenFault::Malformed;
    std::string verdict; ///< a sentence
    // Who it is, when it is good.
    std::string consumer;
    std::string tier;
    std::vector<std::string> scopes;
    std::vector<std::string> roles;
    std::optional<WallTime> expires;
};

/// One line of the effective access of a consumer, or of a route.
struct AccessLine {
    enum class Verdict { Allowed, Conditional, Denied };
    std::string route;
    std::string consumer; ///< empty: whoever is none; anonymous unless `credential` says more
    Verdict verdict = Verdict::Denied;
    std::string credential;       ///< by which it can: "API key ci", "JWT of corp", "any of its 3 keys"
    std::vector<std::string> why; ///< what allows, what is missing, what depends on the request; each names
                                  ///< its source: "policy key-or-token", "route orders"
};

/// Where a part of a route's effective policy comes from.
struct PolicySource {
    std::string rule;   ///< "authenticate", "authorize", "identity", ...
    std::string text;   ///< "API key, or JWT of corp"
    std::string source; ///< "policy key-or-token on listener public", "route orders itself"
    bool isWaived = false;
};

struct RouteAccess {
    std::vector<PolicySource> policies;
    /// First one for anonymous callers, and one for each provider's tokens that are of no consumer. Then the
    /// consumers, as many as the query's limit: who may call, then who may under conditions, then the others.
    std::vector<AccessLine> lines;
    std::size_t consumers = 0; ///< how many there are in all; these of them may call:
    std::size_t allowed = 0;
    std::size_t conditional = 0;
    std::size_t denied = 0;
};

struct CallQuery {
    model::ConsumerId consumer; ///< 0: all agents
    std::uint64_t beforeId = 0; ///< 0: from the newest
    std::size_t limit = 200;
};

/// A key that is known by its hash only, on its way in or out.
struct KeyTransfer {
    std::string consumer; ///< name
    model::ApiKey key;
};

} // namespace gateway::service
