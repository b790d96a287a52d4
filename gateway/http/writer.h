#pragma once

#include "gateway/http/field_names.h"
#include "gateway/http/head.h"

#include <string>
#include <string_view>

namespace gateway::http {

/// What the gateway knows beside the client's own head when it asks an upstream.
struct ForwardedBy {
    std::string_view path;          ///< to ask for; already rewritten and escaped
    std::string_view clientAddress; ///< of who is connected: "192.0.2.1" or "2001:db8::1"
    std::string_view scheme;        ///< of the connection: "http" or "https"
    std::string_view requestId;
    std::string_view consumer; ///< name, for X-Client-ID; empty: nobody known
    std::string_view keyField; ///< name of the field that carried the credential: not passed on; may be empty
    std::string_view query;    ///< to pass on, without "?"
    std::string_view defaultHost = {}; ///< for Host when an HTTP/1.0 request names none (RFC 9112, 3.3)
    /// What trusted proxies said of the way here, to be continued: elements of Forwarded and of
    /// X-Forwarded-For, each without its last separator; and how the client itself came. Empty: nobody did.
    std::string_view forwarded = {};
    std::string_view forwardedFor = {};
    std::string_view originalScheme = {};
    std::string_view originalHost = {};
    std::string_view contentType = {};       ///< in place of the client's; empty: the client's
    const FieldNames* gatewaysOwn = nullptr; ///< names that clients may not use: their lines are left out
    std::string_view identityFields = {};    ///< complete lines about who calls
    bool hasQuery = false;
    bool withoutAuthorization = false; ///< Authorization and DPoP were for the gateway: not passed on
    bool expectContinue = false;       ///< ask the upstream for 100 (Continue) first
    bool http2 = false;                ///< the request came over HTTP/2, as Via tells
};

/// Appends the head to send upstream: request line, the client's fields without hop-by-hop, nominated and
/// internal ones, without the credential's and those of the gateway's own names (runs of kept lines in one
/// piece, so Host and Via pass as sent), then what `by` says of who calls, the gateway's own Via line,
/// Forwarded (RFC 7239) and X-Forwarded-For/-Proto/-Host, X-Request-ID, X-Client-ID, and Content-Length or
/// Transfer-Encoding as `head.framing` says; TE: trailers (with Connection: te) when the client sent it, or
/// for a WebSocket Connection: Upgrade. What the client says in Forwarded and X-Forwarded-* is dropped; what
/// `by` says of it is continued. An HTTP/1.0 request without Host gets one, and the Max-Forwards of OPTIONS
/// is one less.
void writeRequestHead(std::string& out, const RequestHead& head, const ForwardedBy& by);

/// What the gateway adds to an upstream's answer.
struct RespondedBy {
    std::string_view requestId;
    std::string_view extraFields; ///< complete lines with CRLF, for instance the rate-limit fields; they
                                  ///< replace the upstream's
    std::string_view date;        ///< used when the upstream sent none
    std::string_view hsts = {};   ///< a complete line in place of the upstream's; empty: none
    Framing framing =
        Framing::None;     ///< downstream: Length (contentLength of the head), Chunked, UntilClose, None
    bool keepAlive = true; ///< whether the client's connection stays open
    std::uint8_t clientMinorVersion = 1;
    bool toHead = false; ///< answer to HEAD or a 304: Content-Length as the upstream said, no body
};

/// Appends the head to send downstream: always HTTP/1.1, the upstream's end-to-end fields in its order, a Via
/// line, X-Request-ID instead of the upstream's, extraFields (with any, the upstream's rate-limit fields are
/// dropped), the framing that `by` says, and Connection as needed.
void writeResponseHead(std::string& out, const ResponseHead& head, const RespondedBy& by);

/// A 1xx answer on its way through: status line and end-to-end fields.
void writeInformationalHead(std::string& out, const ResponseHead& head);

/// An answer of the gateway's own: problem+json (RFC 9457) for refusals.
struct ProblemReply {
    int status = 500;
    std::string_view code;   ///< stable: "no-route", "key-missing", ...
    std::string_view detail; ///< a sentence
    std::string_view requestId;
    std::string_view
        extraFields; ///< complete lines with CRLF: Allow, Retry-After, WWW-Authenticate, rate-limit fields
    std::string_view date;
    std::string_view proxyStatus; ///< value of Proxy-Status (RFC 9209); empty: none
    bool keepAlive = true;
    std::uint8_t clientMinorVersion = 1;
    bool toHead = false; ///< no body, but its length
};

/// Appends head and body. The body has type "about:blank", title, status, detail, code and request_id; detail
/// and id are escaped as JSON.
void writeProblem(std::string& out, const ProblemReply& problem);

/// The standard reason phrase, or "Unknown".
[[nodiscard]] std::string_view reasonPhrase(int status) noexcept;

/// Appends "1a\r\n": the head of a chunk of that many bytes.
void writeChunkSize(std::string& out, std::uint64_t bytes);

/// IMF-fixdate (RFC 9110, 5.6.7) for a time in seconds since 1970.
[[nodiscard]] std::string httpDate(std::int64_t secondsSinceEpoch);

/// Whether a request id from a client can be taken over: 1..128 characters of [A-Za-z0-9._~+/=:-].
[[nodiscard]] bool isAcceptableRequestId(std::string_view id) noexcept;

/// Whether the bytes are a token (RFC 9110, 5.6.2).
[[nodiscard]] bool isToken(std::string_view text) noexcept;
[[nodiscard]] bool equalsIgnoreCase(std::string_view a, std::string_view b) noexcept;

} // namespace gateway::http
