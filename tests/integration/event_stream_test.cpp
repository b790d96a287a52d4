#include "tests/integration/test_gateway.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QtTest>
#include <future>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::RawClient;
using support::ScriptedUpstream;
using support::UpstreamConnection;
using support::WireRequest;

namespace {

const std::string eventsHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

void sendOneEvent(WireRequest&, UpstreamConnection& connection) {
    connection.send(eventsHead + "data: 1\n\n");
    connection.stayTillPeerCloses();
}

model::Config withService(model::Config config, const std::function<void(model::Service&)>& change) {
    model::Service service = *config.services.begin();
    change(service);
    config.services.put(service);
    return config;
}

void open(RawClient& client, const std::string& target, const std::string& fields = {}) {
    QVERIFY(client.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields + "\r\n"));
    QVERIFY(contains(client.readUntil("\r\n\r\n"), "200 OK"));
}

} // namespace

/// Server-sent events and long polls.
class EventStreamTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void passesEachEventOnAtOnce();
    void isCountedWhileItIsOpen();
    void mayBeSilentLongerThanAnAnswer();
    void endsAfterTheSilenceThatStreamsMayKeep();
    void endsCleanlyWhenTheGatewayDrains();
    void isCutWhenTheKeyIsTaken();
    void letsALongPollWait();
};

void EventStreamTest::passesEachEventOnAtOnce() {
    std::promise<void> seen;
    auto seenFirst = seen.get_future();
    ScriptedUpstream upstream;
    upstream.setHandler([&](WireRequest&, UpstreamConnection& connection) {
        connection.send(eventsHead + "data: 1\n\n");
        seenFirst.wait();
        connection.send("data: 2\n\n");
        connection.close();
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    open(client, "/open/events");
    QVERIFY(contains(client.readUntil("data: 1\n\n"), "data: 1\n\n"));
    seen.set_value();
    QVERIFY(contains(client.readUntil("data: 2\n\n"), "data: 2\n\n"));
}

void EventStreamTest::isCountedWhileItIsOpen() {
    ScriptedUpstream upstream;
    upstream.setHandler(sendOneEvent);
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    {
        RawClient client(gateway.port());
        open(client, "/open/events");
        QCOMPARE(gateway.engine().sample().streams.eventStreams, 1U);
    }
    QTRY_COMPARE(gateway.engine().sample().streams.eventStreams, 0U);
}

void EventStreamTest::mayBeSilentLongerThanAnAnswer() {
    std::promise<void> later;
    auto isLater = later.get_future();
    ScriptedUpstream upstream;
    upstream.setHandler([&](WireRequest&, UpstreamConnection& connection) {
        connection.send(eventsHead + "data: 1\n\n");
        isLater.wait();
        connection.send("data: 2\n\n");
        connection.close();
    });
    ManualClock clock;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(withService(TestGateway::basicConfig({upstream.port()}),
                                         [](model::Service& service) {
                                             service.timeouts.response = 1s;
                                             service.timeouts.request = 2s;
                                         })),
             gateway.error().c_str());
    RawClient client(gateway.port());
    open(client, "/open/events");
    QVERIFY(contains(client.readUntil("data: 1\n\n"), "data: 1\n\n"));
    clock.advance(60s);
    // Another request, so that the timers of that minute were looked at.
    QCOMPARE(RawClient::get(gateway.port(), "/nowhere").status, 404);
    later.set_value();
    QVERIFY(contains(client.readUntil("data: 2\n\n"), "data: 2\n\n"));
}

void EventStreamTest::endsAfterTheSilenceThatStreamsMayKeep() {
    ScriptedUpstream upstream;
    upstream.setHandler(sendOneEvent);
    ManualClock clock;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(withService(TestGateway::basicConfig({upstream.port()}),
                                         [](model::Service& service) { service.timeouts.streamIdle = 20s; })),
             gateway.error().c_str());
    RawClient client(gateway.port());
    open(client, "/open/events");
    QVERIFY(contains(client.readUntil("data: 1\n\n"), "data: 1\n\n"));
    clock.advance(21s);
    QCOMPARE(client.readUntil("0\r\n\r\n"), std::string("\r\n0\r\n\r\n"));
}

void EventStreamTest::endsCleanlyWhenTheGatewayDrains() {
    ScriptedUpstream upstream;
    upstream.setHandler(sendOneEvent);
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    open(client, "/open/events");
    QVERIFY(contains(client.readUntil("data: 1\n\n"), "data: 1\n\n"));
    QCOMPARE(gateway.drain(), std::size_t{0});
    QCOMPARE(client.readUntil("0\r\n\r\n"), std::string("\r\n0\r\n\r\n"));
}

void EventStreamTest::isCutWhenTheKeyIsTaken() {
    ScriptedUpstream upstream;
    upstream.setHandler(sendOneEvent);
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const std::string key = gateway.issueKey("acme");
    RawClient client(gateway.port());
    open(client, "/closed/events", keyField(key));
    QVERIFY(contains(client.readUntil("data: 1\n\n"), "data: 1\n\n"));
    gateway.setKeyState(key, model::KeyState::Revoked);
    QVERIFY(!contains(client.readUntil("0\r\n\r\n"), "0\r\n\r\n"));
}

void EventStreamTest::letsALongPollWait() {
    std::promise<void> later;
    auto isLater = later.get_future();
    ScriptedUpstream upstream;
    upstream.setHandler([&](WireRequest&, UpstreamConnection& connection) {
        isLater.wait();
        connection.send(support::okResponse("news"));
    });
    ManualClock clock;
    TestGateway gateway(clock, 1);
    model::Config config = withService(TestGateway::basicConfig({upstream.port()}),
                                       [](model::Service& service) { service.timeouts.response = 1s; });
    model::Route route = *config.routes.find("open");
    route.stream = true;
    config.routes.put(route);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send("GET /open/poll HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
    QVERIFY(upstream.waitForRequests(1));
    clock.advance(60s);
    QCOMPARE(RawClient::get(gateway.port(), "/nowhere").status, 404);
    QCOMPARE(gateway.engine().sample().streams.eventStreams, 1U);
    later.set_value();
    QCOMPARE(client.readResponse().body, std::string("news"));
}

QTEST_GUILESS_MAIN(EventStreamTest)
#include "event_stream_test.moc"
