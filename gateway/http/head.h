#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::http {

/// Fields that the gateway itself reads, replaces or never passes on.
enum class KnownField : std::uint8_t {
    Other,
    Host,
    ContentLength,
    TransferEncoding,
    // Hop-by-hop (RFC 9110, 7.6.1): end at each connection.
    Connection,
    KeepAlive,
    ProxyConnection,
    ProxyAuthenticate,
    ProxyAuthorization,
    Te,
    Trailer,
    Upgrade,
    // Read or rewritten.
    Expect,
    MaxForwards,
    Via,
    Forwarded,
    XForwardedFor,
    XForwardedProto,
    XForwardedHost,
    XRequestId,
    XClientId,     ///< internal: only the gateway says who calls
    XInternalAuth, ///< internal: never taken from a client
    Authorization,
    Date,
    Server,
    RetryAfter,
    // Said by the gateway about its own limits; dropped from upstream answers when it says them.
    XRateLimitLimit,
    XRateLimitRemaining,
    XRateLimitReset,
    RateLimit,
    RateLimitPolicy,
};

/// Which field a name is, whatever its case. The one table of names.
[[nodiscard]] KnownField knownField(std::string_view name) noexcept;

/// One field line. The views point into the buffer that was parsed.
struct Field {
    std::string_view name;  ///< as sent
    std::string_view value; ///< without surrounding white space
    std::string_view line;  ///< the whole line with its CRLF: lines of neighbours are neighbours in memory
    KnownField known = KnownField::Other;
    bool nominated = false; ///< named by a Connection field: hop-by-hop, too
};

enum class Framing : std::uint8_t { None, Length, Chunked, UntilClose };

/// What is wrong with what a peer sent. `code` is stable and part of the interface; `detail` is a sentence.
struct Refusal {
    int status = 400;
    const char* code = "";
    const char* detail = "";
};

enum class Method : std::uint8_t { Other, Get, Head, Post, Put, Patch, Delete, Options, Trace, Connect };

/// A request head. Zero-copy: valid only as long as the parsed buffer stays. Reused from request to request,
/// so that its vectors keep their capacity.
struct RequestHead {
    Method method = Method::Other;
    std::string_view methodText;
    std::string_view target;    ///< as sent
    std::string_view authority; ///< Host (or the absolute form's authority, which must agree)
    std::string_view host;      ///< authority without port, as sent (not lower-cased)
    std::string_view path;      ///< normalised: dot segments resolved, slashes in a row merged, unreserved
                                ///< escapes decoded, escapes in upper case; "*" for OPTIONS *
    std::string_view query;     ///< without "?", as sent
    bool hasQuery = false;
    std::uint8_t minorVersion = 1; ///< HTTP/1.x
    std::vector<Field> fields;
    Framing framing = Framing::None; ///< None, Length or Chunked
    std::uint64_t contentLength = 0;
    bool keepAlive = true;
    bool expectContinue = false;
    bool webSocket = false;       ///< asks to become a WebSocket (RFC 6455, 4.1; RFC 8441)
    bool acceptsTrailers = false; ///< TE: trailers (RFC 9110, 10.1.4)
    /// Max-Forwards of OPTIONS (RFC 9110, 7.6.2), -1: none; its line counts as nominated, because it is
    /// written anew.
    std::int32_t maxForwards = -1;
    std::string pathStorage; ///< holds `path` where it differs from what was sent

    [[nodiscard]] const Field* find(KnownField known) const noexcept;
    [[nodiscard]] const Field* find(std::string_view name) const noexcept; ///< any case
};

struct ResponseHead {
    int status = 0;
    std::string_view reason;
    std::uint8_t minorVersion = 1;
    bool http2 = false; ///< it came over HTTP/2, and was turned into what it would be in HTTP/1.1
    std::vector<Field> fields;
    Framing framing = Framing::None;
    std::uint64_t contentLength = 0;
    bool keepAlive = true;

    [[nodiscard]] const Field* find(KnownField known) const noexcept;
    [[nodiscard]] const Field* find(std::string_view name) const noexcept;
};

} // namespace gateway::http
