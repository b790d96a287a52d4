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
using support::WireResponse;

/// The engine over real sockets against upstreams that fail in all the ways that a test says.
class EngineUpstreamTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void saysBadGatewayWhenNobodyListens();
    void triesTheNextTargetWhenOneIsDown();
    void saysGatewayTimeoutWhenTheUpstreamIsSilent();
    void refusesAnAnswerThatIsNotSafe_data();
    void refusesAnAnswerThatIsNotSafe();
    void retriesOnceWhenAPooledConnectionDied();
    void doesNotRepeatAPostThatWasSent();
    void cutsTheClientWhenTheAnswerIsTruncated_data();
    void cutsTheClientWhenTheAnswerIsTruncated();
    void spreadsRequestsByWeight();
    void cancelsTheUpstreamWhenTheClientLeaves();
};

void EngineUpstreamTest::saysBadGatewayWhenNobodyListens() {
    std::uint16_t deadPort = 0;
    {
        ScriptedUpstream gone;
        deadPort = gone.port();
    }
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({deadPort})), gateway.error().c_str());
    const WireResponse response = RawClient::get(gateway.port(), "/open/a");
    QCOMPARE(response.status, 502);
    QVERIFY(contains(response.body, "\"code\":\"upstream-unreachable\""));
    QVERIFY(contains(response.raw, "Proxy-Status: gatehouse; error=connection_refused\r\n"));
}

void EngineUpstreamTest::triesTheNextTargetWhenOneIsDown() {
    std::uint16_t deadPort = 0;
    {
        ScriptedUpstream gone;
        deadPort = gone.port();
    }
    ScriptedUpstream upstream;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({deadPort, upstream.port()})), gateway.error().c_str());
    for (int i = 0; i < 4; ++i) {
        const WireResponse response = RawClient::exchange(
            gateway.port(), "POST /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
        QCOMPARE(response.status, 200);
    }
    QCOMPARE(upstream.requests().size(), std::size_t{4});
    QCOMPARE(upstream.requests().front().body, std::string("body"));
}

void EngineUpstreamTest::saysGatewayTimeoutWhenTheUpstreamIsSilent() {
    ScriptedUpstream upstream;
    upstream.setHandler([](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.stayTillPeerCloses();
    });
    TestGateway gateway;
    auto config = TestGateway::basicConfig({upstream.port()});
    model::Service service = *config.services.find("backend");
    service.timeouts.response = 100ms;
    config.services.put(service);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    const WireResponse response = RawClient::get(gateway.port(), "/open/a");
    QCOMPARE(response.status, 504);
    QVERIFY(contains(response.body, "\"code\":\"upstream-timeout\""));
}

void EngineUpstreamTest::refusesAnAnswerThatIsNotSafe_data() {
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("an unasked upgrade")
        << QByteArray("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
    QTest::newRow("two lengths") << QByteArray(
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
    QTest::newRow("another protocol") << QByteArray("HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    QTest::newRow("a status out of range") << QByteArray("HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n");
    QTest::newRow("no HTTP at all") << QByteArray("220 smtp.example.com ready\r\n\r\n");
    QTest::newRow("a head without end") << "HTTP/1.1 200 OK\r\nX: " + QByteArray(70'000, 'x');
    QByteArray interims;
    for (int i = 0; i < 40; ++i) {
        interims += "HTTP/1.1 102 Processing\r\n\r\n";
    }
    QTest::newRow("interim answers without end") << interims;
}

void EngineUpstreamTest::refusesAnAnswerThatIsNotSafe() {
    QFETCH(QByteArray, answer);
    ScriptedUpstream upstream;
    upstream.setHandler([&](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.send(answer.toStdString());
        connection.stayTillPeerCloses();
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send("GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n"));
    WireResponse response = client.readResponse();
    while (response.status == 102) {
        response = client.readResponse();
    }
    QCOMPARE(response.status, 502);
    QVERIFY(contains(response.body, "\"code\":\"upstream-bad-response\""));
}

void EngineUpstreamTest::retriesOnceWhenAPooledConnectionDied() {
    ScriptedUpstream upstream;
    upstream.setHandler([](support::WireRequest& request, support::UpstreamConnection& connection) {
        // The first connection serves one request and breaks on the second, as a server does whose keep-alive
        // ended.
        if (request.connection == 1 && request.number > 1) {
            connection.reset();
            return;
        }
        connection.send(support::okResponse("connection " + std::to_string(request.connection)));
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").body, std::string("connection 1"));
    QCOMPARE(RawClient::get(gateway.port(), "/open/b").body, std::string("connection 2"));
    QCOMPARE(upstream.requests().size(), std::size_t{3});
}

void EngineUpstreamTest::doesNotRepeatAPostThatWasSent() {
    ScriptedUpstream upstream;
    upstream.setHandler([](support::WireRequest& request, support::UpstreamConnection& connection) {
        if (request.number > 1) {
            connection.reset();
            return;
        }
        connection.send(support::okResponse("first"));
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
    const WireResponse response = RawClient::exchange(
        gateway.port(), "POST /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
    QCOMPARE(response.status, 502);
    QCOMPARE(upstream.requests().size(), std::size_t{2});
}

void EngineUpstreamTest::cutsTheClientWhenTheAnswerIsTruncated_data() {
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("short of its length") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    QTest::newRow("without the last chunk")
        << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    QTest::newRow("with a broken chunk")
        << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n");
}

void EngineUpstreamTest::cutsTheClientWhenTheAnswerIsTruncated() {
    QFETCH(QByteArray, answer);
    ScriptedUpstream upstream;
    upstream.setHandler([&](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.send(answer.toStdString());
        connection.close();
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const WireResponse response = RawClient::get(gateway.port(), "/open/a");
    QVERIFY(!response.complete);
    QCOMPARE(upstream.requests().size(), std::size_t{1});
}

void EngineUpstreamTest::spreadsRequestsByWeight() {
    ScriptedUpstream heavy;
    ScriptedUpstream light;
    TestGateway gateway(1);
    auto config = TestGateway::basicConfig({heavy.port(), light.port()});
    model::Service service = *config.services.find("backend");
    service.targets[0].weight = 3;
    config.services.put(service);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    for (int i = 0; i < 8; ++i) {
        QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 200);
    }
    QCOMPARE(heavy.requests().size(), std::size_t{6});
    QCOMPARE(light.requests().size(), std::size_t{2});
}

void EngineUpstreamTest::cancelsTheUpstreamWhenTheClientLeaves() {
    ScriptedUpstream upstream;
    std::promise<void> left;
    upstream.setHandler([&](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.stayTillPeerCloses();
        left.set_value();
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send("GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n"));
    QVERIFY(upstream.waitForRequests(1));
    client.reset();
    QCOMPARE(left.get_future().wait_for(support::patience), std::future_status::ready);
}

QTEST_GUILESS_MAIN(EngineUpstreamTest)
#include "engine_upstream_test.moc"
