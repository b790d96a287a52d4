#pragma once

#include "gateway/net/address.h"
#include "gateway/net/buffer.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive_ptr.hpp>
#include <cstddef>
#include <new>
#include <sys/uio.h>

namespace gateway::net {

class EventLoop;
class Stream;
using StreamPointer = boost::intrusive_ptr<Stream>;

/// Why reading or connecting ended.
enum class StreamEnd {
    None,
    Closed,    ///< the peer sent FIN
    Reset,     ///< the peer or the network broke it off
    Refused,   ///< nobody listens there, or no way leads there
    Exhausted, ///< we are out of file descriptors, ports or memory
};

/// Gets what happens on a stream. Calls come from the event loop, never from within a call to the stream.
class StreamHandler {
public:
    virtual ~StreamHandler() = default;
    virtual void onConnected(StreamEnd) {}
    /// `bytes` were appended to the buffer given to read() (and committed); 0 with `end` set.
    virtual void onRead(std::size_t bytes, StreamEnd end) = 0;
    virtual void onReadable() {}
    virtual void onWritable() {}
};

namespace detail {

/// Room for one pending asio operation inside the stream, so that starting one allocates nothing.
class OperationSlot {
public:
    void* take(std::size_t bytes) {
        if (!m_taken && bytes <= sizeof m_room) {
            m_taken = true;
            return &m_room;
        }
        return ::operator new(bytes);
    }
    void give(void* at) noexcept {
        if (at == &m_room) {
            m_taken = false;
        } else {
            ::operator delete(at);
        }
    }

private:
    alignas(std::max_align_t) std::byte m_room[144];
    bool m_taken = false;
};

} // namespace detail

/// A non-blocking TCP connection. Single-threaded. Lives while somebody holds it or an operation is pending;
/// after close() the handler is not called any more. At most one read (or wait to read) and one wait to write
/// at a time.
class Stream {
public:
    /// Takes over an accepted socket.
    static StreamPointer adopt(EventLoop& loop, int descriptor, bool isIpv6);
    /// An unconnected stream; connect() opens it.
    static StreamPointer create(EventLoop& loop);

    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void setHandler(StreamHandler* handler) noexcept { m_handler = handler; }

    /// Ends in onConnected().
    void connect(const Endpoint& endpoint);
    /// Ends in onRead(). The buffer must stay until then or until close().
    void read(Buffer& buffer);
    /// Ends in onReadable(): waits without a buffer, for one system call more.
    void waitReadable();
    /// Ends a pending read or wait; onRead(0, None) follows unless data came first.
    void cancelRead();
    void waitWritable();

    /// Sends what fits. -1: the peer is gone; 0: the socket is full.
    [[nodiscard]] std::ptrdiff_t write(const iovec* pieces, std::size_t count) noexcept;

    void shutdownWrite() noexcept;
    /// With `reset` the peer sees a broken connection instead of an end, so that a cut answer cannot pass for
    /// a whole one.
    void close(bool reset = false) noexcept;
    [[nodiscard]] bool isOpen() const noexcept { return m_socket.is_open(); }
    [[nodiscard]] bool isReading() const noexcept { return m_reading; }

private:
    // A concrete executor: the type-erased default costs an allocation an operation.
    using Socket =
        boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
    struct ReadDone;
    struct ReadyDone;
    struct WriteDone;
    struct ConnectDone;

    explicit Stream(EventLoop& loop);

    friend void intrusive_ptr_add_ref(Stream* stream) noexcept { ++stream->m_references; }
    friend void intrusive_ptr_release(Stream* stream) noexcept {
        if (--stream->m_references == 0) {
            delete stream;
        }
    }

    Socket m_socket;
    StreamHandler* m_handler = nullptr;
    unsigned m_references = 0;
    bool m_reading = false;
    bool m_waitingWritable = false;
    Buffer* m_readInto = nullptr;
    detail::OperationSlot m_readSlot;
    detail::OperationSlot m_writeSlot;
};

} // namespace gateway::net
