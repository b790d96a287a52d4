#pragma once

#include "gateway/model/access.h"
#include "gateway/model/ids.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gateway::model {

struct NameValue {
    std::string name;
    std::string value;
    bool operator==(const NameValue&) const = default;
};

/// What a request must look like. Empty lists match everything.
struct Match {
    std::vector<std::string> hosts;   ///< `api.example.com` or `*.example.com` (one or more labels before)
    std::string path;                 ///< see PathKind
    std::vector<std::string> methods; ///< upper case; GET admits HEAD, too
    std::vector<NameValue> headers;   ///< all must be there with exactly this value; `*` is any value
    std::vector<NameValue> query;     ///< likewise, on decoded query parameters

    bool operator==(const Match&) const = default;
};

/// How a path is written, most specific first.
enum class PathKind {
    Exact,    ///< `/v1/orders`
    Template, ///< `/v1/orders/{id}`: a `{name}` is one whole, non-empty segment
    Prefix, ///< `/v1/catalog/*`: this path and everything below (`/v1/catalog`, `/v1/catalog/a/b`); may hold
            ///< {name}s
    Regex,  ///< `~^/v[12]/x/(?P<id>\d+)$`: RE2, matched against the whole path
};

/// From what it matches to what happens.
struct Route {
    RouteId id;
    std::string name;
    bool enabled = true;
    std::int32_t priority = 0; ///< higher wins before specificity is asked
    Match match;
    std::string service; ///< name of a Service
    /// Path to ask the service for; empty: unchanged. `{name}` takes a template or regex capture; a `/*` at
    /// the end takes what a prefix match left over.
    std::string rewrite;
    std::vector<std::string> policies; ///< names of Policies
    bool stream = false;   ///< answers may stay silent for long (long polls): no limit of the response's time
    Authorize authorize{}; ///< beside what policies ask for
    /// Names of Policies that do not hold here, although a listener, the service or `everywhere` brings them.
    std::vector<std::string> waives{};

    bool operator==(const Route&) const = default;
};

} // namespace gateway::model
