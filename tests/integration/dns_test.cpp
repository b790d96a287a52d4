#include "tests/integration/test_gateway.h"
#include "tests/support/dns_responder.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QtTest>
#include <future>
#include <memory>

using namespace gateway;
using support::DnsAnswer;
using support::DnsResponder;
using support::okResponse;
using support::RawClient;
using support::ScriptedUpstream;

namespace {

const std::string host = "backend.example.test";

/// Two servers on one port of two addresses, and a name that stands for the first.
struct Site {
    Site() {
        // The port that the system chose on one address may be taken on the other.
        do {
            first = std::make_unique<ScriptedUpstream>("127.0.0.1");
            second = std::make_unique<ScriptedUpstream>("127.0.0.2", first->port());
        } while (second->port() == 0);
        first->answerWith(okResponse("first"));
        second->answerWith(okResponse("second"));
        dns.setAddresses(host, {"127.0.0.1"}, 1);
    }

    [[nodiscard]] model::Config config() const {
        model::Config config = TestGateway::basicConfig({});
        model::Service service = *config.services.find("backend");
        service.targets.push_back({host, first->port()});
        config.services.put(service);
        return config;
    }
    [[nodiscard]] runtime::EngineOptions options() const {
        return {.workers = 2, .accessLogFile = {}, .nameServers = {dns.address()}};
    }
    /// Waits until the name was asked for and the answer before that was dealt with.
    [[nodiscard]] bool waitForAnswer() { return dns.waitForQueries(host, dns.queries(host) + 2); }

    DnsResponder dns;
    std::unique_ptr<ScriptedUpstream> first;
    std::unique_ptr<ScriptedUpstream> second;
};

std::string bodyOf(const TestGateway& gateway) {
    const auto response = RawClient::get(gateway.port(), "/open/x");
    return response.status == 200 ? response.body : std::to_string(response.status);
}

/// Sends requests until so many in a row are answered with `body`; returns what else but the two came.
std::string requestUntil(const TestGateway& gateway, const std::string& body, const std::string& before) {
    const auto deadline = support::deadlineIn(support::patience);
    for (int inARow = 0; inARow < 50;) {
        const std::string got = bodyOf(gateway);
        if (got != body && got != before) {
            return "a request got " + got;
        }
        inARow = got == body ? inARow + 1 : 0;
        if (std::chrono::steady_clock::now() > deadline) {
            return "still " + before;
        }
    }
    return {};
}

} // namespace

class DnsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void requestsFollowANameToItsNewAddressWithoutAFailure();
    void aRequestInFlightEndsWhereItStarted();
    void allAddressesOfANameAreAsked();
    void badAnswersKeepTheLastGoodAddress_data();
    void badAnswersKeepTheLastGoodAddress();
    void anEditWorksWhileNobodyKnowsTheName();
    void anEditDoesNotBringBackAnOldAddress();
    void aStartAsksAnew();
    void aNameThatNobodyKnowsIsAnError();
};

void DnsTest::requestsFollowANameToItsNewAddressWithoutAFailure() {
    Site site;
    TestGateway gateway(site.options());
    QVERIFY2(gateway.publish(site.config()), gateway.error().c_str());
    QCOMPARE(bodyOf(gateway), std::string("first"));
    site.dns.setAddresses(host, {"127.0.0.2"}, 1);
    QCOMPARE(requestUntil(gateway, "second", "first"), std::string());
    const std::size_t before = site.first->requests().size();
    QCOMPARE(requestUntil(gateway, "second", "second"), std::string());
    QCOMPARE(site.first->requests().size(), before);
    // And back, with idle connections to the second one in the pools.
    site.dns.setAddresses(host, {"127.0.0.1"}, 1);
    QCOMPARE(requestUntil(gateway, "first", "second"), std::string());
}

void DnsTest::aRequestInFlightEndsWhereItStarted() {
    Site site;
    std::promise<void> answerNow;
    site.first->setHandler(
        [&, go = answerNow.get_future().share()](auto& request, support::UpstreamConnection& connection) {
            if (request.target() == "/open/slow") {
                go.wait();
            }
            connection.send(okResponse("first"));
        });
    TestGateway gateway(site.options());
    QVERIFY2(gateway.publish(site.config()), gateway.error().c_str());
    RawClient slow(gateway.port());
    QVERIFY(slow.send("GET /open/slow HTTP/1.1\r\nHost: x\r\n\r\n"));
    QVERIFY(site.first->waitForRequests(1));
    site.dns.setAddresses(host, {"127.0.0.2"}, 1);
    const std::string problem = requestUntil(gateway, "second", "first");
    answerNow.set_value();
    QCOMPARE(problem, std::string());
    QCOMPARE(slow.readResponse().body, std::string("first"));
}

void DnsTest::allAddressesOfANameAreAsked() {
    Site site;
    site.dns.setAddresses(host, {"127.0.0.1", "127.0.0.2"}, 60);
    for (ScriptedUpstream* upstream : {site.first.get(), site.second.get()}) {
        upstream->answerWith(okResponse("x", "Connection: close\r\n")); // so that each request connects
    }
    TestGateway gateway(site.options());
    QVERIFY2(gateway.publish(site.config()), gateway.error().c_str());
    for (int i = 0; i < 20; ++i) {
        QCOMPARE(bodyOf(gateway), std::string("x"));
    }
    QVERIFY(!site.first->requests().empty());
    QVERIFY(!site.second->requests().empty());
}

void DnsTest::badAnswersKeepTheLastGoodAddress_data() {
    QTest::addColumn<DnsAnswer::Kind>("kind");
    QTest::newRow("the name is gone") << DnsAnswer::Kind::NoSuchName;
    QTest::newRow("the server fails") << DnsAnswer::Kind::ServerFailure;
    QTest::newRow("the server is silent") << DnsAnswer::Kind::Silence;
    QTest::newRow("truncated, and TCP closes") << DnsAnswer::Kind::Truncated;
    QTest::newRow("cut off") << DnsAnswer::Kind::Cut;
    QTest::newRow("garbage") << DnsAnswer::Kind::Garbage;
}

void DnsTest::badAnswersKeepTheLastGoodAddress() {
    QFETCH(DnsAnswer::Kind, kind);
    Site site;
    TestGateway gateway(site.options());
    QVERIFY2(gateway.publish(site.config()), gateway.error().c_str());
    site.dns.setAddresses(host, {"127.0.0.2"}, 1);
    QCOMPARE(requestUntil(gateway, "second", "first"), std::string());
    site.dns.setKind(host, kind);
    QVERIFY(site.waitForAnswer());
    QCOMPARE(requestUntil(gateway, "second", "second"), std::string());
}

void DnsTest::anEditWorksWhileNobodyKnowsTheName() {
    Site site;
    TestGateway gateway(site.options());
    QVERIFY2(gateway.publish(site.config()), gateway.error().c_str());
    site.dns.setAddresses(host, {"127.0.0.2"}, 1);
    QCOMPARE(requestUntil(gateway, "second", "first"), std::string());
    site.dns.setKind(host, DnsAnswer::Kind::NoSuchName);
    QVERIFY(site.waitForAnswer());
    model::Config edited = gateway.config();
    model::Service more = *edited.services.find("backend");
    more.id = {};
    more.name = "more";
    edited.services.put(more);
    model::Route route = *edited.routes.find("open");
    route.id = {};
    route.name = "more";
    route.match.path = "/more/*";
    route.service = "more";
    edited.routes.put(route);
    QVERIFY2(gateway.publish(edited), gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/more/x").body, std::string("second"));
    QCOMPARE(requestUntil(gateway, "second", "second"), std::string());
}

void DnsTest::anEditDoesNotBringBackAnOldAddress() {
    Site site;
    const model::Config with = site.config();
    model::Config without = with;
    model::Service literal = *without.services.find("backend");
    literal.targets = {{"127.0.0.1", site.first->port()}};
    without.services.put(literal);
    TestGateway gateway(site.options());
    QVERIFY2(gateway.publish(with), gateway.error().c_str());
    site.dns.setAddresses(host, {"127.0.0.2"}, 300);
    QCOMPARE(requestUntil(gateway, "second", "first"), std::string());
    QVERIFY2(gateway.publish(without), gateway.error().c_str());
    QCOMPARE(bodyOf(gateway), std::string("first"));
    site.second->answerWith("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
    site.dns.setAddresses(host, {"127.0.0.1"}, 300);
    QVERIFY2(gateway.publish(with), gateway.error().c_str());
    QCOMPARE(requestUntil(gateway, "first", "first"), std::string());
}

void DnsTest::aStartAsksAnew() {
    Site site;
    site.dns.setAddresses(host, {"127.0.0.1"}, 300);
    TestGateway gateway(site.options());
    QVERIFY2(gateway.publish(site.config()), gateway.error().c_str());
    QVERIFY(site.dns.waitForQueries(host, 2)); // the publication's and the book's first
    QCOMPARE(bodyOf(gateway), std::string("first"));
    QCOMPARE(gateway.drain(), std::size_t{0});
    site.dns.setAddresses(host, {"127.0.0.2"}, 300);
    gateway.engine().renewServices(); // as at every start
    QVERIFY2(gateway.publish(site.config()), gateway.error().c_str());
    QCOMPARE(requestUntil(gateway, "second", "second"), std::string());
}

void DnsTest::aNameThatNobodyKnowsIsAnError() {
    Site site;
    site.dns.setKind(host, DnsAnswer::Kind::NoSuchName);
    TestGateway gateway(site.options());
    QVERIFY(!gateway.publish(site.config()));
    QVERIFY2(gateway.error().starts_with("services[backend].targets: the name \"" + host + "\" "),
             gateway.error().c_str());
}

QTEST_APPLESS_MAIN(DnsTest)
#include "dns_test.moc"
