#include "gateway/net/stream.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace gateway::net {
namespace {

constexpr std::uint32_t watchedEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t endEvents = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

StreamEnd connectEnd(int error) {
    switch (error) {
    case 0:
        return StreamEnd::None;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case ENOSPC:
    case EADDRNOTAVAIL:
        return StreamEnd::Exhausted;
    default:
        return StreamEnd::Refused;
    }
}

// The C library's own functions are points at which a thread may be cancelled, and guard themselves with two
// atomic exchanges each. Nobody cancels threads here, and two receives and two sends are most of a request.
ssize_t receiveFrom(int descriptor, char* at, std::size_t room) noexcept {
    return ::syscall(SYS_recvfrom, descriptor, at, room, MSG_DONTWAIT, nullptr, nullptr);
}

ssize_t sendTo(int descriptor, const void* data, std::size_t bytes) noexcept {
    return ::syscall(SYS_sendto, descriptor, data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0);
}

bool isWait(int error) {
    return error == EAGAIN || error == EWOULDBLOCK;
}

} // namespace

StreamPointer Stream::adopt(EventLoop& loop, int descriptor) {
    StreamPointer stream(new Stream(loop, descriptor));
    if (!loop.watch(descriptor, *stream, watchedEvents)) {
        stream->close();
    }
    return stream;
}

StreamPointer Stream::create(EventLoop& loop) {
    return StreamPointer(new Stream(loop, -1));
}

void Stream::connect(const Endpoint& endpoint) {
    m_connecting = true;
    m_descriptor =
        ::socket(endpoint.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (m_descriptor >= 0) {
        const int on = 1;
        ::setsockopt(m_descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if ((::connect(m_descriptor, endpoint.data(), endpoint.length) == 0 || errno == EINPROGRESS) &&
            m_loop.watch(m_descriptor, *this, watchedEvents)) {
            return;
        }
    }
    // Told from the loop, like every other outcome; otherwise callers would be re-entered.
    m_connectError = errno;
    queue();
}

void Stream::read(Buffer& buffer) {
    m_readInto = &buffer;
    if (m_canRead) {
        queue();
    }
}

void Stream::waitWritable() {
    m_waitingWritable = true;
    if (m_canWrite) {
        queue();
    }
}

void Stream::queue() {
    if (!std::exchange(m_queued, true)) {
        m_loop.queue(*this);
    }
}

void Stream::onEvents(std::uint32_t events) {
    const StreamPointer alive(this);
    if (events == 0) {
        m_queued = false;
    }
    m_canRead = m_canRead || (events & (EPOLLIN | endEvents)) != 0;
    m_peerEnded = m_peerEnded || (events & endEvents) != 0;
    m_canWrite = m_canWrite || (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
    if (m_connecting) {
        if (m_canWrite || m_connectError != 0) {
            finishConnect();
        }
        return;
    }
    if (m_waitingWritable && m_canWrite) {
        m_waitingWritable = false;
        if (m_handler != nullptr) {
            m_handler->onWritable();
        }
    }
    if (m_readInto != nullptr && m_canRead && m_handler != nullptr) {
        receive();
    }
}

void Stream::finishConnect() {
    m_connecting = false;
    int error = m_connectError;
    socklen_t length = sizeof error;
    if (error == 0) {
        ::getsockopt(m_descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
    }
    if (m_handler != nullptr) {
        m_handler->onConnected(connectEnd(error));
    }
}

void Stream::receive() {
    Buffer& buffer = *m_readInto;
    if (!buffer) {
        buffer = m_loop.buffers().lend();
    }
    const std::size_t room = buffer.writable();
    ssize_t got = 0;
    do {
        got = receiveFrom(m_descriptor, buffer.writeBegin(), room);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && isWait(errno)) {
        m_canRead = false;
        if (buffer.size() == 0) {
            buffer.giveBack();
        }
        return;
    }
    m_readInto = nullptr;
    if (got <= 0) {
        m_handler->onRead(0, got == 0 ? StreamEnd::Closed : StreamEnd::Reset);
        return;
    }
    const auto bytes = static_cast<std::size_t>(got);
    buffer.commit(bytes);
    // A short read emptied the socket: what comes later is told by a new event. Only an end that was told
    // already would not be told again.
    m_canRead = bytes == room || m_peerEnded;
    m_handler->onRead(bytes, StreamEnd::None);
}

std::ptrdiff_t Stream::write(const iovec* pieces, std::size_t count) noexcept {
    const std::size_t wanted = bytesOf(pieces, count);
    ssize_t sent = 0;
    do {
        if (count == 1) {
            sent = sendTo(m_descriptor, pieces[0].iov_base, pieces[0].iov_len);
        } else {
            msghdr message{};
            message.msg_iov = const_cast<iovec*>(pieces);
            message.msg_iovlen = count;
            sent = ::sendmsg(m_descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        if (!isWait(errno)) {
            return -1;
        }
        sent = 0;
    }
    if (static_cast<std::size_t>(sent) < wanted) {
        m_canWrite = false;
    }
    return sent;
}

std::size_t bytesOf(const iovec* pieces, std::size_t count) noexcept {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
        bytes += pieces[i].iov_len;
    }
    return bytes;
}

void appendUnsent(std::string& to, const iovec* pieces, std::size_t count, std::size_t sent) {
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t skipped = std::min(sent, pieces[i].iov_len);
        sent -= skipped;
        to.append(static_cast<const char*>(pieces[i].iov_base) + skipped, pieces[i].iov_len - skipped);
    }
}

void Stream::shutdownWrite() noexcept {
    ::shutdown(m_descriptor, SHUT_WR);
}

void Stream::close(bool reset) noexcept {
    m_handler = nullptr;
    m_readInto = nullptr;
    if (m_descriptor < 0 && !m_queued) {
        return;
    }
    m_loop.forget(*this);
    m_queued = false;
    if (m_descriptor < 0) {
        return;
    }
    if (reset) {
        const linger hard{1, 0};
        ::setsockopt(m_descriptor, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    ::close(std::exchange(m_descriptor, -1));
}

} // namespace gateway::net
