#include "head_text.h"
#include "tests/conformance/wire_cases.h"

#include "gateway/http/parser.h"
#include "gateway/http/writer.h"

#include <QtTest>

#include <random>

using namespace gateway::http;

namespace {

using Names = std::vector<std::pair<std::string, std::string>>;

// Fields that reach the other side as they are; what the gateway ends or writes anew is left out.
template<class Head>
Names endToEnd(const Head& head) {
    Names names;
    for (const Field& field : head.fields) {
        if (!field.nominated && field.known == KnownField::Other) {
            names.emplace_back(field.name, field.value);
        }
    }
    return names;
}

class Generator {
public:
    explicit Generator(unsigned seed)
        : m_random(seed) {}

    std::size_t below(std::size_t bound) { return m_random() % bound; }

    std::string text(std::string_view alphabet, std::size_t atLeast, std::size_t atMost) {
        std::string out;
        for (std::size_t left = atLeast + below(atMost - atLeast + 1); left > 0; --left) {
            out += alphabet[below(alphabet.size())];
        }
        return out;
    }

    std::string pick(std::initializer_list<const char*> choices) {
        return choices.begin()[below(choices.size())];
    }

    std::string fields() {
        std::string out;
        for (std::size_t left = below(8); left > 0; --left) {
            out += text("abcXYZ-09!~", 1, 12) + ":" + text(" \t", 0, 3) +
                   text("ab,;=\"\\ \t:\xC3\xFF", 0, 20) + text(" \t", 0, 3) + "\r\n";
        }
        out += pick(
            {"", "Connection: close\r\n", "Connection: a, b-c\r\n", "TE: trailers\r\n", "Via: 1.0 x\r\n"});
        return out;
    }

    std::string framing() { return pick({"", "Content-Length: 007\r\n", "Transfer-Encoding: Chunked\r\n"}); }

    std::string request() {
        return pick({"GET", "POST", "PURGE", "M!"}) + " /" + text("ab/.%2e~@", 0, 6) +
               pick({"", "?", "?a=b|[c]"}) + " HTTP/1.1\r\n" + fields() + "Host: " + pick({"gw", "[::1]:8"}) +
               "\r\n" + framing() + fields() + "\r\n";
    }

    std::string response() {
        return "HTTP/1.1 " + pick({"200 OK", "404 Not Found", "204 ", "304", "500 \xE9"}) + "\r\n" +
               fields() + framing() + fields() + "\r\n";
    }

private:
    std::mt19937 m_random;
};

} // namespace

class HeadRoundTripTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsWrittenUpstreamParsesToTheSameRequest() {
        int accepted = 0;
        Generator generator(1);
        for (int i = 0; i < 20'000; ++i) {
            accepted += checkRequest(generator.request()) ? 1 : 0;
            if (QTest::currentTestFailed()) {
                return;
            }
        }
        for (const WireCase& wire : readWireCases("requests.txt")) {
            checkRequest(wire.raw);
        }
        QVERIFY(accepted > 5'000);
    }

    void whatIsWrittenDownstreamParsesToTheSameAnswer() {
        int accepted = 0;
        Generator generator(2);
        for (int i = 0; i < 20'000; ++i) {
            accepted += checkResponse(generator.response()) ? 1 : 0;
            if (QTest::currentTestFailed()) {
                return;
            }
        }
        for (const WireCase& wire : readWireCases("responses.txt")) {
            checkResponse(wire.raw);
        }
        QVERIFY(accepted > 5'000);
    }

private:
    static bool checkRequest(const std::string& raw) {
        const HeadLimits generous{.headBytesMax = 1 << 20, .targetBytesMax = 1 << 16, .fieldsMax = 200};
        RequestHead sent;
        if (parseRequestHead(raw, HeadLimits{}, sent)) {
            return false;
        }
        std::string out;
        writeRequestHead(out, sent,
                         {.path = sent.path,
                          .clientAddress = "192.0.2.1",
                          .scheme = "http",
                          .requestId = "r1",
                          .consumer = "alice",
                          .keyField = {},
                          .query = sent.query,
                          .hasQuery = sent.hasQuery,
                          .expectContinue = sent.expectContinue});
        RequestHead read;
        const auto refusal = parseRequestHead(out, generous, read);
        const bool mayLackHost = sent.authority.empty();
        [&] {
            if (mayLackHost) {
                QVERIFY(refusal && std::string_view(refusal->code) == "host-invalid");
                return;
            }
            QVERIFY2(!refusal, out.c_str());
            QCOMPARE(read.methodText, sent.methodText);
            QCOMPARE(read.path, sent.path);
            QCOMPARE(read.query, sent.query);
            QCOMPARE(read.hasQuery, sent.hasQuery);
            QCOMPARE(read.authority, sent.authority);
            QCOMPARE(framingText(read.framing, read.contentLength),
                     framingText(sent.framing, sent.contentLength));
            QCOMPARE(read.expectContinue, sent.expectContinue);
            QVERIFY(endToEnd(read) == endToEnd(sent));
            QCOMPARE(read.find(KnownField::XClientId)->value, "alice");
        }();
        return true;
    }

    static bool checkResponse(const std::string& raw) {
        const HeadLimits generous{.headBytesMax = 1 << 20, .targetBytesMax = 1 << 16, .fieldsMax = 200};
        ResponseHead sent;
        if (parseResponseHead(raw, Method::Get, HeadLimits{}, sent) || sent.status < 200) {
            return false;
        }
        std::string out;
        writeResponseHead(out, sent,
                          {.requestId = "r1",
                           .extraFields = {},
                           .date = "now",
                           .framing = sent.framing,
                           .keepAlive = sent.keepAlive,
                           .clientMinorVersion = 1,
                           .toHead = sent.status == 304});
        ResponseHead read;
        const auto refusal = parseResponseHead(out, Method::Get, generous, read);
        [&] {
            QVERIFY2(!refusal, out.c_str());
            QCOMPARE(read.status, sent.status);
            QCOMPARE(read.reason, sent.reason);
            QCOMPARE(framingText(read.framing, read.contentLength),
                     framingText(sent.framing, sent.contentLength));
            QCOMPARE(read.keepAlive, sent.keepAlive);
            QVERIFY(endToEnd(read) == endToEnd(sent));
        }();
        return true;
    }
};

QTEST_APPLESS_MAIN(HeadRoundTripTest)
#include "test_head_round_trip.moc"
