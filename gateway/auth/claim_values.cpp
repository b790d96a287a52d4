#include "gateway/auth/claim_values.h"

#include "gateway/base/digest.h"
#include "gateway/crypto/jws.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace gateway::auth {

namespace {

using Json = nlohmann::json;

constexpr double dateMax = 253'402'300'799; // 9999-12-31T23:59:59Z
constexpr std::size_t shownBytesMax = 200;

std::string shortened(std::string text) {
    if (text.size() <= shownBytesMax) {
        return text;
    }
    std::size_t size = shownBytesMax;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
        --size; // not in the middle of a character
    }
    text.resize(size);
    return text + "...";
}

} // namespace

const Json* findClaim(const Json& claims, std::string_view name) {
    if (!claims.is_object()) {
        return nullptr;
    }
    const auto& members = claims.get_ref<const Json::object_t&>();
    if (const auto at = members.find(name); at != members.end()) {
        return at->second.is_null() ? nullptr : &at->second;
    }
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
        const auto outer = members.find(name.substr(0, dot));
        if (outer == members.end()) {
            continue;
        }
        if (const Json* inner = findClaim(outer->second, name.substr(dot + 1)); inner != nullptr) {
            return inner;
        }
    }
    return nullptr;
}

std::optional<std::vector<std::string>> textsOf(const Json& value, bool isSplit) {
    std::vector<std::string> texts;
    if (value.is_string()) {
        std::string_view rest = value.get_ref<const std::string&>();
        while (isSplit && !rest.empty()) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            if (end > 0) {
                texts.emplace_back(rest.substr(0, end));
            }
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        if (!isSplit && !rest.empty()) {
            texts.emplace_back(rest);
        }
    } else if (value.is_array()) {
        for (const Json& item : value) {
            if (!item.is_string()) {
                return std::nullopt;
            }
            texts.push_back(item.get_ref<const std::string&>());
        }
    } else {
        return std::nullopt;
    }
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    return texts;
}

std::optional<double> dateOf(const Json& value) {
    if (!value.is_number()) {
        return std::nullopt;
    }
    const auto seconds = value.get<double>();
    return std::isfinite(seconds) && std::abs(seconds) <= dateMax ? std::optional(seconds) : std::nullopt;
}

std::string digestOf(const Json& value) {
    const std::string* text = value.get_ptr<const std::string*>();
    if (text == nullptr) {
        return {};
    }
    auto bytes = crypto::fromBase64Url(*text);
    return bytes && bytes->size() == Sha256{}.size() ? std::move(*bytes) : std::string();
}

std::string shownText(std::string_view text) {
    return shownJson(Json(text));
}

std::string shownJson(const Json& value) {
    return shortened(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string shownTexts(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) {
        all += (all.empty() ? "" : ", ") + shownText(text);
    }
    return shortened(std::move(all));
}

std::string shownDate(double seconds) {
    const auto time = static_cast<std::time_t>(std::floor(seconds));
    std::tm parts{};
    std::array<char, 64> text{};
    if (gmtime_r(&time, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
        return "a time beyond the calendar";
    }
    return text.data();
}

std::string shownSpan(double seconds) {
    struct Unit {
        const char* name;
        double seconds;
    };
    static constexpr std::array<Unit, 3> units{{{"days", 86'400}, {"h", 3'600}, {"min", 60}}};
    const double size = std::abs(seconds);
    std::array<char, 64> text{};
    for (const Unit& unit : units) {
        if (size >= 2 * unit.seconds) { // "90 s" reads better than "1.5 min"
            std::snprintf(text.data(), text.size(), "%.3g %s", size / unit.seconds, unit.name);
            return text.data();
        }
    }
    std::snprintf(text.data(), text.size(), "%.3g s", size);
    return text.data();
}

} // namespace gateway::auth
