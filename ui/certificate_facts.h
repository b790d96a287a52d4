#pragma once

#include <QStringList>

#include "gateway/crypto/certificate.h"
#include "gateway/model/config.h"
#include "ui/theme.h"

#include <optional>
#include <vector>

namespace ui {

/// Who names a certificate.
struct CertificateUse {
    gateway::model::EntityKind kind = gateway::model::EntityKind::Listener;
    QString name;
    bool operator==(const CertificateUse&) const = default;
};

/// What the console knows of a certificate of the configuration.
struct CertificateFacts {
    std::vector<gateway::crypto::CertificateInfo> chain; ///< empty: none yet, or not to be read
    QStringList problems;                                ///< sentences
    std::vector<CertificateUse> uses;

    [[nodiscard]] const gateway::crypto::CertificateInfo* leaf() const {
        return chain.empty() ? nullptr : &chain.front();
    }
};

[[nodiscard]] CertificateFacts factsOf(const gateway::model::Config& config,
                                       const gateway::model::Certificate& certificate, gateway::WallTime now);
[[nodiscard]] std::vector<CertificateUse> usesOf(const gateway::model::Config& config,
                                                 const std::string& certificate);
/// "listener public"
[[nodiscard]] QString useText(const CertificateUse& use);

/// How near the end is: fine, the last third of its lifetime, or the last week or past.
enum class ExpiryLevel { Fine, Soon, Urgent, Expired };
[[nodiscard]] ExpiryLevel expiryLevel(const gateway::crypto::CertificateInfo& certificate,
                                      gateway::WallTime now);
[[nodiscard]] Tone expiryTone(ExpiryLevel level);
/// "in 61 days", "in 5 hours", "expired 3 days ago"
[[nodiscard]] QString expiryText(const gateway::crypto::CertificateInfo& certificate, gateway::WallTime now);

/// The certificates of a configuration that people should be told of, the most urgent first.
struct ExpiryWarning {
    QString name;
    ExpiryLevel level = ExpiryLevel::Soon;
    QString sentence; ///< "shop ends in 61 days, on 24 Jan 2027."
};
[[nodiscard]] std::vector<ExpiryWarning> expiryWarnings(const gateway::model::Config& config,
                                                        gateway::WallTime now);

/// "shop.example, *.shop.example", or the subject where there are no names.
[[nodiscard]] QString coveredNames(const gateway::crypto::CertificateInfo& certificate);
/// The common name of "CN=R3,O=Let's Encrypt", or all of it where it has none.
[[nodiscard]] QString commonName(const std::string& distinguishedName);
[[nodiscard]] bool isSelfSigned(const gateway::crypto::CertificateInfo& certificate);

} // namespace ui
