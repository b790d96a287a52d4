#include "tests/integration/test_gateway.h"
#include "tests/support/h2_client.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QFile>
#include <QtTest>
#include <ctime>
#include <functional>

using namespace gateway;
using support::H2Client;
using support::H2Response;
using support::H2Type;
using support::ScriptedUpstream;
namespace h2 = support::h2;

/// Clients that want the gateway to work or to remember more than they do themselves.
class H2FloodsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cutsAFloodAndServesOthers_data();
    void cutsAFloodAndServesOthers();
    void bearsWhatGoodClientsDo();
    void boundsWhatAClientThatNeverReadsMakesItKeep();
    void boundsWhatAClientWithoutWindowsMakesItKeep();
};

using MakeFlood = std::function<std::string(int round)>;
Q_DECLARE_METATYPE(MakeFlood)

namespace {

constexpr std::uint32_t enhanceYourCalm = 11;
constexpr std::size_t megabyte = 1024 * 1024;

std::size_t residentBytes() {
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly)) {
        return 0;
    }
    return file.readAll().split(' ').value(1).toULongLong() * 4096;
}

std::string get(std::uint32_t stream, std::uint8_t flags = h2::endHeaders | h2::endStream) {
    return h2::frame(H2Type::Headers, flags, stream, h2::literals(h2::get("/open/flood")));
}

std::uint32_t streamOf(int round) {
    return static_cast<std::uint32_t>(2 * round + 1);
}

void addFlood(const char* name, MakeFlood make) {
    QTest::newRow(name) << std::move(make);
}

} // namespace

void H2FloodsTest::cutsAFloodAndServesOthers_data() {
    QTest::addColumn<MakeFlood>("make");
    addFlood("requests that are taken back at once", [](int round) {
        return get(streamOf(round), h2::endHeaders) +
               h2::frame(H2Type::RstStream, 0, streamOf(round), h2::number(8));
    });
    addFlood("resets that the gateway is made to send", [](int round) {
        return get(streamOf(round), h2::endHeaders) +
               h2::frame(H2Type::WindowUpdate, 0, streamOf(round), h2::number(0x7fffffff));
    });
    addFlood("malformed requests", [](int round) {
        return h2::frame(H2Type::Headers, h2::endHeaders | h2::endStream, streamOf(round),
                         h2::literals(h2::get("/open/flood", {{"X-Upper", "1"}})));
    });
    addFlood("PING", [](int) { return h2::frame(H2Type::Ping, 0, 0, "12345678"); });
    addFlood("SETTINGS", [](int) { return h2::frame(H2Type::Settings, 0, 0); });
    addFlood("PRIORITY", [](int) { return h2::frame(H2Type::Priority, 0, 7, std::string(5, '\0')); });
    addFlood("PRIORITY_UPDATE",
             [](int) { return h2::frame(H2Type::PriorityUpdate, 0, 0, h2::number(7) + "u=1"); });
    addFlood("frames of an unknown type", [](int) { return h2::frame(static_cast<H2Type>(99), 0, 0, "x"); });
    addFlood("empty DATA", [](int round) {
        return (round == 0 ? get(1, h2::endHeaders) : std::string()) + h2::frame(H2Type::Data, 0, 1);
    });
    addFlood("DATA that is all padding", [](int round) {
        return (round == 0 ? get(1, h2::endHeaders) : std::string()) +
               h2::frame(H2Type::Data, h2::padded, 1, std::string("\1\0", 2));
    });
    addFlood("windows that open by a byte",
             [](int) { return h2::frame(H2Type::WindowUpdate, 0, 0, h2::number(1)); });
    addFlood("CONTINUATION without end", [](int round) {
        return round == 0 ? get(1, h2::endStream) : h2::frame(H2Type::Continuation, 0, 1);
    });
    addFlood("a head that grows without end", [](int round) {
        return round == 0
                   ? get(1, h2::endStream)
                   : h2::frame(H2Type::Continuation, 0, 1, h2::literals({{"x-a", std::string(16'000, 'a')}}));
    });
    addFlood("a field of the table, again and again", [](int round) {
        // 4,000 bytes for one: RFC 7541, 7.3.
        std::string block =
            round == 0 ? std::string("\x40\x03x-a\x7f\xa1\x1e", 8).append(4'000, 'a') : std::string();
        block.append(16'000 - block.size(), '\xbe');
        return h2::frame(round == 0 ? H2Type::Headers : H2Type::Continuation, 0, 1, block);
    });
}

void H2FloodsTest::cutsAFloodAndServesOthers() {
    QFETCH(const MakeFlood, make);
    ScriptedUpstream upstream;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    H2Client good(gateway.port());
    good.sendHeaders(1, h2::get("/open/good"));
    QCOMPARE(good.readResponse(1).body, std::string("/open/good"));
    const std::size_t before = residentBytes();
    const std::clock_t cpuBefore = std::clock();

    constexpr int roundsMax = 20'000;
    H2Client bad(gateway.port());
    int rounds = 0;
    std::string batch;
    while (rounds < roundsMax) {
        batch.clear();
        for (int i = 0; i < 50; ++i) {
            batch.append(make(rounds++));
        }
        if (!bad.send(batch)) {
            break;
        }
    }
    const auto code = bad.readGoaway();
    QVERIFY2(bad.isClosed(), "nobody stopped it");
    // A client that goes on sending may lose the last words in the reset that it earns.
    QCOMPARE(code.value_or(enhanceYourCalm), enhanceYourCalm);
    good.sendHeaders(3, h2::get("/open/still"));
    QCOMPARE(good.readResponse(3).body, std::string("/open/still"));
    const std::size_t after = residentBytes();
    const std::size_t grown = after > before ? after - before : 0;
    const double cpuMs = 1'000.0 * static_cast<double>(std::clock() - cpuBefore) / CLOCKS_PER_SEC;
    qInfo("cut within %d rounds sent; memory grew by %zu KB, and %.0f ms of CPU were used, the client's "
          "among them",
          rounds, grown / 1024, cpuMs);
    QVERIFY(grown < 64 * megabyte);
}

void H2FloodsTest::bearsWhatGoodClientsDo() {
    ScriptedUpstream upstream;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    H2Client client(gateway.port());
    // A page that is left: all of its requests are taken back at once, twice.
    for (std::uint32_t page = 0; page < 2; ++page) {
        std::string batch;
        for (std::uint32_t i = 0; i < 100; ++i) {
            batch.append(get(200 * page + 2 * i + 1));
        }
        for (std::uint32_t i = 0; i < 100; ++i) {
            batch.append(h2::frame(H2Type::RstStream, 0, 200 * page + 2 * i + 1, h2::number(8)));
        }
        QVERIFY(client.send(batch));
        QVERIFY(client.ping());
    }
    for (int i = 0; i < 100; ++i) {
        QVERIFY(client.ping()); // as gRPC measures the path
    }
    client.sendHeaders(1'001, h2::get("/open/last"));
    QCOMPARE(client.readResponse(1'001).body, std::string("/open/last"));
}

void H2FloodsTest::boundsWhatAClientThatNeverReadsMakesItKeep() {
    constexpr std::size_t answerBytes = 100 * megabyte;
    ScriptedUpstream upstream;
    std::atomic<std::size_t> taken{0};
    upstream.setHandler([&](support::WireRequest& request, support::UpstreamConnection& connection) {
        if (request.target() != "/open/large") {
            connection.send(support::okResponse("ok"));
            return;
        }
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(answerBytes) + "\r\n\r\n");
        const std::string piece(megabyte, 'x');
        while (taken < answerBytes && connection.send(piece)) {
            taken += piece.size();
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const std::size_t before = residentBytes();
    H2Client lazy(gateway.port(), H2Client::Start::Handshake, {{4, 0x7fffffff}});
    lazy.send(h2::frame(H2Type::WindowUpdate, 0, 0, h2::number(0x7fff0000)));
    lazy.sendHeaders(1, h2::get("/open/large"));
    QVERIFY(upstream.waitForRequests(1));
    H2Client good(gateway.port());
    for (std::uint32_t i = 0; i < 200; ++i) {
        good.sendHeaders(2 * i + 1, h2::get("/open/small"));
        QCOMPARE(good.readResponse(2 * i + 1).body, std::string("ok"));
    }
    const std::size_t grown = std::max(residentBytes(), before) - before;
    qInfo("memory grew by %zu KB while %zu MB waited", grown / 1024, answerBytes / megabyte);
    QVERIFY(grown < 16 * megabyte);
    QVERIFY(taken < answerBytes);
}

void H2FloodsTest::boundsWhatAClientWithoutWindowsMakesItKeep() {
    ScriptedUpstream upstream;
    const std::string large = support::okResponse(std::string(2 * megabyte, 'x'));
    upstream.setHandler([&](support::WireRequest& request, support::UpstreamConnection& connection) {
        if (request.target() == "/open/large") {
            connection.send(large);
        } else {
            connection.send(support::okResponse("ok"));
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const std::size_t before = residentBytes();
    H2Client lazy(gateway.port(), H2Client::Start::Handshake, {{4, 0}});
    constexpr std::uint32_t streams = 40;
    for (std::uint32_t i = 0; i < streams; ++i) {
        lazy.sendHeaders(2 * i + 1, h2::get("/open/large"));
    }
    QVERIFY(upstream.waitForRequests(streams));
    H2Client good(gateway.port());
    for (std::uint32_t i = 0; i < 200; ++i) {
        good.sendHeaders(2 * i + 1, h2::get("/open/small"));
        QCOMPARE(good.readResponse(2 * i + 1).body, std::string("ok"));
    }
    const std::size_t grown = std::max(residentBytes(), before) - before;
    qInfo("memory grew by %zu KB for %u streams", grown / 1024, streams);
    QVERIFY(grown < 16 * megabyte);
    QVERIFY(lazy.ping());
}

QTEST_GUILESS_MAIN(H2FloodsTest)
#include "h2_floods_test.moc"
