#pragma once

#include "gateway/http/head.h"

/// Every reason to refuse a head, in one place: the codes are part of the interface.
namespace gateway::http::refusals {

inline constexpr Refusal badRequestLine{400, "bad-request-line",
                                        "The request line is not METHOD SP TARGET SP HTTP/1.1."};
inline constexpr Refusal badStatusLine{502, "bad-status-line",
                                       "The status line is not HTTP/1.1 SP STATUS SP REASON."};
inline constexpr Refusal methodUnsupported{501, "method-unsupported",
                                           "The gateway does not implement this method."};
inline constexpr Refusal versionUnsupported{505, "version-unsupported",
                                            "The gateway speaks HTTP/1.0 and HTTP/1.1 here."};
inline constexpr Refusal headIncomplete{400, "head-incomplete",
                                        "The head does not end with exactly one empty line."};
inline constexpr Refusal headTooLarge{431, "head-too-large", "The head is larger than this listener allows."};
inline constexpr Refusal tooManyFields{431, "too-many-fields",
                                       "The head has more fields than this listener allows."};
inline constexpr Refusal bareLf{400, "bare-lf", "A line feed came without its carriage return."};
inline constexpr Refusal bareCr{400, "bare-cr", "A carriage return came without its line feed."};
inline constexpr Refusal controlByte{400, "control-byte", "The head contains a control byte."};
inline constexpr Refusal obsFold{400, "obs-fold", "A field line starts with white space."};
inline constexpr Refusal spaceBeforeColon{400, "space-before-colon",
                                          "There is white space between a field's name and its colon."};
inline constexpr Refusal badFieldName{400, "bad-field-name", "A field's name is not a token."};
inline constexpr Refusal badFieldValue{400, "bad-field-value",
                                       "The Connection field is not a list of tokens."};

inline constexpr Refusal targetTooLong{414, "target-too-long",
                                       "The request target is longer than this listener allows."};
inline constexpr Refusal badTarget{400, "bad-target",
                                   "The request target has a form or a character that is not allowed."};
inline constexpr Refusal badEscape{400, "bad-escape",
                                   "A % in the target is not followed by two hexadecimal digits, or is %00."};
inline constexpr Refusal encodedSlash{400, "encoded-slash",
                                      "The path contains a backslash or an escaped slash or backslash."};
inline constexpr Refusal pathEscapesRoot{400, "path-escapes-root", "The path climbs above its root."};
inline constexpr Refusal dotSegmentParameter{400, "dot-segment-parameter",
                                             "A dot segment of the path carries a parameter."};

inline constexpr Refusal hostMissing{400, "host-missing", "An HTTP/1.1 request needs a Host field."};
inline constexpr Refusal hostRepeated{400, "host-repeated", "The request has more than one Host field."};
inline constexpr Refusal hostInvalid{400, "host-invalid", "The host is not a name or address with a port."};
inline constexpr Refusal authorityMismatch{400, "authority-mismatch",
                                           "The target's authority and the Host field differ."};

inline constexpr Refusal contentLengthInvalid{400, "content-length-invalid",
                                              "The Content-Length is not one decimal number."};
inline constexpr Refusal contentLengthConflict{400, "content-length-conflict",
                                               "The message has more than one Content-Length."};
inline constexpr Refusal lengthAndEncoding{400, "length-and-encoding",
                                           "The message has a Content-Length and a Transfer-Encoding."};
inline constexpr Refusal transferEncodingInvalid{400, "transfer-encoding-unsupported",
                                                 "The Transfer-Encoding does not end in one final chunked."};
inline constexpr Refusal transferEncodingUnknown{501, "transfer-encoding-unsupported",
                                                 "The gateway understands no transfer coding but chunked."};
inline constexpr Refusal http10TransferEncoding{400, "http10-transfer-encoding",
                                                "An HTTP/1.0 message cannot have a Transfer-Encoding."};
inline constexpr Refusal expectationUnsupported{417, "expectation-unsupported",
                                                "The gateway meets no expectation but 100-continue."};
inline constexpr Refusal badMaxForwards{400, "bad-max-forwards",
                                        "The Max-Forwards is not one decimal number."};
inline constexpr Refusal webSocketKeyInvalid{
    400, "websocket-key-invalid", "A WebSocket handshake needs one Sec-WebSocket-Key of 16 bytes in base64."};
inline constexpr Refusal webSocketVersionUnsupported{
    426, "websocket-version-unsupported", "The gateway speaks version 13 of the WebSocket protocol."};
inline constexpr Refusal webSocketWithBody{400, "websocket-with-body",
                                           "A WebSocket handshake cannot have a body."};
inline constexpr Refusal upgradeUnasked{502, "upgrade-unasked",
                                        "The upstream switched protocols although nobody asked."};
inline constexpr Refusal lengthUnexpected{502, "length-unexpected",
                                          "An informational answer announced a body."};

// Of a body, whichever protocol it came by.
inline constexpr Refusal bodyTooLarge{413, "body-too-large",
                                      "The request's body is larger than this gateway takes."};
inline constexpr Refusal bodyTimeout{408, "request-timeout",
                                     "The request's body stopped arriving, or came too slowly."};

} // namespace gateway::http::refusals
