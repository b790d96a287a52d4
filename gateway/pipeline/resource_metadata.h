#pragma once

#include "gateway/pipeline/stages.h"

#include <string>
#include <string_view>

// What the gateway tells everybody about who may call: its own keys, and who issues tokens for a resource
// (RFC 9728).
namespace gateway::pipeline {

inline constexpr std::string_view resourceMetadataPath = "/.well-known/oauth-protected-resource";

/// Answers at Listener::keysPath with the keys of the gateway's own tokens, and at
/// `/.well-known/oauth-protected-resource/PATH` with who issues tokens for PATH: what is known of the route
/// that PATH would take. Where that takes no tokens, the request goes on as any other.
Verdict answerMetadata(RequestContext& context, const StageTools& tools);

/// Appends `, resource_metadata="URL"` (RFC 9728, 5.1) to a challenge; nothing where the listener keeps it to
/// itself or the client named no host.
void appendResourceMetadata(std::string& fields, const RequestContext& context);

} // namespace gateway::pipeline
