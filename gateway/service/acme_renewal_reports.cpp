#include "gateway/service/acme_renewal.h"

#include <QUrl>
#include <utility>

// What people are told about certificates that come by themselves.
namespace gateway::service {

namespace {

std::string hostOf(const std::string& url) {
    return QUrl(QString::fromStdString(url)).host().toStdString();
}

std::string plannedMessage(WallTime planned, bool isSuggested) {
    return (isSuggested ? "Renewed as the authority suggests, on " : "Renewed by itself on ") +
           timeText(planned) + ".";
}

std::string failedMessage(const AcmeRecord& record) {
    return record.problem + " The next attempt is on " + timeText(record.nextTry) + ".";
}

std::string workingMessage(const AcmeOrder& order, const std::string& authority) {
    switch (order.step()) {
    case AcmeOrder::Step::Ordering:
        return "Ordering a certificate from " + authority + ".";
    case AcmeOrder::Step::Proving:
        return authority + " checks that " + order.domain() + " leads here.";
    case AcmeOrder::Step::Finalizing:
        return authority + " makes the certificate.";
    case AcmeOrder::Step::Downloading:
        return "Fetching the certificate from " + authority + ".";
    }
    return {};
}

} // namespace

std::optional<AcmeReport> AcmeRenewal::report(model::CertificateId certificate) const {
    const auto at = m_jobs.find(certificate);
    return at != m_jobs.end() ? std::optional(at->second->report) : std::nullopt;
}

void AcmeRenewal::report(Job& job) {
    if (AcmeReport now = makeReport(job); now != job.report) {
        job.report = std::move(now);
        Q_EMIT reportChanged(job.certificate.id);
    }
}

AcmeReport AcmeRenewal::makeReport(const Job& job) const {
    const std::string authority = hostOf(job.certificate.acme->directory);
    if (job.order) {
        return {AcmePhase::Working, workingMessage(*job.order, authority), {}, job.record.failures};
    }
    if (job.publishing) {
        return {AcmePhase::Working, "The certificate is here and goes live.", {}, job.record.failures};
    }
    if (!wantsAnother(job) && m_clock.wallTime() < plannedFor(job)) {
        const WallTime planned = plannedFor(job);
        return {AcmePhase::Planned, plannedMessage(planned, job.window.has_value()), planned, 0};
    }
    if (job.record.failures > 0 && m_clock.wallTime() < job.record.nextTry) {
        return {AcmePhase::Failed, failedMessage(job.record), job.record.nextTry, job.record.failures};
    }
    if (const auto able = m_host.canAnswer(job.certificate.acme->challenge); !able) {
        return {AcmePhase::Blocked, able.error().message, {}, job.record.failures};
    }
    return {AcmePhase::Working, "Ordering a certificate from " + authority + ".", {}, job.record.failures};
}

std::string storedAcmeText(const model::Certificate& certificate, const std::string& secret, WallTime now) {
    const AcmeRecord record = AcmeRecord::fromSecret(secret);
    if (record.failures > 0 && now < record.nextTry) {
        return failedMessage(record);
    }
    const auto chain = crypto::readCertificates(certificate.chain);
    if (!chain) {
        return "Comes from " + hostOf(certificate.acme->directory) + " once the gateway runs.";
    }
    const WallTime planned = plannedRenewal(chain->front());
    return now < planned ? plannedMessage(planned, false) : "Is renewed once the gateway runs.";
}

} // namespace gateway::service
