#pragma once

#include <string>
#include <vector>

namespace gateway::model {

/// Something in a Config, or in the file it comes from, that cannot work.
struct Problem {
    enum class Kind {
        Syntax,      ///< the text is not YAML or JSON
        Unknown,     ///< no such field
        Type,        ///< the wrong sort of value
        Range,       ///< a value that is not allowed
        Reference,   ///< names something that does not exist
        Duplicate,   ///< a name that is taken
        Overlap,     ///< two routes of equal rank match the same request
        Unsupported, ///< understood, but this version of the engine does not do it yet
    };

    Kind kind = Kind::Range;
    std::string path; ///< for instance `routes[create-order].match.path`; by position where there is no name
    std::string message; ///< a sentence for people
    int line = 0;        ///< from 1; 0: not from a file
    int column = 0;
};

using Problems = std::vector<Problem>;

[[nodiscard]] const char* problemKindName(Problem::Kind kind); ///< "syntax", "unknown-field", ...

} // namespace gateway::model
