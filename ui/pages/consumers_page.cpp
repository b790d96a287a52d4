#include "ui/pages/consumers_page.h"

#include "ui/models/table_text.h"
#include "ui/pages/consumers_keys_card.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QComboBox>
#include <QItemSelectionModel>
#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace ui {

ConsumersPage::ConsumersPage(ConsoleContext& context)
    : ConsumersPage(context, new ConsumerTableModel) {}

ConsumersPage::ConsumersPage(ConsoleContext& context, ConsumerTableModel* model)
    : ConsumersPageBase(
          context,
          {QStringLiteral("consumers"),
           tr("consumer"),
           tr("consumers"),
           QStringLiteral("users"),
           tr("Filter: name, tier, role, attribute"),
           tr("New consumer"),
           tr("No consumers yet"),
           tr("A consumer is who calls: an app, a person or an agent. Its tier says how much it may "
              "ask for, its keys prove who it is."),
           {tr("Enter"), tr("edit"), QStringLiteral("Ctrl+N"), tr("new"), tr("Del"), tr("delete")}},
          model, ConsumerTableModel::Name)
    , m_consumers(*model)
    , m_keys(new KeysCard(context)) {
    buildEditor();
    addBelow(m_keys, 1);
    TableView& view = table();
    for (const int column :
         {ConsumerTableModel::Keys, ConsumerTableModel::Rate, ConsumerTableModel::Limited}) {
        const bool rate = column == ConsumerTableModel::Rate;
        view.setItemDelegateForColumn(
            column, new NumberDelegate(context.theme, rate ? QFont::DemiBold : QFont::Normal, &view));
    }
    view.setItemDelegateForColumn(ConsumerTableModel::Kind, new SecondaryDelegate(context.theme, &view));
    connect(&m_consumers, &ConsumerTableModel::keyCountWanted, this, &ConsumersPage::loadKeyCount,
            Qt::QueuedConnection);
    connect(view.selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &ConsumersPage::followSelection);
    connect(m_keys, &KeysCard::message, this, &ConsumersPage::message);
    connect(m_keys, &KeysCard::countKnown, &m_consumers, &ConsumerTableModel::setKeyCount);
    connect(&context.service, &gateway::service::GatewayService::keysChanged, this,
            [this](gateway::model::ConsumerId consumer) { m_consumers.forgetKeyCount(consumer.value); });
    start();
}

void ConsumersPage::buildEditor() {
    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    layout->setSpacing(14);
    layout->addWidget(form().add(QStringLiteral("name"),
                                 makeTextField(tr("Name"), QStringLiteral("consumer.name"), tr("acme"))));
    auto* kind = new SegmentedControl(QStringLiteral("consumer.kind"), tr("Kind"));
    kind->addSegment(QStringLiteral("app"), tr("App"));
    kind->addSegment(QStringLiteral("user"), tr("User"));
    kind->addSegment(QStringLiteral("agent"), tr("Agent"));
    kind->setEqualWidths(true);
    auto* kindField = new Field(tr("Kind"), kind, QStringLiteral("consumer.kind"));
    form().addChoice(QStringLiteral("kind"), kindField, kind);
    layout->addWidget(kindField);
    m_tier = new QComboBox;
    Field* tier =
        form().add(QStringLiteral("tier"), new Field(tr("Tier"), m_tier, QStringLiteral("consumer.tier")));
    tier->setHint(tr("How much it may ask for."));
    layout->addWidget(tier);
    Field* roles =
        form().add(QStringLiteral("roles"),
                   makeTextField(tr("Roles"), QStringLiteral("consumer.roles"), tr("partner, internal")));
    layout->addWidget(roles);
    auto* text = new QPlainTextEdit;
    text->setPlaceholderText(QStringLiteral("region=eu"));
    text->setTabChangesFocus(true);
    text->setFixedHeight(96);
    Field* attributes = form().add(QStringLiteral("attributes"),
                                   new Field(tr("Attributes"), text, QStringLiteral("consumer.attributes")));
    attributes->setHint(tr("One name=value a line."));
    layout->addWidget(attributes);
    layout->addStretch(1);
    drawer().setBody(body);
}

void ConsumersPage::showConfig() {
    m_consumers.setConfig(config());
    const QSignalBlocker quiet(m_tier);
    const QString chosen = m_tier->currentData().toString();
    m_tier->clear();
    m_tier->addItem(tr("No limit"), QString());
    for (const auto& tier : currentConfig().tiers) {
        const QString name = toQString(tier.name);
        m_tier->addItem(QStringLiteral("%1  ·  %2").arg(name, allowanceText(tier)), name);
    }
    m_tier->setCurrentIndex(m_tier->findData(chosen));
    if (!table().currentIndex().isValid() && m_consumers.rowCount() > 0) {
        table().selectRow(0);
    }
    followSelection();
}

void ConsumersPage::showFrame(const gateway::metrics::MetricsFrame& frame) {
    m_consumers.addFrame(frame);
}

void ConsumersPage::followSelection() {
    const auto* consumer = m_consumers.consumerAt(table().currentIndex().row());
    m_keys->setVisible(m_consumers.itemCount() > 0);
    if (consumer != nullptr) {
        m_keys->setConsumer(consumer->id, toQString(consumer->name));
    } else {
        m_keys->setConsumer({}, {});
    }
}

void ConsumersPage::loadKeyCount(quint64 consumer) {
    using Outcome = tl::expected<std::vector<gateway::model::ApiKey>, gateway::service::Rejection>;
    context()
        .service.listKeys(gateway::model::ConsumerId{consumer})
        .then(this, [this, consumer](const Outcome& outcome) {
            if (outcome) {
                m_consumers.setKeyCount(consumer, static_cast<int>(outcome->size()));
            }
        });
}

QString ConsumersPage::deleteWarning(const QStringList& names) const {
    return names.size() == 1
               ? tr("Delete the consumer %1? Its keys are revoked for good; Undo does not bring them back.")
                     .arg(names.first())
               : tr("Delete %1 consumers? Their keys are revoked for good; Undo does not bring them back.")
                     .arg(names.size());
}

} // namespace ui
