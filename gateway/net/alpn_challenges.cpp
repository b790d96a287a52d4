#include "gateway/net/alpn_challenges.h"

#include "gateway/net/tls_identity.h"

#include <mutex>

namespace gateway::net {

AlpnChallenges::AlpnChallenges() = default;
AlpnChallenges::~AlpnChallenges() = default;

Result<void> AlpnChallenges::put(const std::string& domain, const crypto::KeyPair& pair) {
    auto identity = TlsIdentity::make(pair);
    if (!identity) {
        return fail(identity.error());
    }
    const std::lock_guard lock(m_mutex);
    m_pairs.insert_or_assign(domain, std::make_shared<const TlsIdentity>(std::move(*identity)));
    m_count = m_pairs.size();
    return {};
}

void AlpnChallenges::erase(const std::string& domain) {
    const std::lock_guard lock(m_mutex);
    m_pairs.erase(domain);
    m_count = m_pairs.size();
}

std::shared_ptr<const TlsIdentity> AlpnChallenges::find(const std::string& domain) const {
    const std::shared_lock lock(m_mutex);
    const auto found = m_pairs.find(domain);
    return found != m_pairs.end() ? found->second : nullptr;
}

} // namespace gateway::net
