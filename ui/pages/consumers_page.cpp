#include "ui/pages/consumers_page.h"

#include "ui/models/table_text.h"
#include "ui/pages/consumer_details.h"
#include "ui/pages/consumer_editor.h"
#include "ui/pages/consumers_keys_card.h"
#include "ui/pages/revocations_dialog.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QItemSelectionModel>
#include <QMessageBox>
#include <QPushButton>

namespace ui {

using gateway::model::Consumer;
using gateway::model::Revocation;
using gateway::service::Rejection;

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
    , m_editor(new ConsumerEditor(context, form()))
    , m_details(new ConsumerDetails(context)) {
    auto* revocations =
        new Button(context.theme, tr("Revocations…"), objectId(QStringLiteral("revocations")));
    connect(revocations, &Button::clicked, this, &ConsumersPage::openRevocations);
    addTool(revocations, true);
    drawer().setTopWidget(m_editor->tabs());
    drawer().setBody(m_editor);
    addBelow(m_details, 1);
    TableView& view = table();
    for (const int column :
         {ConsumerTableModel::Keys, ConsumerTableModel::Rate, ConsumerTableModel::Limited}) {
        const bool rate = column == ConsumerTableModel::Rate;
        view.setItemDelegateForColumn(
            column, new NumberDelegate(context.theme, rate ? QFont::DemiBold : QFont::Normal, &view));
    }
    for (const int column : {ConsumerTableModel::Kind, ConsumerTableModel::Owner}) {
        view.setItemDelegateForColumn(column, new SecondaryDelegate(context.theme, &view));
    }
    view.setItemDelegateForColumn(ConsumerTableModel::State, new StatusDelegate(context.theme, &view));
    connect(&m_consumers, &ConsumerTableModel::keyCountWanted, this, &ConsumersPage::loadKeyCount,
            Qt::QueuedConnection);
    connect(view.selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &ConsumersPage::followSelection);
    connect(m_details, &ConsumerDetails::message, this, &ConsumersPage::message);
    connect(m_details, &ConsumerDetails::pageRequested, this, &ConsumersPage::pageRequested);
    connect(m_details, &ConsumerDetails::revocationRequested, this, &ConsumersPage::setRevoked);
    connect(&context.service, &gateway::service::GatewayService::revocationsChanged, this,
            &ConsumersPage::loadRevocations);
    connect(&m_details->keys(), &KeysCard::countKnown, &m_consumers, &ConsumerTableModel::setKeyCount);
    connect(&context.service, &gateway::service::GatewayService::keysChanged, this,
            [this](gateway::model::ConsumerId consumer) { m_consumers.forgetKeyCount(consumer.value); });
    start();
}

void ConsumersPage::runCommand(const QString& command) {
    if (command == u"revocations") {
        openRevocations();
    }
}

void ConsumersPage::openRevocations() {
    auto* dialog = new RevocationsDialog(context(), window());
    dialog->open();
}

void ConsumersPage::showConfig() {
    m_consumers.setConfig(config());
    m_editor->setConfig(currentConfig());
    if (!table().currentIndex().isValid() && m_consumers.rowCount() > 0) {
        table().selectRow(0);
    }
    followSelection();
    m_details->forgetAccess();
    loadRevocations();
}

void ConsumersPage::editorOpened() {
    m_editor->open(session().original().value(QStringLiteral("name")), session().isNew());
}

void ConsumersPage::valuesChanged() {
    m_editor->showConsequences(session().values());
}

void ConsumersPage::showField(const QString& field) {
    m_editor->showTabOf(field);
}

void ConsumersPage::loadRevocations() {
    using Outcome = tl::expected<std::vector<Revocation>, Rejection>;
    context().service.revocations().then(this, [this](const Outcome& outcome) {
        if (!outcome) {
            return; // the dialog says why when somebody asks
        }
        m_revocations.clear();
        std::set<quint64> consumers;
        for (const Revocation& each : *outcome) {
            if (each.kind == Revocation::Kind::Consumer) {
                m_revocations[each.consumer.value] = each.id;
                consumers.insert(each.consumer.value);
            }
        }
        m_consumers.setRevoked(std::move(consumers));
        followSelection();
        m_details->forgetAccess();
    });
}

void ConsumersPage::setRevoked(bool wanted) {
    const Consumer* consumer = m_consumers.consumerAt(table().currentIndex().row());
    if (consumer == nullptr) {
        return;
    }
    if (wanted) {
        revoke(*consumer);
    } else {
        lift(*consumer);
    }
}

void ConsumersPage::revoke(const Consumer& consumer) {
    const QString name = toQString(consumer.name);
    Revocation revocation;
    revocation.kind = Revocation::Kind::Consumer;
    revocation.consumer = consumer.id;
    revocation.author = context().author.toStdString();
    QMessageBox box(QMessageBox::Warning, tr("Revoke everything"),
                    tr("Refuse whatever %1 calls with?").arg(name), QMessageBox::NoButton, this);
    box.setObjectName(objectId(QStringLiteral("confirmRevoke")));
    box.setInformativeText(tr("Its keys, tokens and certificates are refused at once, and its open streams "
                              "end. It can be lifted again."));
    const QPushButton* yes = box.addButton(tr("Revoke"), QMessageBox::DestructiveRole);
    QPushButton* keep = box.addButton(tr("Keep"), QMessageBox::RejectRole);
    box.setDefaultButton(keep);
    box.setEscapeButton(keep);
    box.exec();
    if (box.clickedButton() != yes) {
        return;
    }
    using Outcome = tl::expected<Revocation, Rejection>;
    context().service.revoke(std::move(revocation)).then(this, [this, name](const Outcome& outcome) {
        Q_EMIT message(outcome ? tr("Whatever %1 calls with is refused").arg(name)
                               : toQString(outcome.error().error.message));
        loadRevocations();
    });
}

void ConsumersPage::lift(const Consumer& consumer) {
    const auto known = m_revocations.find(consumer.id.value);
    if (known == m_revocations.end()) {
        return;
    }
    using Outcome = tl::expected<bool, Rejection>;
    context()
        .service.liftRevocation(known->second, context().author.toStdString())
        .then(this, [this, name = toQString(consumer.name)](const Outcome& outcome) {
            Q_EMIT message(outcome ? tr("%1 may call again").arg(name)
                                   : toQString(outcome.error().error.message));
            loadRevocations();
        });
}

void ConsumersPage::showFrame(const gateway::metrics::MetricsFrame& frame) {
    m_consumers.addFrame(frame);
}

void ConsumersPage::followSelection() {
    const auto* consumer = m_consumers.consumerAt(table().currentIndex().row());
    m_details->setVisible(m_consumers.itemCount() > 0);
    m_details->setConsumer(consumer, consumer != nullptr && m_consumers.isRevoked(consumer->id.value));
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
