#pragma once

#include "gateway/http/head.h"

/// Request targets and authorities (RFC 9112, 3.2; RFC 3986). Internal to gateway/http.
namespace gateway::http {

/// Reads `head.target` into path and query; `authority` is the absolute form's, else empty.
[[nodiscard]] const Refusal* parseTarget(RequestHead& head, std::string_view& authority);

/// Checks host and optional port, and finds the host. Stricter than RFC 3986: a host is a DNS name (with "_"
/// and
/// "~"), an IPv4 or a bracketed IPv6 address; no escapes, sub-delimiters, user information, empty labels (but
/// one after a final dot), or empty port, because peers disagree about what they mean.
[[nodiscard]] bool parseAuthority(std::string_view authority, std::string_view& host) noexcept;

} // namespace gateway::http
