#include "ui/pages/provider_keys_card.h"

#include "ui/models/provider_table_model.h"
#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/column.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/scroll.h"

#include <QGridLayout>
#include <QScrollArea>

namespace ui {

using gateway::auth::ProviderReport;

ProviderKeysCard::ProviderKeysCard(const Theme& theme, QWidget* parent)
    : Card({}, {}, parent)
    , m_state(new Pill(theme, {}, Tone::Neutral, true))
    , m_fetch(new Button(theme, tr("Fetch now"), QStringLiteral("providerKeys.fetch"),
                         Button::Kind::Secondary, QStringLiteral("reload")))
    , m_facts(wrappedLabel({}, "sub"))
    , m_problem(wrappedLabel({}, "error"))
    , m_introspection(wrappedLabel({}, "sub"))
    , m_keys(new QGridLayout) {
    setObjectName(QStringLiteral("providerKeys"));
    addHeaderWidget(m_state);
    addHeaderWidget(m_fetch);
    m_facts->setObjectName(QStringLiteral("providerKeys.facts"));
    m_problem->setObjectName(QStringLiteral("providerKeys.problem"));
    m_introspection->setObjectName(QStringLiteral("providerKeys.introspection"));
    m_keys->setContentsMargins(0, 6, 0, 0);
    m_keys->setHorizontalSpacing(18);
    m_keys->setVerticalSpacing(8);
    m_keys->setColumnStretch(1, 1);
    auto* content = new QWidget;
    QVBoxLayout* column = columnIn(content, 6);
    column->addWidget(m_facts);
    column->addWidget(m_problem);
    column->addWidget(m_introspection);
    column->addLayout(m_keys);
    column->addStretch(1);
    QScrollArea* area = makeScrollArea(QStringLiteral("providerKeys.scroll"));
    setScrollBody(area, content);
    body()->addWidget(area, 1);
    connect(m_fetch, &Button::clicked, this, [this] { Q_EMIT fetchRequested(m_provider); });
    show({}, nullptr, {});
}

void ProviderKeysCard::show(const QString& provider, const ProviderReport* report, gateway::WallTime now) {
    m_provider = provider;
    setTitle(provider.isEmpty() ? tr("Keys") : tr("Keys of %1").arg(provider));
    const auto [state, tone] = providerState(report);
    m_state->set(state, tone);
    m_state->setVisible(!provider.isEmpty());
    const bool isFixed =
        report != nullptr && (report->keysFrom == "settings" || report->keysFrom == "secret");
    m_fetch->setVisible(!provider.isEmpty() && !isFixed);
    m_fetch->setEnabled(report == nullptr || !report->isAsking);
    QStringList facts;
    QString introspection;
    if (provider.isEmpty()) {
        facts.push_back(tr("Choose a provider above to see its keys."));
    } else if (report == nullptr) {
        facts.push_back(tr("Keys are fetched as soon as the provider is saved."));
    } else {
        facts.push_back(report->keysFrom == "settings" ? tr("From the settings: never fetched")
                        : report->keysFrom == "secret" ? tr("A shared secret: never fetched")
                                                       : tr("From %1").arg(toQString(report->keysFrom)));
        if (report->fetchedAt && !isFixed) {
            facts.push_back(tr("came %1").arg(agoText(*report->fetchedAt, now)));
        }
        if (report->triedAt && report->triedAt != report->fetchedAt && !isFixed) {
            facts.push_back(tr("last tried %1").arg(agoText(*report->triedAt, now)));
        }
        if (report->keysLeftOut > 0) {
            facts.push_back(
                tr("%1 left out, which no algorithm of it uses")
                    .arg(countText(static_cast<qint64>(report->keysLeftOut), tr("key"), tr("keys"))));
        }
        if (report->introspections > 0 || !report->introspectionProblem.empty()) {
            introspection = tr("Introspection: %1, %2 failed")
                                .arg(countText(static_cast<qint64>(report->introspections), tr("request"),
                                               tr("requests")),
                                     countText(static_cast<qint64>(report->introspectionFailures)));
            if (!report->introspectionProblem.empty()) {
                introspection += QStringLiteral(" · ") + toQString(report->introspectionProblem);
            }
        }
    }
    m_facts->setText(facts.join(QStringLiteral(" · ")));
    m_problem->setText(report != nullptr ? toQString(report->problem) : QString());
    m_problem->setVisible(!m_problem->text().isEmpty());
    m_introspection->setText(introspection);
    m_introspection->setVisible(!introspection.isEmpty());
    showKeys(report);
}

void ProviderKeysCard::showKeys(const ProviderReport* report) {
    QStringList shown;
    if (report != nullptr) {
        for (const auto& [id, kind] : report->keys) {
            shown.push_back(id.empty() ? tr("(no id)") : toQString(id));
            shown.push_back(toQString(kind));
        }
    }
    if (shown == m_shown) {
        return;
    }
    m_shown = shown;
    clearLayout(*m_keys);
    for (int i = 0; i + 1 < shown.size(); i += 2) {
        const int row = i / 2;
        QLabel* id = makeLabel(shown[i], "mono");
        id->setObjectName(QStringLiteral("providerKeys.%1").arg(row));
        id->setTextInteractionFlags(Qt::TextSelectableByMouse);
        m_keys->addWidget(id, row, 0);
        m_keys->addWidget(makeLabel(shown[i + 1], "sub"), row, 1);
    }
}

} // namespace ui
