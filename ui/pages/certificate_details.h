#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QWidget>

#include "ui/certificate_facts.h"
#include "ui/theme.h"

class QVBoxLayout;

namespace ui {

/// What a certificate says: problems in sentences, then each certificate of its chain.
class CertificateDetails final : public QWidget {
    Q_OBJECT
public:
    explicit CertificateDetails(const Theme& theme, QWidget* parent = nullptr);

    /// `keyText`: a sentence about the private key; empty: it needs none.
    void show(const CertificateFacts& facts, const QString& keyText, bool keyIsMissing,
              gateway::WallTime now);

Q_SIGNALS:
    void copied(const QString& what);

private:
    void addChainItem(const gateway::crypto::CertificateInfo& info, std::size_t at, std::size_t of,
                      gateway::WallTime now);

    const Theme& m_theme;
    QVBoxLayout* m_layout;
    std::vector<gateway::crypto::CertificateInfo> m_chain; ///< as shown, with m_texts
    QStringList m_texts;
};

/// Who names a certificate, each to click on.
class CertificateUses final : public QWidget {
    Q_OBJECT
public:
    explicit CertificateUses(const Theme& theme, QWidget* parent = nullptr);

    void show(const std::vector<CertificateUse>& uses, bool isAuthority);

Q_SIGNALS:
    void pageRequested(const QString& pageId, const QString& name);

private:
    const Theme& m_theme;
    QVBoxLayout* m_layout;
    std::vector<CertificateUse> m_uses; ///< as shown
};

} // namespace ui
