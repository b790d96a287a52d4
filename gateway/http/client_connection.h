#pragma once

#include "gateway/model/listener.h"

#include <cstdint>

namespace gateway::http {

/// A connection that a client opened, whatever is spoken on it. Owned by the worker that accepted it.
class ClientConnection {
public:
    explicit ClientConnection(model::ListenerId listener) noexcept
        : m_listener(listener) {}
    ClientConnection(const ClientConnection&) = delete;
    ClientConnection& operator=(const ClientConnection&) = delete;
    virtual ~ClientConnection() = default;

    /// Leave as soon as no request is being served.
    virtual void drain() = 0;
    /// The deadline is there. Returns how many requests were cut.
    virtual std::size_t cut() = 0;

    [[nodiscard]] model::ListenerId listenerId() const noexcept { return m_listener; }

    // The worker's own notes.
    std::uint32_t position = 0; ///< among its connections
    std::uint32_t place = 0;    ///< among the connections of the peer's address

private:
    model::ListenerId m_listener;
};

} // namespace gateway::http
