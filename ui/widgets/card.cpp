#include "ui/widgets/card.h"

#include "ui/widgets/kind.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {

QLabel* makeLabel(const QString& text, const char* kind, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    setKind(label, kind);
    // Names and messages come from people and from the network; none of them is markup.
    label->setTextFormat(Qt::PlainText);
    return label;
}

Card::Card(const QString& title, const QString& subtitle, QWidget* parent)
    : QFrame(parent)
    , m_title(makeLabel(title, "h2", this))
    , m_subtitle(makeLabel(subtitle, "sub", this))
    , m_header(new QWidget(this))
    , m_headerLayout(new QHBoxLayout(m_header))
    , m_body(new QVBoxLayout) {
    setKind(this, "card");
    setAccessibleName(title);
    m_headerLayout->setContentsMargins(0, 0, 0, 0);
    m_headerLayout->setSpacing(8);
    // Titles of neighbours stand on one line, whatever is at the right of them.
    m_header->setMinimumHeight(26);
    m_headerLayout->addWidget(m_title);
    m_headerLayout->addWidget(m_subtitle);
    m_headerLayout->addStretch(1);
    m_subtitle->setVisible(!subtitle.isEmpty());
    m_header->setVisible(!title.isEmpty());

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(18, 14, 18, 14);
    layout->setSpacing(10);
    layout->addWidget(m_header);
    m_body->setContentsMargins(0, 0, 0, 0);
    m_body->setSpacing(10);
    layout->addLayout(m_body, 1);
}

void Card::setTitle(const QString& title) {
    m_title->setText(title);
    setAccessibleName(title);
    m_header->setVisible(!title.isEmpty());
}

void Card::setSubtitle(const QString& subtitle) {
    m_subtitle->setText(subtitle);
    m_subtitle->setVisible(!subtitle.isEmpty());
}

void Card::addHeaderWidget(QWidget* widget) {
    m_headerLayout->addWidget(widget);
    m_header->setVisible(true);
}

} // namespace ui
