#include "tests/conformance/conformance_gateway.h"
#include "tests/conformance/wire_rows.h"

#include "gateway/http/parser.h"

#include <QtTest>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <sstream>

using support::contains;
using support::RawClient;
using support::UpstreamConnection;
using support::WireRequest;
using support::WireResponse;

namespace {

/// Something that one thread waits for and another one says.
class Signal {
public:
    void give() {
        const std::lock_guard lock(m_mutex);
        m_given = true;
        m_came.notify_all();
    }
    bool wait() {
        std::unique_lock lock(m_mutex);
        return m_came.wait_for(lock, support::patience, [this] { return m_given; });
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_came;
    bool m_given = false;
};

/// The signals of one case, shared with its upstream's thread, which may outlive the case.
struct Stage {
    Signal clientHasAnswer;
    Signal surplusWasSeen;
};

void behave(const WireCase& wire, Stage& stage, UpstreamConnection& connection) {
    connection.send(wire.raw);
    const std::string then = wire.attribute("then");
    if (then == "close") {
        connection.close();
    } else if (then == "reset") {
        // What was sent before it must have a chance to arrive.
        if (!wire.raw.empty() && contains(wire.raw, "\r\n\r\n")) {
            stage.clientHasAnswer.wait();
        }
        connection.reset();
    } else if (then == "hang") {
        connection.stayTillPeerCloses();
    }
    if (wire.has("late") && stage.clientHasAnswer.wait()) {
        connection.send(wire.attribute("late"));
        connection.stayTillPeerCloses();
        stage.surplusWasSeen.give();
    }
}

std::string requestFor(const WireCase& wire) {
    const std::string field = wire.attribute("field");
    return wire.attribute("method", "GET") + (wire.attribute("then") == "hang" ? " /hang/x" : " /x") +
           " HTTP/" + wire.attribute("client", "1.1") + "\r\nHost: gw\r\n" +
           (field.empty() ? field : field + "\r\n") + "\r\n";
}

/// A case of responses.txt has only a head: the body that it announces, and the end that it needs.
WireCase completed(WireCase wire) {
    using gateway::http::Framing;
    // An upstream may say more than the limits that the parser's own cases are about.
    const gateway::http::HeadLimits limits{64 * 1024, 8 * 1024, 200};
    const auto method =
        wire.attribute("method") == "HEAD" ? gateway::http::Method::Head : gateway::http::Method::Get;
    gateway::http::ResponseHead head;
    if (gateway::http::parseResponseHead(wire.raw, method, limits, head)) {
        // Whatever is wrong with it, the client is told the same.
        wire.verdict = "502 upstream-bad-response";
        return wire;
    }
    wire.verdict = std::to_string(head.status) + " whole";
    constexpr std::uint64_t bodyBytesMax = 100'000;
    if (head.framing == Framing::Length && head.contentLength <= bodyBytesMax) {
        wire.raw += std::string(head.contentLength, 'x');
    } else if (head.framing == Framing::Length) {
        wire.verdict = std::to_string(head.status) + " cut";
        wire.attributes.emplace("then", "close");
    } else if (head.framing == Framing::Chunked) {
        wire.raw += "0\r\n\r\n";
    } else if (head.framing == Framing::UntilClose) {
        wire.attributes.emplace("then", "close");
    }
    return wire;
}

} // namespace

/// Bytes that upstreams send, right and wrong, through the running gateway: what the client sees, that it
/// never takes half an answer for a whole one, and that nothing is left for the next request.
class ConformanceUpstreamsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void hasHundredsOfCases();
    void givesEachHeadItsVerdict_data() { addWireRows("responses.txt"); }
    void givesEachHeadItsVerdict();
    void givesEachBehaviourItsVerdict_data() { addWireRows("upstreams.txt"); }
    void givesEachBehaviourItsVerdict();

private:
    [[nodiscard]] std::shared_ptr<Stage> prepare(const WireCase& wire);
    void play(const WireCase& wire);
    void readAnswer(const WireCase& wire, RawClient& client, Stage& stage);
    void checkWhole(const WireCase& wire, const WireResponse& response);
    void checkNextRequest(const WireCase& wire, std::size_t first);

    std::unique_ptr<ConformanceGateway> m_gateway;
};

void ConformanceUpstreamsTest::initTestCase() {
    m_gateway = std::make_unique<ConformanceGateway>();
    QVERIFY2(m_gateway->isRunning(), m_gateway->error().c_str());
}

void ConformanceUpstreamsTest::hasHundredsOfCases() {
    const std::vector<WireCase> cases = readWireCases("upstreams.txt");
    QVERIFY(cases.size() >= 150);
    QVERIFY(std::all_of(cases.begin(), cases.end(), [](const WireCase& c) { return !c.rfc.empty(); }));
}

std::shared_ptr<Stage> ConformanceUpstreamsTest::prepare(const WireCase& wire) {
    auto stage = std::make_shared<Stage>();
    m_gateway->upstream().setHandler([wire, stage](WireRequest& request, UpstreamConnection& connection) {
        if (ConformanceGateway::isProbe(request)) {
            connection.send(support::okResponse(request.target()));
        } else {
            behave(wire, *stage, connection);
        }
    });
    return stage;
}

void ConformanceUpstreamsTest::checkWhole(const WireCase& wire, const WireResponse& response) {
    QVERIFY(response.complete);
    QVERIFY(!wire.has("body") || response.body == wire.attribute("body"));
    for (const std::string& text : wire.all("has")) {
        QVERIFY2(contains(response.raw, text), response.raw.c_str());
    }
    for (const std::string& text : wire.all("lacks")) {
        QVERIFY2(!contains(response.raw, text), response.raw.c_str());
    }
    QVERIFY(!contains(response.raw, "evil"));
}

void ConformanceUpstreamsTest::readAnswer(const WireCase& wire, RawClient& client, Stage& stage) {
    std::istringstream interims(wire.attribute("interim"));
    for (int status = 0; interims >> status;) {
        QCOMPARE(client.readResponse().status, status);
    }
    const int status = std::stoi(wire.verdict.substr(0, 3));
    const std::string outcome = wire.verdict.substr(4);
    if (outcome == "cut" && wire.attribute("then") == "reset") {
        // The head is on its way to the client before the upstream breaks off.
        const std::string head = client.readUntil("\r\n\r\n");
        QVERIFY2(head.starts_with("HTTP/1.1 " + wire.verdict.substr(0, 3)), head.c_str());
        stage.clientHasAnswer.give();
        QVERIFY(!client.waitForClose());
        return;
    }
    const WireResponse response = client.readResponse(wire.attribute("method") == "HEAD");
    stage.clientHasAnswer.give();
    if (outcome == "cut") {
        QVERIFY(response.status == status || response.status == 0);
        QVERIFY(!response.complete);
        return;
    }
    QCOMPARE(response.status, status);
    if (outcome == "whole") {
        checkWhole(wire, response);
    } else {
        QVERIFY(response.complete);
        QVERIFY(contains(response.raw, "Content-Type: application/problem+json\r\n"));
        QVERIFY(contains(response.raw, "Proxy-Status: gatehouse; error="));
        QVERIFY2(wire.attribute("method") == "HEAD" ||
                     contains(response.body, "\"code\":\"" + outcome + "\""),
                 response.body.c_str());
    }
    if (wire.attribute("client") == "1.0") {
        QVERIFY(client.waitForClose());
    } else if (!wire.has("late")) {
        QVERIFY(m_gateway->probe(client));
    }
}

/// The connection of the case, or another one, serves the next request, and with its own answer.
void ConformanceUpstreamsTest::checkNextRequest(const WireCase& wire, std::size_t first) {
    QVERIFY(m_gateway->probe());
    const std::vector<WireRequest> all = m_gateway->upstream().requests();
    const auto served = std::find_if(all.begin() + static_cast<std::ptrdiff_t>(first), all.end(),
                                     [](const WireRequest& r) { return !ConformanceGateway::isProbe(r); });
    QVERIFY(served != all.end());
    // A pooled connection that closes without a byte was closed before the request: that is asked again.
    QVERIFY(m_gateway->requestsSince(first).size() <= (wire.raw.empty() ? 2U : 1U));
    if (wire.has("reused")) {
        QCOMPARE(all.back().connection == served->connection, wire.attribute("reused") == "yes");
    }
}

void ConformanceUpstreamsTest::givesEachHeadItsVerdict() {
    QFETCH(WireCase, wire);
    wire = completed(wire);
    if (wire.verdict.front() == '1') {
        // Alone it is no answer: what follows it is in upstreams.txt.
        wire.attributes.emplace("then", "close");
        wire.attributes.emplace("interim", wire.verdict.starts_with("100") ? "" : wire.verdict.substr(0, 3));
        wire.verdict = "502 upstream-reset";
    }
    play(wire);
}

void ConformanceUpstreamsTest::givesEachBehaviourItsVerdict() {
    QFETCH(WireCase, wire);
    play(wire);
}

void ConformanceUpstreamsTest::play(const WireCase& wire) {
    const auto stage = prepare(wire);
    const std::size_t first = m_gateway->upstream().requests().size();
    RawClient client(m_gateway->port());
    QVERIFY(client.send(requestFor(wire)));
    readAnswer(wire, client, *stage);
    if (QTest::currentTestFailed()) {
        return;
    }
    if (wire.has("late")) {
        QVERIFY(stage->surplusWasSeen.wait());
        QVERIFY(m_gateway->probe(client));
    }
    checkNextRequest(wire, first);
}

QTEST_APPLESS_MAIN(ConformanceUpstreamsTest)
#include "upstreams_test.moc"
