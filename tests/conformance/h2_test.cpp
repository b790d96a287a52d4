#include "tests/conformance/conformance_gateway.h"
#include "tests/conformance/h2_cases.h"

#include <QtTest>
#include <memory>

Q_DECLARE_METATYPE(H2Case)

using support::H2Client;
using support::H2Response;
namespace h2 = support::h2;

/// RFC 9113 and RFC 7541 as a server must follow them, and RFC 8441 and 9218 as far as they change them.
class H2ConformanceTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void followsTheRule_data();
    void followsTheRule();
    void beginsWithItsSettings();
    void refusesAConnectionWithABrokenPreface();
    void acknowledgesSettings();
    void echoesPings();
    void keepsFramesWithinTheClientsLimits();
    void cleanupTestCase();

private:
    void judge(const H2Verdict& verdict, const H2Response& response, H2Client& client);
    std::unique_ptr<ConformanceGateway> m_gateway;
    std::unique_ptr<ConformanceGateway> m_strict; ///< whose upstream must see nothing but probes
};

namespace {

constexpr std::uint32_t probeStream = 1'001;
constexpr std::uint32_t absent = 0xffffffff; // no code came

void addRows(const std::vector<H2Case>& cases) {
    for (const H2Case& row : cases) {
        QTest::newRow((std::string(row.section) + ": " + row.name).c_str()) << row;
    }
}

bool probe(H2Client& client) {
    client.sendHeaders(probeStream, h2::get("/probe/h2"));
    return client.readResponse(probeStream).body == "/probe/h2";
}

} // namespace

void H2ConformanceTest::initTestCase() {
    m_gateway = std::make_unique<ConformanceGateway>();
    m_strict = std::make_unique<ConformanceGateway>();
    QVERIFY2(m_gateway->isRunning(), m_gateway->error().c_str());
    QVERIFY2(m_strict->isRunning(), m_strict->error().c_str());
}

void H2ConformanceTest::followsTheRule_data() {
    QTest::addColumn<H2Case>("rule");
    addRows(h2FrameCases());
    addRows(h2StreamCases());
    addRows(h2MessageCases());
    addRows(h2HpackCases());
}

void H2ConformanceTest::followsTheRule() {
    QFETCH(const H2Case, rule);
    ConformanceGateway& gateway = rule.reachesUpstream ? *m_gateway : *m_strict;
    H2Client client(gateway.port());
    QVERIFY(client.isConnected());
    client.send(rule.bytes);
    if (rule.verdict.kind == H2Verdict::Kind::Goaway) {
        const auto code = client.readGoaway();
        QVERIFY2(client.isClosed(), "the connection did not end");
        if (rule.verdict.code != 0) {
            QCOMPARE(code.value_or(absent), rule.verdict.code);
        }
        QVERIFY(gateway.probe());
    } else if (rule.verdict.kind == H2Verdict::Kind::Unharmed) {
        QVERIFY(client.ping());
        QVERIFY(probe(client));
    } else {
        const H2Response response = client.readResponse(1);
        judge(rule.verdict, response, client);
        if (QTest::currentTestFailed()) {
            return;
        }
    }
    if (!rule.reachesUpstream) {
        QVERIFY2(gateway.requestsSince(0).empty(), "something was forwarded");
    }
}

void H2ConformanceTest::judge(const H2Verdict& verdict, const H2Response& response, H2Client& client) {
    switch (verdict.kind) {
    case H2Verdict::Kind::Answered:
        QCOMPARE(response.status, static_cast<int>(verdict.code));
        QVERIFY(response.complete);
        break;
    case H2Verdict::Kind::Reset:
        QCOMPARE(response.reset.value_or(absent), verdict.code);
        break;
    case H2Verdict::Kind::Refused:
        QVERIFY(response.status >= 400 || response.reset.value_or(0) != 0);
        break;
    case H2Verdict::Kind::Goaway:
    case H2Verdict::Kind::Unharmed:
        break;
    }
    QVERIFY2(probe(client), "the connection does not go on");
}

// 3.4, 6.5
void H2ConformanceTest::beginsWithItsSettings() {
    H2Client client(m_gateway->port());
    const auto first = client.readFrame();
    QVERIFY(first);
    QCOMPARE(first->type, support::H2Type::Settings);
    QCOMPARE(first->flags, h2::none);
    QCOMPARE(first->stream, 0U);
    QVERIFY(client.setting(3) >= 100); // MAX_CONCURRENT_STREAMS (5.1.2)
    QVERIFY(client.setting(6) > 0);    // MAX_HEADER_LIST_SIZE
    QCOMPARE(client.setting(8), 1U);   // ENABLE_CONNECT_PROTOCOL (RFC 8441, 3)
    QCOMPARE(client.setting(9), 1U);   // NO_RFC7540_PRIORITIES (RFC 9218, 2.1)
    QVERIFY(!client.hasSetting(2));    // a server has no say about pushes (6.5.2)
}

void H2ConformanceTest::refusesAConnectionWithABrokenPreface() {
    for (const std::string_view preface :
         {"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r"}) {
        H2Client client(m_gateway->port(), H2Client::Start::Silent);
        client.send(preface);
        client.send(h2::frame(support::H2Type::Settings, 0, 0));
        static_cast<void>(client.readGoaway());
        QVERIFY(client.isClosed());
    }
    // The preface ends with SETTINGS (3.4).
    H2Client client(m_gateway->port(), H2Client::Start::Silent);
    client.send(h2::preface);
    client.send(h2::frame(support::H2Type::Ping, 0, 0, "12345678"));
    QCOMPARE(client.readGoaway(), std::optional<std::uint32_t>(h2_codes::protocolError));
    QVERIFY(m_gateway->probe());
}

// 6.5.3
void H2ConformanceTest::acknowledgesSettings() {
    H2Client client(m_gateway->port());
    bool acknowledged = false;
    while (!acknowledged) {
        const auto frame = client.readFrame();
        QVERIFY(frame);
        acknowledged = frame->type == support::H2Type::Settings && frame->flags == h2::ack;
        QVERIFY(!acknowledged || frame->payload.empty());
    }
}

// 6.7
void H2ConformanceTest::echoesPings() {
    H2Client client(m_gateway->port());
    QVERIFY(client.ping());
    client.send(h2::frame(support::H2Type::Ping, h2::ack, 0, "nobodyas"));
    QVERIFY(client.ping());
}

// 4.2, 6.9
void H2ConformanceTest::keepsFramesWithinTheClientsLimits() {
    H2Client client(m_gateway->port(), H2Client::Start::Handshake, {{4, 3}});
    client.sendHeaders(1, h2::get("/window"));
    while (true) {
        const auto frame = client.readFrame();
        QVERIFY(frame);
        if (frame->type == support::H2Type::Data) {
            QCOMPARE(frame->payload, std::string("/wi"));
            break;
        }
    }
    // A change of the initial window changes the windows of streams that are there (6.9.2).
    client.send(h2::frame(support::H2Type::Settings, 0, 0, h2::number(4, 2) + h2::number(5)));
    while (true) {
        const auto frame = client.readFrame();
        QVERIFY(frame);
        if (frame->type == support::H2Type::Data) {
            QCOMPARE(frame->payload, std::string("nd"));
            break;
        }
    }
    client.send(h2::frame(support::H2Type::WindowUpdate, 0, 1, h2::number(100)));
    QCOMPARE(client.readResponse(1).body, std::string("/window"));
}

void H2ConformanceTest::cleanupTestCase() {
    m_gateway.reset();
    m_strict->drain();
    QVERIFY(m_strict->requestsSince(0).empty());
    m_strict.reset();
}

QTEST_GUILESS_MAIN(H2ConformanceTest)
#include "h2_test.moc"
