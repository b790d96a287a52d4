#include "tests/support/tls_client.h"

#include <algorithm>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <utility>

namespace support {
namespace {

using BioPointer = std::unique_ptr<BIO, decltype(&BIO_free)>;

BioPointer bioOf(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

std::string alpnOf(const std::string& protocols) {
    std::string list;
    std::size_t from = 0;
    while (from < protocols.size()) {
        const std::size_t to = std::min(protocols.find(',', from), protocols.size());
        list.push_back(static_cast<char>(to - from));
        list.append(protocols, from, to - from);
        from = to + 1;
    }
    return list;
}

void trust(SSL_CTX* context, const std::string& pem) {
    const BioPointer from = bioOf(pem);
    while (X509* certificate = PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr)) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate);
        X509_free(certificate);
    }
    ERR_clear_error();
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
}

void show(SSL_CTX* context, const std::string& chain, const std::string& key) {
    const BioPointer from = bioOf(chain);
    const BioPointer keyFrom = bioOf(key);
    X509* leaf = PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr);
    EVP_PKEY* privateKey = PEM_read_bio_PrivateKey(keyFrom.get(), nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context, leaf);
    SSL_CTX_use_PrivateKey(context, privateKey);
    X509_free(leaf);
    EVP_PKEY_free(privateKey);
}

SSL_CTX* makeContext(const TlsWishes& wishes) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    // Also what Debian's own settings and today's security level would not say.
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, wishes.versionMin);
    SSL_CTX_set_max_proto_version(context, wishes.versionMax);
    if (!wishes.suites12.empty()) {
        SSL_CTX_set_cipher_list(context, wishes.suites12.c_str());
    }
    if (!wishes.suites13.empty()) {
        SSL_CTX_set_ciphersuites(context, wishes.suites13.c_str());
    }
    if (!wishes.authorities.empty()) {
        trust(context, wishes.authorities);
    }
    if (!wishes.certificate.empty()) {
        show(context, wishes.certificate, wishes.key);
    }
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    if (wishes.adjust) {
        wishes.adjust(context);
    }
    return context;
}

} // namespace

TlsClient::TlsClient(std::uint16_t port, const TlsWishes& wishes)
    : m_context(makeContext(wishes), SSL_CTX_free)
    , m_ssl(SSL_new(m_context.get()), SSL_free)
    , m_socket(connectToLoopback(port)) {
    SSL* const ssl = m_ssl.get();
    const int on = 1;
    ::setsockopt(m_socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    BIO_set_mem_eof_return(SSL_get_rbio(ssl), -1);
    SSL_CTX_sess_set_new_cb(m_context.get(), &TlsClient::onSession);
    SSL_set_app_data(ssl, this);
    SSL_set_connect_state(ssl);
    if (!wishes.serverName.empty()) {
        SSL_set_tlsext_host_name(ssl, wishes.serverName.c_str());
        SSL_set1_host(ssl, wishes.serverName.c_str());
    }
    if (!wishes.protocols.empty()) {
        const std::string list = alpnOf(wishes.protocols);
        SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(list.data()),
                            static_cast<unsigned>(list.size()));
    }
    if (wishes.asksForStaple) {
        SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
    }
    if (wishes.session) {
        // OpenSSL would use one of TLS 1.3 only once.
        SSL_SESSION* const copy = SSL_SESSION_dup(wishes.session.get());
        SSL_set_session(ssl, copy);
        SSL_SESSION_free(copy);
    }
    m_before = wishes.before;
    m_isByteByByte = wishes.isByteByByte;
    ERR_clear_error();
    m_isSecure = shakeHands();
    m_isByteByByte = false;
}

TlsClient::~TlsClient() {
    SSL_set_shutdown(m_ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

int TlsClient::onSession(SSL* ssl, SSL_SESSION* session) {
    static_cast<TlsClient*>(SSL_get_app_data(ssl))->m_session = {session, SSL_SESSION_free};
    return 1;
}

bool TlsClient::sendPending() {
    char* data = nullptr;
    BIO* const out = SSL_get_wbio(m_ssl.get());
    const long size = BIO_get_mem_data(out, &data);
    std::string bytes = std::exchange(m_before, {});
    bytes.append(data, static_cast<std::size_t>(size));
    static_cast<void>(BIO_reset(out));
    const std::size_t step = m_isByteByByte ? 1 : std::max<std::size_t>(bytes.size(), 1);
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        if (!sendAll(m_socket.get(), std::string_view(bytes).substr(at, step), deadlineIn(patience))) {
            return false;
        }
    }
    return true;
}

bool TlsClient::receivePending() {
    std::string bytes;
    const auto got = receiveSome(m_socket.get(), bytes, deadlineIn(patience));
    BIO* const in = SSL_get_rbio(m_ssl.get());
    if (!got || *got == 0) {
        BIO_set_mem_eof_return(in, 0);
        return false;
    }
    BIO_write(in, bytes.data(), static_cast<int>(bytes.size()));
    return true;
}

bool TlsClient::shakeHands() {
    while (true) {
        const int result = SSL_do_handshake(m_ssl.get());
        const int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(m_ssl.get(), result);
        const bool sent = sendPending();
        if (result == 1) {
            return true;
        }
        if (error == SSL_ERROR_WANT_READ && sent) {
            receivePending(); // its end shows in the next step
            continue;
        }
        const char* reason = ERR_reason_error_string(ERR_peek_error());
        m_failure = reason != nullptr ? reason : "closed";
        ERR_clear_error();
        return false;
    }
}

std::string TlsClient::protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(m_ssl.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

std::string TlsClient::staple() const {
    const unsigned char* bytes = nullptr;
    const long size = SSL_get_tlsext_status_ocsp_resp(m_ssl.get(), &bytes);
    return size <= 0 ? std::string()
                     : std::string(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

std::string TlsClient::serverCommonName() const {
    char name[256] = {};
    if (X509* certificate = SSL_get0_peer_certificate(m_ssl.get())) {
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    }
    return name;
}

int TlsClient::serverKeyKind() const {
    X509* certificate = SSL_get0_peer_certificate(m_ssl.get());
    return certificate != nullptr ? EVP_PKEY_get_base_id(X509_get0_pubkey(certificate)) : 0;
}

bool TlsClient::send(std::string_view bytes) {
    return SSL_write(m_ssl.get(), bytes.data(), static_cast<int>(bytes.size())) > 0 && sendPending();
}

std::string TlsClient::readSome(std::size_t most) {
    std::string bytes(most, '\0');
    while (true) {
        const int got = SSL_read(m_ssl.get(), bytes.data(), static_cast<int>(most));
        if (got > 0) {
            bytes.resize(static_cast<std::size_t>(got));
            return bytes;
        }
        m_endedWith = SSL_get_error(m_ssl.get(), got);
        if (m_endedWith != SSL_ERROR_WANT_READ) {
            ERR_clear_error();
            return {};
        }
        receivePending();
    }
}

std::string TlsClient::readToEnd() {
    std::string all = std::exchange(m_read, {});
    for (std::string some = readSome(); !some.empty(); some = readSome()) {
        all += some;
    }
    return all;
}

WireResponse TlsClient::readResponse() {
    std::size_t end = m_read.find("\r\n\r\n");
    while (end == std::string::npos) {
        const std::string some = readSome();
        if (some.empty()) {
            return {};
        }
        m_read += some;
        end = m_read.find("\r\n\r\n");
    }
    WireResponse response{parseHead(m_read.substr(0, end + 4))};
    const std::string& line = response.startLine;
    std::from_chars(line.data() + std::min<std::size_t>(line.size(), 9), line.data() + line.size(),
                    response.status);
    const std::size_t length =
        response.has("Content-Length") ? std::stoul(response.field("Content-Length")) : 0;
    while (m_read.size() < end + 4 + length) {
        const std::string some = readSome();
        if (some.empty()) {
            break;
        }
        m_read += some;
    }
    response.body = m_read.substr(end + 4, length);
    response.complete = response.body.size() == length;
    response.raw = m_read.substr(0, end + 4 + length);
    m_read.erase(0, end + 4 + length);
    return response;
}

WireResponse TlsClient::get(std::string_view target, std::string_view fieldLines) {
    std::string request = "GET ";
    request.append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(fieldLines).append("\r\n");
    return send(request) ? readResponse() : WireResponse{};
}

void TlsClient::sayGoodbye() {
    SSL_shutdown(m_ssl.get());
    sendPending();
}

bool TlsClient::renegotiate() {
    SSL_renegotiate(m_ssl.get());
    SSL_do_handshake(m_ssl.get());
    return sendPending();
}

void TlsClient::closeSocket() {
    m_socket.close();
}

} // namespace support
