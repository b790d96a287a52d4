#include "ui/pages/routes_editor.h"

#include "gateway/model/effective_policy.h"
#include "ui/editors/chips_editor.h"
#include "ui/editors/entity_forms.h"
#include "ui/editors/entity_history.h"
#include "ui/editors/form_binder.h"
#include "ui/editors/rows_editor.h"
#include "ui/editors/sentences.h"
#include "ui/models/consumer_table_models.h"
#include "ui/models/table_text.h"
#include "ui/pages/route_security_tab.h"
#include "ui/pages/routes_tester.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/toggle.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>
#include <algorithm>

namespace ui {
namespace {

QWidget* tabOf(const QList<QWidget*>& widgets) {
    auto* tab = new QWidget;
    auto* layout = new QVBoxLayout(tab);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(14);
    for (QWidget* widget : widgets) {
        layout->addWidget(widget);
    }
    return tab;
}

QLabel* wrapped(const QString& text, const char* kind) {
    QLabel* label = makeLabel(text, kind);
    label->setWordWrap(true);
    return label;
}

/// Somebody asks who calls it, on one listener at least.
bool authenticates(const gateway::model::Config& config, const gateway::model::Route& route) {
    return gateway::model::effectivePolicy(config, route, nullptr).authenticates() ||
           std::any_of(config.listeners.begin(), config.listeners.end(), [&](const auto& listener) {
               return gateway::model::effectivePolicy(config, route, &listener).authenticates();
           });
}

} // namespace

RouteEditor::RouteEditor(ConsoleContext& context, FormBinder& form, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_tabs(new SegmentedControl(QStringLiteral("route.tabs"), tr("Parts of the route")))
    , m_enabled(new Toggle(context.theme, tr("Route is enabled"), QStringLiteral("route.enabled")))
    , m_history(new EntityHistory(context, QStringLiteral("route"), QStringLiteral("route.history"))) {
    m_tabs->addSegment(QStringLiteral("match"), tr("Match"));
    m_tabs->addSegment(QStringLiteral("action"), tr("Action"));
    m_tabs->addSegment(QStringLiteral("security"), tr("Security"));
    m_tabs->addSegment(QStringLiteral("limits"), tr("Limits"));
    m_tabs->addSegment(QStringLiteral("history"), tr("History"));
    m_tabs->setEqualWidths(true);
    form.addToggle(QStringLiteral("enabled"), m_enabled);
    m_enabled->setToolTip(tr("A disabled route is kept but matches nothing"));

    m_tester = new RouteTester(context);
    m_security = new RouteSecurityTab(context, form);
    connect(m_security, &RouteSecurityTab::keyRequired, this, &RouteEditor::keyRequired);
    connect(m_security, &RouteSecurityTab::consumerRequested, this, &RouteEditor::consumerRequested);
    m_pages = {
        {QStringLiteral("match"), buildMatchTab(form)}, {QStringLiteral("action"), buildActionTab(form)},
        {QStringLiteral("security"), m_security},       {QStringLiteral("limits"), buildLimitsTab()},
        {QStringLiteral("history"), m_history},
    };
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(16);
    for (QWidget* page : std::as_const(m_pages)) {
        layout->addWidget(page);
    }
    layout->addWidget(m_tester);
    layout->addStretch(1);
    connect(m_tabs, &SegmentedControl::currentChanged, this, &RouteEditor::showTab);
    connect(m_history, &EntityHistory::lastChangeKnown, this, &RouteEditor::lastChangeKnown);
    showTab(QStringLiteral("match"));
}

QWidget* RouteEditor::buildMatchTab(FormBinder& form) {
    Field* name = form.add(QStringLiteral("name"),
                           makeTextField(tr("Name"), QStringLiteral("route.name"), tr("orders")));
    auto* chips = new ChipsEditor(QStringLiteral("route.methods"), 4);
    chips->setOptions({QStringLiteral("GET"), QStringLiteral("HEAD"), QStringLiteral("POST"),
                       QStringLiteral("PUT"), QStringLiteral("PATCH"), QStringLiteral("DELETE"),
                       QStringLiteral("OPTIONS")});
    auto* methods = new Field(tr("Methods"), chips, QStringLiteral("route.methods"));
    methods->setHint(tr("None chosen: any method. GET answers HEAD, too."));
    form.addEditor(QStringLiteral("methods"), methods, chips);
    m_path = form.add(QStringLiteral("path"), makeTextField(tr("Path"), QStringLiteral("route.path"),
                                                            QStringLiteral("/v1/orders/{id}"), true));
    Field* hosts =
        form.add(QStringLiteral("hosts"), makeTextField(tr("Hosts"), QStringLiteral("route.hosts"),
                                                        tr("any host; or api.example.com, *.example.org")));
    Field* priority =
        form.add(QStringLiteral("priority"), makeTextField(tr("Priority"), QStringLiteral("route.priority")));
    priority->setHint(tr("The higher one is asked first."));

    const auto conditions = [&](const QString& key, const QString& title, const QString& addText,
                                const QString& example) {
        auto* rows =
            new RowsEditor(m_context.theme, {{tr("Name"), example}, {tr("Value"), tr("value, or *")}},
                           addText, QStringLiteral("route.") + key);
        auto* field = new Field(title, rows, QStringLiteral("route.") + key);
        form.addEditor(key, field, rows);
        return field;
    };
    return tabOf({name, methods, m_path, hosts,
                  conditions(QStringLiteral("headers"), tr("Headers that must be there"), tr("Add header"),
                             QStringLiteral("X-Beta")),
                  conditions(QStringLiteral("query"), tr("Query parameters that must be there"),
                             tr("Add parameter"), QStringLiteral("version")),
                  priority});
}

QWidget* RouteEditor::buildActionTab(FormBinder& form) {
    m_service = new QComboBox;
    Field* service = form.add(QStringLiteral("service"),
                              new Field(tr("Service"), m_service, QStringLiteral("route.service")));
    service->setHint(tr("The backend that answers."));
    m_rewrite = form.add(
        QStringLiteral("rewrite"),
        makeTextField(tr("Rewrite the path to"), QStringLiteral("route.rewrite"), tr("unchanged"), true));
    auto* open = new Button(m_context.theme, tr("Open this service"), QStringLiteral("route.openService"),
                            Button::Kind::Ghost, QStringLiteral("external"));
    connect(open, &Button::clicked, this, &RouteEditor::serviceRequested);
    auto* stream = new ToggleRow(m_context.theme, tr("Long-lived answers"),
                                 tr("An answer may stay silent for long, as with long polls: the service's "
                                    "limit of silence does not end it."),
                                 QStringLiteral("route.stream"));
    form.addToggle(QStringLiteral("stream"), stream->toggle());
    auto* tab = tabOf({service, m_rewrite, stream});
    tab->layout()->addWidget(open);
    tab->layout()->setAlignment(open, Qt::AlignLeft);
    return tab;
}

QWidget* RouteEditor::buildLimitsTab() {
    m_limits = wrapped({}, "value");
    m_limits->setObjectName(QStringLiteral("route.limits"));
    m_tiers = wrapped({}, "sub");
    return tabOf({m_limits, m_tiers});
}

void RouteEditor::setConfig(const gateway::model::Config& config) {
    const QSignalBlocker quiet(m_service);
    const QString chosen = m_service->currentData().toString();
    m_service->clear();
    for (const auto& service : config.services) {
        const QString name = toQString(service.name);
        m_service->addItem(QStringLiteral("%1  ·  %2")
                               .arg(name, countText(static_cast<qint64>(service.targets.size()), tr("target"),
                                                    tr("targets"))),
                           name);
    }
    m_service->setPlaceholderText(config.services.empty() ? tr("Create a service first")
                                                          : tr("Choose a service"));
    m_service->setCurrentIndex(m_service->findData(chosen));
    m_security->setConfig(config);
}

void RouteEditor::open(const FormValues& values, bool isNew) {
    m_tester->open(values);
    if (isNew) {
        m_tabs->setCurrent(QStringLiteral("match"));
        showTab(QStringLiteral("match"));
    }
    m_history->open(values.value(QStringLiteral("name")), isNew);
    m_security->open(isNew ? QString() : values.value(QStringLiteral("name")));
}

void RouteEditor::showConsequences(const FormValues& values, const gateway::model::Config& config,
                                   bool dirty) {
    const QString path = values.value(QStringLiteral("path"));
    const QString service = values.value(QStringLiteral("service"));
    m_path->setHint(pathSentence(path));
    const auto example = rewriteExample(path, values.value(QStringLiteral("rewrite")));
    m_rewrite->setHint(example ? tr("%1 asks %2 for %3")
                                     .arg(example->path, service.isEmpty() ? tr("the service") : service,
                                          example->upstreamPath)
                               : tr("{name} takes what a group of the expression found."));

    m_security->showConsequences(values, config, dirty);
    FieldProblems ignored;
    const bool keyed = RouteSecurityTab::requiresKey(values.value(QStringLiteral("policies")), config) ||
                       authenticates(config, RouteForm::fromForm(values, {}, ignored));
    m_limits->setText(limitsSentence(config, keyed));
    QStringList tiers;
    if (keyed) {
        for (const auto& tier : config.tiers) {
            tiers.push_back(tr("%1: %2; %3")
                                .arg(toQString(tier.name), allowanceText(tier),
                                     tierSentence(tier.requests, tier.period, tier.burst)));
        }
    }
    m_tiers->setText(tiers.join(QStringLiteral("\n\n")));
    m_tester->setUnsaved(dirty);
}

void RouteEditor::showTabOf(const QString& field) {
    const bool action = field == u"service" || field == u"rewrite" || field == u"stream";
    const bool security = RouteSecurityTab::holdsField(field);
    const QString tab = action     ? QStringLiteral("action")
                        : security ? QStringLiteral("security")
                                   : QStringLiteral("match");
    m_tabs->setCurrent(tab);
    showTab(tab);
}

void RouteEditor::showTab(const QString& id) {
    for (auto at = m_pages.cbegin(); at != m_pages.cend(); ++at) {
        at.value()->setVisible(at.key() == id);
    }
    m_tester->setVisible(id == u"match" || id == u"action");
}

} // namespace ui
