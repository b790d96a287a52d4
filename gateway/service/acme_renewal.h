#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/random.h"
#include "gateway/crypto/certificate.h"
#include "gateway/model/config.h"
#include "gateway/service/acme_order.h"
#include "gateway/service/acme_record.h"
#include "gateway/service/acme_report.h"
#include "gateway/service/acme_schedule.h"

#include <QObject>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace gateway::service {

/// What renewal needs from the gateway around it.
class AcmeHost : public AcmeStage {
public:
    /// Whether a challenge could be answered now; the error says what is missing.
    [[nodiscard]] virtual Result<void> canAnswer(model::Certificate::Challenge challenge) const = 0;

    /// Small secrets by name; empty: there is none.
    [[nodiscard]] virtual Result<std::string> loadSecret(const std::string& name) = 0;
    [[nodiscard]] virtual Result<void> saveSecret(const std::string& name, const std::string& secret) = 0;
    [[nodiscard]] virtual Result<void> removeSecret(const std::string& name) = 0;

    /// Stores the key, then publishes the chain as a revision of its own. `done` may come at once.
    virtual void publishIssued(model::CertificateId certificate, const std::string& chain,
                               const crypto::PrivateKey& key, const std::string& message,
                               std::function<void(Result<void>)> done) = 0;
};

/// Gets the certificates of a configuration that say where they come from, and renews them in time: by what
/// the authority suggests (RFC 9773), else before the last third of the lifetime. After a failure it waits
/// longer each time; orders and waits outlive the program. Used on one thread; time passes with tick().
class AcmeRenewal : public QObject {
    Q_OBJECT
public:
    AcmeRenewal(const Clock& clock, AcmeHost& host, std::uint64_t seed);
    ~AcmeRenewal() override;

    /// Each time that the configuration changes.
    void setConfig(const model::Config& config);
    /// About once a second.
    void tick();
    /// Asks for a new certificate now, whatever the plan; Input error when it is none that comes by itself.
    [[nodiscard]] Result<void> renewNow(model::CertificateId certificate);

    /// None: it does not come by itself.
    [[nodiscard]] std::optional<AcmeReport> report(model::CertificateId certificate) const;

Q_SIGNALS:
    void reportChanged(gateway::model::CertificateId certificate);

private:
    struct Job {
        model::Certificate certificate;
        std::string authorities; ///< PEM: whom the directory's own certificate may come from
        std::optional<crypto::CertificateInfo> info; ///< of the leaf; none: no chain yet
        AcmeRecord record;
        std::unique_ptr<AcmeOrder> order;
        bool publishing = false;
        bool renewNow = false;
        std::optional<RenewalWindow> window; ///< that the authority suggests for this chain
        Monotonic windowAskedAfter{};        ///< when to ask for it again
        bool windowAsked = false;            ///< an answer is on its way
        AcmeReport report;
    };

    [[nodiscard]] static std::string askedOf(const model::Certificate::Acme& acme);
    void takeCertificate(Job& job, const model::Certificate& certificate, std::string authorities);
    [[nodiscard]] Result<AcmeAccount*> accountOf(const Job& job);
    void dropAccounts();

    [[nodiscard]] bool wantsAnother(const Job& job) const;
    [[nodiscard]] WallTime plannedFor(const Job& job) const;
    void advance(Job& job);
    void begin(Job& job);
    void takeStep(model::CertificateId id);
    void takeResult(model::CertificateId id);
    void publish(Job& job, const std::string& chain);
    void takePublished(model::CertificateId id, const std::string& directory, const Result<void>& published);
    void giveUp(Job& job, const AcmeFailure& failure);
    void save(const Job& job);
    void askWindow(Job& job);
    void takeWindow(model::CertificateId id, const std::string& fingerprint,
                    const AcmeResult<AcmeAnswer>& answer);
    void report(Job& job);
    [[nodiscard]] AcmeReport makeReport(const Job& job) const;

    const Clock& m_clock;
    AcmeHost& m_host;
    Random m_random;
    using AccountKey = std::pair<std::string, std::string>; ///< directory, authorities
    std::map<AccountKey, std::unique_ptr<AcmeAccount>> m_accounts;
    std::map<model::CertificateId, std::unique_ptr<Job>> m_jobs; ///< after the accounts, which its orders use
};

/// The same for a program that gets no certificates itself, from what is stored under acmeSecretName().
[[nodiscard]] std::string storedAcmeText(const model::Certificate& certificate, const std::string& secret,
                                         WallTime now);
[[nodiscard]] std::string acmeSecretName(model::CertificateId certificate);

} // namespace gateway::service
