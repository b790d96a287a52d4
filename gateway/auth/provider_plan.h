#pragma once

#include "gateway/auth/key_set.h"
#include "gateway/auth/token_verifier.h"
#include "gateway/model/identity_provider.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace gateway::auth {

/// The keys that a provider has now. Lives as long as the engine; survives snapshots. One thread puts (the
/// IdentityClient's), any reads.
class ProviderKeys {
public:
    void set(std::shared_ptr<const KeySet> keys);
    /// Takes a lock: workers keep what it gave until generation() moves.
    [[nodiscard]] std::shared_ptr<const KeySet> current() const;
    /// Moves on with each set of other keys; 0: there never were any.
    [[nodiscard]] std::uint64_t generation() const noexcept {
        return m_generation.load(std::memory_order_acquire);
    }

private:
    mutable std::mutex m_mutex;
    std::shared_ptr<const KeySet> m_keys;
    std::atomic<std::uint64_t> m_generation{0};
};

/// A provider of a snapshot. Immutable; shared by the snapshots that have it unchanged.
struct ProviderPlan {
    model::IdentityProvider settings;
    std::uint64_t serial = 0; ///< no two plans of a process have the same
    TokenVerifier verifier;
    std::shared_ptr<ProviderKeys> keys;
    std::string authorities{};  ///< PEM by which its TLS is verified; empty: the system's
    std::string clientSecret{}; ///< of introspection, in the clear
    std::string keySecret{};    ///< of HS*, in the clear
};
using ProviderPlanPointer = std::shared_ptr<const ProviderPlan>;

} // namespace gateway::auth
