#include "tests/integration/test_gateway.h"
#include "tests/support/h2_server.h"
#include "tests/support/raw_client.h"

#include <QtTest>

using namespace gateway;
using support::contains;
using support::H2Request;
using support::H2Server;
using support::H2ServerConnection;
using support::RawClient;
using support::WireResponse;

namespace {

std::string message(char flags, std::string_view payload) {
    std::string bytes(1, flags);
    bytes.append(3, '\0');
    bytes.push_back(static_cast<char>(payload.size()));
    return bytes.append(payload);
}

std::string base64(const std::string& bytes) {
    return QByteArray::fromStdString(bytes).toBase64().toStdString();
}

std::string request(const std::string& path, const std::string& type, const std::string& body,
                    const std::string& fields = {}) {
    return "POST " + path + " HTTP/1.1\r\nHost: shop.test\r\nContent-Type: " + type + "\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

model::Config grpcConfig(std::uint16_t port) {
    model::Config config = TestGateway::basicConfig({port});
    model::Service service = *config.services.begin();
    service.protocol = model::Protocol::Grpc;
    config.services.put(service);
    return config;
}

void answerOk(H2Request& call, H2ServerConnection& connection) {
    connection.answer(call.stream, message(0, "hi"), {{"content-type", "application/grpc+proto"}},
                      {{"grpc-status", "0"}});
}

} // namespace

/// gRPC-Web to gRPC, and what gRPC clients are told by the gateway itself.
class GrpcWebTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void translatesACall();
    void translatesACallInBase64_data();
    void translatesACallInBase64();
    void makesAFrameOfAStatusWithoutMessages();
    void refusesWhatIsNoBase64();
    void refusesAsGrpcStatuses_data();
    void refusesAsGrpcStatuses();
    void refusesATimeoutThatItCannotRead_data();
    void refusesATimeoutThatItCannotRead();
    void countsCallsWhileTheyAreOpen();
};

void GrpcWebTest::translatesACall() {
    H2Server upstream;
    upstream.setHandler(answerOk);
    TestGateway gateway;
    QVERIFY2(gateway.publish(grpcConfig(upstream.port())), gateway.error().c_str());
    const WireResponse answer = RawClient::exchange(
        gateway.port(), request("/open/Get", "application/grpc-web+proto", message(0, "hello")));
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.field("Content-Type"), std::string("application/grpc-web+proto"));
    QCOMPARE(answer.count("Content-Type"), std::size_t{1});
    const std::string lastFrame = answer.body.substr(message(0, "hi").size());
    QCOMPARE(answer.body.substr(0, message(0, "hi").size()), message(0, "hi"));
    QCOMPARE(lastFrame, message('\x80', "grpc-status: 0\r\n"));
    const H2Request call = upstream.requests().at(0);
    QCOMPARE(call.field("content-type"), std::string("application/grpc+proto"));
    QCOMPARE(call.field("te"), std::string("trailers"));
    QCOMPARE(call.body, message(0, "hello"));
}

void GrpcWebTest::translatesACallInBase64_data() {
    QTest::addColumn<QByteArray>("body");
    const std::string whole = message(0, "hello!");
    QTest::newRow("in one piece") << QByteArray::fromStdString(base64(whole));
    QTest::newRow("in pieces with padding of their own") << QByteArray::fromStdString(
        base64(whole.substr(0, 1)) + base64(whole.substr(1, 4)) + base64(whole.substr(5)));
}

void GrpcWebTest::translatesACallInBase64() {
    QFETCH(QByteArray, body);
    H2Server upstream;
    upstream.setHandler(answerOk);
    TestGateway gateway;
    QVERIFY2(gateway.publish(grpcConfig(upstream.port())), gateway.error().c_str());
    const WireResponse answer = RawClient::exchange(
        gateway.port(), request("/open/Get", "application/grpc-web-text", body.toStdString()));
    QCOMPARE(answer.field("Content-Type"), std::string("application/grpc-web-text"));
    const std::string expected = base64(message(0, "hi")) + base64(message('\x80', "grpc-status: 0\r\n"));
    QCOMPARE(answer.body, expected);
    QCOMPARE(upstream.requests().at(0).body, message(0, "hello!"));
    QVERIFY(!upstream.requests().at(0).has("content-length"));
}

void GrpcWebTest::makesAFrameOfAStatusWithoutMessages() {
    H2Server upstream;
    upstream.setHandler([](H2Request& call, H2ServerConnection& connection) {
        connection.sendHeaders(call.stream,
                               {{":status", "200"},
                                {"content-type", "application/grpc"},
                                {"grpc-status", "5"},
                                {"grpc-message", "nothing there"}},
                               true);
    });
    TestGateway gateway;
    QVERIFY2(gateway.publish(grpcConfig(upstream.port())), gateway.error().c_str());
    const WireResponse answer = RawClient::exchange(
        gateway.port(), request("/open/Get", "application/grpc-web", message(0, "hello")));
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, message('\x80', "grpc-status: 5\r\ngrpc-message: nothing there\r\n"));
    QVERIFY(!answer.has("grpc-status"));
}

void GrpcWebTest::refusesWhatIsNoBase64() {
    H2Server upstream;
    TestGateway gateway;
    QVERIFY2(gateway.publish(grpcConfig(upstream.port())), gateway.error().c_str());
    const WireResponse answer =
        RawClient::exchange(gateway.port(), request("/open/Get", "application/grpc-web-text", "AAAA*AAA"));
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.field("grpc-status"), std::string("13"));
}

void GrpcWebTest::refusesAsGrpcStatuses_data() {
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("status");
    QTest::newRow("no key") << QByteArray("/closed/a") << QByteArray("application/grpc") << QByteArray("16");
    QTest::newRow("no route") << QByteArray("/nowhere") << QByteArray("application/grpc+proto")
                              << QByteArray("12");
    QTest::newRow("nobody there") << QByteArray("/open/a") << QByteArray("application/grpc")
                                  << QByteArray("14");
    QTest::newRow("gRPC-Web") << QByteArray("/closed/a") << QByteArray("application/grpc-web+proto")
                              << QByteArray("16");
}

void GrpcWebTest::refusesAsGrpcStatuses() {
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, status);
    TestGateway gateway;
    QVERIFY2(gateway.publish(grpcConfig(support::unusedPort())), gateway.error().c_str());
    const WireResponse answer =
        RawClient::exchange(gateway.port(), request(path.toStdString(), type.toStdString(), message(0, "x")));
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.field("grpc-status"), status.toStdString());
    QVERIFY(!answer.field("grpc-message").empty());
    QVERIFY(!answer.field("X-Request-ID").empty());
    QVERIFY(contains(answer.field("Content-Type"), "application/grpc"));
    QVERIFY(answer.body.empty());
}

void GrpcWebTest::refusesATimeoutThatItCannotRead_data() {
    QTest::addColumn<QByteArray>("timeout");
    QTest::addColumn<QByteArray>("status");
    QTest::newRow("no unit") << QByteArray("10") << QByteArray("13");
    QTest::newRow("an unknown unit") << QByteArray("10x") << QByteArray("13");
    QTest::newRow("nine digits") << QByteArray("123456789S") << QByteArray("13");
    QTest::newRow("a sign") << QByteArray("-1S") << QByteArray("13");
    QTest::newRow("no time at all") << QByteArray("0S") << QByteArray("4");
}

void GrpcWebTest::refusesATimeoutThatItCannotRead() {
    QFETCH(QByteArray, timeout);
    QFETCH(QByteArray, status);
    H2Server upstream;
    upstream.setHandler(answerOk);
    TestGateway gateway;
    QVERIFY2(gateway.publish(grpcConfig(upstream.port())), gateway.error().c_str());
    const WireResponse answer =
        RawClient::exchange(gateway.port(), request("/open/Get", "application/grpc", message(0, "x"),
                                                    "grpc-timeout: " + timeout.toStdString() + "\r\n"));
    QCOMPARE(answer.field("grpc-status"), status.toStdString());
    QVERIFY(upstream.requests().empty());
}

void GrpcWebTest::countsCallsWhileTheyAreOpen() {
    H2Server upstream;
    upstream.setHandler([](H2Request&, H2ServerConnection&) {});
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(grpcConfig(upstream.port())), gateway.error().c_str());
    {
        RawClient client(gateway.port());
        QVERIFY(client.send(request("/open/Get", "application/grpc", message(0, "x"))));
        QVERIFY(upstream.waitForRequests(1));
        QCOMPARE(gateway.engine().sample().streams.grpcCalls, 1U);
    }
    QTRY_COMPARE(gateway.engine().sample().streams.grpcCalls, 0U);
}

QTEST_GUILESS_MAIN(GrpcWebTest)
#include "grpc_web_test.moc"
