#pragma once

#include <cstdint>
#include <string>

namespace gateway::metrics {

/// A call of an agent, kept whole: who, what, when and what came of it. Never a credential, a query or a
/// body.
struct CallRecord {
    std::uint64_t id = 0; ///< given by the store
    std::uint64_t consumer = 0;
    std::int64_t timeMicros = 0; ///< since 1970
    std::int64_t durationMicros = 0;
    int status = 0; ///< 0: the client left first
    std::string requestId;
    std::string client; ///< address
    std::string method;
    std::string host;
    std::string path; ///< without the query
    std::string route;
    std::string service;
    std::string target;
    std::string credential; ///< "key 12", "jwt corp", ...
    std::string code;       ///< of a refusal
    std::uint64_t bytesIn = 0;
    std::uint64_t bytesOut = 0;
};

} // namespace gateway::metrics
