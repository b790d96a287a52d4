#include "gateway/http/challenge_table.h"

#include <QtTest>

using gateway::http::ChallengeTable;

class ChallengeTableTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void answersThePathOfATokenOnly() {
        ChallengeTable table;
        QVERIFY(table.isEmpty());
        QVERIFY(table.find("/.well-known/acme-challenge/").empty());
        table.put("abc", "abc.thumb");
        QVERIFY(!table.isEmpty());
        QCOMPARE(table.find("/.well-known/acme-challenge/abc"), std::string("abc.thumb"));
        QVERIFY(table.find("/.well-known/acme-challenge/abcd").empty());
        QVERIFY(table.find("/.well-known/acme-challenge/ab").empty());
        QVERIFY(table.find("/.well-known/acme-challenge/").empty());
        QVERIFY(table.find("/other/acme-challenge/abc").empty());
        QVERIFY(table.find("").empty());
    }

    void forgetsWhatIsOver() {
        ChallengeTable table;
        table.put("abc", "abc.thumb");
        table.put("abc", "abc.other");
        table.put("def", "def.thumb");
        QCOMPARE(table.find("/.well-known/acme-challenge/abc"), std::string("abc.other"));
        table.remove("abc");
        table.remove("abc");
        QVERIFY(!table.isEmpty());
        QVERIFY(table.find("/.well-known/acme-challenge/abc").empty());
        table.remove("def");
        QVERIFY(table.isEmpty());
    }
};

QTEST_GUILESS_MAIN(ChallengeTableTest)
#include "test_challenge_table.moc"
