#include "gateway/base/digest.h"
#include "gateway/net/tls_context.h"

#include <algorithm>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <optional>

namespace gateway::net {
namespace {

constexpr std::string_view acmeProtocol = "acme-tls/1";
// Tickets open for a day at least; sessions with a verified client are asked for their certificate sooner.
constexpr long sessionSeconds = 24L * 3600;
constexpr long verifiedSessionSeconds = 3600;

const TlsServer::Context& contextOf(const SSL* ssl) {
    return *static_cast<const TlsServer::Context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

TlsNotes& notesOf(const SSL* ssl) {
    return *static_cast<TlsNotes*>(SSL_get_app_data(ssl));
}

std::string lowerCase(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return lower;
}

std::string serverNameOf(const SSL* ssl) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? lowerCase(name) : std::string();
}

/// A ClientHello's extension as it came; empty: it has none.
std::string_view extensionOf(SSL* ssl, unsigned type) {
    const unsigned char* data = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, type, &data, &size) != 1) {
        return {};
    }
    return {reinterpret_cast<const char*>(data), size};
}

/// The extension's name for this host (RFC 6066, section 3); empty when it is malformed, which OpenSSL
/// refuses later.
std::string_view nameIn(std::string_view extension) {
    constexpr std::size_t before = 5; // length of the list, kind of name, length of the name
    return extension.size() > before && extension[2] == 0 ? extension.substr(before) : std::string_view();
}

int onClientHello(SSL* ssl, int* /*alert*/, void* /*argument*/) {
    const AlpnChallenges& challenges = contextOf(ssl).shared->challenges;
    if (challenges.isEmpty()) {
        return SSL_CLIENT_HELLO_SUCCESS;
    }
    // RFC 8737, section 3: the client offers this protocol and nothing else.
    const std::string_view offered = extensionOf(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation);
    if (offered.size() == acmeProtocol.size() + 3 && offered.substr(3) == acmeProtocol) {
        notesOf(ssl).challenge =
            challenges.find(lowerCase(nameIn(extensionOf(ssl, TLSEXT_TYPE_server_name))));
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

bool show(SSL* ssl, const TlsIdentity& identity) {
    return SSL_use_cert_and_key(ssl, identity.leaf.get(), identity.key.get(), identity.chain.get(), 1) == 1;
}

int onCertificateWanted(SSL* ssl, void* /*argument*/) {
    if (const auto& challenge = notesOf(ssl).challenge) {
        SSL_certs_clear(ssl);
        return show(ssl, *challenge) ? 1 : 0;
    }
    const IdentityTable& identities = contextOf(ssl).identities;
    const IdentityTable::Choice& choice = identities.find(serverNameOf(ssl));
    if (choice == identities.fallback()) {
        return 1; // they are there already
    }
    SSL_certs_clear(ssl);
    return std::all_of(choice.begin(), choice.end(),
                       [&](const TlsIdentity* identity) { return show(ssl, *identity); })
               ? 1
               : 0;
}

/// Without it OpenSSL would not remember the name in sessions.
int onServerName(SSL* ssl, int* /*alert*/, void* /*argument*/) {
    return SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) != nullptr ? SSL_TLSEXT_ERR_OK
                                                                         : SSL_TLSEXT_ERR_NOACK;
}

int onProtocolsOffered(SSL* ssl, const unsigned char** out, unsigned char* outSize, const unsigned char* in,
                       unsigned inSize, void* /*argument*/) {
    if (notesOf(ssl).challenge != nullptr) {
        *out = reinterpret_cast<const unsigned char*>(acmeProtocol.data());
        *outSize = static_cast<unsigned char>(acmeProtocol.size());
        return SSL_TLSEXT_ERR_OK;
    }
    const std::string& ours = contextOf(ssl).protocols;
    if (ours.empty()) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, outSize, reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned>(ours.size()), in, inSize) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL; // no_application_protocol (RFC 7301, section 3.2)
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

int onStapleWanted(SSL* ssl, void* /*argument*/) {
    const TlsServer::Context& context = contextOf(ssl);
    const TlsIdentity* identity = context.identities.identityOf(SSL_get_certificate(ssl));
    const auto staple =
        identity != nullptr ? context.shared->staples.find(identity->info.fingerprint) : nullptr;
    if (staple == nullptr) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    void* const copy = OPENSSL_memdup(staple->data(), staple->size());
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(staple->size())); // owns it now
    return SSL_TLSEXT_ERR_OK;
}

bool setKeys(const TicketKeys::Key& key, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
             bool seals) {
    static EVP_CIPHER* const aes = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<std::uint8_t*>(key.mac.data()),
                                          key.mac.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    return EVP_CipherInit_ex(cipher, aes, nullptr, key.cipher.data(), iv, seals ? 1 : 0) == 1 &&
           EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

/// As SSL_CTX_set_tlsext_ticket_key_evp_cb(3) wants it: -1 error, 0 no such key, 1 fine, 2 fine but renew.
int onTicketKeyWanted(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                      EVP_MAC_CTX* mac, int seals) {
    TicketKeys& keys = contextOf(ssl).shared->tickets;
    if (seals != 0) {
        const auto key = keys.newest();
        if (!key || RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1) {
            return 0;
        }
        std::copy(key->name.begin(), key->name.end(), name);
        return setKeys(*key, iv, cipher, mac, true) ? 1 : -1;
    }
    const auto found = keys.find({reinterpret_cast<const char*>(name), TicketKeys::Key{}.name.size()});
    if (!found) {
        return 0;
    }
    if (!setKeys(found->key, iv, cipher, mac, false)) {
        return -1;
    }
    // A ticket of TLS 1.3 is used once, so each resumption needs the next one (RFC 8446, C.4).
    return found->isNewest && SSL_version(ssl) < TLS1_3_VERSION ? 1 : 2;
}

SSL_TICKET_RETURN onTicketOpened(SSL* /*ssl*/, SSL_SESSION* session, const unsigned char* /*name*/,
                                 std::size_t /*nameSize*/, SSL_TICKET_STATUS status, void* /*argument*/) {
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    if (hasExpiredPeer(*session)) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

Result<void> askForCertificates(SSL_CTX& ssl, const TlsServerSettings& settings) {
    if (settings.clientCertificates == ClientCertificates::Off) {
        SSL_CTX_set_timeout(&ssl, sessionSeconds);
        return {};
    }
    X509_STORE& store = *SSL_CTX_get_cert_store(&ssl);
    X509_STORE_set_flags(&store, X509_V_FLAG_PARTIAL_CHAIN); // an intermediate alone may be trusted, too
    if (auto added = addAuthorities(store, settings.clientAuthorities, settings.revocationLists); !added) {
        return fail(added.error());
    }
    const auto authorities = readCertificateStack(settings.clientAuthorities);
    for (int i = 0; authorities && i < sk_X509_num(authorities->get()); ++i) {
        SSL_CTX_add_client_CA(&ssl, sk_X509_value(authorities->get(), i));
    }
    const bool required = settings.clientCertificates == ClientCertificates::Required;
    SSL_CTX_set_verify(&ssl, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       onCertificateVerified);
    SSL_CTX_set_timeout(&ssl, verifiedSessionSeconds);
    return {};
}

/// Sessions are resumed only where clients are verified in the same way: otherwise a ticket would get its
/// holder past an authority that was taken away, or a certificate that was revoked.
void bindSessions(SSL_CTX& ssl, const TlsServerSettings& settings) {
    std::string text;
    text.push_back(static_cast<char>('0' + static_cast<int>(settings.clientCertificates)));
    if (settings.clientCertificates != ClientCertificates::Off) {
        text.append(settings.clientAuthorities).append("\n").append(settings.revocationLists);
    }
    const Sha256 digest = sha256(text);
    SSL_CTX_set_session_id_context(&ssl, digest.data(), static_cast<unsigned>(digest.size()));
}

void setCallbacks(SSL_CTX& ssl, TlsServer::Context& context) {
    SSL_CTX_set_app_data(&ssl, &context);
    SSL_CTX_set_client_hello_cb(&ssl, onClientHello, nullptr);
    SSL_CTX_set_tlsext_servername_callback(&ssl, onServerName);
    SSL_CTX_set_cert_cb(&ssl, onCertificateWanted, nullptr);
    SSL_CTX_set_alpn_select_cb(&ssl, onProtocolsOffered, nullptr);
    SSL_CTX_set_tlsext_status_cb(&ssl, onStapleWanted);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(&ssl, onTicketKeyWanted);
    SSL_CTX_set_session_ticket_cb(&ssl, nullptr, onTicketOpened, nullptr);
}

Result<std::vector<TlsIdentity>> makeIdentities(const std::vector<crypto::KeyPair>& pairs) {
    std::vector<TlsIdentity> identities;
    for (const crypto::KeyPair& pair : pairs) {
        auto identity = TlsIdentity::make(pair);
        // Tried now, so that no handshake finds out that it cannot be used.
        const auto trial = makeSslContext(TLS_server_method());
        if (identity && trial) {
            if (auto used = useIdentity(**trial, *identity); !used) {
                return fail(used.error());
            }
        }
        if (!identity) {
            return fail(identity.error());
        }
        identities.push_back(std::move(*identity));
    }
    return identities;
}

} // namespace

TlsServer::TlsServer(std::unique_ptr<Context> context)
    : m_context(std::move(context)) {}

TlsServer::~TlsServer() = default;

std::shared_ptr<TlsServer::Shared> TlsServer::makeShared(const Clock& clock) {
    return std::make_shared<Shared>(clock);
}

StapleStore& TlsServer::staplesOf(Shared& shared) {
    return shared.staples;
}

AlpnChallenges& TlsServer::challengesOf(Shared& shared) {
    return shared.challenges;
}

Result<std::shared_ptr<const TlsServer>> TlsServer::make(const TlsServerSettings& settings,
                                                         std::shared_ptr<Shared> shared) {
    auto identities = makeIdentities(settings.pairs);
    if (!identities) {
        return fail(identities.error());
    }
    auto ssl = makeSslContext(TLS_server_method());
    if (!ssl) {
        return fail(ssl.error());
    }
    auto context = std::make_unique<Context>();
    context->shared = std::move(shared);
    context->identities = IdentityTable(std::move(*identities));
    context->protocols = alpnList(settings.protocols);
    context->ssl = std::move(*ssl);
    SSL_CTX& own = *context->ssl;
    if (settings.versionMin == TlsVersion::Tls13) {
        SSL_CTX_set_min_proto_version(&own, TLS1_3_VERSION);
    }
    SSL_CTX_set_options(&own, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_session_cache_mode(&own, SSL_SESS_CACHE_OFF); // tickets hold all there is to know
    for (const TlsIdentity* identity : context->identities.fallback()) {
        if (auto used = useIdentity(own, *identity); !used) {
            return fail(used.error());
        }
    }
    if (auto asked = askForCertificates(own, settings); !asked) {
        return fail(asked.error());
    }
    bindSessions(own, settings);
    setCallbacks(own, *context);
    return std::make_shared<const TlsServer>(std::move(context));
}

} // namespace gateway::net
