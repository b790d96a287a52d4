#include "ui/pages/route_access_dialog.h"

#include "ui/models/table_text.h"
#include "ui/pages/access_view.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/column.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/pill.h"

#include <QGridLayout>
#include <QHBoxLayout>

namespace ui {

using gateway::service::PolicySource;
using gateway::service::RouteAccess;

namespace {
constexpr std::size_t callersMax = 1'000;
} // namespace

RouteAccessDialog::RouteAccessDialog(ConsoleContext& context, const QString& route, bool isEdited,
                                     QWidget* parent)
    : QDialog(parent)
    , m_context(context)
    , m_rules(new QGridLayout)
    , m_summary(wrappedLabel({}, "sub"))
    , m_callers(
          new AccessView(context.theme, AccessTableModel::About::Consumers, QStringLiteral("routeAccess"))) {
    setAttribute(Qt::WA_DeleteOnClose);
    nameWidget(this, QStringLiteral("routeAccessDialog"), tr("Who may call %1?").arg(route));
    setWindowTitle(tr("Who may call %1?").arg(route));
    resize(860, 640);
    m_summary->setObjectName(QStringLiteral("routeAccess.summary"));
    m_rules->setHorizontalSpacing(14);
    m_rules->setVerticalSpacing(8);
    m_rules->setColumnStretch(1, 1);
    auto* rules = new QFrame;
    setKind(rules, "inset");
    auto* ruleLayout = new QVBoxLayout(rules);
    ruleLayout->setContentsMargins(14, 12, 14, 12);
    ruleLayout->addLayout(m_rules);
    auto* close = new Button(context.theme, tr("Close"), QStringLiteral("routeAccess.close"));
    close->setDefault(true);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(close);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(22, 20, 22, 18);
    layout->setSpacing(12);
    layout->addWidget(makeLabel(tr("Who may call %1?").arg(route), "h1"));
    if (isEdited) {
        layout->addWidget(
            wrappedLabel(tr("This is about the route as it is saved, without your changes."), "warn"));
    }
    layout->addWidget(rules);
    layout->addWidget(m_summary);
    layout->addWidget(m_callers, 1);
    layout->addLayout(buttons);
    connect(close, &Button::clicked, this, &QDialog::accept);
    connect(m_callers, &AccessView::opened, this, [this](const QString& name) {
        if (!name.isEmpty()) {
            Q_EMIT consumerRequested(name);
            accept();
        }
    });
    m_callers->setMessage(tr("Loading…"));
    load(route);
}

void RouteAccessDialog::load(const QString& route) {
    using Outcome = tl::expected<RouteAccess, gateway::service::Rejection>;
    m_context.service.callersOf(route.toStdString(), callersMax).then(this, [this](const Outcome& outcome) {
        if (outcome) {
            show(*outcome);
        } else {
            m_callers->setMessage(toQString(outcome.error().error.message));
        }
    });
}

void RouteAccessDialog::show(const RouteAccess& access) {
    int row = 0;
    for (const PolicySource& source : access.policies) {
        const QString rule = toQString(source.rule);
        QLabel* name = makeLabel(rule.left(1).toUpper() + rule.mid(1), "label");
        QLabel* text = wrappedLabel(toQString(source.text), source.isWaived ? "sub" : "value");
        text->setObjectName(QStringLiteral("routeAccess.rule.%1").arg(row));
        QLabel* from = wrappedLabel(toQString(source.source), "sub");
        from->setMinimumWidth(230);
        m_rules->addWidget(name, row, 0, Qt::AlignTop);
        m_rules->addWidget(text, row, 1, Qt::AlignTop);
        m_rules->addWidget(from, row, 2, Qt::AlignTop);
        if (source.isWaived) {
            auto* waived = new Pill(m_context.theme, tr("Waived"), Tone::Neutral);
            m_rules->addWidget(waived, row, 3, Qt::AlignTop);
        }
        ++row;
    }
    if (access.policies.empty()) {
        m_rules->addWidget(
            wrappedLabel(tr("No rule holds here: whoever reaches the gateway may call."), "value"), 0, 0, 1,
            4);
    }
    const std::size_t shown = access.lines.size();
    m_summary->setText(access.consumers > shown ? tr("The first %1 of %2 consumers")
                                                      .arg(countText(static_cast<qint64>(shown)),
                                                           countText(static_cast<qint64>(access.consumers)))
                                                : countText(static_cast<qint64>(access.consumers),
                                                            tr("consumer"), tr("consumers")));
    m_callers->setLines(access.lines);
}

} // namespace ui
