#include "head_text.h"
#include "tests/conformance/wire_cases.h"

#include "gateway/http/parser.h"

#include <QtTest>

#include <algorithm>

using namespace gateway::http;

namespace {

const std::vector<WireCase>& cases() {
    static const std::vector<WireCase> all = readWireCases("requests.txt");
    return all;
}

std::string nominatedNames(const RequestHead& head) {
    std::string names;
    for (const Field& field : head.fields) {
        if (field.nominated) {
            names += (names.empty() ? "" : " ") + std::string(field.name);
        }
    }
    return names;
}

std::string understood(const RequestHead& head, const std::string& attribute) {
    if (attribute == "path") {
        return std::string(head.path);
    }
    if (attribute == "query") {
        return head.hasQuery ? std::string(head.query) : "(none)";
    }
    if (attribute == "host") {
        return std::string(head.host);
    }
    if (attribute == "framing") {
        return framingText(head.framing, head.contentLength);
    }
    if (attribute == "keep-alive") {
        return yesOrNo(head.keepAlive);
    }
    if (attribute == "continue") {
        return yesOrNo(head.expectContinue);
    }
    if (attribute == "nominated") {
        return nominatedNames(head);
    }
    return "(unknown attribute)";
}

bool isAboutLineEnds(const std::string& verdict) {
    return verdict == "400 bare-lf" || verdict == "400 bare-cr" || verdict == "400 control-byte";
}

HeadScanner::Result scanWhole(std::string_view raw) {
    HeadScanner scanner;
    return scanner.scan(raw);
}

void addCases() {
    QTest::addColumn<std::size_t>("index");
    for (std::size_t i = 0; i < cases().size(); ++i) {
        QTest::newRow(cases()[i].name.c_str()) << i;
    }
}

std::optional<Refusal> parse(std::string_view raw, RequestHead& head) {
    return parseRequestHead(raw, HeadLimits{}, head);
}

} // namespace

class RequestParserTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void hasHundredsOfRecordedHeads() {
        QVERIFY(cases().size() >= 400);
        QVERIFY(std::all_of(cases().begin(), cases().end(),
                            [](const WireCase& c) { return !c.rfc.empty() && !c.raw.empty(); }));
    }

    void givesEachRecordedHeadItsVerdict_data() { addCases(); }
    void givesEachRecordedHeadItsVerdict() {
        QFETCH(std::size_t, index);
        const WireCase& wire = cases()[index];
        RequestHead head;
        const auto refusal = parse(wire.raw, head);
        QCOMPARE(QString::fromStdString(verdictText(refusal)), QString::fromStdString(wire.verdict));
        for (const auto& [attribute, expected] : wire.attributes) {
            QCOMPARE(QString::fromStdString(attribute + " " + understood(head, attribute)),
                     QString::fromStdString(attribute + " " + expected));
        }
    }

    void scansTheSameWhereverTheBytesAreSplit_data() { addCases(); }
    void scansTheSameWhereverTheBytesAreSplit() {
        QFETCH(std::size_t, index);
        // Each piece is a copy of its own, so that a look at bytes that have not come yet would show.
        const std::string& raw = cases()[index].raw;
        HeadScanner whole;
        const auto expected = whole.scan(raw);
        if (cases()[index].verdict == "accepted") {
            QCOMPARE(expected, HeadScanner::Result::Complete);
            QCOMPARE(whole.headSize(), raw.size());
        }
        if (isAboutLineEnds(cases()[index].verdict)) {
            QCOMPARE(expected, HeadScanner::Result::Malformed);
        }
        HeadScanner byteByByte;
        auto result = HeadScanner::Result::Incomplete;
        for (std::size_t size = 0; size <= raw.size() && result == HeadScanner::Result::Incomplete; ++size) {
            result = byteByByte.scan(raw.substr(0, size));
        }
        QCOMPARE(result, expected);
        QCOMPARE(byteByByte.headSize(), whole.headSize());
        constexpr std::size_t splitBytesMax = 2048;
        for (std::size_t split = 0; split < std::min(raw.size(), splitBytesMax); ++split) {
            HeadScanner inTwo;
            auto last = inTwo.scan(raw.substr(0, split));
            if (last == HeadScanner::Result::Incomplete) {
                last = inTwo.scan(raw);
            }
            QCOMPARE(last, expected);
            QCOMPARE(inTwo.headSize(), whole.headSize());
        }
    }

    void refusesEveryHeadThatIsCutShort_data() { addCases(); }
    void refusesEveryHeadThatIsCutShort() {
        QFETCH(std::size_t, index);
        const std::string& raw = cases()[index].raw;
        constexpr std::size_t bytesMax = 2048;
        RequestHead head;
        for (std::size_t size = 0; size < std::min(raw.size(), bytesMax); ++size) {
            QVERIFY(parse(raw.substr(0, size), head).has_value());
        }
    }

    void refusesWhateverTheScannerRefuses_data() { addCases(); }
    void refusesWhateverTheScannerRefuses() {
        QFETCH(std::size_t, index);
        // Each byte of each head becomes, in turn, one that no head may contain.
        std::string raw = cases()[index].raw.substr(0, 512);
        RequestHead head;
        for (const char intruder : {'\n', '\r', '\0', '\x7F'}) {
            for (std::size_t at = 0; at < raw.size(); ++at) {
                const char original = std::exchange(raw[at], intruder);
                const bool isMalformed = scanWhole(raw) == HeadScanner::Result::Malformed;
                QVERIFY(!isMalformed || parse(raw, head).has_value());
                raw[at] = original;
            }
        }
    }

    void refusesBytesAfterTheEmptyLine() {
        RequestHead head;
        QCOMPARE(verdictText(parse("GET / HTTP/1.1\r\nHost: gw\r\n\r\nX", head)), "400 head-incomplete");
        QCOMPARE(verdictText(parse("GET / HTTP/1.1\r\nHost: gw\r\n\rX", head)), "400 bare-cr");
        QCOMPARE(verdictText(parse("", head)), "400 head-incomplete");
    }

    void forgetsThePreviousRequest() {
        RequestHead head;
        QVERIFY(!parse(
            "POST /a%2D/../b?q HTTP/1.0\r\nHost: one\r\nContent-Length: 7\r\nConnection: x\r\nX: 1\r\n\r\n",
            head));
        QCOMPARE(head.path, "/b");
        QVERIFY(!parse("GET /c HTTP/1.1\r\nHost: two\r\n\r\n", head));
        QCOMPARE(head.path, "/c");
        QCOMPARE(head.host, "two");
        QVERIFY(!head.hasQuery);
        QVERIFY(head.query.empty());
        QCOMPARE(head.framing, Framing::None);
        QCOMPARE(head.contentLength, std::uint64_t{0});
        QVERIFY(head.keepAlive);
        QCOMPARE(head.fields.size(), std::size_t{1});
        QVERIFY(parse("nonsense\r\n\r\n", head).has_value());
        QVERIFY(head.fields.empty());
        QVERIFY(head.path.empty());
        QVERIFY(head.host.empty());
    }

    void keepsFieldLinesAsNeighboursInMemory() {
        const std::string raw = "GET / HTTP/1.1\r\nHost: gw\r\nA:  1 \r\nB:\r\n\r\n";
        RequestHead head;
        QVERIFY(!parse(raw, head));
        QCOMPARE(head.fields.size(), std::size_t{3});
        QCOMPARE(head.fields[1].line, "A:  1 \r\n");
        QCOMPARE(head.fields[1].value, "1");
        QCOMPARE(head.fields[2].value, "");
        for (std::size_t i = 1; i < head.fields.size(); ++i) {
            QVERIFY(head.fields[i].line.data() ==
                    head.fields[i - 1].line.data() + head.fields[i - 1].line.size());
        }
        QVERIFY(head.find("a") == &head.fields[1]);
        QVERIFY(head.find(KnownField::Host) == head.fields.data());
        QVERIFY(head.find("c") == nullptr);
        QVERIFY(head.find(KnownField::Via) == nullptr);
    }

    void saysWhatItUnderstoodOfARefusedRequest() {
        RequestHead head;
        QVERIFY(parse("PUT /a HTTP/1.1\r\nHost: a@b\r\n\r\n", head).has_value());
        QCOMPARE(head.method, Method::Put);
        QCOMPARE(head.methodText, "PUT");
        QCOMPARE(head.target, "/a");
    }

    void obeysTheLimitsOfTheListener() {
        RequestHead head;
        const HeadLimits limits{.headBytesMax = 64, .targetBytesMax = 8, .fieldsMax = 2};
        const auto verdict = [&](std::string_view raw) {
            return verdictText(parseRequestHead(raw, limits, head));
        };
        QCOMPARE(verdict("GET /1234567 HTTP/1.1\r\nHost: gw\r\n\r\n"), "accepted");
        QCOMPARE(verdict("GET /12345678 HTTP/1.1\r\nHost: gw\r\n\r\n"), "414 target-too-long");
        QCOMPARE(verdict("GET / HTTP/1.1\r\nHost: gw\r\nA: 1\r\nB: 2\r\n\r\n"), "431 too-many-fields");
        QCOMPARE(verdict("GET / HTTP/1.1\r\nHost: gw\r\nA: " + std::string(40, 'a') + "\r\n\r\n"),
                 "431 head-too-large");
    }

    void skipsAtMostTwoEmptyLinesBeforeARequest() {
        QCOMPARE(leadingEmptyLines(""), std::size_t{0});
        QCOMPARE(leadingEmptyLines("GET"), std::size_t{0});
        QCOMPARE(leadingEmptyLines("\r"), std::size_t{0});
        QCOMPARE(leadingEmptyLines("\nGET"), std::size_t{0});
        QCOMPARE(leadingEmptyLines("\r\nGET"), std::size_t{2});
        QCOMPARE(leadingEmptyLines("\r\n\r\nGET"), std::size_t{4});
        QCOMPARE(leadingEmptyLines("\r\n\r\n\r\nGET"), std::size_t{4});
        QCOMPARE(leadingEmptyLines("\r\n\r\n\r\nGET", 1), std::size_t{2});
        QCOMPARE(leadingEmptyLines("\r\nGET", 2), std::size_t{0});
    }

    void findsTheEndOfAHeadBeforeABody() {
        HeadScanner scanner;
        const std::string head = "POST / HTTP/1.1\r\nHost: gw\r\n\r\n";
        QCOMPARE(scanner.scan(head + std::string("\n\0\r", 3)), HeadScanner::Result::Complete);
        QCOMPARE(scanner.headSize(), head.size());
        scanner.reset();
        QCOMPARE(scanner.headSize(), std::size_t{0});
        QCOMPARE(scanner.scan("GET /"), HeadScanner::Result::Incomplete);
    }

    void knowsFieldsByNameInAnyCase_data() {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<int>("known");
        const std::pair<const char*, KnownField> names[] = {
            {"Host", KnownField::Host},
            {"Content-Length", KnownField::ContentLength},
            {"Transfer-Encoding", KnownField::TransferEncoding},
            {"Connection", KnownField::Connection},
            {"Keep-Alive", KnownField::KeepAlive},
            {"Proxy-Connection", KnownField::ProxyConnection},
            {"Proxy-Authenticate", KnownField::ProxyAuthenticate},
            {"Proxy-Authorization", KnownField::ProxyAuthorization},
            {"TE", KnownField::Te},
            {"Trailer", KnownField::Trailer},
            {"Upgrade", KnownField::Upgrade},
            {"Expect", KnownField::Expect},
            {"Max-Forwards", KnownField::MaxForwards},
            {"Via", KnownField::Via},
            {"Forwarded", KnownField::Forwarded},
            {"X-Forwarded-For", KnownField::XForwardedFor},
            {"X-Forwarded-Proto", KnownField::XForwardedProto},
            {"X-Forwarded-Host", KnownField::XForwardedHost},
            {"X-Request-ID", KnownField::XRequestId},
            {"X-Client-ID", KnownField::XClientId},
            {"X-Internal-Auth", KnownField::XInternalAuth},
            {"Authorization", KnownField::Authorization},
            {"Date", KnownField::Date},
            {"Server", KnownField::Server},
            {"Retry-After", KnownField::RetryAfter},
            {"X-RateLimit-Limit", KnownField::XRateLimitLimit},
            {"X-RateLimit-Remaining", KnownField::XRateLimitRemaining},
            {"X-RateLimit-Reset", KnownField::XRateLimitReset},
            {"RateLimit", KnownField::RateLimit},
            {"RateLimit-Policy", KnownField::RateLimitPolicy},
        };
        for (const auto& [name, known] : names) {
            QTest::newRow(name) << QByteArray(name) << static_cast<int>(known);
        }
    }
    void knowsFieldsByNameInAnyCase() {
        QFETCH(QByteArray, name);
        QFETCH(int, known);
        for (const QByteArray& spelling : {name, name.toLower(), name.toUpper()}) {
            QCOMPARE(static_cast<int>(knownField(spelling.toStdString())), known);
        }
        for (qsizetype i = 0; i < name.size(); ++i) {
            QByteArray other = name;
            other[i] = '~';
            QCOMPARE(knownField(other.toStdString()), KnownField::Other);
        }
        QCOMPARE(knownField(name.toStdString() + "s"), KnownField::Other);
        QCOMPARE(knownField(name.chopped(1).toStdString()), KnownField::Other);
    }

    void knowsTheGatewaysOwnFieldsWithOtherCharactersForDashes() {
        RequestHead head;
        QVERIFY(!parse("GET / HTTP/1.1\r\nHost: gw\r\nX_Client_ID: a\r\nX_forwarded-FOR: b\r\n"
                       "X.Internal~Auth: c\r\nX_Other: d\r\n\r\n",
                       head));
        QCOMPARE(head.fields[1].known, KnownField::XClientId);
        QCOMPARE(head.fields[2].known, KnownField::XForwardedFor);
        QCOMPARE(head.fields[3].known, KnownField::XInternalAuth);
        QCOMPARE(head.fields[4].known, KnownField::Other);
    }

    void countsTheForwardsOfOptionsOnly() {
        RequestHead head;
        QVERIFY(!parse("OPTIONS / HTTP/1.1\r\nHost: gw\r\nMax-Forwards: 007\r\n\r\n", head));
        QCOMPARE(head.maxForwards, 7);
        QVERIFY(!parse("OPTIONS / HTTP/1.1\r\nHost: gw\r\nMax-Forwards: 123456789012\r\n\r\n", head));
        QCOMPARE(head.maxForwards, 1'000'000'000);
        QVERIFY(!parse("GET / HTTP/1.1\r\nHost: gw\r\nMax-Forwards: 7\r\n\r\n", head));
        QCOMPARE(head.maxForwards, -1);
        QVERIFY(!head.fields[1].nominated);
    }
};

QTEST_APPLESS_MAIN(RequestParserTest)
#include "test_request_parser.moc"
