#include <QtTest/QtTest>

#include "gateway/auth/provider_metadata.h"
#include "gateway/auth/provider_url.h"

#include <string>
#include <vector>

using gateway::auth::metadataUrls;
using gateway::auth::readMetadata;
using gateway::auth::readProviderUrl;

using Texts = std::vector<std::string>;

class ProviderUrlTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesHttpsAndLoopbackOnly_data();
    void takesHttpsAndLoopbackOnly();
    void showsAnAddressWithoutItsQuery();
    void asksForMetadataWhereItMayBe();
    void refusesIssuersThatAreNone();
    void readsWhatItNeedsOfMetadata();
    void metadataMayNotLeaveHttps();
    void refusesWhatIsNoMetadata();
};

void ProviderUrlTest::takesHttpsAndLoopbackOnly_data() {
    QTest::addColumn<bool>("taken");
    const auto row = [](const char* url, bool taken) { QTest::newRow(url) << taken; };
    row("https://login.example", true);
    row("https://login.example:8443/realms/shop", true);
    row("HTTPS://login.example/", true);
    row("http://localhost:8080/keys", true);
    row("http://127.0.0.1/keys", true);
    row("http://127.8.9.10:1/keys", true);
    row("http://[::1]:8080/keys", true);
    row("http://login.example/keys", false);
    row("http://10.0.0.1/keys", false);
    row("http://[::2]/keys", false);
    row("http://[fe80::1]/keys", false);
    row("http://0.0.0.0/keys", false);
    row("http://localhost.example/keys", false);
    row("http://127.0.0.1.example/keys", false);
    row("http://example@127.0.0.1/keys", false);
    row("https://user@login.example/", false);
    row("https://:pass@login.example/", false);
    row("ftp://localhost/keys", false);
    row("file:///etc/passwd", false);
    row("login.example", false);
    row("//login.example", false);
    row("https://", false);
    row("https://login.example:port/", false);
    row("https://login .example/", false);
    row("", false);
}

void ProviderUrlTest::takesHttpsAndLoopbackOnly() {
    QFETCH(bool, taken);
    const auto url = readProviderUrl(QTest::currentDataTag());
    QCOMPARE(url.has_value(), taken);
    if (!url) {
        QCOMPARE(url.error().code, std::string("provider-url"));
    }
}

void ProviderUrlTest::showsAnAddressWithoutItsQuery() {
    QCOMPARE(readProviderUrl("https://login.example:8443/keys?secret=1#part")->shown(),
             std::string("https://login.example:8443/keys"));
    QCOMPARE(readProviderUrl("https://login.example")->shown(), std::string("https://login.example/"));
}

void ProviderUrlTest::asksForMetadataWhereItMayBe() {
    const Texts plain{"https://a.example/.well-known/openid-configuration",
                      "https://a.example/.well-known/oauth-authorization-server"};
    QCOMPARE(*metadataUrls("https://a.example"), plain);
    QCOMPARE(*metadataUrls("https://a.example/"), plain);
    const Texts realm{"https://a.example/realms/shop/.well-known/openid-configuration",
                      "https://a.example/.well-known/oauth-authorization-server/realms/shop",
                      "https://a.example/.well-known/openid-configuration/realms/shop"};
    QCOMPARE(*metadataUrls("https://a.example/realms/shop"), realm);
    QCOMPARE(*metadataUrls("https://a.example/realms/shop/"), realm);
}

void ProviderUrlTest::refusesIssuersThatAreNone() {
    for (const char* issuer :
         {"corp", "http://a.example", "https://a.example/?tenant=1", "https://a.example/#a"}) {
        QVERIFY2(!metadataUrls(issuer), issuer);
    }
}

void ProviderUrlTest::readsWhatItNeedsOfMetadata() {
    const auto metadata = readMetadata(
        R"({"issuer":"https://a.example","jwks_uri":"https://keys.example/a","introspection_endpoint":"https://a.example/i","x":[1]})",
        "https://a.example", true);
    QVERIFY(metadata.has_value());
    QCOMPARE(metadata->keys, std::string("https://keys.example/a"));
    QCOMPARE(metadata->introspection, std::string("https://a.example/i"));
    const auto without = readMetadata(R"({"issuer":"https://a.example"})", "https://a.example", true);
    QVERIFY(without.has_value());
    QVERIFY(without->keys.empty());
    QVERIFY(without->introspection.empty());
}

void ProviderUrlTest::metadataMayNotLeaveHttps() {
    const char* metadata = R"({"issuer":"https://a.example","introspection_endpoint":"http://127.0.0.1/i"})";
    QVERIFY(!readMetadata(metadata, "https://a.example", true));
    QVERIFY(readMetadata(metadata, "https://a.example", false).has_value());
}

void ProviderUrlTest::refusesWhatIsNoMetadata() {
    for (const char* text :
         {"", "null", "[]", "{", R"({"issuer":5})", R"({"jwks_uri":"https://a.example"})"}) {
        const auto metadata = readMetadata(text, "https://a.example", true);
        QVERIFY2(!metadata, text);
        QCOMPARE(metadata.error().code, std::string("provider-metadata"));
    }
    const auto other = readMetadata("{\"issuer\":\"https://b\\nexample\"}", "https://a.example", true);
    QVERIFY(!other);
    QCOMPARE(other.error().code, std::string("provider-issuer"));
    // What a peer says must not break a line of the log.
    QVERIFY(other.error().message.find('\n') == std::string::npos);
}

QTEST_GUILESS_MAIN(ProviderUrlTest)
#include "test_provider_url.moc"
