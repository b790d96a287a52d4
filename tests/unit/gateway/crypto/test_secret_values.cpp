#include "gateway/crypto/secret_values.h"

#include <QtTest/QtTest>

using gateway::crypto::SecretValues;

class SecretValuesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsWhatWasPut();
    void aNewValueTakesThePlaceOfTheFormerOne();
    void whatWasErasedIsGone();
};

void SecretValuesTest::findsWhatWasPut() {
    SecretValues secrets;
    QVERIFY(!secrets.find("corp"));
    secrets.put("corp", "hush");
    secrets.put("empty", "");
    QCOMPARE(secrets.find("corp").value_or("none"), std::string("hush"));
    QCOMPARE(secrets.find("empty").value_or("none"), std::string());
    QVERIFY(!secrets.find("Corp"));
}

void SecretValuesTest::aNewValueTakesThePlaceOfTheFormerOne() {
    SecretValues secrets;
    secrets.put("corp", std::string(100, 'a'));
    secrets.put("corp", "hush");
    QCOMPARE(secrets.find("corp").value_or("none"), std::string("hush"));
}

void SecretValuesTest::whatWasErasedIsGone() {
    SecretValues secrets;
    secrets.put("corp", "hush");
    secrets.put("other", "hush too");
    secrets.erase("corp");
    secrets.erase("corp");
    QVERIFY(!secrets.find("corp"));
    QVERIFY(secrets.find("other"));
}

QTEST_APPLESS_MAIN(SecretValuesTest)
#include "test_secret_values.moc"
