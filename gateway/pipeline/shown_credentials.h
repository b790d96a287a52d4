#pragma once

#include "gateway/pipeline/request_context.h"

#include <string>
#include <string_view>

namespace gateway::pipeline {

/// The credentials that a request shows, before anybody looked whether they are good. Views into its head.
struct ShownCredentials {
    std::string_view key;     ///< in the field or the query parameter for it
    bool hasKey = false;      ///< it may be there and empty
    std::string_view token;   ///< of `Authorization: Bearer` or `DPoP`
    bool isDpop = false;      ///< `token` came by the DPoP scheme
    std::string_view basic;   ///< of `Authorization: Basic`, still encoded
    std::string_view proof;   ///< the field `DPoP`
    bool isAmbiguous = false; ///< two of a kind, which leaves open who calls

    /// The user name of `basic` where it has an empty password, in `text`; empty: it is no such thing.
    [[nodiscard]] std::string_view basicUser(std::string& text) const;
};

/// Reads them; notes in the context where a key stood, so that it goes no further.
[[nodiscard]] ShownCredentials findCredentials(RequestContext& context);

} // namespace gateway::pipeline
