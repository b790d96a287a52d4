#include "gateway/auth/provider_metadata.h"

#include "gateway/auth/provider_url.h"

#include <nlohmann/json.hpp>

namespace gateway::auth {

namespace {

constexpr std::size_t shownBytesMax = 200;

/// What the document says, for people: printable and short.
std::string shown(const std::string& text) {
    std::string tame = text.substr(0, shownBytesMax);
    for (char& c : tame) {
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
            c = '?';
        }
    }
    return tame;
}

/// The address in a member; empty where it has none.
Result<std::string> readAddress(const nlohmann::json& document, const char* member, bool cameSecurely) {
    const auto found = document.find(member);
    if (found == document.end() || !found->is_string()) {
        return std::string();
    }
    const auto& address = found->get_ref<const std::string&>();
    const Result<ProviderUrl> url = readProviderUrl(address);
    if (!url) {
        return fail(url.error().kind, url.error().code,
                    std::string("The metadata's ") + member + " is refused: " + url.error().message);
    }
    if (cameSecurely && !url->isSecure) {
        return fail(ErrorKind::Input, "provider-url",
                    std::string("The metadata's ") + member + " is refused: it leaves https.");
    }
    return address;
}

} // namespace

Result<ProviderMetadata> readMetadata(std::string_view json, const std::string& issuer, bool cameSecurely) {
    const nlohmann::json document = nlohmann::json::parse(json, nullptr, false);
    if (!document.is_object()) {
        return fail(ErrorKind::Input, "provider-metadata", "The metadata is no JSON object.");
    }
    const auto said = document.find("issuer");
    if (said == document.end() || !said->is_string()) {
        return fail(ErrorKind::Input, "provider-metadata", "The metadata names no issuer.");
    }
    if (said->get_ref<const std::string&>() != issuer) {
        return fail(ErrorKind::Input, "provider-issuer",
                    "The metadata is of the issuer \"" + shown(said->get_ref<const std::string&>()) +
                        "\", not of \"" + issuer + "\".");
    }
    Result<std::string> keys = readAddress(document, "jwks_uri", cameSecurely);
    if (!keys) {
        return fail(keys.error());
    }
    Result<std::string> introspection = readAddress(document, "introspection_endpoint", cameSecurely);
    if (!introspection) {
        return fail(introspection.error());
    }
    return ProviderMetadata{std::move(*keys), std::move(*introspection)};
}

} // namespace gateway::auth
