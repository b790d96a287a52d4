#pragma once

#include "gateway/base/result.h"
#include "gateway/crypto/certificate.h"
#include "gateway/crypto/private_key.h"

#include <memory>
#include <string>
#include <vector>

namespace gateway::net {

enum class TlsVersion : std::uint8_t { Tls12, Tls13 };
enum class ClientCertificates : std::uint8_t { Off, Optional, Required };

/// What the two ends of an encrypted connection agreed on.
struct TlsInfo {
    std::string version;    ///< "TLSv1.3"
    std::string suite;      ///< "TLS_AES_128_GCM_SHA256"
    std::string serverName; ///< as asked for (SNI), in lower case; empty: not said
    std::string protocol;   ///< ALPN: "h2", "http/1.1", "acme-tls/1"; empty: none
    bool resumed = false;
    /// The peer's certificate, where one was asked for and verified; null: none.
    std::shared_ptr<const crypto::CertificateInfo> peer;
};

struct TlsServerSettings {
    std::vector<crypto::KeyPair> pairs = {}; ///< the first is for clients whose name no other one covers
    TlsVersion versionMin = TlsVersion::Tls12;
    ClientCertificates clientCertificates = ClientCertificates::Off;
    std::string clientAuthorities = {}; ///< PEM
    std::string revocationLists = {};   ///< PEM; a certificate of an authority without one is taken as good
    std::vector<std::string> protocols{"http/1.1"}; ///< ALPN, the best first
};

struct TlsClientSettings {
    bool verify = true;
    std::string authorities = {}; ///< PEM; empty: those of the system
    crypto::KeyPair pair = {};    ///< shown when asked for; empty: none
    std::vector<std::string> protocols{"http/1.1"};
};

/// Answers of certificate authorities about our certificates (OCSP, RFC 6960), by the certificate's
/// fingerprint; whoever fetches puts them in. Thread-safe.
class StapleStore;
/// Certificates for acme-tls/1 handshakes (RFC 8737), by domain. Thread-safe.
class AlpnChallenges;

/// How listeners speak TLS: certificates by name, floor, suites, tickets. Immutable, shared by all workers.
/// Forward-secret AEAD suites only, no compression, no renegotiation. Ticket keys are the process's own and
/// change by the day, so that sessions resume on each worker and across snapshots.
class TlsServer {
public:
    struct Shared; ///< staples, challenges and ticket keys, which outlive snapshots
    [[nodiscard]] static std::shared_ptr<Shared> makeShared(const Clock& clock);
    [[nodiscard]] static StapleStore& staplesOf(Shared& shared);
    [[nodiscard]] static AlpnChallenges& challengesOf(Shared& shared);

    [[nodiscard]] static Result<std::shared_ptr<const TlsServer>> make(const TlsServerSettings& settings,
                                                                       std::shared_ptr<Shared> shared);
    struct Context;
    explicit TlsServer(std::unique_ptr<Context> context);
    ~TlsServer();
    [[nodiscard]] const Context& context() const noexcept { return *m_context; }

private:
    std::unique_ptr<Context> m_context;
};

/// How the gateway asks upstreams by TLS. Immutable but for its cache of sessions to resume, which is
/// thread-safe.
class TlsClient {
public:
    [[nodiscard]] static Result<std::shared_ptr<const TlsClient>> make(const TlsClientSettings& settings);
    struct Context;
    explicit TlsClient(std::unique_ptr<Context> context);
    ~TlsClient();
    [[nodiscard]] const Context& context() const noexcept { return *m_context; }

private:
    std::unique_ptr<Context> m_context;
};

} // namespace gateway::net
