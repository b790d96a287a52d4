#include "gateway/http/characters.h"
#include "gateway/http/field_lines.h"
#include "gateway/http/parser.h"
#include "gateway/http/refusals.h"

namespace gateway::http {

namespace {

bool isInformational(int status) noexcept {
    return status < 200;
}

const Refusal* parseStatusLine(std::string_view line, ResponseHead& head) noexcept {
    constexpr std::size_t versionSize = 8;
    constexpr std::size_t statusSize = 3;
    if (const Refusal* refusal =
            parseVersion(line.substr(0, versionSize), head.minorVersion, refusals::badStatusLine)) {
        return refusal;
    }
    line.remove_prefix(versionSize);
    if (line.size() < 1 + statusSize || line.front() != ' ' || !isDigit(line[1]) || !isDigit(line[2]) ||
        !isDigit(line[3])) {
        return &refusals::badStatusLine;
    }
    head.status = (line[1] - '0') * 100 + (line[2] - '0') * 10 + (line[3] - '0');
    line.remove_prefix(1 + statusSize);
    // Many servers leave out the space before an empty reason, so it may be missing.
    if (head.status < 100 || head.status > 599 || (!line.empty() && line.front() != ' ')) {
        return &refusals::badStatusLine;
    }
    head.reason = line.empty() ? line : line.substr(1);
    return nullptr;
}

// RFC 9112, 6.3, for answers.
const Refusal* applyResponseFraming(const FieldSummary& summary, Method method, ResponseHead& head) noexcept {
    Framing told = Framing::None;
    const Refusal* refusal = readFraming(head.fields, summary, head.minorVersion, told, head.contentLength);
    if (head.status == 204 || isInformational(head.status)) {
        const bool announcesBody = refusal != nullptr || told == Framing::Chunked || head.contentLength != 0;
        head.contentLength = 0;
        if (announcesBody && isInformational(head.status)) {
            return &refusals::lengthUnexpected;
        }
        // The answer is complete, but what follows on this connection cannot be trusted.
        head.keepAlive = head.keepAlive && !announcesBody;
        return nullptr;
    }
    if (refusal != nullptr) {
        return refusal;
    }
    if (method == Method::Head || head.status == 304) {
        return nullptr;
    }
    if (told == Framing::None) {
        head.framing = Framing::UntilClose;
        head.keepAlive = false;
        return nullptr;
    }
    head.framing = told;
    return nullptr;
}

const Refusal* parseResponse(std::string_view data, Method method, const HeadLimits& limits,
                             ResponseHead& head, bool mayUpgrade) {
    head.status = 0;
    head.reason = {};
    head.minorVersion = 1;
    head.http2 = false;
    head.fields.clear();
    head.framing = Framing::None;
    head.contentLength = 0;
    head.keepAlive = true;
    std::string_view rest = data;
    std::string_view line;
    if (const Refusal* refusal = takeLine(rest, line)) {
        return refusal;
    }
    if (const Refusal* refusal = parseStatusLine(line, head)) {
        return refusal;
    }
    if (data.size() > limits.headBytesMax) {
        return &refusals::headTooLarge;
    }
    FieldSummary summary;
    if (const Refusal* refusal = parseFieldLines(rest, limits.fieldsMax, head.fields, summary)) {
        return refusal;
    }
    if (head.status == 101 && !mayUpgrade) {
        return &refusals::upgradeUnasked;
    }
    if (const Refusal* refusal = applyConnection(head.fields, summary, head.minorVersion, head.keepAlive)) {
        return refusal;
    }
    if (const Refusal* refusal = applyResponseFraming(summary, method, head)) {
        return refusal;
    }
    if (head.status == 101) {
        head.framing = Framing::UntilClose;
        head.keepAlive = false;
    }
    return nullptr;
}

} // namespace

std::optional<Refusal> parseResponseHead(std::string_view data, Method method, const HeadLimits& limits,
                                         ResponseHead& head, bool mayUpgrade) {
    if (const Refusal* refusal = parseResponse(data, method, limits, head, mayUpgrade)) {
        // Whatever the upstream did wrong, to the client it is a bad gateway.
        return Refusal{.status = 502, .code = refusal->code, .detail = refusal->detail};
    }
    return std::nullopt;
}

} // namespace gateway::http
