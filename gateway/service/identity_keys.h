#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"
#include "gateway/crypto/private_key.h"
#include "gateway/model/config.h"
#include "gateway/service/secrets.h"

#include <string>
#include <vector>

namespace gateway::service {

/// Whether a policy has the gateway sign tokens for services.
[[nodiscard]] bool signsTokens(const model::Config& config);

/// The keys by which the gateway signs what services learn about callers: stored sealed, made when they are
/// first needed, replaced every 90 days. A new key is shown for an hour before it signs, so that services
/// which look at the keys now and then know it, and the former one is shown for two days more.
/// For the thread that the store belongs to.
class IdentityKeys {
public:
    IdentityKeys(const Clock& clock, Secrets& secrets)
        : m_clock(clock)
        , m_secrets(secrets) {}

    /// What is stored, as another process may have changed it; true when it is not what was known.
    [[nodiscard]] Result<bool> load();
    /// Makes the first key where there is none, and replaces one that is due; forgets those that are shown no
    /// more. True when keys() gives others, or in another order, than before.
    [[nodiscard]] Result<bool> renew();

    /// The first one signs; all are shown.
    [[nodiscard]] std::vector<crypto::PrivateKey> keys() const;

    static constexpr std::chrono::hours age{24 * 90};
    static constexpr std::chrono::hours shownBefore{1};
    static constexpr std::chrono::hours shownAfter{48};

private:
    struct Key {
        crypto::PrivateKey key;
        WallTime created{};
    };
    [[nodiscard]] Result<void> make();
    [[nodiscard]] Result<void> forgetFormer();
    [[nodiscard]] std::size_t signing() const;

    const Clock& m_clock;
    Secrets& m_secrets;
    std::vector<Key> m_keys; ///< the newest first
    std::string m_signs;     ///< fingerprint of what signed at the last renew()
};

} // namespace gateway::service
