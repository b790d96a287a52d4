#pragma once

#include "gateway/auth/key_set.h"

#include <nlohmann/json.hpp>

namespace gateway::auth {

/// Whether the object has a member that only a private or symmetric key has (RFC 7518, 6.2.2, 6.3.2, 6.4).
[[nodiscard]] bool isPrivateJwk(const nlohmann::json& jwk);

/// A public key for signatures. Input error, its message a reason in a few words: it is of another kind, for
/// another use, weak, or no valid key. The caller has looked at isPrivateJwk().
[[nodiscard]] Result<VerificationKey> readJwk(const nlohmann::json& jwk);

/// RFC 7638, with SHA-256, as `cnf.jkt` has it. Empty: it lacks a member. Says nothing about the key's worth.
[[nodiscard]] std::string thumbprintOf(const nlohmann::json& jwk);

} // namespace gateway::auth
