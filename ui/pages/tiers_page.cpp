#include "ui/pages/tiers_page.h"

#include "ui/editors/sentences.h"
#include "ui/models/table_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {

TiersPage::TiersPage(ConsoleContext& context)
    : TiersPage(context, new TierTableModel) {}

TiersPage::TiersPage(ConsoleContext& context, TierTableModel* model)
    : TiersPageBase(
          context,
          {QStringLiteral("tiers"),
           tr("tier"),
           tr("tiers"),
           QStringLiteral("gauge"),
           tr("Filter: name"),
           tr("New tier"),
           tr("No tiers yet"),
           tr("A tier says how much a consumer may ask for: so many at once, then so many per second, "
              "minute, hour or day. What is above gets 429 and a Retry-After."),
           {tr("Enter"), tr("edit"), QStringLiteral("Ctrl+N"), tr("new"), QStringLiteral("Ctrl+D"),
            tr("clone"), tr("Del"), tr("delete")}},
          model, TierTableModel::Name)
    , m_tiers(*model) {
    buildEditor();
    TableView& view = table();
    for (const int column :
         {TierTableModel::Burst, TierTableModel::Consumers, TierTableModel::Rate, TierTableModel::Limited}) {
        const bool rate = column == TierTableModel::Rate;
        view.setItemDelegateForColumn(
            column, new NumberDelegate(context.theme, rate ? QFont::DemiBold : QFont::Normal, &view));
    }
    start();
}

void TiersPage::buildEditor() {
    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    layout->setSpacing(14);
    layout->addWidget(form().add(QStringLiteral("name"),
                                 makeTextField(tr("Name"), QStringLiteral("tier.name"), tr("free"))));
    layout->addWidget(
        form().add(QStringLiteral("requests"),
                   makeTextField(tr("Requests"), QStringLiteral("tier.requests"), QStringLiteral("100"))));
    auto* period = new SegmentedControl(QStringLiteral("tier.period"), tr("Per"));
    period->addSegment(QStringLiteral("1"), tr("second"));
    period->addSegment(QStringLiteral("60"), tr("minute"));
    period->addSegment(QStringLiteral("3600"), tr("hour"));
    period->addSegment(QStringLiteral("86400"), tr("day"));
    period->setEqualWidths(true);
    auto* periodField = new Field(tr("Per"), period, QStringLiteral("tier.period"));
    form().addChoice(QStringLiteral("period"), periodField, period);
    layout->addWidget(periodField);
    Field* burst = form().add(QStringLiteral("burst"),
                              makeTextField(tr("Burst"), QStringLiteral("tier.burst"), QStringLiteral("20")));
    burst->setHint(tr("How many may come at once after a pause."));
    layout->addWidget(burst);

    auto* preview = new QFrame;
    setKind(preview, "inset");
    auto* words = new QVBoxLayout(preview);
    words->setContentsMargins(14, 12, 14, 12);
    words->setSpacing(4);
    m_sentence = makeLabel({}, "value");
    m_sentence->setObjectName(QStringLiteral("tier.sentence"));
    m_sentence->setWordWrap(true);
    m_consumers = makeLabel({}, "sub");
    words->addWidget(m_sentence);
    words->addWidget(m_consumers);
    layout->addWidget(preview);
    layout->addStretch(1);
    drawer().setBody(body);
}

void TiersPage::showConfig() {
    m_tiers.setConfig(config());
}

void TiersPage::showFrame(const gateway::metrics::MetricsFrame& frame) {
    m_tiers.addFrame(frame);
}

FormValues TiersPage::blankForm() const {
    FormValues values = TiersPageBase::blankForm();
    values.insert(QStringLiteral("requests"), QStringLiteral("100"));
    values.insert(QStringLiteral("period"), QStringLiteral("60"));
    values.insert(QStringLiteral("burst"), QStringLiteral("20"));
    return values;
}

void TiersPage::valuesChanged() {
    FieldProblems problems;
    const auto tier = TierForm::fromForm(session().values(), {}, problems);
    m_sentence->setText(problems.isEmpty() ? tierSentence(tier.requests, tier.period, tier.burst)
                                           : tr("Write whole numbers to see what they mean."));
    const int consumers =
        m_tiers.consumersOf(session().original().value(QStringLiteral("name")).toStdString());
    m_consumers->setText(session().isNew() ? tr("Give it to consumers on their page.")
                                           : tr("Applies to %1, each on its own.")
                                                 .arg(countText(consumers, tr("consumer"), tr("consumers"))));
}

} // namespace ui
