#pragma once

#include "gateway/model/config.h"

#include <string>
#include <vector>

namespace app::cli {

/// One thing that a change does, for people and scripts.
struct ChangeLine {
    std::string action; ///< "add", "change", "remove"
    std::string kind;   ///< "route", ..., "key"
    std::string name;   ///< a key as CONSUMER/NAME
};

/// What the edits do. `edits` are those of model::difference: a new entity has id 0.
[[nodiscard]] std::vector<ChangeLine> describeEdits(const gateway::model::Config& before,
                                                    const std::vector<gateway::model::Edit>& edits);

/// "3 routes changed, 1 tier added", in the order of the file form; "nothing" without lines.
[[nodiscard]] std::string summarise(const std::vector<ChangeLine>& lines);

} // namespace app::cli
