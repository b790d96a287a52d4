#include "ui/pages/consumer_details.h"

#include "ui/models/table_text.h"
#include "ui/pages/access_view.h"
#include "ui/pages/calls_view.h"
#include "ui/pages/consumers_keys_card.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/column.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/segmented_control.h"

#include <QHBoxLayout>
#include <QStackedWidget>

namespace ui {

using gateway::service::AccessLine;
using gateway::service::Rejection;

namespace {

/// Without a title of its own: what it holds says what it is.
Card* cardOf(QWidget* content, const QString& objectName) {
    auto* card = new Card;
    card->setObjectName(objectName);
    card->body()->addWidget(content, 1);
    return card;
}

} // namespace

ConsumerDetails::ConsumerDetails(ConsoleContext& context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_tabs(new SegmentedControl(QStringLiteral("consumers.details"), tr("About the consumer")))
    , m_state(new Pill(context.theme, tr("Revoked"), Tone::Bad, true))
    , m_revoke(new Button(context.theme, tr("Revoke everything…"), QStringLiteral("consumers.revoke"),
                          Button::Kind::Danger))
    , m_stack(new QStackedWidget)
    , m_keys(new KeysCard(context))
    , m_access(
          new AccessView(context.theme, AccessTableModel::About::Routes, QStringLiteral("consumerAccess")))
    , m_calls(new CallsView(context)) {
    m_tabs->addSegment(QStringLiteral("keys"), tr("Keys"));
    m_tabs->addSegment(QStringLiteral("access"), tr("What may it call?"));
    m_tabs->addSegment(QStringLiteral("calls"), tr("Calls"));
    m_stack->addWidget(m_keys);
    m_stack->addWidget(cardOf(m_access, QStringLiteral("consumerAccess.card")));
    m_stack->addWidget(cardOf(m_calls, QStringLiteral("calls.card")));
    auto* head = new QHBoxLayout;
    head->setSpacing(10);
    head->addWidget(m_tabs);
    head->addStretch(1);
    head->addWidget(m_state);
    head->addWidget(m_revoke);
    QVBoxLayout* layout = columnIn(this, 10);
    layout->addLayout(head);
    layout->addWidget(m_stack, 1);
    connect(m_tabs, &SegmentedControl::currentChanged, this, &ConsumerDetails::showTab);
    connect(m_keys, &KeysCard::message, this, &ConsumerDetails::message);
    connect(m_calls, &CallsView::message, this, &ConsumerDetails::message);
    connect(m_access, &AccessView::opened, this,
            [this](const QString& route) { Q_EMIT pageRequested(QStringLiteral("routes"), route); });
    connect(m_revoke, &Button::clicked, this, [this] { Q_EMIT revocationRequested(!m_isRevoked); });
    m_tabs->setCurrent(QStringLiteral("keys"));
    setConsumer(nullptr, false);
}

void ConsumerDetails::setConsumer(const gateway::model::Consumer* consumer, bool isRevoked) {
    const quint64 id = consumer != nullptr ? consumer->id.value : 0;
    if (id != m_id || isRevoked != m_isRevoked) {
        m_accessIsShown = false;
    }
    m_id = id;
    m_name = consumer != nullptr ? toQString(consumer->name) : QString();
    m_isRevoked = isRevoked;
    m_state->setVisible(isRevoked);
    m_revoke->setVisible(consumer != nullptr);
    m_revoke->setText(isRevoked ? tr("Lift the revocation") : tr("Revoke everything…"));
    m_revoke->setAccessibleName(m_revoke->text());
    m_revoke->setToolTip(isRevoked ? tr("Its keys, tokens and certificates hold again")
                                   : tr("Its keys, tokens and certificates are refused at once"));
    m_keys->setConsumer(gateway::model::ConsumerId{id}, m_name);
    m_calls->setConsumer(id, consumer != nullptr && consumer->kind == gateway::model::ConsumerKind::Agent);
    showTab();
}

void ConsumerDetails::forgetAccess() {
    m_accessIsShown = false;
    showTab();
}

void ConsumerDetails::showTab() {
    const QString tab = m_tabs->current();
    m_stack->setCurrentIndex(tab == u"access" ? 1 : tab == u"calls" ? 2 : 0);
    if (tab == u"access" && !m_accessIsShown) {
        loadAccess();
    } else if (tab == u"calls") {
        m_calls->reload();
    }
}

void ConsumerDetails::loadAccess() {
    m_accessIsShown = true;
    if (m_id == 0) {
        m_access->setMessage(tr("Choose a consumer above to see what it may call."));
        return;
    }
    using Outcome = tl::expected<std::vector<AccessLine>, Rejection>;
    m_context.service.accessOf(m_name.toStdString())
        .then(this, [this, name = m_name](const Outcome& outcome) {
            if (name != m_name) {
                return; // another consumer was chosen meanwhile
            }
            if (outcome) {
                m_access->setLines(*outcome);
            } else {
                m_access->setMessage(toQString(outcome.error().error.message));
            }
        });
}

} // namespace ui
