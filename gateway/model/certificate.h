#pragma once

#include "gateway/model/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::model {

/// A certificate that the gateway shows, or one that it trusts. Private keys are no part of the
/// configuration: they are stored encrypted beside it, and found by the fingerprint of the certificate's
/// public key, so that an export, a revision and the audit trail never hold one.
struct Certificate {
    enum class Use : std::uint8_t {
        Identity,  ///< shown to clients or upstreams; needs its private key
        Authority, ///< trusted: who was signed by it is who it says
    };
    enum class Challenge : std::uint8_t { Http01, TlsAlpn01 };

    /// Where the certificate comes from and is renewed by itself (RFC 8555).
    struct Acme {
        std::string directory; ///< https URL
        /// Name of a Certificate that is an authority, which the directory's own certificate comes from;
        /// empty: one that the system trusts.
        std::string directoryAuthority;
        std::vector<std::string> domains;
        std::string contact; ///< e-mail address; may be empty
        Challenge challenge = Challenge::Http01;
        bool operator==(const Acme&) const = default;
    };

    CertificateId id;
    std::string name;
    Use use = Use::Identity;
    std::string chain;       ///< PEM, the leaf first; empty only while ACME has not got one yet
    std::string revocations; ///< of an authority: lists of revoked certificates (CRL), PEM; may be empty
    std::optional<Acme> acme;

    bool operator==(const Certificate&) const = default;
};

} // namespace gateway::model
