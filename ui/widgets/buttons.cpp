#include "ui/widgets/buttons.h"

#include "ui/widgets/kind.h"

namespace ui {

Button::Button(const Theme& theme, const QString& text, const QString& objectName, Kind kind,
               const QString& iconName, QWidget* parent)
    : QPushButton(text, parent)
    , m_theme(theme)
    , m_kind(kind)
    , m_iconName(iconName) {
    nameWidget(this, objectName, text);
    switch (kind) {
    case Kind::Secondary:
        setKind(this, "secondary");
        break;
    case Kind::Primary:
        setKind(this, "primary");
        break;
    case Kind::Ghost:
        setKind(this, "ghost");
        break;
    case Kind::Danger:
        setKind(this, "danger");
        break;
    }
    setCursor(Qt::PointingHandCursor);
    setIconSize(QSize(16, 16));
    updateIcon();
    connect(&m_theme, &Theme::changed, this, &Button::updateIcon);
}

void Button::setIconName(const QString& iconName) {
    m_iconName = iconName;
    updateIcon();
}

void Button::updateIcon() {
    if (m_iconName.isEmpty()) {
        setIcon({});
        return;
    }
    if (m_kind == Kind::Primary) {
        // White on the accent in both themes; no token is white in both.
        QIcon icon;
        for (const qreal ratio : {1.0, 2.0}) {
            QPixmap picture = m_theme.pixmap(m_iconName, Token::Text, 16, ratio);
            icon.addPixmap(Theme::tinted(picture, Qt::white));
        }
        setIcon(icon);
        return;
    }
    setIcon(m_theme.icon(m_iconName, m_kind == Kind::Danger ? Token::Bad : Token::Text2, 16));
}

IconButton::IconButton(const Theme& theme, const QString& iconName, const QString& accessibleName,
                       const QString& objectName, QWidget* parent)
    : QToolButton(parent)
    , m_theme(theme)
    , m_iconName(iconName) {
    nameWidget(this, objectName, accessibleName);
    setKind(this, "icon");
    setToolTip(accessibleName);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setIconSize(QSize(18, 18));
    updateIcon();
    connect(&m_theme, &Theme::changed, this, &IconButton::updateIcon);
}

void IconButton::setIconName(const QString& iconName) {
    m_iconName = iconName;
    updateIcon();
}

void IconButton::updateIcon() {
    setIcon(m_theme.icon(m_iconName, Token::Text2, 18));
}

} // namespace ui
