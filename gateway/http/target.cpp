#include "gateway/http/target.h"

#include "gateway/http/characters.h"
#include "gateway/http/refusals.h"

namespace gateway::http {

namespace {

// The byte that "%XY" at the front of `text` stands for, or -1.
int unescaped(std::string_view text) noexcept {
    if (text.size() < 3) {
        return -1;
    }
    const int high = hexValue(text[1]);
    const int low = hexValue(text[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

const Refusal* appendEscape(std::string_view text, std::string& out) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const int byte = unescaped(text);
    if (byte <= 0) {
        return &refusals::badEscape;
    }
    if (byte == '/' || byte == '\\') {
        return &refusals::encodedSlash;
    }
    if (isA(UnreservedCharacter, static_cast<char>(byte))) {
        out.push_back(static_cast<char>(byte));
        return nullptr;
    }
    out.push_back('%');
    out.push_back(digits[static_cast<std::size_t>(byte / 16)]);
    out.push_back(digits[static_cast<std::size_t>(byte % 16)]);
    return nullptr;
}

// Ends the segment that starts at `segment` in `out` (a slash before it): RFC 3986, 5.2.4.
const Refusal* closeSegment(std::string& out, std::size_t segment, bool isLast) {
    const std::string_view text = std::string_view(out).substr(segment);
    if (text.empty() || text.front() != '.') {
        return nullptr;
    }
    const std::string_view withoutParameter = text.substr(0, text.find(';'));
    const bool isDot = withoutParameter == ".";
    const bool isDotDot = withoutParameter == "..";
    if (!isDot && !isDotDot) {
        return nullptr;
    }
    // "..;x" is an ordinary segment to RFC 3986 and a way up to some servlet containers.
    if (withoutParameter.size() != text.size()) {
        return &refusals::dotSegmentParameter;
    }
    out.resize(segment - 1);
    if (isDotDot) {
        if (out.empty()) {
            return &refusals::pathEscapesRoot;
        }
        out.resize(out.rfind('/'));
    }
    if (isLast) {
        out.push_back('/');
    }
    return nullptr;
}

const Refusal* normalisePath(std::string_view path, std::string& out) {
    out.clear();
    std::size_t i = 0;
    while (i < path.size()) {
        out.push_back('/');
        const std::size_t segment = out.size();
        for (++i; i < path.size() && path[i] != '/'; ++i) {
            if (path[i] != '%') {
                out.push_back(path[i]);
                continue;
            }
            if (const Refusal* refusal = appendEscape(path.substr(i), out)) {
                return refusal;
            }
            i += 2;
        }
        if (i < path.size() && out.size() == segment) {
            // Of slashes in a row one stays: many servers take them for one, and a path must not get around
            // a route by an empty segment that its upstream does not see.
            out.pop_back();
            continue;
        }
        if (const Refusal* refusal = closeSegment(out, segment, i >= path.size())) {
            return refusal;
        }
    }
    return nullptr;
}

const Refusal* checkQuery(std::string_view query) noexcept {
    for (std::size_t i = 0; i < query.size(); ++i) {
        if (!isA(QueryCharacter, query[i])) {
            return &refusals::badTarget;
        }
        if (query[i] == '%' && unescaped(query.substr(i)) < 0) {
            return &refusals::badEscape;
        }
    }
    return nullptr;
}

// Origin form: absolute-path [ "?" query ]. `text` starts with "/".
const Refusal* parsePathAndQuery(std::string_view text, RequestHead& head) {
    bool isNormal = true;
    std::size_t i = 1;
    for (; i < text.size(); ++i) {
        const unsigned classes = classOf(text[i]);
        if ((classes & PathCharacter) == 0) {
            break;
        }
        if ((classes & PathSpecialCharacter) != 0 && (text[i] == '%' || text[i - 1] == '/')) {
            isNormal = false;
        }
    }
    const std::string_view path = text.substr(0, i);
    if (i < text.size()) {
        if (text[i] != '?') {
            return text[i] == '\\' ? &refusals::encodedSlash : &refusals::badTarget;
        }
        head.hasQuery = true;
        head.query = text.substr(i + 1);
        if (const Refusal* refusal = checkQuery(head.query)) {
            return refusal;
        }
    }
    if (isNormal) {
        head.path = path;
        return nullptr;
    }
    if (const Refusal* refusal = normalisePath(path, head.pathStorage)) {
        return refusal;
    }
    head.path = head.pathStorage;
    return nullptr;
}

const Refusal* parseAbsoluteForm(std::string_view afterScheme, RequestHead& head,
                                 std::string_view& authority) {
    const std::size_t end = afterScheme.find_first_of("/?");
    authority = afterScheme.substr(0, end);
    std::string_view host;
    if (!parseAuthority(authority, host)) {
        return &refusals::hostInvalid;
    }
    if (end == std::string_view::npos) {
        // RFC 9112, 3.2.4: OPTIONS without a path asks about the server, not about "/".
        head.path = head.method == Method::Options ? "*" : "/";
        return nullptr;
    }
    if (afterScheme[end] == '/') {
        return parsePathAndQuery(afterScheme.substr(end), head);
    }
    head.path = "/";
    head.hasQuery = true;
    head.query = afterScheme.substr(end + 1);
    return checkQuery(head.query);
}

bool startsWithIgnoringCase(std::string_view text, std::string_view prefix) noexcept {
    return sameIgnoringCase(text.substr(0, prefix.size()), prefix);
}

} // namespace

const Refusal* parseTarget(RequestHead& head, std::string_view& authority) {
    const std::string_view target = head.target;
    if (!target.empty() && target.front() == '/') {
        return parsePathAndQuery(target, head);
    }
    if (target == "*") {
        head.path = target;
        return head.method == Method::Options ? nullptr : &refusals::badTarget;
    }
    constexpr std::string_view http = "http://";
    constexpr std::string_view https = "https://";
    if (startsWithIgnoringCase(target, http)) {
        return parseAbsoluteForm(target.substr(http.size()), head, authority);
    }
    if (startsWithIgnoringCase(target, https)) {
        return parseAbsoluteForm(target.substr(https.size()), head, authority);
    }
    return &refusals::badTarget;
}

} // namespace gateway::http
