#pragma once

#include "gateway/base/digest.h"
#include "gateway/base/result.h"
#include "gateway/crypto/private_key.h"
#include "gateway/model/config.h"
#include "gateway/net/tls.h"
#include "gateway/pipeline/tables.h"
#include "gateway/runtime/policy_compiler.h"

#include <map>
#include <memory>
#include <vector>

namespace gateway::runtime {

/// Makes ListenerPlans. How a listener speaks TLS is made anew only when its settings or what it shows and
/// trusts changed: connections of one that is gone keep it until they end. Control thread.
class ListenerCompiler {
public:
    ListenerCompiler(const crypto::PrivateKeys& keys, std::shared_ptr<net::TlsServer::Shared> shared)
        : m_keys(keys)
        , m_shared(std::move(shared)) {}

    /// Fails with a sentence that names the listener and the certificate.
    [[nodiscard]] Result<std::vector<std::shared_ptr<const pipeline::ListenerPlan>>>
    compile(const model::Config& config, const PolicyPlans& policies);

    [[nodiscard]] const crypto::PrivateKeys& keys() const noexcept { return m_keys; }

    /// How many TLS contexts the last call made.
    [[nodiscard]] std::size_t contextsMade() const noexcept { return m_contextsMade; }

private:
    struct Known {
        Sha256 inputs{};
        std::shared_ptr<const net::TlsServer> tls;
    };

    [[nodiscard]] Result<std::shared_ptr<const net::TlsServer>> tlsOf(const model::Config& config,
                                                                      const model::Listener& listener);

    const crypto::PrivateKeys& m_keys;
    std::shared_ptr<net::TlsServer::Shared> m_shared;
    std::map<model::ListenerId, Known> m_known;
    std::size_t m_contextsMade = 0;
};

/// A certificate of the configuration with its key. Input error when no key is stored for it.
[[nodiscard]] Result<crypto::KeyPair> keyPairOf(const model::Certificate& certificate,
                                                const crypto::PrivateKeys& keys);

} // namespace gateway::runtime
