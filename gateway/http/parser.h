#pragma once

#include "gateway/http/head.h"

#include <cstddef>
#include <optional>

namespace gateway::http {

/// Finds the end of a head that arrives in pieces, each byte looked at once, and refuses early what can never
/// become one: a bare LF or CR, NUL and other control bytes.
class HeadScanner {
public:
    enum class Result { Incomplete, Complete, Malformed };

    /// `data` starts at the first byte of the message, and grows from call to call.
    [[nodiscard]] Result scan(std::string_view data) noexcept;
    /// After Complete: bytes of the head, its empty line included.
    [[nodiscard]] std::size_t headSize() const noexcept { return m_headSize; }
    void reset() noexcept { *this = HeadScanner{}; }

private:
    std::size_t m_scanned = 0;
    std::size_t m_headSize = 0;
};

struct HeadLimits {
    std::size_t headBytesMax = 32 * 1024;  ///< 431
    std::size_t targetBytesMax = 8 * 1024; ///< 414
    std::size_t fieldsMax = 100;           ///< 431
};

/// Empty lines before a request line that a server should skip (RFC 9112, 2.2): how many bytes; at most two
/// lines.
[[nodiscard]] std::size_t leadingEmptyLines(std::string_view data) noexcept;

/// Reads a complete head (as HeadScanner delimits it). Strict: RFC 9110, 9112 and 3986, and what they leave
/// open is refused where peers disagree (request smuggling). On refusal `head` holds what was understood so
/// far.
[[nodiscard]] std::optional<Refusal> parseRequestHead(std::string_view data, const HeadLimits& limits,
                                                      RequestHead& head);

/// The same for an answer to a request with `method`; a refusal here becomes a 502. 1xx and 304 and 204 and
/// answers to HEAD have Framing::None; for HEAD and 304 contentLength is still read and may be forwarded.
[[nodiscard]] std::optional<Refusal> parseResponseHead(std::string_view data, Method method,
                                                       const HeadLimits& limits, ResponseHead& head);

/// Takes the chunked coding apart (RFC 9112, 7.1). Strict about CRLF; extensions are read and dropped.
class ChunkedDecoder {
public:
    enum class Event {
        NeedMore,  ///< all input taken, more to come
        Data,      ///< `data` is payload (a view into the input)
        End,       ///< the body is over; what is left of the input is the next message
        Malformed, ///< framing is lost: the connection must be closed
    };

    /// Consumes from the front of `input`.
    [[nodiscard]] Event next(std::string_view& input, std::string_view& data);
    /// After End: the trailer's field lines, each with CRLF; forbidden ones (RFC 9110, 6.5.1) left out.
    [[nodiscard]] const std::string& trailers() const noexcept { return m_trailers; }
    void reset();

private:
    enum class State : std::uint8_t {
        Size,
        SizeDigits,
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
    State m_state = State::Size;
    std::uint64_t m_left = 0;          ///< of the chunk
    std::uint32_t m_lineBytes = 0;     ///< of size line or trailer: bounded
    std::uint32_t m_overheadBytes = 0; ///< of extensions and trailers: bounded
    std::string m_trailers;
};

} // namespace gateway::http
