#include "ui/pages/listener_editor.h"

#include "ui/editors/chips_editor.h"
#include "ui/editors/entity_history.h"
#include "ui/editors/form_binder.h"
#include "ui/editors/form_reading.h"
#include "ui/editors/name_choices.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/toggle.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {
namespace {

constexpr int networkWidth = 170;

QVBoxLayout* columnIn(QWidget* widget) {
    auto* layout = new QVBoxLayout(widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(14);
    return layout;
}

QLayout* pairOf(Field* left, Field* right, int leftStretch = 1) {
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(left, leftStretch, Qt::AlignTop);
    row->addWidget(right, 1, Qt::AlignTop);
    return row;
}

} // namespace

ListenerEditor::ListenerEditor(ConsoleContext& context, FormBinder& form, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_tabs(new SegmentedControl(QStringLiteral("listener.tabs"), tr("Parts of the listener")))
    , m_history(new EntityHistory(context, QStringLiteral("listener"), QStringLiteral("listener.history"))) {
    QVBoxLayout* layout = columnIn(this);
    const auto addTab = [&](const char* id, const QString& title,
                            QWidget* (ListenerEditor::*build)(FormBinder&)) {
        m_tabBeingBuilt = QLatin1String(id);
        m_tabs->addSegment(m_tabBeingBuilt, title);
        QWidget* page = (this->*build)(form);
        m_pages.insert(m_tabBeingBuilt, page);
        layout->addWidget(page);
    };
    addTab("address", tr("Address"), &ListenerEditor::buildAddressTab);
    addTab("tls", tr("TLS"), &ListenerEditor::buildTlsTab);
    addTab("clients", tr("Clients"), &ListenerEditor::buildClientsTab);
    addTab("limits", tr("Limits"), &ListenerEditor::buildLimitsTab);
    m_tabs->addSegment(QStringLiteral("history"), tr("History"));
    m_pages.insert(QStringLiteral("history"), m_history);
    layout->addWidget(m_history);
    m_tabs->setEqualWidths(true);
    layout->addStretch(1);
    connect(m_tabs, &SegmentedControl::currentChanged, this, &ListenerEditor::showTab);
    showTab(QStringLiteral("address"));
}

Field* ListenerEditor::addField(FormBinder& form, const QString& key, const QString& title,
                                const QString& placeholder, const QString& hint) {
    m_tabOfField.insert(key, m_tabBeingBuilt);
    Field* field = form.add(key, makeTextField(title, QStringLiteral("listener.") + key, placeholder));
    field->setHint(hint);
    return field;
}

ChipsEditor* ListenerEditor::addChips(FormBinder& form, const QString& key, const QString& title,
                                      const QString& hint, QVBoxLayout* layout) {
    m_tabOfField.insert(key, m_tabBeingBuilt);
    auto* chips = new ChipsEditor(QStringLiteral("listener.") + key, 2);
    auto* field = new Field(title, chips, QStringLiteral("listener.") + key);
    field->setHint(hint);
    form.addEditor(key, field, chips);
    layout->addWidget(field);
    return chips;
}

Field* ListenerEditor::addChoice(FormBinder& form, const QString& key, const QString& title,
                                 const QList<std::pair<QString, QString>>& choices) {
    m_tabOfField.insert(key, m_tabBeingBuilt);
    auto* choice = new SegmentedControl(QStringLiteral("listener.") + key, title);
    for (const auto& [id, text] : choices) {
        choice->addSegment(id, text);
    }
    auto* field = new Field(title, choice, QStringLiteral("listener.") + key);
    form.addChoice(key, field, choice);
    return field;
}

ToggleRow* ListenerEditor::addToggle(FormBinder& form, const QString& key, const QString& title,
                                     const QString& text) {
    m_tabOfField.insert(key, m_tabBeingBuilt);
    auto* row = new ToggleRow(m_context.theme, title, text, QStringLiteral("listener.") + key);
    form.addToggle(key, row->toggle());
    return row;
}

ToggleRow* ListenerEditor::makeRule(ListenerRule rule, const QString& key, const QString& title,
                                    const QString& text) {
    auto* row = new ToggleRow(m_context.theme, title, text, QStringLiteral("listener.") + key);
    connect(row->toggle(), &Toggle::toggled, this, [this, rule](bool on) {
        if (!m_showing) {
            Q_EMIT ruleWanted(rule, on);
        }
    });
    return row;
}

QWidget* ListenerEditor::buildAddressTab(FormBinder& form) {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    layout->addWidget(addField(form, QStringLiteral("name"), tr("Name"), tr("public")));
    layout->addLayout(pairOf(addField(form, QStringLiteral("host"), tr("Address"),
                                      QStringLiteral("127.0.0.1"), tr("0.0.0.0 or :: is every network.")),
                             addField(form, QStringLiteral("port"), tr("Port"), QStringLiteral("8080")), 2));
    layout->addLayout(
        pairOf(addField(form, QStringLiteral("keyHeader"), tr("API key header"), QStringLiteral("X-API-Key")),
               addField(form, QStringLiteral("keyQuery"), tr("API key parameter"), tr("not allowed"))));
    return tab;
}

QWidget* ListenerEditor::buildTlsTab(FormBinder& form) {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    layout->addWidget(addToggle(form, QStringLiteral("tls"), tr("TLS"),
                                tr("Clients speak https. Requests in the clear are refused here.")));
    m_tls = new QWidget;
    QVBoxLayout* inner = columnIn(m_tls);
    m_certificates = addChips(form, QStringLiteral("certificates"), tr("Certificates"), {}, inner);
    m_certificates->keepOrderOfChoice();
    m_certificatesField = form.field(QStringLiteral("certificates"));
    auto* open =
        new Button(m_context.theme, tr("Get a certificate…"), QStringLiteral("listener.openCertificates"),
                   Button::Kind::Secondary, QStringLiteral("shield"));
    connect(open, &Button::clicked, this, &ListenerEditor::certificatesRequested);
    m_noCertificate = open;
    inner->addWidget(open, 0, Qt::AlignLeft);
    inner->addWidget(
        addChoice(form, QStringLiteral("tlsMinimum"), tr("Oldest version"),
                  {{QStringLiteral("1.2"), tr("TLS 1.2")}, {QStringLiteral("1.3"), tr("TLS 1.3")}}));
    inner->addWidget(addChoice(form, QStringLiteral("clientCertificates"), tr("Client certificates"),
                               {{QStringLiteral("off"), tr("Off")},
                                {QStringLiteral("optional"), tr("Optional")},
                                {QStringLiteral("required"), tr("Required")}}));
    m_tabOfField.insert(QStringLiteral("clientAuthority"), m_tabBeingBuilt);
    m_clientAuthority =
        form.add(QStringLiteral("clientAuthority"),
                 new Field(tr("Signed by"), new QComboBox, QStringLiteral("listener.clientAuthority")));
    m_clientAuthority->setHint(tr("An authority of the certificates page, with its list of revoked ones."));
    inner->addWidget(m_clientAuthority);
    m_hsts = makeRule(ListenerRule::Hsts, QStringLiteral("hsts"), tr("Strict transport security"),
                      tr("Browsers that were here once come by https only, for a year (HSTS)."));
    layout->addWidget(m_tls);
    layout->addWidget(m_hsts);
    m_redirect = makeRule(ListenerRule::HttpsRedirect, QStringLiteral("redirect"), tr("Redirect to https"),
                          tr("Every request is answered with 308 and the https address."));
    layout->addWidget(m_redirect);
    return tab;
}

QWidget* ListenerEditor::buildClientsTab(FormBinder& form) {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    QLabel* always = makeLabel(tr("HTTP/1.1 is always spoken."), "sub");
    layout->addWidget(always);
    layout->addWidget(addToggle(form, QStringLiteral("http2"), tr("HTTP/2"),
                                tr("By ALPN over TLS, in the clear by prior knowledge. gRPC needs it.")));
    layout->addWidget(addToggle(form, QStringLiteral("webSocket"), tr("WebSocket"),
                                tr("A request may become a WebSocket.")));
    layout->addWidget(
        addToggle(form, QStringLiteral("proxyProtocol"), tr("PROXY protocol"),
                  tr("Each connection begins with a header of version 2 that names the client.")));
    m_tabOfField.insert(QStringLiteral("proxyProtocol"), m_tabBeingBuilt);
    ChipsEditor* proxies =
        addChips(form, QStringLiteral("trustedProxies"), tr("Trusted proxies"),
                 tr("Addresses and networks whose word about clients is believed."), layout);
    proxies->allowOthers(tr("10.0.0.0/8"), tr("Another trusted proxy"), networkWidth);
    m_policies =
        addChips(form, QStringLiteral("policies"), tr("Policies"), tr("For all that comes in here."), layout);
    m_policiesField = form.field(QStringLiteral("policies"));
    return tab;
}

QWidget* ListenerEditor::buildLimitsTab(FormBinder& form) {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    const auto field = [&](const char* key, const QString& title, const QString& placeholder,
                           const QString& hint) {
        return addField(form, QLatin1String(key), title, placeholder, hint);
    };
    layout->addLayout(
        pairOf(field("headBytes", tr("Request head"), QStringLiteral("32KiB"), tr("Above: 431")),
               field("headers", tr("Number of fields"), QStringLiteral("100"), tr("Above: 431"))));
    layout->addLayout(
        pairOf(field("bodyBytes", tr("Request body"), QStringLiteral("10MiB"), tr("Above: 413")),
               field("connectionsPerPeer", tr("Connections a client"), tr("no limit; or 1000"),
                     tr("Open at a time, by address."))));
    layout->addWidget(field("streams", tr("Streams a connection"), QStringLiteral("100"),
                            tr("HTTP/2: requests at a time on one connection.")));
    layout->addWidget(makeLabel(tr("Timeouts"), "h2"));
    layout->addLayout(
        pairOf(field("headerTimeout", tr("Whole head within"), QStringLiteral("10s"), tr("Above: 408")),
               field("bodyTimeout", tr("Silence in a body"), QStringLiteral("30s"), tr("Above: 408"))));
    layout->addLayout(pairOf(field("bodyMinRate", tr("Least body rate"), tr("any; or 1KiB/s"),
                                   tr("Below, of a body sent to us: 408")),
                             field("writeTimeout", tr("Client takes nothing"), QStringLiteral("30s"),
                                   tr("Then its connection is cut."))));
    layout->addWidget(
        field("idleTimeout", tr("Idle connection"), QStringLiteral("180s"), tr("Closed without a word.")));
    return tab;
}

void ListenerEditor::setConfig(const gateway::model::Config& config) {
    using Use = gateway::model::Certificate::Use;
    const QStringList identities = certificateNames(config, Use::Identity);
    m_certificates->setOptions(identities);
    m_certificatesField->setVisible(!identities.isEmpty());
    m_noCertificate->setVisible(identities.isEmpty());
    offerNames(m_clientAuthority, tr("choose an authority"), certificateNames(config, Use::Authority));
    m_policies->setOptions(listenerPolicyNames(config));
    m_policiesField->setVisible(!listenerPolicyNames(config).isEmpty());
}

void ListenerEditor::open(const QString& name, bool isNew) {
    if (isNew) {
        m_tabs->setCurrent(QStringLiteral("address"));
        showTab(QStringLiteral("address"));
    }
    m_history->open(name, isNew);
}

void ListenerEditor::showConsequences(const FormValues& values, const gateway::model::Config& config) {
    const bool tls = isOn(values, QStringLiteral("tls"));
    const QString policies = values.value(QStringLiteral("policies"));
    m_tls->setVisible(tls);
    const auto chosen = parseList(values.value(QStringLiteral("certificates")));
    m_certificatesField->setVisible(m_noCertificate->isHidden() || !chosen.empty());
    m_certificatesField->setHint(
        chosen.size() > 1 ? tr("%1 is for clients that no other one covers: it was chosen first.")
                                .arg(QString::fromStdString(chosen.front()))
                          : tr("Several may be chosen; a client gets the one that covers its host."));
    m_clientAuthority->setVisible(values.value(QStringLiteral("clientCertificates")) != u"off");
    m_showing = true;
    const bool isStrict = hasRule(policies, config, ListenerRule::Hsts);
    m_hsts->toggle()->setChecked(isStrict);
    m_hsts->setVisible(tls || isStrict); // a rule that does not fit can be switched off
    const bool redirects = hasRule(policies, config, ListenerRule::HttpsRedirect);
    m_redirect->toggle()->setChecked(redirects);
    m_redirect->setVisible(!tls || redirects);
    m_showing = false;
}

void ListenerEditor::showTabOf(const QString& field) {
    const QString tab = m_tabOfField.value(field, QStringLiteral("address"));
    m_tabs->setCurrent(tab);
    showTab(tab);
}

void ListenerEditor::showTab(const QString& id) {
    for (auto at = m_pages.cbegin(); at != m_pages.cend(); ++at) {
        at.value()->setVisible(at.key() == id);
    }
}

} // namespace ui
