#include "gateway/auth/provider_url.h"

#include "gateway/base/ip_literal.h"

#include <algorithm>
#include <curl/curl.h>
#include <memory>
#include <optional>

namespace gateway::auth {

namespace {

struct UrlCloser {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using UrlPointer = std::unique_ptr<CURLU, UrlCloser>;

std::string partOf(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK) {
        return {};
    }
    std::string found(text);
    curl_free(text);
    return found;
}

bool isLoopback(const std::string& host) {
    if (host == "localhost") {
        return true;
    }
    const bool isBracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    const std::optional<IpBytes> address =
        parseIpLiteral(isBracketed ? host.substr(1, host.size() - 2) : host);
    if (!address) {
        return false;
    }
    constexpr IpBytes mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
    constexpr IpBytes loopback6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return *address == loopback6 || std::equal(mapped.begin(), mapped.begin() + 13, address->begin());
}

} // namespace

Result<ProviderUrl> readProviderUrl(const std::string& url) {
    const UrlPointer parts(curl_url());
    const auto refuse = [](const char* why) { return fail(ErrorKind::Input, "provider-url", why); };
    if (!parts || curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
        return refuse("The address is no URL.");
    }
    const std::string scheme = partOf(parts.get(), CURLUPART_SCHEME);
    const std::string host = partOf(parts.get(), CURLUPART_HOST);
    const std::string port = partOf(parts.get(), CURLUPART_PORT);
    if (!partOf(parts.get(), CURLUPART_USER).empty() || !partOf(parts.get(), CURLUPART_PASSWORD).empty()) {
        return refuse("The address has a user name or a password in it.");
    }
    if (scheme != "https" && (scheme != "http" || !isLoopback(host))) {
        return refuse("The address has to begin with https:// (http:// only for this machine itself).");
    }
    ProviderUrl read;
    read.isSecure = scheme == "https";
    read.origin = scheme + "://" + host + (port.empty() ? "" : ":" + port);
    read.path = partOf(parts.get(), CURLUPART_PATH);
    if (read.path.empty()) {
        read.path = "/";
    }
    return read;
}

Result<std::vector<std::string>> metadataUrls(const std::string& issuer) {
    const Result<ProviderUrl> url = readProviderUrl(issuer);
    if (!url) {
        return fail(url.error());
    }
    if (issuer.find('?') != std::string::npos || issuer.find('#') != std::string::npos) {
        return fail(ErrorKind::Input, "provider-url", "An issuer has no query and no fragment.");
    }
    std::string path = url->path;
    if (path.back() == '/') {
        path.pop_back();
    }
    std::vector<std::string> urls;
    urls.push_back(url->origin + path + "/.well-known/openid-configuration");
    urls.push_back(url->origin + "/.well-known/oauth-authorization-server" + path);
    if (!path.empty()) {
        urls.push_back(url->origin + "/.well-known/openid-configuration" + path);
    }
    return urls;
}

} // namespace gateway::auth
