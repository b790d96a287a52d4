#pragma once

#include "gateway/net/ssl_pointers.h"
#include "gateway/net/stream.h"
#include "gateway/net/tls.h"
#include "gateway/net/tls_context.h"

#include <memory>
#include <string>
#include <string_view>

namespace gateway::net {

class PieceReader;

/// The encrypted side of a Stream. OpenSSL reads straight from the socket, once a wake-up where that empties
/// it, and writes into the loop's outbox, which is sent in one piece at the end of each call. Nothing here
/// calls the stream's handler.
struct Stream::Tls {
    Tls(Stream& stream, std::shared_ptr<const TlsServer> settings, std::string_view bytesReceived);
    Tls(Stream& stream, std::shared_ptr<const TlsClient> settings, const std::string& name);
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;
    ~Tls();

    enum class Step { Waiting, Done, Failed };
    /// Goes on with the handshake; `failure` says why it failed.
    [[nodiscard]] Step shakeHands(std::string& failure);
    [[nodiscard]] bool isShakingHands() const noexcept { return m_isShakingHands; }

    struct Received {
        std::size_t bytes = 0;
        StreamEnd end = StreamEnd::None; ///< only without bytes
    };
    /// Decrypts what is there, as far as the buffer takes it; committed. Neither bytes nor an end: wait.
    [[nodiscard]] Received read(Buffer& buffer);
    /// Something can be read without a new event.
    [[nodiscard]] bool hasMore() const noexcept { return m_hasMore; }

    /// As Stream::write. What was encrypted but not taken by the socket is kept, and its plaintext counts as
    /// taken only when it is gone, so that the caller's bookkeeping (time limits, lingering, back pressure)
    /// stays true.
    [[nodiscard]] std::ptrdiff_t write(const iovec* pieces, std::size_t count) noexcept;
    [[nodiscard]] bool hasUnsent() const noexcept { return !m_unsent.empty(); }
    /// Sends what was kept. The number of bytes sent; -1: the peer is gone.
    std::ptrdiff_t sendKept() noexcept;
    /// Tells the peer that nothing follows (close_notify), as far as the socket takes it.
    void sayGoodbye() noexcept;

    [[nodiscard]] TlsInfo info() const;

private:
    /// OpenSSL's way to the socket.
    struct SocketBio;

    void begin(SSL_CTX* context);
    [[nodiscard]] bool encrypt(PieceReader& reader, std::size_t bytesMax) noexcept;
    /// Sends the outbox, and keeps what the socket does not take. The number of bytes sent; -1: the peer is
    /// gone.
    std::ptrdiff_t sendOutbox() noexcept;

    Stream& m_stream;
    SslPointer m_ssl;
    std::shared_ptr<const void> m_settings; ///< whose context m_ssl uses
    TlsNotes m_notes;
    std::string m_received; ///< from before; OpenSSL reads it first
    std::string m_unsent;   ///< ciphertext
    std::size_t m_owed = 0; ///< bytes of plaintext in it that the caller does not count as taken yet
    bool m_isShakingHands = true;
    bool m_hasMore = false;
    bool m_atEnd = false; ///< the socket has no more, ever
};

} // namespace gateway::net
