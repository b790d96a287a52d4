#pragma once

#include "gateway/base/result.h"
#include "gateway/model/problem.h"

#include <string>

namespace app::cli {

/// What scripts can rely on; documented in the README and in --help.
enum class ExitCode {
    Ok = 0,
    Usage = 1,        ///< the command line itself is wrong
    InvalidInput = 2, ///< a configuration or a value cannot work
    Conflict = 3,     ///< not there, taken already, or changed by somebody else meanwhile
    Environment = 4,  ///< a file, a port, a disk, or a gateway that is not able to
};

[[nodiscard]] ExitCode exitCodeFor(const gateway::Error& error);

/// One sentence on standard error.
void reportError(const std::string& message);
[[nodiscard]] ExitCode reportError(const gateway::Error& error);

/// "shop.yaml:12:5: routes[a].match.path: what is wrong [range]", as compilers do.
[[nodiscard]] std::string formatProblem(const std::string& file, const gateway::model::Problem& problem);

/// {"file": ..., "problems": [...]}, with a line feed.
[[nodiscard]] std::string problemsAsJson(const std::string& file, const gateway::model::Problems& problems);

/// Problems a line each on standard error, or as one JSON object on standard output.
[[nodiscard]] ExitCode reportProblems(const std::string& file, const gateway::model::Problems& problems,
                                      bool asJson);

/// The whole file, or standard input for "-".
[[nodiscard]] gateway::Result<std::string> readText(const std::string& file);

} // namespace app::cli
