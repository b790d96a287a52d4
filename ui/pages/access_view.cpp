#include "ui/pages/access_view.h"

#include "ui/models/table_memory.h"
#include "ui/models/table_text.h"
#include "ui/widgets/chip.h"
#include "ui/widgets/column.h"
#include "ui/widgets/search_edit.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QHBoxLayout>
#include <QItemSelectionModel>

namespace ui {

using gateway::service::AccessLine;

AccessView::AccessView(const Theme& theme, AccessTableModel::About about, const QString& id, QWidget* parent)
    : QWidget(parent)
    , m_lines(new AccessTableModel(about, this))
    , m_about(about)
    , m_table(new TableView(theme, id + QStringLiteral(".table"), tr("Effective access")))
    , m_counts(makeLabel({}, "sub"))
    , m_reasons(wrappedLabel({}, "sub"))
    , m_message(wrappedLabel({}, "sub"))
    , m_filter(new QWidget) {
    m_table->setPlainHeader();
    m_table->setModel(m_lines);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    new TableMemory(*m_table, *m_lines, id, AccessTableModel::Why);
    m_table->setItemDelegateForColumn(AccessTableModel::Verdict, new StatusDelegate(theme, m_table));
    for (const int column : {AccessTableModel::Credential, AccessTableModel::Why}) {
        m_table->setItemDelegateForColumn(column, new SecondaryDelegate(theme, m_table));
    }
    m_counts->setObjectName(id + QStringLiteral(".counts"));
    m_reasons->setObjectName(id + QStringLiteral(".reasons"));
    m_reasons->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_message->setObjectName(id + QStringLiteral(".message"));
    buildFilter(theme, id);
    QVBoxLayout* layout = columnIn(this, 8);
    layout->addWidget(m_filter);
    layout->addWidget(m_message, 1, Qt::AlignTop);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_reasons);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &AccessView::showReasons);
    connect(m_table, &TableView::opened, this, [this](const QModelIndex& index) {
        if (const AccessLine* line = m_lines->lineAt(index.row())) {
            Q_EMIT opened(
                toQString(m_about == AccessTableModel::About::Routes ? line->route : line->consumer));
        }
    });
    setMessage({});
}

void AccessView::buildFilter(const Theme& theme, const QString& id) {
    auto* bar = new QHBoxLayout(m_filter);
    bar->setContentsMargins(0, 0, 0, 0);
    bar->setSpacing(8);
    auto* search = new SearchEdit(theme, tr("Filter"), id + QStringLiteral(".search"));
    search->setMaximumWidth(220);
    bar->addWidget(search, 1);
    const QList<std::pair<QString, AccessLine::Verdict>> verdicts = {
        {tr("Yes"), AccessLine::Verdict::Allowed},
        {tr("It depends"), AccessLine::Verdict::Conditional},
        {tr("No"), AccessLine::Verdict::Denied}};
    for (const auto& [text, verdict] : verdicts) {
        auto* chip = new Chip(text, id + QStringLiteral(".chip.%1").arg(m_chips.size()));
        m_chips.push_back(chip);
        bar->addWidget(chip);
        connect(chip, &Chip::clicked, this, [this, chip, of = verdict](bool on) {
            for (Chip* other : std::as_const(m_chips)) {
                other->setChecked(other == chip && on);
            }
            m_lines->setShow(on ? std::optional(of) : std::nullopt);
        });
    }
    bar->addStretch(1);
    bar->addWidget(m_counts);
    connect(search, &SearchEdit::filterChanged, m_lines, &AccessTableModel::setFilter);
}

void AccessView::setLines(std::vector<AccessLine> lines) {
    m_lines->setLines(std::move(lines));
    m_message->hide();
    m_filter->show();
    m_table->show();
    showCounts();
    showReasons();
}

void AccessView::setMessage(const QString& text) {
    m_lines->setLines({});
    m_message->setText(text);
    m_message->setVisible(!text.isEmpty());
    m_filter->hide();
    m_table->hide();
    m_reasons->hide();
}

void AccessView::showCounts() {
    m_counts->setText(tr("%1 yes · %2 depending · %3 no")
                          .arg(countText(m_lines->countOf(AccessLine::Verdict::Allowed)),
                               countText(m_lines->countOf(AccessLine::Verdict::Conditional)),
                               countText(m_lines->countOf(AccessLine::Verdict::Denied))));
}

void AccessView::showReasons() {
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    const AccessLine* line = rows.isEmpty() ? nullptr : m_lines->lineAt(rows.first().row());
    QStringList sentences;
    if (line != nullptr) {
        for (const std::string& why : line->why) {
            sentences.push_back(QStringLiteral("• ") + toQString(why));
        }
    }
    m_reasons->setText(sentences.join(u'\n'));
    m_reasons->setVisible(!sentences.isEmpty());
}

} // namespace ui
