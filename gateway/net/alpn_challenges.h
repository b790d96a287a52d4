#pragma once

#include "gateway/crypto/private_key.h"

#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

namespace gateway::net {

struct TlsIdentity;

/// Certificates for acme-tls/1 handshakes (RFC 8737), by domain. Thread-safe; while there are none, a
/// handshake looks at one number.
class AlpnChallenges {
public:
    AlpnChallenges();
    ~AlpnChallenges();
    AlpnChallenges(const AlpnChallenges&) = delete;
    AlpnChallenges& operator=(const AlpnChallenges&) = delete;

    /// `domain` in lower case. Fails when the pair is none.
    [[nodiscard]] Result<void> put(const std::string& domain, const crypto::KeyPair& pair);
    void erase(const std::string& domain);

    [[nodiscard]] bool isEmpty() const noexcept { return m_count.load(std::memory_order_relaxed) == 0; }
    /// Null: nobody asked for one.
    [[nodiscard]] std::shared_ptr<const TlsIdentity> find(const std::string& domain) const;

private:
    std::atomic<std::size_t> m_count{0};
    mutable std::shared_mutex m_mutex;
    std::map<std::string, std::shared_ptr<const TlsIdentity>> m_pairs;
};

} // namespace gateway::net
