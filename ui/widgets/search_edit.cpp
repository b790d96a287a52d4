#include "ui/widgets/search_edit.h"

#include "ui/widgets/kind.h"

#include <QAction>
#include <QKeyEvent>

namespace ui {

namespace {
constexpr int settleMilliseconds = 60;
}

SearchEdit::SearchEdit(const Theme& theme, const QString& placeholder, const QString& objectName,
                       QWidget* parent)
    : QLineEdit(parent)
    , m_theme(theme)
    , m_icon(new QAction(this)) {
    nameWidget(this, objectName, placeholder);
    setPlaceholderText(placeholder);
    setClearButtonEnabled(true);
    addAction(m_icon, QLineEdit::LeadingPosition);
    m_timer.setSingleShot(true);
    m_timer.setInterval(settleMilliseconds);
    connect(this, &QLineEdit::textChanged, &m_timer, qOverload<>(&QTimer::start));
    connect(&m_timer, &QTimer::timeout, this, [this] { Q_EMIT filterChanged(text()); });
    updateIcon();
    connect(&m_theme, &Theme::changed, this, &SearchEdit::updateIcon);
}

void SearchEdit::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape && !text().isEmpty()) {
        clear();
        return;
    }
    QLineEdit::keyPressEvent(event);
}

void SearchEdit::updateIcon() {
    m_icon->setIcon(m_theme.icon(QStringLiteral("search"), Token::Muted, 16));
}

} // namespace ui
