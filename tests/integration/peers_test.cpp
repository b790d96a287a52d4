// Real clients and upstreams on Node: gRPC, WebSockets, HTTP/2 and event streams, in the clear and over TLS.

#include <QProcessEnvironment>
#include <QTest>

#include "tests/integration/peers_house.h"
#include "tests/support/test_process.h"

#include <memory>

using namespace gateway;
using support::NodePeer;

namespace {

struct Ran {
    int exitCode = -1;
    QByteArray out;
};
Ran runTool(const QString& program, const QStringList& arguments) {
    const auto result = support::runProgram(program, arguments, QProcessEnvironment::systemEnvironment());
    return {result.exitCode, result.out + result.err};
}

} // namespace

class PeersTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();

    void aGrpcClientNoticesNothing_data() { ways(); }
    void aGrpcClientNoticesNothing();
    void aGrpcCallWithoutAKeyIsUnauthenticated();
    void whatAGrpcClientCancelsEndsAtTheServer();
    void webSocketsWork_data() { ways(); }
    void webSocketsWork();
    void aWebSocketWithoutAKeyIsRefused();
    void aRevokedKeyClosesItsWebSockets();
    void anHttp2ClientWorks_data() { ways(); }
    void anHttp2ClientWorks();
    void anEventSourceGetsEachEventAtOnce_data() { ways(); }
    void anEventSourceGetsEachEventAtOnce();
    void curlAndNghttpAgree();
    void h2loadIsServed();

private:
    static void ways() {
        QTest::addColumn<bool>("secure");
        QTest::newRow("in the clear") << false;
        QTest::newRow("over TLS") << true;
    }

    std::unique_ptr<PeersHouse> m_house;
};

void PeersTest::initTestCase() {
    QVERIFY2(NodePeer::arePackagesThere(),
             "Node's packages for the tests are not installed; `./dev test` does it.");
    m_house = std::make_unique<PeersHouse>();
    QVERIFY2(m_house->open(), m_house->gateway.error().c_str());
}

void PeersTest::cleanup() {
    if (QTest::currentTestFailed() && m_house) {
        qWarning("%s%s", m_house->web.errors().constData(), m_house->grpc.errors().constData());
    }
}

// gRPC

void PeersTest::aGrpcClientNoticesNothing() {
    QFETCH(bool, secure);
    NodePeer client(QStringLiteral("grpc_client.js"),
                    QStringList{m_house->address(secure)} + m_house->credentials(secure));
    const QJsonObject report = verified(client.waitForEnd(), 10, "metadata");
    QCOMPARE(textOf(report, "client"), QStringLiteral("acme"));
    QVERIFY(!report.contains(QStringLiteral("key")));
    QVERIFY(!textOf(report, "id").isEmpty());
}

void PeersTest::aGrpcCallWithoutAKeyIsUnauthenticated() {
    NodePeer client(QStringLiteral("grpc_client.js"), {m_house->address(false), QStringLiteral("refused")});
    const QJsonObject report = verified(client.waitForEnd(), 1, "refused");
    constexpr int unauthenticated = 16;
    QCOMPARE(report.value(QStringLiteral("status")).toInt(), unauthenticated);
    QVERIFY(textOf(report, "details").contains(QStringLiteral("key")));
}

void PeersTest::whatAGrpcClientCancelsEndsAtTheServer() {
    const auto cancelled = [this] {
        m_house->grpc.tell("cancelled?");
        return m_house->grpc.waitFor(QStringLiteral("cancelled")).value(QStringLiteral("cancelled")).toInt();
    };
    const int before = cancelled();
    NodePeer client(QStringLiteral("grpc_client.js"),
                    QStringList{m_house->address(false), QStringLiteral("cancel")} +
                        m_house->credentials(false));
    (void)verified(client.waitForEnd(), 1);
    QTRY_COMPARE(cancelled(), before + 1);
}

// WebSockets

void PeersTest::webSocketsWork() {
    QFETCH(bool, secure);
    NodePeer client(QStringLiteral("ws_client.js"),
                    QStringList{m_house->url("ws", secure, "/web/ws")} + m_house->credentials(secure));
    const QJsonObject report = verified(client.waitForEnd(), 6, "subprotocol");
    QCOMPARE(textOf(report, "client"), QStringLiteral("acme"));
    QVERIFY(!report.contains(QStringLiteral("key")));
}

void PeersTest::aWebSocketWithoutAKeyIsRefused() {
    NodePeer client(QStringLiteral("ws_client.js"),
                    {m_house->url("ws", false, "/web/ws"), QStringLiteral("refused")});
    QCOMPARE(verified(client.waitForEnd(), 1, "refused").value(QStringLiteral("status")).toInt(), 401);
}

void PeersTest::aRevokedKeyClosesItsWebSockets() {
    const std::string other = m_house->gateway.issueKey("acme");
    NodePeer client(QStringLiteral("ws_client.js"),
                    {m_house->url("ws", false, "/web/ws"), QStringLiteral("wait"), QStringLiteral("--key"),
                     QString::fromStdString(other)});
    QVERIFY(client.waitFor(QStringLiteral("open")).value(QStringLiteral("open")).toBool());
    m_house->gateway.setKeyState(other, model::KeyState::Revoked);
    constexpr int policyViolation = 1008;
    QCOMPARE(verified(client.waitForEnd(), 1, "wait").value(QStringLiteral("closeCode")).toInt(),
             policyViolation);
}

// HTTP/2

void PeersTest::anHttp2ClientWorks() {
    QFETCH(bool, secure);
    NodePeer client(
        QStringLiteral("http2_client.js"),
        QStringList{m_house->url("http", secure, ""), QStringLiteral("--prefix"), QStringLiteral("/web")} +
            m_house->credentials(secure));
    const auto reports = client.waitForEnd();
    const QJsonObject report = verified(reports, 7, "get");
    QCOMPARE(textOf(report, "client"), QStringLiteral("acme"));
    QVERIFY(!report.contains(QStringLiteral("key")));
    QCOMPARE(textOf(report, "proto"), secure ? QStringLiteral("https") : QStringLiteral("http"));
    QCOMPARE(verified(reports, 7, "refused").value(QStringLiteral("status")).toInt(), 404);
}

// Event streams

void PeersTest::anEventSourceGetsEachEventAtOnce() {
    QFETCH(bool, secure);
    NodePeer client(QStringLiteral("event_source.js"),
                    QStringList{m_house->url("http", secure, "/web/events")} + m_house->credentials(secure));
    QVERIFY(client.waitFor(QStringLiteral("open")).value(QStringLiteral("open")).toBool());
    for (int i = 0; i < 3; ++i) {
        QVERIFY(textOf(client.waitFor(QStringLiteral("tick")), "tick")
                    .contains(QStringLiteral("\"i\":%1").arg(i)));
    }
    // The next one comes only after the last has arrived: nothing may be held back.
    for (const QString& text : {QStringLiteral("first"), QStringLiteral("second")}) {
        m_house->web.tell("event " + text.toUtf8());
        QCOMPARE(textOf(client.waitFor(QStringLiteral("message")), "message"), text);
    }
}

// Tools

void PeersTest::curlAndNghttpAgree() {
    const QString keyLine = QStringLiteral("X-API-Key: ") + m_house->key;
    const QString ca = m_house->authorityFile();
    for (const bool secure : {false, true}) {
        QStringList curl{QStringLiteral("-sS"), QStringLiteral("-H"), keyLine, QStringLiteral("-w"),
                         QStringLiteral(" %{http_version} %{http_code}")};
        curl += secure ? QStringList{QStringLiteral("--http2"), QStringLiteral("--cacert"), ca}
                       : QStringList{QStringLiteral("--http2-prior-knowledge")};
        const Ran got =
            runTool(QStringLiteral("curl"), curl + QStringList{m_house->url("http", secure, "/web/curl")});
        QVERIFY2(got.out.endsWith(" 2 200"), got.out.constData());
        const Ran other = runTool(QStringLiteral("nghttp"),
                                  {QStringLiteral("-n"), QStringLiteral("-v"), QStringLiteral("-H"), keyLine,
                                   m_house->url("http", secure, "/web/nghttp")});
        QVERIFY2(other.out.contains(":status: 200"), other.out.constData());
    }
    const Ran old =
        runTool(QStringLiteral("curl"),
                {QStringLiteral("-sS"), QStringLiteral("--http1.1"), QStringLiteral("--cacert"), ca,
                 QStringLiteral("-H"), keyLine, QStringLiteral("-w"),
                 QStringLiteral(" %{http_version} %{http_code}"), m_house->url("http", true, "/web/curl")});
    QVERIFY2(old.out.endsWith(" 1.1 200"), old.out.constData());
}

void PeersTest::h2loadIsServed() {
    const Ran got =
        runTool(QStringLiteral("h2load"),
                {QStringLiteral("-n"), QStringLiteral("5000"), QStringLiteral("-c"), QStringLiteral("20"),
                 QStringLiteral("-m"), QStringLiteral("20"), QStringLiteral("--header"),
                 QStringLiteral("X-API-Key: ") + m_house->key, m_house->url("http", true, "/web/load")});
    QVERIFY2(got.out.contains("status codes: 5000 2xx"), got.out.constData());
}

QTEST_GUILESS_MAIN(PeersTest)
#include "peers_test.moc"
