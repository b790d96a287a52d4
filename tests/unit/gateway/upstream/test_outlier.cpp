// <algorithm> first: moc stumbles over <concepts> when it is the first standard header that it meets.
#include <algorithm>

#include "at_once.h"
#include "property.h"
#include "service_fixture.h"

#include <QtTest>

using namespace gateway;
using namespace gateway::upstream;
using namespace std::chrono_literals;

namespace {

constexpr model::Outlier fiveErrors{.consecutiveErrors = 5, .eject = 30s, .atMostPercent = 10};

struct Event {
    enum class Kind : std::uint8_t { Success, Error, Wait };
    Kind kind = Kind::Success;
    std::uint32_t value = 0; ///< the target, or the milliseconds of a wait
};

struct OutlierCase {
    model::Outlier settings;
    std::vector<TargetCase> targets;
    std::vector<Event> events;
};

OutlierCase someEvents(property::Random& random, std::size_t size) {
    OutlierCase made;
    made.settings.consecutiveErrors = 1 + random.below(6);
    made.settings.eject = std::chrono::milliseconds(1 + random.below(5'000));
    made.settings.atMostPercent = random.below(101);
    const auto targets = 1 + random.below(static_cast<std::uint32_t>(size));
    for (std::uint32_t i = 0; i < targets; ++i) {
        made.targets.push_back({.drain = random.below(6) == 0});
    }
    const std::uint32_t errors = 50 + random.below(51);
    for (std::size_t i = 0; i < size * 50; ++i) {
        if (random.below(20) == 0) {
            made.events.push_back({Event::Kind::Wait, random.below(10'000)});
        } else {
            made.events.push_back({random.below(100) < errors ? Event::Kind::Error : Event::Kind::Success,
                                   random.below(targets)});
        }
    }
    return made;
}

/// A target in the words of the description.
struct NaiveTarget {
    std::uint32_t errors = 0;
    std::uint32_t ejections = 0;
    Monotonic ejectedUntil{};
    std::chrono::nanoseconds lastEjection{0};
};

void noteNaively(const OutlierCase& each, std::vector<NaiveTarget>& targets, std::size_t position, bool error,
                 Monotonic now) {
    NaiveTarget& target = targets[position];
    if (each.targets[position].drain) {
        return;
    }
    const bool wasGood = now - target.ejectedUntil >= target.lastEjection;
    if (!error) {
        target.errors = 0;
        target.ejections = wasGood ? 0 : target.ejections;
        return;
    }
    if (target.ejectedUntil > now || ++target.errors < each.settings.consecutiveErrors) {
        return;
    }
    std::size_t eligible = 0;
    std::size_t ejected = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        eligible += each.targets[i].drain ? 0 : 1;
        ejected += targets[i].ejectedUntil > now ? 1 : 0;
    }
    if (ejected >= std::max<std::size_t>(1, eligible * each.settings.atMostPercent / 100)) {
        return;
    }
    target.errors = 0;
    target.ejections = wasGood ? 1 : target.ejections + 1;
    target.lastEjection = each.settings.eject * std::min(target.ejections, 10U);
    target.ejectedUntil = now + target.lastEjection;
}

/// Looks at all targets after each event: they are as described, and never too many are ejected.
std::optional<std::string> differsFromTheNaiveOne(const OutlierCase& each) {
    ManualClock clock;
    ServiceFixture service(each.targets, model::Balance::RoundRobin, clock.now());
    service.plan.settings.outlier = each.settings;
    std::vector<NaiveTarget> naive(each.targets.size());
    const auto eligible = static_cast<std::size_t>(std::count_if(
        each.targets.begin(), each.targets.end(), [](const TargetCase& target) { return !target.drain; }));
    for (std::size_t i = 0; i < each.events.size(); ++i) {
        const Event& event = each.events[i];
        if (event.kind == Event::Kind::Wait) {
            clock.advance(std::chrono::milliseconds(event.value));
        } else if (event.value < each.targets.size()) {
            const bool error = event.kind == Event::Kind::Error;
            OutlierDetector::note(service.plan, service.plan.targets[event.value], error, clock.now());
            noteNaively(each, naive, event.value, error, clock.now());
        }
        std::size_t ejected = 0;
        for (std::size_t target = 0; target < naive.size(); ++target) {
            const TargetState& state = *service.states[target];
            ejected += state.isEjected(clock.now()) ? 1 : 0;
            if (state.ejectedUntil() != naive[target].ejectedUntil ||
                state.ejections() != naive[target].ejections) {
                return "event " + std::to_string(i) + ": target " + std::to_string(target) +
                       " is ejected otherwise than described";
            }
        }
        if (ejected > OutlierDetector::ejectedMax(eligible, each.settings.atMostPercent)) {
            return "event " + std::to_string(i) + ": " + std::to_string(ejected) + " are ejected";
        }
    }
    return std::nullopt;
}

std::vector<OutlierCase> lessOfIt(const OutlierCase& each) {
    std::vector<OutlierCase> less;
    if (each.targets.size() > 1) {
        less.push_back(each);
        less.back().targets.pop_back();
    }
    for (auto& events : property::shortened(each.events)) {
        less.push_back({each.settings, each.targets, std::move(events)});
    }
    return less;
}

std::string asText(const OutlierCase& each) {
    std::string text = std::to_string(each.settings.consecutiveErrors) + " errors eject for " +
                       std::to_string(each.settings.eject.count()) + " ms at most " +
                       std::to_string(each.settings.atMostPercent) + "% of " + describe(each.targets) + ":";
    for (const Event& event : each.events) {
        switch (event.kind) {
        case Event::Kind::Success:
            text += " success@" + std::to_string(event.value);
            break;
        case Event::Kind::Error:
            text += " error@" + std::to_string(event.value);
            break;
        case Event::Kind::Wait:
            text += " +" + std::to_string(event.value) + "ms";
            break;
        }
    }
    return text;
}

} // namespace

class OutlierTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void ejectsAsDescribedAndNeverTooManyWhateverHappens();
    void soManyErrorsInARowEjectATarget();
    void aSuccessStartsTheCountAnew();
    void eachEjectionInARowLastsLongerUpToTenTimes();
    void aTargetThatStayedGoodStartsFromOneEjection();
    void theLastTargetIsEjectedToo();
    void atMostTheSetShareIsEjectedAtATime();
    void aServiceWithoutTheSettingEjectsNobody();
    void aDrainedTargetIsNotEjected();
    void aTargetWarmsUpWhenItsEjectionEnds();
    void whileOneWorkerEjectsAnotherLeavesItToThat();
    void workersAtTheSameTimeEjectATargetOnce();
    void workersAtTheSameTimeKeepToTheShare();

private:
    static void fail(ServiceFixture& service, std::size_t position, Monotonic now, int times = 5) {
        for (int i = 0; i < times; ++i) {
            OutlierDetector::note(service.plan, service.plan.targets[position], true, now);
        }
    }
    ManualClock m_clock;
};

void OutlierTest::ejectsAsDescribedAndNeverTooManyWhateverHappens() {
    const std::string found = property::counterexample<OutlierCase>({.generate = someEvents,
                                                                     .violation = differsFromTheNaiveOne,
                                                                     .simpler = lessOfIt,
                                                                     .describe = asText},
                                                                    400);
    QVERIFY2(found.empty(), found.c_str());
}

void OutlierTest::soManyErrorsInARowEjectATarget() {
    ServiceFixture service({{}, {}}, model::Balance::RoundRobin, m_clock.now());
    service.plan.settings.outlier = fiveErrors;
    fail(service, 0, m_clock.now(), 4);
    QVERIFY(service.states[0]->isAvailable(m_clock.now()));
    fail(service, 0, m_clock.now(), 1);
    QVERIFY(!service.states[0]->isAvailable(m_clock.now()));
    QVERIFY(service.states[0]->ejectedUntil() == m_clock.now() + 30s);
    QVERIFY(service.states[0]->isEjected(m_clock.now() + 30s - 1ns));
    QVERIFY(!service.states[0]->isEjected(m_clock.now() + 30s));
}

void OutlierTest::aSuccessStartsTheCountAnew() {
    ServiceFixture service({{}, {}}, model::Balance::RoundRobin, m_clock.now());
    service.plan.settings.outlier = fiveErrors;
    fail(service, 0, m_clock.now(), 4);
    OutlierDetector::note(service.plan, service.plan.targets[0], false, m_clock.now());
    fail(service, 0, m_clock.now(), 4);
    QVERIFY(service.states[0]->isAvailable(m_clock.now()));
}

void OutlierTest::eachEjectionInARowLastsLongerUpToTenTimes() {
    ServiceFixture service({{}, {}}, model::Balance::RoundRobin, m_clock.now());
    service.plan.settings.outlier = fiveErrors;
    for (std::uint32_t ejection = 1; ejection <= 13; ++ejection) {
        fail(service, 0, m_clock.now());
        const std::chrono::nanoseconds lasts = service.states[0]->ejectedUntil() - m_clock.now();
        QVERIFY(lasts == 30s * std::min(ejection, 10U));
        QCOMPARE(service.states[0]->ejections(), ejection);
        m_clock.advance(lasts);
    }
}

void OutlierTest::aTargetThatStayedGoodStartsFromOneEjection() {
    ServiceFixture service({{}, {}}, model::Balance::RoundRobin, m_clock.now());
    service.plan.settings.outlier = fiveErrors;
    fail(service, 0, m_clock.now());
    m_clock.advance(30s);
    fail(service, 0, m_clock.now());
    m_clock.advance(60s); // the end of the second ejection, which lasted a minute
    m_clock.advance(60s - 1ms);
    OutlierDetector::note(service.plan, service.plan.targets[0], false, m_clock.now());
    QCOMPARE(service.states[0]->ejections(), 2U);
    m_clock.advance(1ms);
    OutlierDetector::note(service.plan, service.plan.targets[0], false, m_clock.now());
    QCOMPARE(service.states[0]->ejections(), 0U);
    fail(service, 0, m_clock.now());
    QCOMPARE(service.states[0]->ejections(), 1U);
    QVERIFY(service.states[0]->ejectedUntil() == m_clock.now() + 30s);
}

void OutlierTest::theLastTargetIsEjectedToo() {
    ServiceFixture service({{}}, model::Balance::RoundRobin, m_clock.now());
    service.plan.settings.outlier = fiveErrors;
    fail(service, 0, m_clock.now());
    QVERIFY(service.states[0]->isEjected(m_clock.now()));
    QVERIFY(Balancer::isPanicking(service.plan, m_clock.now()));
}

void OutlierTest::atMostTheSetShareIsEjectedAtATime() {
    QCOMPARE(OutlierDetector::ejectedMax(1, 10), std::size_t{1});
    QCOMPARE(OutlierDetector::ejectedMax(19, 10), std::size_t{1});
    QCOMPARE(OutlierDetector::ejectedMax(20, 10), std::size_t{2});
    QCOMPARE(OutlierDetector::ejectedMax(3, 67), std::size_t{2});
    QCOMPARE(OutlierDetector::ejectedMax(5, 0), std::size_t{1});
    QCOMPARE(OutlierDetector::ejectedMax(5, 100), std::size_t{5});

    ServiceFixture service({{}, {}, {}}, model::Balance::RoundRobin, m_clock.now());
    service.plan.settings.outlier = fiveErrors;
    fail(service, 0, m_clock.now());
    fail(service, 1, m_clock.now(), 20);
    QVERIFY(service.states[0]->isEjected(m_clock.now()));
    QVERIFY(!service.states[1]->isEjected(m_clock.now()));
    m_clock.advance(30s);
    fail(service, 1, m_clock.now(), 1); // there is room now, and it has failed all along
    QVERIFY(service.states[1]->isEjected(m_clock.now()));
}

void OutlierTest::aServiceWithoutTheSettingEjectsNobody() {
    ServiceFixture service({{}, {}}, model::Balance::RoundRobin, m_clock.now());
    fail(service, 0, m_clock.now(), 1000);
    QVERIFY(service.states[0]->isAvailable(m_clock.now()));
}

void OutlierTest::aDrainedTargetIsNotEjected() {
    ServiceFixture service({{.drain = true}, {}}, model::Balance::RoundRobin, m_clock.now());
    service.plan.settings.outlier = fiveErrors;
    fail(service, 0, m_clock.now());
    QVERIFY(!service.states[0]->isEjected(m_clock.now()));
    fail(service, 1, m_clock.now());
    QVERIFY(service.states[1]->isEjected(m_clock.now()));
}

void OutlierTest::aTargetWarmsUpWhenItsEjectionEnds() {
    ServiceFixture service({{}, {}}, model::Balance::RoundRobin, m_clock.now());
    service.plan.settings.outlier = fiveErrors;
    QCOMPARE(service.states[0]->warmth(m_clock.now(), 10s), 1.0);
    fail(service, 0, m_clock.now());
    m_clock.advance(30s);
    QCOMPARE(service.states[0]->warmth(m_clock.now(), 10s), 0.1);
    m_clock.advance(5s);
    QCOMPARE(service.states[0]->warmth(m_clock.now(), 10s), 0.5);
    m_clock.advance(5s);
    QCOMPARE(service.states[0]->warmth(m_clock.now(), 10s), 1.0);
}

void OutlierTest::whileOneWorkerEjectsAnotherLeavesItToThat() {
    ServiceFixture service({{}, {}}, model::Balance::RoundRobin, m_clock.now());
    service.plan.settings.outlier = fiveErrors;
    service.state.isEjecting = true;
    fail(service, 0, m_clock.now(), 20);
    QVERIFY(!service.states[0]->isEjected(m_clock.now()));
    service.state.isEjecting = false;
    fail(service, 0, m_clock.now(), 1);
    QVERIFY(service.states[0]->isEjected(m_clock.now()));
    QVERIFY(!service.state.isEjecting);
}

void OutlierTest::workersAtTheSameTimeEjectATargetOnce() {
    ServiceFixture service({{}, {}}, model::Balance::RoundRobin, m_clock.now());
    service.plan.settings.outlier = fiveErrors;
    std::uint32_t ejections = 1;
    bool isFor30s = true;
    atOnce(
        3, 2'000, [&](std::size_t) { fail(service, 0, m_clock.now(), 20); },
        [&] {
            ejections = service.states[0]->ejections();
            isFor30s = service.states[0]->ejectedUntil() == m_clock.now() + 30s;
            m_clock.advance(1h); // long after the ejection, so that the next starts from one
            OutlierDetector::note(service.plan, service.plan.targets[0], false, m_clock.now());
            return ejections == 1 && isFor30s;
        });
    QCOMPARE(ejections, 1U);
    QVERIFY(isFor30s);
}

void OutlierTest::workersAtTheSameTimeKeepToTheShare() {
    ServiceFixture service(std::vector<TargetCase>(8), model::Balance::RoundRobin, m_clock.now());
    service.plan.settings.outlier = fiveErrors;
    service.plan.settings.outlier->atMostPercent = 25;
    std::ptrdiff_t ejected = 0;
    atOnce(
        3, 2'000,
        [&](std::size_t worker) {
            for (std::size_t i = 0; i < 8; ++i) {
                fail(service, (worker * 3 + i) % 8, m_clock.now(), 10);
            }
        },
        [&] {
            ejected = std::count_if(service.states.begin(), service.states.end(),
                                    [&](const auto& state) { return state->isEjected(m_clock.now()); });
            m_clock.advance(1h);
            for (const TargetPlan& target : service.plan.targets) {
                OutlierDetector::note(service.plan, target, false, m_clock.now());
            }
            return ejected == 1 || ejected == 2;
        });
    QVERIFY2(ejected == 1 || ejected == 2, qPrintable(QString::number(ejected)));
}

QTEST_APPLESS_MAIN(OutlierTest)
#include "test_outlier.moc"
