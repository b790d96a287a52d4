#include "ui/pages/services_page.h"

#include "ui/editors/rows_editor.h"
#include "ui/models/table_memory.h"
#include "ui/models/table_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {

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
    , m_targets(new TargetTableModel(this)) {
    buildEditor();
    TableView& view = table();
    view.setItemDelegateForColumn(ServiceTableModel::Targets, new MonoDelegate(context.theme, &view));
    view.setItemDelegateForColumn(ServiceTableModel::Rate,
                                  new NumberDelegate(context.theme, QFont::DemiBold, &view));
    view.setItemDelegateForColumn(ServiceTableModel::P95,
                                  new NumberDelegate(context.theme, QFont::Normal, &view));
    view.setItemDelegateForColumn(ServiceTableModel::Failures,
                                  new NumberDelegate(context.theme, QFont::Normal, &view));
    view.setItemDelegateForColumn(ServiceTableModel::State, new StatusDelegate(context.theme, &view));
    start();
}

void ServicesPage::buildEditor() {
    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    layout->setSpacing(14);
    layout->addWidget(form().add(QStringLiteral("name"),
                                 makeTextField(tr("Name"), QStringLiteral("service.name"), tr("orders"))));
    auto* rows = new RowsEditor(
        context().theme,
        {{tr("Address"), QStringLiteral("127.0.0.1:9001"), 0, true}, {tr("Weight"), tr("weight"), 76, false}},
        tr("Add target"), QStringLiteral("service.targets"));
    auto* targets =
        new Field(tr("Targets: host:port, and a weight"), rows, QStringLiteral("service.targets"));
    targets->setHint(tr("Requests take turns; a target of weight 2 gets two turns."));
    form().addRows(QStringLiteral("targets"), targets, rows);
    layout->addWidget(targets);

    const auto timeout = [&](const QString& key, const QString& title) {
        return form().add(key, makeTextField(title, QStringLiteral("service.") + key, QStringLiteral("5s")));
    };
    Field* connectTimeout = timeout(QStringLiteral("connect"), tr("Connect timeout"));
    Field* responseTimeout = timeout(QStringLiteral("response"), tr("Response timeout"));
    Field* idleTimeout = timeout(QStringLiteral("idle"), tr("Keep idle connections"));
    connectTimeout->setHint(tr("Then the next target is tried."));
    responseTimeout->setHint(tr("Longest silence; then 504."));
    auto* timeouts = new QHBoxLayout;
    timeouts->setSpacing(12);
    timeouts->addWidget(connectTimeout, 1, Qt::AlignTop);
    timeouts->addWidget(responseTimeout, 1, Qt::AlignTop);
    layout->addLayout(timeouts);
    layout->addWidget(idleTimeout);
    m_live = buildLiveTargets();
    layout->addWidget(m_live);
    layout->addStretch(1);
    drawer().setBody(body);
}

QWidget* ServicesPage::buildLiveTargets() {
    auto* box = new QWidget;
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(makeLabel(tr("Targets in the last second"), "label"));
    auto* view = new TableView(context().theme, QStringLiteral("service.live"), tr("Traffic of the targets"));
    view->setPlainHeader();
    view->setModel(m_targets);
    view->setSelectionMode(QAbstractItemView::NoSelection);
    view->setFocusPolicy(Qt::NoFocus);
    view->setFixedHeight(36 + 4 * 40);
    new TableMemory(*view, *m_targets, QStringLiteral("targets"), TargetTableModel::Address);
    view->setItemDelegateForColumn(TargetTableModel::State, new StatusDelegate(context().theme, view));
    for (const int column :
         {TargetTableModel::Requests, TargetTableModel::Failures, TargetTableModel::Connections}) {
        view->setItemDelegateForColumn(column, new NumberDelegate(context().theme, QFont::Normal, view));
    }
    layout->addWidget(view);
    return box;
}

void ServicesPage::showConfig() {
    m_services.setConfig(config());
}

void ServicesPage::showFrame(const gateway::metrics::MetricsFrame& frame) {
    m_services.addFrame(frame);
    for (const auto& service : frame.services) {
        if (service.service.value == editedId() && editedId() != 0) {
            m_targets->setTargets(service.targets, frameSeconds(frame));
        }
    }
}

FormValues ServicesPage::blankForm() const {
    FormValues values = ServicesPageBase::blankForm();
    values.insert(QStringLiteral("targets"), QStringLiteral("\t1"));
    return values;
}

void ServicesPage::editorOpened() {
    m_targets->setTargets({}, 1);
    m_live->setVisible(!session().isNew());
}

} // namespace ui
