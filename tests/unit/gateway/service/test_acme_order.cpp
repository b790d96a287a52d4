#include "tests/unit/gateway/service/acme_fixture.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <QtTest>

using namespace gateway;
using namespace gateway::service;
using support::AcmeDirectory;

// What happens between the gateway and an authority for one certificate.
class AcmeOrderTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aCertificateComesByItself() {
        AcmeFixture f;
        const auto id = f.put("shop", {"shop.example", "www.shop.example"}, "owner@shop.example");
        QVERIFY(f.passUntilIssued(id));
        QCOMPARE(f.leaf(id).names, (std::vector<std::string>{"shop.example", "www.shop.example"}));
        QCOMPARE(f.leaf(id).keyFingerprint, f.host.lastKey);
        QCOMPARE(f.directory.contacts(), (std::vector<std::string>{"mailto:owner@shop.example"}));
        QVERIFY(f.host.showsNothing());
        QVERIFY(f.directory.failures().empty());
        QVERIFY2(f.host.lastMessage.rfind("The certificate shop came from 127.0.0.1 and is good until 2026-",
                                          0) == 0,
                 f.host.lastMessage.c_str());
        QCOMPARE(f.directory.countOf("POST /new-order"), 1);
        QCOMPARE(f.host.publishes, 1);
    }

    void theChosenChallengeIsShown() {
        AcmeFixture f;
        model::Certificate certificate;
        certificate.name = "shop";
        certificate.acme.emplace();
        certificate.acme->directory = f.directory.url();
        certificate.acme->domains = {"shop.example"};
        certificate.acme->challenge = model::Certificate::Challenge::TlsAlpn01;
        const auto id = f.put(certificate);
        QVERIFY(f.passUntilIssued(id));
        QCOMPARE(f.host.kinds, (std::set{model::Certificate::Challenge::TlsAlpn01}));
    }

    void refusedNoncesAreTriedAgain() {
        AcmeFixture f;
        f.directory.refuseNonces(5);
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilIssued(id));
        QCOMPARE(f.report(id).failures, 0U);
    }

    void anAuthorityThatRefusesEveryNonceIsGivenUp() {
        AcmeFixture f;
        f.directory.refuseNonces(1000);
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        QVERIFY2(f.report(id).message.rfind("The authority kept refusing the numbers", 0) == 0,
                 f.report(id).message.c_str());
        QVERIFY(f.directory.countOf("POST /new-account") < 20);
    }

    void aChallengeThatCannotBeReachedIsToldWithItsDomain() {
        AcmeFixture f;
        f.directory.setCheck(
            [](const AcmeDirectory::Check& check) { return check.domain != "www.shop.example"; });
        const auto id = f.put("shop", {"shop.example", "www.shop.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        const AcmeReport report = f.report(id);
        QVERIFY2(report.message.rfind("The authority could not reach www.shop.example.", 0) == 0,
                 report.message.c_str());
        QVERIFY(report.message.find("It says: connection refused.") != std::string::npos);
        QVERIFY(report.next.has_value());
        QCOMPARE(report.failures, 1U);
        QVERIFY(f.host.showsNothing());
        QCOMPARE(f.host.publishes, 0);
    }

    void anAuthorityThatNeverDecidesIsGivenUpAndTheOrderTakenUpAgain() {
        AcmeFixture f;
        f.directory.setUndecided(true);
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        QVERIFY2(f.report(id).message.rfind("The authority did not decide within 10 minutes.", 0) == 0,
                 f.report(id).message.c_str());
        QVERIFY(f.host.showsNothing());
        f.directory.setUndecided(false);
        QVERIFY(f.passUntilIssued(id));
        QCOMPARE(f.directory.countOf("POST /new-order"), 1);
    }

    void pollsAreRare() {
        AcmeFixture f;
        f.directory.setUndecided(true);
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        const auto paths = f.directory.paths();
        const auto polls = std::count_if(paths.begin(), paths.end(), [](const std::string& path) {
            return path.rfind("POST /authorization/", 0) == 0;
        });
        QVERIFY2(polls < 30, std::to_string(polls).c_str()); // in ten minutes
    }

    void aRateLimitIsHonoured() {
        AcmeFixture f;
        f.directory.answerNext("/new-order", AcmeDirectory::problem(429, "rateLimited", "come back tomorrow",
                                                                    "Retry-After: 86400\r\n"));
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        const AcmeReport report = f.report(id);
        QVERIFY2(report.message.find("rate limit") != std::string::npos, report.message.c_str());
        QVERIFY(*report.next - f.clock.wallTime() > std::chrono::hours(23));
        f.clock.advance(std::chrono::hours(23));
        f.settle();
        QCOMPARE(f.directory.countOf("POST /new-order"), 1);
        f.clock.advance(std::chrono::hours(2));
        QVERIFY(f.passUntilIssued(id));
    }

    void anAccountThatTheAuthorityForgotIsMadeAgain() {
        AcmeFixture f;
        const auto first = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilIssued(first));
        f.directory.forgetAccounts();
        const auto second = f.put("api", {"api.example"});
        QVERIFY(f.passUntilIssued(second));
        QCOMPARE(f.directory.countOf("POST /new-account"), 2);
        QCOMPARE(f.report(second).failures, 0U);
    }

    void oneAccountDoesForAllCertificatesOfAnAuthority() {
        AcmeFixture f;
        const auto first = f.put("shop", {"shop.example"});
        const auto second = f.put("api", {"api.example"});
        QVERIFY(f.passUntilIssued(first));
        QVERIFY(f.passUntilIssued(second));
        f.restart();
        const auto third = f.put("mail", {"mail.example"});
        QVERIFY(f.passUntilIssued(third));
        QCOMPARE(f.directory.countOf("POST /new-account"), 1);
        QCOMPARE(f.directory.accounts(), std::size_t{1});
    }

    void aNewContactIsToldToTheAuthority() {
        AcmeFixture f;
        const auto first = f.put("shop", {"shop.example"}, "one@shop.example");
        QVERIFY(f.passUntilIssued(first));
        const auto second = f.put("api", {"api.example"}, "two@shop.example");
        QVERIFY(f.passUntilIssued(second));
        QCOMPARE(f.directory.contacts(),
                 (std::vector<std::string>{"mailto:one@shop.example", "mailto:two@shop.example"}));
        QCOMPARE(f.directory.accounts(), std::size_t{1});
    }

    void anAuthorityThatWantsToKnowUsBeforeSaysSo() {
        AcmeFixture f;
        f.directory.wantExternalAccounts();
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        QVERIFY(f.report(id).message.find("only serves accounts that were set up") != std::string::npos);
    }

    void aCertificateOfAnotherKeyIsRefused() {
        AcmeFixture f;
        f.directory.setWrongKey(true);
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        QVERIFY(f.report(id).message.find("another key") != std::string::npos);
        QCOMPARE(f.host.publishes, 0);
        f.directory.setWrongKey(false);
        QVERIFY(f.passUntilIssued(id));
    }

    void aChallengeOfAKindThatIsNotOfferedSaysSo() {
        AcmeFixture f;
        const auto id = f.put("shop", {"shop.example"});
        // The first authorization of the authority has the third number.
        f.directory.answerNext(
            "/authorization/5",
            support::okResponse(quoted(
                "{'status':'pending','identifier':{'type':'dns','value':'shop.example'},'challenges':[{'typ"
                "e':'dns-01','token':'a','url':'http://127.0.0.1/'}]}")));
        QVERIFY(f.passUntil(
            [&] { return f.report(id).phase != AcmePhase::Working || f.directory.newOrders().size() == 1; }));
        QVERIFY(f.passUntil([&] {
            return f.report(id).phase == AcmePhase::Failed || f.report(id).phase == AcmePhase::Planned;
        }));
        QVERIFY2(
            f.report(id).message.rfind("The authority offers no http-01 challenge for shop.example.", 0) == 0,
            f.report(id).message.c_str());
    }

    void strangeAnswersAreFailuresWithASentence_data() {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("says");
        const auto ok = [](const std::string& body) {
            return QByteArray::fromStdString(support::okResponse(body));
        };
        QTest::newRow("no directory")
            << QByteArray("/dir") << ok("<html>") << QByteArray("is no ACME directory");
        QTest::newRow("an empty directory")
            << QByteArray("/dir") << ok("{}") << QByteArray("is no ACME directory");
        QTest::newRow("a directory that moved")
            << QByteArray("/dir")
            << QByteArray("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
            << QByteArray("status 302");
        QTest::newRow("a broken directory")
            << QByteArray("/dir") << QByteArray("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
            << QByteArray("problem of its own (status 500)");
        QTest::newRow("an endless directory") << QByteArray("/dir") << ok(std::string(1024 * 1024, 'x'))
                                              << QByteArray("more than anybody needs");
        QTest::newRow("no nonce") << QByteArray("/new-nonce") << QByteArray("HTTP/1.1 200 OK\r\n\r\n")
                                  << QByteArray("gives no nonces");
        QTest::newRow("an account nowhere")
            << QByteArray("/new-account") << ok("{}") << QByteArray("without saying where it is");
        QTest::newRow("an order nowhere") << QByteArray("/new-order") << ok(quoted("{'status':'pending'}"))
                                          << QByteArray("an order without a place");
        QTest::newRow("an order of no status")
            << QByteArray("/new-order")
            << QByteArray("HTTP/1.1 201 Made\r\nLocation: http://127.0.0.1:1/o\r\nContent-Length: 16\r\n\r\n"
                          "{\"status\":\"odd\"}")
            << QByteArray("an order with the status \"odd\"");
    }
    void strangeAnswersAreFailuresWithASentence() {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, says);
        AcmeFixture f;
        f.directory.answerNext(path.toStdString(), bytes.toStdString());
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        QVERIFY2(f.report(id).message.find(says.toStdString()) != std::string::npos,
                 f.report(id).message.c_str());
        // And the next attempt goes well.
        QVERIFY(f.passUntilIssued(id));
    }

    void anAuthorityThatIsNotThereIsToldWithItsHost() {
        AcmeFixture f;
        model::Certificate certificate;
        certificate.name = "shop";
        certificate.acme.emplace();
        certificate.acme->directory = "http://127.0.0.1:" + std::to_string(support::unusedPort()) + "/dir";
        certificate.acme->domains = {"shop.example"};
        const auto id = f.put(certificate);
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        QVERIFY2(f.report(id).message.rfind("127.0.0.1 cannot be reached: ", 0) == 0,
                 f.report(id).message.c_str());
    }

    void aSecureDirectoryThatSpeaksNoTlsIsToldSo() {
        AcmeFixture f;
        QTcpServer plain;
        QVERIFY(plain.listen(QHostAddress::LocalHost));
        connect(&plain, &QTcpServer::newConnection, &plain, [&plain] {
            QTcpSocket* socket = plain.nextPendingConnection();
            socket->write("HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n");
            socket->disconnectFromHost();
        });
        model::Certificate certificate;
        certificate.name = "shop";
        certificate.acme.emplace();
        certificate.acme->directory = "https://127.0.0.1:" + std::to_string(plain.serverPort()) + "/dir";
        certificate.acme->domains = {"shop.example"};
        const auto id = f.put(certificate);
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        QVERIFY2(f.report(id).message.rfind("The TLS connection to 127.0.0.1 failed", 0) == 0,
                 f.report(id).message.c_str());
    }
};

QTEST_GUILESS_MAIN(AcmeOrderTest)
#include "test_acme_order.moc"
