#include "gateway/net/stream.h"

#include "gateway/net/system_calls.h"
#include "gateway/net/tls_stream.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
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

} // namespace

Stream::Stream(EventLoop& loop, int descriptor) noexcept
    : m_loop(loop)
    , m_descriptor(descriptor) {}

Stream::~Stream() {
    close();
}

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
    m_descriptor = ::socket(endpoint.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (m_descriptor >= 0) {
        if (!endpoint.isUnix()) {
            const int on = 1;
            ::setsockopt(m_descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        }
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
    if (m_canRead || (m_tls && m_tls->hasMore())) {
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
    if (m_tls && m_tls->isShakingHands()) {
        shakeHands();
        return;
    }
    if (m_tls && m_canWrite && !m_waitingWritable && m_tls->hasUnsent()) {
        // Nobody waits to write more: what was kept goes by itself. A peer that is gone shows when reading.
        static_cast<void>(m_tls->sendKept());
    }
    if (m_waitingWritable && m_canWrite) {
        m_waitingWritable = false;
        if (m_handler != nullptr) {
            m_handler->onWritable();
        }
    }
    if (m_readInto != nullptr && m_handler != nullptr && (m_canRead || (m_tls && m_tls->hasMore()))) {
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
    if (m_tls) {
        receiveSecure(buffer);
        return;
    }
    const std::size_t room = buffer.writable();
    const ssize_t got = receiveFrom(m_descriptor, buffer.writeBegin(), room);
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

void Stream::receiveSecure(Buffer& buffer) {
    const Tls::Received received = m_tls->read(buffer);
    if (received.bytes == 0 && received.end == StreamEnd::None) {
        if (buffer.size() == 0) {
            buffer.giveBack();
        }
        return;
    }
    m_readInto = nullptr;
    m_handler->onRead(received.bytes, received.end);
}

void Stream::secure(std::shared_ptr<const TlsServer> server, std::string_view received) {
    m_tls = std::make_unique<Tls>(*this, std::move(server), received);
    queue();
}

void Stream::secure(std::shared_ptr<const TlsClient> client, const std::string& name) {
    m_tls = std::make_unique<Tls>(*this, std::move(client), name);
    queue();
}

void Stream::shakeHands() {
    if (m_canWrite && m_tls->hasUnsent()) {
        static_cast<void>(m_tls->sendKept());
    }
    std::string failure;
    if (m_tls->shakeHands(failure) != Tls::Step::Waiting && m_handler != nullptr) {
        m_handler->onSecured(failure);
    }
}

std::unique_ptr<const TlsInfo> Stream::tlsInfo() const {
    return m_tls ? std::make_unique<const TlsInfo>(m_tls->info()) : nullptr;
}

std::ptrdiff_t Stream::write(const iovec* pieces, std::size_t count) noexcept {
    if (m_tls) {
        return m_tls->write(pieces, count);
    }
    const std::size_t wanted = bytesOf(pieces, count);
    ssize_t sent = 0;
    if (count == 1) {
        sent = sendTo(m_descriptor, pieces[0].iov_base, pieces[0].iov_len);
    } else {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(pieces);
        message.msg_iovlen = count;
        do {
            sent = ::sendmsg(m_descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        } while (sent < 0 && errno == EINTR);
    }
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
    if (m_tls) {
        m_tls->sayGoodbye();
    }
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
    if (m_tls) {
        if (!reset) {
            m_tls->sayGoodbye();
        }
        m_tls.reset();
    }
    if (reset) {
        const linger hard{1, 0};
        ::setsockopt(m_descriptor, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    m_loop.unwatch(m_descriptor);
    ::close(std::exchange(m_descriptor, -1));
}

} // namespace gateway::net
