#include "gateway/net/tls_stream.h"

#include "gateway/base/ip_literal.h"
#include "gateway/net/system_calls.h"
#include "gateway/net/tls_failure.h"

#include <algorithm>
#include <cstring>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <utility>

namespace gateway::net {
namespace {

constexpr std::size_t recordBytes = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr std::size_t burstBytes = 128 * 1024;    ///< encrypted before the socket is asked
constexpr std::size_t slowBurstBytes = 32 * 1024; ///< the same, when the socket was full just now
/// Handshake messages and the like that a peer makes us say without reading them; above, it is cut.
constexpr std::size_t keptBytesMax = 256 * 1024;

/// OpenSSL looks at its queue of errors to find out how a call ended; what others left there must go.
void clearErrors() noexcept {
    if (ERR_peek_error() != 0) {
        ERR_clear_error();
    }
}

std::string peerText(int descriptor) {
    Endpoint peer;
    peer.length = sizeof peer.storage;
    ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer.storage), &peer.length);
    return peer.text();
}

} // namespace

/// Walks through the pieces of a write.
class PieceReader {
public:
    PieceReader(const iovec* pieces, std::size_t count) noexcept
        : m_piece(pieces)
        , m_left(bytesOf(pieces, count)) {}

    [[nodiscard]] std::size_t left() const noexcept { return m_left; }
    /// What lies together at the front; not empty while something is left.
    [[nodiscard]] std::string_view front() noexcept {
        while (m_left > 0 && m_offset == m_piece->iov_len) {
            ++m_piece;
            m_offset = 0;
        }
        return m_left == 0 ? std::string_view()
                           : std::string_view(static_cast<const char*>(m_piece->iov_base) + m_offset,
                                              m_piece->iov_len - m_offset);
    }
    void skip(std::size_t bytes) noexcept {
        while (bytes > 0) {
            const std::size_t step = std::min(bytes, front().size());
            m_offset += step;
            m_left -= step;
            bytes -= step;
        }
    }
    void copyTo(char* to, std::size_t bytes) noexcept {
        while (bytes > 0) {
            const std::string_view part = front().substr(0, bytes);
            std::memcpy(to, part.data(), part.size());
            to += part.size();
            bytes -= part.size();
            skip(part.size());
        }
    }

private:
    const iovec* m_piece;
    std::size_t m_offset = 0; ///< in the piece
    std::size_t m_left;
};

struct Stream::Tls::SocketBio {
    static int read(BIO* bio, char* to, std::size_t room, std::size_t* got) {
        BIO_clear_retry_flags(bio);
        Tls& tls = *static_cast<Tls*>(BIO_get_data(bio));
        Stream& stream = tls.m_stream;
        *got = 0;
        if (!tls.m_received.empty()) {
            *got = tls.m_received.copy(to, room);
            tls.m_received.erase(0, *got);
            return 1;
        }
        // A socket that a short read has emptied is not asked again before it says so.
        if (!stream.m_canRead) {
            BIO_set_retry_read(bio);
            return 0;
        }
        const ssize_t bytes = receiveFrom(stream.m_descriptor, to, room);
        if (bytes > 0) {
            *got = static_cast<std::size_t>(bytes);
            stream.m_canRead = *got == room || stream.m_peerEnded;
            return 1;
        }
        if (bytes < 0 && isWait(errno)) {
            stream.m_canRead = false;
            BIO_set_retry_read(bio);
        } else {
            tls.m_atEnd = true;
        }
        return 0;
    }

    static int write(BIO* bio, const char* from, std::size_t size, std::size_t* written) {
        BIO_clear_retry_flags(bio);
        static_cast<Tls*>(BIO_get_data(bio))->m_stream.m_loop.outbox().append(from, size);
        *written = size;
        return 1;
    }

    static long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
        switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_EOF:
            return static_cast<Tls*>(BIO_get_data(bio))->m_atEnd ? 1 : 0;
        default:
            return 0;
        }
    }

    static const BIO_METHOD* method() {
        static const BIO_METHOD* const made = [] {
            BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
            BIO_meth_set_read_ex(method, &SocketBio::read);
            BIO_meth_set_write_ex(method, &SocketBio::write);
            BIO_meth_set_ctrl(method, &SocketBio::control);
            return method;
        }();
        return made;
    }
};

Stream::Tls::Tls(Stream& stream, std::shared_ptr<const TlsServer> settings, std::string_view bytesReceived)
    : m_stream(stream)
    , m_received(bytesReceived) {
    begin(settings->context().ssl.get());
    SSL_set_accept_state(m_ssl.get());
    m_settings = std::move(settings);
}

Stream::Tls::Tls(Stream& stream, std::shared_ptr<const TlsClient> settings, const std::string& name)
    : m_stream(stream) {
    const TlsClient::Context& context = settings->context();
    begin(context.ssl.get());
    SSL* const ssl = m_ssl.get();
    SSL_set_connect_state(ssl);
    const bool isAddress = parseIpLiteral(name).has_value();
    if (!isAddress) {
        SSL_set_tlsext_host_name(ssl, name.c_str());
    }
    if (context.verify && isAddress) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
    } else if (context.verify) {
        // RFC 9525: the subject's common name counts for nothing, a `*` is a whole label.
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        SSL_set1_host(ssl, name.c_str());
    }
    m_notes.sessionPeer = name + " at " + peerText(stream.m_descriptor);
    if (const SslSessionPointer session = context.sessions.take(m_notes.sessionPeer)) {
        SSL_set_session(ssl, session.get());
    }
    m_notes.name = name;
    m_settings = std::move(settings);
}

Stream::Tls::~Tls() {
    // Otherwise OpenSSL takes the session for broken and nobody resumes it.
    SSL_set_shutdown(m_ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void Stream::Tls::begin(SSL_CTX* context) {
    m_ssl.reset(SSL_new(context));
    BIO* const bio = BIO_new(SocketBio::method());
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(m_ssl.get(), bio, bio);
    SSL_set_app_data(m_ssl.get(), &m_notes);
}

Stream::Tls::Step Stream::Tls::shakeHands(std::string& failure) {
    clearErrors();
    const int result = SSL_do_handshake(m_ssl.get());
    const bool isWaiting = result != 1 && SSL_get_error(m_ssl.get(), result) == SSL_ERROR_WANT_READ;
    const bool isGone = sendOutbox() < 0;
    if (result == 1) {
        m_isShakingHands = false;
        // The first request may have come together with the end of the handshake.
        m_hasMore = true;
        return Step::Done;
    }
    if (isWaiting && !isGone) {
        return Step::Waiting;
    }
    failure =
        handshakeFailure(m_ssl.get(), m_atEnd || isGone ? HandshakeEnd::PeerLeft : HandshakeEnd::Refused,
                         m_notes.name, m_notes.refused.get());
    return Step::Failed;
}

Stream::Tls::Received Stream::Tls::read(Buffer& buffer) {
    SSL* const ssl = m_ssl.get();
    Received received;
    clearErrors();
    m_hasMore = false;
    while (true) {
        std::size_t got = 0;
        if (SSL_read_ex(ssl, buffer.writeBegin(), buffer.writable(), &got) == 1) {
            buffer.commit(got);
            received.bytes += got;
            if (buffer.writable() == 0) {
                m_hasMore = true;
                break;
            }
            if (!m_stream.m_canRead && SSL_has_pending(ssl) == 0) {
                break;
            }
            continue;
        }
        switch (SSL_get_error(ssl, 0)) {
        case SSL_ERROR_WANT_READ:
            break;
        case SSL_ERROR_ZERO_RETURN:
            received.end = StreamEnd::Closed;
            break;
        default:
            // Also an end without a goodbye: anybody on the way could have cut there.
            received.end = StreamEnd::Reset;
            ERR_clear_error();
            break;
        }
        break;
    }
    if (sendOutbox() < 0 && received.bytes == 0) {
        received.end = StreamEnd::Reset;
    }
    if (received.bytes > 0 && received.end != StreamEnd::None) {
        // OpenSSL tells it again.
        received.end = StreamEnd::None;
        m_hasMore = true;
    }
    return received;
}

bool Stream::Tls::encrypt(PieceReader& reader, std::size_t bytesMax) noexcept {
    Buffer gathered;
    while (bytesMax > 0 && reader.left() > 0) {
        const std::size_t size = std::min({recordBytes, bytesMax, reader.left()});
        std::string_view record = reader.front().substr(0, size);
        const bool liesApart = record.size() < size;
        if (liesApart) {
            // A record costs more than copying does.
            if (!gathered) {
                gathered = m_stream.m_loop.buffers().lend(recordBytes);
            }
            reader.copyTo(gathered.writeBegin(), size);
            record = {gathered.writeBegin(), size};
        }
        std::size_t written = 0;
        if (SSL_write_ex(m_ssl.get(), record.data(), record.size(), &written) != 1 || written != size) {
            ERR_clear_error();
            return false;
        }
        if (!liesApart) {
            reader.skip(size);
        }
        bytesMax -= size;
    }
    return true;
}

std::ptrdiff_t Stream::Tls::write(const iovec* pieces, std::size_t count) noexcept {
    PieceReader reader(pieces, count);
    const std::size_t wanted = reader.left();
    const bool wasFull = hasUnsent();
    if (wasFull) {
        const std::ptrdiff_t sent = sendKept();
        if (sent < 0) {
            return -1;
        }
        if (hasUnsent()) {
            // Progress is told, but for the last byte: as long as that is not taken, the caller waits.
            const std::size_t told =
                m_owed == 0 ? 0 : std::min({m_owed - 1, static_cast<std::size_t>(sent), wanted});
            m_owed -= told;
            return static_cast<std::ptrdiff_t>(told);
        }
    }
    std::size_t taken = std::min(std::exchange(m_owed, 0), wanted);
    reader.skip(taken);
    clearErrors();
    while (reader.left() > 0) {
        const std::size_t before = reader.left();
        if (!encrypt(reader, wasFull ? slowBurstBytes : burstBytes)) {
            m_stream.m_loop.outbox().clear();
            return -1;
        }
        const std::size_t encrypted = before - reader.left();
        const std::ptrdiff_t sent = sendOutbox();
        if (sent < 0) {
            return -1;
        }
        if (hasUnsent()) {
            const std::size_t told = std::min(encrypted - 1, static_cast<std::size_t>(sent));
            m_owed = encrypted - told;
            return static_cast<std::ptrdiff_t>(taken + told);
        }
        taken += encrypted;
    }
    return static_cast<std::ptrdiff_t>(taken);
}

std::ptrdiff_t Stream::Tls::sendKept() noexcept {
    const ssize_t sent = sendTo(m_stream.m_descriptor, m_unsent.data(), m_unsent.size());
    if (sent < 0) {
        m_stream.m_canWrite = false;
        return isWait(errno) ? 0 : -1;
    }
    if (static_cast<std::size_t>(sent) == m_unsent.size()) {
        std::string().swap(m_unsent);
    } else {
        m_stream.m_canWrite = false;
        m_unsent.erase(0, static_cast<std::size_t>(sent));
    }
    return sent;
}

std::ptrdiff_t Stream::Tls::sendOutbox() noexcept {
    std::string& outbox = m_stream.m_loop.outbox();
    if (outbox.empty()) {
        return 0;
    }
    ssize_t sent = 0;
    if (m_unsent.empty()) {
        sent = sendTo(m_stream.m_descriptor, outbox.data(), outbox.size());
        if (sent < 0 && !isWait(errno)) {
            outbox.clear();
            return -1;
        }
        sent = std::max<ssize_t>(sent, 0);
    }
    if (static_cast<std::size_t>(sent) < outbox.size()) {
        m_stream.m_canWrite = false;
        m_unsent.append(outbox, static_cast<std::size_t>(sent));
    }
    outbox.clear();
    return m_unsent.size() <= keptBytesMax ? sent : -1;
}

void Stream::Tls::sayGoodbye() noexcept {
    if (m_isShakingHands) {
        return;
    }
    clearErrors();
    SSL_shutdown(m_ssl.get());
    ERR_clear_error();
    static_cast<void>(sendOutbox());
}

TlsInfo Stream::Tls::info() const {
    const SSL* const ssl = m_ssl.get();
    TlsInfo info;
    info.version = SSL_get_version(ssl);
    if (const SSL_CIPHER* suite = SSL_get_current_cipher(ssl)) {
        info.suite = SSL_CIPHER_standard_name(suite);
    }
    if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) {
        info.serverName = name;
        std::transform(info.serverName.begin(), info.serverName.end(), info.serverName.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    }
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl, &protocol, &size);
    info.protocol.assign(reinterpret_cast<const char*>(protocol), size);
    info.resumed = SSL_session_reused(ssl) == 1;
    X509* const peer = SSL_get0_peer_certificate(ssl);
    if (peer != nullptr && SSL_is_server(ssl) == 1) {
        if (auto read = crypto::readCertificates(crypto::pemOf(peer))) {
            info.peer = std::make_shared<const crypto::CertificateInfo>(std::move(read->front()));
        }
    }
    return info;
}

} // namespace gateway::net
