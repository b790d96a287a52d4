#include "tests/integration/test_gateway.h"
#include "tests/integration/token_issuer.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QtTest>
#include <algorithm>
#include <set>

using namespace gateway;
using namespace std::chrono_literals;
using metrics::CallRecord;
using support::contains;
using support::RawClient;
using support::ScriptedUpstream;
using support::WireResponse;

/// Agents: their own limits, the routes that they may call, and a record of each call.
class AgentsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void mayCallTheirRoutesAndNoOthers();
    void haveARateOfTheirOwn();
    void leaveARecordOfEachCall();
    void leaveARecordOfWhatWasRefused();
    void leaveNoCredentialInTheirRecords_data();
    void leaveNoCredentialInTheirRecords();
    void areTheOnlyOnesThatAreRecorded();
    void areRecordedWhicheverWorkerServedThem();

private:
    bool publish() {
        m_config.consumers.put(m_bot);
        return m_gateway->publish(m_config);
    }
    /// Waits for that many and takes them.
    [[nodiscard]] std::vector<CallRecord> takeCalls(std::size_t count) {
        std::vector<CallRecord> calls;
        static_cast<void>(QTest::qWaitFor(
            [&] {
                for (CallRecord& call : m_gateway->engine().takeCalls()) {
                    calls.push_back(std::move(call));
                }
                return calls.size() >= count;
            },
            static_cast<int>(support::patience.count())));
        return calls;
    }
    [[nodiscard]] static std::string textOf(const CallRecord& call) {
        return call.requestId + call.client + call.method + call.host + call.path + call.route +
               call.service + call.target + call.credential + call.code;
    }

    std::optional<ScriptedUpstream> m_upstream;
    std::optional<TestGateway> m_gateway;
    model::Config m_config;
    model::Consumer m_bot;
};

void AgentsTest::init() {
    m_upstream.emplace();
    m_gateway.emplace(2U);
    m_config = TestGateway::basicConfig({m_upstream->port()});
    model::Route other = *m_config.routes.find("closed");
    other.name = "other";
    other.match.path = "/other/*";
    other.match.methods = {};
    other.rewrite.clear();
    m_config.routes.put(other);
    m_bot = {};
    m_bot.name = "bot";
    m_bot.kind = model::ConsumerKind::Agent;
    m_bot.tier = "pro";
    m_bot.owner = "ops@example.com";
}

void AgentsTest::cleanup() {
    m_gateway.reset();
    m_upstream.reset();
}

void AgentsTest::mayCallTheirRoutesAndNoOthers() {
    m_bot.routes = {"closed"};
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::string bot = keyField(m_gateway->issueKey("bot"));
    QCOMPARE(RawClient::get(m_gateway->port(), "/closed/1", bot).status, 200);
    const WireResponse refused = RawClient::get(m_gateway->port(), "/other/1", bot);
    QCOMPARE(refused.status, 403);
    QCOMPARE(RawClient::get(m_gateway->port(), "/other/1", keyField(m_gateway->issueKey("acme"))).status,
             200);
    QCOMPARE(m_upstream->requests().size(), std::size_t{2});
    // Another list, at once.
    m_bot.routes = {"closed", "other"};
    QVERIFY2(publish(), m_gateway->error().c_str());
    QCOMPARE(RawClient::get(m_gateway->port(), "/other/1", bot).status, 200);
    m_bot.routes.clear();
    QVERIFY2(publish(), m_gateway->error().c_str());
    QCOMPARE(RawClient::get(m_gateway->port(), "/other/1", bot).status, 200);
}

void AgentsTest::haveARateOfTheirOwn() {
    m_bot.rate = model::OwnRate{1, 3600s, 3};
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::string bot = keyField(m_gateway->issueKey("bot"));
    for (int i = 2; i >= 0; --i) {
        const WireResponse response = RawClient::get(m_gateway->port(), "/closed/1", bot);
        QCOMPARE(response.status, 200);
        QCOMPARE(response.field("X-RateLimit-Limit"), std::string("3"));
        QCOMPARE(response.field("X-RateLimit-Remaining"), std::to_string(i));
    }
    QCOMPARE(RawClient::get(m_gateway->port(), "/closed/1", bot).status, 429);
    QCOMPARE(RawClient::get(m_gateway->port(), "/closed/1", keyField(m_gateway->issueKey("acme"))).status,
             200);
}

void AgentsTest::leaveARecordOfEachCall() {
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::string bot = keyField(m_gateway->issueKey("bot"));
    const auto before = std::chrono::system_clock::now();
    const WireResponse response = RawClient::exchange(
        m_gateway->port(), "POST /closed/17?secret=1 HTTP/1.1\r\nHost: api.test:80\r\nContent-Length: 5\r\n" +
                               bot + "\r\nhello");
    QCOMPARE(response.status, 200);
    const auto calls = takeCalls(1);
    QCOMPARE(calls.size(), std::size_t{1});
    const CallRecord& call = calls.front();
    QCOMPARE(call.consumer, m_gateway->config().consumers.find("bot")->id.value);
    QVERIFY(call.timeMicros >=
            std::chrono::duration_cast<std::chrono::microseconds>(before.time_since_epoch()).count());
    QVERIFY(call.durationMicros > 0);
    QCOMPARE(call.status, 200);
    QCOMPARE(call.requestId, response.field("X-Request-ID"));
    QCOMPARE(call.client, std::string("127.0.0.1"));
    QCOMPARE(call.method, std::string("POST"));
    QCOMPARE(call.host, std::string("api.test"));
    QCOMPARE(call.path, std::string("/closed/17"));
    QCOMPARE(call.route, std::string("closed"));
    QCOMPARE(call.service, std::string("backend"));
    QCOMPARE(call.target, m_upstream->address());
    QVERIFY(call.credential.starts_with("key "));
    QCOMPARE(call.code, std::string());
    QCOMPARE(call.bytesIn, std::uint64_t{5});
    QCOMPARE(call.bytesOut, std::uint64_t{response.body.size()});
    QVERIFY(m_gateway->engine().takeCalls().empty());
}

void AgentsTest::leaveARecordOfWhatWasRefused() {
    m_bot.routes = {"closed"};
    m_bot.rate = model::OwnRate{1, 3600s, 1};
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::string bot = keyField(m_gateway->issueKey("bot"));
    QCOMPARE(RawClient::get(m_gateway->port(), "/other/1", bot).status, 403);
    QCOMPARE(RawClient::get(m_gateway->port(), "/closed/1", bot).status, 200);
    QCOMPARE(RawClient::get(m_gateway->port(), "/closed/2", bot).status, 429);
    auto calls = takeCalls(3);
    QCOMPARE(calls.size(), std::size_t{3});
    std::sort(calls.begin(), calls.end(), [](const auto& a, const auto& b) { return a.status < b.status; });
    QCOMPARE(calls[1].status, 403);
    QVERIFY(!calls[1].code.empty());
    QCOMPARE(calls[1].route, std::string("other"));
    QVERIFY(calls[1].service.empty());
    QCOMPARE(calls[2].status, 429);
    QCOMPARE(calls[2].code, std::string("rate-limited"));
}

void AgentsTest::leaveNoCredentialInTheirRecords_data() {
    QTest::addColumn<QByteArray>("way");
    for (const char* way : {"key", "bearer key", "query", "token"}) {
        QTest::newRow(way) << QByteArray(way);
    }
}

void AgentsTest::leaveNoCredentialInTheirRecords() {
    QFETCH(QByteArray, way);
    const TokenIssuer corp("corp");
    m_config.identityProviders.put(corp.settings());
    model::Policy policy = *m_config.policies.find("key");
    policy.authenticate->anyOf.push_back({model::Credential{model::Credential::Kind::Jwt, "corp"}});
    m_config.policies.put(policy);
    m_bot.identities = {
        {.kind = model::ConsumerIdentity::Kind::Subject, .value = "bot-1", .provider = "corp"}};
    QVERIFY2(publish(), m_gateway->error().c_str());
    std::string secret = m_gateway->issueKey("bot");
    std::string target = "/closed/1";
    std::string fields;
    std::string credential = "key ";
    if (way == "key") {
        fields = keyField(secret);
    } else if (way == "bearer key") {
        fields = "Authorization: Bearer " + secret + "\r\n";
    } else if (way == "query") {
        target += "?api_key=" + secret;
    } else {
        secret = corp.token(std::chrono::system_clock::now(), {{"sub", "bot-1"}});
        fields = "Authorization: Bearer " + secret + "\r\n";
        credential = "jwt corp";
    }
    QCOMPARE(RawClient::get(m_gateway->port(), target, fields).status, 200);
    const auto calls = takeCalls(1);
    QCOMPARE(calls.size(), std::size_t{1});
    QVERIFY(calls.front().credential.starts_with(credential));
    QVERIFY(!contains(textOf(calls.front()), secret));
    QCOMPARE(calls.front().path, std::string("/closed/1"));
}

void AgentsTest::areTheOnlyOnesThatAreRecorded() {
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::string acme = keyField(m_gateway->issueKey("acme"));
    const std::string bot = keyField(m_gateway->issueKey("bot"));
    QCOMPARE(RawClient::get(m_gateway->port(), "/closed/1", acme).status, 200);
    QCOMPARE(RawClient::get(m_gateway->port(), "/open/1", bot).status, 200); // nobody asks who calls
    QCOMPARE(RawClient::get(m_gateway->port(), "/closed/2", keyField("wrong-key")).status, 401);
    QCOMPARE(RawClient::get(m_gateway->port(), "/closed/3", bot).status, 200);
    const auto calls = takeCalls(1);
    QCOMPARE(calls.size(), std::size_t{1});
    QCOMPARE(calls.front().path, std::string("/closed/3"));
    QCOMPARE(m_gateway->engine().sample().access.callsDropped, std::uint64_t{0});
}

void AgentsTest::areRecordedWhicheverWorkerServedThem() {
    QVERIFY2(publish(), m_gateway->error().c_str());
    const std::string bot = keyField(m_gateway->issueKey("bot"));
    constexpr std::size_t count = 40;
    for (std::size_t i = 0; i < count; ++i) {
        QCOMPARE(RawClient::get(m_gateway->port(), "/closed/" + std::to_string(i), bot).status, 200);
    }
    const auto calls = takeCalls(count);
    QCOMPARE(calls.size(), count);
    std::set<std::string> paths;
    for (const CallRecord& call : calls) {
        paths.insert(call.path);
    }
    QCOMPARE(paths.size(), count);
}

QTEST_GUILESS_MAIN(AgentsTest)
#include "agents_test.moc"
