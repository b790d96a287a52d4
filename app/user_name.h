#pragma once

#include <string>

namespace app {

/// Who is at the keyboard, for revisions and the audit trail.
[[nodiscard]] std::string userName();

} // namespace app
