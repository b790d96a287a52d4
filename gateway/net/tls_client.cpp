#include "gateway/net/tls_context.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace gateway::net {
namespace {

/// Returns whether the session was taken over.
int onNewSession(SSL* ssl, SSL_SESSION* session) {
    const auto& context = *static_cast<const TlsClient::Context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    context.sessions.put(static_cast<const TlsNotes*>(SSL_get_app_data(ssl))->sessionPeer, session);
    return 1;
}

Result<void> trust(SSL_CTX& ssl, const std::string& authorities) {
    if (authorities.empty()) {
        SSL_CTX_set_default_verify_paths(&ssl);
        return {};
    }
    X509_STORE& store = *SSL_CTX_get_cert_store(&ssl);
    X509_STORE_set_flags(&store, X509_V_FLAG_PARTIAL_CHAIN); // an intermediate alone may be trusted, too
    return addAuthorities(store, authorities, {});
}

} // namespace

TlsClient::TlsClient(std::unique_ptr<Context> context)
    : m_context(std::move(context)) {}

TlsClient::~TlsClient() = default;

Result<std::shared_ptr<const TlsClient>> TlsClient::make(const TlsClientSettings& settings) {
    auto ssl = makeSslContext(TLS_client_method());
    if (!ssl) {
        return fail(ssl.error());
    }
    auto context = std::make_unique<Context>();
    context->verify = settings.verify;
    context->ssl = std::move(*ssl);
    SSL_CTX& own = *context->ssl;
    if (settings.verify) {
        if (auto trusted = trust(own, settings.authorities); !trusted) {
            return fail(trusted.error());
        }
        SSL_CTX_set_verify(&own, SSL_VERIFY_PEER, onCertificateVerified);
    }
    if (settings.pair.key || !settings.pair.chain.empty()) {
        const auto identity = TlsIdentity::make(settings.pair);
        if (!identity) {
            return fail(identity.error());
        }
        if (auto used = useIdentity(own, *identity); !used) {
            return fail(used.error());
        }
    }
    const std::string protocols = alpnList(settings.protocols);
    SSL_CTX_set_alpn_protos(&own, reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));
    SSL_CTX_set_app_data(&own, context.get());
    SSL_CTX_set_session_cache_mode(&own, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(&own, onNewSession);
    return std::make_shared<const TlsClient>(std::move(context));
}

} // namespace gateway::net
