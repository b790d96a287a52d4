#include "gateway/service/acme_http.h"
#include "gateway/service/acme_problem.h"
#include "gateway/service/acme_record.h"
#include "gateway/service/acme_schedule.h"

#include <QtTest>
#include <algorithm>
#include <set>

using namespace gateway;
using namespace gateway::service;
using namespace std::chrono_literals;

namespace {

crypto::CertificateInfo certificate(const std::string& fingerprint) {
    crypto::CertificateInfo info;
    info.notBefore = WallTime(std::chrono::hours(24 * 10'000));
    info.notAfter = info.notBefore + std::chrono::hours(24 * 90);
    info.fingerprint = fingerprint;
    return info;
}

/// JSON that is written with single quotes; moc 6.4 loses its way in raw strings.
std::string quoted(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

AcmeAnswer answer(int status, const std::string& body) {
    AcmeAnswer made;
    made.status = status;
    made.body = body;
    return made;
}

} // namespace

class AcmeScheduleTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void renewsBeforePeopleAreWarned() {
        for (int i = 0; i < 100; ++i) {
            const auto info = certificate(std::to_string(i));
            const WallTime planned = plannedRenewal(info);
            QVERIFY(planned <= crypto::warnsFrom(info));
            QVERIFY(planned >= crypto::warnsFrom(info) - 72h);
            QCOMPARE(planned, plannedRenewal(info)); // also after a restart
        }
    }

    void certificatesOfOneDayAreNotRenewedAtOneMoment() {
        std::set<std::int64_t> hours;
        for (int i = 0; i < 200; ++i) {
            const auto since = plannedRenewal(certificate("leaf " + std::to_string(i))).time_since_epoch();
            hours.insert(std::chrono::duration_cast<std::chrono::hours>(since).count());
        }
        QVERIFY2(hours.size() > 50, std::to_string(hours.size()).c_str()); // of 72
    }

    void readsTheWindowOfAnAuthority() {
        const auto window = readRenewalWindow(quoted(
            "{'suggestedWindow':{'start':'2026-01-02T04:00:00Z','end':'2026-01-03T04:00:00Z'},'other':1"
            "}"));
        QVERIFY(window);
        QCOMPARE(window->end - window->start, WallTime::duration(24h));
        QCOMPARE(timeText(window->start), std::string("2026-01-02 04:00 UTC"));
        for (int i = 0; i < 50; ++i) {
            const WallTime planned = plannedRenewal(certificate(std::to_string(i)), *window);
            QVERIFY(planned >= window->start && planned < window->end);
        }
    }

    void takesNoSenselessWindow() {
        QVERIFY(!readRenewalWindow(""));
        QVERIFY(!readRenewalWindow("[]"));
        QVERIFY(!readRenewalWindow(quoted("{'suggestedWindow':[]}")));
        QVERIFY(!readRenewalWindow(quoted("{'suggestedWindow':{'start':'2026-01-02T04:00:00Z'}}")));
        QVERIFY(
            !readRenewalWindow(quoted("{'suggestedWindow':{'start':'soon','end':'2026-01-03T04:00:00Z'}}")));
        QVERIFY(!readRenewalWindow(
            quoted("{'suggestedWindow':{'start':'2026-01-03T04:00:00Z','end':'2026-01-02T04:00:00Z'}}")));
    }

    void waitsLongerAfterEachFailureUpToHalfADay() {
        Random random(7);
        std::chrono::seconds before{0};
        for (unsigned failures = 1; failures <= 6; ++failures) {
            const auto delay = retryDelay(failures, {}, random);
            const auto plain = 300s * (1 << (failures - 1));
            QVERIFY(delay >= plain * 4 / 5 && delay <= plain * 6 / 5);
            QVERIFY(delay > before);
            before = delay;
        }
        for (const unsigned failures : {20U, 1000U, 4'000'000'000U}) {
            const auto delay = retryDelay(failures, {}, random);
            QVERIFY(delay >= 12h * 4 / 5 && delay <= 12h * 6 / 5);
        }
    }

    void neverRetriesBeforeTheAuthorityWantsIt() {
        Random random(7);
        QCOMPARE(retryDelay(1, 24h, random), std::chrono::seconds(24h));
        QVERIFY(retryDelay(1, 1s, random) >= 240s);
    }

    void readsRetryAfterInBothForms() {
        const WallTime now(std::chrono::seconds(1'767'225'600)); // 2026-01-01T00:00:00Z, a Thursday
        QCOMPARE(readRetryAfter("120", now).value(), 120s);
        QCOMPARE(readRetryAfter("Thu, 01 Jan 2026 00:02:00 GMT", now).value(), 120s);
        QCOMPARE(readRetryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now).value(), 0s);
        QCOMPARE(readRetryAfter("99999999999999999", now).value(), std::chrono::seconds(24h * 30));
        QVERIFY(!readRetryAfter("later", now));
        QVERIFY(!readRetryAfter("-5", now));
        QVERIFY(!readRetryAfter("", now));
    }

    void wordsOfAPeerAreTamed() {
        QCOMPARE(tameText(" one\r\n\x1b[31mtwo\t \x7f"), std::string("one [31mtwo"));
        const std::string tame = tameText("x" + std::string(150, ' ') + std::string(1000, 'y'));
        QCOMPARE(tame.size(), std::size_t{303});
        // Not in the middle of a character.
        std::string umlauts;
        for (int i = 0; i < 400; ++i) {
            umlauts += "\xc3\xa4";
        }
        QVERIFY(QString::fromStdString(tameText("x" + umlauts)).indexOf(QChar::ReplacementCharacter) < 0);
    }

    void problemsBecomeSentences() {
        AcmeProblem problem = problemOf(answer(
            403,
            quoted(
                "{'type':'urn:ietf:params:acme:error:caa','detail':'CAA record for shop.example', 'identifi"
                "er':{'type':'dns','value':'shop.example'}}")));
        QCOMPARE(sentenceOf(problem),
                 std::string("The CAA records of shop.example forbid this authority to issue "
                             "certificates for it. It says: CAA record for shop.example."));
        QCOMPARE(errorOf(problem).code, std::string("acme-caa"));
        QCOMPARE(errorOf(problem).kind, ErrorKind::Input);

        problem = problemOf(answer(429, quoted("{'type':'urn:ietf:params:acme:error:rateLimited'}")));
        QCOMPARE(sentenceOf(problem), std::string("The authority's rate limit is reached."));
        QCOMPARE(errorOf(problem).kind, ErrorKind::Environment);

        problem = problemOf(answer(503, "<html>"));
        QCOMPARE(sentenceOf(problem), std::string("The authority has a problem of its own (status 503)."));
        QCOMPARE(errorOf(problem).code, std::string("acme-refused"));
        QCOMPARE(errorOf(problem).kind, ErrorKind::Environment);

        problem = problemOf(answer(
            403,
            quoted(
                "{'type':'urn:ietf:params:acme:error:userActionRequired','instance':'https://a.example/term"
                "s'}")));
        QCOMPARE(sentenceOf(problem),
                 std::string("The authority wants a person to agree to something first. See "
                             "https://a.example/terms"));
    }

    void ofSeveralProblemsTheOneAboutADomainIsTold() {
        const AcmeProblem problem = problemOf(answer(
            403,
            quoted(
                "{'type':'urn:ietf:params:acme:error:compound', 'detail':'some fail','subproblems':[{'type'"
                ":'urn:ietf:params:acme:error:dns','detail':'NXDOMAIN', 'identifier':{'type':'dns','value':"
                "'two.example'}}]}")));
        QCOMPARE(sentenceOf(problem),
                 std::string("The authority could not look up two.example in the DNS. It says: NXDOMAIN."));
        QCOMPARE(problem.status, 403);
    }

    void aRecordComesBackAsItWas() {
        AcmeRecord record;
        record.directory = "https://a.example/dir";
        record.asked = "https://a.example/dir shop.example";
        record.failures = 3;
        record.nextTry = WallTime(1'767'225'600s);
        record.problem = "\"No\" \xc3\xa4";
        record.orderUrl = "https://a.example/order/1";
        record.key = crypto::PrivateKey::generate(crypto::KeyKind::EcdsaP256).value();
        const AcmeRecord back = AcmeRecord::fromSecret(record.toSecret());
        QCOMPARE(back.directory, record.directory);
        QCOMPARE(back.asked, record.asked);
        QCOMPARE(back.failures, record.failures);
        QCOMPARE(back.nextTry, record.nextTry);
        QCOMPARE(back.problem, record.problem);
        QCOMPARE(back.orderUrl, record.orderUrl);
        QCOMPARE(back.key.fingerprint(), record.key.fingerprint());
    }

    void aDamagedRecordIsAnEmptyOne() {
        for (const std::string& text : std::vector<std::string>{
                 "", "{", "[]", quoted("{'failures':'many','key':7,'order':'https://a.example'}"),
                 quoted("{'key':'AAAA','order':'https://a.example/1'}")}) {
            const AcmeRecord record = AcmeRecord::fromSecret(text);
            QVERIFY(record.orderUrl.empty()); // an order is worth nothing without its key
            QVERIFY(!record.key);
            QCOMPARE(record.failures, 0U);
        }
    }
};

QTEST_GUILESS_MAIN(AcmeScheduleTest)
#include "test_acme_schedule.moc"
