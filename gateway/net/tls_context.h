#pragma once

#include "gateway/net/alpn_challenges.h"
#include "gateway/net/session_cache.h"
#include "gateway/net/ssl_pointers.h"
#include "gateway/net/staple_store.h"
#include "gateway/net/ticket_keys.h"
#include "gateway/net/tls.h"
#include "gateway/net/tls_identity.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What stands behind TlsServer and TlsClient; for the streams.
namespace gateway::net {

struct TlsServer::Shared {
    explicit Shared(const Clock& clock)
        : tickets(clock)
        , staples(clock) {}

    TicketKeys tickets;
    StapleStore staples;
    AlpnChallenges challenges;
};

struct TlsServer::Context {
    std::shared_ptr<Shared> shared;
    IdentityTable identities;
    std::string protocols; ///< as ALPN writes them
    SslContextPointer ssl;
};

struct TlsClient::Context {
    mutable SessionCache sessions;
    bool verify = true;
    SslContextPointer ssl;
};

/// What a connection's callbacks know about it: the SSL object's application data.
struct TlsNotes {
    std::shared_ptr<const TlsIdentity> challenge; ///< of an acme-tls/1 handshake; null: an ordinary one
    X509Pointer refused;                          ///< the peer's certificate that did not pass
    std::string name;                             ///< of a client: whom it asks for
    std::string sessionPeer;                      ///< of a client: by what its sessions are found again
};

/// The protocols as ALPN writes them (RFC 7301, section 3.1).
[[nodiscard]] std::string alpnList(const std::vector<std::string>& protocols);

/// What both ends have in common: modes, options, suites, groups. Input error with OpenSSL's reason.
[[nodiscard]] Result<SslContextPointer> makeSslContext(const SSL_METHOD* method);

/// For SSL_CTX_set_verify: leaves the refused certificate in the notes, so that the failure can name it. An
/// authority without a list of revoked certificates revokes nothing.
int onCertificateVerified(int isGood, X509_STORE_CTX* store);

/// Shows the certificate from now on; Input error with OpenSSL's reason when it is too weak.
[[nodiscard]] Result<void> useIdentity(SSL_CTX& context, const TlsIdentity& identity);

} // namespace gateway::net
