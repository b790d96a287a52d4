#include "gateway/auth/compact_jws.h"

#include "gateway/auth/strict_json.h"
#include "gateway/crypto/jws.h"

#include <algorithm>

namespace gateway::auth {

std::optional<CompactJws> splitJws(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
        return std::nullopt;
    }
    return CompactJws{token.substr(0, first), token.substr(first + 1, second - first - 1),
                      token.substr(second + 1), token.substr(0, second)};
}

Result<nlohmann::json> objectOf(std::string_view part) {
    const auto text = crypto::fromBase64Url(part);
    if (!text) {
        return fail(ErrorKind::Input, "token-part", "it is no base64url without padding");
    }
    auto json = parseStrictJson(*text);
    if (json && !json->is_object()) {
        return fail(ErrorKind::Input, "token-part", "it is no JSON object");
    }
    return json;
}

std::string memberText(const nlohmann::json& object, const char* name) {
    const auto at = object.find(name);
    const std::string* text = at != object.end() ? at->get_ptr<const std::string*>() : nullptr;
    return text != nullptr ? *text : std::string();
}

std::string mediaType(std::string_view type) {
    static constexpr std::string_view prefix = "application/";
    std::string lower(type);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    // The prefix may be left out only where nothing behind it has a slash.
    if (lower.starts_with(prefix) && lower.find('/', prefix.size()) == std::string::npos) {
        lower.erase(0, prefix.size());
    }
    return lower;
}

} // namespace gateway::auth
