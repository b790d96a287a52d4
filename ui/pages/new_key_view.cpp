#include "ui/pages/new_key_view.h"

#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/column.h"
#include "ui/widgets/kind.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLineEdit>

namespace ui {

NewKeyView::NewKeyView(const Theme& theme, const QString& id, QWidget* parent)
    : QWidget(parent)
    , m_title(makeLabel({}, "h1"))
    , m_secret(new QLineEdit)
    , m_copy(new Button(theme, tr("Copy"), id + QStringLiteral(".copy"), Button::Kind::Primary,
                        QStringLiteral("copy"))) {
    auto* banner = new QFrame;
    setKind(banner, "banner");
    auto* words = new QVBoxLayout(banner);
    words->setContentsMargins(12, 10, 12, 10);
    words->addWidget(
        wrappedLabel(tr("Copy this key now. It is shown this once; only its fingerprint is kept, "
                        "so nobody can show it again."),
                     "value"));
    nameWidget(m_secret, id + QStringLiteral(".secret"), tr("The new key"));
    m_secret->setReadOnly(true);
    m_secret->setProperty("mono", true);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_secret, 1);
    row->addWidget(m_copy);
    auto* close = new Button(theme, tr("Done"), id + QStringLiteral(".done"));
    close->setAutoDefault(false);
    QVBoxLayout* layout = columnIn(this);
    layout->addWidget(m_title);
    layout->addWidget(banner);
    layout->addLayout(row);
    layout->addStretch(1);
    layout->addWidget(close, 0, Qt::AlignRight);
    connect(m_copy, &Button::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_secret->text());
        m_copy->setText(tr("Copied"));
    });
    connect(close, &Button::clicked, this, &NewKeyView::done);
}

void NewKeyView::present(const gateway::service::IssuedKey& issued) {
    m_title->setText(tr("Key %1 is ready").arg(toQString(issued.key.name)));
    m_secret->setText(toQString(issued.secret));
    m_secret->setCursorPosition(0);
    m_copy->setDefault(true);
    m_copy->setFocus();
}

void NewKeyView::forget() {
    m_secret->clear();
}

} // namespace ui
