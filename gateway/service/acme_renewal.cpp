#include "gateway/service/acme_renewal.h"

#include "gateway/crypto/renewal_id.h"

#include <QPointer>
#include <QUrl>
#include <algorithm>
#include <set>
#include <utility>

namespace gateway::service {

namespace {

constexpr std::ptrdiff_t ordersMax = 4; // at a time
constexpr std::chrono::hours windowInterval{6};
constexpr std::chrono::hours windowIntervalMost{24};
constexpr std::chrono::minutes windowIntervalLeast{1};

std::string hostOf(const std::string& url) {
    return QUrl(QString::fromStdString(url)).host().toStdString();
}

} // namespace

AcmeRenewal::AcmeRenewal(const Clock& clock, AcmeHost& host, std::uint64_t seed)
    : m_clock(clock)
    , m_host(host)
    , m_random(seed) {}

AcmeRenewal::~AcmeRenewal() = default;

std::string AcmeRenewal::askedOf(const model::Certificate::Acme& acme) {
    std::string asked = acme.directory;
    for (const std::string& domain : acme.domains) {
        asked += " " + domain;
    }
    return asked;
}

std::string acmeSecretName(model::CertificateId id) {
    return "acme-certificate:" + std::to_string(id.value);
}

void AcmeRenewal::setConfig(const model::Config& config) {
    std::set<model::CertificateId> present;
    for (const model::Certificate& certificate : config.certificates) {
        if (!certificate.acme || certificate.use != model::Certificate::Use::Identity) {
            continue;
        }
        present.insert(certificate.id);
        auto& job = m_jobs[certificate.id];
        if (!job) {
            job = std::make_unique<Job>();
            job->windowAskedAfter = m_clock.now();
            if (const auto secret = m_host.loadSecret(acmeSecretName(certificate.id));
                secret && !secret->empty()) {
                job->record = AcmeRecord::fromSecret(*secret);
            }
        }
        const model::Certificate* authority = config.certificates.find(certificate.acme->directoryAuthority);
        takeCertificate(*job, certificate, authority != nullptr ? authority->chain : std::string());
    }
    for (auto at = m_jobs.begin(); at != m_jobs.end();) {
        if (present.count(at->first) != 0) {
            ++at;
            continue;
        }
        std::ignore = m_host.removeSecret(acmeSecretName(at->first));
        at = m_jobs.erase(at);
    }
    dropAccounts();
}

void AcmeRenewal::takeCertificate(Job& job, const model::Certificate& certificate, std::string authorities) {
    const bool isNewChain = !job.info || job.certificate.chain != certificate.chain;
    job.certificate = certificate;
    if (job.authorities != authorities) {
        job.order.reset(); // it uses the account that trusts the other ones
        job.authorities = std::move(authorities);
    }
    if (job.record.asked != askedOf(*certificate.acme)) {
        // What failed before, or was ordered, is not what is wanted now.
        job.order.reset();
        job.renewNow = false;
        job.record = AcmeRecord{.directory = job.record.directory,
                                .asked = askedOf(*certificate.acme),
                                .failures = 0,
                                .nextTry = {},
                                .problem = {},
                                .orderUrl = {},
                                .key = {}};
    }
    if (isNewChain) {
        const auto chain = crypto::readCertificates(certificate.chain);
        job.info = chain ? std::optional(chain->front()) : std::nullopt;
        job.window.reset();
        job.windowAskedAfter = m_clock.now();
    }
    report(job);
}

Result<AcmeAccount*> AcmeRenewal::accountOf(const Job& job) {
    const std::string& directory = job.certificate.acme->directory;
    auto& account = m_accounts[{directory, job.authorities}];
    if (!account) {
        const std::string name = "acme-account:" + directory;
        const auto secret = m_host.loadSecret(name);
        if (!secret) {
            return gateway::fail(secret.error());
        }
        AcmeAccountRecord record;
        if (!secret->empty()) {
            auto read = accountFromSecret(*secret);
            if (!read) {
                return gateway::fail(std::move(read.error()));
            }
            record = std::move(*read);
        }
        AcmeHttpOptions http;
        http.authorities = job.authorities;
        account = std::make_unique<AcmeAccount>(m_clock, directory, http, std::move(record),
                                                [this, name](const AcmeAccountRecord& changed) {
                                                    return m_host.saveSecret(name, toSecret(changed));
                                                });
    }
    std::vector<std::string> contacts;
    for (const auto& [id, other] : m_jobs) {
        const model::Certificate::Acme& acme = *other->certificate.acme;
        if (acme.directory == directory && !acme.contact.empty()) {
            contacts.push_back(acme.contact);
        }
    }
    account->setContacts(std::move(contacts));
    return account.get();
}

void AcmeRenewal::dropAccounts() {
    std::set<AccountKey> used;
    for (const auto& [id, job] : m_jobs) {
        used.emplace(job->certificate.acme->directory, job->authorities);
    }
    for (auto at = m_accounts.begin(); at != m_accounts.end();) {
        at = used.count(at->first) != 0 ? std::next(at) : m_accounts.erase(at);
    }
}

bool AcmeRenewal::wantsAnother(const Job& job) const {
    const model::Certificate::Acme& acme = *job.certificate.acme;
    if (job.renewNow || !job.info) {
        return true;
    }
    // From the authority that people try things out with to the real one, say.
    if (!job.record.directory.empty() && job.record.directory != acme.directory) {
        return true;
    }
    return !std::all_of(acme.domains.begin(), acme.domains.end(),
                        [&job](const std::string& domain) { return crypto::coversHost(*job.info, domain); });
}

WallTime AcmeRenewal::plannedFor(const Job& job) const {
    return job.window ? plannedRenewal(*job.info, *job.window) : plannedRenewal(*job.info);
}

void AcmeRenewal::tick() {
    for (auto& [id, job] : m_jobs) {
        if (job->order) {
            job->order->tick();
        } else if (!job->publishing) {
            advance(*job);
        }
    }
}

void AcmeRenewal::advance(Job& job) {
    const WallTime now = m_clock.wallTime();
    if (!wantsAnother(job) && now < plannedFor(job)) {
        askWindow(job);
        report(job);
        return;
    }
    const auto orders = std::count_if(m_jobs.begin(), m_jobs.end(),
                                      [](const auto& each) { return each.second->order != nullptr; });
    const bool mayTry = job.record.failures == 0 || now >= job.record.nextTry;
    if (mayTry && orders < ordersMax && m_host.canAnswer(job.certificate.acme->challenge)) {
        begin(job);
    }
    report(job);
}

void AcmeRenewal::begin(Job& job) {
    const auto account = accountOf(job);
    if (!account) {
        giveUp(job, {account.error(), {}});
        return;
    }
    if (!job.record.key) {
        auto key = crypto::PrivateKey::generate(crypto::KeyKind::EcdsaP256);
        if (!key) {
            giveUp(job, {std::move(key.error()), {}});
            return;
        }
        job.record.key = std::move(*key);
        job.record.orderUrl.clear();
    }
    const model::Certificate::Acme& acme = *job.certificate.acme;
    AcmeOrderRequest request{.domains = acme.domains,
                             .challenge = acme.challenge,
                             .key = job.record.key,
                             .url = job.record.orderUrl,
                             .replacesId = {}};
    if (job.info && job.record.directory == acme.directory) {
        request.replacesId = crypto::renewalId(job.certificate.chain).value_or(std::string());
    }
    job.order = std::make_unique<AcmeOrder>(m_clock, **account, m_host, std::move(request));
    const model::CertificateId id = job.certificate.id;
    connect(job.order.get(), &AcmeOrder::stepped, this, [this, id] { takeStep(id); });
    // Later, since the order goes with it.
    connect(
        job.order.get(), &AcmeOrder::finished, this, [this, id] { takeResult(id); }, Qt::QueuedConnection);
    job.order->start();
}

void AcmeRenewal::takeStep(model::CertificateId id) {
    const auto at = m_jobs.find(id);
    if (at == m_jobs.end() || !at->second->order) {
        return;
    }
    Job& job = *at->second;
    if (job.record.orderUrl != job.order->url()) {
        job.record.orderUrl = job.order->url();
        save(job);
    }
    report(job);
}

void AcmeRenewal::takeResult(model::CertificateId id) {
    const auto at = m_jobs.find(id);
    if (at == m_jobs.end() || !at->second->order || !at->second->order->result()) {
        return; // of an order that was dropped meanwhile
    }
    Job& job = *at->second;
    const AcmeResult<std::string> result = *job.order->result();
    job.record.orderUrl = job.order->url();
    job.order.reset();
    if (result) {
        publish(job, *result);
    } else {
        giveUp(job, result.error());
    }
}

void AcmeRenewal::publish(Job& job, const std::string& chain) {
    const auto certificates = crypto::readCertificates(chain);
    const std::string until = certificates ? timeText(certificates->front().notAfter) : std::string();
    const std::string& directory = job.certificate.acme->directory;
    const std::string message = "The certificate " + job.certificate.name +
                                (job.info ? " was renewed by " : " came from ") + hostOf(directory) +
                                " and is good until " + until + ".";
    job.publishing = true;
    report(job);
    m_host.publishIssued(job.certificate.id, chain, job.record.key, message,
                         [self = QPointer<AcmeRenewal>(this), id = job.certificate.id,
                          directory](const Result<void>& published) {
                             if (self) {
                                 self->takePublished(id, directory, published);
                             }
                         });
}

void AcmeRenewal::takePublished(model::CertificateId id, const std::string& directory,
                                const Result<void>& published) {
    const auto at = m_jobs.find(id);
    if (at == m_jobs.end()) {
        return; // removed meanwhile
    }
    Job& job = *at->second;
    job.publishing = false;
    if (!published) {
        // The order stays: the next attempt fetches the same certificate again.
        giveUp(job, {published.error(), {}});
        return;
    }
    job.renewNow = false;
    job.record = AcmeRecord{.directory = directory,
                            .asked = job.record.asked,
                            .failures = 0,
                            .nextTry = {},
                            .problem = {},
                            .orderUrl = {},
                            .key = {}};
    save(job);
    report(job);
}

void AcmeRenewal::giveUp(Job& job, const AcmeFailure& failure) {
    ++job.record.failures;
    job.record.nextTry = m_clock.wallTime() + retryDelay(job.record.failures, failure.retryAfter, m_random);
    job.record.problem = failure.error.message;
    save(job);
    report(job);
}

void AcmeRenewal::save(const Job& job) {
    // What cannot be stored is lost with the program only; the next certificate does without it.
    std::ignore = m_host.saveSecret(acmeSecretName(job.certificate.id), job.record.toSecret());
}

Result<void> AcmeRenewal::renewNow(model::CertificateId certificate) {
    const auto at = m_jobs.find(certificate);
    if (at == m_jobs.end()) {
        return gateway::fail(ErrorKind::Input, "not-acme", "This certificate does not come by itself.");
    }
    Job& job = *at->second;
    job.renewNow = true;
    job.record.nextTry = m_clock.wallTime();
    if (!job.order && !job.publishing) {
        advance(job);
    }
    return {};
}

void AcmeRenewal::askWindow(Job& job) {
    if (job.windowAsked || m_clock.now() < job.windowAskedAfter) {
        return;
    }
    job.windowAskedAfter = m_clock.now() + windowInterval;
    const auto account = accountOf(job);
    auto renewalId = crypto::renewalId(job.certificate.chain);
    if (!account || !renewalId) {
        return;
    }
    job.windowAsked = true;
    (*account)->withDirectory(this, [this, account = QPointer<AcmeAccount>(*account), id = job.certificate.id,
                                     fingerprint = job.info->fingerprint, renewalId = std::move(*renewalId)](
                                        const AcmeResult<AcmeEndpoints>& directory) {
        const auto take = [this, id, fingerprint](const AcmeResult<AcmeAnswer>& answer) {
            takeWindow(id, fingerprint, answer);
        };
        if (!directory) {
            take(tl::unexpected<AcmeFailure>(directory.error()));
        } else if (!account || directory->renewalInfo.empty()) {
            take(AcmeAnswer{});
        } else {
            account->get(directory->renewalInfo + "/" + renewalId, this, take);
        }
    });
}

void AcmeRenewal::takeWindow(model::CertificateId id, const std::string& fingerprint,
                             const AcmeResult<AcmeAnswer>& answer) {
    const auto at = m_jobs.find(id);
    if (at == m_jobs.end()) {
        return;
    }
    Job& job = *at->second;
    job.windowAsked = false;
    if (!job.info || job.info->fingerprint != fingerprint) {
        return; // renewed meanwhile
    }
    // An authority that does not answer now is asked again later; what it said before still holds.
    if (answer) {
        job.window = readRenewalWindow(answer->body);
        job.windowAskedAfter =
            m_clock.now() + std::clamp<std::chrono::seconds>(answer->retryAfter.value_or(windowInterval),
                                                             windowIntervalLeast, windowIntervalMost);
    }
    report(job);
}

} // namespace gateway::service
