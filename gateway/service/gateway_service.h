#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"
#include "gateway/metrics/metrics_frame.h"
#include "gateway/model/codec.h"
#include "gateway/model/config.h"
#include "gateway/model/problem.h"
#include "gateway/service/access_report.h"
#include "gateway/service/certificate_report.h"
#include "gateway/service/master_key_place.h"
#include "gateway/service/ports.h"

#include <QFuture>
#include <QObject>
#include <functional>
#include <memory>
#include <optional>

namespace gateway::service {

enum class GatewayState { Stopped, Starting, Running, Draining, Failed };

/// Where the gateway stands; what the rail's card shows.
struct GatewayStatus {
    GatewayState state = GatewayState::Stopped;
    std::string message;                ///< why it failed, or why the live revision is behind the saved one
    std::vector<std::string> addresses; ///< where it listens, "127.0.0.1:8080"
    std::optional<WallTime> runningSince;
    model::RevisionNumber savedRevision = 0;
    model::RevisionNumber liveRevision = 0;
    unsigned workers = 0;
};

/// The newest saved config with its revision, shared by whoever shows it.
struct PublishedConfig {
    model::Config config;
    model::Revision revision;
};
using PublishedConfigPointer = std::shared_ptr<const PublishedConfig>;

/// Why a change was not published: problems at fields, or an error of the store or the machine.
struct Rejection {
    Error error; ///< code "invalid-config" when `problems` say it all
    model::Problems problems;
    model::RevisionNumber current = 0; ///< set for a stale base
};

template<class T>
using Reply = QFuture<tl::expected<T, Rejection>>;

/// A new key: the only time that the key itself is to be had.
struct IssuedKey {
    model::ApiKey key;
    std::string secret;
};

struct KeyRequest {
    model::ConsumerId consumer;
    std::string name;
    std::vector<std::string> scopes;
    std::optional<WallTime> expires;
    std::string author;
    std::vector<std::string> addresses{}; ///< that it may come from; empty: all
};

/// A new key in place of an old one, which stays good for `overlap`.
struct KeyRotation {
    model::KeyId key;
    std::chrono::seconds overlap{86'400}; ///< 0: the old one is revoked at once
    std::optional<WallTime> expires;      ///< of the new one; empty: as long from now as the old one had
    std::string author;
};

/// A request to try on the routes, without sending it.
struct MatchQuery {
    std::string method = "GET";
    std::string host;
    std::string target = "/"; ///< path and query
    std::vector<model::NameValue> headers;
};

struct MatchReport {
    std::optional<std::string> route; ///< name
    std::vector<model::NameValue> captures;
    std::string service;
    std::string upstreamPath;
    bool authenticates = false;
    int status = 0;                          ///< without a route: 400, 404 or 405
    std::vector<std::string> allowedMethods; ///< with 405
    std::string explanation;                 ///< a sentence for people
};

struct ServiceOptions {
    unsigned workers = 0; ///< 0: the cores that this process may use
    std::chrono::seconds drainDeadline{30};
    std::string accessLogFile; ///< empty: no access log
    std::size_t accessLogBytesMax = 64 * 1024 * 1024;
    unsigned accessLogFiles = 5;
};

/// The gateway's own thread and the heart of the headless program. Every public function may be called from
/// any thread: the work is done on a QThread of its own, and the future is finished from there
/// (`future.then(object, ...)` comes back to the object's thread). Signals come from there, too. Destruction
/// cuts what is in flight; stop() first to be polite. Futures that are open then are finished with the error
/// "shutting-down".
class GatewayService : public QObject {
    Q_OBJECT
public:
    /// Makes the stores; called on the service's thread, since a database connection belongs to one thread.
    using OpenStores = std::function<Result<Stores>()>;

    /// `masterKey`: what secrets are sealed by; without one there can be none. Used on the service's thread.
    GatewayService(const Clock& clock, ServiceOptions options, OpenStores openStores,
                   std::shared_ptr<MasterKeyPlace> masterKey = nullptr);
    ~GatewayService() override;

    /// Opens the stores and loads the config; everything else fails with "not-open" before. Emits
    /// published().
    Reply<PublishedConfigPointer> open();

    /// Starts listening with the saved config; resolves once running. Already running: nothing happens.
    Reply<GatewayStatus> start();
    /// Drains: no new connections, requests in flight are finished (up to the deadline).
    Reply<GatewayStatus> stop();
    /// Reads the database anew and takes up what another process changed; also resolves names of targets
    /// again.
    Reply<GatewayStatus> reload();

    /// Validate -> compile -> prepare -> commit -> swap. Keys are stored with it (see Publication::keys).
    Reply<model::Revision> publish(model::ConfigChange change, std::vector<model::ApiKey> keys = {});
    /// The same for the content of a file, whose keys name their consumers: those may be new in this change.
    /// Private keys of its certificates are stored first.
    Reply<model::Revision> publishFile(model::ConfigChange change, std::vector<model::FileKey> keys,
                                       std::vector<model::FilePrivateKey> privateKeys = {});
    [[nodiscard]] QFuture<model::Problems> validate(model::Config config);

    Reply<IssuedKey> createKey(KeyRequest request);
    Reply<model::ApiKey> setKeyState(model::KeyId key, model::KeyState state, std::string author);
    Reply<std::vector<model::ApiKey>> listKeys(model::ConsumerId consumer);
    /// The new key is named as the old one, with -2, -3... behind it; scopes and addresses are the old one's.
    Reply<IssuedKey> rotateKey(KeyRotation rotation);
    /// What a key may do, where it may come from, until when.
    Reply<model::ApiKey> changeKey(model::ApiKey key, std::string author);
    /// All of them or none; Input error naming the line for an unknown consumer, a name or a hash that is
    /// taken.
    Reply<std::size_t> importKeys(std::vector<KeyTransfer> keys, std::string author);
    /// Without those that are revoked; `consumer` 0: of all.
    Reply<std::vector<KeyTransfer>> exportKeys(model::ConsumerId consumer);

    /// Stored, and in force on every worker, when the reply comes. Kind::Before with `provider` 0 also
    /// revokes the API keys that were created before.
    Reply<model::Revocation> revoke(model::Revocation revocation);
    Reply<std::vector<model::Revocation>> revocations();
    Reply<bool> liftRevocation(model::RevocationId id, std::string author);

    /// Secrets that the configuration refers to as `${secret:NAME}`: stored sealed, never shown again.
    Reply<bool> setSecret(std::string name, std::string value, std::string author);
    Reply<std::vector<SecretName>> secrets();
    /// Conflict "secret-in-use" when the configuration refers to it.
    Reply<bool> removeSecret(std::string name, std::string author);

    Reply<std::vector<auth::ProviderReport>> providers();
    Reply<bool> refreshProvider(std::string name);
    Reply<TokenReport> inspectToken(TokenQuery query);
    /// What a consumer may call: a line a route, by name.
    Reply<std::vector<AccessLine>> accessOf(std::string consumer);
    /// Who may call a route.
    Reply<RouteAccess> callersOf(std::string route, std::size_t limit);
    /// Newest first.
    Reply<std::vector<metrics::CallRecord>> calls(CallQuery query);

    // Certificates are published as revisions of their own; private keys are stored, encrypted, before.
    Reply<model::Revision> importCertificate(CertificateImport import);
    Reply<model::Revision> generateSelfSigned(SelfSignedRequest request);
    /// PEM for a certificate authority. The key is kept until importCertificate() brings what was signed.
    Reply<std::string> createSigningRequest(SigningRequest request);
    /// A request that is not wanted any more, with its key.
    Reply<bool> forgetSigningRequest(std::string name, std::string author);
    /// Conflict "key-in-use" when a certificate needs it.
    Reply<bool> removePrivateKey(std::string fingerprint, std::string author);
    Reply<std::vector<CertificateReport>> listCertificates();
    /// Asks for one that comes by itself (ACME) now, whatever the plan; Input error "not-acme" for others.
    Reply<bool> renewCertificate(std::string name);

    QFuture<MatchReport> match(MatchQuery query);
    Reply<std::vector<AuditEntry>> audit(AuditQuery query);
    Reply<std::vector<model::Revision>> revisions(std::size_t limit, model::RevisionNumber before);
    Reply<model::Config> configAt(model::RevisionNumber number);

    /// The last status and config; any thread, never blocks on the service's thread.
    [[nodiscard]] GatewayStatus status() const;
    [[nodiscard]] PublishedConfigPointer current() const;

Q_SIGNALS:
    void statusChanged(const gateway::service::GatewayStatus& status);
    void published(const gateway::service::PublishedConfigPointer& config);
    void keysChanged(gateway::model::ConsumerId consumer); ///< id 0: any
    void metrics(const gateway::metrics::MetricsFrame& frame);
    /// Something about private keys, signing requests or renewals is another than before.
    void certificatesChanged();
    void revocationsChanged();
    void providersChanged(); ///< a set of keys came, or did not
    /// When a third of its lifetime is left, seven days before its end, and at it (-1 day); once each.
    void certificateWarning(const std::string& name, int daysLeft);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace gateway::service
