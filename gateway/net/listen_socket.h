#pragma once

#include "gateway/base/result.h"
#include "gateway/net/address.h"
#include "gateway/net/event_loop.h"
#include "gateway/net/stream.h"

#include <functional>
#include <vector>

namespace gateway::net {

/// A bound, listening socket that nobody accepts from yet. Closes itself.
class ListenSocket {
public:
    /// Several sockets may share the address (SO_REUSEPORT), all of this process: an address on which another
    /// program listens is an Environment error that says so.
    [[nodiscard]] static Result<std::vector<ListenSocket>> open(const Endpoint& endpoint, unsigned count);

    ListenSocket(ListenSocket&& other) noexcept;
    ListenSocket& operator=(ListenSocket&& other) noexcept;
    ListenSocket(const ListenSocket&) = delete;
    ListenSocket& operator=(const ListenSocket&) = delete;
    ~ListenSocket();

    [[nodiscard]] Endpoint localEndpoint() const;
    [[nodiscard]] int release() noexcept;

private:
    explicit ListenSocket(int descriptor) noexcept
        : m_descriptor(descriptor) {}

    int m_descriptor;
};

/// Accepts on a loop's thread. Single-threaded.
class Acceptor final : private EventSource {
public:
    using Accepted = std::function<void(StreamPointer stream, const Endpoint& peer)>;

    Acceptor(EventLoop& loop, ListenSocket socket, Accepted accepted);
    ~Acceptor(); ///< takes what is already in the queue first, so that no connection is turned away by our
                 ///< leaving
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

    /// After running out of descriptors accepting pauses; called once a tick to go on.
    void resume();

private:
    void onEvents(std::uint32_t events) override;
    void acceptSome(int atMost);

    EventLoop& m_loop;
    int m_descriptor;
    Accepted m_accepted;
    bool m_paused = false;
};

} // namespace gateway::net
