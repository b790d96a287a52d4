#include "tests/unit/gateway/crypto/openssl_peer.h"

#include "gateway/crypto/ocsp.h"

using namespace gateway::crypto;

/// Answers come from OpenSSL's own responder.
class OcspTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();

    void anAnswerOfTheIssuerIsGoodUntilItsNextUpdate();
    void anAnswerOfSomebodyElseIsRefused();
    void anAnswerAboutARevokedCertificateIsRefused();
    void anAnswerIsRefusedOnceItIsTooOld();
    void whatIsNoAnswerIsRefused();
    void withoutTheIssuerNothingIsAsked();

private:
    /// DER of the answer to our request, signed by `signer`; empty when the peer failed.
    [[nodiscard]] std::string answer(const char* index, const char* signer = "ca") const;

    OpensslPeer m_peer;
    std::string m_chain;
    gateway::WallTime m_now{};
};

void OcspTest::initTestCase() {
    QVERIFY(m_peer.run("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=CA"));
    QVERIFY(m_peer.run("req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -subj /CN=Other"));
    QVERIFY(m_peer.run("req -x509 -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.pem -subj /CN=leaf "
                       "-CA ca.pem -CAkey ca.key -set_serial 0x1234 -days 30"));
    m_chain = m_peer.read("leaf.pem") + m_peer.read("ca.pem");
    m_peer.write("good", "V\t400101000000Z\t\t1234\tunknown\t/CN=leaf\n");
    m_peer.write("revoked", "R\t400101000000Z\t250101000000Z\t1234\tunknown\t/CN=leaf\n");
    const auto request = ocspRequest(m_chain);
    QVERIFY(request);
    m_peer.write("request.der", *request);
    m_now = gateway::SystemClock().wallTime(); // not before the certificates, which are good from now on
}

std::string OcspTest::answer(const char* index, const char* signer) const {
    const QString name = QString::fromLatin1(signer);
    const bool made = m_peer.run(
        QStringList{QStringLiteral("ocsp"), QStringLiteral("-index"), QString::fromLatin1(index),
                    QStringLiteral("-CA"), QStringLiteral("ca.pem"), QStringLiteral("-rsigner"),
                    name + QStringLiteral(".pem"), QStringLiteral("-rkey"), name + QStringLiteral(".key"),
                    QStringLiteral("-reqin"), QStringLiteral("request.der"), QStringLiteral("-respout"),
                    QStringLiteral("response.der"), QStringLiteral("-ndays"), QStringLiteral("7")});
    return made ? m_peer.read("response.der") : std::string();
}

void OcspTest::anAnswerOfTheIssuerIsGoodUntilItsNextUpdate() {
    const auto until = ocspGoodUntil(m_chain, answer("good"), m_now);
    QVERIFY2(until, until ? "" : until.error().message.c_str());
    QVERIFY(*until > m_now + std::chrono::days(6));
    QVERIFY(*until < m_now + std::chrono::days(8));
}

void OcspTest::anAnswerOfSomebodyElseIsRefused() {
    const std::string response = answer("good", "other");
    QVERIFY(!response.empty());
    const auto until = ocspGoodUntil(m_chain, response, m_now);
    QVERIFY(!until);
    QVERIFY(until.error().message.find("not signed") != std::string::npos);
}

void OcspTest::anAnswerAboutARevokedCertificateIsRefused() {
    const auto until = ocspGoodUntil(m_chain, answer("revoked"), m_now);
    QVERIFY(!until);
    QVERIFY(until.error().message.find("revoked") != std::string::npos);
}

void OcspTest::anAnswerIsRefusedOnceItIsTooOld() {
    QVERIFY(!ocspGoodUntil(m_chain, answer("good"), m_now + std::chrono::days(8)));
}

void OcspTest::whatIsNoAnswerIsRefused() {
    QVERIFY(!ocspGoodUntil(m_chain, "", m_now));
    QVERIFY(!ocspGoodUntil(m_chain, "hello", m_now));
    const std::string response = answer("good");
    for (std::size_t length = 0; length < response.size(); length += 11) {
        QVERIFY(!ocspGoodUntil(m_chain, std::string_view(response).substr(0, length), m_now));
    }
}

void OcspTest::withoutTheIssuerNothingIsAsked() {
    QCOMPARE(ocspRequest(m_peer.read("leaf.pem")).error().code, std::string("no-issuer"));
}

QTEST_GUILESS_MAIN(OcspTest)
#include "test_ocsp.moc"
