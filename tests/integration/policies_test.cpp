#include "tests/integration/tls_support.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/tls_client.h"

#include "gateway/http/challenge_table.h"

#include <QtTest>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::okResponse;
using support::RawClient;
using support::ScriptedUpstream;
using support::TestAuthority;
using support::TestCertificate;
using support::TlsClient;
using support::WireResponse;

namespace {

constexpr auto hstsName = "Strict-Transport-Security";

model::Policy hstsPolicy(const char* name, std::chrono::seconds maxAge) {
    model::Policy policy;
    policy.name = name;
    policy.hsts = model::Hsts{.maxAge = maxAge, .includeSubdomains = true, .preload = false};
    return policy;
}

model::Policy redirectPolicy(const char* name, std::uint16_t port) {
    model::Policy policy;
    policy.name = name;
    policy.httpsRedirect = model::HttpsRedirect{port};
    return policy;
}

void addTo(model::Config& config, const char* route, const model::Policy& policy) {
    config.policies.put(policy);
    model::Route changed = *config.routes.find(route);
    changed.policies.push_back(policy.name);
    config.routes.put(changed);
}

void addToListener(model::Config& config, const model::Policy& policy) {
    config.policies.put(policy);
    model::Listener changed = listenerOf(config);
    changed.policies.push_back(policy.name);
    config.listeners.put(changed);
}

} // namespace

/// HSTS and the redirect to https, on listeners and routes, and what an authority is answered.
class PoliciesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sendsRequestsInTheClearToHttps_data();
    void sendsRequestsInTheClearToHttps();
    void redirectsBeforeItAsksForAKey();
    void doesNotRepeatTheKeyInTheRedirect();
    void letsTheRouteSayMoreThanTheListener();
    void followsAPolicyThatChanged();
    void saysHstsOverTlsOnly();
    void replacesTheUpstreamsHsts();
    void answersChallengesBeforeAnythingElse();
};

void PoliciesTest::sendsRequestsInTheClearToHttps_data() {
    QTest::addColumn<int>("port");
    QTest::addColumn<QByteArray>("location");
    QTest::newRow("the usual port") << 443 << QByteArray("https://shop.test/open/a?b=c&d");
    QTest::newRow("another port") << 8443 << QByteArray("https://shop.test:8443/open/a?b=c&d");
}

void PoliciesTest::sendsRequestsInTheClearToHttps() {
    QFETCH(int, port);
    QFETCH(QByteArray, location);
    ScriptedUpstream upstream;
    TestGateway gateway;
    model::Config config = TestGateway::basicConfig({upstream.port()});
    addTo(config, "open", redirectPolicy("https", static_cast<std::uint16_t>(port)));
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    const WireResponse answer =
        RawClient::exchange(gateway.port(), "POST /open/a?b=c&d HTTP/1.1\r\nHost: shop.test:8080\r\n"
                                            "Content-Length: 0\r\n\r\n");
    QCOMPARE(answer.status, 308);
    QCOMPARE(answer.field("Location"), location.toStdString());
    QVERIFY(upstream.requests().empty());
}

void PoliciesTest::redirectsBeforeItAsksForAKey() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    model::Config config = TestGateway::basicConfig({upstream.port()});
    addToListener(config, redirectPolicy("https", 443));
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/closed/1").status, 308);
    QCOMPARE(RawClient::get(gateway.port(), "/nowhere").status, 308);
}

void PoliciesTest::doesNotRepeatTheKeyInTheRedirect() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    model::Config config = TestGateway::basicConfig({upstream.port()});
    addToListener(config, redirectPolicy("https", 443));
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    const WireResponse answer =
        RawClient::get(gateway.port(), "/closed/1?a=1&api_key=secret&b=2&api_key=again");
    QCOMPARE(answer.status, 308);
    QVERIFY2(contains(answer.field("Location"), "/closed/1?a=1&b=2"), answer.field("Location").c_str());
    QVERIFY(!contains(answer.raw, "secret") && !contains(answer.raw, "again"));
}

void PoliciesTest::letsTheRouteSayMoreThanTheListener() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    model::Config config = TestGateway::basicConfig({upstream.port()});
    addToListener(config, redirectPolicy("https", 443));
    addTo(config, "open", redirectPolicy("other", 9443));
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QVERIFY(contains(RawClient::get(gateway.port(), "/open/a").field("Location"), ":9443/open/a"));
    QVERIFY(!contains(RawClient::get(gateway.port(), "/closed/a").field("Location"), ":9443"));
}

void PoliciesTest::followsAPolicyThatChanged() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    model::Config config = TestGateway::basicConfig({upstream.port()});
    addTo(config, "open", redirectPolicy("https", 443));
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    config = gateway.config();
    model::Policy policy = *config.policies.find("https");
    policy.httpsRedirect->port = 9443;
    config.policies.put(policy);
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    QVERIFY(contains(RawClient::get(gateway.port(), "/open/a").field("Location"), ":9443/"));
}

void PoliciesTest::saysHstsOverTlsOnly() {
    ScriptedUpstream upstream;
    TestAuthority authority;
    TestGateway gateway;
    model::Config config = tlsConfig(gateway, {upstream.port()}, authority.issue("shop.example"));
    addToListener(config, hstsPolicy("hsts", 600s));
    addTo(config, "open", hstsPolicy("longer", 1200s));
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    TlsClient client(gateway.port());
    QCOMPARE(client.get("/open/a").field(hstsName), std::string("max-age=1200; includeSubDomains"));
    QCOMPARE(client.get("/closed/a").field(hstsName), std::string("max-age=600; includeSubDomains"));
    QCOMPARE(client.get("/nowhere").field(hstsName), std::string("max-age=600; includeSubDomains"));

    TestGateway inTheClear;
    model::Config plain = TestGateway::basicConfig({upstream.port()});
    addTo(plain, "open", hstsPolicy("longer", 1200s));
    QVERIFY2(inTheClear.publish(plain), inTheClear.error().c_str());
    QVERIFY(!RawClient::get(inTheClear.port(), "/open/a").has(hstsName));
}

void PoliciesTest::replacesTheUpstreamsHsts() {
    ScriptedUpstream upstream;
    upstream.answerWith(okResponse("x", "strict-transport-security: max-age=1\r\n"));
    TestAuthority authority;
    TestGateway gateway;
    model::Config config = tlsConfig(gateway, {upstream.port()}, authority.issue("shop.example"));
    addTo(config, "open", hstsPolicy("hsts", 600s));
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    TlsClient client(gateway.port());
    const WireResponse answer = client.get("/open/a");
    QCOMPARE(answer.count(hstsName), std::size_t{1});
    QCOMPARE(answer.field(hstsName), std::string("max-age=600; includeSubDomains"));
}

void PoliciesTest::answersChallengesBeforeAnythingElse() {
    ScriptedUpstream upstream;
    TestGateway gateway;
    model::Config config = TestGateway::basicConfig({upstream.port()});
    addToListener(config, redirectPolicy("https", 443));
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    gateway.engine().httpChallenges().put("token", "token.thumbprint");
    const WireResponse answer = RawClient::get(gateway.port(), "/.well-known/acme-challenge/token");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, std::string("token.thumbprint"));
    QCOMPARE(answer.field("Content-Type"), std::string("application/octet-stream"));
    QCOMPARE(RawClient::get(gateway.port(), "/.well-known/acme-challenge/other").status, 404);
}

QTEST_GUILESS_MAIN(PoliciesTest)
#include "policies_test.moc"
