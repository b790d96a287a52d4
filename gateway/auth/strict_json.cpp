#include "gateway/auth/strict_json.h"

#include <string>
#include <utility>
#include <vector>

namespace gateway::auth {

namespace {

using Json = nlohmann::json;

/// Builds the value while nlohmann's reader reads, and stops at the first thing that is not strict.
class Builder {
public:
    bool null() { return put(Json(nullptr)); }
    bool boolean(bool value) { return put(Json(value)); }
    bool number_integer(Json::number_integer_t value) { return put(Json(value)); }
    bool number_unsigned(Json::number_unsigned_t value) { return put(Json(value)); }
    bool number_float(Json::number_float_t value, const std::string& text) {
        // The reader falls back to doubles for whole numbers that do not fit: they would lose digits.
        if (text.find_first_of(".eE") == std::string::npos) {
            return refuse("a whole number has more than 64 bits");
        }
        return put(Json(value));
    }
    bool string(std::string& value) { return put(Json(std::move(value))); }
    bool binary(Json::binary_t& /*value*/) { return refuse("it is no JSON"); }
    bool start_object(std::size_t /*members*/) { return open(Json(Json::value_t::object)); }
    bool start_array(std::size_t /*items*/) { return open(Json(Json::value_t::array)); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& name) {
        auto& members = m_open.back()->get_ref<Json::object_t&>();
        const auto [at, isNew] = members.try_emplace(std::move(name));
        m_member = &at->second;
        return isNew || refuse("a member comes twice");
    }
    bool parse_error(std::size_t position, const std::string& /*token*/, const Json::exception& error) {
        // 406: the number is beyond a double.
        return refuse(error.id == 406 ? std::string("a number is too large")
                                      : "it is no JSON from byte " + std::to_string(position) + " on");
    }

    Json root;
    std::string reason;

private:
    bool refuse(std::string why) {
        reason = std::move(why);
        return false;
    }
    Json* place(Json&& value) {
        if (m_open.empty()) {
            root = std::move(value);
            return &root;
        }
        if (m_open.back()->is_array()) {
            return &m_open.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
        }
        *m_member = std::move(value);
        return m_member;
    }
    bool put(Json&& value) {
        place(std::move(value));
        return true;
    }
    bool open(Json&& value) {
        if (m_open.size() == jsonDepthMax) {
            return refuse("it is nested too deeply");
        }
        m_open.push_back(place(std::move(value)));
        return true;
    }
    bool close() {
        m_open.pop_back();
        return true;
    }

    std::vector<Json*> m_open; ///< the outermost first; a list does not grow while one of its items is open
    Json* m_member = nullptr;  ///< that the name just read belongs to
};

tl::unexpected<Error> notStrict(std::string reason) {
    return fail(ErrorKind::Input, "json-refused", std::move(reason));
}

} // namespace

Result<nlohmann::json> parseStrictJson(std::string_view text) {
    // The reader would skip a byte order mark, and end at a null byte whatever comes behind it.
    if (text.starts_with("\xEF\xBB\xBF")) {
        return notStrict("it begins with a byte order mark");
    }
    if (text.find('\0') != std::string_view::npos) {
        return notStrict("it has a null byte");
    }
    Builder builder;
    if (!Json::sax_parse(text.begin(), text.end(), &builder)) {
        return notStrict(std::move(builder.reason));
    }
    return std::move(builder.root);
}

} // namespace gateway::auth
