#include "ui/pages/routes_page.h"

#include "ui/editors/input_text.h"
#include "ui/models/table_text.h"
#include "ui/pages/route_security_tab.h"
#include "ui/pages/routes_editor.h"
#include "ui/pages/routes_import.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/chip.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"
#include "ui/widgets/toggle.h"

#include <algorithm>

namespace ui {

RoutesPage::RoutesPage(ConsoleContext& context)
    : RoutesPage(context, new RouteTableModel) {}

RoutesPage::RoutesPage(ConsoleContext& context, RouteTableModel* model)
    : RoutesPageBase(context,
                     {QStringLiteral("routes"),
                      tr("route"),
                      tr("routes"),
                      QStringLiteral("routes"),
                      tr("Filter: method, path, name, host, service"),
                      tr("New route"),
                      tr("No routes yet"),
                      tr("A route says which requests the gateway takes, by host, path and method, and which "
                         "service answers them. Create the first one, or import a configuration file."),
                      {tr("Enter"), tr("edit"), QStringLiteral("Ctrl+N"), tr("new"), QStringLiteral("Ctrl+D"),
                       tr("clone"), tr("Space"), tr("enable / disable"), tr("Del"), tr("delete")}},
                     model, RouteTableModel::Path)
    , m_routes(*model)
    , m_editor(new RouteEditor(context, form())) {
    buildChips();
    auto* importButton = new Button(context.theme, tr("Import"), objectId(QStringLiteral("import")),
                                    Button::Kind::Secondary, QStringLiteral("upload"));
    addAction(importButton);
    auto* import = new ConfigImport(context, *this);
    connect(importButton, &Button::clicked, import, &ConfigImport::choose);
    connect(import, &ConfigImport::finished, this, &RoutesPage::message);

    drawer().addHeaderWidget(m_editor->enabledToggle());
    drawer().setTopWidget(m_editor->tabs());
    drawer().setBody(m_editor);
    connect(m_editor, &RouteEditor::keyRequired, this, &RoutesPage::requireKey);
    connect(m_editor, &RouteEditor::serviceRequested, this, [this] {
        Q_EMIT pageRequested(QStringLiteral("services"), session().values().value(QStringLiteral("service")));
    });
    connect(m_editor, &RouteEditor::consumerRequested, this,
            [this](const QString& name) { Q_EMIT pageRequested(QStringLiteral("consumers"), name); });
    connect(m_editor, &RouteEditor::lastChangeKnown, this, [this](const QString& text) {
        drawer().setTitle(tr("Edit route"), QStringLiteral("%1 · %2").arg(
                                                session().original().value(QStringLiteral("name")), text));
    });

    TableView& view = table();
    view.setItemDelegateForColumn(RouteTableModel::Method, new MethodDelegate(context.theme, &view));
    view.setItemDelegateForColumn(RouteTableModel::Path, new MonoDelegate(context.theme, &view));
    for (const int column :
         {RouteTableModel::Name, RouteTableModel::Hosts, RouteTableModel::Service, RouteTableModel::Auth}) {
        view.setItemDelegateForColumn(column, new SecondaryDelegate(context.theme, &view));
    }
    view.setItemDelegateForColumn(RouteTableModel::Rate,
                                  new NumberDelegate(context.theme, QFont::DemiBold, &view));
    view.setItemDelegateForColumn(RouteTableModel::P95,
                                  new NumberDelegate(context.theme, QFont::Normal, &view));
    view.setItemDelegateForColumn(RouteTableModel::Errors,
                                  new NumberDelegate(context.theme, QFont::Normal, &view));
    view.setItemDelegateForColumn(RouteTableModel::Status, new StatusDelegate(context.theme, &view));
    start();
}

void RoutesPage::buildChips() {
    using Show = RouteTableModel::Show;
    const QList<std::pair<QString, Show>> states = {
        {tr("Live"), Show::Live}, {tr("Failing"), Show::Failing}, {tr("Disabled"), Show::Disabled}};
    for (const auto& [text, show] : states) {
        auto* chip = new Chip(text, objectId(QStringLiteral("chip.") + text.toLower()));
        chip->setToolTip(tr("Only routes that are: %1").arg(text.toLower()));
        m_chips.push_back(chip);
        addTool(chip, true);
        connect(chip, &Chip::clicked, this, [this, chip, state = show](bool on) {
            for (Chip* other : std::as_const(m_chips)) {
                other->setChecked(other == chip && on);
            }
            m_routes.setShow(on ? state : Show::All);
            updateCounts();
        });
    }
}

void RoutesPage::showConfig() {
    m_routes.setConfig(config());
    m_editor->setConfig(currentConfig());
    if (!session().values().isEmpty()) {
        valuesChanged(); // what holds for an open route hangs on listeners, services and policies, too
    }
}

void RoutesPage::showFrame(const gateway::metrics::MetricsFrame& frame) {
    m_routes.addFrame(frame);
}

FormValues RoutesPage::blankForm() const {
    FormValues values = RoutesPageBase::blankForm();
    if (currentConfig().services.size() == 1) {
        values.insert(QStringLiteral("service"), toQString(currentConfig().services[0].name));
    }
    return values;
}

std::optional<gateway::model::Policy> RoutesPage::missingKeyPolicy(const FormValues& values) const {
    const auto names = parseList(values.value(QStringLiteral("policies")));
    for (const std::string& name : names) {
        if (currentConfig().policies.find(name) == nullptr &&
            RouteSecurityTab::requiresKey(toQString(name), currentConfig())) {
            return gateway::model::Policy{{}, name, gateway::model::byApiKey()};
        }
    }
    return std::nullopt;
}

FieldProblems RoutesPage::check(const FormValues& values, quint64 id) const {
    const auto policy = missingKeyPolicy(values);
    if (!policy) {
        return RoutesPageBase::check(values, id);
    }
    gateway::model::Config with = currentConfig();
    with.policies.put(*policy);
    return checkForm<RouteForm>(values, gateway::model::RouteId{id}, with);
}

RoutesPage::Edits RoutesPage::editsOf(const FormValues& values, quint64 id) const {
    Edits edits = RoutesPageBase::editsOf(values, id);
    if (auto policy = missingKeyPolicy(values)) {
        edits.insert(edits.begin(), gateway::model::Put{std::move(*policy)});
    }
    return edits;
}

void RoutesPage::editorOpened() {
    m_editor->open(session().values(), session().isNew());
}

void RoutesPage::valuesChanged() {
    m_editor->showConsequences(session().values(), currentConfig(), session().isDirty());
}

void RoutesPage::showField(const QString& field) {
    m_editor->showTabOf(field);
}

void RoutesPage::requireKey(bool required) {
    const QString policies = QStringLiteral("policies");
    setValue(policies,
             RouteSecurityTab::withKeyPolicy(session().values().value(policies), currentConfig(), required));
}

void RoutesPage::toggleSelected() {
    std::vector<gateway::model::Route> routes;
    for (const quint64 id : selectedIds()) {
        if (const auto* route = items().findById(gateway::model::RouteId{id})) {
            routes.push_back(*route);
        }
    }
    if (routes.empty()) {
        return;
    }
    // All the same way: of a mixed selection, all are enabled.
    const bool enable =
        std::any_of(routes.begin(), routes.end(), [](const auto& route) { return !route.enabled; });
    const QString what = routes.size() == 1
                             ? tr("route %1").arg(toQString(routes.front().name))
                             : countText(static_cast<qint64>(routes.size()), tr("route"), tr("routes"));
    Edits edits;
    for (gateway::model::Route& route : routes) {
        if (route.enabled != enable) {
            route.enabled = enable;
            edits.push_back(gateway::model::Put{std::move(route)});
        }
    }
    publish(std::move(edits), enable ? tr("Enable %1").arg(what) : tr("Disable %1").arg(what),
            [this, what, enable](const auto&) {
                Q_EMIT message(enable ? tr("Enabled %1").arg(what) : tr("Disabled %1").arg(what));
            });
}

} // namespace ui
