#include "gateway/http/parser.h"

#include "gateway/http/characters.h"
#include "gateway/http/field_lines.h"
#include "gateway/http/refusals.h"
#include "gateway/http/target.h"
#include "gateway/http/websocket_handshake.h"

#include <algorithm>

namespace gateway::http {

namespace {

constexpr std::size_t methodBytesMax = 32;

Method methodOf(std::string_view text) noexcept {
    struct Entry {
        std::string_view text;
        Method method;
    };
    static constexpr Entry entries[] = {
        {"GET", Method::Get},     {"POST", Method::Post},       {"PUT", Method::Put},
        {"HEAD", Method::Head},   {"PATCH", Method::Patch},     {"DELETE", Method::Delete},
        {"TRACE", Method::Trace}, {"OPTIONS", Method::Options}, {"CONNECT", Method::Connect},
    };
    for (const Entry& entry : entries) {
        if (entry.text == text) {
            return entry.method;
        }
    }
    return Method::Other;
}

const Refusal* parseRequestLine(std::string_view line, const HeadLimits& limits, RequestHead& head) noexcept {
    std::size_t methodEnd = 0;
    while (methodEnd < line.size() && isA(TokenCharacter, line[methodEnd])) {
        ++methodEnd;
    }
    if (methodEnd == 0 || methodEnd == line.size() || line[methodEnd] != ' ') {
        return &refusals::badRequestLine;
    }
    head.methodText = line.substr(0, methodEnd);
    head.method = methodOf(head.methodText);
    const std::string_view rest = line.substr(methodEnd + 1);
    const std::size_t targetEnd = rest.find(' ');
    if (targetEnd == std::string_view::npos) {
        return rest.size() > limits.targetBytesMax ? &refusals::targetTooLong : &refusals::badRequestLine;
    }
    head.target = rest.substr(0, targetEnd);
    if (head.target.empty()) {
        return &refusals::badRequestLine;
    }
    if (const Refusal* refusal =
            parseVersion(rest.substr(targetEnd + 1), head.minorVersion, refusals::badRequestLine)) {
        return refusal;
    }
    if (methodEnd > methodBytesMax || head.method == Method::Connect || head.method == Method::Trace) {
        return &refusals::methodUnsupported;
    }
    return head.target.size() > limits.targetBytesMax ? &refusals::targetTooLong : nullptr;
}

const Refusal* applyHost(const FieldSummary& summary, std::string_view targetAuthority,
                         RequestHead& head) noexcept {
    if (summary.hostRepeated) {
        return &refusals::hostRepeated;
    }
    if (summary.host == FieldSummary::none) {
        if (head.minorVersion >= 1) {
            return &refusals::hostMissing;
        }
        head.authority = targetAuthority;
    } else {
        const std::string_view value = head.fields[summary.host].value;
        if (!targetAuthority.empty() && !sameIgnoringCase(value, targetAuthority)) {
            return &refusals::authorityMismatch;
        }
        head.authority = value;
    }
    // An HTTP/1.0 request may come without any host.
    if (summary.host == FieldSummary::none && head.authority.empty()) {
        return nullptr;
    }
    return parseAuthority(head.authority, head.host) ? nullptr : &refusals::hostInvalid;
}

const Refusal* applyExpect(const FieldSummary& summary, RequestHead& head) noexcept {
    if (summary.expect == FieldSummary::none) {
        return nullptr;
    }
    if (summary.expectRepeated || !sameIgnoringCase(head.fields[summary.expect].value, "100-continue")) {
        return &refusals::expectationUnsupported;
    }
    // RFC 9110, 10.1.1: from HTTP/1.0 it is ignored; without a body there is nothing to continue with.
    head.expectContinue = head.minorVersion >= 1 && head.framing != Framing::None;
    return nullptr;
}

void applyTe(const FieldSummary& summary, RequestHead& head) noexcept {
    if (!summary.hasTe) {
        return;
    }
    for (const Field& field : head.fields) {
        std::string_view list = field.known == KnownField::Te ? field.value : std::string_view{};
        while (!list.empty()) {
            head.acceptsTrailers =
                sameIgnoringCase(nextListElement(list), "trailers") || head.acceptsTrailers;
        }
    }
}

const Refusal* applyMaxForwards(RequestHead& head) noexcept {
    constexpr std::size_t digitsMax = 9;
    constexpr std::int32_t most = 1'000'000'000;
    for (Field& field : head.fields) {
        if (field.known != KnownField::MaxForwards) {
            continue;
        }
        std::uint64_t value = 0;
        std::string_view digits = field.value;
        if (head.maxForwards >= 0 || digits.empty() || !std::all_of(digits.begin(), digits.end(), isDigit)) {
            return &refusals::badMaxForwards;
        }
        digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
        // What is more than we count is cut to what we count, as the RFC allows.
        head.maxForwards = digits.size() <= digitsMax && parseContentLength(digits, value)
                               ? static_cast<std::int32_t>(value)
                               : most;
        field.nominated = true;
    }
    return nullptr;
}

void clear(RequestHead& head) noexcept {
    head.method = Method::Other;
    head.methodText = head.target = head.authority = head.host = head.path = head.query = {};
    head.hasQuery = false;
    head.minorVersion = 1;
    head.fields.clear();
    head.framing = Framing::None;
    head.contentLength = 0;
    head.keepAlive = true;
    head.expectContinue = false;
    head.webSocket = false;
    head.acceptsTrailers = false;
    head.maxForwards = -1;
}

const Refusal* parseRequest(std::string_view data, const HeadLimits& limits, RequestHead& head) {
    clear(head);
    std::string_view rest = data;
    std::string_view line;
    if (const Refusal* refusal = takeLine(rest, line)) {
        return refusal;
    }
    if (const Refusal* refusal = parseRequestLine(line, limits, head)) {
        return refusal;
    }
    if (data.size() > limits.headBytesMax) {
        return &refusals::headTooLarge;
    }
    std::string_view targetAuthority;
    if (const Refusal* refusal = parseTarget(head, targetAuthority)) {
        return refusal;
    }
    FieldSummary summary;
    if (const Refusal* refusal = parseFieldLines(rest, limits.fieldsMax, head.fields, summary)) {
        return refusal;
    }
    if (const Refusal* refusal = applyHost(summary, targetAuthority, head)) {
        return refusal;
    }
    if (const Refusal* refusal =
            readFraming(head.fields, summary, head.minorVersion, head.framing, head.contentLength)) {
        return refusal;
    }
    if (const Refusal* refusal = applyConnection(head.fields, summary, head.minorVersion, head.keepAlive)) {
        return refusal;
    }
    applyTe(summary, head);
    if (summary.hasUpgrade && limits.webSocket) {
        if (const Refusal* refusal = readWebSocketHandshake(head)) {
            return refusal;
        }
    }
    if (head.method == Method::Options) {
        if (const Refusal* refusal = applyMaxForwards(head)) {
            return refusal;
        }
    }
    return applyExpect(summary, head);
}

} // namespace

HeadScanner::Result HeadScanner::scan(std::string_view data) noexcept {
    const char* const begin = data.data();
    const char* const end = begin + data.size();
    const char* at = begin + m_scanned;
    while (true) {
        at = findControl(at, end);
        m_scanned = static_cast<std::uint32_t>(at - begin);
        // A CR whose LF has not come yet is looked at again.
        if (at == end || (*at == '\r' && at + 1 == end)) {
            return Result::Incomplete;
        }
        if (*at != '\r' || at[1] != '\n') {
            return Result::Malformed;
        }
        const bool isEmptyLine = m_scanned == m_lineStart;
        at += 2;
        m_scanned = m_lineStart = static_cast<std::uint32_t>(at - begin);
        if (isEmptyLine) {
            return Result::Complete;
        }
    }
}

std::size_t leadingEmptyLines(std::string_view data, std::size_t skipped) noexcept {
    constexpr std::size_t linesMax = 2;
    std::size_t bytes = 0;
    while (skipped + bytes / 2 < linesMax && data.substr(bytes, 2) == "\r\n") {
        bytes += 2;
    }
    return bytes;
}

std::optional<Refusal> parseRequestHead(std::string_view data, const HeadLimits& limits, RequestHead& head) {
    if (const Refusal* refusal = parseRequest(data, limits, head)) {
        return *refusal;
    }
    return std::nullopt;
}

} // namespace gateway::http
