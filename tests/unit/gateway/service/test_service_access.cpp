#include "service_fixture.h"

#include "gateway/crypto/vault.h"
#include "tests/support/token_signer.h"

#include <QSignalSpy>
#include <QtTest>

using namespace gateway::model;
using namespace gateway::service;
using gateway::Result;
using gateway::auth::ProviderReport;
using gateway::auth::TokenFault;
using gateway::crypto::MasterKey;

namespace {

class SomePlace final : public MasterKeyPlace {
public:
    [[nodiscard]] Result<std::optional<MasterKey>> load() override { return m_key; }
    [[nodiscard]] Result<MasterKey> make() override {
        m_key = gateway::crypto::newMasterKey();
        return *m_key;
    }
    [[nodiscard]] std::string text() const override { return "a test"; }

private:
    std::optional<MasterKey> m_key;
};

} // namespace

/// Tokens, providers and effective access by the service, whose gateway runs or stands.
class ServiceAccessTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_house.reset(); }

    void aTokenIsInspectedWhileTheGatewayStands();
    void keysAreFetchedWhileTheGatewayStands();
    void aTokenThatRequestsMeetIsInspectedAlike();
    void anOpaqueTokenIsAskedAbout();
    void aProviderWithoutItsSecretSaysSo();
    void aRefreshAsksAgain();
    void whatAConsumerMayCallFollowsItsKeys();
    void whoMayCallFollowsRevocations();
    void whatIsNotThereIsRefused();

private:
    /// With the keys in its settings.
    [[nodiscard]] IdentityProvider corp() const;
    [[nodiscard]] std::string token(const std::string& subject = "sub-1") const;
    void open(std::vector<Edit> more);
    [[nodiscard]] TokenReport inspect(const std::string& text) const {
        const auto report =
            ServiceFixture::await<TokenReport>(m_house->service->inspectToken({.token = text}));
        return report ? *report : TokenReport{};
    }

    const support::TokenSigner m_signer{support::TokenSigner::Kind::P256};
    std::unique_ptr<support::ScriptedUpstream> m_provider;
    std::unique_ptr<ServiceFixture> m_house;
};

void ServiceAccessTest::init() {
    m_house = std::make_unique<ServiceFixture>();
    m_provider = std::make_unique<support::ScriptedUpstream>();
    m_provider->setHandler(
        [keys = corp().jwks](support::WireRequest& request, support::UpstreamConnection& connection) {
            connection.send(support::okResponse(
                request.target() == "/keys" ? keys
                                            : R"({"active":true,"iss":"https://corp.example","sub":"sub-1"})",
                "Content-Type: application/json\r\n"));
        });
}

IdentityProvider ServiceAccessTest::corp() const {
    IdentityProvider provider;
    provider.name = "corp";
    provider.issuer = "https://corp.example";
    provider.algorithms = {"ES256"};
    provider.jwks = R"({"keys":[)" + m_signer.jwk("one") + "]}";
    return provider;
}

std::string ServiceAccessTest::token(const std::string& subject) const {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(m_house->clock.wallTime().time_since_epoch());
    return m_signer.token(R"({"alg":"ES256","kid":"one"})",
                          R"({"iss":"https://corp.example","sub":")" + subject + R"(","iat":)" +
                              std::to_string(now.count()) + R"(,"exp":)" +
                              std::to_string(now.count() + 3600) + "}",
                          "ES256");
}

void ServiceAccessTest::open(std::vector<Edit> more) {
    m_house->masterKey = std::make_shared<SomePlace>();
    m_house->makeService();
    QVERIFY(ServiceFixture::await<PublishedConfigPointer>(m_house->service->open()).has_value());
    std::vector<Edit> edits = std::move(more);
    for (Edit& edit : m_house->someEdits()) {
        edits.push_back(std::move(edit));
    }
    Consumer acme = ServiceFixture::someConsumer("acme", "free");
    acme.identities = {{.kind = ConsumerIdentity::Kind::Subject, .value = "sub-1", .provider = "corp"}};
    std::erase_if(edits, [](const Edit& edit) {
        const auto* put = std::get_if<Put>(&edit);
        return put != nullptr && std::holds_alternative<Consumer>(put->entity);
    });
    edits.push_back(Put{acme});
    const auto published = m_house->publish(std::move(edits));
    QVERIFY2(published.has_value(), published ? "" : published.error().error.message.c_str());
}

void ServiceAccessTest::aTokenIsInspectedWhileTheGatewayStands() {
    open({Put{corp()}});
    const TokenReport report = inspect(token());
    QCOMPARE(report.verdict, std::string("Good: consumer acme, tier free."));
    QCOMPARE(inspect(token("other")).fault, TokenFault::NoConsumer);
}

void ServiceAccessTest::keysAreFetchedWhileTheGatewayStands() {
    IdentityProvider provider = corp();
    provider.jwks.clear();
    provider.jwksUrl = "http://" + m_provider->address() + "/keys";
    open({Put{provider}});
    QSignalSpy changed(m_house->service.get(), &GatewayService::providersChanged);
    QCOMPARE(inspect(token()).verdict, std::string("Good: consumer acme, tier free."));
    QTRY_VERIFY_WITH_TIMEOUT(changed.count() > 0, 20'000);
    const auto reports = ServiceFixture::await<std::vector<ProviderReport>>(m_house->service->providers());
    QVERIFY(reports.has_value());
    QCOMPARE(reports->size(), std::size_t{1});
    QCOMPARE(reports->front().name, std::string("corp"));
    QCOMPARE(reports->front().keys.size(), std::size_t{1});
    QVERIFY(reports->front().fetchedAt.has_value());
}

void ServiceAccessTest::aTokenThatRequestsMeetIsInspectedAlike() {
    Policy policy;
    policy.name = "token";
    policy.authenticate = Authenticate{.anyOf = {{{.kind = Credential::Kind::Jwt, .provider = "corp"}}}};
    Route route = ServiceFixture::someRoute("tokens", "/tokens", "orders");
    route.policies = {"token"};
    open({Put{corp()}, Put{policy}, Put{route}});
    QVERIFY(ServiceFixture::await<GatewayStatus>(m_house->service->start()).has_value());
    for (const char* subject : {"sub-1", "other"}) {
        const std::string text = token(subject);
        const int status =
            support::RawClient::get(m_house->port(), "/tokens", "Authorization: Bearer " + text + "\r\n")
                .status;
        QCOMPARE(status == 200, inspect(text).fault == TokenFault::None);
    }
}

void ServiceAccessTest::anOpaqueTokenIsAskedAbout() {
    IdentityProvider provider = corp();
    provider.introspection = IdentityProvider::Introspection{};
    provider.introspection->clientId = "gateway";
    provider.introspection->endpoint = "http://" + m_provider->address() + "/introspect";
    provider.introspection->clientSecret = "${secret:gateway}";
    open({Put{corp()}});
    QVERIFY(
        ServiceFixture::await<bool>(m_house->service->setSecret("gateway", "a-secret", "alice")).has_value());
    provider.id = m_house->service->current()->config.identityProviders.find("corp")->id;
    QVERIFY(m_house->publish({Put{provider}}).has_value());
    QCOMPARE(inspect("an-opaque-token").verdict, std::string("Good: consumer acme, tier free."));
    m_provider.reset();
    QCOMPARE(inspect("another-opaque-token").fault, TokenFault::ProviderDown);
}

void ServiceAccessTest::aProviderWithoutItsSecretSaysSo() {
    open({Put{corp()}});
    IdentityProvider other = corp();
    other.name = "partner";
    other.issuer = "https://partner.example";
    other.jwks.clear();
    other.secret = "${secret:partner-key}";
    other.algorithms = {"HS256"};
    // As a process that does not compile what it stores would publish it.
    QVERIFY(m_house->publishElsewhere({Put{other}}).has_value());
    QVERIFY(ServiceFixture::await<GatewayStatus>(m_house->service->reload()).has_value());
    const auto reports = ServiceFixture::await<std::vector<ProviderReport>>(m_house->service->providers());
    QVERIFY(reports.has_value());
    QCOMPARE(reports->size(), std::size_t{2});
    QVERIFY(reports->front().problem.empty());
    QVERIFY(reports->back().problem.find("partner-key") != std::string::npos);
}

void ServiceAccessTest::aRefreshAsksAgain() {
    IdentityProvider provider = corp();
    provider.jwks.clear();
    provider.jwksUrl = "http://" + m_provider->address() + "/keys";
    open({Put{provider}});
    QVERIFY(ServiceFixture::await<std::vector<ProviderReport>>(m_house->service->providers()).has_value());
    // A refresh while the first fetch is under way would be that one.
    const auto hasKeys = [this] {
        const auto reports =
            ServiceFixture::await<std::vector<ProviderReport>>(m_house->service->providers());
        return reports && !reports->front().keys.empty() && !reports->front().isAsking;
    };
    QTRY_VERIFY_WITH_TIMEOUT(hasKeys(), 20'000);
    QVERIFY(ServiceFixture::await<bool>(m_house->service->refreshProvider("corp")).has_value());
    QVERIFY(m_provider->waitForRequests(2));
}

void ServiceAccessTest::whatAConsumerMayCallFollowsItsKeys() {
    open({Put{corp()}});
    const auto verdict = [this] {
        const auto lines = ServiceFixture::await<std::vector<AccessLine>>(m_house->service->accessOf("acme"));
        return lines && lines->size() == 2 ? lines->front().verdict : AccessLine::Verdict::Conditional;
    };
    QCOMPARE(verdict(), AccessLine::Verdict::Denied); // "closed" comes before "open"
    const auto issued = ServiceFixture::await<IssuedKey>(m_house->service->createKey(
        {m_house->service->current()->config.consumers.find("acme")->id, "ci", {}, std::nullopt, "alice"}));
    QVERIFY(issued.has_value());
    QCOMPARE(verdict(), AccessLine::Verdict::Allowed);
    QCOMPARE(inspect(issued->secret).consumer, std::string("acme"));
    QVERIFY(ServiceFixture::await<ApiKey>(
                m_house->service->setKeyState(issued->key.id, KeyState::Revoked, "alice"))
                .has_value());
    QCOMPARE(verdict(), AccessLine::Verdict::Denied);
    QCOMPARE(inspect(issued->secret).fault, TokenFault::Revoked);
}

void ServiceAccessTest::whoMayCallFollowsRevocations() {
    open({Put{corp()}});
    const ConsumerId acme = m_house->service->current()->config.consumers.find("acme")->id;
    QVERIFY(
        ServiceFixture::await<IssuedKey>(m_house->service->createKey({acme, "ci", {}, std::nullopt, "alice"}))
            .has_value());
    const auto allowed = [this] {
        const auto access = ServiceFixture::await<RouteAccess>(m_house->service->callersOf("closed", 10));
        return access ? access->allowed : std::size_t{99};
    };
    QCOMPARE(allowed(), std::size_t{1});
    const auto access = ServiceFixture::await<RouteAccess>(m_house->service->callersOf("closed", 10));
    QCOMPARE(access->lines.back().credential, std::string("API key ci"));
    Revocation revocation;
    revocation.kind = Revocation::Kind::Consumer;
    revocation.consumer = acme;
    revocation.author = "alice";
    QVERIFY(ServiceFixture::await<Revocation>(m_house->service->revoke(revocation)).has_value());
    QCOMPARE(allowed(), std::size_t{0});
}

void ServiceAccessTest::whatIsNotThereIsRefused() {
    open({Put{corp()}});
    const auto code = [](const auto& answer) { return answer ? std::string() : answer.error().error.code; };
    QCOMPARE(code(ServiceFixture::await<std::vector<AccessLine>>(m_house->service->accessOf("nobody"))),
             std::string("no-such-consumer"));
    QCOMPARE(code(ServiceFixture::await<RouteAccess>(m_house->service->callersOf("nowhere", 1))),
             std::string("no-such-route"));
    QCOMPARE(code(ServiceFixture::await<bool>(m_house->service->refreshProvider("nobody"))),
             std::string("no-such-provider"));
}

QTEST_GUILESS_MAIN(ServiceAccessTest)
#include "test_service_access.moc"
