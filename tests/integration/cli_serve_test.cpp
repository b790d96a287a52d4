#include "tests/integration/cli_fixture.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <future>

using support::ProcessResult;
using support::RawClient;
using support::ScriptedUpstream;
using support::TestProcess;

/// `gatehousectl serve` and `demo`, and what other commands do to them while they run.
class CliServeTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void aKeyMadeElsewhereWorksAndStopsWorkingAtOnce();
    void aChangeIsLiveWhenApplyReturns();
    void listenersMoveWithTheConfiguration();
    void aGatewayWithoutListenersWaitsForSome();
    void theLimitIsReachedAfterExactlyTheBurst();
    void aSecondServeIsRefused();
    void aRequestInFlightIsFinishedBeforeTheEnd();
    void aSecondSignalQuitsAtOnce();
    void aHangUpReadsTheDatabaseAnew();
    void aPortInUseIsSaidAtTheStart();
    void aChangeThatCannotRunLeavesTrafficOnTheRevisionBefore();
    void servicesTellHowTargetsStandWhileTheGatewayRuns();
    void aDrainIsLiveWhenTheCommandReturns();
    void theDemoCarriesTrafficAndEndsCleanly();

private:
    void apply(std::uint16_t port, const QByteArray& rewrite = "/one");
    std::unique_ptr<TestProcess> serve();
    [[nodiscard]] QJsonObject status() const;
    [[nodiscard]] QByteArray targetAddress() const {
        return QByteArray::fromStdString(m_upstream->address());
    }

    std::unique_ptr<CliFixture> m_fixture;
    std::unique_ptr<ScriptedUpstream> m_upstream;
    std::uint16_t m_port = 0;
};

void CliServeTest::init() {
    m_fixture = std::make_unique<CliFixture>();
    m_upstream = std::make_unique<ScriptedUpstream>();
    m_port = support::unusedPort();
}

void CliServeTest::cleanup() {
    m_upstream.reset();
    m_fixture.reset();
}

void CliServeTest::apply(std::uint16_t port, const QByteArray& rewrite) {
    const ProcessResult applied =
        m_fixture->runOnDb("apply -", CliFixture::configuration(port, targetAddress(), rewrite));
    QVERIFY2(applied.exitCode == CliFixture::exitOk, applied.err.constData());
}

std::unique_ptr<TestProcess> CliServeTest::serve() {
    auto process = m_fixture->startOnDb("serve --workers 2");
    if (process->waitForLine("listening on 127.0.0.1:" + QByteArray::number(m_port)).isEmpty()) {
        qWarning("serve does not listen: %s", process->errors().constData());
    }
    return process;
}

QJsonObject CliServeTest::status() const {
    return QJsonDocument::fromJson(m_fixture->runOnDb("status --json").out).object();
}

void CliServeTest::aKeyMadeElsewhereWorksAndStopsWorkingAtOnce() {
    apply(m_port);
    const auto gateway = serve();
    QCOMPARE(RawClient::get(m_port, "/closed").status, 401);
    const ProcessResult created = m_fixture->runOnDb("key create -q --consumer acme --name ci");
    QCOMPARE(created.exitCode, CliFixture::exitOk);
    const std::string field = "X-API-Key: " + created.out.trimmed().toStdString() + "\r\n";
    QCOMPARE(RawClient::get(m_port, "/closed", field).status, 200);
    QCOMPARE(m_fixture->runOnDb("key disable acme/ci").exitCode, CliFixture::exitOk);
    QCOMPARE(RawClient::get(m_port, "/closed", field).status, 401);
    QCOMPARE(m_fixture->runOnDb("key enable acme/ci").exitCode, CliFixture::exitOk);
    QCOMPARE(RawClient::get(m_port, "/closed", field).status, 200);
    QCOMPARE(m_fixture->runOnDb("key revoke acme/ci").exitCode, CliFixture::exitOk);
    QCOMPARE(RawClient::get(m_port, "/closed", field).status, 401);
}

void CliServeTest::aChangeIsLiveWhenApplyReturns() {
    apply(m_port);
    const auto gateway = serve();
    QCOMPARE(RawClient::get(m_port, "/open").body, std::string("/one"));
    const ProcessResult applied =
        m_fixture->runOnDb("apply -", CliFixture::configuration(m_port, targetAddress(), "/two"));
    QCOMPARE(applied.out, QByteArray("revision 2 published: 1 route changed\nrevision 2 is live\n"));
    QCOMPARE(RawClient::get(m_port, "/open").body, std::string("/two"));
    const QJsonObject now = status();
    QCOMPARE(now[QLatin1String("running")].toBool(), true);
    QCOMPARE(now[QLatin1String("live_revision")].toInt(), 2);
    QCOMPARE(now[QLatin1String("saved_revision")].toInt(), 2);
    QCOMPARE(now[QLatin1String("workers")].toInt(), 2);
    QVERIFY(!gateway->waitForLine("revision 2 is live").isEmpty());
}

void CliServeTest::listenersMoveWithTheConfiguration() {
    apply(m_port);
    const auto gateway = serve();
    const std::uint16_t other = support::unusedPort();
    apply(other);
    QCOMPARE(RawClient::get(other, "/open").status, 200);
    QVERIFY(
        !gateway->waitForLine("no longer listening on 127.0.0.1:" + QByteArray::number(m_port)).isEmpty());
    QTRY_COMPARE(RawClient::get(m_port, "/open").status, 0);
}

void CliServeTest::aGatewayWithoutListenersWaitsForSome() {
    const auto gateway = m_fixture->startOnDb("serve");
    QVERIFY(!gateway->waitForLine("no listeners yet").isEmpty());
    apply(m_port);
    QCOMPARE(RawClient::get(m_port, "/open").status, 200);
}

void CliServeTest::theLimitIsReachedAfterExactlyTheBurst() {
    apply(m_port);
    const auto gateway = serve();
    const ProcessResult created = m_fixture->runOnDb("key create -q --consumer acme --name ci");
    const std::string request =
        "GET /closed HTTP/1.1\r\nHost: localhost\r\nX-API-Key: " + created.out.trimmed().toStdString() +
        "\r\n\r\n";
    // All at once, so that nothing is given back meanwhile.
    RawClient client(m_port);
    std::string all;
    for (int i = 0; i < 21; ++i) {
        all += request;
    }
    QVERIFY(client.send(all));
    for (int i = 0; i < 20; ++i) {
        const auto response = client.readResponse();
        QCOMPARE(response.status, 200);
        QCOMPARE(response.field("X-RateLimit-Limit"), std::string("20"));
    }
    const auto refused = client.readResponse();
    QCOMPARE(refused.status, 429);
    QCOMPARE(refused.field("X-RateLimit-Remaining"), std::string("0"));
    QVERIFY(refused.has("Retry-After"));
}

void CliServeTest::aSecondServeIsRefused() {
    apply(m_port);
    const auto gateway = serve();
    const ProcessResult second = m_fixture->runOnDb("serve");
    QCOMPARE(second.exitCode, CliFixture::exitConflict);
    QVERIFY2(second.err.contains(QByteArray::number(gateway->processId())), second.err.constData());
    QCOMPARE(RawClient::get(m_port, "/open").status, 200);
}

void CliServeTest::aRequestInFlightIsFinishedBeforeTheEnd() {
    apply(m_port);
    const auto gateway = serve();
    std::promise<void> release;
    m_upstream->setHandler([released = release.get_future().share()](
                               support::WireRequest&, support::UpstreamConnection& connection) {
        if (released.wait_for(support::patience) == std::future_status::ready) {
            connection.send(support::okResponse("late but whole"));
        }
    });
    RawClient client(m_port);
    QVERIFY(client.send("GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    QVERIFY(m_upstream->waitForRequests(1));
    gateway->signal(SIGTERM);
    QVERIFY(!gateway->waitForLine("draining").isEmpty());
    release.set_value();
    const auto response = client.readResponse();
    QCOMPARE(response.status, 200);
    QCOMPARE(response.body, std::string("late but whole"));
    QVERIFY(client.waitForClose());
    const ProcessResult ended = gateway->waitForEnd();
    QCOMPARE(ended.err, QByteArray());
    QCOMPARE(ended.exitCode, CliFixture::exitOk);
}

void CliServeTest::aSecondSignalQuitsAtOnce() {
    apply(m_port);
    const auto gateway = serve();
    m_upstream->setHandler([](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.stayTillPeerCloses();
    });
    RawClient client(m_port);
    QVERIFY(client.send("GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    QVERIFY(m_upstream->waitForRequests(1));
    gateway->signal(SIGTERM);
    QVERIFY(!gateway->waitForLine("draining").isEmpty());
    gateway->signal(SIGINT);
    QCOMPARE(gateway->waitForEnd().exitCode, 128 + SIGINT);
}

void CliServeTest::aHangUpReadsTheDatabaseAnew() {
    apply(m_port);
    const auto gateway = serve();
    gateway->signal(SIGHUP);
    QCOMPARE(status()[QLatin1String("running")].toBool(), true);
    gateway->signal(SIGTERM);
    QCOMPARE(gateway->waitForEnd().exitCode, CliFixture::exitOk);
}

void CliServeTest::aPortInUseIsSaidAtTheStart() {
    const support::Descriptor taken = support::listenOnLoopback(m_port);
    QVERIFY(taken);
    apply(m_port);
    const ProcessResult served = m_fixture->runOnDb("serve");
    QCOMPARE(served.exitCode, CliFixture::exitEnvironment);
    QVERIFY2(served.err.contains(QByteArray::number(m_port)), served.err.constData());
    QCOMPARE(served.err.count('\n'), 1);
}

void CliServeTest::aChangeThatCannotRunLeavesTrafficOnTheRevisionBefore() {
    apply(m_port);
    const auto gateway = serve();
    const support::Descriptor taken = support::listenOnLoopback();
    const std::uint16_t takenPort = support::localPort(taken.get());
    const ProcessResult applied =
        m_fixture->runOnDb("apply -", CliFixture::configuration(takenPort, targetAddress(), "/two"));
    QCOMPARE(applied.exitCode, CliFixture::exitEnvironment);
    QVERIFY2(applied.err.contains(QByteArray::number(takenPort)), applied.err.constData());
    QCOMPARE(RawClient::get(m_port, "/open").body, std::string("/one"));
    const QJsonObject now = status();
    QCOMPARE(now[QLatin1String("live_revision")].toInt(), 1);
    QCOMPARE(now[QLatin1String("saved_revision")].toInt(), 2);
    QVERIFY(now[QLatin1String("message")].toString().contains(QString::number(takenPort)));
}

void CliServeTest::servicesTellHowTargetsStandWhileTheGatewayRuns() {
    apply(m_port);
    const auto gateway = serve();
    QCOMPARE(RawClient::get(m_port, "/open").status, 200);
    const auto service = [this] {
        const QJsonObject report =
            QJsonDocument::fromJson(m_fixture->runOnDb("services --json").out).object();
        return report[QLatin1String("running")].toBool()
                   ? report[QLatin1String("services")].toArray().at(0).toObject()
                   : QJsonObject();
    };
    // The first frame comes within a second of the start.
    QTRY_VERIFY_WITH_TIMEOUT(service().contains(QLatin1String("breaker")),
                             static_cast<int>(support::patience.count()));
    QCOMPARE(service()[QLatin1String("breaker")].toString(), QStringLiteral("closed"));
    const QJsonObject target = service()[QLatin1String("targets")].toArray().at(0).toObject();
    QCOMPARE(target[QLatin1String("address")].toString().toUtf8(), targetAddress());
    QCOMPARE(target[QLatin1String("condition")].toString(), QStringLiteral("available"));
    QVERIFY(m_fixture->runOnDb("services").out.contains("available"));
}

void CliServeTest::aDrainIsLiveWhenTheCommandReturns() {
    apply(m_port);
    const auto gateway = serve();
    QCOMPARE(RawClient::get(m_port, "/open").status, 200);
    const QStringList drain = CliFixture::words("drain origin") << QString::fromLatin1(targetAddress());
    const ProcessResult drained = m_fixture->runOn(m_fixture->db(), drain);
    QVERIFY2(drained.out.endsWith("revision 2 is live\n"), drained.err.constData());
    QCOMPARE(RawClient::get(m_port, "/open").status, 503);
    QTRY_VERIFY_WITH_TIMEOUT(m_fixture->runOnDb("services").out.contains("drained"),
                             static_cast<int>(support::patience.count()));
    QCOMPARE(m_fixture->runOn(m_fixture->db(), drain + CliFixture::words("--undo")).exitCode,
             CliFixture::exitOk);
    QCOMPARE(RawClient::get(m_port, "/open").status, 200);
}

void CliServeTest::theDemoCarriesTrafficAndEndsCleanly() {
    for (int start = 1; start <= 2; ++start) {
        const auto demo = m_fixture->startOnDb("demo --free-ports");
        QVERIFY2(!demo->waitForLine("the demo runs").isEmpty(), demo->errors().constData());
        const QString address = status()[QLatin1String("addresses")].toArray().at(0).toString();
        const auto port = address.section(QLatin1Char(':'), -1).toUShort();
        const auto refused = RawClient::get(port, "/v1/orders/1007");
        QCOMPARE(refused.status, 401);
        QVERIFY(refused.body.find("\"code\"") != std::string::npos);
        QTRY_VERIFY_WITH_TIMEOUT(RawClient::get(port, "/v1/track/7").status == 200,
                                 static_cast<int>(support::patience.count()));
        demo->signal(SIGTERM);
        const ProcessResult ended = demo->waitForEnd();
        QCOMPARE(ended.err, QByteArray());
        QCOMPARE(ended.exitCode, CliFixture::exitOk);
    }
    const QJsonArray keys =
        QJsonDocument::fromJson(m_fixture->runOnDb("key list --consumer acme --json").out).array();
    const auto active = std::count_if(keys.begin(), keys.end(), [](const QJsonValue& key) {
        return key[QLatin1String("state")].toString() == QLatin1String("active");
    });
    QCOMPARE(active, 1);
}

QTEST_GUILESS_MAIN(CliServeTest)
#include "cli_serve_test.moc"
