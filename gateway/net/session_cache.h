#pragma once

#include "gateway/net/ssl_pointers.h"

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace gateway::net {

/// Sessions with servers that can be resumed, by whom they are with. Bounded: what is over goes. Thread-safe;
/// asked once a handshake.
class SessionCache {
public:
    static constexpr std::size_t peersMax = 512;
    static constexpr std::size_t sessionsEach = 8;

    /// Takes the session over.
    void put(const std::string& peer, SSL_SESSION* session);
    /// Null: there is none. One of TLS 1.3 is used once (RFC 8446, C.4), so that nobody can tell that two
    /// connections belong together.
    [[nodiscard]] SslSessionPointer take(const std::string& peer);

private:
    std::mutex m_mutex;
    std::unordered_map<std::string, std::vector<SslSessionPointer>> m_sessions;
};

/// Whether the peer's certificate in the session has ended meanwhile; resuming must not prolong it.
[[nodiscard]] bool hasExpiredPeer(const SSL_SESSION& session) noexcept;

} // namespace gateway::net
