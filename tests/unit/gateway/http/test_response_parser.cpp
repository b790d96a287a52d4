#include "head_text.h"
#include "tests/conformance/wire_cases.h"

#include "gateway/http/parser.h"

#include <QtTest>

using namespace gateway::http;

namespace {

const std::vector<WireCase>& cases() {
    static const std::vector<WireCase> all = readWireCases("responses.txt");
    return all;
}

std::string understood(const ResponseHead& head, const std::string& attribute) {
    if (attribute == "status") {
        return std::to_string(head.status);
    }
    if (attribute == "reason") {
        return std::string(head.reason);
    }
    if (attribute == "framing") {
        return framingText(head.framing, head.contentLength);
    }
    if (attribute == "length") {
        return std::to_string(head.contentLength);
    }
    if (attribute == "keep-alive") {
        return yesOrNo(head.keepAlive);
    }
    return "(unknown attribute)";
}

void addCases() {
    QTest::addColumn<std::size_t>("index");
    for (std::size_t i = 0; i < cases().size(); ++i) {
        QTest::newRow(cases()[i].name.c_str()) << i;
    }
}

Method methodOf(const WireCase& wire) {
    return wire.attribute("method") == "HEAD" ? Method::Head : Method::Get;
}

} // namespace

class ResponseParserTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void hasScoresOfRecordedHeads() { QVERIFY(cases().size() >= 90); }

    void givesEachRecordedHeadItsVerdict_data() { addCases(); }
    void givesEachRecordedHeadItsVerdict() {
        QFETCH(std::size_t, index);
        const WireCase& wire = cases()[index];
        ResponseHead head;
        const auto refusal = parseResponseHead(wire.raw, methodOf(wire), HeadLimits{}, head);
        QCOMPARE(QString::fromStdString(verdictText(refusal)), QString::fromStdString(wire.verdict));
        for (const auto& [attribute, expected] : wire.attributes) {
            if (attribute != "method") {
                QCOMPARE(QString::fromStdString(attribute + " " + understood(head, attribute)),
                         QString::fromStdString(attribute + " " + expected));
            }
        }
    }

    void refusesEveryHeadThatIsCutShort_data() { addCases(); }
    void refusesEveryHeadThatIsCutShort() {
        QFETCH(std::size_t, index);
        const WireCase& wire = cases()[index];
        constexpr std::size_t bytesMax = 2048;
        ResponseHead head;
        for (std::size_t size = 0; size < std::min(wire.raw.size(), bytesMax); ++size) {
            const std::string piece = wire.raw.substr(0, size);
            const auto refusal = parseResponseHead(piece, methodOf(wire), HeadLimits{}, head);
            QVERIFY(refusal.has_value());
            QCOMPARE(refusal->status, 502);
        }
    }

    void forgetsThePreviousAnswer() {
        ResponseHead head;
        QVERIFY(!parseResponseHead("HTTP/1.0 404 Gone astray\r\nContent-Length: 5\r\nX: 1\r\n\r\n",
                                   Method::Get, HeadLimits{}, head));
        QVERIFY(!parseResponseHead("HTTP/1.1 204\r\nY: 2\r\n\r\n", Method::Get, HeadLimits{}, head));
        QCOMPARE(head.status, 204);
        QVERIFY(head.reason.empty());
        QCOMPARE(head.minorVersion, std::uint8_t{1});
        QCOMPARE(head.contentLength, std::uint64_t{0});
        QCOMPARE(head.framing, Framing::None);
        QVERIFY(head.keepAlive);
        QCOMPARE(head.fields.size(), std::size_t{1});
        QVERIFY(head.find("x") == nullptr);
        QVERIFY(head.find("y") == head.fields.data());
        QVERIFY(head.find(KnownField::ContentLength) == nullptr);
    }

    void flagsNominatedFields() {
        ResponseHead head;
        QVERIFY(!parseResponseHead("HTTP/1.1 204 X\r\nConnection: x-hop, date\r\nX-Hop: 1\r\nDate: x\r\n\r\n",
                                   Method::Get, HeadLimits{}, head));
        QVERIFY(head.find("x-hop")->nominated);
        QVERIFY(!head.find("date")->nominated);
    }
};

QTEST_APPLESS_MAIN(ResponseParserTest)
#include "test_response_parser.moc"
