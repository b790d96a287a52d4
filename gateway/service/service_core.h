#pragma once

#include "gateway/model/validator.h"
#include "gateway/routing/router.h"
#include "gateway/runtime/engine.h"
#include "gateway/service/acme_gateway.h"
#include "gateway/service/certificates.h"
#include "gateway/service/expiry_watch.h"
#include "gateway/service/gateway_service.h"
#include "gateway/service/identity_keys.h"
#include "gateway/service/pending.h"
#include "gateway/service/provider_reports.h"
#include "gateway/service/secrets.h"
#include "gateway/service/staples.h"
#include "gateway/service/token_inspector.h"

#include <QObject>
#include <QTimer>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace gateway::service {

/// The last status and config, for threads that cannot wait.
class SharedView {
public:
    void set(GatewayStatus status) {
        const std::scoped_lock lock(m_mutex);
        m_status = std::move(status);
    }
    void set(PublishedConfigPointer config) {
        const std::scoped_lock lock(m_mutex);
        m_config = std::move(config);
    }
    [[nodiscard]] GatewayStatus status() const {
        const std::scoped_lock lock(m_mutex);
        return m_status;
    }
    [[nodiscard]] PublishedConfigPointer config() const {
        const std::scoped_lock lock(m_mutex);
        return m_config;
    }

private:
    mutable std::mutex m_mutex;
    GatewayStatus m_status;
    PublishedConfigPointer m_config = std::make_shared<const PublishedConfig>();
};

template<class T>
using Answer = tl::expected<T, Rejection>;
template<class T>
using PendingReply = std::shared_ptr<Pending<Answer<T>>>;

[[nodiscard]] tl::unexpected<Rejection> reject(Error error);
[[nodiscard]] tl::unexpected<Rejection> reject(ErrorKind kind, std::string_view code, std::string message);

/// What GatewayService does, on the service's thread: all functions but the constructor are called there.
class ServiceCore : public QObject {
    Q_OBJECT
public:
    ServiceCore(GatewayService& facade, const Clock& clock, ServiceOptions options,
                GatewayService::OpenStores openStores, std::shared_ptr<MasterKeyPlace> masterKey,
                SharedView& view);
    ~ServiceCore() override;

    /// Stops the engine at once and closes the stores, on the thread that they belong to.
    void shutDown();

    [[nodiscard]] Answer<PublishedConfigPointer> open();
    void start(const PendingReply<GatewayStatus>& reply);
    void stop(const PendingReply<GatewayStatus>& reply);
    void reload(const PendingReply<GatewayStatus>& reply);
    void publish(model::ConfigChange change, std::vector<model::ApiKey> keys,
                 std::vector<model::FileKey> fileKeys, const PendingReply<model::Revision>& reply);
    void publishFile(model::ConfigChange change, std::vector<model::FileKey> keys,
                     std::vector<model::FilePrivateKey> privateKeys,
                     const PendingReply<model::Revision>& reply);

    void importCertificate(const CertificateImport& import, const PendingReply<model::Revision>& reply);
    void generateSelfSigned(const SelfSignedRequest& request, const PendingReply<model::Revision>& reply);
    [[nodiscard]] Answer<std::string> createSigningRequest(const SigningRequest& request);
    [[nodiscard]] Answer<bool> forgetSigningRequest(const std::string& name, const std::string& author);
    [[nodiscard]] Answer<bool> removePrivateKey(const std::string& fingerprint, const std::string& author);
    [[nodiscard]] Answer<std::vector<CertificateReport>> listCertificates();
    /// Stores the key, if one came, then publishes the certificate.
    void publishCertificate(ReadyCertificate ready, const std::string& author, std::string message,
                            Secrets::Loss loss, const PendingReply<model::Revision>& reply);

    /// Asks for one that comes by itself now, whatever the plan.
    [[nodiscard]] Answer<bool> renewCertificate(const std::string& name);

    [[nodiscard]] Answer<IssuedKey> createKey(const KeyRequest& request);
    [[nodiscard]] Answer<model::ApiKey> setKeyState(model::KeyId key, model::KeyState state,
                                                    const std::string& author);
    [[nodiscard]] Answer<std::vector<model::ApiKey>> listKeys(model::ConsumerId consumer);
    [[nodiscard]] Answer<IssuedKey> rotateKey(const KeyRotation& rotation);
    [[nodiscard]] Answer<model::ApiKey> changeKey(const model::ApiKey& key, const std::string& author);
    [[nodiscard]] Answer<std::size_t> importKeys(std::vector<KeyTransfer> keys, const std::string& author);
    [[nodiscard]] Answer<std::vector<KeyTransfer>> exportKeys(model::ConsumerId consumer);

    [[nodiscard]] Answer<model::Revocation> revoke(model::Revocation revocation);
    [[nodiscard]] Answer<std::vector<model::Revocation>> listRevocations();
    [[nodiscard]] Answer<bool> liftRevocation(model::RevocationId id, const std::string& author);

    void setSecret(const std::string& name, std::string value, const std::string& author,
                   const PendingReply<bool>& reply);
    [[nodiscard]] Answer<std::vector<SecretName>> listSecrets();
    [[nodiscard]] Answer<bool> removeSecret(const std::string& name, const std::string& author);

    [[nodiscard]] Answer<std::vector<metrics::CallRecord>> listCalls(const CallQuery& query);

    [[nodiscard]] Answer<std::vector<auth::ProviderReport>> providers();
    [[nodiscard]] Answer<bool> refreshProvider(const std::string& name);
    void inspectToken(const TokenQuery& query, const PendingReply<TokenReport>& reply);
    [[nodiscard]] Answer<std::vector<AccessLine>> accessOf(const std::string& name);
    [[nodiscard]] Answer<RouteAccess> callersOf(const std::string& name, std::size_t limit);

    [[nodiscard]] MatchReport match(const MatchQuery& query);
    [[nodiscard]] Answer<std::vector<AuditEntry>> audit(const AuditQuery& query);
    [[nodiscard]] Answer<std::vector<model::Revision>> revisions(std::size_t limit,
                                                                 model::RevisionNumber before);
    [[nodiscard]] Answer<model::Config> configAt(model::RevisionNumber number);

private:
    /// A config that the engine can run, with what it needs to do so.
    struct Runnable {
        runtime::SnapshotPointer snapshot;
        std::shared_ptr<runtime::PreparedListeners> listeners; ///< only when traffic flows
    };
    using Live = std::function<void()>;

    [[nodiscard]] bool carriesTraffic() const noexcept;
    [[nodiscard]] const model::Config& config() const noexcept { return m_current->config; }
    [[nodiscard]] const model::Revision& revision() const noexcept { return m_current->revision; }
    void setStatus(const std::function<void(GatewayStatus&)>& change);
    void setCurrent(model::Config config, model::Revision revision);
    [[nodiscard]] tl::unexpected<Rejection> notOpen() const;

    // An edit's way.
    [[nodiscard]] Answer<Runnable> makeRunnable(const model::Config& config, model::RevisionNumber number,
                                                bool bindsListeners);
    [[nodiscard]] Answer<void> checkBase(const model::ConfigChange& change);
    [[nodiscard]] Answer<std::vector<model::ApiKey>> resolveKeys(std::vector<model::ApiKey> keys,
                                                                 std::vector<model::FileKey> fileKeys,
                                                                 const model::Config& config) const;
    [[nodiscard]] Answer<model::Revision> commit(model::ConfigChange change, std::vector<model::ApiKey> keys,
                                                 const model::Config& after, std::uint64_t nextId);
    void apply(Runnable runnable, model::RevisionNumber number, Live live);

    // What other processes did.
    [[nodiscard]] Result<bool> loadNewer();
    void runLoaded(const PendingReply<GatewayStatus>& reply);
    [[nodiscard]] Result<void> takeUpKeys();
    [[nodiscard]] Result<void> takeUpSecrets();
    [[nodiscard]] Result<void> takeUpRevocations();
    [[nodiscard]] std::unique_ptr<AcmeGateway> makeAcme();
    void publishIssued(model::CertificateId id, const std::string& chain, const crypto::PrivateKey& key,
                       const std::string& message, const std::function<void(Result<void>)>& done);

    // What people ask about callers.
    void offerProvidersWhenStopped();
    void checkProviders();
    void inspectToken(const TokenQuery& query, const PendingReply<TokenReport>& reply, int tries);
    void introspectPasted(const PublishedConfigPointer& current,
                          const TokenInspector::Recognition& recognition, const TokenQuery& query,
                          const PendingReply<TokenReport>& reply);
    [[nodiscard]] InspectionGrounds inspectionGrounds(const model::Config& config,
                                                      const auth::RevocationSet& revocations);

    // The gateway's life.
    void beginStart();
    void failStart(const Rejection& rejection);
    void becomeLive(model::RevisionNumber number);
    void beginDrain();
    void finishDrain(std::size_t cut);
    void tick();
    void saveKeyUses();
    void saveCalls();
    void checkExpiry();
    void forgetRevocations();
    [[nodiscard]] Result<void> prepareIdentityKeys();
    void renewIdentityKeys();
    void takeUpSecretValues();
    [[nodiscard]] Answer<Runnable> tryWithSecret(const std::string& name);

    GatewayService& m_facade;
    const Clock& m_clock;
    ServiceOptions m_options;
    GatewayService::OpenStores m_openStores;
    std::shared_ptr<MasterKeyPlace> m_masterKey; ///< null: none
    SharedView& m_view;

    std::optional<Stores> m_stores;
    std::optional<Secrets> m_secrets;
    std::optional<IdentityKeys> m_identityKeys; ///< after the secrets, where they are kept
    std::unique_ptr<runtime::Engine> m_engine;
    std::optional<runtime::ProviderCompiler> m_providerCompiler; ///< after the engine, whose client it uses
    ProviderWatchdog m_providerWatchdog;
    std::unique_ptr<Staples> m_staples;  ///< after the engine, whose store it fills
    std::unique_ptr<AcmeGateway> m_acme; ///< after the engine, whose challenges it shows
    std::unique_ptr<QTimer> m_timer;
    model::Validator m_validator;
    PublishedConfigPointer m_current;
    std::uint64_t m_nextId = 1;
    std::uint64_t m_keyGeneration = 0;
    std::uint64_t m_secretGeneration = 0;
    std::uint64_t m_revocationGeneration = 0;
    std::optional<WallTime> m_revocationEnds; ///< when the first one is over
    std::set<std::string> m_secretNames;      ///< of those that the configuration may refer to
    bool m_hasOtherSecrets = false;           ///< than those that the running config was compiled with
    std::string m_secretProblem;              ///< why private keys cannot be read; empty: they can
    ExpiryWatch m_expiry;
    std::optional<Monotonic> m_expiryCheckedAt;
    runtime::SnapshotPointer m_snapshot;     ///< of the current config, when it was compiled
    std::optional<routing::Router> m_router; ///< of the current config, when there is no snapshot of it
    GatewayStatus m_status;
    Monotonic m_keyUsesSavedAt{};
    Monotonic m_identityKeysCheckedAt{};
    std::vector<metrics::CallRecord> m_unsavedCalls;
    std::vector<PendingReply<GatewayStatus>> m_startWaiters;
    std::vector<PendingReply<GatewayStatus>> m_stopWaiters;
};

} // namespace gateway::service
