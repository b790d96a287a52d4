#include "gateway/base/digest.h"

#include <QtTest>
#include <set>
#include <thread>

using namespace gateway;

class DigestTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithThePublishedVectors_data();
    void agreesWithThePublishedVectors();
    void isTheSameOnEveryThread();
    void readsHexadecimalOfEitherCase();
    void refusesHexadecimalThatIsNoDigest_data();
    void refusesHexadecimalThatIsNoDigest();
    void makesTokensOfLettersAndDigitsAlone();
    void makesTokensLongEnoughForTheirEntropy();
    void makesNoTokenTwice();
};

// FIPS 180-4 examples.
void DigestTest::agreesWithThePublishedVectors_data() {
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("digest");
    QTest::newRow("empty") << QByteArray()
                           << QByteArray("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    QTest::newRow("abc") << QByteArray("abc")
                         << QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    QTest::newRow("two blocks") << QByteArray("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                                << QByteArray(
                                       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    QTest::newRow("a million") << QByteArray(1'000'000, 'a')
                               << QByteArray(
                                      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

void DigestTest::agreesWithThePublishedVectors() {
    QFETCH(QByteArray, input);
    QFETCH(QByteArray, digest);
    QCOMPARE(QByteArray::fromStdString(toHex(sha256(input.toStdString()))), digest);
}

void DigestTest::isTheSameOnEveryThread() {
    Sha256 there{};
    std::thread([&] { there = sha256("abc"); }).join();
    QVERIFY(there == sha256("abc"));
}

void DigestTest::readsHexadecimalOfEitherCase() {
    const Sha256 digest = sha256("abc");
    const std::string lower = toHex(digest);
    std::string upper = lower;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return std::toupper(c); });
    QVERIFY(sha256FromHex(lower) == digest);
    QVERIFY(sha256FromHex(upper) == digest);
}

void DigestTest::refusesHexadecimalThatIsNoDigest_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("a digit short") << QByteArray(63, 'a');
    QTest::newRow("a digit long") << QByteArray(65, 'a');
    QTest::newRow("no digit") << QByteArray(63, 'a') + "g";
    QTest::newRow("a space") << " " + QByteArray(63, 'a');
}

void DigestTest::refusesHexadecimalThatIsNoDigest() {
    QFETCH(QByteArray, text);
    QVERIFY(!sha256FromHex(text.toStdString()));
}

void DigestTest::makesTokensOfLettersAndDigitsAlone() {
    std::set<char> seen;
    for (int i = 0; i < 200; ++i) {
        for (const char c : randomToken(256)) {
            QVERIFY(std::isalnum(static_cast<unsigned char>(c)) != 0);
            seen.insert(c);
        }
    }
    // 8,600 letters: that one of 62 never comes has a chance of 1 in 10^60.
    QCOMPARE(seen.size(), std::size_t{62});
}

void DigestTest::makesTokensLongEnoughForTheirEntropy() {
    QCOMPARE(randomToken(128).size(), std::size_t{22}); // 128 / 5.954 = 21.5
    QCOMPARE(randomToken(256).size(), std::size_t{43});
    QCOMPARE(randomToken(5).size(), std::size_t{1});
    QCOMPARE(randomToken(6).size(), std::size_t{2});
}

void DigestTest::makesNoTokenTwice() {
    std::set<std::string> tokens;
    for (int i = 0; i < 1000; ++i) {
        tokens.insert(randomToken(128));
    }
    QCOMPARE(tokens.size(), std::size_t{1000});
}

QTEST_APPLESS_MAIN(DigestTest)
#include "test_digest.moc"
