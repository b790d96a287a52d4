#include "gateway/http/characters.h"
#include "gateway/http/parser.h"
#include "gateway/http/writer.h"

#include <algorithm>
#include <array>

namespace gateway::http {

namespace {

// RFC 9110, 6.5.1: what frames, routes, authenticates, controls or describes the content is useless or
// dangerous when it comes after the content.
constexpr std::string_view forbiddenTrailers[] = {"age",
                                                  "cache-control",
                                                  "cookie",
                                                  "expires",
                                                  "location",
                                                  "pragma",
                                                  "range",
                                                  "set-cookie",
                                                  "vary",
                                                  "warning",
                                                  "www-authenticate",
                                                  "if-match",
                                                  "if-none-match",
                                                  "if-range",
                                                  "if-modified-since",
                                                  "if-unmodified-since"};

} // namespace

bool isAllowedTrailer(std::string_view sent) noexcept {
    constexpr std::string_view contentPrefix = "content-";
    // CGI has one character for all but letters and digits: what it would read as one of those that are left
    // out is left out, too. Longer names than the longest of them only need their beginning.
    std::array<char, 32> dashed{};
    const std::string_view name = sent.substr(0, dashed.size());
    std::replace_copy_if(
        name.begin(), name.end(), dashed.begin(), [](char c) { return isA(AliasCharacter, c); }, '-');
    const std::string_view alias(dashed.data(), name.size());
    if (knownField(sent) != KnownField::Other || knownField(alias) != KnownField::Other ||
        sameIgnoringCase(alias.substr(0, contentPrefix.size()), contentPrefix)) {
        return false;
    }
    return std::none_of(std::begin(forbiddenTrailers), std::end(forbiddenTrailers),
                        [alias](std::string_view forbidden) { return sameIgnoringCase(alias, forbidden); });
}

void ChunkedDecoder::reset() {
    m_state = State::Size;
    m_sizeDigits = 0;
    m_left = m_lineBytes = m_extensionBytes = m_payloadBytes = 0;
    m_trailerLine = 0;
    m_trailers.clear();
}

ChunkedDecoder::State ChunkedDecoder::afterSizeByte(char c) {
    constexpr int digitsMax = 16;
    constexpr unsigned bitsADigit = 4;
    const int digit = hexValue(c);
    if (digit >= 0) {
        // 2^63-1 is the most that peers with signed sizes understand.
        constexpr std::uint64_t shiftableMax = (std::uint64_t{1} << 59U) - 1;
        if (++m_sizeDigits > digitsMax || m_left > shiftableMax) {
            return State::Broken;
        }
        m_left = (m_left << bitsADigit) | static_cast<std::uint64_t>(digit);
        return State::SizeDigits;
    }
    if (m_sizeDigits == 0) {
        return State::Broken;
    }
    if (c == ';') {
        return State::Extension;
    }
    if (isBlank(c)) {
        return ++m_lineBytes > extensionBytesMax ? State::Broken : State::SizeBlank;
    }
    return c == '\r' ? State::SizeLf : State::Broken;
}

ChunkedDecoder::State ChunkedDecoder::afterExtensions(std::string_view& input) {
    const char* const begin = input.data();
    const char* const end = begin + input.size();
    const char* const at = findControl(begin, end);
    m_lineBytes += static_cast<std::uint64_t>(at - begin);
    input.remove_prefix(static_cast<std::size_t>(at - begin));
    if (m_lineBytes > extensionBytesMax) {
        return State::Broken;
    }
    if (at == end) {
        return State::Extension;
    }
    input.remove_prefix(1);
    return *at == '\r' ? State::SizeLf : State::Broken;
}

ChunkedDecoder::State ChunkedDecoder::afterSizeLine() noexcept {
    m_extensionBytes += m_lineBytes;
    m_lineBytes = 0;
    m_sizeDigits = 0;
    if (m_extensionBytes > extensionOverheadMax + m_payloadBytes) {
        return State::Broken;
    }
    m_payloadBytes += m_left;
    return m_left == 0 ? State::TrailerStart : State::Data;
}

ChunkedDecoder::State ChunkedDecoder::afterTrailers(std::string_view& input) {
    const char* const begin = input.data();
    const char* const end = begin + input.size();
    const char* const at = findControl(begin, end);
    const auto bytes = static_cast<std::size_t>(at - begin);
    m_lineBytes += bytes + (at == end ? 0 : 2);
    if (m_lineBytes > trailerBytesMax) {
        return State::Broken;
    }
    m_trailers.append(begin, bytes);
    input.remove_prefix(bytes);
    if (at == end) {
        return State::Trailer;
    }
    input.remove_prefix(1);
    return *at == '\r' ? State::TrailerLf : State::Broken;
}

ChunkedDecoder::State ChunkedDecoder::afterTrailerLine() {
    const std::string_view line = std::string_view(m_trailers).substr(m_trailerLine);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !isToken(line.substr(0, colon))) {
        return State::Broken;
    }
    if (isAllowedTrailer(line.substr(0, colon))) {
        m_trailers += "\r\n";
        m_trailerLine = m_trailers.size();
    } else {
        m_trailers.resize(m_trailerLine);
    }
    return State::TrailerStart;
}

// Takes at least one byte of `input`, which is not empty; never payload.
ChunkedDecoder::State ChunkedDecoder::step(std::string_view& input) {
    const char c = input.front();
    if (m_state == State::Extension) {
        return afterExtensions(input);
    }
    if (m_state == State::Trailer) {
        return afterTrailers(input);
    }
    if (m_state == State::TrailerStart && c != '\r') {
        return afterTrailers(input);
    }
    input.remove_prefix(1);
    switch (m_state) {
    case State::Size:
    case State::SizeDigits:
        return afterSizeByte(c);
    case State::SizeBlank:
        // RFC 9112, 7.1.1 has white space before ";" read, not sent; before CRLF it has no business.
        return hexValue(c) < 0 && c != '\r' ? afterSizeByte(c) : State::Broken;
    case State::SizeLf:
        return c == '\n' ? afterSizeLine() : State::Broken;
    case State::DataCr:
        return c == '\r' ? State::DataLf : State::Broken;
    case State::DataLf:
        return c == '\n' ? State::Size : State::Broken;
    case State::TrailerStart:
        return State::EndLf;
    case State::TrailerLf:
        return c == '\n' ? afterTrailerLine() : State::Broken;
    case State::EndLf:
        return c == '\n' ? State::Done : State::Broken;
    case State::Extension:
    case State::Data:
    case State::Trailer:
    case State::Done:
    case State::Broken:
        break;
    }
    return State::Broken;
}

ChunkedDecoder::Event ChunkedDecoder::next(std::string_view& input, std::string_view& data) {
    data = {};
    while (m_state != State::Done && m_state != State::Broken) {
        if (input.empty()) {
            return Event::NeedMore;
        }
        if (m_state == State::Data) {
            const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(m_left, input.size()));
            data = input.substr(0, taken);
            input.remove_prefix(taken);
            m_left -= taken;
            m_state = m_left == 0 ? State::DataCr : State::Data;
            return Event::Data;
        }
        m_state = step(input);
    }
    return m_state == State::Done ? Event::End : Event::Malformed;
}

} // namespace gateway::http
