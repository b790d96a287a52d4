#include <QtTest/QtTest>

#include "tests/support/https_server.h"
#include "tests/support/test_certificates.h"
#include "tests/unit/gateway/auth/provider_house.h"

#include <future>
#include <memory>
#include <string>

using namespace gateway;
using namespace std::chrono_literals;

/// What providers answer, right or wrong, and over what.
class ProviderAnswersTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // What can be wrong with the answers.
    void theLastGoodKeysStayWhenTheAnswerIsBad_data();
    void theLastGoodKeysStayWhenTheAnswerIsBad();
    void theLastGoodKeysStayWhenTheAnswerIsTooSlow();
    void theLastGoodKeysStayWhenNobodyIsThere();
    void usableKeysAreTakenFromASetWithOthers();

    // Transport.
    void tlsIsVerifiedByTheProvidersAuthority();
    void aCertificateOfAnUnknownAuthorityIsRefused();
    void aCertificateOfAnotherNameIsRefused();
    void plainHttpIsForLoopbackOnly();
    void proxiesOfTheEnvironmentAreNotUsed();
    void reportsShowNoSecrets();
    void theClientMayEndWhileAnswersAreOutstanding();
};

void ProviderAnswersTest::theLastGoodKeysStayWhenTheAnswerIsBad_data() {
    QTest::addColumn<std::string>("answer");
    QTest::addColumn<std::string>("why");
    const auto row = [](const char* name, const std::string& answer, const char* why) {
        QTest::newRow(name) << answer << std::string(why);
    };
    row("500", statusResponse(500), "answered 500");
    row("404", statusResponse(404), "answered 404");
    row("204", "HTTP/1.1 204 No Content\r\n\r\n", "answered 204");
    row("redirect", statusResponse(302, "Location: /other\r\n"), "redirects are not followed");
    row("no JSON", jsonResponse("<html>"), "key set");
    row("nothing", jsonResponse(""), "key set");
    row("an empty set", jsonResponse(R"({"keys":[]})"), "key set");
    row("a set without keys", jsonResponse(R"({})"), "key set");
    row("no usable key", jsonResponse(R"({"keys":[{"kty":"XX","kid":"a"}]})"), "key set");
    row("a large answer", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "1024 KiB");
    row("a large answer that does not say so",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(1024 * 1024 + 1, ' '), "1024 KiB");
    row("no HTTP", "hello\r\n\r\n", "no proper answer");
    row("cut in the middle", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"keys\":", "no proper answer");
    row("compressed", support::okResponse("\x1f\x8b\x08", "Content-Encoding: gzip\r\n"), "key set");
}

void ProviderAnswersTest::theLastGoodKeysStayWhenTheAnswerIsBad() {
    QFETCH(std::string, answer);
    QFETCH(std::string, why);
    ScriptedProvider provider;
    provider.answer("/other", jsonResponse(keySet({keyTwo})));
    provider.answer("/keys", jsonResponse(keySet({keyOne})));
    ProviderHouse house;
    house.use({house.plan(byUrl(provider.origin() + "/keys"))});
    QVERIFY(house.waitTillIdle());
    const auto fetchedAt = house.report().fetchedAt;

    provider.handle("/keys", [&](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.send(answer);
        connection.close();
    });
    house.pass(10min);
    QCOMPARE(provider.asked("/keys"), 2U);
    QCOMPARE(provider.asked("/other"), 0U);
    QCOMPARE(house.keyIds(), std::string("one"));
    QCOMPARE(house.generation(), 1U);
    QVERIFY2(has(house.report().problem, why.c_str()), house.report().problem.c_str());
    QVERIFY(house.report().fetchedAt == fetchedAt);
    QVERIFY(house.report().triedAt == house.clock.wallTime());

    provider.answer("/keys", jsonResponse(keySet({keyTwo})));
    house.pass(1s);
    QCOMPARE(house.keyIds(), std::string("two"));
}

void ProviderAnswersTest::theLastGoodKeysStayWhenTheAnswerIsTooSlow() {
    ScriptedProvider provider;
    provider.answer("/silent", jsonResponse(keySet({keyOne})));
    provider.answer("/dripping", jsonResponse(keySet({keyTwo})));
    ProviderHouse house;
    model::IdentityProvider dripping = byUrl(provider.origin() + "/dripping");
    dripping.id.value = 2;
    house.use({house.plan(byUrl(provider.origin() + "/silent")), house.plan(dripping)});
    QVERIFY(house.waitTillIdle());
    provider.handle("/silent", [](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.stayTillPeerCloses();
    });
    std::promise<void> enough;
    provider.handle("/dripping", [end = enough.get_future().share()](
                                     support::WireRequest&, support::UpstreamConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
        while (connection.send(" ") && end.wait_for(50ms) == std::future_status::timeout) {
        }
        connection.close();
    });
    house.pass(10min);
    enough.set_value();
    QCOMPARE(house.keyIds(0), std::string("one"));
    QCOMPARE(house.keyIds(1), std::string("two"));
    QVERIFY2(has(house.report(0).problem, "5000 ms"), house.report(0).problem.c_str());
    QVERIFY2(has(house.report(1).problem, "5000 ms"), house.report(1).problem.c_str());
}

void ProviderAnswersTest::theLastGoodKeysStayWhenNobodyIsThere() {
    auto provider = std::make_unique<ScriptedProvider>();
    provider->publish(keySet({keyOne}));
    ProviderHouse house;
    house.use({house.plan(byIssuer(provider->issuer()))});
    QVERIFY(house.waitTillIdle());
    provider.reset();
    house.pass(10min);
    QCOMPARE(house.keyIds(), std::string("one"));
    QVERIFY2(has(house.report().problem, "cannot be reached"), house.report().problem.c_str());
}

void ProviderAnswersTest::usableKeysAreTakenFromASetWithOthers() {
    ScriptedProvider provider;
    provider.answer("/keys", jsonResponse(keySet({R"({"kty":"XX","kid":"a"})", keyOne})));
    ProviderHouse house;
    house.use({house.plan(byUrl(provider.origin() + "/keys"))});
    QVERIFY(house.waitTillIdle());
    QCOMPARE(house.keyIds(), std::string("one"));
    QCOMPARE(house.report().keysLeftOut, 1U);
}

void ProviderAnswersTest::tlsIsVerifiedByTheProvidersAuthority() {
    const support::TestAuthority authority;
    const support::HttpsServer server(authority.issue("localhost"), jsonResponse(keySet({keyOne})));
    ProviderHouse house;
    const std::string url = "https://localhost:" + std::to_string(server.port()) + "/keys";
    house.use({house.plan(byUrl(url), authority.pem())});
    QVERIFY(house.waitTillIdle());
    QCOMPARE(house.report().problem, std::string());
    QCOMPARE(house.keyIds(), std::string("one"));
}

void ProviderAnswersTest::aCertificateOfAnUnknownAuthorityIsRefused() {
    const support::TestAuthority authority;
    const support::TestAuthority other("Somebody Else");
    const support::HttpsServer server(authority.issue("localhost"), jsonResponse(keySet({keyOne})));
    const std::string url = "https://localhost:" + std::to_string(server.port()) + "/keys";
    for (const std::string& authorities : {other.pem(), std::string()}) {
        ProviderHouse house;
        house.use({house.plan(byUrl(url), authorities)});
        QVERIFY(house.waitTillIdle());
        QCOMPARE(house.generation(), 0U);
        QVERIFY2(has(house.report().problem, "cannot be trusted"), house.report().problem.c_str());
    }
    QCOMPARE(server.accepted(), 0);
}

void ProviderAnswersTest::aCertificateOfAnotherNameIsRefused() {
    const support::TestAuthority authority;
    const support::HttpsServer server(authority.issue("issuer.example"), jsonResponse(keySet({keyOne})));
    ProviderHouse house;
    const std::string url = "https://localhost:" + std::to_string(server.port()) + "/keys";
    house.use({house.plan(byUrl(url), authority.pem())});
    QVERIFY(house.waitTillIdle());
    QCOMPARE(house.generation(), 0U);
    QVERIFY2(has(house.report().problem, "cannot be trusted"), house.report().problem.c_str());
    QCOMPARE(server.accepted(), 0);
}

void ProviderAnswersTest::plainHttpIsForLoopbackOnly() {
    ProviderHouse house;
    house.use({house.plan(byUrl("http://issuer.example/keys"))});
    QVERIFY(house.waitTillIdle());
    QVERIFY2(has(house.report().problem, "https://"), house.report().problem.c_str());
}

void ProviderAnswersTest::proxiesOfTheEnvironmentAreNotUsed() {
    const support::ScriptedUpstream proxy;
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) {
        qputenv(name, QByteArray("http://") + proxy.address().c_str());
    }
    ScriptedProvider provider;
    provider.answer("/keys", jsonResponse(keySet({keyOne})));
    ProviderHouse house;
    house.use({house.plan(byUrl(provider.origin() + "/keys"))});
    const bool isIdle = house.waitTillIdle();
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) {
        qunsetenv(name);
    }
    QVERIFY(isIdle);
    QCOMPARE(house.keyIds(), std::string("one"));
    QCOMPARE(proxy.connectionsAccepted(), 0);
}

void ProviderAnswersTest::reportsShowNoSecrets() {
    ScriptedProvider provider;
    provider.answer("/keys?token=hidden", statusResponse(500));
    ProviderHouse house;
    house.use({house.plan(byUrl(provider.origin() + "/keys?token=hidden"))});
    QVERIFY(house.waitTillIdle());
    QCOMPARE(provider.asked("/keys?token=hidden"), 1U);
    const auth::ProviderReport report = house.report();
    QVERIFY(has(report.problem, "answered 500"));
    QVERIFY(!has(report.problem + report.keysFrom, "hidden"));
}

void ProviderAnswersTest::theClientMayEndWhileAnswersAreOutstanding() {
    ScriptedProvider provider;
    provider.handle("/keys", [](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.stayTillPeerCloses();
    });
    ProviderHouse house;
    const auto keys = house.client->keysOf({1});
    house.use({house.plan(byUrl(provider.origin() + "/keys"))});
    QVERIFY(provider.server().waitForRequests(1));
    house.client.reset();
    QVERIFY(keys->current() == nullptr);
}

QTEST_GUILESS_MAIN(ProviderAnswersTest)
#include "test_provider_answers.moc"
