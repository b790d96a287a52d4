#include "ui/pages/settings_page.h"

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
           {tr("Enter"), tr("edit"), QStringLiteral("Ctrl+N"), tr("new"), tr("Del"), tr("delete")}},
          model, ListenerTableModel::Name)
    , m_listeners(*model) {
    addAbove(buildConsoleCard());
    buildEditor();
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

void SettingsPage::buildEditor() {
    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    layout->setSpacing(14);
    const auto add = [&](const QString& key, const QString& title, const QString& placeholder,
                         const QString& hint) {
        Field* field = form().add(key, makeTextField(title, QStringLiteral("listener.") + key, placeholder));
        field->setHint(hint);
        return field;
    };
    const auto addPair = [layout](Field* left, Field* right, int leftStretch) {
        auto* row = new QHBoxLayout;
        row->setSpacing(12);
        row->addWidget(left, leftStretch, Qt::AlignTop);
        row->addWidget(right, 1, Qt::AlignTop);
        layout->addLayout(row);
    };
    layout->addWidget(add(QStringLiteral("name"), tr("Name"), tr("public"), {}));
    addPair(add(QStringLiteral("host"), tr("Address"), QStringLiteral("127.0.0.1"),
                tr("0.0.0.0 or :: is every network.")),
            add(QStringLiteral("port"), tr("Port"), QStringLiteral("8080"), {}), 2);
    addPair(add(QStringLiteral("keyHeader"), tr("API key header"), QStringLiteral("X-API-Key"), {}),
            add(QStringLiteral("keyQuery"), tr("API key parameter"), tr("not allowed"), {}), 1);
    layout->addWidget(makeLabel(tr("Limits"), "h2"));
    addPair(add(QStringLiteral("headBytes"), tr("Request head"), QStringLiteral("32KiB"), tr("Above: 431")),
            add(QStringLiteral("headers"), tr("Number of fields"), QStringLiteral("100"), tr("Above: 431")),
            1);
    addPair(add(QStringLiteral("bodyBytes"), tr("Request body"), QStringLiteral("10MiB"), tr("Above: 413")),
            add(QStringLiteral("connectionsPerPeer"), tr("Connections a client"), tr("no limit; or 1000"),
                tr("Open at a time, by address.")),
            1);
    layout->addWidget(makeLabel(tr("Timeouts"), "h2"));
    addPair(
        add(QStringLiteral("headerTimeout"), tr("Whole head within"), QStringLiteral("10s"),
            tr("Above: 408")),
        add(QStringLiteral("bodyTimeout"), tr("Silence in a body"), QStringLiteral("30s"), tr("Above: 408")),
        1);
    addPair(add(QStringLiteral("bodyMinRate"), tr("Least body rate"), tr("any; or 1KiB/s"),
                tr("Below, of a body sent to us: 408")),
            add(QStringLiteral("writeTimeout"), tr("Client takes nothing"), QStringLiteral("30s"),
                tr("Then its connection is cut.")),
            1);
    layout->addWidget(add(QStringLiteral("idleTimeout"), tr("Idle connection"), QStringLiteral("180s"),
                          tr("Closed without a word.")));
    layout->addStretch(1);
    drawer().setBody(body);
}

void SettingsPage::showConfig() {
    m_listeners.setConfig(config());
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
