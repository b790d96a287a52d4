#include "ui/pages/services_page.h"

#include "ui/editors/form_reading.h"
#include "ui/editors/targets_editor.h"
#include "ui/models/table_text.h"
#include "ui/pages/services_editor.h"
#include "ui/pages/services_targets_card.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QItemSelectionModel>
#include <QMessageBox>
#include <QPushButton>
#include <algorithm>

namespace ui {

using gateway::model::Service;
using gateway::model::ServiceId;
using gateway::model::Target;
using gateway::service::GatewayState;

namespace {

QString withDrain(const QString& targets, const QString& address, bool drain) {
    QList<QStringList> rows = rowsOf(targets, 3);
    for (QStringList& row : rows) {
        if (row[0].trimmed() == address) {
            row[2] = flagText(drain);
        }
    }
    return rowsText(rows);
}

} // namespace

ServicesPage::ServicesPage(ConsoleContext& context)
    : ServicesPage(context, new ServiceTableModel) {}

ServicesPage::ServicesPage(ConsoleContext& context, ServiceTableModel* model)
    : ServicesPageBase(
          context,
          {QStringLiteral("services"),
           tr("service"),
           tr("services"),
           QStringLiteral("server"),
           tr("Filter: name, target"),
           tr("New service"),
           tr("No services yet"),
           tr("A service is a backend: one or more targets, host and port, that the gateway forwards "
              "requests to. Routes name the service that answers them."),
           {tr("Enter"), tr("edit"), QStringLiteral("Ctrl+N"), tr("new"), QStringLiteral("Ctrl+D"),
            tr("clone"), tr("Del"), tr("delete")}},
          model, ServiceTableModel::Targets)
    , m_services(*model)
    , m_editor(new ServiceEditor(context.theme, form()))
    , m_targets(new TargetsCard(context)) {
    drawer().setTopWidget(m_editor->tabs());
    drawer().setBody(m_editor);
    addBelow(m_targets, 1);
    TableView& view = table();
    view.setItemDelegateForColumn(ServiceTableModel::State, new PillDelegate(context.theme, &view));
    view.setItemDelegateForColumn(ServiceTableModel::Targets, new MonoDelegate(context.theme, &view));
    for (const int column : {ServiceTableModel::Rate, ServiceTableModel::Failures, ServiceTableModel::P99,
                             ServiceTableModel::Retries}) {
        const bool rate = column == ServiceTableModel::Rate;
        view.setItemDelegateForColumn(
            column, new NumberDelegate(context.theme, rate ? QFont::DemiBold : QFont::Normal, &view));
    }
    connect(view.selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &ServicesPage::followSelection);
    connect(m_targets, &TargetsCard::drainRequested, this, &ServicesPage::requestDrain);
    connect(&context.service, &gateway::service::GatewayService::statusChanged, this,
            &ServicesPage::followStatus);
    start();
}

void ServicesPage::showConfig() {
    m_services.setConfig(config());
    m_editor->setConfig(currentConfig());
    if (!table().currentIndex().isValid() && m_services.rowCount() > 0) {
        table().selectRow(0);
    }
    followSelection();
}

void ServicesPage::showFrame(const gateway::metrics::MetricsFrame& frame) {
    m_services.addFrame(frame);
    followSelection();
    showLiveInEditor();
}

void ServicesPage::followStatus(const gateway::service::GatewayStatus& status) {
    if (status.state == GatewayState::Stopped || status.state == GatewayState::Failed) {
        m_services.forgetLive();
        followSelection();
        showLiveInEditor();
    }
}

void ServicesPage::followSelection() {
    const Service* service = m_services.serviceAt(table().currentIndex().row());
    m_targets->setVisible(m_services.itemCount() > 0);
    m_targets->setService(service, service != nullptr ? m_services.liveOf(service->id.value) : nullptr,
                          m_services.frameSeconds());
}

void ServicesPage::showLiveInEditor() {
    const Service* service = items().findById(ServiceId{editedId()});
    const auto* live = editedId() != 0 ? m_services.liveOf(editedId()) : nullptr;
    m_editor->targets().setLive(live != nullptr ? live->targets
                                                : std::vector<gateway::metrics::TargetTraffic>(),
                                m_services.frameSeconds(), service != nullptr && service->health.has_value());
}

FormValues ServicesPage::blankForm() const {
    FormValues values = ServicesPageBase::blankForm();
    values.insert(QStringLiteral("targets"), QStringLiteral("\t1\t0"));
    return values;
}

void ServicesPage::editorOpened() {
    if (session().isNew() || editedId() != m_opened) {
        m_editor->showFirstTab();
    }
    m_opened = editedId();
    showLiveInEditor();
}

void ServicesPage::valuesChanged() {
    m_editor->showConsequences(session().values());
}

void ServicesPage::showField(const QString& field) {
    m_editor->showTabOf(field);
}

bool ServicesPage::confirmDrain(const Service& service, const std::string& address) {
    if (!isLastInService(service, address, m_services.liveOf(service.id.value))) {
        return true;
    }
    const QString name = toQString(service.name);
    QMessageBox box(
        QMessageBox::Warning, tr("Drain the last target"),
        tr("%1 is the last target of %2 that gets requests. Drain it?").arg(toQString(address), name),
        QMessageBox::NoButton, this);
    box.setObjectName(objectId(QStringLiteral("confirmDrain")));
    const bool allDrained =
        std::all_of(service.targets.begin(), service.targets.end(),
                    [&](const Target& each) { return each.drain || addressOf(each) == address; });
    box.setInformativeText(
        allDrained ? tr("Requests for %1 are answered with 503 until a target is back.").arg(name)
                   : tr("The others are unhealthy or ejected; they would be asked all the same."));
    const QPushButton* drain = box.addButton(tr("Drain"), QMessageBox::DestructiveRole);
    QPushButton* keep = box.addButton(tr("Keep"), QMessageBox::RejectRole);
    box.setDefaultButton(keep);
    box.setEscapeButton(keep);
    box.exec();
    return box.clickedButton() == drain;
}

void ServicesPage::requestDrain(quint64 id, const std::string& address, bool drain) {
    const Service* service = items().findById(ServiceId{id});
    if (service == nullptr || (drain && !confirmDrain(*service, address))) {
        return;
    }
    publishDrain(id, address, drain, [this, id, address, drain](const QString& text) {
        Q_EMIT undoOffered(text, [this, id, address, drain] {
            publishDrain(id, address, !drain, [this](const QString& undone) { Q_EMIT message(undone); });
        });
    });
}

void ServicesPage::publishDrain(quint64 id, const std::string& address, bool drain,
                                const std::function<void(const QString&)>& done) {
    const Service* known = items().findById(ServiceId{id});
    if (known == nullptr) {
        Q_EMIT message(tr("That service is gone."));
        return;
    }
    Service service = *known;
    const auto target = std::find_if(service.targets.begin(), service.targets.end(),
                                     [&](const Target& each) { return addressOf(each) == address; });
    if (target == service.targets.end()) {
        Q_EMIT message(
            tr("%1 is no longer a target of %2.").arg(toQString(address), toQString(service.name)));
        return;
    }
    target->drain = drain;
    const QString text = toQString(address);
    const QString name = toQString(service.name);
    publish({gateway::model::Put{std::move(service)}},
            drain ? tr("Drain %1 of %2").arg(text, name) : tr("Put back %1 of %2").arg(text, name),
            [this, id, text, name, drain, done](const gateway::model::Revision&) {
                if (editedId() == id && session().isDirty()) {
                    // Saving what was typed must not take the drain back.
                    const QString field = QStringLiteral("targets");
                    setValue(field, withDrain(session().values().value(field), text, drain));
                }
                done(drain ? tr("%1 of %2 gets no new requests").arg(text, name)
                           : tr("%1 of %2 gets requests again").arg(text, name));
            });
}

} // namespace ui
