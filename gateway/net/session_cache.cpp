#include "gateway/net/session_cache.h"

#include <ctime>
#include <utility>

namespace gateway::net {

bool hasExpiredPeer(const SSL_SESSION& session) noexcept {
    const X509* peer = SSL_SESSION_get0_peer(const_cast<SSL_SESSION*>(&session));
    return peer != nullptr && X509_cmp_current_time(X509_get0_notAfter(peer)) < 0;
}

void SessionCache::put(const std::string& peer, SSL_SESSION* session) {
    SslSessionPointer owned(session);
    const std::lock_guard lock(m_mutex);
    if (!m_sessions.contains(peer) && m_sessions.size() >= peersMax) {
        m_sessions.erase(m_sessions.begin());
    }
    auto& sessions = m_sessions[peer];
    if (sessions.size() >= sessionsEach) {
        sessions.erase(sessions.begin());
    }
    sessions.push_back(std::move(owned));
}

SslSessionPointer SessionCache::take(const std::string& peer) {
    const std::lock_guard lock(m_mutex);
    const auto found = m_sessions.find(peer);
    if (found == m_sessions.end()) {
        return nullptr;
    }
    auto& sessions = found->second;
    while (!sessions.empty()) {
        SslSessionPointer session = std::move(sessions.back());
        sessions.pop_back();
        const long until = SSL_SESSION_get_time(session.get()) + SSL_SESSION_get_timeout(session.get());
        if (until <= std::time(nullptr) || SSL_SESSION_is_resumable(session.get()) == 0 ||
            hasExpiredPeer(*session)) {
            continue;
        }
        if (SSL_SESSION_get_protocol_version(session.get()) < TLS1_3_VERSION) {
            // Connections change what they resume: each gets its own.
            SslSessionPointer copy(SSL_SESSION_dup(session.get()));
            sessions.push_back(std::move(session));
            return copy;
        }
        return session;
    }
    m_sessions.erase(found);
    return nullptr;
}

} // namespace gateway::net
