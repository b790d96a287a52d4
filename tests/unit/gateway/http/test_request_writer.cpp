#include "gateway/http/parser.h"
#include "gateway/http/writer.h"

#include <QtTest>

using namespace gateway::http;

namespace {

// Writes what goes upstream for a client's head.
std::string forwarded(std::string_view raw, ForwardedBy by) {
    RequestHead head;
    if (const auto refusal = parseRequestHead(raw, HeadLimits{}, head)) {
        return std::string("refused: ") + refusal->code;
    }
    by.path = by.path.empty() ? head.path : by.path;
    std::string out;
    writeRequestHead(out, head, by);
    return out;
}

ForwardedBy plain() {
    return {.path = {},
            .clientAddress = "192.0.2.1",
            .scheme = "http",
            .requestId = "r1",
            .consumer = {},
            .keyField = {},
            .query = {},
            .hasQuery = false,
            .expectContinue = false};
}

std::string get(const std::string& fields) {
    return "GET /a HTTP/1.1\r\nHost: gw\r\n" + fields + "\r\n";
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

class RequestWriterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesAWholeRequest() {
        QCOMPARE(forwarded(get("Accept: */*\r\nConnection: keep-alive\r\nX: 1\r\n"), plain()),
                 "GET /a HTTP/1.1\r\n"
                 "Host: gw\r\n"
                 "Accept: */*\r\n"
                 "X: 1\r\n"
                 "Via: 1.1 gatehouse\r\n"
                 "Forwarded: for=192.0.2.1;host=\"gw\";proto=http\r\n"
                 "X-Forwarded-For: 192.0.2.1\r\n"
                 "X-Forwarded-Proto: http\r\n"
                 "X-Forwarded-Host: gw\r\n"
                 "X-Request-ID: r1\r\n"
                 "\r\n");
    }

    void appendsToWhatIsThere() {
        const std::string raw = get({});
        RequestHead head;
        QVERIFY(!parseRequestHead(raw, HeadLimits{}, head));
        ForwardedBy by = plain();
        by.path = "/";
        std::string out = "before";
        writeRequestHead(out, head, by);
        QVERIFY(out.starts_with("beforeGET / HTTP/1.1\r\n"));
        QVERIFY(out.ends_with("\r\n\r\n"));
    }

    void asksForTheRewrittenPathAndQuery() {
        ForwardedBy by = plain();
        by.path = "/v2/b";
        by.query = "c=d";
        by.hasQuery = true;
        QVERIFY(forwarded(get({}), by).starts_with("GET /v2/b?c=d HTTP/1.1\r\n"));
        by.query = {};
        QVERIFY(forwarded(get({}), by).starts_with("GET /v2/b? HTTP/1.1\r\n"));
        by.hasQuery = false;
        by.query = "ignored";
        QVERIFY(forwarded(get({}), by).starts_with("GET /v2/b HTTP/1.1\r\n"));
    }

    void dropsWhatEndsAtTheClientsConnection_data() {
        QTest::addColumn<QByteArray>("line");
        for (const char* line :
             {"Connection: keep-alive", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive",
              "Proxy-Authorization: Basic x", "Proxy-Authenticate: x", "TE: gzip", "Trailer: X-Sum",
              "Upgrade: websocket", "X-Internal-Auth: yes", "X-Client-ID: root", "x-client-id: root",
              "X_Client_ID: root", "X_Internal_Auth: yes"}) {
            QTest::newRow(line) << QByteArray(line);
        }
    }
    void dropsWhatEndsAtTheClientsConnection() {
        QFETCH(QByteArray, line);
        const std::string out = forwarded(get(line.toStdString() + "\r\nKept: 1\r\n"), plain());
        QVERIFY(!holds(out, line.toStdString().substr(0, line.toStdString().find(':') + 1)));
        QVERIFY(holds(out, "\r\nKept: 1\r\n"));
    }

    void replacesWhatTheClientSaysAboutItsWay_data() {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QByteArray>("own");
        QTest::newRow("Forwarded") << QByteArray("Forwarded: for=6.6.6.6")
                                   << QByteArray("Forwarded: for=192.0.2.1;host=\"gw\";proto=http");
        QTest::newRow("For") << QByteArray("X-Forwarded-For: 6.6.6.6")
                             << QByteArray("X-Forwarded-For: 192.0.2.1");
        QTest::newRow("For with underscores")
            << QByteArray("X_Forwarded_For: 6.6.6.6") << QByteArray("X-Forwarded-For: 192.0.2.1");
        QTest::newRow("Proto") << QByteArray("X-Forwarded-Proto: evil")
                               << QByteArray("X-Forwarded-Proto: http");
        QTest::newRow("Host") << QByteArray("X-Forwarded-Host: evil") << QByteArray("X-Forwarded-Host: gw");
        QTest::newRow("Id") << QByteArray("X-Request-ID: evil") << QByteArray("X-Request-ID: r1");
    }
    void replacesWhatTheClientSaysAboutItsWay() {
        QFETCH(QByteArray, line);
        QFETCH(QByteArray, own);
        const std::string out = forwarded(get(line.toStdString() + "\r\n"), plain());
        QVERIFY(!holds(out, line.toStdString()));
        QVERIFY(holds(out, "\r\n" + own.toStdString() + "\r\n"));
    }

    void dropsNominatedFields() {
        const std::string out =
            forwarded(get("A: 1\r\nConnection: x-hop, close\r\nX-Hop: 2\r\nB: 3\r\n"), plain());
        QVERIFY(!holds(out, "X-Hop"));
        QVERIFY(!holds(out, "Connection"));
        QVERIFY(holds(out, "\r\nA: 1\r\nB: 3\r\n"));
    }

    void keepsHostAndAuthorizationWhateverIsNominated() {
        const std::string out =
            forwarded(get("Authorization: Bearer x\r\nConnection: host, authorization\r\n"), plain());
        QVERIFY(holds(out, "\r\nHost: gw\r\n"));
        QVERIFY(holds(out, "\r\nAuthorization: Bearer x\r\n"));
    }

    void doesNotPassTheCredentialOn() {
        ForwardedBy by = plain();
        by.keyField = "X-API-Key";
        const std::string out =
            forwarded(get("A: 1\r\nx-api-key: secret\r\nB: 2\r\nX-Api-Key: again\r\n"), by);
        QVERIFY(!holds(out, "secret"));
        QVERIFY(!holds(out, "again"));
        QVERIFY(holds(out, "\r\nA: 1\r\nB: 2\r\n"));
    }

    void doesNotPassTokensForTheGatewayOn() {
        ForwardedBy by = plain();
        const std::string fields = "A: 1\r\nauthorization: DPoP secret\r\nDPoP: proof\r\nB: 2\r\n";
        QVERIFY(holds(forwarded(get(fields), by), fields));
        by.withoutAuthorization = true;
        const std::string out = forwarded(get(fields), by);
        QVERIFY(!holds(out, "secret"));
        QVERIFY(!holds(out, "proof"));
        QVERIFY(holds(out, "\r\nA: 1\r\nB: 2\r\n"));
    }

    void letsNobodyElseUseTheGatewaysOwnNames_data() {
        QTest::addColumn<QByteArray>("name");
        for (const char* name :
             {"X-User", "x-user", "X_User", "X.User", "x!uSER", "X~User", "Authorization"}) {
            QTest::newRow(name) << QByteArray(name);
        }
    }
    void letsNobodyElseUseTheGatewaysOwnNames() {
        QFETCH(QByteArray, name);
        FieldNames own;
        own.add("X-User");
        own.add("authorization");
        ForwardedBy by = plain();
        by.gatewaysOwn = &own;
        by.identityFields = "X-User: alice\r\n";
        const std::string out =
            forwarded(get("A: 1\r\n" + name.toStdString() + ": root\r\nXUser: 2\r\nX-User2: 3\r\n" +
                          name.toStdString() + ": root\r\n"),
                      by);
        QVERIFY(!holds(out, "root"));
        QVERIFY(holds(out, "\r\nA: 1\r\nXUser: 2\r\nX-User2: 3\r\nX-User: alice\r\nVia: "));
    }

    void takesTheGatewaysOwnNamesOutOfTrailers() {
        FieldNames own;
        own.add("X-User");
        QCOMPARE(own.without("A: 1\r\nX_User: root\r\nx-user:\r\nB: 2\r\n"), std::string("A: 1\r\nB: 2\r\n"));
        QCOMPARE(own.without({}), std::string());
        QCOMPARE(FieldNames().without("X-User: 1\r\n"), std::string("X-User: 1\r\n"));
    }

    void knowsNamesOfAnyLength() {
        const std::string large(80, 'a');
        FieldNames own;
        own.add(large + "-x");
        QVERIFY(own.contains(large + "_X"));
        QVERIFY(!own.contains(large));
        QVERIFY(!own.contains(std::string(82, 'a')));
        QVERIFY(!own.contains({}));
    }

    void saysWhoCalls() {
        ForwardedBy by = plain();
        by.consumer = "alice";
        QVERIFY(holds(forwarded(get({}), by), "\r\nX-Client-ID: alice\r\n"));
        QVERIFY(!holds(forwarded(get({}), plain()), "X-Client-ID"));
    }

    void cannotBeSplitByAConsumersName() {
        ForwardedBy by = plain();
        by.consumer = "a\r\nEvil: 1";
        by.requestId = "b\nc";
        const std::string out = forwarded(get({}), by);
        QVERIFY(holds(out, "\r\nX-Client-ID: a??Evil: 1\r\n"));
        QVERIFY(holds(out, "\r\nX-Request-ID: b?c\r\n"));
    }

    void framesTheBodyAnew() {
        const std::string length =
            forwarded("POST /a HTTP/1.1\r\nHost: gw\r\nContent-Length: 0012\r\nX: 1\r\n\r\n", plain());
        QVERIFY(holds(length, "\r\nContent-Length: 12\r\n"));
        QVERIFY(!holds(length, "0012"));
        const std::string chunked =
            forwarded("POST /a HTTP/1.1\r\nHost: gw\r\ntransfer-encoding: CHUNKED\r\n\r\n", plain());
        QVERIFY(holds(chunked, "\r\nTransfer-Encoding: chunked\r\n"));
        QVERIFY(!holds(chunked, "CHUNKED"));
        QVERIFY(!holds(chunked, "Content-Length"));
        QVERIFY(!holds(forwarded(get({}), plain()), "Content-Length"));
    }

    void namesAnIpv6ClientInBrackets() {
        ForwardedBy by = plain();
        by.clientAddress = "2001:db8::1";
        by.scheme = "https";
        const std::string out = forwarded(get({}), by);
        QVERIFY(holds(out, "\r\nForwarded: for=\"[2001:db8::1]\";host=\"gw\";proto=https\r\n"));
        QVERIFY(holds(out, "\r\nX-Forwarded-For: 2001:db8::1\r\n"));
        QVERIFY(holds(out, "\r\nX-Forwarded-Proto: https\r\n"));
        by.clientAddress = "fe80::1%eth0";
        QVERIFY(holds(forwarded(get({}), by), "for=\"[fe80::1]\";"));
    }

    void namesAClientWithoutAddressUnknown() {
        ForwardedBy by = plain();
        by.clientAddress = {};
        const std::string out = forwarded(get({}), by);
        QVERIFY(holds(out, "\r\nForwarded: for=unknown;host=\"gw\";proto=http\r\n"));
        QVERIFY(!holds(out, "X-Forwarded-For"));
    }

    void appendsItsViaToThoseBefore() {
        const std::string out = forwarded(get("Via: 1.0 fred, 1.1 p\r\nX: 1\r\n"), plain());
        QVERIFY(holds(out, "\r\nVia: 1.0 fred, 1.1 p\r\nX: 1\r\nVia: 1.1 gatehouse\r\n"));
        ForwardedBy by = plain();
        by.http2 = true;
        QVERIFY(holds(forwarded(get({}), by), "\r\nVia: 2.0 gatehouse\r\n"));
    }

    void speaksForAnOldClient() {
        const std::string out = forwarded("GET /a HTTP/1.0\r\nX: 1\r\n\r\n", plain());
        QVERIFY(out.starts_with("GET /a HTTP/1.1\r\nX: 1\r\nHost: \r\nVia: 1.0 gatehouse\r\n"));
        QVERIFY(holds(out, "Forwarded: for=192.0.2.1;proto=http\r\n"));
        QVERIFY(!holds(out, "X-Forwarded-Host"));
        QVERIFY(holds(forwarded("GET http://gw:81/a HTTP/1.0\r\n\r\n", plain()), "\r\nHost: gw:81\r\n"));
    }

    void passesTheWishForTrailersOn() {
        QVERIFY(holds(forwarded(get("TE: gzip, trailers\r\nConnection: TE\r\n"), plain()),
                      "\r\nTE: trailers\r\nConnection: te\r\n"));
        const std::string without = forwarded(get("TE: gzip;q=0.5, xtrailers\r\n"), plain());
        QVERIFY(!holds(without, "TE:"));
        QVERIFY(!holds(without, "Connection"));
    }

    void asksToContinueOnlyWhenTold() {
        const std::string raw =
            "POST /a HTTP/1.1\r\nHost: gw\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        QVERIFY(!holds(forwarded(raw, plain()), "Expect"));
        ForwardedBy by = plain();
        by.expectContinue = true;
        QVERIFY(holds(forwarded(raw, by), "\r\nExpect: 100-continue\r\n"));
    }

    void fitsWhateverTheSizes() {
        const std::string large(30'000, 'a');
        ForwardedBy by = plain();
        by.consumer = large;
        by.requestId = large;
        by.query = large;
        by.hasQuery = true;
        const std::string out = forwarded(get("X: " + large + "\r\n"), by);
        QVERIFY(holds(out, "X-Client-ID: " + large + "\r\n"));
        QVERIFY(out.ends_with("\r\n\r\n"));
    }
};

QTEST_APPLESS_MAIN(RequestWriterTest)
#include "test_request_writer.moc"
