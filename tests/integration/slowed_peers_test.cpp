#include "gateway/auth/peer_guard.h"
#include "tests/integration/pass_time.h"
#include "tests/integration/test_gateway.h"
#include "tests/integration/token_issuer.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QtTest>
#include <memory>
#include <vector>

using namespace gateway;
using namespace std::chrono_literals;
using auth::PeerGuard;
using support::contains;
using support::RawClient;
using support::ScriptedUpstream;
using support::WireResponse;

namespace {

const std::string mallory = "127.0.0.2";
const std::string alice = "127.0.0.1";

std::string get(std::string_view target, std::string_view fields) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

} // namespace

/// Failures of one address slow that address down, and nobody else.
class SlowedPeersTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void delaysFailingAnswersOfThePeerAlone();
    void neverDelaysGoodRequestsOfThePeer();
    void answersAtOnceAgainAfterAWhile();
    void refusesWhatWouldWaitBeyondItsShare();
    void givesThePlaceOfAClientThatLeavesBack();
    void spendsNoSignatureChecksOnWhoIsSlowedDown();
    void doesNotCountRequestsThatShowNothing();
    void goesByTheClientThatATrustedProxyNames();

private:
    [[nodiscard]] WireResponse ask(const std::string& from, std::string_view target,
                                   std::string_view fields) {
        RawClient client(m_gateway->port(), from);
        return client.send(get(target, fields)) ? client.readResponse() : WireResponse();
    }
    /// All failures that cost nothing.
    void useUpWhatIsFree(const std::string& from) {
        for (unsigned i = 0; i < PeerGuard::freeFailures; ++i) {
            QCOMPARE(ask(from, "/closed/1", keyField("wrong-key")).status, 401);
        }
    }
    [[nodiscard]] metrics::AccessCounts counts() {
        const metrics::AccessCounts now = m_gateway->engine().sample().access;
        m_sum.unauthenticated += now.unauthenticated;
        m_sum.slowed += now.slowed;
        m_sum.slowedOff += now.slowedOff;
        return m_sum;
    }
    [[nodiscard]] bool eventually(const std::function<bool()>& holds) {
        return QTest::qWaitFor(holds, static_cast<int>(support::patience.count()));
    }

    ManualClock m_clock;
    TokenIssuer m_corp{"corp"};
    std::optional<ScriptedUpstream> m_upstream;
    std::optional<TestGateway> m_gateway;
    model::Config m_config;
    metrics::AccessCounts m_sum;
};

void SlowedPeersTest::init() {
    m_sum = {};
    m_upstream.emplace();
    m_gateway.emplace(m_clock, 1U);
    m_config = TestGateway::basicConfig({m_upstream->port()});
    model::Service service = *m_config.services.find("backend");
    service.timeouts.connect = 10min;
    service.timeouts.response = 10min;
    m_config.services.put(service);
    model::IdentityProvider corp = m_corp.settings();
    corp.tier = "pro";
    m_config.identityProviders.put(corp);
    model::Policy tokens;
    tokens.name = "tokens";
    tokens.authenticate.emplace();
    tokens.authenticate->anyOf = {{model::Credential{model::Credential::Kind::Jwt, "corp"}}};
    m_config.policies.put(tokens);
    model::Route signedIn = *m_config.routes.find("open");
    signedIn.name = "signed-in";
    signedIn.match.path = "/signed-in/*";
    signedIn.policies = {"tokens"};
    m_config.routes.put(signedIn);
    model::Listener listener = *m_config.listeners.begin();
    // A clock that is moved by hand jumps over limits that are near.
    listener.timeouts.header = 10min;
    listener.timeouts.idle = 20min;
    m_config.listeners.put(listener);
    QVERIFY2(m_gateway->publish(m_config), m_gateway->error().c_str());
}

void SlowedPeersTest::cleanup() {
    m_gateway.reset();
    m_upstream.reset();
}

void SlowedPeersTest::delaysFailingAnswersOfThePeerAlone() {
    useUpWhatIsFree(mallory);
    RawClient slowed(m_gateway->port(), mallory);
    QVERIFY(slowed.send(get("/closed/1", keyField("wrong-key"))));
    QVERIFY(eventually([&] { return counts().slowed == 1; }));
    // It waits for time that does not pass, and meanwhile others are answered, also when they fail.
    QCOMPARE(ask(alice, "/closed/1", keyField("wrong-key")).status, 401);
    QCOMPARE(ask(alice, "/closed/1", keyField(m_gateway->issueKey("acme"))).status, 200);
    QCOMPARE(counts().unauthenticated, std::uint64_t{PeerGuard::freeFailures + 1});
    m_clock.advance(150ms);
    const WireResponse late = slowed.readResponse();
    QCOMPARE(late.status, 401);
    QVERIFY(contains(late.body, "\"code\":\"key-invalid\""));
    QCOMPARE(counts().unauthenticated, std::uint64_t{PeerGuard::freeFailures + 2});
    QCOMPARE(counts().slowedOff, std::uint64_t{0});
}

void SlowedPeersTest::neverDelaysGoodRequestsOfThePeer() {
    const std::string key = m_gateway->issueKey("acme");
    useUpWhatIsFree(mallory);
    RawClient slowed(m_gateway->port(), mallory);
    QVERIFY(slowed.send(get("/closed/1", keyField("wrong-key"))));
    QVERIFY(eventually([&] { return counts().slowed == 1; }));
    for (int i = 0; i < 50; ++i) {
        QCOMPARE(ask(mallory, "/closed/1", keyField(key)).status, 200);
        QCOMPARE(ask(mallory, "/open/a", {}).status, 200);
    }
    QCOMPARE(counts().slowed, std::uint64_t{1});
}

void SlowedPeersTest::answersAtOnceAgainAfterAWhile() {
    useUpWhatIsFree(mallory);
    m_clock.advance(60s);
    useUpWhatIsFree(mallory);
    QCOMPARE(counts().slowed, std::uint64_t{0});
}

void SlowedPeersTest::refusesWhatWouldWaitBeyondItsShare() {
    useUpWhatIsFree(mallory);
    std::vector<std::unique_ptr<RawClient>> waiting;
    for (unsigned i = 0; i < PeerGuard::waitingMax; ++i) {
        waiting.push_back(std::make_unique<RawClient>(m_gateway->port(), mallory));
        QVERIFY(waiting.back()->send(get("/closed/1", keyField("wrong-key"))));
    }
    QVERIFY(eventually([&] { return counts().slowed == PeerGuard::waitingMax; }));
    const WireResponse refused = ask(mallory, "/closed/1", keyField("wrong-key"));
    QCOMPARE(refused.status, 429);
    QVERIFY(contains(refused.body, "\"code\":\"too-many-failures\""));
    QCOMPARE(refused.field("Retry-After"), std::string("60"));
    QVERIFY(!refused.has("WWW-Authenticate"));
    QCOMPARE(counts().slowedOff, std::uint64_t{1});
    m_clock.advance(2'100ms);
    for (const auto& client : waiting) {
        QCOMPARE(client->readResponse().status, 401);
    }
    RawClient next(m_gateway->port(), mallory);
    QVERIFY(next.send(get("/closed/1", keyField("wrong-key"))));
    QVERIFY(eventually([&] { return counts().slowed == PeerGuard::waitingMax + 1; }));
}

void SlowedPeersTest::givesThePlaceOfAClientThatLeavesBack() {
    useUpWhatIsFree(mallory);
    for (unsigned i = 1; i <= 2 * PeerGuard::waitingMax; ++i) {
        RawClient client(m_gateway->port(), mallory);
        QVERIFY(client.send(get("/closed/1", keyField("wrong-key"))));
        QVERIFY(eventually([&] { return counts().slowed == i; }));
        client.reset();
        QVERIFY(eventually([&] { return m_gateway->engine().sample().requestsActive == 0; }));
    }
    QCOMPARE(counts().slowedOff, std::uint64_t{0});
}

void SlowedPeersTest::spendsNoSignatureChecksOnWhoIsSlowedDown() {
    const auto token = [&](const TokenIssuer& issuer, int number) {
        return "Authorization: Bearer " +
               issuer.token(m_clock.wallTime(), {{"sub", "user " + std::to_string(number)}}) + "\r\n";
    };
    const TokenIssuer forger("corp");
    const std::string known = token(m_corp, 0);
    QCOMPARE(ask(mallory, "/signed-in/a", known).status, 200);
    for (unsigned i = 0; i < PeerGuard::freeFailures; ++i) {
        QCOMPARE(ask(mallory, "/signed-in/a", token(forger, 0)).status, 401);
    }
    std::vector<std::unique_ptr<RawClient>> waiting;
    for (unsigned i = 0; i < PeerGuard::waitingMax; ++i) {
        waiting.push_back(std::make_unique<RawClient>(m_gateway->port(), mallory));
        QVERIFY(waiting.back()->send(get("/signed-in/a", token(forger, 1))));
    }
    QVERIFY(eventually([&] { return counts().slowed == PeerGuard::waitingMax; }));
    // The check of the first one, by which the address became slowed down, did not count yet, and good tokens
    // never do.
    for (unsigned i = PeerGuard::waitingMax - 1; i < PeerGuard::checksASecond; ++i) {
        QCOMPARE(ask(mallory, "/signed-in/a", token(m_corp, 4)).status, 200);
        QCOMPARE(ask(mallory, "/signed-in/a", token(forger, 1)).field("Retry-After"), std::string("60"));
    }
    // From here on nothing is looked at that was not looked at before, be it good or bad.
    for (const TokenIssuer* issuer : {&forger, static_cast<const TokenIssuer*>(&m_corp)}) {
        const WireResponse refused = ask(mallory, "/signed-in/a", token(*issuer, 2));
        QCOMPARE(refused.status, 429);
        QVERIFY(contains(refused.body, "\"code\":\"too-many-failures\""));
        QCOMPARE(refused.field("Retry-After"), std::string("1"));
    }
    QCOMPARE(ask(mallory, "/signed-in/a", known).status, 200);
    QCOMPARE(ask(alice, "/signed-in/a", token(m_corp, 3)).status, 200);
    m_clock.advance(1s);
    QCOMPARE(ask(mallory, "/signed-in/a", token(m_corp, 2)).status, 200);
}

void SlowedPeersTest::doesNotCountRequestsThatShowNothing() {
    for (unsigned i = 0; i < 3 * PeerGuard::freeFailures; ++i) {
        QCOMPARE(ask(mallory, "/closed/1", {}).status, 401);
        QCOMPARE(ask(mallory, "/signed-in/a", {}).status, 401);
    }
    QCOMPARE(counts().slowed, std::uint64_t{0});
    QCOMPARE(counts().unauthenticated, std::uint64_t{6 * PeerGuard::freeFailures});
}

void SlowedPeersTest::goesByTheClientThatATrustedProxyNames() {
    model::Listener listener = *m_config.listeners.begin();
    listener.trustedProxies = {"127.0.0.1"};
    m_config.listeners.put(listener);
    QVERIFY2(m_gateway->publish(m_config), m_gateway->error().c_str());
    const auto failFrom = [&](const char* client) {
        return get("/closed/1", keyField("wrong-key") + "X-Forwarded-For: " + client + "\r\n");
    };
    for (unsigned i = 0; i < PeerGuard::freeFailures; ++i) {
        QCOMPARE(RawClient::exchange(m_gateway->port(), failFrom("203.0.113.7")).status, 401);
    }
    RawClient slowed(m_gateway->port());
    QVERIFY(slowed.send(failFrom("203.0.113.7")));
    QVERIFY(eventually([&] { return counts().slowed == 1; }));
    QCOMPARE(RawClient::exchange(m_gateway->port(), failFrom("203.0.113.8")).status, 401);
}

QTEST_GUILESS_MAIN(SlowedPeersTest)
#include "slowed_peers_test.moc"
