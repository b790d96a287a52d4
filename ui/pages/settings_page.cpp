#include "ui/pages/settings_page.h"

#include "ui/pages/listener_editor.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {
namespace {

QString modeId(ThemeMode mode) {
    switch (mode) {
    case ThemeMode::System:
        return QStringLiteral("system");
    case ThemeMode::Light:
        return QStringLiteral("light");
    case ThemeMode::Dark:
        return QStringLiteral("dark");
    }
    return {};
}

ThemeMode modeOf(const QString& id) {
    return id == u"light" ? ThemeMode::Light : id == u"dark" ? ThemeMode::Dark : ThemeMode::System;
}

} // namespace

SettingsPage::SettingsPage(ConsoleContext& context)
    : SettingsPage(context, new ListenerTableModel) {}

SettingsPage::SettingsPage(ConsoleContext& context, ListenerTableModel* model)
    : SettingsPageBase(
          context,
          {QStringLiteral("listeners"),
           tr("listener"),
           tr("listeners"),
           QStringLiteral("globe"),
           tr("Filter listeners: name, address"),
           tr("New listener"),
           tr("No listener yet"),
           tr("A listener is the address and port on which the gateway takes requests. Without one, "
              "nothing can reach it."),
           {tr("Enter"), tr("edit"), QStringLiteral("Ctrl+N"), tr("new"), QStringLiteral("Ctrl+D"),
            tr("clone"), tr("Del"), tr("delete")}},
          model, ListenerTableModel::Name)
    , m_listeners(*model)
    , m_editor(new ListenerEditor(context, form())) {
    addAbove(buildConsoleCard());
    drawer().setTopWidget(m_editor->tabs());
    drawer().setBody(m_editor);
    connect(m_editor, &ListenerEditor::certificatesRequested, this,
            [this] { Q_EMIT pageRequested(QStringLiteral("certificates"), {}); });
    connect(m_editor, &ListenerEditor::ruleWanted, this, [this](ListenerRule rule, bool on) {
        const QString policies = QStringLiteral("policies");
        setValue(policies, withRule(session().values().value(policies), currentConfig(), rule, on));
    });
    TableView& view = table();
    view.setItemDelegateForColumn(ListenerTableModel::Address, new MonoDelegate(context.theme, &view));
    view.setItemDelegateForColumn(ListenerTableModel::Body,
                                  new NumberDelegate(context.theme, QFont::Normal, &view));
    view.setItemDelegateForColumn(ListenerTableModel::State, new StatusDelegate(context.theme, &view));
    connect(&context.service, &gateway::service::GatewayService::statusChanged, &m_listeners,
            &ListenerTableModel::setStatus);
    m_listeners.setStatus(context.service.status());
    start();
}

QWidget* SettingsPage::buildConsoleCard() {
    auto* card = new Card;
    card->setTitle(tr("Console"));
    auto* mode = new SegmentedControl(QStringLiteral("settings.appearance"), tr("Appearance"));
    mode->addSegment(QStringLiteral("system"), tr("System"));
    mode->addSegment(QStringLiteral("light"), tr("Light"));
    mode->addSegment(QStringLiteral("dark"), tr("Dark"));
    Theme& theme = context().theme;
    mode->setCurrent(modeId(theme.mode()));
    connect(mode, &SegmentedControl::currentChanged, this,
            [&theme](const QString& id) { theme.setMode(modeOf(id)); });
    connect(&theme, &Theme::changed, mode, [mode, &theme] { mode->setCurrent(modeId(theme.mode())); });

    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(24);
    grid->setVerticalSpacing(10);
    grid->setColumnStretch(1, 1);
    const auto addRow = [grid](int row, const QString& name, QWidget* value) {
        grid->addWidget(makeLabel(name, "label"), row, 0);
        grid->addWidget(value, row, 1, Qt::AlignLeft | Qt::AlignVCenter);
    };
    addRow(0, tr("Appearance"), mode);
    auto* author = makeLabel(context().author, "value");
    author->setToolTip(tr("Stands at every revision and in the audit trail"));
    addRow(1, tr("You are"), author);
    auto* store = makeLabel(context().storeLocation, "mono");
    store->setTextInteractionFlags(Qt::TextSelectableByMouse);
    store->setToolTip(tr("Everything is kept in this file; a copy of it is a backup"));
    addRow(2, tr("Kept in"), store);
    card->body()->addLayout(grid);
    return card;
}

void SettingsPage::showConfig() {
    m_listeners.setConfig(config());
    m_editor->setConfig(currentConfig());
}

/// The config as it will be with the policies that the editor's switches create.
gateway::model::Config SettingsPage::configWith(const FormValues& values) const {
    gateway::model::Config with = currentConfig();
    for (auto& policy : missingPolicies(values.value(QStringLiteral("policies")), currentConfig())) {
        with.policies.put(std::move(policy));
    }
    return with;
}

FieldProblems SettingsPage::check(const FormValues& values, quint64 id) const {
    return checkForm<ListenerForm>(values, gateway::model::ListenerId{id}, configWith(values));
}

SettingsPage::Edits SettingsPage::editsOf(const FormValues& values, quint64 id) const {
    Edits edits = SettingsPageBase::editsOf(values, id);
    for (auto& policy : missingPolicies(values.value(QStringLiteral("policies")), currentConfig())) {
        edits.insert(edits.begin(), gateway::model::Put{std::move(policy)});
    }
    return edits;
}

QString SettingsPage::deleteWarning(const QStringList& names) const {
    return static_cast<std::size_t>(names.size()) < currentConfig().listeners.size()
               ? QString()
               : tr("Without %1 there is no listener left, and nothing can reach the gateway. Delete it?")
                     .arg(names.join(QStringLiteral(", ")));
}

void SettingsPage::editorOpened() {
    m_editor->open(session().original().value(QStringLiteral("name")), session().isNew());
}

void SettingsPage::valuesChanged() {
    m_editor->showConsequences(session().values(), currentConfig());
}

void SettingsPage::showField(const QString& field) {
    m_editor->showTabOf(field);
}

FormValues SettingsPage::blankForm() const {
    FormValues values = SettingsPageBase::blankForm();
    if (currentConfig().listeners.empty()) {
        values.insert(QStringLiteral("name"), QStringLiteral("public"));
        values.insert(QStringLiteral("port"), QStringLiteral("8080"));
    }
    return values;
}

} // namespace ui
