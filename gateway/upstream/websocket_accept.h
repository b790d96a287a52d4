#pragma once

#include <string>
#include <string_view>

namespace gateway::upstream {

/// The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (RFC 6455, 4.2.2).
[[nodiscard]] std::string webSocketAccept(std::string_view key);

} // namespace gateway::upstream
