#include "ui/pages/services_editor.h"

#include "ui/editors/check_list_editor.h"
#include "ui/editors/chips_editor.h"
#include "ui/editors/entity_forms.h"
#include "ui/editors/form_binder.h"
#include "ui/editors/form_reading.h"
#include "ui/editors/name_choices.h"
#include "ui/editors/service_sentences.h"
#include "ui/editors/targets_editor.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/toggle.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {
namespace {

QVBoxLayout* columnIn(QWidget* widget, int spacing) {
    auto* layout = new QVBoxLayout(widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(spacing);
    return layout;
}

QLayout* rowOf(const QList<Field*>& fields) {
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    for (Field* field : fields) {
        row->addWidget(field, 1, Qt::AlignTop);
    }
    return row;
}

gateway::model::Service withoutTls(gateway::model::Service service) {
    service.tls.reset();
    return service;
}

QFrame* makeLine() {
    auto* line = new QFrame;
    setKind(line, "hr");
    return line;
}

} // namespace

ServiceEditor::ServiceEditor(const Theme& theme, FormBinder& form, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_tabs(new SegmentedControl(QStringLiteral("service.tabs"), tr("Parts of the service"))) {
    auto* layout = new QVBoxLayout(this);
    const auto addTab = [&](const char* id, const QString& title,
                            QWidget* (ServiceEditor::*build)(FormBinder&)) {
        m_tabBeingBuilt = QLatin1String(id);
        m_tabs->addSegment(m_tabBeingBuilt, title);
        QWidget* page = (this->*build)(form);
        m_pages.insert(m_tabBeingBuilt, page);
        layout->addWidget(page);
    };
    addTab("targets", tr("Targets"), &ServiceEditor::buildTargetsTab);
    addTab("balance", tr("Balance"), &ServiceEditor::buildBalanceTab);
    addTab("health", tr("Health"), &ServiceEditor::buildHealthTab);
    addTab("retries", tr("Retries"), &ServiceEditor::buildRetriesTab);
    addTab("timeouts", tr("Timeouts"), &ServiceEditor::buildTimeoutsTab);
    m_tabs->setEqualWidths(true);
    layout->addStretch(1);
    connect(m_tabs, &SegmentedControl::currentChanged, this, &ServiceEditor::showTab);
    showFirstTab();
}

Field* ServiceEditor::addField(FormBinder& form, const QString& key, const QString& title,
                               const QString& placeholder, const QString& hint) {
    m_tabOfField.insert(key, m_tabBeingBuilt);
    Field* field = form.add(key, makeTextField(title, QStringLiteral("service.") + key, placeholder));
    field->setHint(hint);
    return field;
}

Field* ServiceEditor::addCombo(FormBinder& form, const QString& key, const QString& title,
                               const QList<std::pair<QString, QString>>& items) {
    m_tabOfField.insert(key, m_tabBeingBuilt);
    auto* combo = new QComboBox;
    for (const auto& [id, text] : items) {
        combo->addItem(text, id);
    }
    return form.add(key, new Field(title, combo, QStringLiteral("service.") + key));
}

QLabel* ServiceEditor::addSentence(const QString& key) {
    QLabel* label = makeLabel({}, "sub");
    label->setObjectName(QStringLiteral("service.%1Sentence").arg(key));
    label->setWordWrap(true);
    m_sentences.insert(key, label);
    return label;
}

void ServiceEditor::say(const QString& key, const QString& sentence) {
    m_sentences.value(key)->setText(sentence);
}

void ServiceEditor::addSection(FormBinder& form, QVBoxLayout* layout, const QString& key,
                               const QString& title, const QString& whatFor,
                               const QList<QList<Field*>>& rows) {
    auto* toggle = new ToggleRow(m_theme, title, whatFor, QStringLiteral("service.") + key);
    m_tabOfField.insert(key, m_tabBeingBuilt);
    form.addToggle(key, toggle->toggle());
    auto* details = new QWidget;
    QVBoxLayout* inner = columnIn(details, 12);
    for (const QList<Field*>& row : rows) {
        inner->addLayout(rowOf(row));
    }
    inner->addWidget(addSentence(key));
    m_sections.insert(key, details);
    if (layout->count() > 0) {
        layout->addWidget(makeLine());
    }
    layout->addWidget(toggle);
    layout->addWidget(details);
}

void ServiceEditor::showSection(const QString& key, bool on, const QString& sentence) {
    m_sections.value(key)->setVisible(on);
    say(key, sentence);
}

QWidget* ServiceEditor::buildTargetsTab(FormBinder& form) {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab, 14);
    layout->addLayout(rowOf({addField(form, QStringLiteral("name"), tr("Name"), tr("orders")),
                             addCombo(form, QStringLiteral("protocol"), tr("Protocol"),
                                      {{QStringLiteral("http"), tr("HTTP/1.1")},
                                       {QStringLiteral("http2"), tr("HTTP/2")},
                                       {QStringLiteral("grpc"), tr("gRPC")}})}));
    layout->addWidget(addSentence(QStringLiteral("protocol")));
    m_targets = new TargetsEditor(m_theme, QStringLiteral("service.targets"));
    auto* targets = new Field(tr("Targets"), m_targets, QStringLiteral("service.targets"));
    targets->setHint(tr("A target that drains gets no new requests; those in flight finish."));
    m_tabOfField.insert(QStringLiteral("targets"), m_tabBeingBuilt);
    form.addEditor(QStringLiteral("targets"), targets, m_targets);
    layout->addWidget(targets);
    addTlsSection(form, layout);
    return tab;
}

void ServiceEditor::addTlsSection(FormBinder& form, QVBoxLayout* layout) {
    auto* verify = new ToggleRow(m_theme, tr("Verify the target"),
                                 tr("Its certificate must name it and come from an authority."),
                                 QStringLiteral("service.tlsVerify"));
    const QString authority = QStringLiteral("tlsAuthority");
    const QString certificate = QStringLiteral("tlsCertificate");
    m_authority = addCombo(form, authority, tr("Signed by"), {});
    m_certificate = addCombo(form, certificate, tr("Show a certificate"), {});
    addSection(form, layout, QStringLiteral("tls"), tr("TLS"), tr("Targets are asked by https."),
               {{addField(form, QStringLiteral("tlsServerName"), tr("Server name"), tr("the target's host"),
                          tr("Whom the certificate must name."))},
                {m_authority, m_certificate}});
    m_tabOfField.insert(QStringLiteral("tlsVerify"), m_tabBeingBuilt);
    form.addToggle(QStringLiteral("tlsVerify"), verify->toggle());
    static_cast<QVBoxLayout*>(m_sections.value(QStringLiteral("tls"))->layout())->insertWidget(0, verify);
}

void ServiceEditor::setConfig(const gateway::model::Config& config) {
    using Use = gateway::model::Certificate::Use;
    offerNames(m_authority, tr("any the system trusts"), certificateNames(config, Use::Authority));
    offerNames(m_certificate, tr("none"), certificateNames(config, Use::Identity));
}

QWidget* ServiceEditor::buildBalanceTab(FormBinder& form) {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab, 14);
    layout->addWidget(addCombo(form, QStringLiteral("balance"), tr("Who gets the next request"),
                               {{QStringLiteral("round-robin"), tr("Round robin")},
                                {QStringLiteral("least-requests"), tr("Least requests")},
                                {QStringLiteral("random-two"), tr("Better of two random ones")},
                                {QStringLiteral("consistent-hash"), tr("Consistent hash")}}));
    m_hashSource = addCombo(form, QStringLiteral("hashSource"), tr("Callers are told apart by"),
                            {{QStringLiteral("address"), tr("Client address")},
                             {QStringLiteral("consumer"), tr("Consumer")},
                             {QStringLiteral("header"), tr("Header")},
                             {QStringLiteral("cookie"), tr("Cookie")}});
    m_hashName = addField(form, QStringLiteral("hashName"), tr("Its name"), QStringLiteral("X-Session"));
    layout->addLayout(rowOf({m_hashSource, m_hashName}));
    layout->addWidget(addSentence(QStringLiteral("balance")));
    layout->addWidget(makeLine());
    layout->addLayout(rowOf(
        {addField(form, QStringLiteral("slowStart"), tr("Slow start"), tr("none; or 30s")),
         addField(form, QStringLiteral("concurrency"), tr("Requests at a time"), tr("no limit; or 100"))}));
    layout->addWidget(addSentence(QStringLiteral("slowStart")));
    layout->addWidget(addSentence(QStringLiteral("concurrency")));
    return tab;
}

QWidget* ServiceEditor::buildHealthTab(FormBinder& form) {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab, 14);
    addSection(
        form, layout, QStringLiteral("health"), tr("Active health check"),
        tr("Asks each target whether it is well, also without traffic."),
        {{addCombo(form, QStringLiteral("healthKind"), tr("Ask by"),
                   {{QStringLiteral("path"), tr("GET of a path")},
                    {QStringLiteral("grpc"), tr("gRPC health check")}}),
          m_healthPath = addField(form, QStringLiteral("healthPath"), tr("Path"), QStringLiteral("/healthz")),
          m_healthService = addField(form, QStringLiteral("healthGrpcService"), tr("Service to ask about"),
                                     tr("the whole server"))},
         {addField(form, QStringLiteral("healthInterval"), tr("Every"), QStringLiteral("3s")),
          addField(form, QStringLiteral("healthTimeout"), tr("Answer within"), QStringLiteral("1s"))},
         {addField(form, QStringLiteral("unhealthyAfter"), tr("Failed checks in a row"), QStringLiteral("3")),
          addField(form, QStringLiteral("healthyAfter"), tr("Good checks in a row"), QStringLiteral("1"))}});
    addSection(form, layout, QStringLiteral("outlier"), tr("Ejection"),
               tr("Takes out a target that fails request after request."),
               {{addField(form, QStringLiteral("outlierErrors"), tr("Errors in a row"), QStringLiteral("5")),
                 addField(form, QStringLiteral("outlierEject"), tr("For"), QStringLiteral("30s")),
                 addField(form, QStringLiteral("outlierPercent"), tr("At most"), QStringLiteral("10%"))}});
    addSection(
        form, layout, QStringLiteral("breaker"), tr("Circuit breaker"),
        tr("Stops asking a service that mostly fails."),
        {{addField(form, QStringLiteral("breakerRatio"), tr("Share of errors"), QStringLiteral("50%")),
          addField(form, QStringLiteral("breakerSamples"), tr("Of at least"), QStringLiteral("20"))},
         {addField(form, QStringLiteral("breakerOpen"), tr("Open for"), QStringLiteral("10s")),
          addField(form, QStringLiteral("breakerRecover"), tr("Recover over"), QStringLiteral("10s"))}});
    return tab;
}

QWidget* ServiceEditor::buildRetriesTab(FormBinder& form) {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab, 14);
    layout->addLayout(rowOf({addField(form, QStringLiteral("retryAttempts"), tr("Further tries"),
                                      QStringLiteral("2"), tr("0: none")),
                             addField(form, QStringLiteral("retryBudget"), tr("Budget"),
                                      QStringLiteral("20%"), tr("Of the requests"))}));
    auto* kinds =
        new CheckListEditor(QStringLiteral("service.retryOn"),
                            {{QStringLiteral("connect-failure"), tr("No connection comes about")},
                             {QStringLiteral("refused-stream"), tr("Closed before a byte of the answer")},
                             {QStringLiteral("reset"), tr("Broken within the head of the answer")},
                             {QStringLiteral("timeout"), tr("A try takes too long")},
                             {QStringLiteral("unavailable"), tr("gRPC says UNAVAILABLE")}});
    auto* kindsField = new Field(tr("Try again when"), kinds, QStringLiteral("service.retryOn"));
    m_tabOfField.insert(QStringLiteral("retryOn"), m_tabBeingBuilt);
    form.addEditor(QStringLiteral("retryOn"), kindsField, kinds);
    layout->addWidget(kindsField);
    auto* chips = new ChipsEditor(QStringLiteral("service.retryStatuses"), 6);
    chips->setOptions(
        {QStringLiteral("500"), QStringLiteral("502"), QStringLiteral("503"), QStringLiteral("504")});
    chips->allowOthers(tr("Other"), tr("Another status to retry"));
    auto* statuses = new Field(tr("Or when the answer is"), chips, QStringLiteral("service.retryStatuses"));
    m_tabOfField.insert(QStringLiteral("retryStatuses"), m_tabBeingBuilt);
    form.addEditor(QStringLiteral("retryStatuses"), statuses, chips);
    layout->addWidget(statuses);
    layout->addWidget(addSentence(QStringLiteral("retries")));
    return tab;
}

QWidget* ServiceEditor::buildTimeoutsTab(FormBinder& form) {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab, 14);
    layout->addLayout(rowOf({addField(form, QStringLiteral("connect"), tr("Connect"), QStringLiteral("5s"),
                                      tr("Then the next target is tried.")),
                             addField(form, QStringLiteral("response"), tr("Silence"), QStringLiteral("15s"),
                                      tr("Longest wait; then 504."))}));
    layout->addLayout(rowOf({addField(form, QStringLiteral("attempt"), tr("One try"), tr("no limit; or 5s"),
                                      tr("To the head of its answer.")),
                             addField(form, QStringLiteral("request"), tr("Whole request"),
                                      tr("no limit; or 30s"), tr("All tries, to the end; then 504."))}));
    layout->addWidget(addField(form, QStringLiteral("idle"), tr("Keep idle connections"),
                               QStringLiteral("60s"),
                               tr("A pooled connection without a request is closed after that.")));
    layout->addWidget(addSentence(QStringLiteral("timeouts")));
    layout->addWidget(makeLine());
    layout->addLayout(rowOf({addField(form, QStringLiteral("streamIdle"), tr("Silence of a stream"),
                                      QStringLiteral("5m"), tr("Then it is closed.")),
                             addField(form, QStringLiteral("streamLifetime"), tr("Life of a stream"),
                                      tr("no limit; or 1h"), tr("From its beginning to its end."))}));
    layout->addWidget(addSentence(QStringLiteral("streams")));
    return tab;
}

void ServiceEditor::showConsequences(const FormValues& values) {
    FieldProblems ignored; // they are said at their fields
    FormValues all = values;
    for (const char* section : {"health", "outlier", "breaker", "tls"}) {
        all.insert(QLatin1String(section), QStringLiteral("1"));
    }
    const gateway::model::Service service = ServiceForm::fromForm(all, {}, ignored);
    const bool hashed = service.balance == gateway::model::Balance::ConsistentHash;
    const QString source = values.value(QStringLiteral("hashSource"));
    m_hashSource->setVisible(hashed);
    m_hashName->setVisible(hashed && (source == u"header" || source == u"cookie"));
    say(QStringLiteral("balance"), balanceSentence(service));
    say(QStringLiteral("slowStart"), slowStartSentence(service.slowStart));
    say(QStringLiteral("concurrency"), concurrencySentence(service.concurrency));
    showSection(QStringLiteral("health"), isOn(values, QStringLiteral("health")),
                healthSentence(*service.health));
    showSection(QStringLiteral("outlier"), isOn(values, QStringLiteral("outlier")),
                outlierSentence(*service.outlier, service.targets.size()));
    showSection(QStringLiteral("breaker"), isOn(values, QStringLiteral("breaker")),
                breakerSentence(*service.breaker));
    say(QStringLiteral("protocol"),
        protocolSentence(isOn(values, QStringLiteral("tls")) ? service : withoutTls(service)));
    showSection(QStringLiteral("tls"), isOn(values, QStringLiteral("tls")),
                upstreamTlsSentence(*service.tls));
    restyle(m_sentences.value(QStringLiteral("tls")), "kind",
            service.tls->verify ? QStringLiteral("sub") : QStringLiteral("warn"));
    m_authority->setVisible(service.tls->verify);
    m_healthPath->setVisible(!service.health->grpc);
    m_healthService->setVisible(service.health->grpc);
    say(QStringLiteral("streams"), streamsSentence(service.timeouts));
    say(QStringLiteral("retries"), retriesSentence(service.retries));
    say(QStringLiteral("timeouts"), timeoutsSentence(service.timeouts));
}

void ServiceEditor::showFirstTab() {
    m_tabs->setCurrent(QStringLiteral("targets"));
    showTab(QStringLiteral("targets"));
}

void ServiceEditor::showTabOf(const QString& field) {
    const QString tab = m_tabOfField.value(field, QStringLiteral("targets"));
    m_tabs->setCurrent(tab);
    showTab(tab);
}

void ServiceEditor::showTab(const QString& id) {
    for (auto at = m_pages.cbegin(); at != m_pages.cend(); ++at) {
        at.value()->setVisible(at.key() == id);
    }
}

} // namespace ui
