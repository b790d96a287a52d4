#pragma once

#include <string>
#include <string_view>

namespace gateway::model {

/// 1 to 64 of A-Z a-z 0-9 . _ -
[[nodiscard]] bool isEntityName(std::string_view name);

/// A token (RFC 9110, 5.6.2), as methods and field names are.
[[nodiscard]] bool isToken(std::string_view text);

/// A host name of letters, digits, `-` and `_` in labels of 1 to 63, 253 in all (RFC 1123, and `_` because
/// networks of containers have it).
[[nodiscard]] bool isHostName(std::string_view host);

[[nodiscard]] std::string lowerCase(std::string_view text);

} // namespace gateway::model
