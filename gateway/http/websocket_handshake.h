#pragma once

#include "gateway/http/head.h"

namespace gateway::http {

/// Looks at the Upgrade fields of a request that has some, and whose Connection fields were read: sets
/// `head.webSocket` where it asks to become a WebSocket (RFC 6455, 4.1), and refuses where it asks, but not
/// as a client must. Whatever else it would become is ignored (RFC 9110, 7.8), and so are an Upgrade that
/// Connection does not name, one of HTTP/1.0, and one with another method than GET.
[[nodiscard]] const Refusal* readWebSocketHandshake(RequestHead& head) noexcept;

} // namespace gateway::http
