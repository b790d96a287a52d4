#include "ui/editors/entity_history.h"

#include "gateway/service/gateway_service.h"
#include "ui/editors/history_view.h"
#include "ui/models/table_text.h"

#include <QVBoxLayout>

namespace ui {

namespace {
constexpr std::size_t entriesMax = 50;
}

EntityHistory::EntityHistory(ConsoleContext& context, const QString& kind, const QString& objectName,
                             QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_kind(kind)
    , m_view(new HistoryView(objectName)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_view);
}

void EntityHistory::open(const QString& name, bool isNew) {
    m_name = name;
    if (isNew) {
        m_view->setMessage(tr("The history of this %1 begins when it is saved.").arg(m_kind));
    } else {
        m_view->setMessage(tr("Loading…"));
        load(name);
    }
}

void EntityHistory::load(const QString& name) {
    gateway::service::AuditQuery query;
    query.limit = entriesMax;
    query.entityKind = m_kind.toStdString();
    query.entityName = name.toStdString();
    using Outcome = tl::expected<std::vector<gateway::service::AuditEntry>, gateway::service::Rejection>;
    m_context.service.audit(query).then(this, [this, name](const Outcome& outcome) {
        if (name != m_name) {
            return; // another one was opened meanwhile
        }
        if (!outcome) {
            m_view->setMessage(toQString(outcome.error().error.message));
            return;
        }
        m_view->setEntries(*outcome);
        if (!outcome->empty()) {
            const auto& last = outcome->front();
            Q_EMIT lastChangeKnown(
                tr("updated %1 by %2")
                    .arg(agoText(last.time, std::chrono::system_clock::now()), toQString(last.actor)));
        }
    });
}

} // namespace ui
