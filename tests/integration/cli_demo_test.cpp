#include "app/demo/demo.h"
#include "app/service_host.h"
#include "gateway/model/edit.h"
#include "tests/support/socket_io.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <set>

using app::ServiceHost;
using app::demo::Demo;

namespace {

constexpr int patienceMs = static_cast<int>(support::patience.count());

} // namespace

/// The demo in this process, on free ports.
class CliDemoTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itsTrafficShowsEveryKindOfAnswer();
    void someOfItComesOverTlsAndSomeStays();
    void itFollowsAGatewayThatIsStoppedAndStarted();
    void itLeavesAConfigurationAloneThatIsNotItsOwn();
};

void CliDemoTest::itsTrafficShowsEveryKindOfAnswer() {
    const QTemporaryDir folder;
    ServiceHost host(folder.filePath(QStringLiteral("demo.db")).toStdString(), "test", {});
    QVERIFY(host.open());
    Demo demo(host.service(), {.seed = 1, .requestsPerSecond = 600, .choosesPorts = true});
    std::set<int> seen;
    connect(&demo, &Demo::responded, this, [&seen](int status) { seen.insert(status); });
    QSignalSpy started(&demo, &Demo::started);
    demo.start();
    QVERIFY(started.wait(patienceMs));
    QCOMPARE(host.service().current()->revision.number, std::uint64_t{1});
    for (const int status : {200, 201, 401, 404, 429, 500, 503}) {
        QTRY_VERIFY2_WITH_TIMEOUT(seen.contains(status), qPrintable(QString::number(status)), patienceMs);
    }
}

void CliDemoTest::someOfItComesOverTlsAndSomeStays() {
    const QTemporaryDir folder;
    ServiceHost host(folder.filePath(QStringLiteral("demo.db")).toStdString(), "test", {});
    QVERIFY(host.open());
    Demo demo(host.service(), {.seed = 1, .requestsPerSecond = 100, .choosesPorts = true});
    std::uint64_t handshakes = 0;
    std::uint64_t messages = 0;
    gateway::metrics::StreamCounts open;
    connect(&host.service(), &gateway::service::GatewayService::metrics, this,
            [&](const gateway::metrics::MetricsFrame& frame) {
                handshakes += frame.connections.handshakesFull + frame.connections.handshakesResumed;
                messages += std::min(frame.streams.messagesIn, frame.streams.messagesOut);
                open = frame.streams;
            });
    QSignalSpy started(&demo, &Demo::started);
    demo.start();
    QVERIFY(started.wait(patienceMs));
    QTRY_COMPARE_WITH_TIMEOUT(open.webSockets, std::uint64_t{3}, patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(open.eventStreams, std::uint64_t{1}, patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(messages >= 3, patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(handshakes > 4, patienceMs); // more than those of the streams
    auto reports = host.service().listCertificates();
    reports.waitForFinished();
    QVERIFY(reports.result());
    QCOMPARE(reports.result()->size(), std::size_t{1});
    QVERIFY(reports.result()->front().hasPrivateKey);
    QCOMPARE(reports.result()->front().usedBy.front().name, std::string("demo-tls"));
}

void CliDemoTest::itFollowsAGatewayThatIsStoppedAndStarted() {
    const QTemporaryDir folder;
    ServiceHost host(folder.filePath(QStringLiteral("demo.db")).toStdString(), "test", {});
    QVERIFY(host.open());
    Demo demo(host.service(), {.seed = 1, .requestsPerSecond = 200, .choosesPorts = true});
    QSignalSpy responded(&demo, &Demo::responded);
    demo.start();
    QVERIFY(responded.wait(patienceMs));
    auto stopped = host.service().stop();
    stopped.waitForFinished();
    QCOMPARE(host.service().status().state, gateway::service::GatewayState::Stopped);
    responded.clear();
    host.service().start();
    QTRY_VERIFY_WITH_TIMEOUT(responded.count() > 10, patienceMs);
}

void CliDemoTest::itLeavesAConfigurationAloneThatIsNotItsOwn() {
    const QTemporaryDir folder;
    ServiceHost host(folder.filePath(QStringLiteral("own.db")).toStdString(), "test", {});
    QVERIFY(host.open());
    gateway::model::Config own;
    gateway::model::Service service;
    service.name = "billing";
    service.targets = {{.host = "127.0.0.1", .port = 9}};
    own.services.put(service);
    auto published =
        host.service().publish({.base = 0,
                                .author = "test",
                                .message = {},
                                .edits = gateway::model::difference(gateway::model::Config{}, own)});
    published.waitForFinished();
    QVERIFY(published.result());
    Demo demo(host.service(), {.choosesPorts = true});
    QSignalSpy failed(&demo, &Demo::failed);
    demo.start();
    QVERIFY(failed.wait(patienceMs));
    QVERIFY(failed.first().first().toString().contains(QStringLiteral("inventory")));
    QCOMPARE(host.service().current()->revision.number, std::uint64_t{1});
}

QTEST_GUILESS_MAIN(CliDemoTest)
#include "cli_demo_test.moc"
