#pragma once

#include "gateway/http/head.h"

#include <cstddef>
#include <optional>

namespace gateway::http {

/// Finds the end of a head that arrives in pieces, each byte looked at once, and refuses early what can never
/// become one: a bare LF or CR, NUL and other control bytes. parseRequestHead and parseResponseHead refuse
/// what is Malformed here, too, and say why: ask them for the answer to send.
class HeadScanner {
public:
    enum class Result { Incomplete, Complete, Malformed };

    /// `data` starts at the first byte of the message, and grows from call to call.
    [[nodiscard]] Result scan(std::string_view data) noexcept;
    /// After Complete: bytes of the head, its empty line included.
    [[nodiscard]] std::size_t headSize() const noexcept { return m_scanned; }
    void reset() noexcept { *this = HeadScanner{}; }

private:
    // Heads are bounded far below what these hold, and every idle connection has a pair.
    std::uint32_t m_scanned = 0;
    std::uint32_t m_lineStart = 0;
};

struct HeadLimits {
    std::size_t headBytesMax = 32 * 1024;  ///< 431
    std::size_t targetBytesMax = 8 * 1024; ///< 414
    std::size_t fieldsMax = 100;           ///< 431
    bool webSocket = false;                ///< a request may ask to become one
};

/// Empty lines before a request line that a server should skip (RFC 9112, 2.2): how many bytes; at most two
/// lines, those that were `skipped` before included.
[[nodiscard]] std::size_t leadingEmptyLines(std::string_view data, std::size_t skipped = 0) noexcept;

/// Reads a complete head (as HeadScanner delimits it). Strict: RFC 9110, 9112 and 3986, and what they leave
/// open is refused where peers disagree (request smuggling). On refusal `head` holds what was understood so
/// far. Beyond the RFCs:
/// - Content-Length comes once, as at most 19 digits; Transfer-Encoding comes once, as `chunked` alone.
/// - A host is a DNS name, or an IPv4 or IPv6 address, with an optional port from 1 to 65535.
/// - The absolute form's authority and Host are equal but for case, a port included.
/// - In the path, %2F, %5C, %00, backslashes, parameters on dot segments and climbing above the root are
/// refused.
/// - In the query, | ^ ` { } [ ] may come unescaped, because browsers send them so and no peer takes them for
///   framing; " < > \ and # may not, and % must start an escape. The query is opaque and passed on as sent.
/// - Slashes in a row are one slash, as nginx has it (merge_slashes).
/// - A field whose name is one of the gateway's own when all but letters and digits is read as "-" counts as
///   that one (and is not passed on); Content_Length and Transfer_Encoding are refused. Other names with "_"
///   are passed on (nginx drops them all, unless underscores_in_headers is on).
/// - Max-Forwards of OPTIONS comes once and is a number.
/// - Connection has at most 32 options. It cannot nominate fields that the gateway itself reads or writes:
/// Host,
///   Content-Length, Transfer-Encoding, Authorization, Expect, Via, Forwarded, Date and so on keep their
///   meaning.
/// - Upgrade is ignored: the request is an ordinary one, and the field is not passed on. With
///   `limits.webSocket` a GET may ask to become a WebSocket: see readWebSocketHandshake.
[[nodiscard]] std::optional<Refusal> parseRequestHead(std::string_view data, const HeadLimits& limits,
                                                      RequestHead& head);

/// The same for an answer to a request with `method`; a refusal here becomes a 502. 1xx and 304 and 204 and
/// answers to HEAD have Framing::None; for HEAD and 304 contentLength is still read and may be forwarded.
/// Without any length the body ends with the connection. A 204 that announces a body counts as complete, and
/// its connection as spent; a 1xx that does is refused, and so is 101, unless the request asked for it
/// (`mayUpgrade`): what comes behind it has Framing::UntilClose.
[[nodiscard]] std::optional<Refusal> parseResponseHead(std::string_view data, Method method,
                                                       const HeadLimits& limits, ResponseHead& head,
                                                       bool mayUpgrade = false);

/// Whether a field may come after the content: it does not frame, route, authenticate or describe it (RFC
/// 9110, 6.5.1), does not end at this hop, and is none that the gateway itself sets.
[[nodiscard]] bool isAllowedTrailer(std::string_view name) noexcept;

/// Takes the chunked coding apart (RFC 9112, 7.1). Strict about CRLF. Extensions are read and dropped, and
/// bounded: 1 KiB a line, and in sum 16 KiB more than the payload, so that signed chunks pass and chatter
/// does not. Whatever the pieces in which a body arrives, its payload, trailers and verdict are the same.
class ChunkedDecoder {
public:
    enum class Event {
        NeedMore,  ///< all input taken, more to come
        Data,      ///< `data` is payload (a view into the input)
        End,       ///< the body is over; what is left of the input is the next message
        Malformed, ///< framing is lost: the connection must be closed
    };

    static constexpr std::uint64_t extensionBytesMax = 1024;         ///< of one size line
    static constexpr std::uint64_t extensionOverheadMax = 16 * 1024; ///< of a body, beyond its payload
    static constexpr std::uint64_t trailerBytesMax = 8 * 1024;       ///< of a body, kept or not

    /// Consumes from the front of `input`.
    [[nodiscard]] Event next(std::string_view& input, std::string_view& data);
    /// After End: the trailer's field lines, each with CRLF. Left out are those that frame, route,
    /// authenticate or describe the content (RFC 9110, 6.5.1), hop-by-hop ones, and those that the gateway
    /// itself sets.
    [[nodiscard]] const std::string& trailers() const noexcept { return m_trailers; }
    void reset();

private:
    enum class State : std::uint8_t {
        Size,       ///< before a size's first digit
        SizeDigits, ///< after it
        SizeBlank,  ///< white space before ";"
        Extension,
        SizeLf,
        Data,
        DataCr,
        DataLf,
        TrailerStart,
        Trailer,
        TrailerLf,
        EndLf,
        Done,
        Broken
    };

    [[nodiscard]] State afterSizeByte(char c);
    [[nodiscard]] State afterSizeLine() noexcept;
    [[nodiscard]] State afterExtensions(std::string_view& input);
    [[nodiscard]] State afterTrailers(std::string_view& input);
    [[nodiscard]] State afterTrailerLine();
    [[nodiscard]] State step(std::string_view& input);

    State m_state = State::Size;
    std::uint8_t m_sizeDigits = 0;
    std::uint64_t m_left = 0;           ///< of the chunk
    std::uint64_t m_lineBytes = 0;      ///< of extensions in this size line, or of all trailers
    std::uint64_t m_extensionBytes = 0; ///< in sum
    std::uint64_t m_payloadBytes = 0;
    std::size_t m_trailerLine = 0; ///< where in m_trailers the line being read starts
    std::string m_trailers;
};

} // namespace gateway::http
