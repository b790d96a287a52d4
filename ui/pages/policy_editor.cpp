#include "ui/pages/policy_editor.h"

#include "ui/editors/access_form.h"
#include "ui/editors/entity_history.h"
#include "ui/editors/form_binder.h"
#include "ui/editors/form_reading.h"
#include "ui/editors/name_choices.h"
#include "ui/editors/rows_editor.h"
#include "ui/editors/ways_editor.h"
#include "ui/models/table_text.h"
#include "ui/pages/authorize_fields.h"
#include "ui/widgets/column.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/toggle.h"

#include <QComboBox>

namespace ui {

PolicyEditor::PolicyEditor(ConsoleContext& context, FormBinder& form, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_form(form)
    , m_tabs(new SegmentedControl(QStringLiteral("policy.tabs"), tr("Parts of the policy")))
    , m_history(new EntityHistory(context, QStringLiteral("policy"), QStringLiteral("policy.history"))) {
    m_tabs->addSegment(QStringLiteral("callers"), tr("Callers"));
    m_tabs->addSegment(QStringLiteral("authorize"), tr("Authorize"));
    m_tabs->addSegment(QStringLiteral("identity"), tr("To services"));
    m_tabs->addSegment(QStringLiteral("transport"), tr("https"));
    m_tabs->addSegment(QStringLiteral("history"), tr("History"));
    m_tabs->setEqualWidths(true);
    auto* authorize = new QWidget;
    QVBoxLayout* asked = columnIn(authorize);
    asked->addWidget(wrappedLabel(tr("What a caller has to have, all of it. Empty fields ask for nothing; "
                                     "who lacks something gets 403."),
                                  "sub"));
    asked->addWidget(new AuthorizeFields(context.theme, form, QStringLiteral("policy")));
    m_pages = {{QStringLiteral("callers"), buildCallersTab()},
               {QStringLiteral("authorize"), authorize},
               {QStringLiteral("identity"), buildIdentityTab()},
               {QStringLiteral("transport"), buildTransportTab()},
               {QStringLiteral("history"), m_history}};
    QVBoxLayout* layout = columnIn(this);
    for (QWidget* page : std::as_const(m_pages)) {
        layout->addWidget(page);
    }
    layout->addStretch(1);
    connect(m_tabs, &SegmentedControl::currentChanged, this, &PolicyEditor::showTab);
    showTab(QStringLiteral("callers"));
}

Field* PolicyEditor::addText(QVBoxLayout* layout, const char* key, const QString& title,
                             const QString& placeholder, const QString& hint) {
    Field* field =
        m_form.add(QLatin1String(key),
                   makeTextField(title, QStringLiteral("policy.") + QLatin1String(key), placeholder));
    field->setHint(hint);
    layout->addWidget(field);
    return field;
}

ToggleRow* PolicyEditor::addToggle(QVBoxLayout* layout, const char* key, const QString& title,
                                   const QString& text) {
    auto* row = new ToggleRow(m_context.theme, title, text, QStringLiteral("policy.") + QLatin1String(key));
    m_form.addToggle(QLatin1String(key), row->toggle());
    layout->addWidget(row);
    return row;
}

QVBoxLayout* PolicyEditor::addGroup(QVBoxLayout* layout, const char* toggle) {
    auto* group = new QWidget;
    layout->addWidget(group);
    m_groups.insert(QLatin1String(toggle), group);
    return columnIn(group);
}

QWidget* PolicyEditor::buildCallersTab() {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    addText(layout, "name", tr("Name"), tr("key-or-token"));
    addToggle(layout, "everywhere", tr("Everywhere"),
              tr("Holds for all routes, as if each named it. A route can waive it."));
    m_usedBy = wrappedLabel({}, "sub");
    m_usedBy->setObjectName(QStringLiteral("policy.usedBy"));
    layout->addWidget(m_usedBy);
    addToggle(layout, "authenticate", tr("Callers say who they are"),
              tr("Others get 401. Each way below is enough by itself."));
    QVBoxLayout* fields = addGroup(layout, "authenticate");
    m_ways = new WaysEditor(m_context.theme, QStringLiteral("policy.ways"));
    auto* ways = new Field(tr("Ways"), m_ways, QStringLiteral("policy.ways"));
    m_form.addEditor(QStringLiteral("ways"), ways, m_ways);
    fields->addWidget(ways);
    addToggle(fields, "anonymous", tr("Or nothing at all"),
              tr("Callers without any credential are let in, too; a bad one is still refused."));
    m_anonymousTier = m_form.add(QStringLiteral("anonymousTier"),
                                 new Field(tr("Tier of callers without a credential"), new QComboBox,
                                           QStringLiteral("policy.anonymousTier")));
    m_anonymousTier->setHint(tr("Each address gets a bucket of its own."));
    fields->addWidget(m_anonymousTier);
    return tab;
}

QWidget* PolicyEditor::buildIdentityTab() {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    addToggle(layout, "identity", tr("Tell services who calls"),
              tr("Whatever a client sends under these names is taken out."));
    QVBoxLayout* fields = addGroup(layout, "identity");
    auto* rows = new RowsEditor(
        m_context.theme,
        {{tr("Header"), QStringLiteral("X-User")}, {tr("Value"), QStringLiteral("claims.sub")}},
        tr("Add header"), QStringLiteral("policy.headers"));
    auto* headers = new Field(tr("Headers"), rows, QStringLiteral("policy.headers"));
    headers->setHint(tr("Made of what rules can ask about: claims.sub, consumer.name, "
                        "consumer.attributes.region."));
    m_form.addEditor(QStringLiteral("headers"), headers, rows);
    fields->addWidget(headers);
    addToggle(
        fields, "token", tr("A signed token"),
        tr("A short-lived JWT of the gateway's own (ES256). Services check it with the public keys that "
           "a listener shows."));
    QVBoxLayout* tokenFields = addGroup(fields, "token");
    addText(tokenFields, "tokenHeader", tr("In the header"), QStringLiteral("X-Identity-Token"));
    addText(tokenFields, "tokenAudience", tr("Audience"), tr("the service's name"));
    addText(tokenFields, "tokenLifetime", tr("Good for"), QStringLiteral("60s"));
    addText(tokenFields, "tokenClaims", tr("Claims of the caller's token to pass on"),
            QStringLiteral("email, department"), tr("Beside sub, tier, roles and scope."));
    addToggle(fields, "forwardCredential", tr("Pass the credential on"),
              tr("The key or token travels on as it came. Otherwise services never see it."));
    return tab;
}

QWidget* PolicyEditor::buildTransportTab() {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    addToggle(layout, "hsts", tr("Strict-Transport-Security"),
              tr("Browsers come back by https only (RFC 6797)."));
    QVBoxLayout* fields = addGroup(layout, "hsts");
    addText(fields, "hstsDays", tr("For how many days"), QStringLiteral("365"));
    addToggle(fields, "hstsSubdomains", tr("Subdomains, too"), tr("includeSubDomains"));
    addToggle(fields, "hstsPreload", tr("Preload"),
              tr("Browsers may ship the host in their own list; hard to take back."));
    addToggle(layout, "httpsRedirect", tr("Redirect to https"),
              tr("Requests in the clear are answered with 308."));
    addText(addGroup(layout, "httpsRedirect"), "redirectPort", tr("To port"), QStringLiteral("443"));
    return tab;
}

void PolicyEditor::setConfig(const gateway::model::Config& config) {
    QStringList providers;
    for (const auto& provider : config.identityProviders) {
        providers.push_back(toQString(provider.name));
    }
    m_ways->setProviders(providers);
    QStringList tiers;
    for (const auto& tier : config.tiers) {
        tiers.push_back(toQString(tier.name));
    }
    offerNames(m_anonymousTier, tr("No limit"), tiers);
}

void PolicyEditor::open(const QString& name, bool isNew) {
    if (isNew) {
        m_tabs->setCurrent(QStringLiteral("callers"));
        showTab(QStringLiteral("callers"));
    }
    m_history->open(name, isNew);
}

void PolicyEditor::showConsequences(const FormValues& values, const QStringList& users) {
    for (auto at = m_groups.cbegin(); at != m_groups.cend(); ++at) {
        at.value()->setVisible(isOn(values, at.key()));
    }
    m_anonymousTier->setVisible(isOn(values, QStringLiteral("anonymous")));
    m_usedBy->setText(users.isEmpty()
                          ? tr("Nobody uses it yet. Choose it on a route, a service or a listener, or switch "
                               "it on everywhere.")
                          : tr("Used by %1.").arg(users.join(QStringLiteral(", "))));
}

void PolicyEditor::showTabOf(const QString& field) {
    const bool isIdentity = field == u"identity" || field == u"headers" || field == u"forwardCredential" ||
                            field.startsWith(u"token");
    const bool isTransport =
        field.startsWith(u"hsts") || field == u"httpsRedirect" || field == u"redirectPort";
    const QString tab = isAuthorizeField(field) ? QStringLiteral("authorize")
                        : isIdentity            ? QStringLiteral("identity")
                        : isTransport           ? QStringLiteral("transport")
                                                : QStringLiteral("callers");
    m_tabs->setCurrent(tab);
    showTab(tab);
}

void PolicyEditor::showTab(const QString& id) {
    for (auto at = m_pages.cbegin(); at != m_pages.cend(); ++at) {
        at.value()->setVisible(at.key() == id);
    }
}

} // namespace ui
