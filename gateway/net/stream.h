#pragma once

#include "gateway/net/address.h"
#include "gateway/net/buffer.h"
#include "gateway/net/event_loop.h"

#include <boost/intrusive_ptr.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <sys/uio.h>

namespace gateway::net {

class Stream;
class TlsClient;
class TlsServer;
struct TlsInfo;
using StreamPointer = boost::intrusive_ptr<Stream>;

/// Why reading or connecting ended.
enum class StreamEnd : std::uint8_t {
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
    /// The handshake that secure() began is over. `failure`: a sentence; empty: all is well.
    virtual void onSecured(const std::string& /*failure*/) {}
    /// `bytes` were appended to the buffer given to read() (and committed); 0 with `end` set.
    virtual void onRead(std::size_t bytes, StreamEnd end) = 0;
    virtual void onWritable() {}
};

/// A non-blocking TCP connection, watched edge-triggered from its first to its last moment: a read happens
/// only when there is something to read, and after a short one there is not. Single-threaded. Lives while
/// somebody holds it; after close() the handler is not called any more. At most one read and one wait to
/// write at a time.
class Stream final : private EventSource {
public:
    /// Takes over an accepted socket.
    static StreamPointer adopt(EventLoop& loop, int descriptor);
    /// An unconnected stream; connect() opens it.
    static StreamPointer create(EventLoop& loop);

    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void setHandler(StreamHandler* handler) noexcept { m_handler = handler; }

    /// Ends in onConnected().
    void connect(const Endpoint& endpoint);
    /// Ends in onRead(). The buffer must stay until then or until close(). One without memory is lent some
    /// when there is something to read, so that waiting costs none.
    void read(Buffer& buffer);
    void waitWritable();

    /// Everything after this is encrypted; nothing may be under way. Ends in onSecured(), whose owner closes
    /// the stream after a failure and sets the time limit. `received` is what
    /// was read from the socket already (behind a PROXY header).
    void secure(std::shared_ptr<const TlsServer> server, std::string_view received = {});
    /// `name`: whom the certificate must name, and what is asked for (SNI, unless it is an address).
    void secure(std::shared_ptr<const TlsClient> client, const std::string& name);
    /// After a good onSecured().
    [[nodiscard]] std::unique_ptr<const TlsInfo> tlsInfo() const;
    [[nodiscard]] bool isSecure() const noexcept { return m_tls != nullptr; }

    /// Sends what fits. -1: the peer is gone; 0: the socket is full. The next write must begin with the bytes
    /// that were not taken: on an encrypted stream they may be encrypted already.
    [[nodiscard]] std::ptrdiff_t write(const iovec* pieces, std::size_t count) noexcept;

    void shutdownWrite() noexcept;
    /// With `reset` the peer sees a broken connection instead of an end, so that a cut answer cannot pass for
    /// a whole one.
    void close(bool reset = false) noexcept;
    [[nodiscard]] bool isOpen() const noexcept { return m_descriptor >= 0; }
    [[nodiscard]] bool isReading() const noexcept { return m_readInto != nullptr; }

private:
    explicit Stream(EventLoop& loop, int descriptor) noexcept;
    ~Stream();

    struct Tls;

    void onEvents(std::uint32_t events) override;
    void finishConnect();
    void receive();
    void receiveSecure(Buffer& buffer);
    void shakeHands();
    void queue();

    friend void intrusive_ptr_add_ref(Stream* stream) noexcept { ++stream->m_references; }
    friend void intrusive_ptr_release(Stream* stream) noexcept {
        if (--stream->m_references == 0) {
            delete stream;
        }
    }

    EventLoop& m_loop;
    StreamHandler* m_handler = nullptr;
    Buffer* m_readInto = nullptr; ///< of the pending read
    std::unique_ptr<Tls> m_tls;   ///< null: plain
    int m_descriptor;
    std::uint32_t m_references = 0;
    int m_connectError = 0; ///< of a connect that failed at once
    bool m_connecting = false;
    bool m_canRead = false;   ///< as far as known there is something to read
    bool m_peerEnded = false; ///< the end or an error waits behind what can be read
    bool m_waitingWritable = false;
    bool m_canWrite = false; ///< the socket took all that it was given last
    bool m_queued = false;
};

[[nodiscard]] std::size_t bytesOf(const iovec* pieces, std::size_t count) noexcept;
/// Appends what is left of the pieces after `sent` bytes of them.
void appendUnsent(std::string& to, const iovec* pieces, std::size_t count, std::size_t sent);

} // namespace gateway::net
