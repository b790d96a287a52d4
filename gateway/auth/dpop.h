#pragma once

#include "gateway/auth/replay_memory.h"
#include "gateway/auth/token.h"
#include "gateway/base/clock.h"

#include <string>
#include <string_view>
#include <vector>

// Demonstrating proof of possession (RFC 9449): a caller shows with each request that it holds the key that
// its token is bound to.
namespace gateway::auth {

/// What a proof has to be about.
struct ProofTarget {
    std::string_view method;     ///< as sent
    std::string_view scheme;     ///< "https"
    std::string_view authority;  ///< host and port, as the client named them
    std::string_view path;       ///< as sent; a query is ignored
    std::string_view token;      ///< the access token's text
    std::string_view thumbprint; ///< Token::keyThumbprint; empty: the token is bound to no key
};

inline constexpr std::size_t proofBytesMax = 8'192;
inline constexpr std::chrono::seconds proofAgeMax{60}; ///< of `iat`, on either side of now

/// Whether the proof (the only value of the only field `DPoP`) shows that the caller holds the token's key,
/// for this request, and for the first time (RFC 9449, 4.3): None or WrongProof; Missing when it is empty.
/// Servers' nonces are not asked for. With `checks`, a line for each thing up to the first that is wrong.
[[nodiscard]] TokenFault checkProof(std::string_view proof, const ProofTarget& target, WallTime now,
                                    ReplayMemory& memory, std::vector<TokenCheck>* checks = nullptr);

/// A URI without query and fragment, normalised as RFC 3986, 6.2.2 and 6.2.3 say, so that equal ones are
/// equal texts. Empty: it is no http or https URI with a host, or has user information.
[[nodiscard]] std::string normalizedUri(std::string_view uri);

} // namespace gateway::auth
