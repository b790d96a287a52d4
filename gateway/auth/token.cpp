#include "gateway/auth/token.h"

namespace gateway::auth {

const char* tokenFaultName(TokenFault fault) noexcept {
    switch (fault) {
    case TokenFault::None:
        return "good";
    case TokenFault::Missing:
        return "missing";
    case TokenFault::TooLarge:
        return "too-large";
    case TokenFault::Malformed:
        return "malformed";
    case TokenFault::AlgorithmNotAllowed:
        return "algorithm-not-allowed";
    case TokenFault::WrongType:
        return "wrong-type";
    case TokenFault::CriticalUnknown:
        return "critical-unknown";
    case TokenFault::KeyUnknown:
        return "key-unknown";
    case TokenFault::KeysUnavailable:
        return "keys-unavailable";
    case TokenFault::BadSignature:
        return "bad-signature";
    case TokenFault::WrongIssuer:
        return "wrong-issuer";
    case TokenFault::WrongAudience:
        return "wrong-audience";
    case TokenFault::Expired:
        return "expired";
    case TokenFault::NotYetValid:
        return "not-yet-valid";
    case TokenFault::IssuedInFuture:
        return "issued-in-future";
    case TokenFault::LivesTooLong:
        return "lives-too-long";
    case TokenFault::ClaimMissing:
        return "claim-missing";
    case TokenFault::ClaimMalformed:
        return "claim-malformed";
    case TokenFault::NotActive:
        return "not-active";
    case TokenFault::ProviderDown:
        return "provider-down";
    case TokenFault::Revoked:
        return "revoked";
    case TokenFault::WrongCertificate:
        return "wrong-certificate";
    case TokenFault::WrongProof:
        return "wrong-proof";
    case TokenFault::NoConsumer:
        break;
    }
    return "no-consumer";
}

} // namespace gateway::auth
