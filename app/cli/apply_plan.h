#pragma once

#include "app/cli/change_summary.h"
#include "gateway/base/result.h"
#include "gateway/model/codec.h"
#include "gateway/service/ports.h"

#include <string>
#include <vector>

namespace app::cli {

/// What it takes to make the saved configuration equal to a file.
struct ApplyPlan {
    gateway::service::StoredConfig before;
    gateway::model::Config after;
    std::vector<gateway::model::Edit> edits; ///< with their final ids
    std::uint64_t nextId = 1;
    std::vector<gateway::model::ApiKey> keys; ///< those that are new or different
    std::vector<ChangeLine> lines;
    std::vector<std::string> notes; ///< what was left as it is, in sentences
};

/// Compares; writes nothing. Entities that the file does not have are removed. Keys that it does not have are
/// left alone, and so are keys that were revoked.
[[nodiscard]] gateway::Result<ApplyPlan> planApply(gateway::service::Stores stores,
                                                   const gateway::model::ConfigFile& file);

} // namespace app::cli
