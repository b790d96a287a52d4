#include "gateway/base/ip_literal.h"

#include "gateway/base/digest.h"

#include <QtTest>

using namespace gateway;

class IpLiteralTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsAddresses_data();
    void readsAddresses();
    void refusesWhatIsNone_data();
    void refusesWhatIsNone();
};

void IpLiteralTest::readsAddresses_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("bytes");
    const auto row = [](const char* text, const char* bytes) {
        QTest::newRow(text) << QString::fromLatin1(text) << QString::fromLatin1(bytes);
    };
    row("127.0.0.1", "00000000000000000000ffff7f000001");
    row("0.0.0.0", "00000000000000000000ffff00000000");
    row("255.255.255.255", "00000000000000000000ffffffffffff");
    row("::", "00000000000000000000000000000000");
    row("::1", "00000000000000000000000000000001");
    row("1::", "00010000000000000000000000000000");
    row("2001:db8::8:800:200C:417A", "20010db80000000000080800200c417a");
    row("1:2:3:4:5:6:7:8", "00010002000300040005000600070008");
    row("1:2:3:4:5:6:7::", "00010002000300040005000600070000");
    row("::ffff:127.0.0.1", "00000000000000000000ffff7f000001");
    row("1:2:3:4:5:6:1.2.3.4", "00010002000300040005000601020304");
}

void IpLiteralTest::readsAddresses() {
    QFETCH(QString, text);
    QFETCH(QString, bytes);
    const auto address = parseIpLiteral(text.toStdString());
    QVERIFY(address);
    const std::string_view raw(reinterpret_cast<const char*>(address->data()), address->size());
    QCOMPARE(QString::fromStdString(toHex(raw)), bytes);
}

void IpLiteralTest::refusesWhatIsNone_data() {
    QTest::addColumn<QString>("text");
    for (const char* text : {"",
                             "localhost",
                             "1.2.3",
                             "1.2.3.4.5",
                             "1.2.3.",
                             ".1.2.3",
                             "256.1.1.1",
                             "01.2.3.4",
                             "1.2.3.4 ",
                             " 1.2.3.4",
                             "0x7f.0.0.1",
                             "1..2.3",
                             ":",
                             ":::",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "1::2::3",
                             "1:2:3:4:5:6:7:8::",
                             "::1:2:3:4:5:6:7:8",
                             "12345::",
                             "g::",
                             "1:",
                             ":1",
                             "[::1]",
                             "fe80::1%eth0",
                             "1.2.3.4::",
                             "::1.2.3",
                             "::1.2.3.4:5",
                             "1:2:3:4:5:6:7:1.2.3.4"}) {
        QTest::newRow(text) << QString::fromLatin1(text);
    }
}

void IpLiteralTest::refusesWhatIsNone() {
    QFETCH(QString, text);
    QVERIFY(!parseIpLiteral(text.toStdString()));
}

QTEST_APPLESS_MAIN(IpLiteralTest)
#include "test_ip_literal.moc"
