#include "gateway/base/keyed_hash.h"

#include <QtTest>
#include <numeric>
#include <string>

using gateway::KeyedHash;

class KeyedHashTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithThePublishedVectors_data();
    void agreesWithThePublishedVectors();
    void hasAnotherKeyEachTime();
};

// Of the reference implementation: the key is 00 01 ... 0f, the text 00 01 ... of this length.
void KeyedHashTest::agreesWithThePublishedVectors_data() {
    QTest::addColumn<int>("length");
    QTest::addColumn<quint64>("hash");
    QTest::newRow("empty") << 0 << quint64{0x726fdb47dd0e0e31};
    QTest::newRow("one byte") << 1 << quint64{0x74f839c593dc67fd};
    QTest::newRow("a whole word") << 8 << quint64{0x93f5f5799a932462};
    QTest::newRow("fifteen bytes") << 15 << quint64{0xa129ca6149be45e5};
}

void KeyedHashTest::agreesWithThePublishedVectors() {
    QFETCH(const int, length);
    QFETCH(const quint64, hash);
    const KeyedHash hashOf(0x0706050403020100U, 0x0f0e0d0c0b0a0908U);
    std::string text(static_cast<std::size_t>(length), '\0');
    std::iota(text.begin(), text.end(), '\0');
    QCOMPARE(quint64{hashOf(text)}, hash);
}

void KeyedHashTest::hasAnotherKeyEachTime() {
    const KeyedHash one;
    const KeyedHash other;
    QCOMPARE(one("alice"), one("alice"));
    QVERIFY(one("alice") != other("alice"));
    QVERIFY(one("alice") != one("alicf"));
}

QTEST_APPLESS_MAIN(KeyedHashTest)
#include "test_keyed_hash.moc"
