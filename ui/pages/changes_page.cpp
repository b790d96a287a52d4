#include "ui/pages/changes_page.h"

#include "ui/editors/history_view.h"
#include "ui/models/history_table_models.h"
#include "ui/models/table_memory.h"
#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/search_edit.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QLabel>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace ui {
namespace {

constexpr std::size_t revisionsMax = 1000; // the newest; further back is a matter for the command line
constexpr std::size_t entriesMax = 5000;

} // namespace

ChangesPage::ChangesPage(ConsoleContext& context)
    : m_context(context)
    , m_revisions(new RevisionTableModel(this))
    , m_entries(new AuditTableModel(this))
    , m_revisionTable(new TableView(context.theme, QStringLiteral("changes.revisions"), tr("Revisions")))
    , m_entryTable(new TableView(context.theme, QStringLiteral("changes.audit"), tr("Audit trail")))
    , m_detail(new HistoryView(QStringLiteral("changes.detail")))
    , m_stack(new QStackedWidget) {
    setObjectName(QStringLiteral("changes"));
    setAccessibleName(title());
    setKind(this, "page");
    auto* content = new QWidget;
    auto* columns = new QHBoxLayout(content);
    columns->setContentsMargins(0, 0, 0, 0);
    columns->setSpacing(16);
    auto* right = new QVBoxLayout;
    right->setSpacing(16);
    right->addWidget(buildAudit(), 1);
    right->addWidget(buildDetail(), 1);
    columns->addWidget(buildRevisions(), 1);
    columns->addLayout(right, 1);
    auto* empty =
        new EmptyState(context.theme, QStringLiteral("changes"), tr("Nothing was published yet"),
                       tr("Every change to routes, services, consumers, tiers and listeners is a revision: "
                          "numbered, with its "
                          "author, and with what was before and after. Keys leave their trail here, too."));
    empty->addPrimary(tr("Create a route"), QStringLiteral("changes.createRoute"),
                      [this] { Q_EMIT pageRequested(QStringLiteral("routes"), QString()); });
    m_stack->addWidget(content);
    m_stack->addWidget(empty);
    m_stack->setCurrentIndex(1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 18, 24, 18);
    layout->addWidget(m_stack);

    connect(&context.service, &gateway::service::GatewayService::published, this, &ChangesPage::load);
    connect(&context.service, &gateway::service::GatewayService::keysChanged, this, &ChangesPage::load);
    load();
}

QString ChangesPage::subtitle() const {
    const auto current = m_context.service.current();
    return current
               ? tr("Revision %1 is the newest").arg(countText(static_cast<qint64>(current->revision.number)))
               : QString();
}

QWidget* ChangesPage::buildRevisions() {
    auto* card = new Card;
    card->setTitle(tr("Revisions"));
    m_revisionTable->setPlainHeader();
    m_revisionTable->setModel(m_revisions);
    m_revisionTable->setSelectionMode(QAbstractItemView::SingleSelection);
    new TableMemory(*m_revisionTable, *m_revisions, QStringLiteral("revisions"), RevisionTableModel::Message);
    m_revisionTable->setItemDelegateForColumn(
        RevisionTableModel::Number, new NumberDelegate(m_context.theme, QFont::DemiBold, m_revisionTable));
    for (const int column : {RevisionTableModel::Time, RevisionTableModel::Author}) {
        m_revisionTable->setItemDelegateForColumn(column,
                                                  new SecondaryDelegate(m_context.theme, m_revisionTable));
    }
    auto* search = new SearchEdit(m_context.theme, tr("Filter: number, author, message"),
                                  QStringLiteral("changes.search"));
    search->setFixedWidth(260);
    card->addHeaderWidget(search);
    connect(search, &SearchEdit::filterChanged, m_revisions, &RevisionTableModel::setFilter);
    connect(m_revisionTable->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &ChangesPage::showRevision);
    card->body()->addWidget(m_revisionTable, 1);
    return card;
}

QWidget* ChangesPage::buildAudit() {
    m_auditCard = new Card;
    m_auditCard->setTitle(tr("Audit trail"));
    m_auditCard->setSubtitle(tr("all"));
    m_all = new Button(m_context.theme, tr("Show all"), QStringLiteral("changes.all"), Button::Kind::Ghost);
    m_all->hide();
    m_auditCard->addHeaderWidget(m_all);
    m_entryTable->setPlainHeader();
    m_entryTable->setModel(m_entries);
    m_entryTable->setSelectionMode(QAbstractItemView::SingleSelection);
    new TableMemory(*m_entryTable, *m_entries, QStringLiteral("audit"), AuditTableModel::What);
    m_entryTable->setItemDelegateForColumn(AuditTableModel::Revision,
                                           new NumberDelegate(m_context.theme, QFont::Normal, m_entryTable));
    for (const int column : {AuditTableModel::Time, AuditTableModel::Actor}) {
        m_entryTable->setItemDelegateForColumn(column, new SecondaryDelegate(m_context.theme, m_entryTable));
    }
    connect(m_all, &Button::clicked, m_revisionTable, &TableView::clearSelection);
    connect(m_entryTable->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &ChangesPage::showEntry);
    m_auditCard->body()->addWidget(m_entryTable, 1);
    return m_auditCard;
}

QWidget* ChangesPage::buildDetail() {
    auto* card = new Card;
    card->setTitle(tr("Before and after"));
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    setKind(m_detail, "scrollBody");
    scroll->setWidget(m_detail);
    m_detail->setMessage(tr("Choose an entry to see what it changed."));
    card->body()->addWidget(scroll, 1);
    return card;
}

void ChangesPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    load();
}

void ChangesPage::load() {
    if (!isVisible()) {
        return; // read when it is looked at
    }
    using Outcome = tl::expected<std::vector<gateway::model::Revision>, gateway::service::Rejection>;
    m_context.service.revisions(revisionsMax, 0).then(this, [this](const Outcome& outcome) {
        if (!outcome) {
            Q_EMIT message(toQString(outcome.error().error.message));
            return;
        }
        m_revisions->setRevisions(*outcome);
        m_stack->setCurrentIndex(outcome->empty() ? 1 : 0);
        Q_EMIT subtitleChanged();
        loadAudit();
    });
}

void ChangesPage::loadAudit() {
    gateway::service::AuditQuery query;
    query.limit = entriesMax;
    using Outcome = tl::expected<std::vector<gateway::service::AuditEntry>, gateway::service::Rejection>;
    m_context.service.audit(query).then(this, [this](const Outcome& outcome) {
        if (outcome) {
            m_entries->setEntries(*outcome);
            showEntry();
        } else {
            Q_EMIT message(toQString(outcome.error().error.message));
        }
    });
}

void ChangesPage::showRevision() {
    const QModelIndexList rows = m_revisionTable->selectionModel()->selectedRows();
    const quint64 revision = rows.isEmpty() ? 0 : m_revisions->idAt(rows.first().row());
    m_entries->setRevision(revision);
    m_auditCard->setSubtitle(
        revision == 0 ? tr("all") : tr("of revision %1").arg(countText(static_cast<qint64>(revision))));
    m_all->setVisible(revision != 0);
    if (revision != 0 && m_entries->rowCount() > 0) {
        m_entryTable->selectRow(0);
    }
    showEntry();
}

void ChangesPage::showEntry() {
    const QModelIndexList rows = m_entryTable->selectionModel()->selectedRows();
    const auto* entry = rows.isEmpty() ? nullptr : m_entries->entryAt(rows.first().row());
    if (entry != nullptr) {
        m_detail->setEntries({*entry});
    } else {
        m_detail->setMessage(tr("Choose an entry to see what it changed."));
    }
}

} // namespace ui
