#include "tests/integration/calm_support.h"
#include "tests/support/h2_server.h"
#include "tests/support/relay.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace gateway;
using namespace std::chrono_literals;
using support::RawClient;

namespace {

model::Config configOf(const std::string& path, const std::function<void(model::Service&)>& change) {
    return calm::config({}, [&](model::Service& service) {
        service.targets.push_back({"unix:" + path, 0});
        change(service);
    });
}

} // namespace

/// Targets that are Unix sockets.
class UnixTargetsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void asksOverAUnixSocket();
    void asksOverHttp2ThereToo();
    void checksItsHealth();
    void saysThatNobodyListensThere();

private:
    [[nodiscard]] std::string path(const char* name) const {
        return m_folder.filePath(QString::fromLatin1(name)).toStdString();
    }
    QTemporaryDir m_folder;
};

void UnixTargetsTest::asksOverAUnixSocket() {
    support::ScriptedUpstream upstream;
    const support::Relay relay(
        upstream.port(), {.certificate = {}, .protocols = {}, .clientAuthority = {}, .unixPath = path("a")});
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf(path("a"), [](model::Service&) {})), gateway.error().c_str());
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(RawClient::get(gateway.port(), "/open/a").body, std::string("/open/a"));
    }
    QCOMPARE(upstream.connectionsAccepted(), 1);
    QCOMPARE(calm::Feed(gateway).look().targets.front().address, "unix:" + path("a"));
}

void UnixTargetsTest::asksOverHttp2ThereToo() {
    support::H2Server upstream;
    const support::Relay relay(
        upstream.port(), {.certificate = {}, .protocols = {}, .clientAuthority = {}, .unixPath = path("b")});
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf(
                 path("b"), [](model::Service& service) { service.protocol = model::Protocol::Http2; })),
             gateway.error().c_str());
    QCOMPARE(RawClient::get(gateway.port(), "/open/a").body, std::string("/open/a"));
    QCOMPARE(upstream.requests().size(), std::size_t{1});
}

void UnixTargetsTest::checksItsHealth() {
    support::ScriptedUpstream upstream;
    const support::Relay relay(
        upstream.port(), {.certificate = {}, .protocols = {}, .clientAuthority = {}, .unixPath = path("c")});
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf(path("c"),
                                      [](model::Service& service) {
                                          service.health.emplace();
                                          service.health->path = "/healthz";
                                          service.health->interval = service.health->timeout = 500ms;
                                      })),
             gateway.error().c_str());
    QVERIFY(upstream.waitForRequests(1));
    QCOMPARE(upstream.requests().front().target(), std::string("/healthz"));
    QCOMPARE(upstream.requests().front().field("Host"), std::string("localhost"));
}

void UnixTargetsTest::saysThatNobodyListensThere() {
    TestGateway gateway(1);
    QVERIFY2(gateway.publish(configOf(path("nobody"), [](model::Service&) {})), gateway.error().c_str());
    const support::WireResponse answer = RawClient::get(gateway.port(), "/open/a");
    QCOMPARE(answer.status, 502);
    QVERIFY(support::contains(answer.body, "upstream-unreachable"));
}

QTEST_GUILESS_MAIN(UnixTargetsTest)
#include "unix_targets_test.moc"
