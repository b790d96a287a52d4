#pragma once

#include "gateway/runtime/engine.h"
#include "gateway/service/acme_renewal.h"
#include "gateway/service/secrets.h"

#include <functional>
#include <memory>
#include <optional>

namespace gateway::service {

/// The renewal of certificates within a running gateway: its challenges are shown by the engine's listeners,
/// its secrets are kept with the others. Used by the service's thread.
class AcmeGateway final : private AcmeHost {
public:
    /// What the service around it does.
    struct Service {
        /// Whether requests come in now.
        std::function<bool()> isServing;
        /// Stores the key, then publishes the chain as a revision of its own.
        std::function<void(model::CertificateId, const std::string& chain, const crypto::PrivateKey& key,
                           const std::string& message, std::function<void(Result<void>)> done)>
            publish;
    };

    static constexpr const char* author = "acme";
    static constexpr const char* secretPurpose = "acme";

    AcmeGateway(const Clock& clock, runtime::Engine& engine, Secrets& secrets, Service service);
    ~AcmeGateway() override;
    AcmeGateway(const AcmeGateway&) = delete;
    AcmeGateway& operator=(const AcmeGateway&) = delete;

    void setConfig(const model::Config& config);
    /// About once a second.
    void tick();
    [[nodiscard]] Result<void> renewNow(model::CertificateId certificate);
    /// How it comes and renews by itself, in a sentence; empty: it does not.
    [[nodiscard]] std::string reportText(model::CertificateId certificate) const;
    /// Says when a report changes.
    [[nodiscard]] AcmeRenewal& renewal() noexcept { return *m_renewal; }

private:
    [[nodiscard]] Result<void> show(const AcmeChallenge& challenge) override;
    void hide(const AcmeChallenge& challenge) override;
    [[nodiscard]] Result<void> canAnswer(model::Certificate::Challenge challenge) const override;
    [[nodiscard]] Result<std::string> loadSecret(const std::string& name) override;
    [[nodiscard]] Result<void> saveSecret(const std::string& name, const std::string& secret) override;
    [[nodiscard]] Result<void> removeSecret(const std::string& name) override;
    void publishIssued(model::CertificateId certificate, const std::string& chain,
                       const crypto::PrivateKey& key, const std::string& message,
                       std::function<void(Result<void>)> done) override;

    runtime::Engine& m_engine;
    Secrets& m_secrets;
    Service m_service;
    bool m_hasPlainListener = false;
    bool m_hasTlsListener = false;
    std::unique_ptr<AcmeRenewal> m_renewal; ///< last: it uses the rest until it is gone
};

} // namespace gateway::service
