#include "gateway/net/stream.h"

#include "gateway/net/event_loop.h"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace gateway::net {
namespace {

/// Hands an OperationSlot to asio as the allocator of a pending operation.
template<class T>
struct SlotAllocator {
    using value_type = T;
    detail::OperationSlot* slot;

    explicit SlotAllocator(detail::OperationSlot& room) noexcept
        : slot(&room) {}
    template<class U>
    explicit(false) SlotAllocator(const SlotAllocator<U>& other) noexcept
        : slot(other.slot) {}
    T* allocate(std::size_t count) { return static_cast<T*>(slot->take(count * sizeof(T))); }
    void deallocate(T* at, std::size_t) noexcept { slot->give(at); }
    friend bool operator==(const SlotAllocator& a, const SlotAllocator& b) noexcept {
        return a.slot == b.slot;
    }
};

StreamEnd endOf(const boost::system::error_code& error) {
    if (!error || error == boost::asio::error::operation_aborted) {
        return StreamEnd::None;
    }
    if (error == boost::asio::error::eof) {
        return StreamEnd::Closed;
    }
    if (error == boost::asio::error::no_descriptors || error == boost::asio::error::no_memory ||
        error == boost::asio::error::no_buffer_space || error.value() == EADDRNOTAVAIL) {
        return StreamEnd::Exhausted;
    }
    if (error == boost::asio::error::connection_reset || error == boost::asio::error::broken_pipe) {
        return StreamEnd::Reset;
    }
    return StreamEnd::Refused;
}

void setNoDelay(int descriptor) {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

} // namespace

struct Stream::ReadDone {
    StreamPointer stream;

    using allocator_type = SlotAllocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(stream->m_readSlot); }

    void operator()(const boost::system::error_code& error, std::size_t bytes) const {
        Stream& self = *stream;
        self.m_reading = false;
        if (self.m_handler == nullptr) {
            return; // closed meanwhile: the buffer may be gone
        }
        std::exchange(self.m_readInto, nullptr)->commit(bytes);
        const StreamEnd end = endOf(error);
        self.m_handler->onRead(bytes, end == StreamEnd::Refused ? StreamEnd::Reset : end);
    }
};

struct Stream::ReadyDone {
    StreamPointer stream;

    using allocator_type = SlotAllocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(stream->m_readSlot); }

    void operator()(const boost::system::error_code&) const {
        stream->m_reading = false;
        if (stream->m_handler != nullptr) {
            stream->m_handler->onReadable();
        }
    }
};

struct Stream::WriteDone {
    StreamPointer stream;

    using allocator_type = SlotAllocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept {
        return allocator_type(stream->m_writeSlot);
    }

    void operator()(const boost::system::error_code&) const {
        stream->m_waitingWritable = false;
        if (stream->m_handler != nullptr) {
            stream->m_handler->onWritable();
        }
    }
};

struct Stream::ConnectDone {
    StreamPointer stream;

    using allocator_type = SlotAllocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept {
        return allocator_type(stream->m_writeSlot);
    }

    void operator()(const boost::system::error_code& error) const {
        if (stream->m_handler != nullptr) {
            stream->m_handler->onConnected(endOf(error));
        }
    }
};

Stream::Stream(EventLoop& loop)
    : m_socket(loop.context().get_executor()) {}

StreamPointer Stream::adopt(EventLoop& loop, int descriptor, bool isIpv6) {
    StreamPointer stream(new Stream(loop));
    boost::system::error_code error;
    stream->m_socket.assign(isIpv6 ? boost::asio::ip::tcp::v6() : boost::asio::ip::tcp::v4(), descriptor,
                            error);
    if (error) {
        ::close(descriptor);
    }
    return stream;
}

StreamPointer Stream::create(EventLoop& loop) {
    return StreamPointer(new Stream(loop));
}

void Stream::connect(const Endpoint& endpoint) {
    boost::asio::ip::tcp::endpoint address;
    address.resize(endpoint.length);
    std::memcpy(address.data(), &endpoint.storage, endpoint.length);
    boost::system::error_code error;
    m_socket.open(address.protocol(), error);
    if (error) {
        // Told from the loop, like every other outcome; otherwise callers would be re-entered.
        boost::asio::post(m_socket.get_executor(), [done = ConnectDone{this}, error] { done(error); });
        return;
    }
    setNoDelay(m_socket.native_handle());
    m_socket.async_connect(address, ConnectDone{this});
}

void Stream::read(Buffer& buffer) {
    m_reading = true;
    m_readInto = &buffer;
    m_socket.async_read_some(boost::asio::mutable_buffer(buffer.writeBegin(), buffer.writable()),
                             ReadDone{this});
}

void Stream::waitReadable() {
    m_reading = true;
    m_socket.async_wait(Socket::wait_read, ReadyDone{this});
}

void Stream::cancelRead() {
    boost::system::error_code ignored;
    m_socket.cancel(ignored);
}

void Stream::waitWritable() {
    if (!m_waitingWritable) {
        m_waitingWritable = true;
        m_socket.async_wait(Socket::wait_write, WriteDone{this});
    }
}

std::ptrdiff_t Stream::write(const iovec* pieces, std::size_t count) noexcept {
    ssize_t sent = 0;
    do {
        if (count == 1) {
            sent = ::send(m_socket.native_handle(), pieces[0].iov_base, pieces[0].iov_len,
                          MSG_NOSIGNAL | MSG_DONTWAIT);
        } else {
            msghdr message{};
            message.msg_iov = const_cast<iovec*>(pieces);
            message.msg_iovlen = count;
            sent = ::sendmsg(m_socket.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return 0;
    }
    return sent;
}

void Stream::shutdownWrite() noexcept {
    boost::system::error_code ignored;
    m_socket.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close(bool reset) noexcept {
    m_handler = nullptr;
    if (!m_socket.is_open()) {
        return;
    }
    if (reset) {
        const linger hard{1, 0};
        ::setsockopt(m_socket.native_handle(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    boost::system::error_code ignored;
    m_socket.close(ignored);
}

} // namespace gateway::net
