#pragma once

#include "gateway/base/result.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

// The compact serialization of JWS (RFC 7515, 7.1).
namespace gateway::auth {

/// Views of a token's text.
struct CompactJws {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signedText;
};

/// Nothing for text that is not three parts with dots between. The parts are not looked at.
[[nodiscard]] std::optional<CompactJws> splitJws(std::string_view token);

/// The JSON object that a part holds. Input error, its message a reason in a few words: it is no base64url,
/// or not strict JSON, or no object.
[[nodiscard]] Result<nlohmann::json> objectOf(std::string_view part);

/// A member that is a text; empty: there is none.
[[nodiscard]] std::string memberText(const nlohmann::json& object, const char* name);

/// `typ` in lower case, without "application/" (RFC 7515, 4.1.9: it says the same).
[[nodiscard]] std::string mediaType(std::string_view type);

} // namespace gateway::auth
