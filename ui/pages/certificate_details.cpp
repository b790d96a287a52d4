#include "ui/pages/certificate_details.h"

#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/pill.h"

#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {

using gateway::crypto::CertificateInfo;
using gateway::model::EntityKind;

namespace {

QLabel* wrapped(const QString& text, const char* kind) {
    QLabel* label = makeLabel(text, kind);
    label->setWordWrap(true);
    return label;
}

void clear(QVBoxLayout& layout) {
    while (QLayoutItem* item = layout.takeAt(0)) {
        if (QWidget* widget = item->widget()) {
            widget->hide();
            widget->setObjectName(QString());
            widget->deleteLater();
        }
        delete item;
    }
}

/// Now, not with the next event: what was there before is gone, and the page would flicker.
void showAll(const QVBoxLayout& layout) {
    for (int i = 0; i < layout.count(); ++i) {
        if (QWidget* widget = layout.itemAt(i)->widget()) {
            widget->show();
        }
    }
}

QVBoxLayout* columnIn(QWidget* widget, int spacing) {
    auto* layout = new QVBoxLayout(widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(spacing);
    return layout;
}

/// "3f:a2:…", broken into lines where there is room for no more.
QString fingerprintText(const std::string& hex) {
    QString text;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        text += (i == 0        ? QString()
                 : i % 22 == 0 ? QStringLiteral("\n")
                               : QStringLiteral(":")) +
                QString::fromStdString(hex.substr(i, 2)).toUpper();
    }
    return text;
}

QString partText(std::size_t at, std::size_t of, const CertificateInfo& info) {
    if (at == 0) {
        return of == 1 && isSelfSigned(info) ? QStringLiteral("Self-signed") : QStringLiteral("Certificate");
    }
    return isSelfSigned(info) ? QStringLiteral("Root") : QStringLiteral("Intermediate");
}

} // namespace

CertificateDetails::CertificateDetails(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_layout(columnIn(this, 12)) {}

void CertificateDetails::show(const CertificateFacts& facts, const QString& keyText, bool keyIsMissing,
                              gateway::WallTime now) {
    QStringList texts = facts.problems;
    texts.push_back(keyText);
    for (const CertificateInfo& info : facts.chain) {
        texts.push_back(expiryText(info, now));
    }
    if (facts.chain == m_chain && texts == m_texts) {
        return; // what is the same stays, under the mouse and with the focus
    }
    m_chain = facts.chain;
    m_texts = std::move(texts);
    clear(*m_layout);
    for (qsizetype i = 0; i < facts.problems.size(); ++i) {
        QLabel* problem = wrapped(facts.problems[i], "warn");
        problem->setObjectName(QStringLiteral("certificate.problem.%1").arg(i));
        m_layout->addWidget(problem);
    }
    if (!keyText.isEmpty()) {
        QLabel* key = wrapped(keyText, keyIsMissing ? "error" : "sub");
        key->setObjectName(QStringLiteral("certificate.keyText"));
        m_layout->addWidget(key);
    }
    for (std::size_t i = 0; i < facts.chain.size(); ++i) {
        addChainItem(facts.chain[i], i, facts.chain.size(), now);
    }
    m_layout->addStretch(1);
    showAll(*m_layout);
}

void CertificateDetails::addChainItem(const CertificateInfo& info, std::size_t at, std::size_t of,
                                      gateway::WallTime now) {
    auto* frame = new QFrame;
    nameWidget(frame, QStringLiteral("certificate.chain.%1").arg(at),
               tr("%1: %2").arg(partText(at, of, info), commonName(info.subject)));
    setKind(frame, "inset");
    auto* layout = new QVBoxLayout(frame);
    layout->setContentsMargins(14, 12, 14, 12);
    layout->setSpacing(8);
    auto* head = new QHBoxLayout;
    head->addWidget(makeLabel(partText(at, of, info), "label"));
    head->addStretch(1);
    head->addWidget(new Pill(m_theme, expiryText(info, now), expiryTone(expiryLevel(info, now)), true));
    layout->addLayout(head);
    QLabel* subject = wrapped(commonName(info.subject), "h2");
    subject->setToolTip(toQString(info.subject));
    layout->addWidget(subject);

    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(1, 1);
    int row = 0;
    const auto add = [&](const QString& name, QWidget* value) {
        grid->addWidget(makeLabel(name, "label"), row, 0, Qt::AlignTop);
        grid->addWidget(value, row++, 1);
    };
    const auto addText = [&](const QString& name, const QString& text) {
        if (!text.isEmpty()) {
            QLabel* value = wrapped(text, "value");
            value->setTextInteractionFlags(Qt::TextSelectableByMouse);
            add(name, value);
        }
    };
    addText(tr("Covers"), joined(info.names, QStringLiteral("\n")));
    addText(tr("Issued by"), isSelfSigned(info) ? tr("itself") : commonName(info.issuer));
    addText(tr("Valid"), tr("%1 to %2").arg(dateText(info.notBefore), dateText(info.notAfter)));
    addText(tr("Key"), toQString(info.key));
    addText(tr("Serial"), toQString(info.serial));
    addText(tr("OCSP"), toQString(info.ocspUrl) + (info.mustStaple ? tr(" (must be stapled)") : QString()));

    auto* print = new QWidget;
    auto* printLayout = new QHBoxLayout(print);
    printLayout->setContentsMargins(0, 0, 0, 0);
    printLayout->setSpacing(4);
    QLabel* hex = makeLabel(fingerprintText(info.fingerprint), "mono");
    hex->setFont(Theme::monoFont(10));
    hex->setStyleSheet(QStringLiteral("font-size: 10px;"));
    hex->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* copy = new IconButton(m_theme, QStringLiteral("copy"), tr("Copy the fingerprint"),
                                QStringLiteral("certificate.copy.%1").arg(at));
    connect(copy, &IconButton::clicked, this, [this, print = toQString(info.fingerprint)] {
        QGuiApplication::clipboard()->setText(print);
        Q_EMIT copied(tr("Copied the fingerprint"));
    });
    printLayout->addWidget(hex, 1);
    printLayout->addWidget(copy, 0, Qt::AlignTop);
    add(tr("SHA-256"), print);
    layout->addLayout(grid);
    m_layout->addWidget(frame);
}

CertificateUses::CertificateUses(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_layout(columnIn(this, 8)) {}

void CertificateUses::show(const std::vector<CertificateUse>& uses, bool isAuthority) {
    if (!uses.empty() && uses == m_uses) {
        return;
    }
    m_uses = uses;
    clear(*m_layout);
    if (uses.empty()) {
        QLabel* nobody = wrapped(
            isAuthority
                ? tr("Nobody trusts it yet. A listener checks its clients against it (Settings, TLS), "
                     "a service its targets (Services, TLS).")
                : tr("Nobody shows it yet. Switch TLS on for a listener under Settings, and choose it "
                     "there; a service can show it to its targets."),
            "value");
        nobody->setObjectName(QStringLiteral("certificate.unused"));
        m_layout->addWidget(nobody);
    }
    for (std::size_t i = 0; i < uses.size(); ++i) {
        const CertificateUse& use = uses[i];
        const QString page = use.kind == EntityKind::Listener  ? QStringLiteral("settings")
                             : use.kind == EntityKind::Service ? QStringLiteral("services")
                                                               : QStringLiteral("certificates");
        auto* open = new Button(m_theme, useText(use), QStringLiteral("certificate.use.%1").arg(i),
                                Button::Kind::Secondary, QStringLiteral("external"));
        open->setAccessibleName(tr("Open the %1").arg(useText(use)));
        connect(open, &Button::clicked, this,
                [this, page, name = use.name] { Q_EMIT pageRequested(page, name); });
        m_layout->addWidget(open, 0, Qt::AlignLeft);
    }
    m_layout->addStretch(1);
    showAll(*m_layout);
}

} // namespace ui
