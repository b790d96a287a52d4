#include "gateway/http/proxy_header.h"
#include "tests/support/proxy_header_text.h"

#include <QtTest>

using gateway::http::ProxyHeader;
using gateway::http::readProxyHeader;
using support::proxyHeader;
using support::proxyHeaderOf;
using Verdict = gateway::http::ProxyHeader::Verdict;

/// What the PROXY protocol's specification asks of a receiver.
class ProxyHeaderTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsTheClient();
    void leavesWhatFollows();
    void waitsForTheWholeHeader();
    void tellsAtTheFirstByteThatItIsNone();
    void namesNobodyWhenTheProxySpeaksForItself();
    void namesNobodyWhenTheAddressIsUnknown();
    void refusesOtherKinds_data();
    void refusesOtherKinds();
    void skipsFurtherValues();
    void checksTheChecksum();
    void refusesValuesThatRunOver();
    void refusesHeadersWithoutEnd();
};

void ProxyHeaderTest::readsTheClient() {
    const ProxyHeader v4 = readProxyHeader(proxyHeader("192.0.2.7"));
    QCOMPARE(v4.verdict, Verdict::Good);
    QCOMPARE(v4.client->text(), std::string("192.0.2.7:4711"));
    const ProxyHeader v6 = readProxyHeader(proxyHeader("2001:db8::7"));
    QCOMPARE(v6.verdict, Verdict::Good);
    QCOMPARE(v6.client->text(), std::string("[2001:db8::7]:4711"));
}

void ProxyHeaderTest::leavesWhatFollows() {
    const std::string header = proxyHeader("192.0.2.7");
    const ProxyHeader read = readProxyHeader(header + "GET / HTTP/1.1\r\n");
    QCOMPARE(read.verdict, Verdict::Good);
    QCOMPARE(read.size, header.size());
}

void ProxyHeaderTest::waitsForTheWholeHeader() {
    const std::string header = proxyHeader("2001:db8::7", std::string("\x04\0\x02zz", 5));
    for (std::size_t size = 0; size < header.size(); ++size) {
        QCOMPARE(readProxyHeader(header.substr(0, size)).verdict, Verdict::NeedMore);
    }
    QCOMPARE(readProxyHeader(header).verdict, Verdict::Good);
}

void ProxyHeaderTest::tellsAtTheFirstByteThatItIsNone() {
    QCOMPARE(readProxyHeader("G").verdict, Verdict::Bad);
    QCOMPARE(readProxyHeader("PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n").verdict, Verdict::Bad);
    QCOMPARE(readProxyHeader("\r\n\r\nG").verdict, Verdict::Bad);
}

void ProxyHeaderTest::namesNobodyWhenTheProxySpeaksForItself() {
    for (const std::string& rest : {std::string(), std::string("whatever")}) {
        const ProxyHeader read = readProxyHeader(proxyHeaderOf('\x20', '\x11', rest));
        QCOMPARE(read.verdict, Verdict::Good);
        QVERIFY(!read.client);
        QCOMPARE(read.size, 16 + rest.size());
    }
}

void ProxyHeaderTest::namesNobodyWhenTheAddressIsUnknown() {
    const ProxyHeader read = readProxyHeader(proxyHeaderOf('\x21', '\0', "ignored"));
    QCOMPARE(read.verdict, Verdict::Good);
    QVERIFY(!read.client);
}

void ProxyHeaderTest::refusesOtherKinds_data() {
    QTest::addColumn<int>("command");
    QTest::addColumn<int>("family");
    QTest::addColumn<int>("size");
    QTest::newRow("version 1") << 0x11 << 0x11 << 12;
    QTest::newRow("version 3") << 0x31 << 0x11 << 12;
    QTest::newRow("unknown command") << 0x22 << 0x11 << 12;
    QTest::newRow("UDP over IPv4") << 0x21 << 0x12 << 12;
    QTest::newRow("UDP over IPv6") << 0x21 << 0x22 << 36;
    QTest::newRow("Unix stream") << 0x21 << 0x31 << 216;
    QTest::newRow("Unix datagram") << 0x21 << 0x32 << 216;
    QTest::newRow("unknown family") << 0x21 << 0x41 << 12;
    QTest::newRow("unknown transport") << 0x21 << 0x13 << 12;
    QTest::newRow("too short for IPv4") << 0x21 << 0x11 << 11;
    QTest::newRow("too short for IPv6") << 0x21 << 0x21 << 35;
}

void ProxyHeaderTest::refusesOtherKinds() {
    QFETCH(int, command);
    QFETCH(int, family);
    QFETCH(int, size);
    const std::string header = proxyHeaderOf(static_cast<char>(command), static_cast<char>(family),
                                             std::string(static_cast<std::size_t>(size), '\0'));
    QCOMPARE(readProxyHeader(header).verdict, Verdict::Bad);
}

void ProxyHeaderTest::skipsFurtherValues() {
    const std::string values("\x01\0\x02h2\x04\0\0\x20\0\x03\x01\x02\x03", 14);
    QCOMPARE(readProxyHeader(proxyHeader("192.0.2.7", values)).client->addressText(),
             std::string("192.0.2.7"));
}

void ProxyHeaderTest::checksTheChecksum() {
    // CRC32C of the header with zeros in place of the checksum, worked out by another program.
    const std::string good("\x03\0\x04\x3b\xcd\x5c\xaa", 7);
    QCOMPARE(readProxyHeader(proxyHeader("192.0.2.7", good)).verdict, Verdict::Good);
    std::string wrong = good;
    wrong.back() ^= 1;
    QCOMPARE(readProxyHeader(proxyHeader("192.0.2.7", wrong)).verdict, Verdict::Bad);
    QCOMPARE(readProxyHeader(proxyHeader("192.0.2.8", good)).verdict, Verdict::Bad);
    QCOMPARE(readProxyHeader(proxyHeader("192.0.2.7", std::string("\x03\0\x02zz", 5))).verdict, Verdict::Bad);
}

void ProxyHeaderTest::refusesValuesThatRunOver() {
    for (const std::string& values :
         {std::string("\x04", 1), std::string("\x04\0", 2), std::string("\x04\0\x03zz", 5)}) {
        QCOMPARE(readProxyHeader(proxyHeader("192.0.2.7", values)).verdict, Verdict::Bad);
    }
}

void ProxyHeaderTest::refusesHeadersWithoutEnd() {
    std::string header = support::proxySignature + "\x21\x11\xff\xff";
    QCOMPARE(readProxyHeader(header).verdict, Verdict::Bad);
    const std::string largest = proxyHeaderOf('\x20', '\0', std::string(ProxyHeader::bytesMax - 16, 'x'));
    QCOMPARE(readProxyHeader(largest).verdict, Verdict::Good);
}

QTEST_APPLESS_MAIN(ProxyHeaderTest)
#include "test_proxy_header.moc"
