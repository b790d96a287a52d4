// Opaque tokens, which a real OpenID provider explains to the running gateway (RFC 7662).

#include <QtTest>

#include "tests/integration/oidc_house.h"

#include "gateway/crypto/secret_values.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::RawClient;
using support::WireResponse;

class OpaqueTokensTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();

    void opaqueTokensAreExplainedByTheProvider();
    void anAnswerIsKeptForItsTime();
    void aTokenThatWasRevokedThereIsRefusedWithoutACache();
    void anOpaqueTokenThatExpiredIsRefused();
    void whoAsksAtTheSameTimeAsksOnce();
    void underLoadEachTokenIsAskedAboutOnceAWorker();
    void withoutAnAnswerOpaqueTokensAreRefusedForNow();
    void aSlowProviderDelaysNobodyElse();
    void aWrongClientSecretIsReported();
};

void OpaqueTokensTest::initTestCase() {
    QVERIFY2(support::NodePeer::arePackagesThere(),
             "Node's packages are missing: run ./dev test, which installs them");
}

void OpaqueTokensTest::opaqueTokensAreExplainedByTheProvider() {
    OidcHouse house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const std::string token = house.peer.token("opaque");
    QVERIFY(token.find('.') == std::string::npos);
    QCOMPARE(house.status("/opaque/a", token), 200);
    QVERIFY(!house.upstream.requests()[0].has("Authorization"));
    QCOMPARE(house.status("/opaque/a", "never-heard-of"), 401);
    QCOMPARE(house.status("/opaque/a", house.peer.token("opaque", "other")), 403);
    // A JWT way does not take what only introspection explains.
    QCOMPARE(house.status("/jwt/a", token), 401);
    QCOMPARE(house.report().introspectionFailures, 0U);
}

void OpaqueTokensTest::anAnswerIsKeptForItsTime() {
    OidcHouse house("", 1);
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const std::string token = house.peer.token("opaque");
    for (int i = 0; i < 20; ++i) {
        QCOMPARE(house.status("/opaque/a", token), 200);
    }
    QCOMPARE(house.peer.asked("/token/introspection"), 1);
}

void OpaqueTokensTest::aTokenThatWasRevokedThereIsRefusedWithoutACache() {
    OidcHouse house;
    model::IdentityProvider provider = providerOf(house.peer);
    provider.introspection->cache = 0ms;
    QVERIFY2(house.open(provider), house.gateway.error().c_str());
    const std::string token = house.peer.token("opaque");
    QCOMPARE(house.status("/opaque/a", token), 200);
    QVERIFY(house.peer.revoke(token));
    QCOMPARE(house.status("/opaque/a", token), 401);
    QCOMPARE(house.peer.asked("/token/introspection"), 2);
}

void OpaqueTokensTest::anOpaqueTokenThatExpiredIsRefused() {
    OidcHouse house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const std::string token = house.peer.token("opaque");
    QVERIFY(house.peer.tell("clock 400"));
    QCOMPARE(house.status("/opaque/a", token), 401);
}

void OpaqueTokensTest::whoAsksAtTheSameTimeAsksOnce() {
    OidcHouse house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const std::string token = house.peer.token("opaque");
    QVERIFY(house.peer.tell("pause"));
    constexpr std::size_t callers = 60;
    std::vector<std::unique_ptr<RawClient>> clients;
    for (std::size_t i = 0; i < callers; ++i) {
        clients.push_back(std::make_unique<RawClient>(house.gateway.port()));
        QVERIFY(clients.back()->send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + bearer(token) + "\r\n"));
    }
    QVERIFY(waitUntil([&] { return house.peer.asked("/token/introspection") > 0; }));
    QVERIFY(house.peer.tell("resume"));
    for (const auto& client : clients) {
        QCOMPARE(client->readResponse().status, 200);
    }
    QCOMPARE(house.upstream.requests().size(), callers);
    // Each worker keeps the answer; whoever came after it was there asks again at most once a worker.
    QVERIFY(house.peer.asked("/token/introspection") <= 2);
}

void OpaqueTokensTest::underLoadEachTokenIsAskedAboutOnceAWorker() {
    constexpr int tokens = 20;
    constexpr int callers = 8;
    constexpr int rounds = 5;
    OidcHouse house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    std::vector<std::string> shown;
    for (int i = 0; i < tokens; ++i) {
        shown.push_back(house.peer.token("opaque"));
    }
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int caller = 0; caller < callers; ++caller) {
        threads.emplace_back([&] {
            for (int i = 0; i < tokens * rounds; ++i) {
                good += house.status("/opaque/a", shown[static_cast<std::size_t>(i % tokens)]) == 200 ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    QCOMPARE(good.load(), tokens * callers * rounds);
    const int asked = house.peer.asked("/token/introspection");
    // A worker may ask again for those who came before it had the answer, but then they ask together.
    QVERIFY2(asked >= tokens && asked <= 2 * 2 * tokens, std::to_string(asked).c_str());
}

void OpaqueTokensTest::withoutAnAnswerOpaqueTokensAreRefusedForNow() {
    OidcHouse house("", 1);
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const std::string kept = house.peer.token("opaque");
    const std::string asked = house.peer.token("opaque");
    QCOMPARE(house.status("/opaque/a", kept), 200);
    QVERIFY(house.peer.tell("down"));
    const WireResponse response = house.get("/opaque/a", asked);
    QCOMPARE(response.status, 503);
    QVERIFY(contains(response.body, "identity-unavailable"));
    QCOMPARE(house.report().introspectionFailures, 1U);
    QVERIFY(contains(house.report().introspectionProblem, "cannot be reached"));
    QCOMPARE(house.status("/opaque/a", kept), 200);
    QVERIFY(house.peer.tell("up"));
    QCOMPARE(house.status("/opaque/a", asked), 200);
}

void OpaqueTokensTest::aSlowProviderDelaysNobodyElse() {
    OidcHouse house("", 1);
    model::IdentityProvider provider = providerOf(house.peer);
    provider.introspection->timeout = 300ms;
    QVERIFY2(house.open(provider), house.gateway.error().c_str());
    const std::string opaque = house.peer.token("opaque");
    const std::string jwt = house.peer.token("rs256");
    QVERIFY(house.peer.tell("pause"));
    RawClient waiting(house.gateway.port());
    QVERIFY(waiting.send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + bearer(opaque) + "\r\n"));
    QCOMPARE(house.status("/jwt/a", jwt), 200);
    QCOMPARE(waiting.readResponse().status, 503);
    QVERIFY(house.peer.tell("resume"));
    QVERIFY(waitUntil([&] { return house.status("/opaque/a", opaque) == 200; }));
}

void OpaqueTokensTest::aWrongClientSecretIsReported() {
    OidcHouse house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    house.gateway.engine().secrets().put("CORP", "not-the-secret");
    model::Config config = house.gateway.config();
    model::IdentityProvider provider = *config.identityProviders.find("corp");
    provider.leeway = 30s; // a change, so that the secret is looked up again
    config.identityProviders.put(provider);
    QVERIFY2(house.gateway.publish(config), house.gateway.error().c_str());
    QCOMPARE(house.status("/opaque/a", house.peer.token("opaque")), 503);
    const std::string problem = house.report().introspectionProblem;
    QVERIFY2(contains(problem, "client_secret"), problem.c_str());
    QVERIFY(!contains(problem, "not-the-secret"));
}

QTEST_GUILESS_MAIN(OpaqueTokensTest)
#include "opaque_tokens_test.moc"
