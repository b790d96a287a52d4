#pragma once

#include "gateway/base/result.h"
#include "gateway/model/config.h"

namespace gateway::model {

/// The config after the edits. Gives ids to new entities from `nextId` on, which is advanced. References by
/// name follow a rename. Fails when an edit names an id that is not there.
[[nodiscard]] Result<Config> applyEdits(const Config& config, std::vector<Edit>& edits,
                                        std::uint64_t& nextId);

/// What turns `before` into `after`, entities matched by name: what `apply` of a file publishes. Ids of
/// `before` are kept.
[[nodiscard]] std::vector<Edit> difference(const Config& before, const Config& after);

} // namespace gateway::model
