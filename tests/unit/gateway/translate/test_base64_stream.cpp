#include "gateway/translate/base64_stream.h"

#include <QtTest>
#include <random>

using gateway::translate::appendBase64;
using gateway::translate::Base64Decoder;

class Base64StreamTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void writesWhatOthersRead();
    void readsItsOwnHoweverItIsCut();
    void readsSeveralEncodingsInARow();
    void refusesWhatIsNone_data();
    void refusesWhatIsNone();
    void noticesAnUnfinishedGroup();
};

void Base64StreamTest::writesWhatOthersRead() {
    for (const QByteArray& bytes : {QByteArray(), QByteArray("f"), QByteArray("fo"), QByteArray("foo"),
                                    QByteArray("\xFF\xFE\x00\x01", 4)}) {
        std::string out;
        appendBase64(out, bytes.toStdString());
        QCOMPARE(QByteArray::fromStdString(out), bytes.toBase64());
    }
}

void Base64StreamTest::readsItsOwnHoweverItIsCut() {
    std::mt19937 random(1); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same bytes in each run
    for (std::size_t size = 0; size < 40; ++size) {
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i) {
            bytes.push_back(static_cast<char>(random()));
        }
        std::string text;
        appendBase64(text, bytes);
        for (const std::size_t pieceSize : {1U, 2U, 3U, 5U, 64U}) {
            Base64Decoder decoder;
            std::string out;
            for (std::size_t at = 0; at < text.size(); at += pieceSize) {
                QVERIFY(decoder.decode(std::string_view(text).substr(at, pieceSize), out));
            }
            QCOMPARE(out, bytes);
            QVERIFY(decoder.isComplete());
        }
    }
}

void Base64StreamTest::readsSeveralEncodingsInARow() {
    Base64Decoder decoder;
    std::string out;
    QVERIFY(decoder.decode("Zg==Zm8=Zm9v", out));
    QCOMPARE(out, std::string("ffofoo"));
    QVERIFY(decoder.isComplete());
}

void Base64StreamTest::refusesWhatIsNone_data() {
    QTest::addColumn<QByteArray>("text");
    for (const char* text : {"Zg=a", "=Zg=", "Z===", "Zm 9", "Zm9v\n", "Zm9*", "Zm9-"}) {
        QTest::newRow(text) << QByteArray(text);
    }
}

void Base64StreamTest::refusesWhatIsNone() {
    QFETCH(QByteArray, text);
    Base64Decoder decoder;
    std::string out;
    QVERIFY(!decoder.decode(text.toStdString(), out));
    QVERIFY(!decoder.decode("Zm9v", out));
    QVERIFY(!decoder.isComplete());
}

void Base64StreamTest::noticesAnUnfinishedGroup() {
    Base64Decoder decoder;
    std::string out;
    QVERIFY(decoder.decode("Zm9vZ", out));
    QVERIFY(!decoder.isComplete());
}

QTEST_GUILESS_MAIN(Base64StreamTest)
#include "test_base64_stream.moc"
