#pragma once

#include "gateway/http/parser.h"

#include <limits>

/// What request and response heads have in common. Internal to gateway/http.
namespace gateway::http {

/// Where the fields that the parser itself needs are; noted while they are read, so that nobody searches.
struct FieldSummary {
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    std::size_t host = none;
    std::size_t contentLength = none;
    std::size_t transferEncoding = none;
    std::size_t expect = none;
    bool hostRepeated = false;
    bool contentLengthRepeated = false;
    bool transferEncodingRepeated = false;
    bool expectRepeated = false;
    bool hasConnection = false;
    bool hasTe = false;
    bool hasUpgrade = false;
};

/// Why the control byte at `at` (not the CR of a CRLF) is refused.
[[nodiscard]] const Refusal& refusalOfControl(char at) noexcept;

/// Cuts the first line off `rest`, without its CRLF. Null when that worked.
[[nodiscard]] const Refusal* takeLine(std::string_view& rest, std::string_view& line) noexcept;

/// Reads "HTTP/1.0" or "HTTP/1.1"; what is not even a version is refused as `malformed`.
[[nodiscard]] const Refusal* parseVersion(std::string_view text, std::uint8_t& minorVersion,
                                          const Refusal& malformed) noexcept;

/// Reads field lines up to and including the empty line, which must be the end of `data`.
[[nodiscard]] const Refusal* parseFieldLines(std::string_view data, std::size_t fieldsMax,
                                             std::vector<Field>& fields, FieldSummary& summary);

/// Reads all Connection fields: whether the connection persists (RFC 9112, 9.3), and marks what they name.
/// A field that the gateway itself reads or writes cannot be nominated away: the flag is then not set.
[[nodiscard]] const Refusal* applyConnection(std::vector<Field>& fields, const FieldSummary& summary,
                                             std::uint8_t minorVersion, bool& keepAlive) noexcept;

/// The framing that Content-Length and Transfer-Encoding tell; Framing::None when there is neither.
[[nodiscard]] const Refusal* readFraming(const std::vector<Field>& fields, const FieldSummary& summary,
                                         std::uint8_t minorVersion, Framing& framing,
                                         std::uint64_t& contentLength) noexcept;

/// One decimal number up to 2^63-1: many peers keep lengths in signed 64-bit integers.
[[nodiscard]] bool parseContentLength(std::string_view text, std::uint64_t& length) noexcept;

} // namespace gateway::http
