#include "tests/unit/gateway/crypto/openssl_peer.h"

#include "gateway/crypto/certificate.h"
#include "gateway/model/edit.h"
#include "gateway/net/staple_store.h"
#include "gateway/service/staples.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <memory>

using namespace gateway::service;
using namespace gateway::model;

/// OpenSSL's responder behind a small HTTP server on loopback.
class StaplesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();

    void anAnswerIsStapledUntilNoListenerShowsTheCertificate();
    void aFailureKeepsTheLastGoodAnswer();
    void aCertificateThatNoListenerShowsIsNotAskedFor();

private:
    void serve(QTcpSocket* socket);
    [[nodiscard]] Config config(bool isShown) const;

    OpensslPeer m_peer;
    QTcpServer m_server;
    std::string m_chain;
    std::string m_fingerprint;
    int m_questions = 0;
    bool m_fails = false;
};

void StaplesTest::initTestCase() {
    QVERIFY(m_server.listen(QHostAddress::LocalHost));
    connect(&m_server, &QTcpServer::newConnection, this, [this] {
        QTcpSocket* socket = m_server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, this, [this, socket] { serve(socket); });
    });
    QVERIFY(m_peer.run("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=CA"));
    QVERIFY(m_peer.run(
        QStringLiteral("req -x509 -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.pem -subj /CN=leaf -CA "
                       "ca.pem -CAkey ca.key -set_serial 0x1234 -days 30 -addext "
                       "authorityInfoAccess=OCSP;URI:http://127.0.0.1:%1/")
            .arg(m_server.serverPort())
            .split(QLatin1Char(' '))));
    m_chain = m_peer.read("leaf.pem") + m_peer.read("ca.pem");
    m_fingerprint = gateway::crypto::readCertificates(m_chain)->front().fingerprint;
    m_peer.write("index", "V\t400101000000Z\t\t1234\tunknown\t/CN=leaf\n");
}

void StaplesTest::serve(QTcpSocket* socket) {
    const QByteArray all = socket->property("all").toByteArray() + socket->readAll();
    socket->setProperty("all", all);
    const qsizetype end = all.indexOf("\r\n\r\n");
    const qsizetype length = all.toLower().indexOf("content-length: ");
    if (end < 0 || length < 0 ||
        all.size() < end + 4 + all.mid(length + 16, all.indexOf('\r', length) - length - 16).toInt()) {
        return;
    }
    ++m_questions;
    m_peer.write("request.der", all.mid(end + 4).toStdString());
    const bool answers =
        !m_fails && m_peer.run("ocsp -index index -CA ca.pem -rsigner ca.pem -rkey ca.key -reqin request.der "
                               "-respout response.der -ndays 4");
    const QByteArray body = answers ? QByteArray::fromStdString(m_peer.read("response.der")) : QByteArray();
    socket->write((answers ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 503 Busy\r\n") +
                  QByteArray("Content-Type: application/ocsp-response\r\nConnection: close\r\n"
                             "Content-Length: ") +
                  QByteArray::number(body.size()) + "\r\n\r\n" + body);
    socket->disconnectFromHost();
}

Config StaplesTest::config(bool isShown) const {
    Certificate certificate;
    certificate.name = "shop";
    certificate.chain = m_chain;
    std::vector<Edit> edits{Put{certificate}};
    if (isShown) {
        Listener listener;
        listener.name = "main";
        listener.tls.emplace();
        listener.tls->certificates = {"shop"};
        edits.emplace_back(Put{listener});
    }
    std::uint64_t nextId = 1;
    return *applyEdits({}, edits, nextId);
}

void StaplesTest::anAnswerIsStapledUntilNoListenerShowsTheCertificate() {
    m_questions = 0;
    m_fails = false;
    const gateway::SystemClock clock;
    gateway::net::StapleStore store(clock);
    Staples staples(clock, store);
    staples.setConfig(config(true));
    staples.tick();
    QTRY_VERIFY(store.find(m_fingerprint));
    staples.tick(); // long before half of its life
    QCOMPARE(m_questions, 1);
    staples.setConfig(config(false));
    QVERIFY(!store.find(m_fingerprint));
}

void StaplesTest::aFailureKeepsTheLastGoodAnswer() {
    m_questions = 0;
    m_fails = true;
    gateway::ManualClock clock;
    clock.setWallTime(gateway::SystemClock().wallTime());
    gateway::net::StapleStore store(clock);
    store.put(m_fingerprint, "former", clock.wallTime() + std::chrono::hours(24));
    Staples staples(clock, store);
    staples.setConfig(config(true));
    // That it asks a third time tells that it took two failures in.
    const auto asksTimes = [&](int times) {
        clock.advance(std::chrono::minutes(61));
        staples.tick();
        return m_questions >= times;
    };
    QTRY_VERIFY(asksTimes(3));
    QVERIFY(store.find(m_fingerprint));
    QCOMPARE(*store.find(m_fingerprint), std::string("former"));
}

void StaplesTest::aCertificateThatNoListenerShowsIsNotAskedFor() {
    m_questions = 0;
    const gateway::SystemClock clock;
    gateway::net::StapleStore store(clock);
    Staples staples(clock, store);
    staples.setConfig(config(false));
    staples.tick();
    QCoreApplication::processEvents();
    QCOMPARE(m_questions, 0);
    QVERIFY(!store.find(m_fingerprint));
}

QTEST_GUILESS_MAIN(StaplesTest)
#include "test_staples.moc"
