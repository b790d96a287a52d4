#include "ui/widgets/banner.h"

#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {

Banner::Banner(const Theme& theme, const QString& objectName, QWidget* parent)
    : QFrame(parent)
    , m_theme(theme)
    , m_icon(new QLabel)
    , m_title(makeLabel({}, "h2"))
    , m_text(makeLabel({}, "bannerText"))
    , m_action(new Button(theme, {}, objectName + QStringLiteral(".action"))) {
    setObjectName(objectName);
    setKind(this, "banner");
    m_text->setObjectName(objectName + QStringLiteral(".text"));
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* close =
        new IconButton(theme, QStringLiteral("x"), tr("Dismiss"), objectName + QStringLiteral(".close"));
    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(m_title);
    words->addWidget(m_text);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(14, 10, 8, 10);
    layout->setSpacing(12);
    layout->addWidget(m_icon, 0, Qt::AlignTop);
    layout->addLayout(words, 1);
    layout->addWidget(m_action, 0, Qt::AlignVCenter);
    layout->addWidget(close, 0, Qt::AlignVCenter);
    connect(m_action, &Button::clicked, this, &Banner::actionRequested);
    connect(close, &IconButton::clicked, this, [this] {
        hide();
        Q_EMIT dismissed();
    });
    connect(&m_theme, &Theme::changed, this, &Banner::updateIcon);
    hide();
}

void Banner::present(const QString& title, const QString& text, bool isBad, const QString& action) {
    m_isBad = isBad;
    m_title->setText(title);
    m_text->setText(text);
    m_action->setText(action);
    m_action->setAccessibleName(action);
    m_action->setVisible(!action.isEmpty());
    setAccessibleName(title);
    setAccessibleDescription(text);
    restyle(this, "tone", isBad ? QStringLiteral("bad") : QStringLiteral("warn"));
    updateIcon();
    show();
}

QString Banner::text() const {
    return m_text->text();
}

void Banner::updateIcon() {
    m_icon->setPixmap(
        m_theme.pixmap(QStringLiteral("alert"), m_isBad ? Token::Bad : Token::Warn, 20, devicePixelRatioF()));
}

} // namespace ui
