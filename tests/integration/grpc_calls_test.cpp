#include "tests/integration/calm_support.h"
#include "tests/support/h2_server.h"

#include <QtTest>
#include <future>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::Field;
using support::H2Request;
using support::H2Server;
using support::H2ServerConnection;
using support::RawClient;
using support::WireResponse;

namespace {

model::Config configOf(
    const std::vector<std::uint16_t>& ports,
    const std::function<void(model::Service&)>& change = [](model::Service&) {}) {
    return calm::config(ports, [&](model::Service& service) {
        service.protocol = model::Protocol::Grpc;
        change(service);
    });
}

/// A call with one message, by a client that speaks HTTP/1.1 to the gateway.
WireResponse call(std::uint16_t port, std::string_view message = "hello", std::string_view fieldLines = {}) {
    std::string prefixed(4, '\0');
    prefixed.push_back(static_cast<char>(message.size()));
    prefixed.append(message);
    return RawClient::exchange(
        port,
        calm::request("POST", "/open/shop.Orders/Get", prefixed,
                      std::string("Content-Type: application/grpc\r\nTE: trailers\r\nConnection: te\r\n")
                          .append(fieldLines)));
}

bool answerWithStatus(const H2Request& request, H2ServerConnection& connection, const char* status) {
    return connection.sendHeaders(
        request.stream, {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", status}},
        true);
}

/// Health/Check's answer with the status as its only field.
bool answerHealth(const H2Request& request, H2ServerConnection& connection, char serving) {
    return connection.answer(request.stream, std::string("\0\0\0\0\2\x08", 6) + serving,
                             {{"content-type", "application/grpc"}}, {{"grpc-status", "0"}});
}

} // namespace

/// What is gRPC's own on the way to upstreams.
class GrpcCallsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void passesMessagesAndStatusOn();
    void triesAgainWhatWasUnavailable();
    void triesNothingAgainUnasked();
    void neverRepeatsWhatHadAMessageAnswered();
    void saysUnavailableWhenTheUpstreamDiesAfterTheHead_data();
    void saysUnavailableWhenTheUpstreamDiesAfterTheHead();
    void countsStatusesThatAreTheServersFault_data();
    void countsStatusesThatAreTheServersFault();
    void letsStreamsBeSilent();
    void keepsTheCallersDeadline();
    void saysInALaterTryHowMuchTimeIsLeft();
    void checksHealth_data();
    void checksHealth();
    void asksAboutTheService();
};

void GrpcCallsTest::passesMessagesAndStatusOn() {
    H2Server upstream;
    upstream.setHandler([](H2Request& request, H2ServerConnection& connection) {
        connection.answer(request.stream, request.body, {{"content-type", "application/grpc"}},
                          {{"grpc-status", "0"}, {"grpc-message", "fine"}});
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    const WireResponse answer = call(gateway.port());
    QCOMPARE(answer.body, std::string("\0\0\0\0\5hello", 10));
    QVERIFY2(contains(answer.raw, "grpc-status: 0\r\ngrpc-message: fine\r\n"), answer.raw.c_str());
    QCOMPARE(upstream.requests().front().field("te"), std::string("trailers"));
}

void GrpcCallsTest::triesAgainWhatWasUnavailable() {
    H2Server upstream;
    upstream.setHandler([](H2Request& request, H2ServerConnection& connection) {
        if (request.number == 1) {
            answerWithStatus(request, connection, "14");
        } else {
            connection.answer(request.stream, request.body, {}, {{"grpc-status", "0"}});
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()},
                                      [](model::Service& service) { service.retries.onUnavailable = true; })),
             gateway.error().c_str());
    const WireResponse answer = call(gateway.port());
    QCOMPARE(answer.body, std::string("\0\0\0\0\5hello", 10));
    QCOMPARE(upstream.requests().size(), std::size_t{2});
}

void GrpcCallsTest::triesNothingAgainUnasked() {
    H2Server upstream;
    upstream.setHandler([](H2Request& request, H2ServerConnection& connection) {
        answerWithStatus(request, connection, "14");
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    const WireResponse answer = call(gateway.port());
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.field("grpc-status"), std::string("14"));
    QCOMPARE(upstream.requests().size(), std::size_t{1});
}

void GrpcCallsTest::neverRepeatsWhatHadAMessageAnswered() {
    H2Server upstream;
    upstream.setHandler([](H2Request& request, H2ServerConnection& connection) {
        connection.answer(request.stream, request.body, {}, {{"grpc-status", "14"}});
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()},
                                      [](model::Service& service) { service.retries.onUnavailable = true; })),
             gateway.error().c_str());
    const WireResponse answer = call(gateway.port());
    QVERIFY(contains(answer.raw, "grpc-status: 14\r\n"));
    QCOMPARE(upstream.requests().size(), std::size_t{1});
}

void GrpcCallsTest::saysUnavailableWhenTheUpstreamDiesAfterTheHead_data() {
    QTest::addColumn<bool>("withMessage");
    QTest::newRow("right behind the head") << false;
    QTest::newRow("after a message") << true;
}

void GrpcCallsTest::saysUnavailableWhenTheUpstreamDiesAfterTheHead() {
    QFETCH(bool, withMessage);
    std::promise<void> death;
    H2Server upstream;
    upstream.setHandler([&](H2Request& request, H2ServerConnection& connection) {
        connection.sendHeaders(request.stream, {{":status", "200"}, {"content-type", "application/grpc"}},
                               false);
        if (withMessage) {
            connection.sendData(request.stream, request.body, false);
        }
        death.get_future().wait_for(support::patience);
        connection.close();
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    const std::string message("\0\0\0\0\5hello", 10);
    support::H2Client client(gateway.port());
    client.sendHeaders(1,
                       support::h2::post("/open/shop.Orders/Get",
                                         {{"content-type", "application/grpc"}, {"te", "trailers"}}),
                       false);
    client.sendData(1, message, true);
    // What a client did not see may get lost when its sender dies.
    const auto last = withMessage ? support::H2Type::Data : support::H2Type::Headers;
    for (auto frame = client.readFrame(); frame && frame->type != last;) {
        frame = client.readFrame();
    }
    death.set_value();
    const support::H2Response answer = client.readResponse(1);
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.complete);
    QVERIFY(!answer.reset);
    QCOMPARE(answer.body, withMessage ? message : std::string());
    const auto status = std::find_if(answer.trailers.begin(), answer.trailers.end(),
                                     [](const Field& field) { return field.name == "grpc-status"; });
    QVERIFY(status != answer.trailers.end());
    QCOMPARE(status->value, std::string("14"));
}

void GrpcCallsTest::countsStatusesThatAreTheServersFault_data() {
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<int>("failures");
    QTest::newRow("OK") << QByteArray("0") << 0;
    QTest::newRow("INVALID_ARGUMENT") << QByteArray("3") << 0;
    QTest::newRow("NOT_FOUND") << QByteArray("5") << 0;
    QTest::newRow("UNKNOWN") << QByteArray("2") << 1;
    QTest::newRow("DEADLINE_EXCEEDED") << QByteArray("4") << 1;
    QTest::newRow("INTERNAL") << QByteArray("13") << 1;
    QTest::newRow("UNAVAILABLE") << QByteArray("14") << 1;
    QTest::newRow("DATA_LOSS") << QByteArray("15") << 1;
}

void GrpcCallsTest::countsStatusesThatAreTheServersFault() {
    QFETCH(QByteArray, status);
    QFETCH(int, failures);
    H2Server upstream;
    upstream.setHandler([&](H2Request& request, H2ServerConnection& connection) {
        if (request.number == 1) {
            answerWithStatus(request, connection, status.constData());
        } else {
            connection.answer(request.stream, "m", {}, {{"grpc-status", status.toStdString()}});
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    QCOMPARE(call(gateway.port()).status, 200);
    QCOMPARE(call(gateway.port()).status, 200);
    calm::Feed feed(gateway);
    const auto& traffic = feed.look();
    QCOMPARE(traffic.targets.front().requests, std::uint64_t{2});
    QCOMPARE(traffic.targets.front().failures, static_cast<std::uint64_t>(2 * failures));
}

/// The time for an answer is the time to its head.
void GrpcCallsTest::letsStreamsBeSilent() {
    H2Server upstream;
    std::mutex mutex;
    H2ServerConnection* open = nullptr;
    upstream.setHandler([&](H2Request& request, H2ServerConnection& connection) {
        const std::lock_guard lock(mutex);
        if (request.number == 1) {
            open = &connection;
            connection.sendHeaders(request.stream, {{":status", "200"}}, false);
        } else if (request.number == 3) {
            open->sendData(1, "late", false);
            open->sendHeaders(1, {{"grpc-status", "0"}}, true);
            connection.answer(request.stream, "m", {}, {{"grpc-status", "0"}});
        } // the second stays without an answer
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()},
                                      [](model::Service& service) { service.timeouts.response = 100ms; })),
             gateway.error().c_str());
    RawClient patient(gateway.port());
    QVERIFY(patient.send(calm::request("POST", "/open/a", "x")));
    QVERIFY(upstream.waitForRequests(1));
    // As long as this one is waited for, the first one is silent, too.
    QCOMPARE(call(gateway.port()).field("grpc-status"), std::string("4"));
    QCOMPARE(call(gateway.port()).status, 200);
    QCOMPARE(patient.readResponse().body, std::string("late"));
}

void GrpcCallsTest::keepsTheCallersDeadline() {
    H2Server upstream;
    upstream.setHandler([](H2Request&, H2ServerConnection&) {});
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()})), gateway.error().c_str());
    const WireResponse answer = call(gateway.port(), "hello", "grpc-timeout: 100m\r\n");
    QCOMPARE(answer.field("grpc-status"), std::string("4"));
    QCOMPARE(upstream.requests().front().field("grpc-timeout"), std::string("100m"));
    QVERIFY(upstream.waitForFrame(support::H2Type::RstStream));
}

void GrpcCallsTest::saysInALaterTryHowMuchTimeIsLeft() {
    H2Server upstream;
    upstream.setHandler([](H2Request& request, H2ServerConnection& connection) {
        answerWithStatus(request, connection, request.number == 1 ? "14" : "0");
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()},
                                      [](model::Service& service) { service.retries.onUnavailable = true; })),
             gateway.error().c_str());
    QCOMPARE(call(gateway.port(), "hello", "grpc-timeout: 1H\r\n").field("grpc-status"), std::string("0"));
    QCOMPARE(upstream.requests().front().field("grpc-timeout"), std::string("1H"));
    const std::string later = upstream.requests().back().field("grpc-timeout");
    QCOMPARE(later.back(), 'm');
    const int left = std::stoi(later);
    QVERIFY(left > 0 && left <= 3'600'000);
}

void GrpcCallsTest::checksHealth_data() {
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<QByteArray>("sentence");
    QTest::newRow("serving") << QByteArray("1") << QByteArray();
    QTest::newRow("not serving") << QByteArray("2")
                                 << QByteArray("gRPC health check: the answer was NOT_SERVING.");
    QTest::newRow("no health service")
        << QByteArray("unimplemented")
        << QByteArray("gRPC health check: the server does not have the health service (UNIMPLEMENTED).");
    QTest::newRow("another status") << QByteArray("unavailable")
                                    << QByteArray("gRPC health check: the answer was UNAVAILABLE.");
    QTest::newRow("no gRPC") << QByteArray("404") << QByteArray("gRPC health check: the answer was 404.");
}

void GrpcCallsTest::checksHealth() {
    QFETCH(QByteArray, kind);
    QFETCH(QByteArray, sentence);
    H2Server upstream;
    upstream.setHandler([&](H2Request& request, H2ServerConnection& connection) {
        if (kind == "unimplemented" || kind == "unavailable") {
            answerWithStatus(request, connection, kind == "unavailable" ? "14" : "12");
        } else if (kind == "404") {
            connection.sendHeaders(request.stream, {{":status", "404"}}, true);
        } else {
            answerHealth(request, connection, static_cast<char>(kind.toInt()));
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()},
                                      [](model::Service& service) {
                                          service.health.emplace();
                                          service.health->grpc = true;
                                          service.health->interval = service.health->timeout = 500ms;
                                          service.health->unhealthyAfter = 1;
                                      })),
             gateway.error().c_str());
    QVERIFY(upstream.waitForRequests(2)); // the first was judged before the second
    QCOMPARE(upstream.requests().front().field(":path"), std::string("/grpc.health.v1.Health/Check"));
    calm::Feed feed(gateway);
    const auto target = feed.look().targets.front();
    QCOMPARE(QByteArray::fromStdString(target.conditionDetail), sentence);
}

void GrpcCallsTest::asksAboutTheService() {
    H2Server upstream;
    upstream.setHandler(
        [](H2Request& request, H2ServerConnection& connection) { answerHealth(request, connection, 1); });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf({upstream.port()},
                                      [](model::Service& service) {
                                          service.health.emplace();
                                          service.health->grpc = true;
                                          service.health->grpcService = "shop.Orders";
                                          service.health->interval = service.health->timeout = 500ms;
                                      })),
             gateway.error().c_str());
    QVERIFY(upstream.waitForRequests(1));
    const H2Request request = upstream.requests().front();
    QCOMPARE(request.body, std::string("\0\0\0\0\x0d\x0a\x0bshop.Orders", 18));
    QCOMPARE(request.field("content-type"), std::string("application/grpc"));
    QCOMPARE(request.field("te"), std::string("trailers"));
}

QTEST_GUILESS_MAIN(GrpcCallsTest)
#include "grpc_calls_test.moc"
