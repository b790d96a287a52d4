#pragma once

#include <openssl/ssl.h>
#include <string>

namespace gateway::net {

/// How a handshake ended on the level of the socket.
enum class HandshakeEnd { Refused, PeerLeft };

/// Why a handshake failed, as a sentence without a full stop: "the certificate of orders.internal ended on
/// 2026-01-02". `name`: whom the certificate must name, for a client; empty for a server. `refused`: the
/// peer's certificate, if that was refused; may be null. Empties OpenSSL's queue of errors.
[[nodiscard]] std::string handshakeFailure(const SSL* ssl, HandshakeEnd end, const std::string& name,
                                           const X509* refused);

} // namespace gateway::net
