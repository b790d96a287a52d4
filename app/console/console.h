#pragma once

namespace app::console {

/// The whole of the program with the window.
[[nodiscard]] int runConsole(int argc, char** argv);

} // namespace app::console
