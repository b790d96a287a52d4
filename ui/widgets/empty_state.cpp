#include "ui/widgets/empty_state.h"

#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {

namespace {
constexpr int textWidth = 460;
}

EmptyState::EmptyState(const Theme& theme, const QString& iconName, const QString& title, const QString& text,
                       QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_iconName(iconName)
    , m_icon(new QLabel)
    , m_title(makeLabel(title, "h1"))
    , m_text(makeLabel(text, "sub"))
    , m_below(new QVBoxLayout)
    , m_buttons(new QHBoxLayout) {
    for (QLabel* label : {m_icon, m_title, m_text}) {
        label->setAlignment(Qt::AlignCenter);
    }
    m_text->setWordWrap(true);
    m_text->setFixedWidth(textWidth);
    m_buttons->setSpacing(8);
    m_buttons->addStretch(1);
    m_buttons->addStretch(1);

    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(8);
    layout->addStretch(2);
    layout->addWidget(m_icon, 0, Qt::AlignHCenter);
    layout->addSpacing(4);
    layout->addWidget(m_title, 0, Qt::AlignHCenter);
    layout->addWidget(m_text, 0, Qt::AlignHCenter);
    layout->addLayout(m_below);
    layout->addSpacing(10);
    layout->addLayout(m_buttons);
    layout->addStretch(3);
    fitText();
    updateIcon();
    connect(&m_theme, &Theme::changed, this, &EmptyState::updateIcon);
}

void EmptyState::setTexts(const QString& title, const QString& text) {
    m_title->setText(title);
    m_text->setText(text);
    fitText();
}

void EmptyState::fitText() {
    // A centred label gets its size hint, which knows nothing of the lines that wrapping makes.
    m_text->ensurePolished();
    // Without a text there is no such height, and the label says -1.
    m_text->setFixedHeight(qMax(0, m_text->heightForWidth(textWidth)));
}

void EmptyState::insertBelowText(QWidget* widget) {
    m_below->addSpacing(8);
    m_below->addWidget(widget, 0, Qt::AlignHCenter);
}

Button* EmptyState::addPrimary(const QString& text, const QString& objectName,
                               const std::function<void()>& clicked) {
    auto* button = new Button(m_theme, text, objectName, Button::Kind::Primary);
    connect(button, &Button::clicked, this, [clicked] { clicked(); });
    m_buttons->insertWidget(m_buttons->count() - 1, button);
    return button;
}

Button* EmptyState::addSecondary(const QString& text, const QString& objectName,
                                 const std::function<void()>& clicked) {
    auto* button = new Button(m_theme, text, objectName);
    connect(button, &Button::clicked, this, [clicked] { clicked(); });
    m_buttons->insertWidget(m_buttons->count() - 1, button);
    return button;
}

void EmptyState::updateIcon() {
    m_icon->setPixmap(m_theme.pixmap(m_iconName, Token::AccentText, 44, devicePixelRatioF()));
}

} // namespace ui
