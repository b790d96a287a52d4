#include "gateway/net/tls_context.h"

#include <openssl/err.h>

namespace gateway::net {
namespace {

constexpr const char* suites12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* suites13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* groups = "X25519:P-256:P-384";
// Without SHA-1; PKCS#1 1.5 only for TLS 1.2 and for chains.
constexpr const char* signatures = "ECDSA+SHA256:ed25519:rsa_pss_rsae_sha256:RSA+SHA256:ECDSA+SHA384:"
                                   "rsa_pss_rsae_sha384:RSA+SHA384:ECDSA+SHA512:rsa_pss_rsae_sha512:"
                                   "RSA+SHA512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512";

std::string reasonText() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    std::string text = reason != nullptr ? reason : "OpenSSL gives no reason";
    ERR_clear_error();
    return text;
}

} // namespace

std::string alpnList(const std::vector<std::string>& protocols) {
    std::string list;
    for (const std::string& protocol : protocols) {
        list.push_back(static_cast<char>(protocol.size()));
        list.append(protocol);
    }
    return list;
}

Result<SslContextPointer> makeSslContext(const SSL_METHOD* method) {
    SslContextPointer context(SSL_CTX_new(method));
    SSL_CTX* const ssl = context.get();
    if (ssl == nullptr || SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(ssl, suites12) != 1 || SSL_CTX_set_ciphersuites(ssl, suites13) != 1 ||
        SSL_CTX_set1_groups_list(ssl, groups) != 1 || SSL_CTX_set1_sigalgs_list(ssl, signatures) != 1) {
        return fail(ErrorKind::Internal, "tls-unavailable", "TLS cannot be set up: " + reasonText());
    }
    SSL_CTX_set_options(ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    // An idle connection keeps no record buffers.
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ssl, 1);
    return context;
}

int onCertificateVerified(int isGood, X509_STORE_CTX* store) {
    if (isGood != 0) {
        return isGood;
    }
    if (X509_STORE_CTX_get_error(store) == X509_V_ERR_UNABLE_TO_GET_CRL) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    const auto* ssl =
        static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    X509* const leaf = X509_STORE_CTX_get0_cert(store);
    if (leaf != nullptr) {
        X509_up_ref(leaf);
        static_cast<TlsNotes*>(SSL_get_app_data(ssl))->refused.reset(leaf);
    }
    return 0;
}

Result<void> useIdentity(SSL_CTX& context, const TlsIdentity& identity) {
    if (SSL_CTX_use_cert_and_key(&context, identity.leaf.get(), identity.key.get(), identity.chain.get(),
                                 1) != 1) {
        return fail(ErrorKind::Input, "certificate-unusable",
                    "the certificate cannot be used: " + reasonText());
    }
    return {};
}

} // namespace gateway::net
