#pragma once

#include "gateway/base/result.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

namespace gateway::auth {

/// Objects and lists within each other, the outermost counted.
inline constexpr std::size_t jsonDepthMax = 32;

/// JSON (RFC 8259) that no two readers can understand differently: the text is one value and nothing else,
/// in UTF-8 without a byte order mark; no object has two members of one name, at any depth; no number is
/// beyond what 64-bit integers and doubles hold; nothing is nested deeper than jsonDepthMax. Input error
/// otherwise, its message a reason in a few words.
[[nodiscard]] Result<nlohmann::json> parseStrictJson(std::string_view text);

} // namespace gateway::auth
