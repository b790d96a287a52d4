#include "gateway/service/control_socket.h"
#include "tests/unit/gateway/service/service_fixture.h"

#include <QCoreApplication>
#include <QFile>
#include <QLocalServer>
#include <QLocalSocket>
#include <QSignalSpy>
#include <QTcpServer>
#include <QtTest>
#include <future>
#include <unistd.h>

using gateway::ErrorKind;
using gateway::Result;
using namespace gateway::model;
using namespace gateway::service;

namespace {

/// Asks from a thread of its own, as another process would, while the event loop of this one answers.
template<class Question>
auto askElsewhere(Question question) {
    auto answer = std::async(std::launch::async, question);
    while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
    }
    return answer.get();
}

} // namespace

class ControlSocketTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void nobodyAnswersWhereNothingRuns();
    void statusTellsHowTheGatewayStands();
    void stateTellsHowTheTargetsStoodInTheLastSecond();
    void changedAnswersOnceTheChangeIsLive();
    void changedSaysWhyAChangeCannotBeTakenUp();
    void showRaisesTheWindow();
    void aSecondProgramIsRefusedAndToldWhoHasTheDatabase();
    void theDatabaseIsFreeAgainOnceTheProgramIsGone();
    void aSocketThatACrashLeftIsTakenOver();
    void whatIsNoCommandIsAnsweredWithAnError();
    void anEndlessLineIsCutOff();
    void aMissingFolderIsNamed();

private:
    [[nodiscard]] std::unique_ptr<ControlSocket> listen() const;
    void startSomeGateway() const;

    std::unique_ptr<ServiceFixture> m_fixture;
};

void ControlSocketTest::init() {
    m_fixture = std::make_unique<ServiceFixture>();
    m_fixture->makeService();
}

void ControlSocketTest::cleanup() {
    m_fixture.reset();
}

std::unique_ptr<ControlSocket> ControlSocketTest::listen() const {
    auto socket = std::make_unique<ControlSocket>(*m_fixture->service, m_fixture->clock, "gatehousectl");
    if (const auto listening = socket->listen(m_fixture->path); !listening) {
        qWarning("%s", listening.error().message.c_str());
        return nullptr;
    }
    return socket;
}

void ControlSocketTest::startSomeGateway() const {
    QVERIFY(m_fixture->service->open().result());
    QVERIFY(m_fixture->publish(m_fixture->someEdits()));
    QVERIFY(m_fixture->service->start().result());
}

void ControlSocketTest::nobodyAnswersWhereNothingRuns() {
    const auto status = queryStatus(m_fixture->path);
    QVERIFY(!status);
    QCOMPARE(status.error().code, std::string("not-running"));
    QCOMPARE(nudge(m_fixture->path).error().code, std::string("not-running"));
}

void ControlSocketTest::statusTellsHowTheGatewayStands() {
    const auto socket = listen();
    QVERIFY(socket);
    const auto standing = askElsewhere([this] { return queryStatus(m_fixture->path); });
    QVERIFY2(standing, standing ? "" : standing.error().message.c_str());
    QVERIFY(standing->state == GatewayState::Stopped);

    startSomeGateway();
    const auto running = askElsewhere([this] { return queryStatus(m_fixture->path); });
    QVERIFY2(running, running ? "" : running.error().message.c_str());
    QVERIFY(running->state == GatewayState::Running);
    QCOMPARE(running->program, std::string("gatehousectl"));
    QCOMPARE(running->pid, QCoreApplication::applicationPid());
    QCOMPARE(running->savedRevision, RevisionNumber{1});
    QCOMPARE(running->liveRevision, RevisionNumber{1});
    QVERIFY(running->addresses == m_fixture->service->status().addresses);
    QCOMPARE(running->workers, 1U);
}

void ControlSocketTest::stateTellsHowTheTargetsStoodInTheLastSecond() {
    const auto socket = listen();
    QVERIFY(socket);
    const auto silent = askElsewhere([this] { return queryState(m_fixture->path); });
    QVERIFY2(silent, silent ? "" : silent.error().message.c_str());
    QCOMPARE(silent->interval.count(), 0);

    gateway::metrics::MetricsFrame frame;
    frame.interval = std::chrono::seconds(1);
    frame.services.resize(500);
    for (auto& service : frame.services) {
        service.targets.resize(10);
        service.targets.front().condition = gateway::metrics::TargetCondition::Ejected;
    }
    Q_EMIT m_fixture->service->metrics(frame);
    // Longer than the line of any other answer may be.
    const auto told = askElsewhere([this] { return queryState(m_fixture->path); });
    QVERIFY2(told, told ? "" : told.error().message.c_str());
    QCOMPARE(told->interval.count(), 1000);
    QCOMPARE(told->services.size(), std::size_t(500));
    QVERIFY(told->services.back().targets.front().condition == gateway::metrics::TargetCondition::Ejected);

    Q_EMIT m_fixture->service->statusChanged(GatewayStatus{});
    QVERIFY(askElsewhere([this] { return queryState(m_fixture->path); })->services.empty());
}

void ControlSocketTest::changedAnswersOnceTheChangeIsLive() {
    const auto socket = listen();
    QVERIFY(socket);
    startSomeGateway();
    QVERIFY(m_fixture->publishElsewhere({Put{ServiceFixture::someRoute("new", "/new", "orders")}}));
    const auto live = askElsewhere([this] { return nudge(m_fixture->path); });
    QVERIFY2(live, live ? "" : live.error().message.c_str());
    QCOMPARE(live->liveRevision, RevisionNumber{2});
    QCOMPARE(m_fixture->get("/new"), 200);
}

void ControlSocketTest::changedSaysWhyAChangeCannotBeTakenUp() {
    const auto socket = listen();
    QVERIFY(socket);
    startSomeGateway();
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    QVERIFY(m_fixture->publishElsewhere({Put{ServiceFixture::someListener("second", other.serverPort())}}));
    const auto refused = askElsewhere([this] { return nudge(m_fixture->path); });
    QVERIFY(!refused);
    QVERIFY2(refused.error().message.find(std::to_string(other.serverPort())) != std::string::npos,
             refused.error().message.c_str());
}

void ControlSocketTest::showRaisesTheWindow() {
    const auto socket = listen();
    QVERIFY(socket);
    QSignalSpy shown(socket.get(), &ControlSocket::showRequested);
    QVERIFY(askElsewhere([this] { return requestShow(m_fixture->path); }));
    QCOMPARE(shown.count(), 1);
}

void ControlSocketTest::aSecondProgramIsRefusedAndToldWhoHasTheDatabase() {
    const auto first = listen();
    QVERIFY(first);
    ControlSocket second(*m_fixture->service, m_fixture->clock, "gatehouse");
    const auto refused = second.listen(m_fixture->path);
    QVERIFY(!refused);
    QVERIFY(refused.error().kind == ErrorKind::Conflict);
    QCOMPARE(refused.error().code, std::string("already-running"));
    QVERIFY2(refused.error().message.find(std::to_string(QCoreApplication::applicationPid())) !=
                 std::string::npos,
             refused.error().message.c_str());
    QVERIFY(askElsewhere([this] { return queryStatus(m_fixture->path); })); // the first still answers
}

void ControlSocketTest::theDatabaseIsFreeAgainOnceTheProgramIsGone() {
    QVERIFY(listen());
    QVERIFY(listen());
}

void ControlSocketTest::aSocketThatACrashLeftIsTakenOver() {
    const QString name = controlSocketName(m_fixture->path);
    QString file;
    {
        QLocalServer crashed;
        QVERIFY(crashed.listen(name));
        file = crashed.fullServerName();
        // A hard link keeps the file, as a crash would.
        QVERIFY(::link(file.toLocal8Bit().constData(),
                       (file + QStringLiteral("~")).toLocal8Bit().constData()) == 0);
    }
    QVERIFY(QFile::rename(file + QStringLiteral("~"), file));
    QCOMPARE(queryStatus(m_fixture->path).error().code, std::string("not-running"));
    const auto socket = listen();
    QVERIFY(socket);
    QVERIFY(askElsewhere([this] { return queryStatus(m_fixture->path); }));
}

void ControlSocketTest::whatIsNoCommandIsAnsweredWithAnError() {
    const auto socket = listen();
    QVERIFY(socket);
    QLocalSocket client;
    client.connectToServer(controlSocketName(m_fixture->path));
    QVERIFY(client.waitForConnected());
    client.write("GET / HTTP/1.1\r\n");
    QTRY_VERIFY(client.canReadLine());
    QCOMPARE(readAnswer(client.readLine()).error().code, std::string("unknown-command"));
    QTRY_VERIFY(client.state() == QLocalSocket::UnconnectedState);
}

void ControlSocketTest::anEndlessLineIsCutOff() {
    const auto socket = listen();
    QVERIFY(socket);
    QLocalSocket client;
    client.connectToServer(controlSocketName(m_fixture->path));
    QVERIFY(client.waitForConnected());
    client.write(QByteArray(2 * controlLineBytesMax, 'x'));
    QTRY_VERIFY(client.state() == QLocalSocket::UnconnectedState);
    QVERIFY(askElsewhere([this] { return queryStatus(m_fixture->path); })); // others are served
}

void ControlSocketTest::aMissingFolderIsNamed() {
    ControlSocket socket(*m_fixture->service, m_fixture->clock, "gatehouse");
    const auto refused =
        socket.listen(m_fixture->folder.filePath(QStringLiteral("no/where.db")).toStdString());
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, std::string("db-no-folder"));
}

QTEST_GUILESS_MAIN(ControlSocketTest)
#include "test_control_socket.moc"
