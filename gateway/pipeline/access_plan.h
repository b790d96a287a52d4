#pragma once

#include "gateway/auth/evaluate.h"
#include "gateway/model/access.h"
#include "gateway/model/ids.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// What policies ask of callers, compiled: names looked up, lists sorted, expressions read. Immutable, and
// shared by all routes, services and listeners that name the policy.
namespace gateway::pipeline {

/// What upstreams are told about callers; see identity_fields.h.
struct IdentityPlan;

struct CredentialPlan {
    model::Credential::Kind kind = model::Credential::Kind::ApiKey;
    std::uint32_t provider = 0; ///< of Jwt and Introspection: position in Tables::providersByIndex
};

/// All of these, of one caller.
using WayPlan = std::vector<CredentialPlan>;

struct AuthenticatePlan {
    std::vector<WayPlan> ways; ///< one is enough; the cheapest to check is first
    bool anonymous = false;
    std::optional<std::uint32_t> anonymousTier{}; ///< TierPlan::index
    // What any of the ways takes.
    bool takesKeys = false;
    bool takesTokens = false;
    bool takesCertificates = false;
};

struct AuthorizePlan {
    std::vector<std::string> scopes;   ///< all of them
    std::vector<std::string> anyScope; ///< one of them
    std::vector<std::string> roles;    ///< one of them
    std::vector<std::string> allRoles; ///< all of them
    std::shared_ptr<const auth::Program> when{};

    [[nodiscard]] bool isEmpty() const noexcept {
        return scopes.empty() && anyScope.empty() && roles.empty() && allRoles.empty() && !when;
    }
};

struct PolicyPlan {
    model::PolicyId id;
    std::string name;
    std::optional<AuthenticatePlan> authenticate{};
    std::shared_ptr<const AuthorizePlan> authorize{}; ///< null: nothing
    std::shared_ptr<const IdentityPlan> identity{};   ///< null: it says nothing
    bool forwardsCredential = false;                  ///< of `identity`: credentials travel on as they came
    std::uint16_t redirectPort = 0;            ///< requests in the clear are sent there; 0: says nothing
    std::shared_ptr<const std::string> hsts{}; ///< a whole line for answers over TLS; null: says nothing
};
using PolicyPlanPointer = std::shared_ptr<const PolicyPlan>;

} // namespace gateway::pipeline
