#include "gateway/upstream/grpc_health.h"

#include <QtTest>
#include <string>

namespace grpc_health = gateway::upstream::grpc_health;

namespace {

std::string framed(const std::string& message) {
    return std::string(4, '\0') + static_cast<char>(message.size()) + message;
}

} // namespace

/// The two messages of grpc.health.v1.
class GrpcHealthTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void asksAboutTheServerOrAService();
    void tellsWhatAnAnswerMeans_data();
    void tellsWhatAnAnswerMeans();
    void findsATrailer();
};

void GrpcHealthTest::asksAboutTheServerOrAService() {
    QCOMPARE(grpc_health::request({}), std::string(5, '\0'));
    QCOMPARE(grpc_health::request("ab"), framed(std::string("\x0a\x02") + "ab"));
    const std::string longName(200, 'n');
    QCOMPARE(grpc_health::request(longName), std::string(4, '\0') + "\xCB\x0a\xC8\x01" + longName);
}

void GrpcHealthTest::tellsWhatAnAnswerMeans_data() {
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QByteArray>("problem");
    const auto row = [](const char* name, const char* status, const QByteArray& message,
                        const char* problem) {
        QTest::newRow(name) << QByteArray(status) << message << QByteArray(problem);
    };
    row("serving", "0", "\x08\x01", "");
    row("serving, with an unknown field", "0", "\x12\x01x\x08\x01", "");
    row("left out", "0", "", "the answer was UNKNOWN.");
    row("not serving", "0", "\x08\x02", "the answer was NOT_SERVING.");
    row("service unknown", "0", "\x08\x03", "the answer was SERVICE_UNKNOWN.");
    row("a number without a name", "0", "\x08\x09", "the answer is no health status.");
    row("cut off", "0", "\x08", "the answer is no health status.");
    row("no status", "", "\x08\x01", "the answer is no answer of gRPC.");
    row("not found", "5", "", "the server does not know that service (NOT_FOUND).");
    row("internal", "13", "", "the answer was INTERNAL.");
    row("nonsense", "1x", "", "the answer was an unknown status.");
    row("too large", "99999999999999999999", "", "the answer was an unknown status.");
}

void GrpcHealthTest::tellsWhatAnAnswerMeans() {
    QFETCH(QByteArray, status);
    QFETCH(QByteArray, message);
    QFETCH(QByteArray, problem);
    QCOMPARE(grpc_health::problemOf(status.toStdString(), framed(message.toStdString())),
             problem.toStdString());
}

void GrpcHealthTest::findsATrailer() {
    const std::string lines = "x: 1\r\nGrpc-Status:  0 \r\n";
    QCOMPARE(std::string(grpc_health::trailer(lines, "grpc-status")), std::string("0"));
    QVERIFY(grpc_health::trailer(lines, "grpc-message").empty());
}

QTEST_APPLESS_MAIN(GrpcHealthTest)
#include "test_grpc_health.moc"
