#include "gateway/runtime/name_table.h"

#include <QtTest>
#include <algorithm>

using namespace gateway;
using namespace gateway::runtime;
using namespace std::chrono_literals;

namespace {

std::vector<net::Endpoint> endpoints(const std::vector<std::string>& addresses, std::uint16_t port) {
    std::vector<net::Endpoint> all;
    for (const std::string& address : addresses) {
        all.push_back(*net::endpointFromLiteral(address, port));
    }
    return all;
}

NamedTarget target(std::uint32_t index, const std::string& host, std::uint16_t port = 80,
                   const std::vector<std::string>& addresses = {"192.0.2.1"}) {
    return {index, host, port, endpoints(addresses, port)};
}

Result<net::NameAddresses> records(const std::vector<std::string>& addresses,
                                   std::optional<std::chrono::seconds> ttl) {
    return net::NameAddresses{endpoints(addresses, 0), ttl};
}

Result<net::NameAddresses> failure() {
    return fail(ErrorKind::Environment, "name-not-resolved", "nobody answers");
}

std::string textOf(const std::vector<AddressChange>& changes) {
    std::string text;
    for (const AddressChange& change : changes) {
        text += (text.empty() ? "" : "; ") + std::to_string(change.targetIndex) + ":";
        for (const net::Endpoint& endpoint : change.endpoints) {
            text += " " + endpoint.text();
        }
    }
    return text;
}

using Names = std::vector<std::string>;

} // namespace

class NameTableTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aNewNameIsDueAtOnceAndThenOpen();
    void aNameIsDueAgainOnceItsTimeToLiveHasPassed();
    void timesToLiveAreBounded_data();
    void timesToLiveAreBounded();
    void namesOfOneAnswerTimeDoNotComeDueTogether();
    void failuresAreRetriedLessAndLessOften();
    void aGoodAnswerEndsTheRetries();
    void failuresKeepTheLastGoodAddresses();
    void tellsWhenTheSetOfAddressesChanged();
    void aFamilyGoesOnlyOnceSeveralAnswersLackIt();
    void aFamilyThatWasLostOnTheWayStays();
    void theOrderOfAddressesIsNoChange();
    void targetsOfOneHostShareItsQuestions();
    void aTargetOfAKnownHostGetsWhatIsKnown();
    void whatPlansSayCountsUntilThereIsAnAnswer();
    void aTargetThatComesBackIsTold();
    void namesThatLeftAreForgotten();
    void aLateAnswerOfANameThatLeftIsNothing();
    void newConfigurationsDoNotMoveWhatIsScheduled();
    void fewQuestionsAreOpenAtATime();
    void namesThatLeftWhileTheyWereOpenMakeRoom();
    void addressesAreNotAskedFor();

private:
    /// A table with one target, whose name was asked for.
    static NameTable tableOf(const NamedTarget& one, const Clock& clock);
};

NameTable NameTableTest::tableOf(const NamedTarget& one, const Clock& clock) {
    NameTable table(1);
    [[maybe_unused]] const auto changes = table.setTargets({one}, clock.now());
    [[maybe_unused]] const auto due = table.takeDue(clock.now());
    return table;
}

void NameTableTest::aNewNameIsDueAtOnceAndThenOpen() {
    ManualClock clock;
    NameTable table(1);
    QVERIFY(!table.nextDue().has_value());
    QCOMPARE(textOf(table.setTargets({target(4, "a.test")}, clock.now())), std::string("4: 192.0.2.1:80"));
    QVERIFY(table.nextDue() == clock.now());
    QCOMPARE(table.takeDue(clock.now()), Names{"a.test"});
    clock.advance(1h);
    QVERIFY(table.takeDue(clock.now()).empty());
    QVERIFY(!table.nextDue().has_value());
}

void NameTableTest::aNameIsDueAgainOnceItsTimeToLiveHasPassed() {
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test"), clock);
    QCOMPARE(textOf(table.answer("a.test", records({"192.0.2.1"}, 20s), clock.now())), std::string());
    QVERIFY(*table.nextDue() >= clock.now() + 20s);
    QVERIFY(*table.nextDue() <= clock.now() + 22s);
    clock.advance(19'999ms);
    QVERIFY(table.takeDue(clock.now()).empty());
    clock.advance(2'001ms);
    QCOMPARE(table.takeDue(clock.now()), Names{"a.test"});
}

void NameTableTest::timesToLiveAreBounded_data() {
    QTest::addColumn<int>("ttl");
    QTest::addColumn<int>("seconds");
    QTest::newRow("none: a hosts file") << -1 << 10;
    QTest::newRow("0") << 0 << 1;
    QTest::newRow("1") << 1 << 1;
    QTest::newRow("300") << 300 << 300;
    QTest::newRow("a day") << 86'400 << 300;
    QTest::newRow("the largest there is") << INT32_MAX << 300;
}

void NameTableTest::timesToLiveAreBounded() {
    QFETCH(int, ttl);
    QFETCH(int, seconds);
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test"), clock);
    const auto said = ttl < 0 ? std::nullopt : std::optional(std::chrono::seconds(ttl));
    [[maybe_unused]] const auto changes = table.answer("a.test", records({"192.0.2.1"}, said), clock.now());
    const auto in = *table.nextDue() - clock.now();
    QVERIFY(in >= std::chrono::seconds(seconds));
    QVERIFY(in <= std::chrono::milliseconds(seconds * 1'100));
}

void NameTableTest::namesOfOneAnswerTimeDoNotComeDueTogether() {
    ManualClock clock;
    NameTable table(1);
    std::vector<NamedTarget> targets;
    for (std::uint32_t i = 0; i < 20; ++i) {
        targets.push_back(target(i, "n" + std::to_string(i) + ".test"));
    }
    [[maybe_unused]] const auto changes = table.setTargets(targets, clock.now());
    for (const std::string& name : table.takeDue(clock.now())) {
        [[maybe_unused]] const auto none = table.answer(name, records({"192.0.2.1"}, 100s), clock.now());
    }
    std::vector<Monotonic> times;
    while (const auto next = table.nextDue()) {
        times.push_back(*next);
        QCOMPARE(table.takeDue(*next).size(), std::size_t{1});
    }
    QCOMPARE(times.size(), std::size_t{20});
    QVERIFY(times.back() - times.front() > 5s); // of the ten that they may be apart
}

void NameTableTest::failuresAreRetriedLessAndLessOften() {
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test"), clock);
    for (const std::chrono::milliseconds wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}) {
        [[maybe_unused]] const auto changes = table.answer("a.test", failure(), clock.now());
        QVERIFY(*table.nextDue() >= clock.now() + wait);
        QVERIFY(*table.nextDue() <= clock.now() + wait * 11 / 10);
        clock.advance(wait * 11 / 10 + 1s);
        QCOMPARE(table.takeDue(clock.now()), Names{"a.test"});
    }
}

void NameTableTest::aGoodAnswerEndsTheRetries() {
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test"), clock);
    for (int i = 0; i < 5; ++i) {
        [[maybe_unused]] const auto changes = table.answer("a.test", failure(), clock.now());
        clock.advance(1min);
        QCOMPARE(table.takeDue(clock.now()), Names{"a.test"});
    }
    [[maybe_unused]] const auto good = table.answer("a.test", records({"192.0.2.1"}, 60s), clock.now());
    QVERIFY(*table.nextDue() >= clock.now() + 60s);
    clock.advance(2min);
    QCOMPARE(table.takeDue(clock.now()), Names{"a.test"});
    [[maybe_unused]] const auto bad = table.answer("a.test", failure(), clock.now());
    QVERIFY(*table.nextDue() < clock.now() + 2s);
}

void NameTableTest::failuresKeepTheLastGoodAddresses() {
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test"), clock);
    QCOMPARE(textOf(table.answer("a.test", records({"192.0.2.9"}, 1s), clock.now())),
             std::string("0: 192.0.2.9:80"));
    // A server that says "yes, and it has no addresses" has nothing better to offer, either.
    for (const auto& bad : {failure(), records({}, 60s)}) {
        clock.advance(1min);
        QCOMPARE(table.takeDue(clock.now()), Names{"a.test"});
        QVERIFY(table.answer("a.test", bad, clock.now()).empty());
        QCOMPARE(table.endpointsOf("a.test", 80)->front().text(), std::string("192.0.2.9:80"));
        QVERIFY(*table.nextDue() < clock.now() + 5s);
    }
}

void NameTableTest::tellsWhenTheSetOfAddressesChanged() {
    ManualClock clock;
    NameTable table = tableOf(target(7, "a.test", 8080), clock);
    QCOMPARE(textOf(table.answer("a.test", records({"192.0.2.1", "2001:db8::1"}, 1s), clock.now())),
             std::string("7: 192.0.2.1:8080 [2001:db8::1]:8080"));
    clock.advance(2s);
    QCOMPARE(table.takeDue(clock.now()), Names{"a.test"});
    QCOMPARE(textOf(table.answer("a.test", records({"192.0.2.2", "2001:db8::1"}, 1s), clock.now())),
             std::string("7: 192.0.2.2:8080 [2001:db8::1]:8080"));
}

void NameTableTest::aFamilyGoesOnlyOnceSeveralAnswersLackIt() {
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test", 80, {"192.0.2.1", "2001:db8::1"}), clock);
    for (unsigned i = 1; i < NameTable::lacksMax; ++i) {
        QCOMPARE(textOf(table.answer("a.test", records({"192.0.2.1"}, 300s), clock.now())), std::string());
        QVERIFY(*table.nextDue() < clock.now() + 5s); // soon, whatever the time to live
        clock.advance(5s);
        QCOMPARE(table.takeDue(clock.now()), Names{"a.test"});
    }
    QCOMPARE(textOf(table.answer("a.test", records({"192.0.2.1"}, 300s), clock.now())),
             std::string("0: 192.0.2.1:80"));
    QVERIFY(*table.nextDue() >= clock.now() + 300s);
}

void NameTableTest::aFamilyThatWasLostOnTheWayStays() {
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test", 80, {"192.0.2.1", "2001:db8::1"}), clock);
    for (int i = 0; i < 10; ++i) {
        // What came is news all the same.
        const std::string address = "2001:db8::" + std::to_string(i + 2);
        QCOMPARE(textOf(table.answer("a.test", records({address}, 1s), clock.now())),
                 "0: [" + address + "]:80 192.0.2.1:80");
        clock.advance(5s);
        QCOMPARE(table.takeDue(clock.now()), Names{"a.test"});
        QCOMPARE(textOf(table.answer("a.test", records({address, "192.0.2.1"}, 1s), clock.now())),
                 std::string());
        clock.advance(5s);
        QCOMPARE(table.takeDue(clock.now()), Names{"a.test"});
    }
}

void NameTableTest::theOrderOfAddressesIsNoChange() {
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test", 80, {"192.0.2.1", "192.0.2.2"}), clock);
    QCOMPARE(textOf(table.answer("a.test", records({"192.0.2.2", "192.0.2.1"}, 1s), clock.now())),
             std::string());
}

void NameTableTest::targetsOfOneHostShareItsQuestions() {
    ManualClock clock;
    NameTable table(1);
    [[maybe_unused]] const auto told = table.setTargets(
        {target(0, "a.test", 80), target(1, "A.Test", 81), target(2, "b.test", 82)}, clock.now());
    QCOMPARE(table.takeDue(clock.now()), (Names{"a.test", "b.test"}));
    QCOMPARE(textOf(table.answer("a.test", records({"192.0.2.9"}, 60s), clock.now())),
             std::string("0: 192.0.2.9:80; 1: 192.0.2.9:81"));
}

void NameTableTest::aTargetOfAKnownHostGetsWhatIsKnown() {
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test"), clock);
    [[maybe_unused]] const auto told = table.answer("a.test", records({"192.0.2.9"}, 60s), clock.now());
    // Both plans were made before the answer came.
    QCOMPARE(textOf(table.setTargets({target(0, "a.test"), target(1, "a.test", 81)}, clock.now())),
             std::string("0: 192.0.2.9:80; 1: 192.0.2.9:81"));
    // Plans that say what is known need no word.
    QCOMPARE(
        textOf(table.setTargets(
            {target(0, "a.test", 80, {"192.0.2.9"}), target(1, "a.test", 81, {"192.0.2.9"})}, clock.now())),
        std::string());
}

void NameTableTest::whatPlansSayCountsUntilThereIsAnAnswer() {
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test"), clock);
    QVERIFY(table.answer("a.test", failure(), clock.now()).empty());
    // The system knows the name by other means, and knows better now.
    QVERIFY(!table.endpointsOf("a.test", 80).has_value());
    const std::vector<std::string> better{"192.0.2.5"};
    QCOMPARE(textOf(table.setTargets({target(0, "a.test", 80, better), target(1, "a.test", 81, better)},
                                     clock.now())),
             std::string("0: 192.0.2.5:80; 1: 192.0.2.5:81"));
    clock.advance(1min);
    QCOMPARE(table.takeDue(clock.now()), Names{"a.test"});
    QCOMPARE(textOf(table.answer("a.test", records({"192.0.2.6"}, 60s), clock.now())),
             std::string("0: 192.0.2.6:80; 1: 192.0.2.6:81"));
    QCOMPARE(textOf(table.setTargets({target(0, "a.test", 80, better)}, clock.now())),
             std::string("0: 192.0.2.6:80"));
}

void NameTableTest::aTargetThatComesBackIsTold() {
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test"), clock);
    QCOMPARE(textOf(table.setTargets({}, clock.now())), std::string());
    // Whoever keeps addresses by index may have old ones of it.
    QCOMPARE(textOf(table.setTargets({target(0, "a.test", 80, {"192.0.2.5"})}, clock.now())),
             std::string("0: 192.0.2.5:80"));
}

void NameTableTest::namesThatLeftAreForgotten() {
    ManualClock clock;
    NameTable table(1);
    [[maybe_unused]] const auto both =
        table.setTargets({target(0, "a.test"), target(1, "b.test")}, clock.now());
    for (const std::string& name : table.takeDue(clock.now())) {
        [[maybe_unused]] const auto none = table.answer(name, records({"192.0.2.1"}, 1s), clock.now());
    }
    [[maybe_unused]] const auto one = table.setTargets({target(1, "b.test")}, clock.now());
    QVERIFY(!table.endpointsOf("a.test", 80).has_value());
    QVERIFY(table.endpointsOf("B.test", 80).has_value());
    clock.advance(1min);
    QCOMPARE(table.takeDue(clock.now()), Names{"b.test"});
}

void NameTableTest::aLateAnswerOfANameThatLeftIsNothing() {
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test"), clock);
    [[maybe_unused]] const auto none = table.setTargets({}, clock.now());
    QVERIFY(table.answer("a.test", records({"192.0.2.9"}, 60s), clock.now()).empty());
    QVERIFY(!table.nextDue().has_value());
}

void NameTableTest::newConfigurationsDoNotMoveWhatIsScheduled() {
    ManualClock clock;
    NameTable table = tableOf(target(0, "a.test"), clock);
    [[maybe_unused]] const auto told = table.answer("a.test", records({"192.0.2.1"}, 60s), clock.now());
    const auto due = table.nextDue();
    clock.advance(30s);
    [[maybe_unused]] const auto again = table.setTargets({target(0, "a.test")}, clock.now());
    QVERIFY(table.nextDue() == due);
}

void NameTableTest::fewQuestionsAreOpenAtATime() {
    ManualClock clock;
    NameTable table(1);
    std::vector<NamedTarget> targets;
    for (std::uint32_t i = 0; i < NameTable::openMax + 5; ++i) {
        targets.push_back(target(i, "n" + std::to_string(i) + ".test"));
    }
    [[maybe_unused]] const auto told = table.setTargets(targets, clock.now());
    const Names first = table.takeDue(clock.now());
    QCOMPARE(first.size(), NameTable::openMax);
    QVERIFY(!table.nextDue().has_value());
    QVERIFY(table.takeDue(clock.now()).empty());
    [[maybe_unused]] const auto answered =
        table.answer(first.front(), records({"192.0.2.1"}, 60s), clock.now());
    QVERIFY(table.nextDue() == clock.now());
    QCOMPARE(table.takeDue(clock.now()).size(), std::size_t{1});
}

void NameTableTest::namesThatLeftWhileTheyWereOpenMakeRoom() {
    ManualClock clock;
    NameTable table(1);
    for (std::uint32_t round = 0; round < 3; ++round) {
        std::vector<NamedTarget> targets;
        for (std::uint32_t i = 0; i < NameTable::openMax; ++i) {
            targets.push_back(target(i, "n" + std::to_string(i) + "." + std::to_string(round) + ".test"));
        }
        [[maybe_unused]] const auto told = table.setTargets(targets, clock.now());
        QCOMPARE(table.takeDue(clock.now()).size(), NameTable::openMax);
    }
}

void NameTableTest::addressesAreNotAskedFor() {
    ManualClock clock;
    NameTable table(1);
    for (const char* host : {"192.0.2.1", "2001:db8::1", "localhost", "LocalHost", "app.localhost"}) {
        QVERIFY2(!NameTable::canChange(host), host);
        QCOMPARE(textOf(table.setTargets({target(0, host)}, clock.now())), std::string());
        QVERIFY(table.takeDue(clock.now()).empty());
        QVERIFY(!table.endpointsOf(host, 80).has_value());
    }
    QVERIFY(NameTable::canChange("localhost.example.test"));
}

QTEST_APPLESS_MAIN(NameTableTest)
#include "test_name_table.moc"
