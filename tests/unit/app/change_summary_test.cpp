#include "app/cli/change_summary.h"

#include <QTest>

using app::cli::ChangeLine;
using gateway::model::Edit;
using gateway::model::EntityKind;
using gateway::model::Put;
using gateway::model::Remove;

class ChangeSummaryTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void countsAreGroupedByKindAndAction();
    void noChangeIsNothing();
    void aRemovedEntityIsNamedFromTheConfigBefore();
};

void ChangeSummaryTest::countsAreGroupedByKindAndAction() {
    const std::vector<ChangeLine> lines{{"change", "route", "a"}, {"change", "route", "b"},
                                        {"add", "tier", "free"},  {"remove", "route", "c"},
                                        {"add", "policy", "p"},   {"add", "policy", "q"},
                                        {"add", "key", "acme/ci"}};
    QCOMPARE(app::cli::summarise(lines),
             std::string("1 tier added, 2 policies added, 2 routes changed, 1 route removed, 1 key added"));
}

void ChangeSummaryTest::noChangeIsNothing() {
    QCOMPARE(app::cli::summarise({}), std::string("nothing"));
}

void ChangeSummaryTest::aRemovedEntityIsNamedFromTheConfigBefore() {
    gateway::model::Tier tier;
    tier.id = {7};
    tier.name = "free";
    gateway::model::Config before;
    before.tiers.put(tier);
    gateway::model::Service service;
    service.name = "orders";
    const std::vector<Edit> edits{Remove{EntityKind::Tier, 7}, Put{service}};
    const auto lines = app::cli::describeEdits(before, edits);
    QCOMPARE(lines.size(), std::size_t{2});
    QCOMPARE(lines[0].action + ' ' + lines[0].kind + ' ' + lines[0].name, std::string("remove tier free"));
    QCOMPARE(lines[1].action + ' ' + lines[1].kind + ' ' + lines[1].name, std::string("add service orders"));
}

QTEST_APPLESS_MAIN(ChangeSummaryTest)
#include "change_summary_test.moc"
