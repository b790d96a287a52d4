#include "ui/editors/history_view.h"

#include "ui/editors/json_diff.h"
#include "ui/models/history_table_models.h"
#include "ui/models/table_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QFrame>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

namespace ui {
namespace {

constexpr std::size_t entriesMax = 50; // what a person reads; the table has them all
constexpr qsizetype linesMax = 40;

} // namespace

HistoryView::HistoryView(const QString& objectName, QWidget* parent)
    : QWidget(parent)
    , m_layout(new QVBoxLayout(this)) {
    nameWidget(this, objectName, tr("History"));
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(10);
    m_layout->addStretch(1);
}

void HistoryView::setEntries(const std::vector<gateway::service::AuditEntry>& entries) {
    clear();
    const std::size_t shown = std::min(entries.size(), entriesMax);
    for (std::size_t i = 0; i < shown; ++i) {
        addEntry(entries[i]);
    }
    if (entries.empty()) {
        setMessage(tr("Nothing was changed yet."));
    }
}

void HistoryView::setMessage(const QString& text) {
    clear();
    QLabel* label = makeLabel(text, "sub");
    label->setWordWrap(true);
    m_layout->insertWidget(0, label);
}

void HistoryView::clear() {
    while (m_layout->count() > 1) {
        QLayoutItem* item = m_layout->takeAt(0);
        delete item->widget();
        delete item;
    }
}

void HistoryView::addEntry(const gateway::service::AuditEntry& entry) {
    auto* box = new QFrame;
    setKind(box, "inset");
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(12, 10, 12, 10);
    layout->setSpacing(4);
    layout->addWidget(makeLabel(auditSentence(entry), "value"));
    QString when = tr("%1 by %2").arg(timeText(entry.time), toQString(entry.actor));
    if (entry.revision != 0) {
        when += tr(" · revision %1").arg(countText(static_cast<qint64>(entry.revision)));
    }
    layout->addWidget(makeLabel(when, "sub"));
    const QList<FieldChange> changes = jsonDiff(entry.before, entry.after);
    QStringList lines;
    for (qsizetype i = 0; i < std::min(changes.size(), linesMax); ++i) {
        lines.push_back(changeLine(changes[i], !entry.before.empty() && !entry.after.empty()));
    }
    if (changes.size() > linesMax) {
        lines.push_back(tr("and %1 more").arg(changes.size() - linesMax));
    }
    if (!lines.isEmpty()) {
        QLabel* text = makeLabel(lines.join(u'\n'), "mono");
        text->setWordWrap(true);
        text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        layout->addWidget(text);
    }
    m_layout->insertWidget(m_layout->count() - 1, box);
}

} // namespace ui
