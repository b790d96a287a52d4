#pragma once

#include "gateway/pipeline/request_context.h"

#include <string>

namespace gateway::pipeline {

/// Appends a WWW-Authenticate line for each kind of credential that the policy takes (RFC 9110, 11.6.1). What
/// was wrong with a token is said only where one was shown (RFC 6750, 3.1).
void appendChallenges(std::string& fields, const RequestContext& context, const AuthenticatePlan& plan,
                      bool tokenIsBad);

/// For a token that is good and whose scopes do not do.
void appendScopeChallenge(std::string& fields, const RequestContext& context, const AuthorizePlan& plan);

} // namespace gateway::pipeline
