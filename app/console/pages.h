#pragma once

#include "ui/console_window.h"

#include <vector>

namespace app::console {

/// The pages that the console has, in the order of the rail.
[[nodiscard]] std::vector<ui::PageEntry> consolePages();

} // namespace app::console
