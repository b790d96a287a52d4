#include "ui/widgets/drawer.h"

#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/scroll.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QShortcut>
#include <QVBoxLayout>

namespace ui {

namespace {
constexpr int drawerWidth = 440;
constexpr int drawerPadding = 22;
} // namespace

Drawer::Drawer(const Theme& theme, const QString& objectName, QWidget* parent)
    : QFrame(parent)
    , m_title(makeLabel({}, "h1"))
    , m_subtitle(makeLabel({}, "sub"))
    , m_headerWidgets(new QHBoxLayout)
    , m_top(new QVBoxLayout)
    , m_scroll(makeScrollArea(objectName + QStringLiteral(".body")))
    , m_problemBox(new QFrame)
    , m_problem(makeLabel({}, "value"))
    , m_unsavedPill(new Pill(theme, {}, Tone::Warn, true))
    , m_footerWidgets(new QHBoxLayout)
    , m_discard(new Button(theme, tr("Discard"), objectName + QStringLiteral(".discard")))
    , m_save(new Button(theme, tr("Save"), objectName + QStringLiteral(".save"), Button::Kind::Primary)) {
    nameWidget(this, objectName, tr("Editor"));
    setKind(this, "drawer");
    setFixedWidth(drawerWidth);
    hide();

    m_title->setObjectName(objectName + QStringLiteral(".title"));
    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(m_title);
    words->addWidget(m_subtitle);
    auto* close = new IconButton(theme, QStringLiteral("x"), tr("Close the editor"),
                                 objectName + QStringLiteral(".close"));
    auto* header = new QHBoxLayout;
    header->addLayout(words, 1);
    header->addLayout(m_headerWidgets);
    header->addWidget(close);
    m_top->setContentsMargins(drawerPadding, 18, drawerPadding - 8, 8);
    m_top->setSpacing(12);
    m_top->addLayout(header);

    setKind(m_problemBox, "banner");
    m_problemBox->setProperty("tone", QStringLiteral("bad"));
    m_problem->setObjectName(objectName + QStringLiteral(".problem"));
    m_problem->setWordWrap(true);
    auto* problemLayout = new QVBoxLayout(m_problemBox);
    problemLayout->setContentsMargins(12, 8, 12, 8);
    problemLayout->addWidget(m_problem);
    m_problemBox->hide();
    auto* problemMargin = new QHBoxLayout;
    problemMargin->setContentsMargins(drawerPadding, 0, drawerPadding, 8);
    problemMargin->addWidget(m_problemBox);

    auto* footer = new QFrame;
    setKind(footer, "drawerFoot");
    auto* footerLayout = new QHBoxLayout(footer);
    footerLayout->setContentsMargins(drawerPadding, 12, drawerPadding, 12);
    footerLayout->addLayout(m_footerWidgets);
    footerLayout->addWidget(m_unsavedPill);
    footerLayout->addStretch(1);
    footerLayout->addWidget(m_discard);
    footerLayout->addWidget(m_save);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(1, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(m_top);
    layout->addWidget(m_scroll, 1);
    layout->addLayout(problemMargin);
    layout->addWidget(footer);

    connect(close, &IconButton::clicked, this, &Drawer::closeRequested);
    connect(m_save, &Button::clicked, this, &Drawer::saveRequested);
    connect(m_discard, &Button::clicked, this, &Drawer::discardRequested);
    auto* saveKey = new QShortcut(QKeySequence::Save, this);
    saveKey->setContext(Qt::WidgetWithChildrenShortcut);
    connect(saveKey, &QShortcut::activated, m_save, &Button::click);
    auto* closeKey = new QShortcut(QKeySequence(Qt::Key_Escape), this);
    closeKey->setContext(Qt::WidgetWithChildrenShortcut);
    connect(closeKey, &QShortcut::activated, this, &Drawer::closeRequested);
    updateButtons();
}

void Drawer::setTitle(const QString& title, const QString& subtitle) {
    m_title->setText(title);
    m_subtitle->setText(subtitle);
    m_subtitle->setVisible(!subtitle.isEmpty());
    setAccessibleName(title);
}

void Drawer::addHeaderWidget(QWidget* widget) {
    m_headerWidgets->addWidget(widget);
}

void Drawer::setTopWidget(QWidget* widget) {
    // The body has a scroll bar at its right; the top keeps to the same line.
    auto* row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 8, 0);
    row->addWidget(widget);
    m_top->addLayout(row);
}

void Drawer::setBody(QWidget* body) {
    if (body->layout() != nullptr) {
        body->layout()->setContentsMargins(drawerPadding, 8, drawerPadding - 4, 18);
    }
    setScrollBody(m_scroll, body);
}

void Drawer::addFooterWidget(QWidget* widget) {
    m_footerWidgets->addWidget(widget);
}

void Drawer::setUnsaved(int changes) {
    m_unsaved = changes;
    m_unsavedPill->set(changes == 1 ? tr("1 unsaved change") : tr("%1 unsaved changes").arg(changes),
                       Tone::Warn);
    updateButtons();
}

void Drawer::setProblem(const QString& text) {
    m_problem->setText(text);
    m_problemBox->setVisible(!text.isEmpty());
}

void Drawer::setBusy(bool busy) {
    m_busy = busy;
    updateButtons();
}

void Drawer::setSaveText(const QString& text) {
    m_save->setText(text);
    m_save->setAccessibleName(text);
}

void Drawer::updateButtons() {
    m_unsavedPill->setVisible(m_unsaved > 0);
    m_discard->setVisible(m_unsaved > 0);
    m_discard->setEnabled(!m_busy);
    m_save->setEnabled(m_unsaved > 0 && !m_busy);
}

} // namespace ui
