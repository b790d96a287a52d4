#include "gateway/pipeline/call_log.h"
#include "gateway/pipeline/request_context.h"

#include <QtTest>

using namespace gateway;
using namespace gateway::pipeline;

namespace {

ConsumerPlan bot() {
    ConsumerPlan consumer;
    consumer.id.value = 7;
    consumer.name = "bot";
    consumer.isAgent = true;
    return consumer;
}

} // namespace

/// Records of what agents called, on their way out of a worker.
class CallLogTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void saysByWhatTheAgentWasKnown();
    void countsWhatItHasNoRoomFor();
};

void CallLogTest::saysByWhatTheAgentWasKnown() {
    metrics::Counter dropped;
    CallLog log(dropped);
    const ConsumerPlan consumer = bot();
    RequestContext context;
    context.caller.consumer = &consumer;
    auth::KeyTable::Entry key;
    key.key = 12;
    context.caller.key = &key;
    context.caller.by = Caller::By::ApiKey;
    log.add(context, nullptr, 5);
    auto settings = model::IdentityProvider();
    settings.name = "corp";
    const auth::ProviderPlan provider{
        .settings = settings, .verifier = auth::TokenVerifier(settings), .keys = {}};
    context.caller.provider = &provider;
    for (const auto by : {Caller::By::Jwt, Caller::By::Introspection, Caller::By::ClientCertificate}) {
        context.caller.by = by;
        log.add(context, nullptr, 5);
    }
    const auto calls = log.take();
    QVERIFY(log.isEmpty());
    QCOMPARE(calls.size(), std::size_t{4});
    QCOMPARE(calls[0].credential, std::string("key 12"));
    QCOMPARE(calls[1].credential, std::string("jwt corp"));
    QCOMPARE(calls[2].credential, std::string("introspection corp"));
    QCOMPARE(calls[3].credential, std::string("client-certificate"));
    QCOMPARE(calls[0].consumer, std::uint64_t{7});
    QCOMPARE(calls[0].durationMicros, std::int64_t{5});
    QVERIFY(calls[0].service.empty() && calls[0].target.empty());
}

void CallLogTest::countsWhatItHasNoRoomFor() {
    metrics::Counter dropped;
    CallLog log(dropped);
    const ConsumerPlan consumer = bot();
    RequestContext context;
    context.caller.consumer = &consumer;
    for (std::size_t i = 0; i < CallLog::recordsMax + 3; ++i) {
        log.add(context, nullptr, 1);
    }
    QCOMPARE(dropped.value(), std::uint64_t{3});
    QCOMPARE(log.take().size(), CallLog::recordsMax);
    log.add(context, nullptr, 1);
    QCOMPARE(log.take().size(), std::size_t{1});
    QCOMPARE(dropped.value(), std::uint64_t{3});
}

QTEST_APPLESS_MAIN(CallLogTest)
#include "test_call_log.moc"
