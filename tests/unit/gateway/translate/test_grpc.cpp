#include "gateway/translate/grpc.h"

#include <QtTest>

using namespace gateway::translate;
using namespace std::chrono_literals;

class GrpcTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tellsContentTypesApart_data();
    void tellsContentTypesApart();
    void readsTimeouts_data();
    void readsTimeouts();
    void mapsStatuses_data();
    void mapsStatuses();
    void escapesMessages();
};

void GrpcTest::tellsContentTypesApart_data() {
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<int>("wire");
    const auto row = [](const char* type, GrpcWire wire) {
        QTest::newRow(type) << QByteArray(type) << int(wire);
    };
    row("application/grpc", GrpcWire::Grpc);
    row("Application/GRPC+proto", GrpcWire::Grpc);
    row("application/grpc; charset=utf-8", GrpcWire::Grpc);
    row("application/grpc-web", GrpcWire::Web);
    row("application/grpc-web+json", GrpcWire::Web);
    row("application/grpc-web-text", GrpcWire::WebText);
    row("application/grpc-web-text+proto", GrpcWire::WebText);
    row("application/grpcx", GrpcWire::None);
    row("application/grpc-webby", GrpcWire::None);
    row("application/grpc-web-texts", GrpcWire::None);
    row("application/json", GrpcWire::None);
    row("", GrpcWire::None);
}

void GrpcTest::tellsContentTypesApart() {
    QFETCH(QByteArray, type);
    QFETCH(int, wire);
    QCOMPARE(int(grpcWireOf(type.toStdString())), wire);
}

void GrpcTest::readsTimeouts_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("millis"); // -1: refused
    const auto row = [](const char* text, qint64 millis) {
        QTest::newRow(text) << QByteArray(text) << millis;
    };
    row("1H", 3'600'000);
    row("2M", 120'000);
    row("3S", 3'000);
    row("4m", 4);
    row("1u", 1);
    row("99999999n", 100);
    row("0S", 0);
    row("99999999H", 30LL * 24 * 3'600'000);
    row("S", -1);
    row("10", -1);
    row("", -1);
    row("-1S", -1);
    row("1 S", -1);
    row("1s", -1);
    row("123456789S", -1);
}

void GrpcTest::readsTimeouts() {
    QFETCH(QByteArray, text);
    QFETCH(qint64, millis);
    const auto timeout = parseGrpcTimeout(text.toStdString());
    QCOMPARE(timeout ? qint64{timeout->count()} : qint64{-1}, millis);
}

void GrpcTest::mapsStatuses_data() {
    QTest::addColumn<int>("http");
    QTest::addColumn<int>("grpc");
    for (const auto& [http, grpc] : std::initializer_list<std::pair<int, int>>{{400, 13},
                                                                               {401, 16},
                                                                               {403, 7},
                                                                               {404, 12},
                                                                               {405, 12},
                                                                               {408, 4},
                                                                               {413, 8},
                                                                               {429, 8},
                                                                               {502, 14},
                                                                               {503, 14},
                                                                               {504, 4}}) {
        QTest::addRow("%d", http) << http << grpc;
    }
}

void GrpcTest::mapsStatuses() {
    QFETCH(int, http);
    QFETCH(int, grpc);
    QCOMPARE(grpcStatusOf(http), grpc);
}

void GrpcTest::escapesMessages() {
    std::string lines;
    appendGrpcStatus(lines, 8, "50% are\r\n\xC3\xA4");
    QCOMPARE(lines, std::string("grpc-status: 8\r\ngrpc-message: 50%25 are%0D%0A%C3%A4\r\n"));
}

QTEST_GUILESS_MAIN(GrpcTest)
#include "test_grpc.moc"
