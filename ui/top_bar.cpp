#include "ui/top_bar.h"

#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {

TopBar::TopBar(const Theme& theme, QWidget* parent)
    : QFrame(parent)
    , m_theme(theme)
    , m_title(makeLabel({}, "h1"))
    , m_subtitle(makeLabel({}, "sub"))
    , m_pageWidgets(new QHBoxLayout)
    , m_search(new QPushButton(tr("Search or run a command")))
    , m_themeButton(new IconButton(theme, QStringLiteral("moon"), {}, QStringLiteral("topbar.theme"))) {
    nameWidget(this, QStringLiteral("topbar"), tr("Page"));
    setKind(this, "topbar");
    setFixedHeight(64);
    m_title->setObjectName(QStringLiteral("topbar.title"));
    m_subtitle->setObjectName(QStringLiteral("topbar.subtitle"));

    nameWidget(m_search, QStringLiteral("topbar.search"), tr("Search or run a command"));
    setKind(m_search, "search");
    m_search->setToolTip(tr("Pages, commands, routes, services and consumers (Ctrl+K)"));
    m_search->setCursor(Qt::PointingHandCursor);
    m_search->setFixedWidth(272);
    m_search->setIconSize(QSize(16, 16));
    auto* hint = makeLabel(tr("Ctrl K"), "sub");
    hint->setAttribute(Qt::WA_TransparentForMouseEvents);
    auto* inside = new QHBoxLayout(m_search);
    inside->setContentsMargins(0, 0, 12, 0);
    inside->addWidget(hint, 0, Qt::AlignRight | Qt::AlignVCenter);

    auto* words = new QVBoxLayout;
    words->setSpacing(1);
    words->addStretch(1);
    words->addWidget(m_title);
    words->addWidget(m_subtitle);
    words->addStretch(1);
    m_pageWidgets->setSpacing(8);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(24, 0, 20, 0);
    layout->setSpacing(8);
    layout->addLayout(words, 1);
    layout->addWidget(m_search);
    layout->addLayout(m_pageWidgets);
    layout->addWidget(m_themeButton);
    connect(m_search, &QPushButton::clicked, this, &TopBar::paletteRequested);
    connect(m_themeButton, &IconButton::clicked, this, &TopBar::themeToggled);
    connect(&m_theme, &Theme::changed, this, &TopBar::updateTheme);
    updateTheme();
}

void TopBar::setTitle(const QString& title, const QString& subtitle) {
    m_title->setText(title);
    m_subtitle->setText(subtitle);
    m_subtitle->setVisible(!subtitle.isEmpty());
}

void TopBar::setPageWidget(QWidget* widget) {
    if (m_pageWidget != nullptr) {
        m_pageWidget->hide();
    }
    m_pageWidget = widget;
    if (widget != nullptr) {
        if (m_pageWidgets->indexOf(widget) < 0) {
            m_pageWidgets->addWidget(widget);
        }
        widget->show();
    }
}

void TopBar::updateTheme() {
    const QString name = m_theme.isDark() ? tr("Switch to the light theme") : tr("Switch to the dark theme");
    m_themeButton->setIconName(m_theme.isDark() ? QStringLiteral("sun") : QStringLiteral("moon"));
    m_themeButton->setAccessibleName(name);
    m_themeButton->setToolTip(name);
    m_search->setIcon(m_theme.icon(QStringLiteral("search"), Token::Muted, 16));
}

} // namespace ui
