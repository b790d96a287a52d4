#include "ui/pages/route_security_tab.h"

#include "gateway/model/effective_policy.h"
#include "ui/access_text.h"
#include "ui/editors/access_form.h"
#include "ui/editors/chips_editor.h"
#include "ui/editors/entity_forms.h"
#include "ui/editors/form_binder.h"
#include "ui/editors/form_reading.h"
#include "ui/models/table_text.h"
#include "ui/pages/authorize_fields.h"
#include "ui/pages/route_access_dialog.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/column.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/toggle.h"

#include <algorithm>

namespace ui {

using gateway::model::AttachedPolicy;
using gateway::model::Config;

namespace {

const QString& newKeyPolicy() {
    static const QString name = QStringLiteral("api-key");
    return name;
}

bool asksWhoCalls(const QString& policy, const Config& config) {
    const auto* known = config.policies.find(policy.toStdString());
    return known != nullptr ? known->authenticate.has_value() : policy == newKeyPolicy();
}

/// What holds for the route, a line a policy.
QString holdingText(const gateway::model::EffectivePolicy& effective) {
    QStringList lines;
    for (const AttachedPolicy& each : effective.attached) {
        const QString rules = policyRules(*each.policy).join(QStringLiteral(", "));
        const QString line = QStringLiteral("%1: %2").arg(toQString(textOf(each)), rules);
        const QString shown = each.isWaived ? QStringLiteral("%1 (waived here)").arg(line) : line;
        if (!lines.contains(shown)) {
            lines.push_back(shown);
        }
    }
    return lines.join(u'\n');
}

} // namespace

RouteSecurityTab::RouteSecurityTab(ConsoleContext& context, FormBinder& form, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_requireKey(
          new ToggleRow(context.theme, tr("Require API key"),
                        tr("Callers without a valid key, or another credential that its policy names, get "
                           "401. Consumers are told apart by it."),
                        QStringLiteral("route.requireKey")))
    , m_policies(new ChipsEditor(QStringLiteral("route.policies"), 3))
    , m_waives(new ChipsEditor(QStringLiteral("route.waives"), 3))
    , m_waivesField(new Field(tr("Policies that do not hold here"), m_waives, QStringLiteral("route.waives")))
    , m_holding(wrappedLabel({}, "value")) {
    m_policies->keepOrderOfChoice(); // the last one that says a setting wins
    connect(m_requireKey->toggle(), &Toggle::toggled, this, [this](bool on) {
        if (!m_showing) {
            Q_EMIT keyRequired(on);
        }
    });
    auto* policies = new Field(tr("Policies"), m_policies, QStringLiteral("route.policies"));
    policies->setHint(tr("Reusable rules. All that are chosen apply together."));
    form.addEditor(QStringLiteral("policies"), policies, m_policies);
    m_waivesField->setHint(tr("Of those that listeners, the service or “everywhere” bring."));
    form.addEditor(QStringLiteral("waives"), m_waivesField, m_waives);

    auto* summary = new QFrame;
    setKind(summary, "inset");
    auto* words = new QVBoxLayout(summary);
    words->setContentsMargins(14, 12, 14, 12);
    words->setSpacing(6);
    words->addWidget(makeLabel(tr("What holds here"), "label"));
    m_holding->setObjectName(QStringLiteral("route.holding"));
    words->addWidget(m_holding);
    auto* who = new Button(context.theme, tr("Who may call this?"), QStringLiteral("route.whoMayCall"),
                           Button::Kind::Secondary, QStringLiteral("users"));
    m_who = who;
    words->addWidget(who, 0, Qt::AlignLeft);
    connect(who, &Button::clicked, this, [this] {
        auto* dialog = new RouteAccessDialog(m_context, m_savedName, m_isDirty, window());
        connect(dialog, &RouteAccessDialog::consumerRequested, this, &RouteSecurityTab::consumerRequested);
        dialog->open();
    });

    QVBoxLayout* layout = columnIn(this);
    layout->addWidget(m_requireKey);
    layout->addWidget(policies);
    layout->addWidget(m_waivesField);
    layout->addWidget(summary);
    layout->addWidget(makeLabel(tr("What this route asks of callers itself"), "h2"));
    layout->addWidget(new AuthorizeFields(context.theme, form, QStringLiteral("route")));
}

void RouteSecurityTab::setConfig(const Config& config) {
    QStringList policies;
    for (const auto& policy : config.policies) {
        policies.push_back(toQString(policy.name));
    }
    m_policies->setOptions(policies);
}

void RouteSecurityTab::open(const QString& savedName) {
    m_savedName = savedName;
    m_who->setVisible(!savedName.isEmpty());
}

void RouteSecurityTab::showConsequences(const FormValues& values, const Config& config, bool dirty) {
    m_isDirty = dirty;
    m_showing = true;
    m_requireKey->toggle()->setChecked(requiresKey(values.value(QStringLiteral("policies")), config));
    FieldProblems ignored;
    gateway::model::Route route = RouteForm::fromForm(values, {}, ignored);
    QStringList lines;
    QStringList brought;
    const auto look = [&](const gateway::model::Listener* listener) {
        const auto effective = gateway::model::effectivePolicy(config, route, listener);
        for (const AttachedPolicy& each : effective.attached) {
            if (each.place != AttachedPolicy::Place::Route) {
                brought.push_back(toQString(each.policy->name));
            }
        }
        lines += holdingText(effective).split(u'\n', Qt::SkipEmptyParts);
    };
    if (config.listeners.empty()) {
        look(nullptr);
    }
    for (const auto& listener : config.listeners) {
        look(&listener);
    }
    lines.removeDuplicates();
    brought.removeDuplicates();
    m_waives->setOptions(brought);
    m_waivesField->setVisible(!brought.isEmpty() || !route.waives.empty());
    const QString own = authorizeText(route.authorize);
    if (!own.isEmpty()) {
        lines.push_back(tr("This route itself: %1").arg(own));
    }
    m_holding->setText(lines.isEmpty() ? tr("No rule: whoever reaches the gateway may call.")
                                       : lines.join(u'\n'));
    m_showing = false;
}

bool RouteSecurityTab::holdsField(const QString& field) {
    return field == u"policies" || field == u"waives" || isAuthorizeField(field);
}

bool RouteSecurityTab::requiresKey(const QString& policies, const Config& config) {
    const auto names = parseList(policies);
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return asksWhoCalls(toQString(name), config); });
}

QString RouteSecurityTab::withKeyPolicy(const QString& policies, const Config& config, bool required) {
    auto names = parseList(policies);
    std::erase_if(names, [&](const std::string& name) { return asksWhoCalls(toQString(name), config); });
    if (required) {
        const auto known = std::find_if(config.policies.begin(), config.policies.end(),
                                        [](const auto& policy) { return policy.authenticate.has_value(); });
        names.push_back(known != config.policies.end() ? known->name : newKeyPolicy().toStdString());
    }
    return listText(names);
}

} // namespace ui
