#include "ui/pages/providers_page.h"

#include "ui/access_text.h"
#include "ui/models/table_text.h"
#include "ui/pages/provider_editor.h"
#include "ui/pages/provider_keys_card.h"
#include "ui/pages/token_inspector.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QItemSelectionModel>

namespace ui {

using gateway::auth::ProviderReport;
using gateway::service::GatewayService;
using gateway::service::Rejection;

ProvidersPage::ProvidersPage(ConsoleContext& context)
    : ProvidersPage(context, new ProviderTableModel) {}

ProvidersPage::ProvidersPage(ConsoleContext& context, ProviderTableModel* model)
    : ProvidersPageBase(
          context,
          {QStringLiteral("providers"),
           tr("identity provider"),
           tr("identity providers"),
           QStringLiteral("user"),
           tr("Filter: name, issuer"),
           tr("New provider"),
           tr("No identity providers yet"),
           tr("An identity provider vouches for tokens: OpenID Connect, OAuth 2, or whoever signs JWTs for "
              "you. Name its issuer; its keys are fetched and kept fresh, and policies can then let its "
              "tokens in."),
           {tr("Enter"), tr("edit"), QStringLiteral("Ctrl+N"), tr("new"), QStringLiteral("Ctrl+D"),
            tr("clone"), tr("Del"), tr("delete")}},
          model, ProviderTableModel::Issuer)
    , m_providers(*model)
    , m_editor(new ProviderEditor(context, form()))
    , m_keys(new ProviderKeysCard(context.theme)) {
    auto* inspectButton =
        new Button(context.theme, tr("Inspect a token…"), objectId(QStringLiteral("inspect")),
                   Button::Kind::Secondary, QStringLiteral("eye"));
    connect(inspectButton, &Button::clicked, this, &ProvidersPage::inspect);
    addTool(inspectButton, true);
    drawer().setTopWidget(m_editor->tabs());
    drawer().setBody(m_editor);
    addBelow(m_keys, 1);
    TableView& view = table();
    view.setItemDelegateForColumn(ProviderTableModel::Issuer, new MonoDelegate(context.theme, &view));
    view.setItemDelegateForColumn(ProviderTableModel::State, new PillDelegate(context.theme, &view));
    view.setItemDelegateForColumn(ProviderTableModel::Keys,
                                  new NumberDelegate(context.theme, QFont::Normal, &view));
    for (const int column :
         {ProviderTableModel::Fetched, ProviderTableModel::Algorithms, ProviderTableModel::UsedBy}) {
        view.setItemDelegateForColumn(column, new SecondaryDelegate(context.theme, &view));
    }
    connect(view.selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &ProvidersPage::followSelection);
    connect(m_keys, &ProviderKeysCard::fetchRequested, this, &ProvidersPage::fetchNow);
    connect(&context.service, &GatewayService::providersChanged, this, &ProvidersPage::loadReports);
    start();
}

void ProvidersPage::runCommand(const QString& command) {
    if (command == u"inspect") {
        inspect();
    }
}

void ProvidersPage::showConfig() {
    m_providers.setConfig(config());
    m_editor->setConfig(currentConfig());
    if (!table().currentIndex().isValid() && m_providers.rowCount() > 0) {
        table().selectRow(0);
    }
    followSelection();
    loadReports();
}

void ProvidersPage::loadReports() {
    using Outcome = tl::expected<std::vector<ProviderReport>, Rejection>;
    context().service.providers().then(this, [this](const Outcome& outcome) {
        if (outcome) {
            m_providers.setReports(*outcome, std::chrono::system_clock::now());
            followSelection();
        }
    });
}

void ProvidersPage::followSelection() {
    const auto* provider = m_providers.providerAt(table().currentIndex().row());
    m_keys->setVisible(m_providers.itemCount() > 0);
    if (provider == nullptr) {
        m_keys->show({}, nullptr, {});
    } else {
        m_keys->show(toQString(provider->name), m_providers.reportOf(provider->id),
                     std::chrono::system_clock::now());
    }
}

void ProvidersPage::fetchNow(const QString& provider) {
    using Outcome = tl::expected<bool, Rejection>;
    context()
        .service.refreshProvider(provider.toStdString())
        .then(this, [this, provider](const Outcome& outcome) {
            Q_EMIT message(outcome ? tr("Asked %1 for its keys").arg(provider)
                                   : toQString(outcome.error().error.message));
            loadReports();
        });
}

void ProvidersPage::inspect() {
    auto* dialog = new TokenInspector(context(), window());
    dialog->open();
}

void ProvidersPage::editorOpened() {
    m_editor->open(session().original().value(QStringLiteral("name")), session().isNew());
}

void ProvidersPage::valuesChanged() {
    m_editor->showConsequences(session().values());
}

void ProvidersPage::showField(const QString& field) {
    m_editor->showTabOf(field);
}

QString ProvidersPage::deleteRefusal(const QStringList& names) const {
    for (const QString& name : names) {
        const QStringList users = providerUsers(currentConfig(), name.toStdString());
        if (!users.isEmpty()) {
            return tr("%1 is in use by %2. Take it out there first.")
                .arg(name, users.join(QStringLiteral(", ")));
        }
    }
    return {};
}

} // namespace ui
