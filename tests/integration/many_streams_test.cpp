// Ten thousand WebSockets and a thousand gRPC streams stay open while the configuration and the certificate
// change.

#include <QTest>

#include "tests/integration/peers_house.h"

#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

using namespace gateway;
using support::NodePeer;

namespace {

/// Resident memory of this process, in which the gateway runs.
std::size_t residentBytes() {
    std::size_t pages = 0;
    std::size_t resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// How many WebSockets the limit of descriptors has room for: each takes two of the gateway's.
int socketsPossible() {
    constexpr rlim_t wanted = 10'000;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<int>(std::min<rlim_t>(wanted, (limit.rlim_max - 500) / 2));
}

} // namespace

class ManyStreamsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void openStreamsOutliveEveryChange();
};

void ManyStreamsTest::openStreamsOutliveEveryChange() {
    QVERIFY2(NodePeer::arePackagesThere(), "Node's packages are not installed; `./dev test` does it.");
    PeersHouse house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const int sockets = socketsPossible();
    constexpr int calls = 1'000;
    const std::size_t before = residentBytes();

    NodePeer grpc(QStringLiteral("grpc_client.js"),
                  QStringList{house.address(true), QStringLiteral("many"), QStringLiteral("--count"),
                              QString::number(calls)} +
                      house.credentials(true));
    QCOMPARE(grpc.waitFor(QStringLiteral("open")).value(QStringLiteral("open")).toInt(), calls);
    const std::size_t withCalls = residentBytes();
    // One of ten over TLS: what a handshake costs Node would take most of the test's time.
    NodePeer plain(QStringLiteral("ws_client.js"),
                   QStringList{house.url("ws", false, "/web/ws"), QStringLiteral("many"),
                               QStringLiteral("--count"), QString::number(sockets - sockets / 10)} +
                       house.credentials(false));
    NodePeer secure(QStringLiteral("ws_client.js"),
                    QStringList{house.url("ws", true, "/web/ws"), QStringLiteral("many"),
                                QStringLiteral("--count"), QString::number(sockets / 10)} +
                        house.credentials(true));
    QCOMPARE(plain.waitFor(QStringLiteral("open")).value(QStringLiteral("open")).toInt(),
             sockets - sockets / 10);
    QCOMPARE(secure.waitFor(QStringLiteral("open")).value(QStringLiteral("open")).toInt(), sockets / 10);
    const std::size_t withAll = residentBytes();
    qInfo("%d gRPC streams: %.0f bytes each; %d WebSockets (a tenth over TLS): %.0f bytes each", calls,
          static_cast<double>(withCalls - before) / calls, sockets,
          static_cast<double>(withAll - withCalls) / sockets);

    const metrics::MetricsFrame frame = house.gateway.engine().sample();
    QCOMPARE(frame.streams.webSockets, static_cast<std::uint64_t>(sockets));
    QCOMPARE(frame.streams.grpcCalls, static_cast<std::uint64_t>(calls));

    // A snapshot in which routes, services and the certificate are others.
    model::Config config = house.gateway.config();
    house.putCertificate(config);
    model::Route route = *config.routes.find("web");
    route.priority = 7;
    config.routes.put(route);
    model::Service service = *config.services.find("calls");
    service.concurrency = 5'000;
    config.services.put(service);
    QVERIFY2(house.gateway.publish(config), house.gateway.error().c_str());

    for (NodePeer* peer : {&grpc, &plain, &secure}) {
        peer->tell("go on");
    }
    const QJsonObject ofCalls = verified(grpc.waitForEnd(), 1, "many");
    const QJsonObject ofPlain = verified(plain.waitForEnd(), 1, "many");
    const QJsonObject ofSecure = verified(secure.waitForEnd(), 1, "many");
    QCOMPARE(ofCalls.value(QStringLiteral("answered")).toInt(), calls);
    QCOMPARE(ofPlain.value(QStringLiteral("answered")).toInt(), sockets - sockets / 10);
    QCOMPARE(ofSecure.value(QStringLiteral("answered")).toInt(), sockets / 10);
    for (const QJsonObject& report : {ofCalls, ofPlain, ofSecure}) {
        QCOMPARE(report.value(QStringLiteral("lost")).toInt(), 0);
    }
}

QTEST_GUILESS_MAIN(ManyStreamsTest)
#include "many_streams_test.moc"
