#include "gateway/model/scalars.h"

#include <QtTest>

using namespace gateway::model;
using namespace std::chrono_literals;

class ScalarsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsDurations();
    void readsSizes();
    void readsRatesOfBytes();
    void readsRates();
    void readsPercentages();
    void readsTimes();
    void readsAddresses();
    void refusesWhatIsNone_data();
    void refusesWhatIsNone();
};

void ScalarsTest::readsDurations() {
    QCOMPARE(parseDuration("250ms").value().count(), 250);
    QCOMPARE(parseDuration("10s").value().count(), 10'000);
    QCOMPARE(parseDuration("5m").value().count(), 300'000);
    QCOMPARE(parseDuration("1h").value().count(), 3'600'000);
    for (const auto value : {0ms, 1ms, 999ms, 1000ms, 61'000ms, 3'600'000ms, 86'400'000ms}) {
        QVERIFY(parseDuration(formatDuration(value)) == value);
    }
    QCOMPARE(QString::fromStdString(formatDuration(90s)), QStringLiteral("90s"));
    QCOMPARE(QString::fromStdString(formatDuration(180s)), QStringLiteral("3m"));
}

void ScalarsTest::readsSizes() {
    QCOMPARE(parseSize("512B").value(), std::uint64_t{512});
    QCOMPARE(parseSize("32KiB").value(), std::uint64_t{32'768});
    QCOMPARE(parseSize("10MiB").value(), std::uint64_t{10'485'760});
    for (const std::uint64_t value : {0ULL, 1ULL, 1023ULL, 1024ULL, 1ULL << 40U, (1ULL << 40U) + 1}) {
        QVERIFY(parseSize(formatSize(value)) == value);
    }
}

void ScalarsTest::readsRatesOfBytes() {
    QCOMPARE(parseSizeRate("1KiB/s").value(), std::uint64_t{1024});
    QCOMPARE(parseSizeRate("0B/s").value(), std::uint64_t{0});
    for (const std::uint64_t value : {0ULL, 1ULL, 1500ULL, 1ULL << 20U}) {
        QVERIFY(parseSizeRate(formatSizeRate(value)) == value);
    }
}

void ScalarsTest::readsRates() {
    QVERIFY((parseRate("100/minute") == Rate{100, 60s}));
    QVERIFY((parseRate("50/second") == Rate{50, 1s}));
    QVERIFY((parseRate("5/hour") == Rate{5, 3600s}));
    QVERIFY((parseRate("1000/day") == Rate{1000, 86400s}));
    QCOMPARE(QString::fromStdString(formatRate({1000, 86400s})), QStringLiteral("1000/day"));
}

void ScalarsTest::readsPercentages() {
    QCOMPARE(parsePercent("0%").value(), 0U);
    QCOMPARE(parsePercent("100%").value(), 100U);
    QCOMPARE(QString::fromStdString(formatPercent(20)), QStringLiteral("20%"));
}

void ScalarsTest::readsTimes() {
    const gateway::WallTime date = std::chrono::sys_days(std::chrono::year(2027) / 1 / 31);
    QVERIFY(parseTime("2027-01-31") == date);
    QVERIFY(parseTime("2027-01-31T09:30:00Z") == date + 9h + 30min);
    QVERIFY(parseTime("2027-01-31T00:30:00+01:00") == date - 30min);
    QVERIFY(parseTime("2027-01-31T23:30:00.25-01:00") == date + 24h + 30min + 250ms);
    for (const char* text : {"1970-01-01", "2027-01-31", "2261-12-31T23:59:59.999999999Z",
                             "2024-02-29T00:00:01Z", "2027-01-31T09:30:00.5Z"}) {
        QCOMPARE(QString::fromStdString(formatTime(parseTime(text).value())), QString::fromLatin1(text));
    }
}

void ScalarsTest::readsAddresses() {
    for (const char* text : {"127.0.0.1:8080", "[::1]:8080", "orders.internal:80", "a:0", "a:65535"}) {
        QCOMPARE(QString::fromStdString(formatHostPort(parseHostPort(text).value())),
                 QString::fromLatin1(text));
    }
}

void ScalarsTest::refusesWhatIsNone_data() {
    QTest::addColumn<QString>("sort");
    QTest::addColumn<QString>("text");
    const auto rows = [](const char* sort, std::initializer_list<const char*> texts) {
        for (const char* text : texts) {
            QTest::addRow("%s: %s", sort, text) << QString::fromLatin1(sort) << QString::fromLatin1(text);
        }
    };
    rows("duration", {"", "10", "s", "10 s", "-1s", "1.5s", "10S", "010s", "1h30m", "999999999999999999d",
                      "10001d", "18446744073709551616ms"});
    rows("size", {"", "10", "10KB", "10kib", "1.5MiB", "-1B", "9007199254740993TiB", "9223372036854775808B"});
    rows("size rate", {"", "1KiB", "1024/s", "/s", "1KiB/m", "-1B/s", "1KiB/s "});
    rows("rate", {"", "100", "100/min", "/second", "1.5/second", "-1/second", "1/second ", "01/day"});
    rows("percent", {"", "10", "%", "101%", "-1%", "1.5%"});
    rows("time", {"", "2027", "2027-1-31", "2027-02-30", "2027-13-01", "2027-01-31T", "2027-01-31T10:00",
                  "2027-01-31T10:00:00", "2027-01-31 10:00:00Z", "2027-01-31T24:00:00Z",
                  "2027-01-31T10:60:00Z", "2027-01-31T10:00:60Z", "2027-01-31T10:00:00.Z",
                  "2027-01-31T10:00:00.1234567890Z", "2027-01-31T10:00:00+25:00", "1969-12-31", "2262-01-01",
                  "1970-01-01T00:00:00+01:00", "2027-01-31x"});
    rows("address", {"", "8080", ":8080", "a:", "a:65536", "a:080", "a:-1", "::1:8080", "[::1]", "[]:80",
                     "[a]:80", "[::1:80", "a:b:80"});
}

void ScalarsTest::refusesWhatIsNone() {
    QFETCH(QString, sort);
    QFETCH(QString, text);
    const std::string value = text.toStdString();
    if (sort == QStringLiteral("duration")) {
        QVERIFY(!parseDuration(value));
    } else if (sort == QStringLiteral("size")) {
        QVERIFY(!parseSize(value));
    } else if (sort == QStringLiteral("size rate")) {
        QVERIFY(!parseSizeRate(value));
    } else if (sort == QStringLiteral("rate")) {
        QVERIFY(!parseRate(value));
    } else if (sort == QStringLiteral("percent")) {
        QVERIFY(!parsePercent(value));
    } else if (sort == QStringLiteral("time")) {
        QVERIFY(!parseTime(value));
    } else {
        QVERIFY(!parseHostPort(value));
    }
}

QTEST_APPLESS_MAIN(ScalarsTest)
#include "test_scalars.moc"
