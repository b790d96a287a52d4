#include "gateway/model/path_pattern.h"

#include "gateway/model/validate.h"

#include <algorithm>
#include <re2/re2.h>

namespace gateway::model {
namespace {

bool isUnreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

int upperHex(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool isCaptureName(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !name.empty() && name.size() <= 32 && letter(name[0]) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// Requests are matched in normal form (RFC 3986, 6.2.2), so a pattern in another form would never match.
std::string escapeProblem(std::string_view text, std::size_t at) {
    const std::string shown(text.substr(at, 3));
    const int high = at + 2 < text.size() ? upperHex(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? upperHex(text[at + 2]) : -1;
    if (high < 0 || low < 0) {
        return "\"" + shown + "\" is not an escape; write % and two hexadecimal digits in upper case";
    }
    const int value = high * 16 + low;
    if (value == '/' || value == '\\') {
        return "an encoded slash (" + shown + ") is not allowed in a path";
    }
    if (value < 0x20 || value == 0x7F) {
        return "an encoded control character (" + shown + ") is not allowed in a path";
    }
    if (isUnreserved(static_cast<char>(value))) {
        return std::string("write \"") + static_cast<char>(value) + "\" instead of \"" + shown + "\"";
    }
    return {};
}

// What no path may hold, literal or pattern.
std::string characterProblem(std::string_view path) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        const char c = path[i];
        if (c == '?' || c == '#') {
            return std::string("\"") + c + "\" is not allowed; a path ends before the query and the fragment";
        }
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) {
            return "a space or control character is not allowed; write a space as %20";
        }
        if (static_cast<unsigned char>(c) >= 0x80) {
            return "only ASCII is allowed; write other characters percent-encoded, as %C3%A9 for an e with "
                   "an acute accent";
        }
        if (std::string_view("\"<>\\^`|").find(c) != std::string_view::npos) {
            return std::string("\"") + c + "\" is not allowed in a path; write it percent-encoded";
        }
        if (c == '%') {
            std::string problem = escapeProblem(path, i);
            if (!problem.empty()) {
                return problem;
            }
        }
    }
    return {};
}

tl::expected<PathPattern, std::string> parseRegex(std::string_view path) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    // Bytes that are not UTF-8 are escaped in a path, so Latin-1 sees all there is, and faster.
    options.set_encoding(RE2::Options::EncodingLatin1);
    const RE2 expression(re2::StringPiece(path.data() + 1, path.size() - 1), options);
    if (!expression.ok()) {
        return tl::unexpected("the regular expression after ~ does not work: " + expression.error());
    }
    PathPattern pattern;
    pattern.kind = PathKind::Regex;
    for (const auto& [name, index] : expression.NamedCapturingGroups()) {
        pattern.captures.push_back(name);
    }
    // RE2 takes a name twice and then knows only one of the two.
    if (expression.CapturingGroupNames().size() != pattern.captures.size()) {
        return tl::unexpected(std::string("two captures have the same name"));
    }
    if (expression.NumberOfCapturingGroups() > static_cast<int>(capturesMax)) {
        return tl::unexpected("more than " + std::to_string(capturesMax) + " captures are not possible");
    }
    return pattern;
}

std::string addSegment(PathPattern& pattern, std::string_view segment, bool last) {
    if (segment.empty() && !last) {
        return "\"//\" is not allowed; a segment cannot be empty";
    }
    if (segment == "." || segment == "..") {
        return "\".\" and \"..\" are not allowed as segments; requests are matched after they are resolved";
    }
    if (segment.find('*') != std::string_view::npos) {
        return "\"*\" can only stand at the end, as \"/*\"";
    }
    if (segment.find_first_of("{}") == std::string_view::npos) {
        pattern.segments.push_back({std::string(segment), false});
        return {};
    }
    const std::string_view name = segment.substr(1, segment.size() < 2 ? 0 : segment.size() - 2);
    if (segment.front() != '{' || segment.back() != '}' ||
        name.find_first_of("{}") != std::string_view::npos) {
        return "a capture such as {id} must be a whole segment between slashes";
    }
    if (!isCaptureName(name)) {
        return "the name of a capture is 1 to 32 letters, digits and _, and starts with no digit";
    }
    if (std::find(pattern.captures.begin(), pattern.captures.end(), name) != pattern.captures.end()) {
        return "the capture {" + std::string(name) + "} is there twice";
    }
    if (pattern.captures.size() == capturesMax) {
        return "more than " + std::to_string(capturesMax) + " captures are not possible";
    }
    pattern.captures.emplace_back(name);
    pattern.segments.push_back({std::string(name), true});
    return {};
}

} // namespace

PathKind pathKind(std::string_view path) {
    if (path.starts_with('~')) {
        return PathKind::Regex;
    }
    if (path.ends_with("/*")) {
        return PathKind::Prefix;
    }
    return path.find('{') != std::string_view::npos ? PathKind::Template : PathKind::Exact;
}

tl::expected<PathPattern, std::string> parsePathPattern(std::string_view path) {
    if (path.empty()) {
        return tl::unexpected(std::string("a path is missing; write /* for every path"));
    }
    if (path.size() > pathBytesMax) {
        return tl::unexpected("longer than " + std::to_string(pathBytesMax) + " bytes");
    }
    PathPattern pattern;
    pattern.kind = pathKind(path);
    if (pattern.kind == PathKind::Regex) {
        return parseRegex(path);
    }
    if (path.front() != '/') {
        return tl::unexpected(std::string("must start with \"/\" (or with \"~\" for a regular expression)"));
    }
    std::string problem = characterProblem(path);
    if (!problem.empty()) {
        return tl::unexpected(std::move(problem));
    }
    std::string_view rest = path.substr(1);
    if (pattern.kind == PathKind::Prefix) {
        if (path == "/*") {
            return pattern;
        }
        rest = path.substr(1, path.size() - 3);
    }
    while (true) {
        const std::size_t slash = rest.find('/');
        const bool last = slash == std::string_view::npos;
        // Only the last segment may be empty: "/v1/" is a path of its own. A prefix has no such end.
        problem = addSegment(pattern, rest.substr(0, slash), last && pattern.kind != PathKind::Prefix);
        if (!problem.empty()) {
            return tl::unexpected(std::move(problem));
        }
        if (last) {
            return pattern;
        }
        rest.remove_prefix(slash + 1);
    }
}

std::string PathPattern::signature(std::string_view path) const {
    switch (kind) {
    case PathKind::Exact:
        return "=" + std::string(path);
    case PathKind::Regex:
        return std::string(path);
    case PathKind::Template:
    case PathKind::Prefix:
        break;
    }
    // Two templates of different shape differ in rank (more literals first, then literals before captures
    // from the left), and two of one shape with different literals have no path in common. A capture's name
    // says nothing; braces cannot be literals.
    std::string text(kind == PathKind::Prefix ? "*" : "{");
    for (const Segment& segment : segments) {
        text += segment.capture ? "/{}" : "/" + segment.text;
    }
    return text;
}

std::string PathPattern::example() const {
    if (kind == PathKind::Regex) {
        return {};
    }
    std::string path;
    for (const Segment& segment : segments) {
        path += "/" + (segment.capture ? "x" : segment.text);
    }
    return kind == PathKind::Prefix ? path + "/x" : path;
}

std::string rewriteProblem(std::string_view rewrite, const PathPattern& pattern) {
    if (rewrite.size() > pathBytesMax) {
        return "longer than " + std::to_string(pathBytesMax) + " bytes";
    }
    if (!rewrite.starts_with('/')) {
        return "must start with \"/\"";
    }
    std::string problem = characterProblem(rewrite);
    if (!problem.empty()) {
        return problem;
    }
    std::string_view rest = rewrite;
    if (rest.ends_with("/*")) {
        if (pattern.kind != PathKind::Prefix) {
            return "\"/*\" takes what a prefix left over, but the path does not end in \"/*\"";
        }
        rest.remove_suffix(2);
    }
    if (rest.find('*') != std::string_view::npos) {
        return "\"*\" can only stand at the end, as \"/*\"";
    }
    for (std::string_view parts = rest; !parts.empty();) {
        const std::size_t slash = std::min(parts.find('/'), parts.size());
        const std::string_view segment = parts.substr(0, slash);
        if (segment == "." || segment == "..") {
            return "\".\" and \"..\" are not allowed as segments";
        }
        parts.remove_prefix(std::min(slash + 1, parts.size()));
    }
    while (!rest.empty()) {
        const std::size_t brace = rest.find_first_of("{}");
        if (brace == std::string_view::npos) {
            break;
        }
        const std::size_t end = rest.find_first_of("{}", brace + 1);
        if (rest[brace] == '}' || end == std::string_view::npos || rest[end] == '{') {
            return "a brace has no partner; a capture is written {name}";
        }
        const std::string_view name = rest.substr(brace + 1, end - brace - 1);
        if (std::find(pattern.captures.begin(), pattern.captures.end(), name) == pattern.captures.end()) {
            return "the path has no capture {" + std::string(name) + "}";
        }
        rest.remove_prefix(end + 1);
    }
    return {};
}

} // namespace gateway::model
