// <algorithm> first: moc stumbles over <concepts> when it is the first standard header that it meets.
#include <algorithm>

#include "gateway/base/clock.h"
#include "gateway/upstream/retry_budget.h"
#include "property.h"

#include <QtTest>

#include <map>

using namespace gateway;
using namespace gateway::upstream;
using namespace std::chrono_literals;

namespace {

struct Event {
    enum class Kind : std::uint8_t { Request, Retry, Wait };
    Kind kind = Kind::Request;
    std::uint32_t milliseconds = 0; ///< of a wait
};

struct BudgetCase {
    std::uint32_t percent = 20;
    std::vector<Event> events;
};

BudgetCase someEvents(property::Random& random, std::size_t size) {
    BudgetCase made;
    made.percent = random.below(121);
    // Each case has its own mix, so that some retry nearly everything and some are nearly idle.
    const std::uint32_t retries = random.below(100);
    const std::uint32_t waits = random.below(30);
    const std::uint32_t longest = 1 + random.below(4'000);
    for (std::size_t i = 0; i < size * 100; ++i) {
        const std::uint32_t dice = random.below(100);
        if (dice < waits) {
            made.events.push_back({Event::Kind::Wait, random.below(longest)});
        } else {
            made.events.push_back({random.below(100) < retries ? Event::Kind::Retry : Event::Kind::Request});
        }
    }
    return made;
}

std::int64_t secondAt(const ManualClock& clock) {
    return std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
}

/// Looks back from each retry that was granted, and from each that was not.
std::optional<std::string> overspent(const BudgetCase& each) {
    ManualClock clock;
    RetryBudget budget;
    std::map<std::int64_t, std::uint64_t> requests;
    std::map<std::int64_t, std::uint64_t> retries;
    for (std::size_t i = 0; i < each.events.size(); ++i) {
        const std::int64_t second = secondAt(clock);
        switch (each.events[i].kind) {
        case Event::Kind::Wait:
            clock.advance(std::chrono::milliseconds(each.events[i].milliseconds));
            continue;
        case Event::Kind::Request:
            budget.noteRequest(clock.now());
            ++requests[second];
            continue;
        case Event::Kind::Retry:
            break;
        }
        const bool isGranted = budget.takeRetry(each.percent, clock.now());
        retries[second] += isGranted ? 1 : 0;
        std::uint64_t requestsInWindow = 0;
        std::uint64_t retriesInWindow = 0;
        for (std::int64_t back = 0; back < 10; ++back) {
            requestsInWindow += requests[second - back];
            retriesInWindow += retries[second - back];
        }
        const std::uint64_t byShare = requestsInWindow * each.percent / 100;
        if (isGranted && retriesInWindow > byShare + 30) {
            return "event " + std::to_string(i) + " is retry " + std::to_string(retriesInWindow) + " to " +
                   std::to_string(requestsInWindow) + " requests";
        }
        const bool isFree = retries[second] < RetryBudget::freeEverySecond && retriesInWindow < byShare + 30;
        if (!isGranted && (isFree || retriesInWindow < byShare)) {
            return "event " + std::to_string(i) + " is refused after " + std::to_string(retriesInWindow) +
                   " retries to " + std::to_string(requestsInWindow) + " requests";
        }
    }
    return std::nullopt;
}

std::vector<BudgetCase> fewerEvents(const BudgetCase& each) {
    std::vector<BudgetCase> fewer;
    for (auto& events : property::shortened(each.events)) {
        fewer.push_back({each.percent, std::move(events)});
    }
    return fewer;
}

std::string asText(const BudgetCase& each) {
    std::string text = std::to_string(each.percent) + "%:";
    for (const Event& event : each.events) {
        switch (event.kind) {
        case Event::Kind::Request:
            text += " request";
            break;
        case Event::Kind::Retry:
            text += " retry";
            break;
        case Event::Kind::Wait:
            text += " +" + std::to_string(event.milliseconds) + "ms";
            break;
        }
    }
    return text;
}

/// How many of a thousand retries at this moment are granted.
int granted(RetryBudget& budget, std::uint32_t percent, Monotonic now) {
    int count = 0;
    for (int i = 0; i < 1000; ++i) {
        count += budget.takeRetry(percent, now) ? 1 : 0;
    }
    return count;
}

} // namespace

class RetryBudgetTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void retriesNeverExceedTheirShareAndNoneIsRefusedThatFits();
    void threeRetriesASecondAreFree();
    void freeRetriesAreNotSavedUp();
    void theShareIsOfTheRequestsOfTheLastTenSeconds();
    void aBudgetOfNothingLeavesTheFreeOnes();
};

void RetryBudgetTest::retriesNeverExceedTheirShareAndNoneIsRefusedThatFits() {
    const std::string found = property::counterexample<BudgetCase>(
        {.generate = someEvents, .violation = overspent, .simpler = fewerEvents, .describe = asText}, 400);
    QVERIFY2(found.empty(), found.c_str());
}

void RetryBudgetTest::threeRetriesASecondAreFree() {
    ManualClock clock;
    RetryBudget budget;
    for (int second = 0; second < 5; ++second) {
        QCOMPARE(granted(budget, 20, clock.now()), 3);
        clock.advance(1s);
    }
}

void RetryBudgetTest::freeRetriesAreNotSavedUp() {
    ManualClock clock;
    RetryBudget budget;
    clock.advance(1min);
    QCOMPARE(granted(budget, 20, clock.now()), 3);
}

void RetryBudgetTest::theShareIsOfTheRequestsOfTheLastTenSeconds() {
    ManualClock clock;
    RetryBudget budget;
    for (int i = 0; i < 500; ++i) {
        budget.noteRequest(clock.now());
    }
    QCOMPARE(granted(budget, 20, clock.now()), 3 + 100);
    clock.advance(9s);
    QCOMPARE(granted(budget, 20, clock.now()), 3);
    QCOMPARE(granted(budget, 30, clock.now()), 50); // the free ones of this second are gone
    clock.advance(1s);
    QCOMPARE(granted(budget, 100, clock.now()), 0); // the requests are gone, their late retries are not
    clock.advance(9s);
    QCOMPARE(granted(budget, 100, clock.now()), 3);
}

void RetryBudgetTest::aBudgetOfNothingLeavesTheFreeOnes() {
    const ManualClock clock;
    RetryBudget budget;
    for (int i = 0; i < 500; ++i) {
        budget.noteRequest(clock.now());
    }
    QCOMPARE(granted(budget, 0, clock.now()), 3);
}

QTEST_APPLESS_MAIN(RetryBudgetTest)
#include "test_retry_budget.moc"
