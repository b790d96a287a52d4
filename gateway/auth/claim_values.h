#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Reading claims, and showing them to people.
namespace gateway::auth {

/// The claim of that very name; else, since names may hold dots and claims may lie within each other, the
/// member behind a dot of the claim before it: `realm_access.roles`. Null: not there, or `null`.
[[nodiscard]] const nlohmann::json* findClaim(const nlohmann::json& claims, std::string_view name);

/// Sorted, each once. A text is split at spaces where `isSplit`, else it is one item. Nothing: neither a text
/// nor a list of texts.
[[nodiscard]] std::optional<std::vector<std::string>> textsOf(const nlohmann::json& value, bool isSplit);

/// Seconds since 1970 (NumericDate of RFC 7519, 2). Nothing: no number, or beyond the year 9999, as times in
/// milliseconds are.
[[nodiscard]] std::optional<double> dateOf(const nlohmann::json& value);

/// The SHA-256 that a claim of `cnf` spells in base64url; empty: it spells none.
[[nodiscard]] std::string digestOf(const nlohmann::json& value);

// For people.
[[nodiscard]] std::string
shownText(std::string_view text); ///< in quotes, shortened, without control characters
[[nodiscard]] std::string shownJson(const nlohmann::json& value); ///< as JSON, shortened
[[nodiscard]] std::string shownTexts(const std::vector<std::string>& texts);
[[nodiscard]] std::string shownDate(double seconds); ///< "2026-01-01 00:00:00 UTC"
[[nodiscard]] std::string shownSpan(double seconds); ///< "90 s", "5 min", "2.5 h"

} // namespace gateway::auth
