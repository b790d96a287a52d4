#include "ui/widgets/toggle.h"

#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>

namespace ui {

Toggle::Toggle(const Theme& theme, const QString& accessibleName, const QString& objectName, QWidget* parent)
    : QAbstractButton(parent)
    , m_theme(theme) {
    nameWidget(this, objectName, accessibleName);
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&Toggle::update));
}

void Toggle::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF track(4, 3, 32, 18);
    if (hasFocus()) {
        painter.setPen(QPen(m_theme.color(Token::Accent), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 0.5, -1, -0.5), 11.5, 11.5);
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_theme.color(isChecked() ? Token::Accent : Token::Scroll));
    painter.setOpacity(isEnabled() ? 1.0 : 0.5);
    painter.drawRoundedRect(track, 9, 9);
    painter.setBrush(Qt::white);
    painter.drawEllipse(QRectF(isChecked() ? track.right() - 16 : track.left() + 2, track.top() + 2, 14, 14));
}

void Toggle::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        click();
        return;
    }
    QAbstractButton::keyPressEvent(event);
}

ToggleRow::ToggleRow(const Theme& theme, const QString& title, const QString& text, const QString& objectName,
                     QWidget* parent)
    : QWidget(parent)
    , m_toggle(new Toggle(theme, title, objectName)) {
    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(makeLabel(title, "value"));
    if (!text.isEmpty()) {
        QLabel* about = makeLabel(text, "sub");
        about->setWordWrap(true);
        words->addWidget(about);
        m_toggle->setAccessibleDescription(text);
    }
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(words, 1);
    layout->addWidget(m_toggle, 0, Qt::AlignVCenter);
}

} // namespace ui
