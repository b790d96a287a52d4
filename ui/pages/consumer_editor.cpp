#include "ui/pages/consumer_editor.h"

#include "ui/editors/chips_editor.h"
#include "ui/editors/entity_forms.h"
#include "ui/editors/entity_history.h"
#include "ui/editors/form_binder.h"
#include "ui/editors/form_reading.h"
#include "ui/editors/identities_editor.h"
#include "ui/editors/sentences.h"
#include "ui/models/consumer_table_models.h"
#include "ui/models/table_text.h"
#include "ui/widgets/column.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/toggle.h"

#include <QComboBox>
#include <QPlainTextEdit>
#include <QSignalBlocker>

namespace ui {

namespace {
constexpr std::size_t routeChipsMax = 40; // above, names are typed
} // namespace

ConsumerEditor::ConsumerEditor(ConsoleContext& context, FormBinder& form, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_form(form)
    , m_tabs(new SegmentedControl(QStringLiteral("consumer.tabs"), tr("Parts of the consumer")))
    , m_history(new EntityHistory(context, QStringLiteral("consumer"), QStringLiteral("consumer.history"))) {
    m_tabs->addSegment(QStringLiteral("general"), tr("General"));
    m_tabs->addSegment(QStringLiteral("identities"), tr("Known by"));
    m_tabs->addSegment(QStringLiteral("limits"), tr("Limits"));
    m_tabs->addSegment(QStringLiteral("history"), tr("History"));
    m_tabs->setEqualWidths(true);
    m_pages = {{QStringLiteral("general"), buildGeneralTab()},
               {QStringLiteral("identities"), buildIdentitiesTab()},
               {QStringLiteral("limits"), buildLimitsTab()},
               {QStringLiteral("history"), m_history}};
    QVBoxLayout* layout = columnIn(this);
    for (QWidget* page : std::as_const(m_pages)) {
        layout->addWidget(page);
    }
    layout->addStretch(1);
    connect(m_tabs, &SegmentedControl::currentChanged, this, &ConsumerEditor::showTab);
    showTab(QStringLiteral("general"));
}

Field* ConsumerEditor::addText(QVBoxLayout* layout, const char* key, const QString& title,
                               const QString& placeholder, const QString& hint) {
    Field* field =
        m_form.add(QLatin1String(key),
                   makeTextField(title, QStringLiteral("consumer.") + QLatin1String(key), placeholder));
    field->setHint(hint);
    layout->addWidget(field);
    return field;
}

QWidget* ConsumerEditor::buildGeneralTab() {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    addText(layout, "name", tr("Name"), tr("acme"));
    auto* kind = new SegmentedControl(QStringLiteral("consumer.kind"), tr("Kind"));
    kind->addSegment(QStringLiteral("app"), tr("App"));
    kind->addSegment(QStringLiteral("user"), tr("User"));
    kind->addSegment(QStringLiteral("agent"), tr("Agent"));
    kind->setEqualWidths(true);
    auto* kindField = new Field(tr("Kind"), kind, QStringLiteral("consumer.kind"));
    kindField->setHint(tr("Of agents each call is kept, and they may be held to some routes."));
    m_form.addChoice(QStringLiteral("kind"), kindField, kind);
    layout->addWidget(kindField);
    addText(layout, "owner", tr("Owner"), tr("nobody in particular; or billing@example.com"),
            tr("Who answers for it."));
    m_tier = new QComboBox;
    Field* tier =
        m_form.add(QStringLiteral("tier"), new Field(tr("Tier"), m_tier, QStringLiteral("consumer.tier")));
    tier->setHint(tr("How much it may ask for."));
    layout->addWidget(tier);
    addText(layout, "roles", tr("Roles"), tr("partner, internal"));
    m_routes = new ChipsEditor(QStringLiteral("consumer.routes"), 3);
    m_routes->allowOthers(tr("another route"), tr("Another route"), 120);
    m_routesField = new Field(tr("Routes that it may call"), m_routes, QStringLiteral("consumer.routes"));
    m_routesField->setHint(tr("None chosen: all of them."));
    m_form.addEditor(QStringLiteral("routes"), m_routesField, m_routes);
    layout->addWidget(m_routesField);
    auto* text = new QPlainTextEdit;
    text->setPlaceholderText(QStringLiteral("region=eu"));
    text->setTabChangesFocus(true);
    text->setFixedHeight(96);
    Field* attributes = m_form.add(QStringLiteral("attributes"),
                                   new Field(tr("Attributes"), text, QStringLiteral("consumer.attributes")));
    attributes->setHint(tr("One name=value a line. Rules can ask about them."));
    layout->addWidget(attributes);
    return tab;
}

QWidget* ConsumerEditor::buildIdentitiesTab() {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    layout->addWidget(
        wrappedLabel(tr("By what else than its API keys it is known: the subject of a token, or a "
                        "client certificate."),
                     "sub"));
    m_identities = new IdentitiesEditor(m_context.theme, QStringLiteral("consumer.identities"));
    auto* field = new Field(tr("Identities"), m_identities, QStringLiteral("consumer.identities"));
    m_form.addEditor(QStringLiteral("identities"), field, m_identities);
    layout->addWidget(field);
    return tab;
}

QWidget* ConsumerEditor::buildLimitsTab() {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    auto* own = new ToggleRow(m_context.theme, tr("A limit of its own"), tr("In place of its tier's."),
                              QStringLiteral("consumer.ownRate"));
    m_form.addToggle(QStringLiteral("ownRate"), own->toggle());
    layout->addWidget(own);
    m_ownRate = new QWidget;
    QVBoxLayout* fields = columnIn(m_ownRate);
    addText(fields, "requests", tr("Requests"), QStringLiteral("10"));
    auto* period = new SegmentedControl(QStringLiteral("consumer.period"), tr("Per"));
    period->addSegment(QStringLiteral("1"), tr("second"));
    period->addSegment(QStringLiteral("60"), tr("minute"));
    period->addSegment(QStringLiteral("3600"), tr("hour"));
    period->addSegment(QStringLiteral("86400"), tr("day"));
    period->setEqualWidths(true);
    auto* periodField = new Field(tr("Per"), period, QStringLiteral("consumer.period"));
    m_form.addChoice(QStringLiteral("period"), periodField, period);
    fields->addWidget(periodField);
    addText(fields, "burst", tr("Burst"), QStringLiteral("20"),
            tr("How many may come at once after a pause."));
    layout->addWidget(m_ownRate);
    m_sentence = wrappedLabel({}, "value");
    m_sentence->setObjectName(QStringLiteral("consumer.limitSentence"));
    layout->addWidget(m_sentence);
    return tab;
}

void ConsumerEditor::setConfig(const gateway::model::Config& config) {
    const QSignalBlocker quiet(m_tier);
    const QString chosen = m_tier->currentData().toString();
    m_tier->clear();
    m_tier->addItem(tr("No limit"), QString());
    for (const auto& tier : config.tiers) {
        const QString name = toQString(tier.name);
        m_tier->addItem(QStringLiteral("%1  ·  %2").arg(name, allowanceText(tier)), name);
    }
    m_tier->setCurrentIndex(m_tier->findData(chosen));
    QStringList routes;
    for (std::size_t i = 0; i < config.routes.size() && i < routeChipsMax; ++i) {
        routes.push_back(toQString(config.routes[i].name));
    }
    m_routes->setOptions(routes);
    QStringList providers;
    for (const auto& provider : config.identityProviders) {
        providers.push_back(toQString(provider.name));
    }
    m_identities->setProviders(providers);
}

void ConsumerEditor::open(const QString& name, bool isNew) {
    if (isNew) {
        m_tabs->setCurrent(QStringLiteral("general"));
        showTab(QStringLiteral("general"));
    }
    m_history->open(name, isNew);
}

void ConsumerEditor::showConsequences(const FormValues& values) {
    m_routesField->setVisible(values.value(QStringLiteral("kind")) == u"agent");
    const bool own = isOn(values, QStringLiteral("ownRate"));
    m_ownRate->setVisible(own);
    FieldProblems problems;
    const auto consumer = ConsumerForm::fromForm(values, {}, problems);
    if (consumer.rate && !hasProblem(problems, QStringLiteral("requests")) &&
        !hasProblem(problems, QStringLiteral("burst"))) {
        m_sentence->setText(
            tierSentence(consumer.rate->requests, consumer.rate->period, consumer.rate->burst));
    } else {
        m_sentence->setText(
            own ? tr("Write whole numbers to see what they mean.")
            : consumer.tier.empty()
                ? tr("No tier and no limit of its own: it may ask for as "
                     "much as it likes.")
                : tr("Its tier, %1, says how much it may ask for.").arg(toQString(consumer.tier)));
    }
}

void ConsumerEditor::showTabOf(const QString& field) {
    const bool isLimit =
        field == u"ownRate" || field == u"requests" || field == u"period" || field == u"burst";
    const QString tab = field == u"identities" ? QStringLiteral("identities")
                        : isLimit              ? QStringLiteral("limits")
                                               : QStringLiteral("general");
    m_tabs->setCurrent(tab);
    showTab(tab);
}

void ConsumerEditor::showTab(const QString& id) {
    for (auto at = m_pages.cbegin(); at != m_pages.cend(); ++at) {
        at.value()->setVisible(at.key() == id);
    }
}

} // namespace ui
