#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace structure {

struct Violation {
    std::string file; ///< from the root of the project
    int line = 0;     ///< 0: the file as a whole
    std::string rule;

    /// "ui/page.cpp:12: ..."
    [[nodiscard]] std::string toText() const;
};

/// What is wrong with the text of one source file. `file` is its path from the root, with "/".
[[nodiscard]] std::vector<Violation> checkSource(const std::string& file, std::string_view text);

/// Whether a CMakeLists.txt names the source: as a whole word, outside comments.
[[nodiscard]] bool listsSource(std::string_view cmakeText, std::string_view source);

} // namespace structure
