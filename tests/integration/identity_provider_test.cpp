// Tokens of a real OpenID provider at the running gateway, and what happens when the provider is killed,
// slow, changes its keys or has another time.

#include <QtTest>

#include "tests/integration/oidc_peer.h"
#include "tests/integration/test_gateway.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include "gateway/auth/identity_client.h"
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
using support::ScriptedUpstream;
using support::WireResponse;

namespace {

std::string bearer(const std::string& token) {
    return "Authorization: Bearer " + token + "\r\n";
}

model::IdentityProvider providerOf(const OidcPeer& peer) {
    model::IdentityProvider provider;
    provider.name = "corp";
    provider.issuer = peer.issuer();
    provider.audience = {"https://api.example"};
    provider.algorithms = {"RS256", "PS256", "ES256", "EdDSA"};
    provider.consumerClaim = "consumer";
    provider.rolesClaim = "roles";
    auto& introspection = provider.introspection.emplace();
    introspection.clientId = "gateway";
    introspection.clientSecret = "${secret:CORP}";
    return provider;
}

void putRoute(model::Config& config, const char* name, const model::Credential& credential) {
    model::Policy policy;
    policy.name = name;
    policy.authenticate = model::Authenticate{.anyOf = {{credential}}};
    config.policies.put(policy);
    model::Route route;
    route.name = name;
    route.match.path = std::string("/") + name + "/*";
    route.service = "backend";
    route.policies = {name};
    config.routes.put(route);
}

/// A provider, a gateway that trusts it, and a service behind: /jwt/* with its JWTs, /opaque/* with what it
/// says about opaque tokens.
struct House {
    explicit House(const char* path = "", unsigned workers = 2)
        : peer(path)
        , gateway(workers) {}

    /// False with gateway.error() set.
    [[nodiscard]] bool open(const model::IdentityProvider& provider) {
        gateway.engine().secrets().put("CORP", "gateway-secret");
        model::Config config = TestGateway::basicConfig({upstream.port()});
        config.routes = {};
        config.identityProviders.put(provider);
        putRoute(config, "jwt", {model::Credential::Kind::Jwt, "corp"});
        putRoute(config, "opaque", {model::Credential::Kind::Introspection, "corp"});
        return gateway.publish(config) && waitTillAsked();
    }
    [[nodiscard]] bool open() { return open(providerOf(peer)); }

    [[nodiscard]] auth::ProviderReport report() {
        const auto reports = gateway.engine().identity().reports();
        return reports.empty() ? auth::ProviderReport() : reports.front();
    }
    [[nodiscard]] bool waitTillAsked() {
        return QTest::qWaitFor([this] { return !report().isAsking; },
                               static_cast<int>(support::patience.count()));
    }
    /// As "Fetch now" does.
    [[nodiscard]] bool fetchKeys() {
        const auto before = report().triedAt;
        gateway.engine().identity().refresh(gateway.config().identityProviders.find("corp")->id);
        return QTest::qWaitFor([&] { return report().triedAt != before && !report().isAsking; },
                               static_cast<int>(support::patience.count()));
    }

    [[nodiscard]] WireResponse get(const char* target, const std::string& token) const {
        return RawClient::get(gateway.port(), target, bearer(token));
    }
    [[nodiscard]] int status(const char* target, const std::string& token) const {
        return get(target, token).status;
    }

    OidcPeer peer;
    ScriptedUpstream upstream;
    TestGateway gateway;
};

} // namespace

class IdentityProviderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();

    void tokensOfARealProviderAreTaken_data();
    void tokensOfARealProviderAreTaken();
    void anIssuerWithARealmsPathWorks();
    void aTokenForAnotherAudienceIsRefused();
    void aTokenOfAnotherProviderIsRefused();
    void aTokenThatSomebodyChangedIsRefused();
    void aClockThatIsOffIsForgivenWithinTheLeeway_data();
    void aClockThatIsOffIsForgivenWithinTheLeeway();

    void newKeysWorkOnTheirFirstRequest();
    void keysThatWereTakenBackAreRefused();
    void manyUnknownKeysAskTheProviderOnce();
    void aProviderThatIsKilledLeavesItsKeys();
    void aTokenWaitsForKeysThatAreUnderWay();
    void withoutAnyKeysTokensAreRefusedForNow();

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

void IdentityProviderTest::initTestCase() {
    QVERIFY2(support::NodePeer::arePackagesThere(),
             "Node's packages are missing: run ./dev test, which installs them");
}

void IdentityProviderTest::tokensOfARealProviderAreTaken_data() {
    QTest::addColumn<QByteArray>("resource");
    for (const char* resource : {"rs256", "ps256", "es256", "eddsa"}) {
        QTest::newRow(resource) << QByteArray(resource);
    }
}

void IdentityProviderTest::tokensOfARealProviderAreTaken() {
    QFETCH(QByteArray, resource);
    House house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    QCOMPARE(house.report().problem, std::string());
    QCOMPARE(house.report().keys.size(), 4U);
    const std::string token = house.peer.token(resource.constData());
    QVERIFY(!token.empty());
    for (int i = 0; i < 5; ++i) {
        QCOMPARE(house.status("/jwt/a", token), 200);
    }
    QCOMPARE(house.upstream.requests().size(), 5U);
    QVERIFY(!house.upstream.requests()[0].has("Authorization"));
    QCOMPARE(house.status("/jwt/a", {}), 401);
    // Who is no consumer here is known, but not let in.
    QCOMPARE(house.status("/jwt/a", house.peer.token(resource.constData(), "other")), 403);
    QCOMPARE(house.upstream.requests().size(), 5U);
}

void IdentityProviderTest::anIssuerWithARealmsPathWorks() {
    House house("/realms/shop");
    QVERIFY2(house.open(), house.gateway.error().c_str());
    QCOMPARE(house.report().keysFrom, house.peer.issuer() + "/jwks");
    QCOMPARE(house.status("/jwt/a", house.peer.token("rs256")), 200);
    QCOMPARE(house.status("/opaque/a", house.peer.token("opaque")), 200);
}

void IdentityProviderTest::aTokenForAnotherAudienceIsRefused() {
    House house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const WireResponse response = house.get("/jwt/a", house.peer.token("elsewhere"));
    QCOMPARE(response.status, 401);
    QVERIFY(contains(response.field("WWW-Authenticate"), "Bearer"));
    QVERIFY(house.upstream.requests().empty());
}

void IdentityProviderTest::aTokenOfAnotherProviderIsRefused() {
    OidcPeer stranger;
    House house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    QCOMPARE(house.status("/jwt/a", stranger.token("rs256")), 401);
    QCOMPARE(house.status("/opaque/a", stranger.token("opaque")), 401);
    QVERIFY(house.upstream.requests().empty());
}

void IdentityProviderTest::aTokenThatSomebodyChangedIsRefused() {
    House house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const std::string token = house.peer.token("es256");
    QCOMPARE(house.status("/jwt/a", token), 200);
    for (const std::size_t at : {token.find('.') + 5, token.rfind('.') + 5}) {
        std::string changed = token;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        QCOMPARE(house.status("/jwt/a", changed), 401);
    }
    QCOMPARE(house.status("/jwt/a", token.substr(0, token.rfind('.') + 1)), 401);
}

void IdentityProviderTest::aClockThatIsOffIsForgivenWithinTheLeeway_data() {
    QTest::addColumn<QByteArray>("clock");
    QTest::addColumn<int>("status");
    // Tokens live for 300 s; the leeway is 60 s.
    QTest::newRow("five minutes and a half behind") << QByteArray("clock -330") << 200;
    QTest::newRow("seven minutes behind") << QByteArray("clock -420") << 401;
    QTest::newRow("half a minute ahead") << QByteArray("clock 30") << 200;
    QTest::newRow("three minutes ahead") << QByteArray("clock 180") << 401;
}

void IdentityProviderTest::aClockThatIsOffIsForgivenWithinTheLeeway() {
    QFETCH(QByteArray, clock);
    QFETCH(int, status);
    House house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    QVERIFY(house.peer.tell(clock.constData()));
    QCOMPARE(house.status("/jwt/a", house.peer.token("rs256")), status);
}

void IdentityProviderTest::newKeysWorkOnTheirFirstRequest() {
    House house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const std::string former = house.peer.token("rs256");
    QCOMPARE(house.status("/jwt/a", former), 200);
    QVERIFY(house.peer.tell("rotate"));
    QCOMPARE(house.status("/jwt/a", house.peer.token("rs256")), 200);
    QCOMPARE(house.peer.asked("/jwks"), 2);
    // Both are shown, both hold.
    QCOMPARE(house.status("/jwt/a", former), 200);
    QCOMPARE(house.peer.asked("/jwks"), 2);
}

void IdentityProviderTest::keysThatWereTakenBackAreRefused() {
    House house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const std::string former = house.peer.token("es256");
    QCOMPARE(house.status("/jwt/a", former), 200);
    QVERIFY(house.peer.tell("rotate"));
    QVERIFY(house.peer.tell("drop"));
    QVERIFY(house.fetchKeys());
    // Also where the token was found good before and is remembered.
    for (int i = 0; i < 8; ++i) {
        QCOMPARE(house.status("/jwt/a", former), 401);
    }
    QCOMPARE(house.status("/jwt/a", house.peer.token("es256")), 200);
}

void IdentityProviderTest::manyUnknownKeysAskTheProviderOnce() {
    House house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    QVERIFY(house.peer.tell("rotate"));
    const std::string good = house.peer.token("rs256");
    QCOMPARE(house.status("/jwt/a", good), 200);
    QCOMPARE(house.peer.asked("/jwks"), 2);
    QVERIFY(house.peer.tell("rotate"));
    const std::string tooEarly = house.peer.token("rs256");
    for (int i = 0; i < 8; ++i) { // fewer than make the gateway slow the caller down
        QCOMPARE(house.status("/jwt/a", tooEarly), 401);
    }
    QCOMPARE(house.peer.asked("/jwks"), 2);
    QCOMPARE(house.status("/jwt/a", good), 200);
}

void IdentityProviderTest::aProviderThatIsKilledLeavesItsKeys() {
    House house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const std::string seen = house.peer.token("rs256");
    const std::string unseen = house.peer.token("es256");
    QCOMPARE(house.status("/jwt/a", seen), 200);
    QVERIFY(house.peer.tell("down"));
    QVERIFY(house.fetchKeys());
    QVERIFY2(contains(house.report().problem, "cannot be reached"), house.report().problem.c_str());
    QCOMPARE(house.report().keys.size(), 4U);
    QCOMPARE(house.status("/jwt/a", seen), 200);
    QCOMPARE(house.status("/jwt/a", unseen), 200);
    QVERIFY(house.peer.tell("up"));
    QVERIFY(house.fetchKeys());
    QCOMPARE(house.report().problem, std::string());
}

void IdentityProviderTest::aTokenWaitsForKeysThatAreUnderWay() {
    House house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    QVERIFY(house.peer.tell("rotate"));
    const std::string token = house.peer.token("rs256");
    QVERIFY(house.peer.tell("pause"));
    RawClient client(house.gateway.port());
    QVERIFY(client.send("GET /jwt/a HTTP/1.1\r\nHost: a\r\n" + bearer(token) + "\r\n"));
    QVERIFY(QTest::qWaitFor([&] { return house.report().isAsking; },
                            static_cast<int>(support::patience.count())));
    QVERIFY(house.upstream.requests().empty());
    QVERIFY(house.peer.tell("resume"));
    QCOMPARE(client.readResponse().status, 200);
}

void IdentityProviderTest::withoutAnyKeysTokensAreRefusedForNow() {
    House house;
    const std::string token = house.peer.token("rs256");
    QVERIFY(house.peer.tell("down"));
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const WireResponse response = house.get("/jwt/a", token);
    QCOMPARE(response.status, 503);
    QVERIFY(contains(response.body, "identity-unavailable"));
    QVERIFY(house.peer.tell("up"));
    // Nobody has to do anything for it.
    QVERIFY(QTest::qWaitFor([&] { return house.status("/jwt/a", token) == 200; },
                            static_cast<int>(support::patience.count())));
}

void IdentityProviderTest::opaqueTokensAreExplainedByTheProvider() {
    House house;
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

void IdentityProviderTest::anAnswerIsKeptForItsTime() {
    House house("", 1);
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const std::string token = house.peer.token("opaque");
    for (int i = 0; i < 20; ++i) {
        QCOMPARE(house.status("/opaque/a", token), 200);
    }
    QCOMPARE(house.peer.asked("/token/introspection"), 1);
}

void IdentityProviderTest::aTokenThatWasRevokedThereIsRefusedWithoutACache() {
    House house;
    model::IdentityProvider provider = providerOf(house.peer);
    provider.introspection->cache = 0ms;
    QVERIFY2(house.open(provider), house.gateway.error().c_str());
    const std::string token = house.peer.token("opaque");
    QCOMPARE(house.status("/opaque/a", token), 200);
    QVERIFY(house.peer.revoke(token));
    QCOMPARE(house.status("/opaque/a", token), 401);
    QCOMPARE(house.peer.asked("/token/introspection"), 2);
}

void IdentityProviderTest::anOpaqueTokenThatExpiredIsRefused() {
    House house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const std::string token = house.peer.token("opaque");
    QVERIFY(house.peer.tell("clock 400"));
    QCOMPARE(house.status("/opaque/a", token), 401);
}

void IdentityProviderTest::whoAsksAtTheSameTimeAsksOnce() {
    House house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const std::string token = house.peer.token("opaque");
    QVERIFY(house.peer.tell("pause"));
    constexpr std::size_t callers = 60;
    std::vector<std::unique_ptr<RawClient>> clients;
    for (std::size_t i = 0; i < callers; ++i) {
        clients.push_back(std::make_unique<RawClient>(house.gateway.port()));
        QVERIFY(clients.back()->send("GET /opaque/a HTTP/1.1\r\nHost: a\r\n" + bearer(token) + "\r\n"));
    }
    QVERIFY(QTest::qWaitFor([&] { return house.peer.asked("/token/introspection") > 0; },
                            static_cast<int>(support::patience.count())));
    QVERIFY(house.peer.tell("resume"));
    for (const auto& client : clients) {
        QCOMPARE(client->readResponse().status, 200);
    }
    QCOMPARE(house.upstream.requests().size(), callers);
    // Each worker keeps the answer; whoever came after it was there asks again at most once a worker.
    QVERIFY(house.peer.asked("/token/introspection") <= 2);
}

void IdentityProviderTest::underLoadEachTokenIsAskedAboutOnceAWorker() {
    constexpr int tokens = 20;
    constexpr int callers = 8;
    constexpr int rounds = 5;
    House house;
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

void IdentityProviderTest::withoutAnAnswerOpaqueTokensAreRefusedForNow() {
    House house("", 1);
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

void IdentityProviderTest::aSlowProviderDelaysNobodyElse() {
    House house("", 1);
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
    QVERIFY(QTest::qWaitFor([&] { return house.status("/opaque/a", opaque) == 200; },
                            static_cast<int>(support::patience.count())));
}

void IdentityProviderTest::aWrongClientSecretIsReported() {
    House house;
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

QTEST_GUILESS_MAIN(IdentityProviderTest)
#include "identity_provider_test.moc"
