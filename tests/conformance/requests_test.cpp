#include "tests/conformance/conformance_gateway.h"
#include "tests/conformance/wire_rows.h"

#include "gateway/http/parser.h"

#include <QtTest>

#include <algorithm>
#include <memory>
#include <sstream>

using support::contains;
using support::RawClient;
using support::WireRequest;
using support::WireResponse;

namespace {

std::vector<int> numbers(const std::string& text) {
    std::istringstream stream(text);
    std::vector<int> all;
    for (int number = 0; stream >> number;) {
        all.push_back(number);
    }
    return all;
}

void replaceAll(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

/// What a client has to see.
struct Expected {
    std::vector<int> answers;
    std::string code; ///< of the last answer; empty: it is no refusal, "-": it has no body
    bool closes = false;
    int toHead = 0;
    std::size_t upstream = 0;
};

Expected expectedOf(const WireCase& wire) {
    Expected expected;
    const bool accepted = wire.verdict == "accepted";
    const std::string status = accepted ? "200" : wire.verdict.substr(0, 3);
    expected.answers = numbers(wire.attribute("answers", status));
    expected.code = accepted ? std::string() : wire.verdict.substr(4);
    expected.closes = wire.attribute("end", accepted ? "open" : "closed") == "closed";
    expected.toHead = std::stoi(wire.attribute("to-head", "0"));
    expected.upstream =
        wire.has("upstream")
            ? std::stoul(wire.attribute("upstream"))
            : static_cast<std::size_t>(std::count(expected.answers.begin(), expected.answers.end(), 200));
    return expected;
}

/// Whatever reaches the upstream must itself be beyond doubt.
std::string faultOf(const WireRequest& request) {
    gateway::http::RequestHead head;
    const std::size_t headBytes = request.raw.find("\r\n\r\n") + 4;
    const gateway::http::HeadLimits limits{64 * 1024, 16 * 1024, 200};
    if (const auto refusal = gateway::http::parseRequestHead(
            std::string_view(request.raw).substr(0, headBytes), limits, head)) {
        return refusal->code;
    }
    if (request.count("Content-Length") + request.count("Transfer-Encoding") > 1) {
        return "two framings";
    }
    if (!request.startLine.ends_with(" HTTP/1.1") || request.target().find("/") != 0) {
        return "request line " + request.startLine;
    }
    return {};
}

} // namespace

/// Bytes that clients send, right and wrong, against the running gateway: who is answered how, whose
/// connection is closed, and that nothing of a refused request reaches the upstream.
class ConformanceRequestsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void hasHundredsOfCases();
    void givesEachHeadItsVerdict_data() { addWireRows("requests.txt"); }
    void givesEachHeadItsVerdict();
    void givesEachExchangeItsVerdict_data() { addWireRows("exchanges.txt"); }
    void givesEachExchangeItsVerdict();
    void givesEachExchangeItsVerdictByteByByte_data() { addWireRows("exchanges.txt"); }
    void givesEachExchangeItsVerdictByteByByte();
    void letsNothingElseReachTheUpstream();

private:
    enum class Sending { Whole, ByteByByte };

    void play(const std::string& bytes, const Expected& expected, Sending sending);
    void checkUpstream(const WireCase& wire, std::size_t first, std::size_t count);

    std::unique_ptr<ConformanceGateway> m_gateway;
    std::string m_lastAnswer;
    std::size_t m_reached = 0;
};

void ConformanceRequestsTest::initTestCase() {
    m_gateway = std::make_unique<ConformanceGateway>(ConformanceGateway::Speaks::Http1Alone);
    QVERIFY2(m_gateway->isRunning(), m_gateway->error().c_str());
}

void ConformanceRequestsTest::hasHundredsOfCases() {
    for (const char* file : {"requests.txt", "exchanges.txt"}) {
        const std::vector<WireCase> cases = readWireCases(file);
        QVERIFY(cases.size() >= 250);
        QVERIFY(std::all_of(cases.begin(), cases.end(),
                            [](const WireCase& c) { return !c.rfc.empty() && !c.raw.empty(); }));
    }
}

void ConformanceRequestsTest::play(const std::string& bytes, const Expected& expected, Sending sending) {
    RawClient client(m_gateway->port());
    QVERIFY(client.isConnected());
    if (sending == Sending::Whole) {
        client.send(bytes);
    } else {
        // A refusal may come before the last byte.
        for (std::size_t i = 0; i < bytes.size() && client.send(std::string_view(bytes).substr(i, 1)); ++i) {
        }
    }
    int number = 0;
    for (const int status : expected.answers) {
        const WireResponse response = client.readResponse(++number == expected.toHead);
        QCOMPARE(response.status, status);
        QVERIFY(response.complete);
        m_lastAnswer = response.raw;
        if (number == static_cast<int>(expected.answers.size()) && !expected.code.empty() &&
            expected.code != "-") {
            QVERIFY(contains(response.raw, "Content-Type: application/problem+json\r\n"));
            QVERIFY2(contains(response.body, "\"code\":\"" + expected.code + "\""), response.body.c_str());
        }
    }
    QCOMPARE(contains(m_lastAnswer, "Connection: close\r\n"), expected.closes);
    if (expected.closes) {
        QVERIFY(client.waitForClose());
    } else {
        QVERIFY(m_gateway->probe(client));
    }
    QVERIFY(m_gateway->probe());
}

void ConformanceRequestsTest::checkUpstream(const WireCase& wire, std::size_t first, std::size_t count) {
    const std::vector<WireRequest> requests = m_gateway->requestsSince(first);
    QCOMPARE(requests.size(), count);
    m_reached += count;
    for (const WireRequest& request : requests) {
        QCOMPARE(faultOf(request), std::string());
        QVERIFY(!contains(request.startLine, "/evil"));
        for (const char* name : {"X-Internal-Auth", "Keep-Alive", "Proxy-Connection", "Upgrade", "Trailer"}) {
            QVERIFY(!request.has(name));
        }
    }
    if (requests.empty()) {
        return;
    }
    const WireRequest& last = requests.back();
    if (wire.has("target")) {
        QCOMPARE(last.target(), wire.attribute("target"));
    }
    if (wire.has("body")) {
        QCOMPARE(last.body, wire.attribute("body"));
    }
    for (const std::string& text : wire.all("sees")) {
        QVERIFY2(contains(last.raw, text), (text + " is missing in " + last.raw).c_str());
    }
    for (const std::string& text : wire.all("lacks")) {
        QVERIFY2(!contains(last.raw, text), last.raw.c_str());
    }
}

void ConformanceRequestsTest::givesEachHeadItsVerdict() {
    QFETCH(WireCase, wire);
    const std::size_t first = m_gateway->upstream().requests().size();
    Expected expected = expectedOf(wire);
    std::string bytes = wire.raw;
    if (wire.verdict == "accepted") {
        expected.closes = wire.attribute("keep-alive") == "no" || contains(wire.raw, " HTTP/1.0\r\n");
        expected.closes = expected.closes && wire.attribute("keep-alive") != "yes";
        expected.toHead = bytes.starts_with("HEAD ") ? 1 : 0;
        // The head announces a body: here it comes.
        gateway::http::RequestHead head;
        QVERIFY(!gateway::http::parseRequestHead(wire.raw, {}, head));
        constexpr std::uint64_t bodyBytesMax = 1024 * 1024;
        if (head.framing == gateway::http::Framing::Chunked) {
            bytes += "0\r\n\r\n";
        } else if (head.contentLength <= bodyBytesMax) {
            bytes += std::string(head.contentLength, 'x');
        } else {
            expected.answers = {413};
            expected.code = "body-too-large";
            expected.closes = true;
            expected.upstream = 0;
        }
        if (wire.attribute("path") == "*") {
            expected.answers = {204};
            expected.upstream = 0;
        }
    }
    play(bytes, expected, Sending::Whole);
    if (!QTest::currentTestFailed()) {
        checkUpstream(WireCase{}, first, expected.upstream);
    }
}

void ConformanceRequestsTest::givesEachExchangeItsVerdict() {
    QFETCH(WireCase, wire);
    const std::size_t first = m_gateway->upstream().requests().size();
    const Expected expected = expectedOf(wire);
    std::string bytes = wire.raw;
    replaceAll(bytes, "KEY", m_gateway->key());
    play(bytes, expected, Sending::Whole);
    if (!QTest::currentTestFailed()) {
        checkUpstream(wire, first, expected.upstream);
        for (const std::string& text : wire.all("answer")) {
            QVERIFY2(contains(m_lastAnswer, text), m_lastAnswer.c_str());
        }
    }
}

void ConformanceRequestsTest::givesEachExchangeItsVerdictByteByByte() {
    QFETCH(WireCase, wire);
    if (wire.has("whole")) {
        return; // a million bytes one by one show nothing new; after the end they meet a reset
    }
    const std::size_t first = m_gateway->upstream().requests().size();
    const Expected expected = expectedOf(wire);
    std::string bytes = wire.raw;
    replaceAll(bytes, "KEY", m_gateway->key());
    play(bytes, expected, Sending::ByteByByte);
    if (!QTest::currentTestFailed()) {
        checkUpstream(wire, first, expected.upstream);
    }
}

/// Each case looks at once; this looks again when nothing can be on its way any more.
void ConformanceRequestsTest::letsNothingElseReachTheUpstream() {
    m_gateway->drain();
    QCOMPARE(m_gateway->requestsSince(0).size(), m_reached);
}

QTEST_APPLESS_MAIN(ConformanceRequestsTest)
#include "requests_test.moc"
