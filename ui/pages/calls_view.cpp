#include "ui/pages/calls_view.h"

#include "gateway/service/gateway_service.h"
#include "ui/models/table_memory.h"
#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/column.h"
#include "ui/widgets/search_edit.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QHBoxLayout>

namespace ui {

namespace {
constexpr std::size_t callsAtOnce = 500;
} // namespace

CallsView::CallsView(ConsoleContext& context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_calls(new CallTableModel(this))
    , m_table(new TableView(context.theme, QStringLiteral("calls.table"), tr("Calls of the agent")))
    , m_filter(new QWidget)
    , m_counts(makeLabel({}, "sub"))
    , m_empty(wrappedLabel({}, "sub"))
    , m_older(new Button(context.theme, tr("Older"), QStringLiteral("calls.older"))) {
    m_table->setPlainHeader();
    m_table->setModel(m_calls);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    new TableMemory(*m_table, *m_calls, QStringLiteral("calls"), CallTableModel::Path);
    m_table->setItemDelegateForColumn(CallTableModel::Status, new StatusDelegate(context.theme, m_table));
    m_table->setItemDelegateForColumn(CallTableModel::Method, new MethodDelegate(context.theme, m_table));
    m_table->setItemDelegateForColumn(CallTableModel::Path, new MonoDelegate(context.theme, m_table));
    m_table->setItemDelegateForColumn(CallTableModel::Duration,
                                      new NumberDelegate(context.theme, QFont::Normal, m_table));
    for (const int column : {CallTableModel::Time, CallTableModel::Route, CallTableModel::Target,
                             CallTableModel::Credential, CallTableModel::Client, CallTableModel::Code}) {
        m_table->setItemDelegateForColumn(column, new SecondaryDelegate(context.theme, m_table));
    }
    m_counts->setObjectName(QStringLiteral("calls.counts"));
    m_empty->setObjectName(QStringLiteral("calls.empty"));
    auto* search = new SearchEdit(context.theme, tr("Filter: path, status, route, code"),
                                  QStringLiteral("calls.search"));
    search->setMaximumWidth(280);
    auto* reload = new Button(context.theme, tr("Reload"), QStringLiteral("calls.reload"),
                              Button::Kind::Secondary, QStringLiteral("reload"));
    auto* bar = new QHBoxLayout(m_filter);
    bar->setContentsMargins(0, 0, 0, 0);
    bar->setSpacing(8);
    bar->addWidget(search, 1);
    bar->addStretch(1);
    bar->addWidget(m_counts);
    bar->addWidget(m_older);
    bar->addWidget(reload);
    QVBoxLayout* layout = columnIn(this, 8);
    layout->addWidget(m_filter);
    layout->addWidget(m_empty, 1, Qt::AlignTop);
    layout->addWidget(m_table, 1);
    connect(search, &SearchEdit::filterChanged, m_calls, &CallTableModel::setFilter);
    connect(reload, &Button::clicked, this, &CallsView::reload);
    connect(m_older, &Button::clicked, this, [this] { load(m_calls->oldestId()); });
    setConsumer(0, false);
}

void CallsView::setConsumer(quint64 consumer, bool isAgent) {
    if (consumer != m_consumer) {
        m_calls->setCalls({});
    }
    m_consumer = consumer;
    m_isAgent = isAgent;
    showState(false);
}

void CallsView::reload() {
    if (m_consumer != 0 && m_isAgent) {
        load(0);
    }
}

void CallsView::load(quint64 beforeId) {
    gateway::service::CallQuery query;
    query.consumer = gateway::model::ConsumerId{m_consumer};
    query.beforeId = beforeId;
    query.limit = callsAtOnce;
    using Outcome = tl::expected<std::vector<gateway::metrics::CallRecord>, gateway::service::Rejection>;
    m_context.service.calls(query).then(this, [this, beforeId, of = m_consumer](const Outcome& outcome) {
        if (of != m_consumer) {
            return; // another consumer was chosen meanwhile
        }
        if (!outcome) {
            Q_EMIT message(toQString(outcome.error().error.message));
            return;
        }
        if (beforeId == 0) {
            m_calls->setCalls(*outcome);
        } else {
            m_calls->append(*outcome);
        }
        showState(outcome->size() == callsAtOnce);
    });
}

void CallsView::showState(bool mayBeMore) {
    const int count = m_calls->itemCount();
    m_empty->setText(m_consumer == 0 ? tr("Choose a consumer above.")
                     : !m_isAgent ? tr("Each call of an agent is kept: what, when and what came of it, never "
                                       "a credential or a body. This consumer is no agent.")
                                  : tr("No calls yet. Each call of this agent is kept: what, when and what "
                                       "came of it, never a credential or a body."));
    m_empty->setVisible(count == 0);
    m_filter->setVisible(m_isAgent);
    m_table->setVisible(count > 0);
    m_counts->setText(count > 0 ? countText(count, tr("call"), tr("calls")) : QString());
    m_older->setVisible(mayBeMore);
}

} // namespace ui
