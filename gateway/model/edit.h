#pragma once

#include "gateway/base/result.h"
#include "gateway/model/config.h"

namespace gateway::model {

/// The config after the edits, in their order. Gives ids to new entities from `nextId` on, which is advanced.
/// References by name follow a rename: each entity that changed by that gets a Put at the end of `edits`, so
/// that the edits say everything that changed. Header and query conditions are put in the order of their
/// names. Whether the outcome can work is for validate() to say.
/// Conflict, with nothing changed, when an edit names an id that is not there or a name that is taken.
[[nodiscard]] Result<Config> applyEdits(const Config& config, std::vector<Edit>& edits,
                                        std::uint64_t& nextId);

/// What turns `before` into `after`, entities matched by name: what `apply` of a file publishes. Ids of
/// `before` are kept; removals come first.
[[nodiscard]] std::vector<Edit> difference(const Config& before, const Config& after);

} // namespace gateway::model
