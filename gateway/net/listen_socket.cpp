#include "gateway/net/listen_socket.h"

#include "gateway/net/event_loop.h"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

namespace gateway::net {
namespace {

constexpr int acceptBacklog = 4096;
constexpr int acceptsAtOnceMax = 64; // then others get their turn

int openSocket(const Endpoint& endpoint, bool reusePort) {
    const int descriptor =
        ::socket(endpoint.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (descriptor < 0) {
        return -1;
    }
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (reusePort) {
        ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    // Accepted sockets inherit it.
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::bind(descriptor, endpoint.data(), endpoint.length) != 0) {
        const int error = errno;
        ::close(descriptor);
        errno = error;
        return -1;
    }
    return descriptor;
}

Error bindError(const Endpoint& endpoint, int error) {
    std::string message;
    const char* code = "listen-failed";
    switch (error) {
    case EADDRINUSE:
        code = "port-in-use";
        message = "port " + std::to_string(endpoint.port()) + " on " + endpoint.addressText() +
                  " is in use by another program; stop that program or choose another port";
        break;
    case EACCES:
        code = "port-not-permitted";
        message =
            "port " + std::to_string(endpoint.port()) +
            " needs special rights (ports under 1024 do); choose a higher port or grant CAP_NET_BIND_SERVICE";
        break;
    case EADDRNOTAVAIL:
        code = "address-not-here";
        message = "this machine has no address " + endpoint.addressText();
        break;
    default:
        message = "cannot listen on " + endpoint.text() + ": " + std::strerror(error);
        break;
    }
    return Error{ErrorKind::Environment, code, std::move(message)};
}

} // namespace

Result<std::vector<ListenSocket>> ListenSocket::open(const Endpoint& endpoint, unsigned count) {
    // SO_REUSEPORT would let us in beside another program of the same user and take half of its connections.
    // A bind without it tells.
    if (endpoint.port() != 0) {
        const int probe = openSocket(endpoint, false);
        if (probe < 0) {
            return fail(bindError(endpoint, errno));
        }
        ::close(probe);
    }
    std::vector<ListenSocket> sockets;
    Endpoint bound = endpoint;
    for (unsigned i = 0; i < count; ++i) {
        const int descriptor = openSocket(bound, true);
        if (descriptor < 0) {
            return fail(bindError(bound, errno));
        }
        sockets.push_back(ListenSocket(descriptor));
        if (::listen(descriptor, acceptBacklog) != 0) {
            return fail(bindError(bound, errno));
        }
        if (bound.port() == 0) {
            bound = sockets.back().localEndpoint();
        }
    }
    return sockets;
}

ListenSocket::ListenSocket(ListenSocket&& other) noexcept
    : m_descriptor(other.release()) {}

ListenSocket& ListenSocket::operator=(ListenSocket&& other) noexcept {
    if (this != &other) {
        if (m_descriptor >= 0) {
            ::close(m_descriptor);
        }
        m_descriptor = other.release();
    }
    return *this;
}

ListenSocket::~ListenSocket() {
    if (m_descriptor >= 0) {
        ::close(m_descriptor);
    }
}

Endpoint ListenSocket::localEndpoint() const {
    Endpoint endpoint;
    endpoint.length = sizeof endpoint.storage;
    ::getsockname(m_descriptor, reinterpret_cast<sockaddr*>(&endpoint.storage), &endpoint.length);
    return endpoint;
}

int ListenSocket::release() noexcept {
    return std::exchange(m_descriptor, -1);
}

Acceptor::Acceptor(EventLoop& loop, ListenSocket socket, Accepted accepted)
    : m_loop(loop)
    , m_descriptor(socket.release())
    , m_accepted(std::move(accepted))
    , m_paused(!loop.watch(m_descriptor, *this, EPOLLIN)) {}

Acceptor::~Acceptor() {
    acceptSome(acceptBacklog);
    m_loop.forget(*this);
    m_loop.unwatch(m_descriptor);
    ::close(m_descriptor);
}

void Acceptor::resume() {
    if (m_paused) {
        m_paused = !m_loop.watch(m_descriptor, *this, EPOLLIN);
    }
}

void Acceptor::onEvents(std::uint32_t) {
    acceptSome(acceptsAtOnceMax);
}

void Acceptor::acceptSome(int atMost) {
    for (int i = 0; i < atMost; ++i) {
        Endpoint peer;
        peer.length = sizeof peer.storage;
        const int descriptor = ::accept4(m_descriptor, reinterpret_cast<sockaddr*>(&peer.storage),
                                         &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            m_accepted(Stream::adopt(m_loop, descriptor), peer);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED) {
            continue;
        }
        // Without a free descriptor the event would come again and again; a tick later there may be one.
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            m_loop.unwatch(m_descriptor);
            m_paused = true;
        }
        return;
    }
}

} // namespace gateway::net
