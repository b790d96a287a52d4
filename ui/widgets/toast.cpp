#include "ui/widgets/toast.h"

#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>

namespace ui {

namespace {
constexpr int messageMilliseconds = 4'000;
// Long enough to read what was deleted and to reach the button by keyboard.
constexpr int undoMilliseconds = 10'000;
constexpr int distanceFromEdge = 24;
} // namespace

Toast::Toast(const Theme& theme, QWidget* parent)
    : QFrame(parent)
    , m_text(makeLabel({}, "toastText"))
    , m_undoButton(new Button(theme, tr("Undo"), QStringLiteral("toastUndo"))) {
    nameWidget(this, QStringLiteral("toast"), tr("Message"));
    setKind(this, "toast");
    setKind(m_undoButton, "toastButton");
    m_text->setObjectName(QStringLiteral("toastText"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 8, 10, 8);
    layout->addWidget(m_text);
    layout->addWidget(m_undoButton);
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &Toast::hide);
    connect(m_undoButton, &Button::clicked, this, [this] {
        hide();
        if (const auto undo = std::exchange(m_undo, nullptr)) {
            undo();
        }
    });
    parent->installEventFilter(this);
    hide();
}

void Toast::showMessage(const QString& text) {
    m_undo = nullptr;
    m_undoButton->hide();
    present(text);
    m_timer.start(messageMilliseconds);
}

void Toast::showUndo(const QString& text, const std::function<void()>& undo) {
    m_undo = undo;
    m_undoButton->show();
    present(text);
    m_timer.start(undoMilliseconds);
}

QString Toast::text() const {
    return m_text->text();
}

bool Toast::eventFilter(QObject* watched, QEvent* event) {
    if (watched == parent() && event->type() == QEvent::Resize) {
        place();
    }
    return QFrame::eventFilter(watched, event);
}

void Toast::present(const QString& text) {
    m_text->setText(text);
    setAccessibleDescription(text);
    show();
    place();
    raise();
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void Toast::place() {
    adjustSize();
    const QWidget* host = parentWidget();
    move((host->width() - width()) / 2, host->height() - height() - distanceFromEdge);
}

} // namespace ui
