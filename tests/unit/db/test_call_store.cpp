#include "tests/unit/db/store_fixture.h"

#include <memory>

using namespace store_fixture;
using gateway::metrics::CallRecord;

class CallStoreTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_fixture = std::make_unique<StoreFixture>(); }
    void cleanup() { m_fixture.reset(); }

    void aCallIsThereAfterReopeningWithAllThatWasSaidOfIt();
    void callsAreListedNewestFirstAndByConsumer();
    void listsGoOnWhereTheyEnded();
    void theOldestCallsGoFirst();

private:
    [[nodiscard]] CallStore& calls() const { return m_fixture->ports().calls; }

    std::unique_ptr<StoreFixture> m_fixture;
};

namespace {

CallRecord callOf(std::uint64_t consumer, std::int64_t time) {
    CallRecord call;
    call.consumer = consumer;
    call.timeMicros = time;
    return call;
}

} // namespace

void CallStoreTest::aCallIsThereAfterReopeningWithAllThatWasSaidOfIt() {
    QVERIFY(calls().append({{.id = 0,
                             .consumer = 7,
                             .timeMicros = 1'767'225'600'000'001,
                             .durationMicros = 812,
                             .status = 403,
                             .requestId = "r-1",
                             .client = "192.0.2.1",
                             .method = "POST",
                             .host = "shop.example",
                             .path = "/v1/orders/\xC3\xA9",
                             .route = "orders",
                             .service = "shop",
                             .target = "10.0.0.1:80",
                             .credential = "key 12",
                             .code = "scope-missing",
                             .bytesIn = 5'000'000'000,
                             .bytesOut = 2}}));
    m_fixture->open();
    const auto listed = calls().list({}, 0, 10).value();
    QCOMPARE(listed.size(), std::size_t{1});
    const CallRecord& call = listed.front();
    QVERIFY(call.id != 0);
    QCOMPARE(call.consumer, std::uint64_t{7});
    QCOMPARE(call.timeMicros, std::int64_t{1'767'225'600'000'001});
    QCOMPARE(call.durationMicros, std::int64_t{812});
    QCOMPARE(call.status, 403);
    QCOMPARE(call.requestId, std::string("r-1"));
    QCOMPARE(call.client, std::string("192.0.2.1"));
    QCOMPARE(call.method, std::string("POST"));
    QCOMPARE(call.host, std::string("shop.example"));
    QCOMPARE(call.path, std::string("/v1/orders/\xC3\xA9"));
    QCOMPARE(call.route, std::string("orders"));
    QCOMPARE(call.service, std::string("shop"));
    QCOMPARE(call.target, std::string("10.0.0.1:80"));
    QCOMPARE(call.credential, std::string("key 12"));
    QCOMPARE(call.code, std::string("scope-missing"));
    QCOMPARE(call.bytesIn, std::uint64_t{5'000'000'000});
    QCOMPARE(call.bytesOut, std::uint64_t{2});
}

void CallStoreTest::callsAreListedNewestFirstAndByConsumer() {
    QVERIFY(calls().append({callOf(1, 10), callOf(2, 20), callOf(1, 30)}));
    const auto all = calls().list({}, 0, 10).value();
    QCOMPARE(all.size(), std::size_t{3});
    QCOMPARE(all[0].timeMicros, std::int64_t{30});
    QCOMPARE(all[2].timeMicros, std::int64_t{10});
    const auto ofOne = calls().list(ConsumerId{1}, 0, 10).value();
    QCOMPARE(ofOne.size(), std::size_t{2});
    QCOMPARE(ofOne[0].timeMicros, std::int64_t{30});
    QCOMPARE(ofOne[1].timeMicros, std::int64_t{10});
    QVERIFY(calls().list(ConsumerId{3}, 0, 10).value().empty());
}

void CallStoreTest::listsGoOnWhereTheyEnded() {
    std::vector<CallRecord> several;
    for (std::int64_t time = 1; time <= 5; ++time) {
        several.push_back(callOf(1, time));
    }
    QVERIFY(calls().append(several));
    const auto first = calls().list(ConsumerId{1}, 0, 2).value();
    QCOMPARE(first.back().timeMicros, std::int64_t{4});
    const auto second = calls().list(ConsumerId{1}, first.back().id, 10).value();
    QCOMPARE(second.size(), std::size_t{3});
    QCOMPARE(second.front().timeMicros, std::int64_t{3});
}

void CallStoreTest::theOldestCallsGoFirst() {
    QVERIFY(calls().append({callOf(1, 1), callOf(1, 2)}));
    // As if all the others had been there.
    QVERIFY(m_fixture->stores->database().execute(
        "UPDATE sqlite_sequence SET seq = 200000 WHERE name = 'agent_call'"));
    QVERIFY(calls().append({callOf(1, 3)}));
    const auto left = calls().list({}, 0, 10).value();
    QCOMPARE(left.size(), std::size_t{2});
    QCOMPARE(left[0].timeMicros, std::int64_t{3});
    QCOMPARE(left[1].timeMicros, std::int64_t{2});
}

QTEST_GUILESS_MAIN(CallStoreTest)
#include "test_call_store.moc"
