#pragma once

#include "gateway/base/result.h"
#include "gateway/model/config.h"
#include "gateway/service/ports.h"

namespace gateway::service {

/// The revocation with what it leaves open: when it was created, and until when tokens are meant (now).
/// Errors: Input "no-such-consumer", "no-such-provider", "bad-revocation".
[[nodiscard]] Result<model::Revocation> completeRevocation(model::Revocation revocation,
                                                           const model::Config& config, WallTime now);

/// Stores a complete one. What is revoked like this already is not stored again. Kind::Before of all
/// providers also revokes the API keys that were created before.
[[nodiscard]] Result<model::Revocation> storeRevocation(Stores stores, model::Revocation revocation);

} // namespace gateway::service
