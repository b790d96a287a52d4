#pragma once

#include "gateway/base/result.h"

#include <QByteArray>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

// How the lines of the control socket are written and read. Fields of the wrong type count as absent: the
// peer may be another version.
namespace gateway::service {

[[nodiscard]] inline QByteArray toLine(const nlohmann::json& json) {
    const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return QByteArray::fromStdString(text) + '\n';
}

[[nodiscard]] inline nlohmann::json fromLine(const QByteArray& line) {
    auto json = nlohmann::json::parse(line.begin(), line.end(), nullptr, false);
    return json.is_object() ? json : nlohmann::json::object();
}

[[nodiscard]] inline std::string textOf(const nlohmann::json& json, const char* name) {
    const auto at = json.find(name);
    return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
}

[[nodiscard]] inline std::uint64_t numberOf(const nlohmann::json& json, const char* name) {
    const auto at = json.find(name);
    return at != json.end() && at->is_number_unsigned() ? at->get<std::uint64_t>() : 0;
}

[[nodiscard]] inline double realOf(const nlohmann::json& json, const char* name) {
    const auto at = json.find(name);
    return at != json.end() && at->is_number() ? at->get<double>() : 0;
}

[[nodiscard]] inline bool flagOf(const nlohmann::json& json, const char* name) {
    const auto at = json.find(name);
    return at != json.end() && at->is_boolean() && at->get<bool>();
}

/// An empty list where there is none.
[[nodiscard]] inline const nlohmann::json& listOf(const nlohmann::json& json, const char* name) {
    static const nlohmann::json none = nlohmann::json::array();
    const auto at = json.find(name);
    return at != json.end() && at->is_array() ? *at : none;
}

/// The name of a value in a list of pairs; "" when it has none.
template<class Known, class Value>
[[nodiscard]] const char* nameIn(const Known& known, Value value) {
    for (const auto& [each, name] : known) {
        if (each == value) {
            return name;
        }
    }
    return "";
}

/// Sets the value of that name; false: there is none.
template<class Known, class Value>
bool takeName(Value& value, const Known& known, std::string_view wanted) {
    for (const auto& [each, name] : known) {
        if (wanted == name) {
            value = each;
            return true;
        }
    }
    return false;
}

/// The fields of an answer about the status; shared by those that say more.
struct ControlStatus;
[[nodiscard]] nlohmann::json statusToJson(const ControlStatus& status);
/// Of an answer's object, or the error that it tells.
[[nodiscard]] Result<ControlStatus> statusFromJson(const nlohmann::json& json);

} // namespace gateway::service
