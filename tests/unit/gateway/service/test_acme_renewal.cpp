#include "tests/unit/gateway/service/acme_fixture.h"

#include "gateway/crypto/renewal_id.h"

#include <QSignalSpy>
#include <QtTest>

using namespace gateway;
using namespace gateway::service;
using namespace std::chrono_literals;
using support::AcmeDirectory;

// When certificates are asked for, and what outlives the program.
class AcmeRenewalTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isRenewedBeforeTheLastThirdAndNotEarlier() {
        AcmeFixture f;
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilIssued(id));
        const std::string first = f.chain(id);
        const WallTime planned = f.report(id).next.value();
        QVERIFY(planned <= crypto::warnsFrom(f.leaf(id)));
        QVERIFY(f.report(id).message.rfind("Renewed by itself on 2026-", 0) == 0);

        f.clock.advance(planned - f.clock.wallTime() - 1min);
        f.settle();
        QCOMPARE(f.directory.countOf("POST /new-order"), 1);
        f.clock.advance(1min);
        QVERIFY(f.passUntilIssued(id, first));
        QCOMPARE(f.directory.countOf("POST /new-order"), 2);
        QVERIFY2(f.host.lastMessage.rfind("The certificate shop was renewed by 127.0.0.1", 0) == 0,
                 f.host.lastMessage.c_str());
        QVERIFY(f.leaf(id).notAfter > planned + 24h * 80);
    }

    void aRenewedCertificateHasANewKey() {
        AcmeFixture f;
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilIssued(id));
        const std::string key = f.leaf(id).keyFingerprint;
        const std::string first = f.chain(id);
        QVERIFY(f.renewal->renewNow(id));
        QVERIFY(f.passUntilIssued(id, first));
        QVERIFY(f.leaf(id).keyFingerprint != key);
    }

    void onlyCertificatesOfAnAuthorityAreRenewed() {
        AcmeFixture f;
        model::Certificate certificate;
        certificate.name = "own";
        const auto id = f.put(certificate);
        QVERIFY(!f.renewal->report(id));
        QCOMPARE(f.renewal->renewNow(id).error().code, std::string("not-acme"));
        f.settle();
        QVERIFY(f.directory.paths().empty());
    }

    void waitsForAGatewayThatCanAnswer() {
        AcmeFixture f;
        f.host.able = fail(ErrorKind::Environment, "stopped", "The gateway stands.");
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Blocked));
        QCOMPARE(f.report(id).message, std::string("The gateway stands."));
        f.settle();
        QVERIFY(f.directory.paths().empty());
        f.host.able = {};
        QVERIFY(f.passUntilIssued(id));
    }

    void triesAgainLaterAfterAFailureAndWaitsLongerEachTime() {
        AcmeFixture f;
        f.directory.setCheck([](const AcmeDirectory::Check&) { return false; });
        const auto id = f.put("shop", {"shop.example"});
        WallTime::duration before{0};
        for (unsigned failures = 1; failures <= 3; ++failures) {
            QVERIFY(f.passUntil([&] { return f.report(id).failures == failures && f.report(id).next; }));
            const WallTime::duration wait = f.report(id).next.value() - f.clock.wallTime();
            QVERIFY(wait > before);
            before = wait;
            f.clock.advance(wait - 10s);
            f.settle();
            QCOMPARE(f.directory.countOf("POST /new-order"), static_cast<int>(failures));
            f.clock.advance(10s);
        }
    }

    void aFailureAndItsWaitOutliveTheProgram() {
        AcmeFixture f;
        f.directory.setCheck([](const AcmeDirectory::Check&) { return false; });
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        const AcmeReport before = f.report(id);
        f.restart();
        QCOMPARE(f.report(id), before);
        f.settle();
        QCOMPARE(f.directory.countOf("POST /new-order"), 1);
    }

    void anOrderThatIsUnderWayOutlivesTheProgram() {
        AcmeFixture f;
        f.directory.setUndecided(true);
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntil([&] { return !f.host.showsNothing(); }));
        f.restart();
        QVERIFY(f.host.showsNothing());
        f.directory.setUndecided(false);
        QVERIFY(f.passUntilIssued(id));
        QCOMPARE(f.directory.countOf("POST /new-order"), 1);
        QCOMPARE(f.directory.countOf("POST /new-account"), 1);
    }

    void anOrderThatIsGoneAfterTheRestartIsMadeAnew() {
        AcmeFixture f;
        f.directory.setUndecided(true);
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntil([&] { return !f.host.showsNothing(); }));
        f.directory.forgetOrders();
        f.directory.setUndecided(false);
        f.restart();
        QVERIFY(f.passUntilIssued(id));
        QCOMPARE(f.directory.countOf("POST /new-order"), 2);
        QCOMPARE(f.report(id).failures, 0U);
    }

    void aCertificateThatCannotBePublishedIsFetchedAgainNotOrderedAgain() {
        AcmeFixture f;
        f.host.publishable = fail(ErrorKind::Environment, "disk-full", "The disk is full.");
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        QVERIFY2(f.report(id).message.rfind("The disk is full.", 0) == 0, f.report(id).message.c_str());
        f.host.publishable = {};
        QVERIFY(f.passUntilIssued(id));
        QCOMPARE(f.directory.countOf("POST /new-order"), 1);
        QCOMPARE(f.leaf(id).keyFingerprint, f.host.lastKey);
    }

    void moreDomainsNeedAnotherCertificate() {
        AcmeFixture f;
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilIssued(id));
        const std::string first = f.chain(id);
        f.put("shop", {"shop.example", "www.shop.example"});
        QVERIFY(f.passUntilIssued(id, first));
        QCOMPARE(f.leaf(id).names.size(), std::size_t{2});
    }

    void anotherAuthorityIsAskedAtOnce() {
        AcmeFixture f;
        AcmeDirectory other(f.clock);
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilIssued(id));
        const std::string first = f.chain(id);
        model::Certificate certificate = *f.host.config.certificates.findById(id);
        certificate.acme->directory = other.url();
        f.put(certificate);
        QVERIFY(f.passUntilIssued(id, first));
        QCOMPARE(other.countOf("POST /new-order"), 1);
    }

    void aPersonWhoChangesTheDomainsNeedNotWait() {
        AcmeFixture f;
        f.directory.setCheck(
            [](const AcmeDirectory::Check& check) { return check.domain == "shop.example"; });
        const auto id = f.put("shop", {"shpo.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        f.put("shop", {"shop.example"});
        QCOMPARE(f.report(id).failures, 0U);
        QVERIFY(!f.report(id).next);
        QVERIFY(f.passUntilIssued(id));
    }

    void whatIsRemovedStopsAndIsForgotten() {
        AcmeFixture f;
        f.directory.setUndecided(true);
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntil([&] { return !f.host.showsNothing(); }));
        f.remove(id);
        QVERIFY(f.host.showsNothing());
        QVERIFY(!f.renewal->report(id));
        f.directory.setUndecided(false);
        f.settle();
        QCOMPARE(f.host.publishes, 0);
        QCOMPARE(f.host.secrets.size(), std::size_t{1}); // the account's
    }

    void manyCertificatesComeAFewAtATime() {
        AcmeFixture f;
        f.directory.setUndecided(true);
        std::vector<model::CertificateId> ids;
        for (int i = 0; i < 12; ++i) {
            ids.push_back(f.put("c" + std::to_string(i), {"c" + std::to_string(i) + ".example"}));
        }
        QVERIFY(f.passUntil([&] { return f.directory.countOf("POST /new-order") == 4; }));
        f.settle();
        QCOMPARE(f.directory.countOf("POST /new-order"), 4);
        f.directory.setUndecided(false);
        for (const auto id : ids) {
            QVERIFY(f.passUntilIssued(id));
        }
        QCOMPARE(f.directory.countOf("POST /new-account"), 1);
    }

    void theAuthorityMaySayWhenToRenew() {
        AcmeFixture f;
        // 2026 begins with the clock; certificates are good for 90 days.
        f.directory.offerRenewalInfo(
            quoted("{'suggestedWindow':{'start':'2026-01-10T00:00:00Z','end':'2026-01-11T00:00:00Z'}}"),
            "Retry-After: 3600\r\n");
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilIssued(id));
        const std::string first = f.chain(id);
        QVERIFY(f.passUntil(
            [&] { return f.report(id).message.rfind("Renewed as the authority suggests", 0) == 0; }));
        const std::string path = "GET /renewal-info/" + crypto::renewalId(first).value();
        QCOMPARE(f.directory.countOf(path), 1);
        const WallTime planned = f.report(id).next.value();
        QCOMPARE(timeText(planned).substr(0, 10), std::string("2026-01-10"));

        // Asked again when the authority wants to be, not before.
        f.clock.advance(50min);
        f.settle();
        QCOMPARE(f.directory.countOf(path), 1);
        f.clock.advance(11min);
        QVERIFY(f.passUntil([&] { return f.directory.countOf(path) == 2; }));

        f.directory.offerRenewalInfo(
            quoted("{'suggestedWindow':{'start':'2026-02-10T00:00:00Z','end':'2026-02-11T00:00:00Z'}}"));
        f.clock.advance(planned - f.clock.wallTime());
        QVERIFY(f.passUntilIssued(id, first));
        QCOMPARE(f.directory.newOrders().back().value("replaces", ""), crypto::renewalId(first).value());
        QVERIFY(!f.directory.newOrders().front().contains("replaces"));
    }

    void aWindowInThePastMeansNow() {
        AcmeFixture f;
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilIssued(id));
        const std::string first = f.chain(id);
        f.directory.offerRenewalInfo(
            quoted("{'suggestedWindow':{'start':'2025-01-10T00:00:00Z','end':'2025-01-11T00:00:00Z'}}"));
        f.clock.advance(25h); // the authority had said that it has no such information
        QVERIFY(f.passUntil([&] { return f.directory.countOf("POST /new-order") == 2; }));
    }

    void anAuthorityThatRefusesAReplacementIsAskedWithoutIt() {
        AcmeFixture f;
        f.directory.offerRenewalInfo("{}");
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilIssued(id));
        const std::string first = f.chain(id);
        f.directory.answerNext("/new-order",
                               AcmeDirectory::problem(409, "alreadyReplaced", "there is another order"));
        QVERIFY(f.renewal->renewNow(id));
        QVERIFY(f.passUntilIssued(id, first));
        QCOMPARE(f.report(id).failures, 0U);
    }

    void changesOfTheReportAreTold() {
        AcmeFixture f;
        QSignalSpy spy(f.renewal.get(), &AcmeRenewal::reportChanged);
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilIssued(id));
        QVERIFY(spy.count() >= 4);
        const auto seen = spy.count();
        f.settle();
        QCOMPARE(spy.count(), seen);
    }

    void secretsAreNoPartOfReports() {
        AcmeFixture f;
        f.directory.setCheck([](const AcmeDirectory::Check&) { return false; });
        const auto id = f.put("shop", {"shop.example"});
        QVERIFY(f.passUntilPhase(id, AcmePhase::Failed));
        QVERIFY(f.report(id).message.find("token") == std::string::npos);
        QVERIFY(f.report(id).message.find("key") == std::string::npos);
    }
};

QTEST_GUILESS_MAIN(AcmeRenewalTest)
#include "test_acme_renewal.moc"
