#include "ui/pages/provider_editor.h"

#include "ui/editors/chips_editor.h"
#include "ui/editors/entity_history.h"
#include "ui/editors/form_binder.h"
#include "ui/editors/form_reading.h"
#include "ui/editors/name_choices.h"
#include "ui/models/table_text.h"
#include "ui/pages/secret_field.h"
#include "ui/widgets/column.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/toggle.h"

#include <QComboBox>
#include <QPlainTextEdit>

namespace ui {
namespace {

const QMap<QString, QString>& tabOfField() {
    static const QMap<QString, QString> tabs = [] {
        QMap<QString, QString> map;
        const auto put = [&map](const char* tab, std::initializer_list<const char*> fields) {
            for (const char* field : fields) {
                map.insert(QLatin1String(field), QLatin1String(tab));
            }
        };
        put("rules", {"audience", "algorithms", "types", "leeway", "lifetimeMax", "tokenBytesMax",
                      "requiredClaims", "certificateBound", "senderConstrained"});
        put("mapping", {"consumerClaim", "tierClaim", "tier", "scopesClaim", "rolesClaim"});
        put("introspection", {"introspection", "endpoint", "clientId", "clientSecret", "cache", "timeout"});
        return map;
    }();
    return tabs;
}

} // namespace

ProviderEditor::ProviderEditor(ConsoleContext& context, FormBinder& form, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_form(form)
    , m_tabs(new SegmentedControl(QStringLiteral("provider.tabs"), tr("Parts of the provider")))
    , m_history(new EntityHistory(context, QStringLiteral("identity provider"),
                                  QStringLiteral("provider.history"))) {
    m_tabs->addSegment(QStringLiteral("keys"), tr("Keys"));
    m_tabs->addSegment(QStringLiteral("rules"), tr("Rules"));
    m_tabs->addSegment(QStringLiteral("mapping"), tr("Mapping"));
    m_tabs->addSegment(QStringLiteral("introspection"), tr("Introspection"));
    m_tabs->addSegment(QStringLiteral("history"), tr("History"));
    m_tabs->setEqualWidths(true);
    m_pages = {{QStringLiteral("keys"), buildKeysTab()},
               {QStringLiteral("rules"), buildRulesTab()},
               {QStringLiteral("mapping"), buildMappingTab()},
               {QStringLiteral("introspection"), buildIntrospectionTab()},
               {QStringLiteral("history"), m_history}};
    QVBoxLayout* layout = columnIn(this);
    for (QWidget* page : std::as_const(m_pages)) {
        layout->addWidget(page);
    }
    layout->addStretch(1);
    connect(m_tabs, &SegmentedControl::currentChanged, this, &ProviderEditor::showTab);
    showTab(QStringLiteral("keys"));
}

Field* ProviderEditor::addText(QVBoxLayout* layout, const char* key, const QString& title,
                               const QString& placeholder, const QString& hint, bool mono) {
    Field* field =
        m_form.add(QLatin1String(key),
                   makeTextField(title, QStringLiteral("provider.") + QLatin1String(key), placeholder, mono));
    field->setHint(hint);
    layout->addWidget(field);
    return field;
}

QWidget* ProviderEditor::buildKeysTab() {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    addText(layout, "name", tr("Name"), tr("corp"));
    m_issuer = addText(layout, "issuer", tr("Issuer"), QStringLiteral("https://id.example.com"), {}, true);
    auto* from = new QComboBox;
    from->addItem(tr("Discovery: the issuer says where"), QStringLiteral("discovery"));
    from->addItem(tr("A URL of a key set (JWKS)"), QStringLiteral("url"));
    from->addItem(tr("A key set in these settings"), QStringLiteral("settings"));
    from->addItem(tr("A shared secret, for HS256 to HS512"), QStringLiteral("secret"));
    layout->addWidget(m_form.add(QStringLiteral("keysFrom"),
                                 new Field(tr("Keys come from"), from, QStringLiteral("provider.keysFrom"))));
    m_jwksUrl = addText(layout, "jwksUrl", tr("URL of the key set"),
                        QStringLiteral("https://id.example.com/jwks.json"), {}, true);
    auto* text = new QPlainTextEdit;
    text->setProperty("mono", true);
    text->setPlaceholderText(QStringLiteral("{ \"keys\": [ … ] }"));
    text->setTabChangesFocus(true);
    text->setMinimumHeight(150);
    m_jwks = m_form.add(QStringLiteral("jwks"),
                        new Field(tr("Key set (JWKS)"), text, QStringLiteral("provider.jwks")));
    m_jwks->setHint(tr("Public keys only; a private key is refused."));
    layout->addWidget(m_jwks);
    m_secret = new SecretEditor(m_context, QStringLiteral("provider.secret"));
    m_secretField =
        new Field(tr("Secret that tokens are signed with"), m_secret, QStringLiteral("provider.secret"));
    m_form.addEditor(QStringLiteral("secret"), m_secretField, m_secret);
    layout->addWidget(m_secretField);
    m_refresh = addText(layout, "refresh", tr("Fetch again at least every"), QStringLiteral("10m"),
                        tr("Unknown keys are asked for earlier. When the provider is down, its last keys "
                           "stay."));
    m_authority = m_form.add(QStringLiteral("authority"), new Field(tr("Its TLS is signed by"), new QComboBox,
                                                                    QStringLiteral("provider.authority")));
    layout->addWidget(m_authority);
    return tab;
}

QWidget* ProviderEditor::buildRulesTab() {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    addText(layout, "audience", tr("Audience"), tr("shop-api"),
            tr("The token's aud has to hold one of these. Empty: it is not asked for."));
    auto* chips = new ChipsEditor(QStringLiteral("provider.algorithms"), 4);
    chips->setOptions({QStringLiteral("RS256"), QStringLiteral("RS384"), QStringLiteral("RS512"),
                       QStringLiteral("ES256"), QStringLiteral("ES384"), QStringLiteral("ES512"),
                       QStringLiteral("PS256"), QStringLiteral("PS384"), QStringLiteral("PS512"),
                       QStringLiteral("EdDSA"), QStringLiteral("HS256"), QStringLiteral("HS384"),
                       QStringLiteral("HS512")});
    auto* algorithms = new Field(tr("Algorithms"), chips, QStringLiteral("provider.algorithms"));
    algorithms->setHint(tr("Only these are taken, whatever the token says."));
    m_form.addEditor(QStringLiteral("algorithms"), algorithms, chips);
    layout->addWidget(algorithms);
    addText(layout, "types", tr("Types (typ)"), tr("JWT, at+jwt or none"),
            tr("at+jwt alone: the rules of RFC 9068 for access tokens hold."));
    addText(layout, "requiredClaims", tr("Claims that must be there"), QStringLiteral("sub, client_id"));
    addText(layout, "leeway", tr("Clocks may differ by"), QStringLiteral("60s"));
    addText(layout, "lifetimeMax", tr("Longest lifetime"), QStringLiteral("24h"),
            tr("From iat to exp; a token that lives longer is refused."));
    addText(layout, "tokenBytesMax", tr("Largest token"), QStringLiteral("8KiB"));
    auto* certificate = new ToggleRow(m_context.theme, tr("Bound to a client certificate"),
                                      tr("Tokens without cnf.x5t#S256 are refused (RFC 8705)."),
                                      QStringLiteral("provider.certificateBound"));
    m_form.addToggle(QStringLiteral("certificateBound"), certificate->toggle());
    layout->addWidget(certificate);
    auto* sender = new ToggleRow(m_context.theme, tr("Bound to a key of the sender (DPoP)"),
                                 tr("Tokens without cnf.jkt are refused (RFC 9449)."),
                                 QStringLiteral("provider.senderConstrained"));
    m_form.addToggle(QStringLiteral("senderConstrained"), sender->toggle());
    layout->addWidget(sender);
    return tab;
}

QWidget* ProviderEditor::buildMappingTab() {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    layout->addWidget(wrappedLabel(tr("What is taken from a token. Each is a claim by its name; a.b is b "
                                      "within a."),
                                   "sub"));
    addText(layout, "consumerClaim", tr("Consumer"), tr("none; or azp"),
            tr("The claim that holds a consumer's name. Consumers can also list the subjects that they are "
               "known by."),
            true);
    addText(layout, "tierClaim", tr("Tier"), tr("none; or plan"), tr("The claim that holds a tier's name."),
            true);
    m_tier = m_form.add(QStringLiteral("tier"), new Field(tr("Tier of callers who are no consumer"),
                                                          new QComboBox, QStringLiteral("provider.tier")));
    m_tier->setHint(tr("Each subject gets a bucket of its own. Without a tier they are refused."));
    layout->addWidget(m_tier);
    addText(layout, "scopesClaim", tr("Scopes"), QStringLiteral("scope"),
            tr("A text with spaces between, or a list."), true);
    addText(layout, "rolesClaim", tr("Roles"), tr("none; or realm_access.roles"), {}, true);
    return tab;
}

QWidget* ProviderEditor::buildIntrospectionTab() {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    auto* introspect = new ToggleRow(m_context.theme, tr("Ask the provider about tokens"),
                                     tr("For opaque tokens (RFC 7662). Answers are remembered for a while."),
                                     QStringLiteral("provider.introspection"));
    m_form.addToggle(QStringLiteral("introspection"), introspect->toggle());
    layout->addWidget(introspect);
    m_introspection = new QWidget;
    QVBoxLayout* fields = columnIn(m_introspection);
    addText(fields, "endpoint", tr("Endpoint"), tr("as the provider's metadata says"), {}, true);
    addText(fields, "clientId", tr("Client"), QStringLiteral("gatehouse"));
    m_clientSecret = new SecretEditor(m_context, QStringLiteral("provider.clientSecret"));
    auto* secret = new Field(tr("Client secret"), m_clientSecret, QStringLiteral("provider.clientSecret"));
    m_form.addEditor(QStringLiteral("clientSecret"), secret, m_clientSecret);
    fields->addWidget(secret);
    addText(fields, "cache", tr("Remember an answer for"), tr("never"),
            tr("A revoked token may be taken for as long. Empty: asked each time."));
    addText(fields, "timeout", tr("Wait for an answer"), QStringLiteral("5s"));
    layout->addWidget(m_introspection);
    return tab;
}

void ProviderEditor::setConfig(const gateway::model::Config& config) {
    offerNames(m_authority, tr("any the system trusts"),
               certificateNames(config, gateway::model::Certificate::Use::Authority));
    QStringList tiers;
    for (const auto& tier : config.tiers) {
        tiers.push_back(toQString(tier.name));
    }
    offerNames(m_tier, tr("none: they are refused"), tiers);
}

void ProviderEditor::open(const QString& name, bool isNew) {
    if (isNew) {
        m_tabs->setCurrent(QStringLiteral("keys"));
        showTab(QStringLiteral("keys"));
    }
    m_history->open(name, isNew);
}

void ProviderEditor::showConsequences(const FormValues& values) {
    const QString from = values.value(QStringLiteral("keysFrom"));
    const QString issuer = values.value(QStringLiteral("issuer")).trimmed();
    m_jwksUrl->setVisible(from == u"url");
    m_jwks->setVisible(from == u"settings");
    m_secretField->setVisible(from == u"secret");
    const bool fetched = from == u"url" || from == u"discovery";
    m_refresh->setVisible(fetched);
    m_authority->setVisible(fetched || isOn(values, QStringLiteral("introspection")));
    m_issuer->setHint(from == u"discovery" && !issuer.isEmpty()
                          ? tr("What iss has to be, exactly. Asked at %1/.well-known/openid-configuration.")
                                .arg(issuer.endsWith(u'/') ? issuer.chopped(1) : issuer)
                          : tr("What iss has to be, exactly."));
    m_introspection->setVisible(isOn(values, QStringLiteral("introspection")));
    const QString name = values.value(QStringLiteral("name")).trimmed();
    m_secret->setProposal(name.isEmpty() ? QString() : name + QStringLiteral("-key"));
    m_clientSecret->setProposal(name.isEmpty() ? QString() : name + QStringLiteral("-client"));
}

void ProviderEditor::showTabOf(const QString& field) {
    const QString tab = tabOfField().value(field, QStringLiteral("keys"));
    m_tabs->setCurrent(tab);
    showTab(tab);
}

void ProviderEditor::showTab(const QString& id) {
    for (auto at = m_pages.cbegin(); at != m_pages.cend(); ++at) {
        at.value()->setVisible(at.key() == id);
    }
}

} // namespace ui
