#include "ui/certificate_facts.h"

#include "ui/models/table_text.h"

#include <algorithm>

namespace ui {

using gateway::WallTime;
using gateway::crypto::CertificateInfo;
using gateway::model::Certificate;
using gateway::model::Config;
using gateway::model::EntityKind;

namespace {

constexpr auto urgentBefore = std::chrono::hours(7 * 24);

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

QString spanText(std::chrono::seconds span) {
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(span).count();
    if (hours >= 48) {
        return QStringLiteral("%1 days").arg(hours / 24);
    }
    return hours >= 1 ? countText(hours, QStringLiteral("hour"), QStringLiteral("hours"))
                      : QStringLiteral("less than an hour");
}

QString warningSentence(const QString& name, const CertificateInfo& leaf, WallTime now) {
    const QString when = dateText(leaf.notAfter);
    return leaf.notAfter <= now ? QStringLiteral("%1 %2, on %3.").arg(name, expiryText(leaf, now), when)
                                : QStringLiteral("%1 ends %2, on %3.").arg(name, expiryText(leaf, now), when);
}

} // namespace

CertificateFacts factsOf(const Config& config, const Certificate& certificate, WallTime now) {
    CertificateFacts facts;
    facts.uses = usesOf(config, certificate.name);
    if (certificate.chain.empty()) {
        return facts;
    }
    auto read = gateway::crypto::readCertificates(certificate.chain);
    if (!read) {
        facts.problems.push_back(toQString(read.error().message));
        return facts;
    }
    facts.chain = std::move(*read);
    if (certificate.use == Certificate::Use::Identity) {
        for (const std::string& problem : gateway::crypto::chainProblems(certificate.chain, now)) {
            facts.problems.push_back(toQString(problem));
        }
    }
    return facts;
}

std::vector<CertificateUse> usesOf(const Config& config, const std::string& certificate) {
    std::vector<CertificateUse> uses;
    for (const auto& listener : config.listeners) {
        if (listener.tls && (contains(listener.tls->certificates, certificate) ||
                             listener.tls->clientAuthority == certificate)) {
            uses.push_back({EntityKind::Listener, toQString(listener.name)});
        }
    }
    for (const auto& service : config.services) {
        if (service.tls &&
            (service.tls->authority == certificate || service.tls->certificate == certificate)) {
            uses.push_back({EntityKind::Service, toQString(service.name)});
        }
    }
    for (const auto& other : config.certificates) {
        if (other.acme && other.acme->directoryAuthority == certificate) {
            uses.push_back({EntityKind::Certificate, toQString(other.name)});
        }
    }
    return uses;
}

QString useText(const CertificateUse& use) {
    return QStringLiteral("%1 %2").arg(QLatin1String(gateway::model::kindName(use.kind)), use.name);
}

ExpiryLevel expiryLevel(const CertificateInfo& certificate, WallTime now) {
    const WallTime soon = gateway::crypto::warnsFrom(certificate);
    if (certificate.notAfter <= now) {
        return ExpiryLevel::Expired;
    }
    if (now < soon) {
        return ExpiryLevel::Fine;
    }
    return certificate.notAfter - now < urgentBefore ? ExpiryLevel::Urgent : ExpiryLevel::Soon;
}

Tone expiryTone(ExpiryLevel level) {
    switch (level) {
    case ExpiryLevel::Fine:
        return Tone::Ok;
    case ExpiryLevel::Soon:
        return Tone::Warn;
    case ExpiryLevel::Urgent:
    case ExpiryLevel::Expired:
        break;
    }
    return Tone::Bad;
}

QString expiryText(const CertificateInfo& certificate, WallTime now) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(certificate.notAfter - now);
    return left.count() > 0 ? QStringLiteral("in %1").arg(spanText(left))
                            : QStringLiteral("expired %1 ago").arg(spanText(-left));
}

std::vector<ExpiryWarning> expiryWarnings(const Config& config, WallTime now) {
    std::vector<std::pair<WallTime, ExpiryWarning>> found;
    for (const Certificate& certificate : config.certificates) {
        const auto read = certificate.chain.empty() ? gateway::Result<std::vector<CertificateInfo>>()
                                                    : gateway::crypto::readCertificates(certificate.chain);
        if (!read || read->empty()) {
            continue;
        }
        const CertificateInfo& leaf = read->front();
        const ExpiryLevel level = expiryLevel(leaf, now);
        if (level != ExpiryLevel::Fine) {
            const QString name = toQString(certificate.name);
            found.emplace_back(leaf.notAfter, ExpiryWarning{name, level, warningSentence(name, leaf, now)});
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<ExpiryWarning> warnings;
    for (auto& [end, warning] : found) {
        warnings.push_back(std::move(warning));
    }
    return warnings;
}

QString coveredNames(const CertificateInfo& certificate) {
    return certificate.names.empty() ? commonName(certificate.subject)
                                     : joined(certificate.names, QStringLiteral(", "));
}

QString commonName(const std::string& distinguishedName) {
    for (const QString& part : toQString(distinguishedName).split(u',')) {
        if (part.trimmed().startsWith(QStringLiteral("CN="))) {
            return part.trimmed().mid(3);
        }
    }
    return toQString(distinguishedName);
}

bool isSelfSigned(const CertificateInfo& certificate) {
    return certificate.subject == certificate.issuer;
}

} // namespace ui
