#include "ui/pages/services_targets_card.h"

#include "ui/models/table_memory.h"
#include "ui/models/table_text.h"
#include "ui/number_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QItemSelectionModel>
#include <QLabel>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace ui {

using gateway::metrics::BreakerCondition;
using gateway::metrics::ServiceTraffic;
using gateway::model::Service;
using gateway::model::Target;

namespace {

/// "Breaker open · 12 retries/s · 3/s denied by the budget · 40/s refused by the breaker"
QString summaryOf(const ServiceTraffic& live, double seconds) {
    QStringList parts;
    if (live.breaker == BreakerCondition::Open) {
        parts.push_back(QStringLiteral("Breaker open"));
    } else if (live.breaker == BreakerCondition::Recovering) {
        parts.push_back(QStringLiteral("Breaker recovering"));
    }
    if (live.panicking) {
        parts.push_back(QStringLiteral("Panic: all targets are asked"));
    }
    const auto add = [&](std::uint64_t count, const QString& text) {
        if (count > 0) {
            parts.push_back(text.arg(rateText(static_cast<double>(count) / seconds)));
        }
    };
    add(live.retries, QStringLiteral("%1 retries/s"));
    add(live.retriesDenied, QStringLiteral("%1/s over the retry budget"));
    add(live.brokenOff, QStringLiteral("%1/s refused by the breaker"));
    add(live.overLimit, QStringLiteral("%1/s over the concurrency limit"));
    return parts.join(QStringLiteral(" · "));
}

} // namespace

TargetsCard::TargetsCard(ConsoleContext& context, QWidget* parent)
    : Card({}, {}, parent)
    , m_targets(new TargetTableModel(this))
    , m_table(new TableView(context.theme, QStringLiteral("targets.table"), tr("Targets of the service")))
    , m_stack(new QStackedWidget)
    , m_empty(new EmptyState(context.theme, QStringLiteral("server"), tr("No service chosen"),
                             tr("Choose a service above to see how its targets stand.")))
    , m_summary(makeLabel({}, "sub"))
    , m_drain(new Button(context.theme, tr("Drain"), QStringLiteral("targets.drain"))) {
    setObjectName(QStringLiteral("targets"));
    addHeaderWidget(m_drain);
    buildTable(context);
    m_summary->setObjectName(QStringLiteral("targets.summary"));
    m_summary->setWordWrap(true);
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    body()->addWidget(m_summary);
    body()->addWidget(m_stack, 1);
    connect(m_drain, &Button::clicked, this, &TargetsCard::toggleDrain);
    setService(nullptr, nullptr, 1);
}

void TargetsCard::buildTable(ConsoleContext& context) {
    m_table->setPlainHeader();
    m_table->setModel(m_targets);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    new TableMemory(*m_table, *m_targets, QStringLiteral("targets"), TargetTableModel::Detail);
    m_table->setItemDelegateForColumn(TargetTableModel::Address, new MonoDelegate(context.theme, m_table));
    m_table->setItemDelegateForColumn(TargetTableModel::State, new PillDelegate(context.theme, m_table));
    m_table->setItemDelegateForColumn(TargetTableModel::Detail,
                                      new SecondaryDelegate(context.theme, m_table));
    for (const int column : {TargetTableModel::Weight, TargetTableModel::Requests, TargetTableModel::Failures,
                             TargetTableModel::Active, TargetTableModel::Connections}) {
        m_table->setItemDelegateForColumn(column, new NumberDelegate(context.theme, QFont::Normal, m_table));
    }
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &TargetsCard::updateButton);
    connect(m_table, &TableView::spacePressed, this, &TargetsCard::toggleDrain);
}

void TargetsCard::setService(const Service* service, const ServiceTraffic* live, double seconds) {
    setTitle(service != nullptr ? tr("Targets of %1").arg(toQString(service->name)) : tr("Targets"));
    if (service == nullptr) {
        m_service = 0;
        m_targets->clear();
    } else {
        if (m_service != service->id.value) {
            m_table->clearSelection();
        }
        m_service = service->id.value;
        m_targets->setService(*service, live, seconds);
    }
    const QString summary = live != nullptr ? summaryOf(*live, seconds) : QString();
    m_summary->setText(summary);
    m_summary->setVisible(!summary.isEmpty());
    m_stack->setCurrentWidget(service != nullptr ? static_cast<QWidget*>(m_table) : m_empty);
    updateButton();
}

const Target* TargetsCard::selectedTarget() const {
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    return rows.isEmpty() ? nullptr : m_targets->targetAt(rows.first().row());
}

void TargetsCard::updateButton() {
    const Target* target = selectedTarget();
    const bool drained = target != nullptr && target->drain;
    m_drain->setVisible(m_service != 0);
    m_drain->setEnabled(target != nullptr);
    m_drain->setText(drained ? tr("Put back") : tr("Drain"));
    m_drain->setAccessibleName(m_drain->text());
    m_drain->setToolTip(target == nullptr ? tr("Choose a target first")
                        : drained         ? tr("It gets requests again, at once")
                                          : tr("It gets no new requests; those in flight finish"));
}

void TargetsCard::toggleDrain() {
    if (const Target* target = selectedTarget()) {
        Q_EMIT drainRequested(m_service, addressOf(*target), !target->drain);
    }
}

} // namespace ui
