#pragma once

#include <string>
#include <string_view>

namespace ui {

/// What a file with PEM blocks holds, sorted by what the blocks are.
struct PemText {
    std::string certificates;
    std::string keys;
    std::string revocations;

    [[nodiscard]] bool empty() const { return certificates.empty() && keys.empty() && revocations.empty(); }
};

/// Other kinds of blocks, and what stands between blocks, are left out.
[[nodiscard]] PemText sortPem(std::string_view text);

} // namespace ui
