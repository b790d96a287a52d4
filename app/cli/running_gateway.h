#pragma once

#include "app/cli/report.h"
#include "gateway/model/ids.h"

#include <string>

namespace app::cli {

/// Whether a program that serves the database has taken a change up.
enum class Uptake {
    NotRunning, ///< nobody serves the database
    Idle,       ///< a console has the database open, but its gateway stands still
    Live,
};

/// Tells the program that serves the database, if any, to look at it, and waits until it runs `revision` (0:
/// just until it answered). The error says why it could not take the change up.
[[nodiscard]] gateway::Result<Uptake> announce(const std::string& databaseFile,
                                               gateway::model::RevisionNumber revision);

/// The same after a change of keys; reports an error.
[[nodiscard]] ExitCode announceKeys(const std::string& databaseFile);

} // namespace app::cli
