#include "tests/integration/test_gateway.h"
#include "tests/integration/token_issuer.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QtTest>

using namespace gateway;
using nlohmann::json;
using support::contains;
using support::RawClient;
using support::ScriptedUpstream;
using support::WireResponse;

/// What the gateway tells everybody about who issues tokens for a resource (RFC 9728).
class ResourceMetadataTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void saysWhoIssuesTokensForAResource();
    void saysWhatTokensOfAResourceAreBoundTo();
    void saysNothingOfResourcesWithoutTokens();
    void namesTheHostThatAProxyWasAskedFor();
    void sendsWhoHasToComeByTlsThereFirst();

private:
    bool publish() { return m_gateway->publish(m_config); }

    TokenIssuer m_corp{"corp"};
    std::optional<ScriptedUpstream> m_upstream;
    std::optional<TestGateway> m_gateway;
    model::Config m_config;
};

void ResourceMetadataTest::init() {
    m_upstream.emplace();
    m_gateway.emplace(1U);
    m_config = TestGateway::basicConfig({m_upstream->port()});
    m_config.identityProviders.put(m_corp.settings());
    model::Policy who;
    who.name = "who";
    who.authenticate.emplace();
    who.authenticate->anyOf = {{model::Credential{}},
                               {model::Credential{model::Credential::Kind::Jwt, "corp"}}};
    m_config.policies.put(who);
    model::Route told = *m_config.routes.find("open");
    told.name = "told";
    told.match.path = "/told/*";
    told.policies = {"who"};
    m_config.routes.put(told);
}

void ResourceMetadataTest::cleanup() {
    m_gateway.reset();
    m_upstream.reset();
}

void ResourceMetadataTest::saysWhoIssuesTokensForAResource() {
    model::Route told = *m_config.routes.find("told");
    told.match.methods = {"POST"};
    told.authorize.scopes = {"orders:write"};
    told.authorize.anyScope = {"cart", "orders:read"};
    m_config.routes.put(told);
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::uint16_t port = m_gateway->port();
    const std::string base = "http://127.0.0.1:" + std::to_string(port);
    const WireResponse refused =
        RawClient::exchange(port, "POST /told/a HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                                      "\r\nContent-Length: 0\r\n\r\n");
    QCOMPARE(refused.status, 401);
    const std::string url = base + "/.well-known/oauth-protected-resource/told/a";
    QVERIFY2(contains(refused.raw, "resource_metadata=\"" + url + "\""), refused.raw.c_str());
    const WireResponse shown = RawClient::exchange(
        port, "GET /.well-known/oauth-protected-resource/told/a HTTP/1.1\r\nHost: 127.0.0.1:" +
                  std::to_string(port) + "\r\n\r\n");
    QCOMPARE(shown.status, 200);
    QCOMPARE(shown.field("Content-Type"), std::string("application/json"));
    const json wanted = {{"resource", base + "/told/a"},
                         {"authorization_servers", {"https://corp.test"}},
                         {"scopes_supported", {"cart", "orders:read", "orders:write"}},
                         {"bearer_methods_supported", {"header"}}};
    QCOMPARE(json::parse(shown.body).dump(), wanted.dump());
    QVERIFY(m_upstream->requests().empty());
}

void ResourceMetadataTest::saysWhatTokensOfAResourceAreBoundTo() {
    model::IdentityProvider corp = *m_config.identityProviders.find("corp");
    corp.senderConstrained = true;
    m_config.identityProviders.put(corp);
    QVERIFY2(publish(), m_gateway->error().c_str());
    const auto shown = [&] {
        return json::parse(
            RawClient::get(m_gateway->port(), "/.well-known/oauth-protected-resource/told/a").body);
    };
    json document = shown();
    QVERIFY(document["dpop_bound_access_tokens_required"].get<bool>());
    QVERIFY(document["dpop_signing_alg_values_supported"].size() > 1);
    QVERIFY(!document.contains("tls_client_certificate_bound_access_tokens"));
    corp.senderConstrained = false;
    corp.certificateBound = true;
    m_config.identityProviders.put(corp);
    QVERIFY2(publish(), m_gateway->error().c_str());
    document = shown();
    QVERIFY(document["tls_client_certificate_bound_access_tokens"].get<bool>());
    QVERIFY(!document.contains("dpop_bound_access_tokens_required"));
    QVERIFY(!document.contains("dpop_signing_alg_values_supported"));
}

void ResourceMetadataTest::saysNothingOfResourcesWithoutTokens() {
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::uint16_t port = m_gateway->port();
    const std::string path = "/.well-known/oauth-protected-resource";
    QCOMPARE(RawClient::get(port, path + "/told/a").status, 200);
    for (const char* without : {"", "/", "/open/a", "/closed/1", "/nowhere", "x"}) {
        QCOMPARE(RawClient::get(port, path + without).status, 404);
    }
    const WireResponse refused = RawClient::get(port, "/closed/1");
    QCOMPARE(refused.status, 401);
    QVERIFY(!contains(refused.raw, "resource_metadata"));

    model::Listener listener = *m_config.listeners.begin();
    listener.metadata = false;
    m_config.listeners.put(listener);
    QVERIFY2(publish(), m_gateway->error().c_str());
    QCOMPARE(RawClient::get(port, path + "/told/a").status, 404);
    QVERIFY(!contains(RawClient::get(port, "/told/a").raw, "resource_metadata"));
}

void ResourceMetadataTest::namesTheHostThatAProxyWasAskedFor() {
    model::Listener listener = *m_config.listeners.begin();
    listener.trustedProxies = {"127.0.0.1"};
    m_config.listeners.put(listener);
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::string fields =
        "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: api.example.com\r\n";
    const WireResponse refused = RawClient::get(m_gateway->port(), "/told/a?b=1", fields);
    QVERIFY2(contains(refused.raw, "resource_metadata=\"https://api.example.com/.well-known/"
                                   "oauth-protected-resource/told/a\""),
             refused.raw.c_str());
    const json document = json::parse(
        RawClient::get(m_gateway->port(), "/.well-known/oauth-protected-resource/told/a", fields).body);
    QCOMPARE(document["resource"].get<std::string>(), std::string("https://api.example.com/told/a"));
}

void ResourceMetadataTest::sendsWhoHasToComeByTlsThereFirst() {
    model::Policy https;
    https.name = "https";
    https.httpsRedirect = model::HttpsRedirect{443};
    m_config.policies.put(https);
    model::Listener listener = *m_config.listeners.begin();
    listener.policies = {"https"};
    listener.keysPath = "/keys";
    m_config.listeners.put(listener);
    QVERIFY2(publish(), m_gateway->error().c_str());
    for (const char* path : {"/.well-known/oauth-protected-resource/told/a", "/keys"}) {
        const WireResponse response = RawClient::get(m_gateway->port(), path);
        QCOMPARE(response.status, 308);
        QVERIFY(response.field("Location").ends_with(path));
    }
}

QTEST_GUILESS_MAIN(ResourceMetadataTest)
#include "resource_metadata_test.moc"
