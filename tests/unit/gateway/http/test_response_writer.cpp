#include "gateway/http/parser.h"
#include "gateway/http/writer.h"

#include <QtTest>

#include <QJsonDocument>
#include <QJsonObject>

using namespace gateway::http;

namespace {

ResponseHead parsed(std::string_view raw, Method method = Method::Get) {
    ResponseHead head;
    if (const auto refusal = parseResponseHead(raw, method, HeadLimits{}, head)) {
        qFatal("refused: %s", refusal->code);
    }
    return head;
}

RespondedBy plain() {
    return {.requestId = "r1",
            .extraFields = {},
            .date = "Thu, 01 Jan 2026 00:00:00 GMT",
            .framing = Framing::Length,
            .keepAlive = true,
            .clientMinorVersion = 1,
            .toHead = false};
}

std::string answered(std::string_view raw, const RespondedBy& by, Method method = Method::Get) {
    std::string out;
    writeResponseHead(out, parsed(raw, method), by);
    return out;
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

ProblemReply problem() {
    return {.status = 404,
            .code = "no-route",
            .detail = "No route matches.",
            .requestId = "r1",
            .extraFields = {},
            .date = "Thu, 01 Jan 2026 00:00:00 GMT",
            .proxyStatus = {},
            .keepAlive = true,
            .clientMinorVersion = 1,
            .toHead = false};
}

std::string written(const ProblemReply& reply) {
    std::string out;
    writeProblem(out, reply);
    return out;
}

QJsonObject bodyOf(const std::string& out) {
    const std::size_t end = out.find("\r\n\r\n");
    QJsonParseError error{};
    const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(out.substr(end + 4)), &error);
    return error.error == QJsonParseError::NoError ? document.object() : QJsonObject{};
}

const std::string fiveBytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n";

} // namespace

class ResponseWriterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesAWholeAnswer() {
        QCOMPARE(answered("HTTP/1.1 201 Made it\r\nServer: up\r\nContent-Length: 5\r\nX: 1\r\n\r\n", plain()),
                 "HTTP/1.1 201 Made it\r\n"
                 "Server: up\r\n"
                 "X: 1\r\n"
                 "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                 "Via: 1.1 gatehouse\r\n"
                 "X-Request-ID: r1\r\n"
                 "Content-Length: 5\r\n"
                 "\r\n");
    }

    void keepsTheUpstreamsDate() {
        const std::string out = answered(fiveBytes + "Date: yesterday\r\n\r\n", plain());
        QVERIFY(holds(out, "\r\nDate: yesterday\r\n"));
        QVERIFY(!holds(out, "2026"));
    }

    void writesTheSpaceBeforeAnEmptyReason() {
        QVERIFY(
            answered("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", plain()).starts_with("HTTP/1.1 200 \r\n"));
    }

    void dropsWhatEndsAtTheUpstreamsConnection() {
        const std::string out =
            answered(fiveBytes + "Connection: x-hop, keep-alive\r\nKeep-Alive: timeout=5\r\n"
                                 "Upgrade: h2c\r\nTrailer: X\r\nProxy-Authenticate: x\r\nX-Hop: 1\r\n"
                                 "X-Internal-Auth: 1\r\nX-Request-ID: other\r\nKept: 1\r\n\r\n",
                     plain());
        for (const char* name : {"Connection", "Keep-Alive", "Upgrade", "Trailer", "Proxy-Auth", "X-Hop",
                                 "X-Internal-Auth", "other"}) {
            QVERIFY2(!holds(out, name), name);
        }
        QVERIFY(holds(out, "\r\nKept: 1\r\n"));
        QVERIFY(holds(out, "\r\nX-Request-ID: r1\r\n"));
    }

    void replacesTheUpstreamsRateLimitFieldsByItsOwn() {
        const std::string raw = fiveBytes +
                                "X-RateLimit-Limit: 1\r\nX-RateLimit-Remaining: 1\r\nRateLimit: 1\r\n"
                                "X-RateLimit-Reset: 1\r\nRateLimit-Policy: 1\r\nRetry-After: 7\r\n\r\n";
        QVERIFY(holds(answered(raw, plain()), "\r\nX-RateLimit-Limit: 1\r\n"));
        RespondedBy by = plain();
        by.extraFields = "X-RateLimit-Limit: 100\r\n";
        const std::string out = answered(raw, by);
        QVERIFY(holds(out, "\r\nX-RateLimit-Limit: 100\r\n"));
        QVERIFY(holds(out, "\r\nRetry-After: 7\r\n"));
        QVERIFY(!holds(out, ": 1\r\n"));
    }

    void framesTheBodyForTheClient() {
        RespondedBy by = plain();
        by.framing = Framing::Chunked;
        const std::string chunked = answered("HTTP/1.1 200 OK\r\n\r\n", by);
        QVERIFY(holds(chunked, "\r\nTransfer-Encoding: chunked\r\n"));
        QVERIFY(!holds(chunked, "Content-Length"));
        by.framing = Framing::UntilClose;
        by.keepAlive = false;
        const std::string untilClose = answered("HTTP/1.1 200 OK\r\n\r\n", by);
        QVERIFY(!holds(untilClose, "Transfer-Encoding"));
        QVERIFY(!holds(untilClose, "Content-Length"));
        QVERIFY(holds(untilClose, "\r\nConnection: close\r\n"));
    }

    void writesNoLengthForAnAnswerThatHasNone() {
        RespondedBy by = plain();
        by.framing = Framing::None;
        QVERIFY(!holds(answered("HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n", by), "Content-Length"));
    }

    void passesTheLengthOnToHead() {
        RespondedBy by = plain();
        by.framing = Framing::None;
        by.toHead = true;
        QVERIFY(holds(answered(fiveBytes + "\r\n", by, Method::Head), "\r\nContent-Length: 5\r\n"));
        QVERIFY(!holds(answered("HTTP/1.1 200 OK\r\n\r\n", by, Method::Head), "Content-Length"));
        QVERIFY(
            holds(answered("HTTP/1.1 304 X\r\nContent-Length: 0\r\n\r\n", by), "\r\nContent-Length: 0\r\n"));
    }

    void saysWhetherTheConnectionStays() {
        RespondedBy by = plain();
        QVERIFY(!holds(answered(fiveBytes + "\r\n", by), "Connection"));
        by.clientMinorVersion = 0;
        QVERIFY(holds(answered(fiveBytes + "\r\n", by), "\r\nConnection: keep-alive\r\n"));
        by.keepAlive = false;
        QVERIFY(holds(answered(fiveBytes + "\r\n", by), "\r\nConnection: close\r\n"));
    }

    void appendsItsViaAndNamesTheUpstreamsVersion() {
        const std::string out =
            answered("HTTP/1.0 200 OK\r\nVia: 1.1 x\r\nContent-Length: 5\r\n\r\n", plain());
        QVERIFY(out.starts_with("HTTP/1.1 200 OK\r\nVia: 1.1 x\r\n"));
        QVERIFY(holds(out, "\r\nVia: 1.0 gatehouse\r\n"));
        ResponseHead head = parsed(fiveBytes + "\r\n");
        head.http2 = true;
        std::string overHttp2;
        writeResponseHead(overHttp2, head, plain());
        QVERIFY(holds(overHttp2, "\r\nVia: 2.0 gatehouse\r\n"));
    }

    void passesInformationalAnswersOn() {
        std::string out;
        writeInformationalHead(
            out, parsed("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: x\r\nX: 1\r\n\r\n"));
        QCOMPARE(out, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    }

    void writesAProblem() {
        const std::string out = written(problem());
        QVERIFY(out.starts_with("HTTP/1.1 404 Not Found\r\n"));
        QVERIFY(holds(out, "\r\nContent-Type: application/problem+json\r\n"));
        QVERIFY(holds(out, "\r\nCache-Control: no-store\r\n"));
        QVERIFY(holds(out, "\r\nX-Request-ID: r1\r\n"));
        QVERIFY(holds(out, "\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"));
        QVERIFY(!holds(out, "Connection"));
        QVERIFY(!holds(out, "Proxy-Status"));
        const QJsonObject body = bodyOf(out);
        QCOMPARE(body.value(QLatin1String("type")).toString(), QStringLiteral("about:blank"));
        QCOMPARE(body.value(QLatin1String("title")).toString(), QStringLiteral("Not Found"));
        QCOMPARE(body.value(QLatin1String("status")).toInt(), 404);
        QCOMPARE(body.value(QLatin1String("detail")).toString(), QStringLiteral("No route matches."));
        QCOMPARE(body.value(QLatin1String("code")).toString(), QStringLiteral("no-route"));
        QCOMPARE(body.value(QLatin1String("request_id")).toString(), QStringLiteral("r1"));
        QCOMPARE(body.size(), qsizetype{6});
    }

    void writesAProblemThatParsesAsAnAnswerOfItsLength() {
        const std::string out = written(problem());
        const std::size_t headSize = out.find("\r\n\r\n") + 4;
        const ResponseHead head = parsed(std::string_view(out).substr(0, headSize));
        QCOMPARE(head.framing, Framing::Length);
        QCOMPARE(head.contentLength, out.size() - headSize);
    }

    void addsFieldsToAProblem() {
        ProblemReply reply = problem();
        reply.extraFields = "Allow: GET\r\nRetry-After: 1\r\n";
        reply.proxyStatus = "gatehouse; error=destination_not_found";
        reply.keepAlive = false;
        const std::string out = written(reply);
        QVERIFY(holds(out, "\r\nAllow: GET\r\nRetry-After: 1\r\n"));
        QVERIFY(holds(out, "\r\nProxy-Status: gatehouse; error=destination_not_found\r\n"));
        QVERIFY(holds(out, "\r\nConnection: close\r\n"));
        reply.keepAlive = true;
        reply.clientMinorVersion = 0;
        QVERIFY(holds(written(reply), "\r\nConnection: keep-alive\r\n"));
    }

    void answersHeadWithTheProblemsLengthAlone() {
        const std::string whole = written(problem());
        ProblemReply reply = problem();
        reply.toHead = true;
        QCOMPARE(written(reply), whole.substr(0, whole.find("\r\n\r\n") + 4));
    }

    void escapesWhatAProblemQuotes() {
        ProblemReply reply = problem();
        const std::string detail =
            std::string("a\"b\\c\n\t\x01\x7F") + "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
        reply.detail = detail;
        QCOMPARE(bodyOf(written(reply)).value(QLatin1String("detail")).toString(),
                 QString::fromStdString(detail));
    }

    void replacesBytesThatAreNoUtf8_data() {
        QTest::addColumn<QByteArray>("bytes");
        for (const char* bytes :
             {"\x80", "\xC0\xAF", "\xC1\x81", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
              "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98"}) {
            QTest::newRow(QByteArray(bytes).toHex().constData()) << QByteArray(bytes);
        }
    }
    void replacesBytesThatAreNoUtf8() {
        QFETCH(QByteArray, bytes);
        ProblemReply reply = problem();
        const std::string detail = "a" + bytes.toStdString() + "b";
        reply.detail = detail;
        const QString read = bodyOf(written(reply)).value(QLatin1String("detail")).toString();
        QCOMPARE(read, u'a' + QString(bytes.size(), QChar(0xFFFD)) + u'b');
    }

    void namesTheStandardReasons() {
        QCOMPARE(reasonPhrase(200), "OK");
        QCOMPARE(reasonPhrase(429), "Too Many Requests");
        QCOMPARE(reasonPhrase(504), "Gateway Timeout");
        QCOMPARE(reasonPhrase(599), "Unknown");
    }

    void writesDatesAsRfc9110Has() {
        QCOMPARE(httpDate(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
        QCOMPARE(httpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        QCOMPARE(httpDate(1'709'164'800), "Thu, 29 Feb 2024 00:00:00 GMT");
        QCOMPARE(httpDate(1'767'225'599), "Wed, 31 Dec 2025 23:59:59 GMT");
    }

    void writesChunkSizesInHexadecimal() {
        std::string out = "x";
        writeChunkSize(out, 26);
        QCOMPARE(out, "x1a\r\n");
        out.clear();
        writeChunkSize(out, 0xFFFFFFFFFFFFFFFFULL);
        QCOMPARE(out, "ffffffffffffffff\r\n");
    }

    void takesOverOnlyHarmlessRequestIds() {
        QVERIFY(isAcceptableRequestId("0af7651916cd43dd8448eb211c80319c"));
        QVERIFY(isAcceptableRequestId("a-B_9.~+/=:"));
        QVERIFY(isAcceptableRequestId(std::string(128, 'a')));
        QVERIFY(!isAcceptableRequestId(std::string(129, 'a')));
        for (const char* id :
             {"", "a b", "a\"b", "a;b", "a,b", "a\r\nb", "\xC3\xA9", "<a>", "a{b}", "a%20"}) {
            QVERIFY2(!isAcceptableRequestId(id), id);
        }
    }

    void knowsTokensAndComparesWithoutCase() {
        QVERIFY(isToken("a!#$%&'*+-.^_`|~9Z"));
        for (const char* text : {"", "a b", "a:b", "a,b", "\xC3\xA9", "a\t", "\"a\"", "a/b", "a@b", "(a)"}) {
            QVERIFY2(!isToken(text), text);
        }
        QVERIFY(equalsIgnoreCase("Content-TYPE", "content-type"));
        QVERIFY(!equalsIgnoreCase("a", "ab"));
        QVERIFY(!equalsIgnoreCase("@", "`"));
        QVERIFY(!equalsIgnoreCase("[", "{"));
    }
};

QTEST_APPLESS_MAIN(ResponseWriterTest)
#include "test_response_writer.moc"
