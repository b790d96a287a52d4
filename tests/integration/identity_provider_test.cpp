// Tokens of a real OpenID provider at the running gateway, and what happens when the provider is killed,
// slow, changes its keys or has another time.

#include <QtTest>

#include "tests/integration/oidc_house.h"

#include <string>

using namespace gateway;
using support::contains;
using support::RawClient;
using support::WireResponse;

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
    OidcHouse house;
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
    OidcHouse house("/realms/shop");
    QVERIFY2(house.open(), house.gateway.error().c_str());
    QCOMPARE(house.report().keysFrom, house.peer.issuer() + "/jwks");
    QCOMPARE(house.status("/jwt/a", house.peer.token("rs256")), 200);
    QCOMPARE(house.status("/opaque/a", house.peer.token("opaque")), 200);
}

void IdentityProviderTest::aTokenForAnotherAudienceIsRefused() {
    OidcHouse house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const WireResponse response = house.get("/jwt/a", house.peer.token("elsewhere"));
    QCOMPARE(response.status, 401);
    QVERIFY(contains(response.field("WWW-Authenticate"), "Bearer"));
    QVERIFY(house.upstream.requests().empty());
}

void IdentityProviderTest::aTokenOfAnotherProviderIsRefused() {
    OidcPeer stranger;
    OidcHouse house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    QCOMPARE(house.status("/jwt/a", stranger.token("rs256")), 401);
    QCOMPARE(house.status("/opaque/a", stranger.token("opaque")), 401);
    QVERIFY(house.upstream.requests().empty());
}

void IdentityProviderTest::aTokenThatSomebodyChangedIsRefused() {
    OidcHouse house;
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
    OidcHouse house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    QVERIFY(house.peer.tell(clock.constData()));
    QCOMPARE(house.status("/jwt/a", house.peer.token("rs256")), status);
}

void IdentityProviderTest::newKeysWorkOnTheirFirstRequest() {
    OidcHouse house;
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
    OidcHouse house;
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
    OidcHouse house;
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
    OidcHouse house;
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
    OidcHouse house;
    QVERIFY2(house.open(), house.gateway.error().c_str());
    QVERIFY(house.peer.tell("rotate"));
    const std::string token = house.peer.token("rs256");
    QVERIFY(house.peer.tell("pause"));
    RawClient client(house.gateway.port());
    QVERIFY(client.send("GET /jwt/a HTTP/1.1\r\nHost: a\r\n" + bearer(token) + "\r\n"));
    QVERIFY(waitUntil([&] { return house.report().isAsking; }));
    QVERIFY(house.upstream.requests().empty());
    QVERIFY(house.peer.tell("resume"));
    QCOMPARE(client.readResponse().status, 200);
}

void IdentityProviderTest::withoutAnyKeysTokensAreRefusedForNow() {
    OidcHouse house;
    const std::string token = house.peer.token("rs256");
    QVERIFY(house.peer.tell("down"));
    QVERIFY2(house.open(), house.gateway.error().c_str());
    const WireResponse response = house.get("/jwt/a", token);
    QCOMPARE(response.status, 503);
    QVERIFY(contains(response.body, "identity-unavailable"));
    QVERIFY(house.peer.tell("up"));
    // Nobody has to do anything for it.
    QVERIFY(waitUntil([&] { return house.status("/jwt/a", token) == 200; }));
}

QTEST_GUILESS_MAIN(IdentityProviderTest)
#include "identity_provider_test.moc"
