#pragma once

#include "gateway/base/clock.h"

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

namespace gateway::net {

/// Answers of certificate authorities about our certificates (OCSP, RFC 6960), by the certificate's
/// fingerprint (CertificateInfo::fingerprint); whoever fetches puts them in. Thread-safe; asked once a
/// handshake of a client that wants to know.
class StapleStore {
public:
    explicit StapleStore(const Clock& clock)
        : m_clock(clock) {}

    /// `response`: DER; shown until `expires`.
    void put(const std::string& fingerprint, std::string response, WallTime expires);
    void erase(const std::string& fingerprint);
    /// Null: there is none that is still good.
    [[nodiscard]] std::shared_ptr<const std::string> find(const std::string& fingerprint) const;

private:
    struct Staple {
        std::shared_ptr<const std::string> response;
        WallTime expires;
    };

    const Clock& m_clock;
    mutable std::shared_mutex m_mutex;
    std::map<std::string, Staple> m_staples;
};

} // namespace gateway::net
