#include "tests/integration/calm_support.h"

#include <QtTest>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

using namespace gateway;
using namespace std::chrono_literals;
using support::contains;
using support::RawClient;
using support::ScriptedUpstream;
using support::UpstreamConnection;
using support::WireRequest;
using support::WireResponse;

namespace {

/// How the first of two targets treats a request.
enum class Treatment {
    Refuses,    ///< nobody listens
    Closes,     ///< reads the request and closes
    Resets,     ///< reads the request and resets
    BreaksHead, ///< resets within the head of the answer
    Silent,
    Says500,
    Says503,
    SaysNonsense,
};

/// Which retries a case switches on.
enum class Retries { Default, All, None, NoConnectFailure };

void treat(Treatment treatment, UpstreamConnection& connection) {
    switch (treatment) {
    case Treatment::Refuses:
        break;
    case Treatment::Closes:
        connection.close();
        break;
    case Treatment::Resets:
        connection.reset();
        break;
    case Treatment::BreaksHead:
        connection.send("HTTP/1.1 200 OK\r\nContent-Le");
        connection.close();
        break;
    case Treatment::Silent:
        connection.stayTillPeerCloses();
        break;
    case Treatment::Says500:
        connection.send(calm::answer(500, "first"));
        break;
    case Treatment::Says503:
        connection.send(calm::answer(503, "first"));
        break;
    case Treatment::SaysNonsense:
        connection.send("HTTP/9.9 what?\r\n\r\n");
        break;
    }
}

void choose(Retries retries, model::Service& service) {
    switch (retries) {
    case Retries::Default:
        break;
    case Retries::All:
        service.retries.onReset = true;
        service.retries.onTimeout = true;
        break;
    case Retries::None:
        service.retries.attempts = 0;
        break;
    case Retries::NoConnectFailure:
        service.retries.onConnectFailure = false;
        break;
    }
}

} // namespace

Q_DECLARE_METATYPE(Treatment)
Q_DECLARE_METATYPE(Retries)

/// What is tried again, and what never is.
class CalmRetriesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void triesAgainOnlyWhatIsSafe_data();
    void triesAgainOnlyWhatIsSafe();
    void sendsTheWholeBodyAgain();
    void tellsTheClientToContinueOnlyOnce();
    void neverRepeatsABodyThatIsNotHereAnyMore();
    void asksTheOnlyTargetAgain();
    void handsTheLastAnswerOverWhenAttemptsAreUsedUp();
    void neverMixesAnAnswerWithTheOneItWasReplacedBy_data();
    void neverMixesAnAnswerWithTheOneItWasReplacedBy();
    void stopsAtTheBudget();
    void waitsBeforeItTriesAgain();
    void replacesADeadPooledConnectionWithoutTheBudget();
    void saysThatTheTargetsWereSilentOnlyWhenAllWere();
};

void CalmRetriesTest::triesAgainOnlyWhatIsSafe_data() {
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<Treatment>("treatment");
    QTest::addColumn<Retries>("retries");
    QTest::addColumn<int>("status");
    const auto row = [](const char* method, const char* what, Treatment treatment, Retries retries,
                        int status) {
        const QByteArray name = QByteArray(method) + ' ' + what + " -> " + QByteArray::number(status);
        QTest::newRow(name.constData()) << QByteArray(method) << treatment << retries << status;
    };
    // Not a byte of the request was sent: safe for every method.
    row("GET", "refused", Treatment::Refuses, Retries::Default, 200);
    row("POST", "refused", Treatment::Refuses, Retries::Default, 200);
    row("GET", "refused, without that reason", Treatment::Refuses, Retries::NoConnectFailure, 502);
    row("GET", "refused, without retries", Treatment::Refuses, Retries::None, 502);
    // It was sent: safe for idempotent methods only.
    for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}) {
        row(method, "closed", Treatment::Closes, Retries::Default, 200);
    }
    row("POST", "closed", Treatment::Closes, Retries::All, 502);
    row("PATCH", "closed", Treatment::Closes, Retries::All, 502);
    row("PURGE", "closed", Treatment::Closes, Retries::All, 502);
    row("GET", "reset", Treatment::Resets, Retries::Default, 200);
    row("POST", "reset", Treatment::Resets, Retries::All, 502);
    row("GET", "closed, without retries", Treatment::Closes, Retries::None, 502);
    row("GET", "broken head, without that reason", Treatment::BreaksHead, Retries::Default, 502);
    row("GET", "broken head", Treatment::BreaksHead, Retries::All, 200);
    row("POST", "broken head", Treatment::BreaksHead, Retries::All, 502);
    row("GET", "silent, without that reason", Treatment::Silent, Retries::Default, 504);
    row("GET", "silent", Treatment::Silent, Retries::All, 200);
    row("POST", "silent", Treatment::Silent, Retries::All, 504);
    row("GET", "503", Treatment::Says503, Retries::Default, 200);
    row("DELETE", "503", Treatment::Says503, Retries::Default, 200);
    row("POST", "503", Treatment::Says503, Retries::All, 503);
    row("GET", "503, without retries", Treatment::Says503, Retries::None, 503);
    row("GET", "500, no reason", Treatment::Says500, Retries::All, 500);
    row("GET", "nonsense", Treatment::SaysNonsense, Retries::All, 502);
}

void CalmRetriesTest::triesAgainOnlyWhatIsSafe() {
    QFETCH(QByteArray, method);
    QFETCH(Treatment, treatment);
    QFETCH(Retries, retries);
    QFETCH(int, status);
    const std::uint16_t deadPort = support::unusedPort();
    ScriptedUpstream first;
    first.setHandler([&](WireRequest&, UpstreamConnection& connection) { treat(treatment, connection); });
    ScriptedUpstream second;
    second.setHandler([&](WireRequest& request, UpstreamConnection& connection) {
        const std::string whole = support::okResponse("second");
        connection.send(request.method() == "HEAD" ? whole.substr(0, whole.size() - 6) : whole);
    });
    const bool refuses = treatment == Treatment::Refuses;
    TestGateway gateway(1);
    const auto config =
        calm::config({refuses ? deadPort : first.port(), second.port()}, [&](model::Service& service) {
            choose(retries, service);
            if (treatment == Treatment::Silent) {
                service.timeouts.attempt = 500ms;
            }
        });
    QVERIFY2(gateway.publish(config), gateway.error().c_str());

    const WireResponse response =
        RawClient::exchange(gateway.port(), calm::request(method.toStdString(), "/open/a"), method == "HEAD");
    QCOMPARE(response.status, status);
    const bool retried = status == 200;
    QCOMPARE(first.requests().size(), std::size_t{refuses ? 0U : 1U});
    QCOMPARE(second.requests().size(), std::size_t{retried ? 1U : 0U});
    calm::Feed feed(gateway);
    const auto& service = feed.look();
    QCOMPARE(service.retries, std::uint64_t{retried ? 1U : 0U});
    QCOMPARE(service.targets[0].requests, std::uint64_t{1});
    QCOMPARE(service.targets[0].failures, std::uint64_t{1});
    QCOMPARE(service.targets[1].requests, std::uint64_t{retried ? 1U : 0U});
    QCOMPARE(service.targets[0].requestsActive + service.targets[1].requestsActive, std::uint64_t{0});
}

void CalmRetriesTest::sendsTheWholeBodyAgain() {
    ScriptedUpstream first;
    first.setHandler([](WireRequest&, UpstreamConnection& connection) { connection.reset(); });
    ScriptedUpstream second;
    second.setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send(support::okResponse(request.body));
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({first.port(), second.port()})),
             gateway.error().c_str());
    const std::string body(9'000, 'b');
    QCOMPARE(RawClient::exchange(gateway.port(), calm::request("PUT", "/open/a", body)).body, body);
    const WireResponse chunked = RawClient::exchange(
        gateway.port(), "PUT /open/b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "5\r\nhello\r\n6\r\n again\r\n0\r\n\r\n");
    QCOMPARE(chunked.body, std::string("hello again"));
}

void CalmRetriesTest::tellsTheClientToContinueOnlyOnce() {
    ScriptedUpstream first;
    ScriptedUpstream second;
    first.setReadsBodies(false);
    second.setReadsBodies(false);
    first.setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send("HTTP/1.1 100 Continue\r\n\r\n");
        if (connection.readBody(request)) {
            connection.send(calm::answer(503));
        }
    });
    second.setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send("HTTP/1.1 100 Continue\r\n\r\n");
        if (connection.readBody(request)) {
            connection.send(support::okResponse(request.body));
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({first.port(), second.port()})),
             gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send("PUT /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                        "Expect: 100-continue\r\n\r\n"));
    QCOMPARE(client.readResponse().status, 100);
    QVERIFY(client.send("body"));
    const WireResponse response = client.readResponse();
    QCOMPARE(response.status, 200);
    QCOMPARE(response.body, std::string("body"));
    QCOMPARE(first.requests().size(), std::size_t{1});
}

void CalmRetriesTest::neverRepeatsABodyThatIsNotHereAnyMore() {
    ScriptedUpstream first;
    first.answerWith(calm::answer(503, "first"));
    ScriptedUpstream second;
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({first.port(), second.port()})),
             gateway.error().c_str());
    // More than the gateway keeps of a request.
    const WireResponse response =
        RawClient::exchange(gateway.port(), calm::request("PUT", "/open/a", std::string(300'000, 'b')));
    QCOMPARE(response.status, 503);
    QCOMPARE(response.body, std::string("first"));
    QCOMPARE(second.requests().size(), std::size_t{0});
}

void CalmRetriesTest::asksTheOnlyTargetAgain() {
    ScriptedUpstream upstream;
    upstream.setHandler([](WireRequest& request, UpstreamConnection& connection) {
        if (request.number == 1) {
            connection.reset();
        } else if (request.number == 2) {
            connection.send(calm::answer(503));
        } else {
            connection.send(support::okResponse("third"));
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").body, std::string("third"));
}

void CalmRetriesTest::handsTheLastAnswerOverWhenAttemptsAreUsedUp() {
    ScriptedUpstream upstream;
    upstream.setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send(calm::answer(503, std::to_string(request.number)));
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    const WireResponse response = RawClient::get(gateway.port(), "/open/a");
    QCOMPARE(response.status, 503);
    QCOMPARE(response.body, std::string("3"));
    QCOMPARE(upstream.requests().size(), std::size_t{3});
}

void CalmRetriesTest::neverMixesAnAnswerWithTheOneItWasReplacedBy_data() {
    QTest::addColumn<QByteArray>("refused");
    QTest::newRow("with its whole body") << QByteArray::fromStdString(calm::answer(503, "wrong"));
    QTest::newRow("with a part of its body")
        << QByteArray("HTTP/1.1 503 X\r\nContent-Length: 1000\r\n\r\nwrong");
    QTest::newRow("in chunks") << QByteArray(
        "HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwrong\r\n0\r\n\r\n");
    QTest::newRow("up to the end of the connection") << QByteArray("HTTP/1.1 503 X\r\n\r\nwrong");
    QTest::newRow("with surplus bytes")
        << QByteArray::fromStdString(calm::answer(503, "wrong") + calm::answer(200, "surplus"));
    QTest::newRow("without a body, with surplus bytes")
        << QByteArray::fromStdString(calm::answer(503) + calm::answer(200, "surplus"));
}

void CalmRetriesTest::neverMixesAnAnswerWithTheOneItWasReplacedBy() {
    QFETCH(QByteArray, refused);
    ScriptedUpstream upstream;
    upstream.setHandler([&](WireRequest& request, UpstreamConnection& connection) {
        if (request.number % 2 == 1) {
            connection.send(refused.toStdString());
        } else {
            connection.send(support::okResponse(request.target()));
        }
    });
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    for (const char* target : {"/open/a", "/open/b", "/open/c"}) {
        const WireResponse response = RawClient::get(gateway.port(), target);
        QCOMPARE(response.status, 200);
        QCOMPARE(response.body, std::string(target));
    }
}

void CalmRetriesTest::stopsAtTheBudget() {
    ManualClock clock;
    TestGateway gateway(clock, 1);
    const auto config = calm::config({support::unusedPort(), support::unusedPort()}, [](auto& service) {
        service.retries.attempts = 1;
        service.retries.budgetPercent = 0;
    });
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    calm::Feed feed(gateway);
    for (int i = 0; i < 10; ++i) {
        QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 502);
    }
    // Three in a second are free.
    QCOMPARE(feed.look().retries, std::uint64_t{3});
    QCOMPARE(feed.look().retriesDenied, std::uint64_t{7});
    clock.advance(1s);
    for (int i = 0; i < 10; ++i) {
        QCOMPARE(RawClient::get(gateway.port(), "/open/a").status, 502);
    }
    QCOMPARE(feed.look().retries, std::uint64_t{6});
}

void CalmRetriesTest::waitsBeforeItTriesAgain() {
    ScriptedUpstream upstream;
    upstream.setHandler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send(request.number == 1 ? calm::answer(503) : support::okResponse("again"));
    });
    ManualClock clock;
    TestGateway gateway(clock, 1);
    QVERIFY2(gateway.publish(TestGateway::basicConfig({upstream.port()})), gateway.error().c_str());
    RawClient client(gateway.port());
    QVERIFY(client.send(calm::request("GET", "/open/a")));
    calm::Feed feed(gateway);
    QVERIFY(calm::eventually([&] { return feed.look().retries == 1; }));
    // The loop goes on, and time stands still.
    QCOMPARE(RawClient::get(gateway.port(), "/nowhere").status, 404);
    QCOMPARE(upstream.requests().size(), std::size_t{1});
    clock.advance(250ms);
    QCOMPARE(client.readResponse().body, std::string("again"));
}

void CalmRetriesTest::replacesADeadPooledConnectionWithoutTheBudget() {
    ScriptedUpstream upstream;
    upstream.setHandler([](WireRequest& request, UpstreamConnection& connection) {
        if (request.number % 2 == 0) {
            connection.reset();
        } else {
            connection.send(support::okResponse(request.target()));
        }
    });
    TestGateway gateway(1);
    const auto config = calm::config({upstream.port()}, [](auto& service) { service.retries.attempts = 0; });
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    for (int i = 0; i < 10; ++i) {
        const std::string target = "/open/" + std::to_string(i);
        QCOMPARE(RawClient::get(gateway.port(), target).body, target);
    }
    calm::Feed feed(gateway);
    QCOMPARE(feed.look().retries, std::uint64_t{0});
    QCOMPARE(feed.look().targets.front().failures, std::uint64_t{0});
}

void CalmRetriesTest::saysThatTheTargetsWereSilentOnlyWhenAllWere() {
    // A socket that listens with a full backlog lets nobody in and turns nobody away.
    const support::Descriptor full = support::listenOnLoopback();
    std::vector<support::Descriptor> waiting;
    const auto fill = [&] {
        for (int i = 0; i < 8192; ++i) {
            support::Descriptor descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_port = htons(support::localPort(full.get()));
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            ::connect(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
            pollfd entry{descriptor.get(), POLLOUT, 0};
            const bool through = ::poll(&entry, 1, 20) == 1;
            waiting.push_back(std::move(descriptor));
            if (!through) {
                return true;
            }
        }
        return false;
    };
    ::listen(full.get(), 0);
    QVERIFY(fill());
    TestGateway gateway(1);
    const auto config = calm::config({support::localPort(full.get())}, [](auto& service) {
        service.timeouts.connect = 100ms;
        service.retries.attempts = 0;
    });
    QVERIFY2(gateway.publish(config), gateway.error().c_str());
    const WireResponse response = RawClient::get(gateway.port(), "/open/a");
    QCOMPARE(response.status, 504);
    QVERIFY(contains(response.body, "\"code\":\"upstream-connect-timeout\""));

    gateway.engine().setEndpoints(0, {*net::endpointFromLiteral("127.0.0.1", support::localPort(full.get())),
                                      *net::endpointFromLiteral("127.0.0.1", support::unusedPort())});
    const WireResponse refused = RawClient::get(gateway.port(), "/open/a");
    QCOMPARE(refused.status, 502);
    QVERIFY(contains(refused.body, "\"code\":\"upstream-unreachable\""));
}

QTEST_GUILESS_MAIN(CalmRetriesTest)
#include "calm_retries_test.moc"
