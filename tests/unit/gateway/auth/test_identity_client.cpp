#include <QtTest/QtTest>

#include "tests/unit/gateway/auth/provider_house.h"

#include <future>
#include <memory>
#include <string>

using namespace gateway;
using namespace std::chrono_literals;

namespace {

// Moduli of RSA keys whose private halves nobody has.
const std::string modulusForSigning =
    "yXYlUdxcy3QHkT8zk-UQHE-7j81UfwUH5IWyBJWa9jo8xqKiRZfwJ-lzlsD0OPcG1PtnCwxLyUXgDdWBlXNA2PsCxj"
    "V0hqxPB_BM0i2qZJALR8Mf9eYXyJCbRJ5PVgmlUeYzHtbShgLKlVeyhLU8O2c6HGR7wmatHZTbL8cwbumpTqZAbY60"
    "iuLxnNaDsKhVzYMBJOqsCwA29LZxJvqq-NkkotmJS-yC-jp-F-jbFFskqzSJbiUSAuNP0kA40SvpUcEjSUe5RE9fRH"
    "m8s0lhGAW9OUgQXY5ccv_2tDykL7vwwJ53yuUurHaIaDbrEslka1Z-t9ztLbpiFidgvrGOaw";
const std::string modulusForEncryption =
    "nawTuTGc5FbX1jjG1_vZExTfwzHwIr8bu0IL2uK_PoJsNgeu5pU8D9QWd5Lv9RUjC0GGxmsgzQCGIrtJnQs-"
    "SFNWiVG98drhu1fmT88Dp-3Zxn5b1HWQJslhcel_53V3UXihL6sVRFQK-"
    "vOvENwpjc2hIvAVanInTnNBBkznbTyJbsm7sps6hvGlfpdS-"
    "CP3uL68HRjOpeeUxUJdYRAJ4XySB3-h5qNNHsH6WjuB8_PuiadCGDLZUyK-Vgi2lZ1T0O9RVz30MnyrYLsyHNwPeSt"
    "jCjAm79EY8YhjiZ8C8yxlfmeSvg7UDYkXavKxzGjHIYBUcAhLYy1w9QzZX0smNQ";

/// Metadata as a realm of Keycloak gives it, as far as such a document is of interest here: our members lie
/// between many others, also ones of the same names further down.
std::string keycloakMetadata(const std::string& issuer) {
    const std::string endpoints = issuer + "/protocol/openid-connect";
    return R"({"issuer":")" + issuer + R"(","authorization_endpoint":")" + endpoints +
           R"(/auth","token_endpoint":")" + endpoints + R"(/token","introspection_endpoint":")" + endpoints +
           R"(/token/introspect","userinfo_endpoint":")" + endpoints +
           R"(/userinfo","frontchannel_logout_session_supported":true,"jwks_uri":")" + endpoints +
           R"(/certs","grant_types_supported":["authorization_code","client_credentials"],)"
           R"("introspection_endpoint_auth_methods_supported":["private_key_jwt","client_secret_basic"],)"
           R"("mtls_endpoint_aliases":{"introspection_endpoint":"https://elsewhere.example/introspect",)"
           R"("jwks_uri":"https://elsewhere.example/certs"},"dpop_signing_alg_values_supported":["ES256"]})";
}

/// Its key set: one key to sign with, one for encryption.
std::string keycloakKeys() {
    return R"({"keys":[{"kid":"enc","kty":"RSA","alg":"RSA-OAEP","use":"enc","x5t":"AA","n":")" +
           modulusForEncryption +
           R"(","e":"AQAB"},{"kid":"sig","kty":"RSA","alg":"RS256","use":"sig","x5t":"AA","n":")" +
           modulusForSigning + R"(","e":"AQAB"}]})";
}

} // namespace

class IdentityClientTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // Where keys come from.
    void keysComeByDiscoveryFromTheIssuer();
    void anIssuerWithAPathLikeARealmWorks();
    void aRealmOfKeycloakWorks();
    void metadataOfOAuthAloneIsFoundBeforeThePath();
    void metadataThatCannotBeTrustedBringsNoKeys_data();
    void metadataThatCannotBeTrustedBringsNoKeys();
    void keysOfSettingsAreThereAtOnce();
    void aKeySetInSettingsThatIsNoneIsReported();
    void keysOfAnotherSourceAreForgotten();
    void otherSettingsKeepTheKeysAndAskAtOnce();
    void aProviderThatIsGoneIsNotAskedAnyMore();

    // When they are asked for.
    void keysAreAskedForAgainInTheBackground();
    void theSameKeysAreNoNewGeneration();
    void cacheControlShortensThePlanWithinLimits_data();
    void cacheControlShortensThePlanWithinLimits();
    void anUnknownKeyIsLookedForAtMostEveryThirtySeconds();
    void aKeyThatAFetchUnderWayMissedIsLookedForAfterIt();
    void aWantedKeyThatAFetchUnderWayBringsIsNotLookedForAgain();
    void failuresAreFollowedByLongerAndLongerWaits();
    void anUnknownKeyDoesNotShortenTheWaitAfterAFailure();
    void aPersonMayAskAtOnce();
};

void IdentityClientTest::keysComeByDiscoveryFromTheIssuer() {
    ScriptedProvider provider;
    provider.publish(keySet({keyOne, keyTwo}));
    ProviderHouse house;
    QCOMPARE(house.generation(), 0U);
    house.use({house.plan(byIssuer(provider.issuer()))});
    QVERIFY(house.waitTillIdle());

    QCOMPARE(house.keyIds(), std::string("one,two"));
    QCOMPARE(house.generation(), 1U);
    const auth::ProviderReport report = house.report();
    QCOMPARE(report.name, std::string("corp"));
    QCOMPARE(report.keysFrom, provider.origin() + "/keys");
    QCOMPARE(report.problem, std::string());
    QVERIFY(report.fetchedAt == house.clock.wallTime());
    const auto requests = provider.server().requests();
    QCOMPARE(requests.size(), 2U);
    QCOMPARE(requests[0].target(), std::string("/.well-known/openid-configuration"));
    QCOMPARE(requests[0].method(), std::string("GET"));
    QCOMPARE(requests[1].connection, requests[0].connection);
}

void IdentityClientTest::anIssuerWithAPathLikeARealmWorks() {
    ScriptedProvider provider("/realms/shop");
    provider.publish(keySet({keyOne}));
    ProviderHouse house;
    house.use({house.plan(byIssuer(provider.issuer()))});
    QVERIFY(house.waitTillIdle());
    QCOMPARE(house.keyIds(), std::string("one"));
}

void IdentityClientTest::aRealmOfKeycloakWorks() {
    ScriptedProvider provider("/realms/shop");
    provider.answer("/realms/shop/.well-known/openid-configuration",
                    jsonResponse(keycloakMetadata(provider.issuer())));
    provider.answer("/realms/shop/protocol/openid-connect/certs", jsonResponse(keycloakKeys()));
    provider.answer("/realms/shop/protocol/openid-connect/token/introspect",
                    jsonResponse(R"({"active":true})"));
    ProviderHouse house;
    model::IdentityProvider settings = byIssuer(provider.issuer());
    settings.introspection.emplace();
    const auto plan = house.plan(settings);
    house.use({plan});
    QVERIFY(house.introspect(plan, "t").has_value());
    QVERIFY(house.waitTillIdle());
    QCOMPARE(house.keyIds(), std::string("sig"));
    QCOMPARE(house.report().keysLeftOut, 1U);
    QCOMPARE(house.report().keysFrom, provider.issuer() + "/protocol/openid-connect/certs");
}

void IdentityClientTest::metadataOfOAuthAloneIsFoundBeforeThePath() {
    ScriptedProvider provider("/tenant");
    provider.answer("/.well-known/oauth-authorization-server/tenant", jsonResponse(provider.metadata()));
    provider.answer("/keys", jsonResponse(keySet({keyOne})));
    ProviderHouse house;
    house.use({house.plan(byIssuer(provider.issuer()))});
    QVERIFY(house.waitTillIdle());
    QCOMPARE(house.keyIds(), std::string("one"));
    QCOMPARE(provider.asked("/tenant/.well-known/openid-configuration"), 1U);
}

void IdentityClientTest::metadataThatCannotBeTrustedBringsNoKeys_data() {
    QTest::addColumn<std::string>("issuer");
    QTest::addColumn<std::string>("keys");
    QTest::addColumn<std::string>("why");
    const auto row = [](const char* name, const char* issuer, const char* keys, const char* why) {
        QTest::newRow(name) << std::string(issuer) << std::string(keys) << std::string(why);
    };
    row("another issuer", "https://evil.example", "ORIGIN/keys", "of the issuer \"https://evil.example\"");
    row("a slash more", "ORIGIN/", "ORIGIN/keys", "not of");
    row("another case", "HTTP://127.0.0.1", "ORIGIN/keys", "not of");
    row("no issuer", "", "ORIGIN/keys", "not of");
    row("plain http elsewhere", "ORIGIN", "http://issuer.example/keys", "https://");
    row("plain http to a private address", "ORIGIN", "http://10.0.0.1/keys", "https://");
    row("a name that looks like loopback", "ORIGIN", "http://127.0.0.1.example/keys", "https://");
    row("a file", "ORIGIN", "file:///etc/passwd", "jwks_uri");
    row("credentials in the address", "ORIGIN", "https://a:b@issuer.example/keys", "password");
    row("no address", "ORIGIN", "/keys", "jwks_uri");
    row("an empty address", "ORIGIN", "", "jwks_uri");
}

void IdentityClientTest::metadataThatCannotBeTrustedBringsNoKeys() {
    QFETCH(std::string, issuer);
    QFETCH(std::string, keys);
    QFETCH(std::string, why);
    ScriptedProvider provider;
    const auto filled = [&](std::string text) {
        if (const std::size_t at = text.find("ORIGIN"); at != std::string::npos) {
            text.replace(at, 6, provider.origin());
        }
        return text;
    };
    provider.answer(
        "/.well-known/openid-configuration",
        jsonResponse(R"({"issuer":")" + filled(issuer) + R"(","jwks_uri":")" + filled(keys) + R"("})"));
    provider.answer("/keys", jsonResponse(keySet({keyOne})));
    ProviderHouse house;
    house.use({house.plan(byIssuer(provider.issuer()))});
    QVERIFY(house.waitTillIdle());
    QCOMPARE(house.generation(), 0U);
    QCOMPARE(provider.asked("/keys"), 0U);
    QVERIFY2(has(house.report().problem, why.c_str()), house.report().problem.c_str());
}

void IdentityClientTest::keysOfSettingsAreThereAtOnce() {
    ProviderHouse house;
    model::IdentityProvider given = byIssuer("https://issuer.example");
    given.jwks = keySet({keyOne});
    model::IdentityProvider shared = byIssuer("https://other.example");
    shared.id.value = 2;
    shared.secret = "${secret:SHARED}";
    house.use({house.plan(given), house.plan(shared, {}, {}, "a secret of thirty-two bytes or more")});
    QCOMPARE(house.generation(1), 1U);
    QCOMPARE(house.generation(2), 1U);
    QCOMPARE(house.keyIds(0), std::string("one"));
    QCOMPARE(house.report(0).keysFrom, std::string("settings"));
    QCOMPARE(house.report(1).keysFrom, std::string("secret"));
    QCOMPARE(house.report(1).keys.size(), 1U);
    QVERIFY(!house.report(0).isAsking);
    QVERIFY(!house.client->mayBringKeys({1}));
}

void IdentityClientTest::aKeySetInSettingsThatIsNoneIsReported() {
    ProviderHouse house;
    model::IdentityProvider given = byIssuer("https://issuer.example");
    given.jwks = "{}";
    house.use({house.plan(given)});
    QCOMPARE(house.generation(), 0U);
    QVERIFY(!house.report().problem.empty());
}

void IdentityClientTest::keysOfAnotherSourceAreForgotten() {
    ScriptedProvider former;
    former.publish(keySet({keyOne}));
    ScriptedProvider silent;
    ProviderHouse house;
    house.use({house.plan(byIssuer(former.issuer()))});
    QVERIFY(house.waitTillIdle());
    const auto keys = house.client->keysOf({1});
    QVERIFY(keys->current() != nullptr);

    house.use({house.plan(byIssuer(silent.issuer()))});
    QVERIFY(keys->current() == nullptr);
    QVERIFY(house.waitTillIdle());
    QVERIFY(keys->current() == nullptr);
    QCOMPARE(keys->generation(), 2U);
    QVERIFY(has(house.report().problem, "404"));
}

void IdentityClientTest::otherSettingsKeepTheKeysAndAskAtOnce() {
    ScriptedProvider provider;
    provider.publish(keySet({keyOne}));
    ProviderHouse house;
    model::IdentityProvider settings = byIssuer(provider.issuer());
    house.use({house.plan(settings)});
    QVERIFY(house.waitTillIdle());
    provider.answer("/keys", statusResponse(500));
    settings.leeway = 1s;
    house.use({house.plan(settings)});
    QVERIFY(house.waitTillIdle());
    QCOMPARE(provider.asked("/keys"), 2U);
    QCOMPARE(house.keyIds(), std::string("one"));
    QCOMPARE(house.generation(), 1U);
}

void IdentityClientTest::aProviderThatIsGoneIsNotAskedAnyMore() {
    ScriptedProvider provider;
    provider.publish(keySet({keyOne}));
    ProviderHouse house;
    house.use({house.plan(byIssuer(provider.issuer()))});
    QVERIFY(house.waitTillIdle());
    house.use({});
    house.client->wantKeys({1});
    house.client->refresh({1});
    house.pass(1h);
    QCOMPARE(provider.asked("/keys"), 1U);
    QVERIFY(house.client->reports().empty());
    QVERIFY(!house.client->mayBringKeys({1}));
}

void IdentityClientTest::keysAreAskedForAgainInTheBackground() {
    ScriptedProvider provider;
    provider.publish(keySet({keyOne}));
    ProviderHouse house;
    house.use({house.plan(byIssuer(provider.issuer()))});
    QVERIFY(house.waitTillIdle());
    provider.answer("/keys", jsonResponse(keySet({keyTwo})));
    house.pass(8min); // a tenth early at most
    QCOMPARE(provider.asked("/keys"), 1U);
    house.pass(2min);
    QCOMPARE(provider.asked("/keys"), 2U);
    QCOMPARE(house.keyIds(), std::string("two"));
    QCOMPARE(house.generation(), 2U);
    // Metadata changes seldom.
    QCOMPARE(provider.asked("/.well-known/openid-configuration"), 1U);
    for (int i = 0; i < 6; ++i) {
        house.pass(10min);
    }
    QCOMPARE(provider.asked("/keys"), 8U);
    QCOMPARE(provider.asked("/.well-known/openid-configuration"), 2U);
}

void IdentityClientTest::theSameKeysAreNoNewGeneration() {
    ScriptedProvider provider;
    provider.publish(keySet({keyOne, keyTwo}));
    ProviderHouse house;
    house.use({house.plan(byIssuer(provider.issuer()))});
    QVERIFY(house.waitTillIdle());
    provider.answer("/keys", jsonResponse("  " + keySet({keyOne, keyTwo})));
    house.pass(10min);
    QCOMPARE(provider.asked("/keys"), 2U);
    QCOMPARE(house.generation(), 1U);
    QVERIFY(house.report().fetchedAt == house.clock.wallTime());
    // Another key of the same name is another key.
    std::string renamed = keyThree;
    renamed.replace(renamed.find("three"), 5, "two");
    provider.answer("/keys", jsonResponse(keySet({keyOne, renamed})));
    house.pass(10min);
    QCOMPARE(house.generation(), 2U);
}

void IdentityClientTest::cacheControlShortensThePlanWithinLimits_data() {
    QTest::addColumn<std::string>("field");
    QTest::addColumn<int>("notYet"); // seconds
    QTest::addColumn<int>("by");
    const auto row = [](const char* name, const char* field, int notYet, int by) {
        QTest::newRow(name) << std::string(field) << notYet << by;
    };
    row("none", "", 539, 600);
    row("two minutes", "Cache-Control: public, max-age=120\r\n", 107, 120);
    row("a day", "Cache-Control: max-age=86400\r\n", 539, 600);
    row("a second", "Cache-Control: MAX-AGE=1\r\n", 53, 60);
    row("not at all", "Cache-Control: no-store\r\n", 53, 60);
    row("two fields", "Cache-Control: max-age=400\r\nCache-Control: max-age=120\r\n", 107, 120);
    row("nonsense", "Cache-Control: max-age=-5, max-age=soon, max-age=99999999999\r\n", 539, 600);
}

void IdentityClientTest::cacheControlShortensThePlanWithinLimits() {
    QFETCH(std::string, field);
    QFETCH(int, notYet);
    QFETCH(int, by);
    ScriptedProvider provider;
    provider.answer("/keys", support::okResponse(keySet({keyOne}), field));
    ProviderHouse house;
    house.use({house.plan(byUrl(provider.origin() + "/keys"))});
    QVERIFY(house.waitTillIdle());
    house.pass(std::chrono::seconds(notYet));
    QCOMPARE(provider.asked("/keys"), 1U);
    house.pass(std::chrono::seconds(by - notYet));
    QCOMPARE(provider.asked("/keys"), 2U);
}

void IdentityClientTest::anUnknownKeyIsLookedForAtMostEveryThirtySeconds() {
    ScriptedProvider provider;
    provider.publish(keySet({keyOne}));
    ProviderHouse house;
    house.use({house.plan(byIssuer(provider.issuer()))});
    QVERIFY(house.waitTillIdle());
    provider.answer("/keys", jsonResponse(keySet({keyOne, keyTwo})));

    QVERIFY(house.client->mayBringKeys({1}));
    for (int i = 0; i < 100; ++i) {
        house.client->wantKeys({1});
    }
    QVERIFY(house.waitTillIdle());
    QCOMPARE(house.keyIds(), std::string("one,two"));
    QCOMPARE(provider.asked("/keys"), 2U);

    QVERIFY(!house.client->mayBringKeys({1}));
    house.client->wantKeys({1});
    house.pass(29s);
    house.client->wantKeys({1});
    house.settle();
    QVERIFY(house.waitTillIdle());
    QVERIFY(!house.client->mayBringKeys({1}));
    QCOMPARE(provider.asked("/keys"), 2U);

    house.clock.advance(1s);
    QVERIFY(house.client->mayBringKeys({1}));
    house.client->wantKeys({1});
    QVERIFY(house.waitTillIdle());
    QCOMPARE(provider.asked("/keys"), 3U);
    house.client->wantKeys({77}); // nobody
    QVERIFY(!house.client->mayBringKeys({77}));
}

void IdentityClientTest::aKeyThatAFetchUnderWayMissedIsLookedForAfterIt() {
    ScriptedProvider provider;
    provider.answer("/keys", jsonResponse(keySet({keyOne})));
    ProviderHouse house;
    house.use({house.plan(byUrl(provider.origin() + "/keys"))});
    QVERIFY(house.waitTillIdle());
    std::promise<void> go;
    provider.handle("/keys", [&](support::WireRequest& request, support::UpstreamConnection& connection) {
        if (request.number == 2) {
            go.get_future().wait_for(support::patience);
        }
        connection.send(jsonResponse(request.number == 2 ? keySet({keyOne}) : keySet({keyOne, keyTwo})));
    });
    house.clock.advance(10min);
    house.settle();
    QVERIFY(provider.server().waitForRequests(2));
    house.client->wantKeys({1});
    house.settle();
    go.set_value();
    QVERIFY(house.waitTillIdle());
    QTRY_COMPARE_WITH_TIMEOUT(house.keyIds(), std::string("one,two"),
                              static_cast<int>(support::patience.count()));
    QVERIFY(house.waitTillIdle());
    QCOMPARE(provider.asked("/keys"), 3U);
    QVERIFY(!house.client->mayBringKeys({1}));
}

void IdentityClientTest::aWantedKeyThatAFetchUnderWayBringsIsNotLookedForAgain() {
    ScriptedProvider provider;
    std::promise<void> go;
    provider.handle("/keys", [&](support::WireRequest& request, support::UpstreamConnection& connection) {
        if (request.number == 1) {
            go.get_future().wait_for(support::patience);
        }
        connection.send(jsonResponse(keySet({keyOne})));
    });
    ProviderHouse house;
    house.use({house.plan(byUrl(provider.origin() + "/keys"))});
    QVERIFY(provider.server().waitForRequests(1));
    house.client->wantKeys({1});
    house.settle();
    go.set_value();
    QVERIFY(house.waitTillIdle());
    house.settle();
    QVERIFY(house.waitTillIdle());
    QCOMPARE(house.keyIds(), std::string("one"));
    QCOMPARE(provider.asked("/keys"), 1U);
    QVERIFY(house.client->mayBringKeys({1}));
}

void IdentityClientTest::failuresAreFollowedByLongerAndLongerWaits() {
    ScriptedProvider provider;
    provider.answer("/keys", statusResponse(503));
    ProviderHouse house;
    house.use({house.plan(byUrl(provider.origin() + "/keys"))});
    QVERIFY(house.waitTillIdle());
    std::size_t asked = 1;
    for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s}) {
        QCOMPARE(provider.asked("/keys"), asked);
        house.pass(wait * 79 / 100); // a fifth early at most
        QCOMPARE(provider.asked("/keys"), asked);
        house.pass(wait - wait * 79 / 100);
        QCOMPARE(provider.asked("/keys"), ++asked);
    }
    QVERIFY(has(house.report().problem, "/keys answered 503."));
    provider.answer("/keys", jsonResponse(keySet({keyOne})));
    house.pass(300s);
    QCOMPARE(house.keyIds(), std::string("one"));
    QCOMPARE(house.report().problem, std::string());
    provider.answer("/keys", statusResponse(503));
    house.pass(10min);
    asked = provider.asked("/keys");
    house.pass(1s); // as after the first failure
    QCOMPARE(provider.asked("/keys"), asked + 1);
}

void IdentityClientTest::anUnknownKeyDoesNotShortenTheWaitAfterAFailure() {
    ScriptedProvider provider;
    provider.answer("/keys", statusResponse(503));
    ProviderHouse house;
    house.use({house.plan(byUrl(provider.origin() + "/keys"))});
    QVERIFY(house.waitTillIdle());
    house.pass(1s);
    house.pass(2s);
    QCOMPARE(provider.asked("/keys"), 3U);
    QVERIFY(!house.client->mayBringKeys({1}));
    house.client->wantKeys({1});
    house.pass(3s);
    QCOMPARE(provider.asked("/keys"), 3U);
}

void IdentityClientTest::aPersonMayAskAtOnce() {
    ScriptedProvider provider;
    provider.answer("/keys", statusResponse(503));
    ProviderHouse house;
    house.use({house.plan(byUrl(provider.origin() + "/keys"))});
    QVERIFY(house.waitTillIdle());
    provider.answer("/keys", jsonResponse(keySet({keyOne})));
    house.client->refresh({1});
    house.settle();
    QVERIFY(house.waitTillIdle());
    QCOMPARE(house.keyIds(), std::string("one"));
}

QTEST_GUILESS_MAIN(IdentityClientTest)
#include "test_identity_client.moc"
