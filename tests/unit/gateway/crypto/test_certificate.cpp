#include "tests/unit/gateway/crypto/openssl_peer.h"

#include "gateway/crypto/certificate.h"
#include "tests/support/test_certificates.h"

using namespace gateway::crypto;
using support::CertificateWishes;
using support::TestAuthority;

class CertificateTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aWildcardCoversOneWholeLabel_data();
    void aWildcardCoversOneWholeLabel();
    void whatIsNoCertificateIsNamedByItsNumber();
    void textBetweenCertificatesIsSkipped();
    void whatACertificateAsksForIsRead();
    void peopleAreWarnedInTheLastThird();
    void aChainInOrderHasNoProblems();
    void aChainInDisorderIsTold();
    void weakKeysAndSignaturesAreTold();
    void datesAreJudgedByTheGivenTime();
};

namespace {

gateway::WallTime today() {
    return gateway::SystemClock().wallTime();
}

bool tells(const std::vector<std::string>& problems, const char* word) {
    return std::any_of(problems.begin(), problems.end(), [word](const std::string& problem) {
        return problem.find(word) != std::string::npos;
    });
}

} // namespace

void CertificateTest::aWildcardCoversOneWholeLabel_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("host");
    QTest::addColumn<bool>("covers");
    QTest::newRow("same") << "shop.example"
                          << "shop.example" << true;
    QTest::newRow("upper case") << "shop.example"
                                << "SHOP.Example" << true;
    QTest::newRow("other") << "shop.example"
                           << "shop.example.org" << false;
    QTest::newRow("subdomain") << "shop.example"
                               << "www.shop.example" << false;
    QTest::newRow("wildcard") << "*.shop.example"
                              << "www.shop.example" << true;
    QTest::newRow("wildcard, its own domain") << "*.shop.example"
                                              << "shop.example" << false;
    QTest::newRow("wildcard, two labels") << "*.shop.example"
                                          << "a.b.shop.example" << false;
    QTest::newRow("wildcard, empty label") << "*.shop.example"
                                           << ".shop.example" << false;
    QTest::newRow("part of a label") << "w*.shop.example"
                                     << "www.shop.example" << false;
    QTest::newRow("not the leftmost") << "www.*.example"
                                      << "www.shop.example" << false;
    QTest::newRow("address") << "127.0.0.1"
                             << "127.0.0.1" << true;
}

void CertificateTest::aWildcardCoversOneWholeLabel() {
    QFETCH(QString, name);
    QFETCH(QString, host);
    QFETCH(bool, covers);
    CertificateInfo info;
    info.names = {"other.example", name.toStdString()};
    QCOMPARE(coversHost(info, host.toStdString()), covers);
}

void CertificateTest::whatIsNoCertificateIsNamedByItsNumber() {
    const TestAuthority authority;
    const auto leaf = authority.issue("shop.example");
    QCOMPARE(readCertificates("").error().code, std::string("no-certificate"));
    QCOMPARE(readCertificates("hello").error().code, std::string("no-certificate"));
    const auto mixed = readCertificates(authority.pem() + leaf.key);
    QVERIFY(!mixed);
    QVERIFY(mixed.error().message.find("block 2") != std::string::npos);
    QVERIFY(!readCertificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
}

void CertificateTest::textBetweenCertificatesIsSkipped() {
    const TestAuthority authority;
    const auto infos =
        readCertificates("subject: somebody\n" + authority.pem() + "\nand\n" + authority.pem());
    QVERIFY(infos);
    QCOMPARE(infos->size(), std::size_t{2});
}

void CertificateTest::whatACertificateAsksForIsRead() {
    const TestAuthority authority;
    CertificateWishes wishes;
    wishes.names = {"shop.example", "127.0.0.1"};
    wishes.mustStaple = true;
    wishes.ocspUrl = "http://127.0.0.1:1/ocsp";
    const auto infos = readCertificates(authority.issue(wishes).chain);
    QVERIFY(infos);
    QVERIFY(infos->front().mustStaple);
    QCOMPARE(infos->front().ocspUrl, wishes.ocspUrl);
    QCOMPARE(infos->front().names, wishes.names);
    QVERIFY(!infos->front().isAuthority);
    QVERIFY(readCertificates(authority.pem())->front().isAuthority);
}

void CertificateTest::peopleAreWarnedInTheLastThird() {
    CertificateInfo info;
    info.notBefore = gateway::WallTime(std::chrono::days(100));
    info.notAfter = gateway::WallTime(std::chrono::days(190));
    QCOMPARE(warnsFrom(info), gateway::WallTime(std::chrono::days(160)));
}

void CertificateTest::aChainInOrderHasNoProblems() {
    const TestAuthority authority;
    QVERIFY(chainProblems(authority.issue("shop.example").chain, today()).empty());
}

void CertificateTest::aChainInDisorderIsTold() {
    const TestAuthority authority;
    const TestAuthority stranger("Somebody else");
    CertificateWishes wishes;
    wishes.names = {"shop.example"};
    const std::string leaf = support::selfSignedCertificate(wishes).chain;
    QVERIFY(tells(chainProblems(leaf + stranger.pem(), today()), "not issued by"));
    QVERIFY(tells(chainProblems(authority.pem() + leaf, today()), "must come first"));
}

void CertificateTest::weakKeysAndSignaturesAreTold() {
    const OpensslPeer peer;
    QVERIFY(peer.run("req -x509 -newkey rsa:1024 -nodes -keyout key -out weak.pem -subj /CN=a "
                     "-addext subjectAltName=DNS:a.example"));
    QVERIFY(tells(chainProblems(peer.read("weak.pem"), today()), "2048"));
    QVERIFY(peer.run("req -x509 -sha1 -newkey rsa:2048 -nodes -keyout key -out sha1.pem -subj /CN=a "
                     "-addext subjectAltName=DNS:a.example"));
    QVERIFY(tells(chainProblems(peer.read("sha1.pem"), today()), "SHA-1"));
}

void CertificateTest::datesAreJudgedByTheGivenTime() {
    const TestAuthority authority;
    CertificateWishes wishes;
    wishes.names = {"shop.example"};
    wishes.toDays = 5;
    const std::string chain = authority.issue(wishes).chain;
    QVERIFY(!tells(chainProblems(chain, today()), "expired"));
    QVERIFY(tells(chainProblems(chain, today() + std::chrono::days(6)), "expired"));
    QVERIFY(tells(chainProblems(chain, today() - std::chrono::days(3)), "not good yet"));
}

QTEST_GUILESS_MAIN(CertificateTest)
#include "test_certificate.moc"
