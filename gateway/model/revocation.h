#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/ids.h"

#include <optional>
#include <string>

namespace gateway::model {

/// Credentials that hold no more, from the moment that this is stored. Not part of a revision.
struct Revocation {
    enum class Kind {
        Consumer, ///< whatever it calls with
        TokenId,  ///< `jti`
        Subject,  ///< `sub`: its tokens that were issued before `before`
        Before,   ///< all tokens that were issued before `before`
    };
    RevocationId id;
    Kind kind = Kind::TokenId;
    ConsumerId consumer;           ///< of Kind::Consumer
    IdentityProviderId provider{}; ///< of the others; 0: whoever issued the token
    std::string value{};           ///< jti or sub
    WallTime before{};             ///< a token without `iat` counts as older
    std::string reason{};
    std::string author{};
    WallTime created{};
    std::optional<WallTime> expires{}; ///< from then on nothing that it is about is left; empty: it stays

    bool operator==(const Revocation&) const = default;
};

} // namespace gateway::model
