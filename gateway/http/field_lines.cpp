#include "gateway/http/field_lines.h"

#include "gateway/http/characters.h"
#include "gateway/http/refusals.h"
#include "gateway/http/writer.h"

#include <algorithm>
#include <array>

namespace gateway::http {

namespace {

// More options than this serve nothing but to make the gateway compare each with each field.
constexpr int connectionOptionsMax = 32;

// CGI and what follows it has one character for "-", "_" and often for all but letters and digits: then
// X_Client_ID or X.Client.ID would pass for the gateway's own X-Client-ID, and Content_Length for a length.
KnownField knownByAlias(std::string_view name) noexcept {
    std::array<char, 24> dashed{};
    if (name.size() > dashed.size()) {
        return KnownField::Other;
    }
    std::replace_copy_if(
        name.begin(), name.end(), dashed.begin(), [](char c) { return isA(AliasCharacter, c); }, '-');
    return knownField({dashed.data(), name.size()});
}

bool canBeNominated(KnownField known) noexcept {
    switch (known) {
    case KnownField::Other:
    case KnownField::Connection:
    case KnownField::KeepAlive:
    case KnownField::ProxyConnection:
    case KnownField::ProxyAuthenticate:
    case KnownField::ProxyAuthorization:
    case KnownField::Te:
    case KnownField::Trailer:
    case KnownField::Upgrade:
        return true;
    case KnownField::Host:
    case KnownField::ContentLength:
    case KnownField::TransferEncoding:
    case KnownField::Expect:
    case KnownField::MaxForwards:
    case KnownField::Via:
    case KnownField::Forwarded:
    case KnownField::XForwardedFor:
    case KnownField::XForwardedProto:
    case KnownField::XForwardedHost:
    case KnownField::XRequestId:
    case KnownField::XClientId:
    case KnownField::XInternalAuth:
    case KnownField::Authorization:
    case KnownField::Date:
    case KnownField::Server:
    case KnownField::RetryAfter:
    case KnownField::XRateLimitLimit:
    case KnownField::XRateLimitRemaining:
    case KnownField::XRateLimitReset:
    case KnownField::RateLimit:
    case KnownField::RateLimitPolicy:
        return false;
    }
    return false;
}

void note(std::size_t index, std::size_t& first, bool& repeated) noexcept {
    repeated = repeated || first != FieldSummary::none;
    first = index;
}

void noteField(KnownField known, std::size_t index, FieldSummary& summary) noexcept {
    if (known == KnownField::Other) {
        return;
    }
    if (known == KnownField::Host) {
        note(index, summary.host, summary.hostRepeated);
    } else if (known == KnownField::ContentLength) {
        note(index, summary.contentLength, summary.contentLengthRepeated);
    } else if (known == KnownField::TransferEncoding) {
        note(index, summary.transferEncoding, summary.transferEncodingRepeated);
    } else if (known == KnownField::Connection) {
        summary.hasConnection = true;
    } else if (known == KnownField::Expect) {
        note(index, summary.expect, summary.expectRepeated);
    } else if (known == KnownField::Te) {
        summary.hasTe = true;
    } else if (known == KnownField::Upgrade) {
        summary.hasUpgrade = true;
    }
}

const Refusal& refusalOfName(const char* at, const char* end) noexcept {
    if (at != end && isBlank(*at)) {
        while (at != end && isBlank(*at)) {
            ++at;
        }
        return at != end && *at == ':' ? refusals::spaceBeforeColon : refusals::badFieldName;
    }
    if (at != end && isControl(*at) && !(*at == '\r' && at + 1 != end && at[1] == '\n')) {
        return refusalOfControl(*at);
    }
    return refusals::badFieldName;
}

void nominate(std::vector<Field>& fields, std::string_view name) noexcept {
    for (Field& field : fields) {
        if (sameIgnoringCase(field.name, name) && canBeNominated(field.known)) {
            field.nominated = true;
        }
    }
}

const Refusal& refusalOfTransferEncoding(std::string_view list) noexcept {
    bool finalIsChunked = false;
    if (!list.empty() && list.back() == ',') {
        return refusals::transferEncodingInvalid;
    }
    while (!list.empty()) {
        const std::string_view coding = nextListElement(list);
        // Chunked twice, or not last, leaves the end of the body to guesswork; so does what is no list.
        if (finalIsChunked || !isToken(coding)) {
            return refusals::transferEncodingInvalid;
        }
        finalIsChunked = sameIgnoringCase(coding, "chunked");
    }
    return finalIsChunked ? refusals::transferEncodingUnknown : refusals::transferEncodingInvalid;
}

} // namespace

const Refusal& refusalOfControl(char at) noexcept {
    if (at == '\n') {
        return refusals::bareLf;
    }
    return at == '\r' ? refusals::bareCr : refusals::controlByte;
}

const Refusal* takeLine(std::string_view& rest, std::string_view& line) noexcept {
    const char* begin = rest.data();
    const char* end = begin + rest.size();
    const char* at = findControl(begin, end);
    if (at == end) {
        return &refusals::headIncomplete;
    }
    if (*at != '\r') {
        return &refusalOfControl(*at);
    }
    if (at + 1 == end) {
        return &refusals::headIncomplete;
    }
    if (at[1] != '\n') {
        return &refusals::bareCr;
    }
    line = {begin, static_cast<std::size_t>(at - begin)};
    rest.remove_prefix(line.size() + 2);
    return nullptr;
}

// "HTTP/1.0" and "HTTP/1.1" alone: whoever claims another version may frame its messages differently.
const Refusal* parseVersion(std::string_view text, std::uint8_t& minorVersion,
                            const Refusal& malformed) noexcept {
    if (text == "HTTP/1.1") {
        minorVersion = 1;
        return nullptr;
    }
    if (text == "HTTP/1.0") {
        minorVersion = 0;
        return nullptr;
    }
    const bool isVersion = text.size() == 8 && text.substr(0, 5) == "HTTP/" && isDigit(text[5]) &&
                           text[6] == '.' && isDigit(text[7]);
    return isVersion ? &refusals::versionUnsupported : &malformed;
}

const Refusal* parseFieldLines(std::string_view data, std::size_t fieldsMax, std::vector<Field>& fields,
                               FieldSummary& summary) {
    const char* at = data.data();
    const char* const end = at + data.size();
    while (at != end && *at != '\r') {
        if (isBlank(*at)) {
            return &refusals::obsFold;
        }
        const char* const nameBegin = at;
        unsigned classes = 0;
        while (at != end && isA(TokenCharacter, *at)) {
            classes |= classOf(*at);
            ++at;
        }
        if (at == end || *at != ':' || at == nameBegin) {
            return at == end ? &refusals::headIncomplete : &refusalOfName(at, end);
        }
        const std::string_view name(nameBegin, static_cast<std::size_t>(at - nameBegin));
        std::string_view rest(at + 1, static_cast<std::size_t>(end - at - 1));
        std::string_view value;
        if (const Refusal* refusal = takeLine(rest, value)) {
            return refusal;
        }
        at = rest.data();
        if (fields.size() == fieldsMax) {
            return &refusals::tooManyFields;
        }
        KnownField known = knownField(name);
        if ((classes & AliasCharacter) != 0) {
            known = knownByAlias(name);
            if (known == KnownField::ContentLength || known == KnownField::TransferEncoding) {
                return &refusals::badFieldName;
            }
        }
        noteField(known, fields.size(), summary);
        fields.push_back(Field{.name = name,
                               .value = trimmed(value),
                               .line = {nameBegin, static_cast<std::size_t>(at - nameBegin)},
                               .known = known,
                               .nominated = false});
    }
    if (end - at == 2 && at[1] == '\n') {
        return nullptr;
    }
    return end - at >= 2 && at[1] != '\n' ? &refusals::bareCr : &refusals::headIncomplete;
}

const Refusal* applyConnection(std::vector<Field>& fields, const FieldSummary& summary,
                               std::uint8_t minorVersion, bool& keepAlive) noexcept {
    keepAlive = minorVersion >= 1;
    if (!summary.hasConnection) {
        return nullptr;
    }
    bool close = false;
    int options = 0;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].known != KnownField::Connection) {
            continue;
        }
        std::string_view list = fields[i].value;
        while (!list.empty()) {
            const std::string_view option = nextListElement(list);
            if (++options > connectionOptionsMax || (!option.empty() && !isToken(option))) {
                return &refusals::badFieldValue;
            }
            if (sameIgnoringCase(option, "close")) {
                close = true;
            } else if (sameIgnoringCase(option, "keep-alive")) {
                keepAlive = true;
            } else if (!option.empty()) {
                nominate(fields, option);
            }
        }
    }
    keepAlive = keepAlive && !close;
    return nullptr;
}

bool parseContentLength(std::string_view text, std::uint64_t& length) noexcept {
    constexpr std::size_t digitsMax = 19; // 2^63-1 has 19; 19 digits cannot overflow 64 bits
    if (text.empty() || text.size() > digitsMax) {
        return false;
    }
    std::uint64_t value = 0;
    for (const char c : text) {
        if (!isDigit(c)) {
            return false;
        }
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return false;
    }
    length = value;
    return true;
}

const Refusal* readFraming(const std::vector<Field>& fields, const FieldSummary& summary,
                           std::uint8_t minorVersion, Framing& framing,
                           std::uint64_t& contentLength) noexcept {
    if (summary.transferEncoding != FieldSummary::none) {
        if (summary.contentLength != FieldSummary::none) {
            return &refusals::lengthAndEncoding;
        }
        if (minorVersion == 0) {
            return &refusals::http10TransferEncoding;
        }
        if (summary.transferEncodingRepeated) {
            return &refusals::transferEncodingInvalid;
        }
        const std::string_view value = fields[summary.transferEncoding].value;
        if (!sameIgnoringCase(value, "chunked")) {
            return &refusalOfTransferEncoding(value);
        }
        framing = Framing::Chunked;
        return nullptr;
    }
    if (summary.contentLength != FieldSummary::none) {
        // RFC 9110, 8.6 would allow equal repeats; nobody honest sends them.
        if (summary.contentLengthRepeated) {
            return &refusals::contentLengthConflict;
        }
        if (!parseContentLength(fields[summary.contentLength].value, contentLength)) {
            return &refusals::contentLengthInvalid;
        }
        framing = Framing::Length;
    }
    return nullptr;
}

} // namespace gateway::http
