#include "gateway/service/control_protocol.h"
#include "gateway/service/control_state.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

using namespace gateway::service;

class ControlProtocolTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void commandsComeBackAsTheyWereSent();
    void whatIsNoCommandIsRefused();
    void anAnswerComesBackAsItWasGiven();
    void aStateComesBackAsItWasGiven();
    void anErrorComesBackAsAnError();
    void anAnswerWithoutSenseIsAnError();
    void oneLineIsOneMessage();
    void oneDatabaseHasOneSocketHoweverItIsNamed();
};

void ControlProtocolTest::commandsComeBackAsTheyWereSent() {
    for (const ControlCommand command :
         {ControlCommand::Changed, ControlCommand::Status, ControlCommand::Show, ControlCommand::State,
          ControlCommand::Renew}) {
        const auto read = readCommand(writeCommand(command));
        QVERIFY(read);
        QVERIFY(*read == command);
    }
    QCOMPARE(writeCommand(ControlCommand::Changed), QByteArray("{\"do\":\"changed\"}\n"));
    QCOMPARE(readCommandName(writeCommand(ControlCommand::Renew, "shop")), std::string("shop"));
    QCOMPARE(readCommandName(writeCommand(ControlCommand::Renew)), std::string());
}

void ControlProtocolTest::whatIsNoCommandIsRefused() {
    for (const char* line :
         {"", "\n", "GET / HTTP/1.1\r\n", "[]", "{\"do\":7}", "{\"do\":\"quit\"}", "{\"do\":"}) {
        const auto read = readCommand(line);
        QVERIFY2(!read, line);
        QCOMPARE(read.error().code, std::string("unknown-command"));
    }
}

void ControlProtocolTest::anAnswerComesBackAsItWasGiven() {
    ControlStatus status;
    status.program = "gatehousectl";
    status.pid = 4711;
    status.state = GatewayState::Running;
    status.message = "Revision 9 cannot run";
    status.addresses = {"127.0.0.1:8080", "[::1]:8080"};
    status.savedRevision = 9;
    status.liveRevision = 8;
    status.uptime = std::chrono::seconds(77);
    status.workers = 2;
    const auto read = readAnswer(writeAnswer(status));
    QVERIFY(read);
    QCOMPARE(read->program, status.program);
    QCOMPARE(read->pid, status.pid);
    QVERIFY(read->state == status.state);
    QCOMPARE(read->message, status.message);
    QVERIFY(read->addresses == status.addresses);
    QCOMPARE(read->savedRevision, status.savedRevision);
    QCOMPARE(read->liveRevision, status.liveRevision);
    QVERIFY(read->uptime == status.uptime);
    QCOMPARE(read->workers, status.workers);
}

void ControlProtocolTest::aStateComesBackAsItWasGiven() {
    using namespace gateway::metrics;
    ControlState state;
    state.status.state = GatewayState::Running;
    state.interval = std::chrono::seconds(1);
    ServiceTraffic& service = state.services.emplace_back();
    service.service = gateway::model::ServiceId{7};
    service.breaker = BreakerCondition::Recovering;
    service.panicking = true;
    service.counts.requests = 900;
    service.counts.p99Ms = 12.5;
    service.failures = 5;
    service.retries = 4;
    service.retriesDenied = 3;
    service.brokenOff = 2;
    service.overLimit = 1;
    for (const TargetCondition condition :
         {TargetCondition::Available, TargetCondition::Warming, TargetCondition::Unhealthy,
          TargetCondition::Ejected, TargetCondition::Draining}) {
        TargetTraffic& target = service.targets.emplace_back();
        target.address = "127.0.0.1:9001";
        target.condition = condition;
        target.conditionDetail = "a\nb";
        target.requestsActive = 6;
        target.requests = 80;
        target.failures = 8;
        target.connectionsOpen = 9;
    }
    service.targets[3].ejectedFor = std::chrono::seconds(24);
    const QByteArray line = writeState(state);
    QCOMPARE(line.count('\n'), 1);
    const auto read = readState(line);
    QVERIFY(read);
    QCOMPARE(writeState(*read), line);
    QVERIFY(read->status.state == GatewayState::Running);
    QVERIFY(read->interval == state.interval);
    QVERIFY(read->services[0].service == service.service);
    QVERIFY(read->services[0].breaker == BreakerCondition::Recovering);
    QCOMPARE(read->services[0].overLimit, std::uint64_t(1));
    for (std::size_t i = 0; i < service.targets.size(); ++i) {
        QVERIFY(read->services[0].targets[i].condition == service.targets[i].condition);
    }
    QVERIFY(read->services[0].targets[3].ejectedFor == std::chrono::seconds(24));
    QVERIFY(!read->services[0].targets[0].ejectedFor);
    // Of a program that knows no state, the status alone.
    QVERIFY(readState(writeAnswer(state.status))->services.empty());
    QCOMPARE(readState(writeAnswer(gateway::Error{gateway::ErrorKind::Input, "unknown-command", "No."}))
                 .error()
                 .code,
             std::string("unknown-command"));
}

void ControlProtocolTest::anErrorComesBackAsAnError() {
    const auto read = readAnswer(
        writeAnswer(gateway::Error{gateway::ErrorKind::Input, "port-in-use", "Port 80 is in use."}));
    QVERIFY(!read);
    QCOMPARE(read.error().code, std::string("port-in-use"));
    QCOMPARE(read.error().message, std::string("Port 80 is in use."));
}

void ControlProtocolTest::anAnswerWithoutSenseIsAnError() {
    for (const char* line : {"", "hello\n", "{}", "{\"ok\":1}"}) {
        const auto read = readAnswer(line);
        QVERIFY2(!read, line);
        QCOMPARE(read.error().code, std::string("no-answer"));
    }
}

void ControlProtocolTest::oneLineIsOneMessage() {
    ControlStatus status;
    status.message = "two\nlines";
    QCOMPARE(writeAnswer(status).count('\n'), 1);
}

void ControlProtocolTest::oneDatabaseHasOneSocketHoweverItIsNamed() {
    const QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("gatehouse.db")).toStdString();
    const QString name = controlSocketName(path);
    QVERIFY(name.startsWith(QStringLiteral("gatehouse-")));

    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(controlSocketName(path), name); // the same once it exists
    const QString link = folder.filePath(QStringLiteral("link.db"));
    QVERIFY(QFile::link(QString::fromStdString(path), link));
    QCOMPARE(controlSocketName(link.toStdString()), name);
    QVERIFY(controlSocketName(folder.filePath(QStringLiteral("other.db")).toStdString()) != name);
}

QTEST_APPLESS_MAIN(ControlProtocolTest)
#include "test_control_protocol.moc"
