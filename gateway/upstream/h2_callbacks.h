#pragma once

#include <nghttp2/nghttp2.h>

namespace gateway::upstream {

class H2Connection;

/// A new client session whose callbacks are functions of the connection. Null: no memory.
[[nodiscard]] nghttp2_session* makeSession(H2Connection& connection);

} // namespace gateway::upstream
