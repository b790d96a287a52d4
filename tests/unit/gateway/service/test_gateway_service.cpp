#include "gateway/auth/key_table.h"
#include "tests/unit/gateway/service/service_fixture.h"

#include <QSignalSpy>
#include <QTcpServer>
#include <QtTest>

using gateway::ErrorKind;
using namespace gateway::model;
using namespace gateway::service;

class GatewayServiceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void nothingWorksBeforeItIsOpen();
    void aDatabaseThatCannotBeOpenedIsExplained();
    void openTellsTheSavedConfig();
    void everythingIsThereAfterARestart();

    void anEditIsSavedWhileTheGatewayStands();
    void anEditIsLiveWhenItIsAnswered();
    void aStaleBaseIsRefusedWithTheCurrentRevision();
    void anInvalidConfigIsRefusedWithItsFields();
    void aPortInUseRefusesTheEditBeforeItIsSaved();
    void aTargetWithoutAnAddressIsRefusedAtItsField();
    void anEditThatChangesNothingMakesNoRevision();
    void keysOfAFileComeWithTheirNewConsumers();

    void startAndStopAreToldAndMayBeRepeated();
    void aStartThatFailsSaysWhy();
    void metricsComeWhileItRuns();

    void aNewKeyWorksAtOnceAndARevokedOneNoMore();
    void theUseOfAKeyIsRememberedWhenTheGatewayStops();
    void keyRequestsThatCannotWorkAreRefused();
    void keysOfARemovedConsumerAreRefused();

    void reloadTakesUpWhatAnotherProcessPublished();
    void whatAnotherProcessPublishedIsTakenUpByItself();
    void aKeyThatAnotherProcessRevokedIsRefusedAfterReload();
    void aRevisionThatCannotRunLeavesTrafficOnTheLastGoodOne();

    void theMatchTesterAnswersInAnyState();
    void historyAndAuditAreToBeHad();
    void openAnswersAreGivenWhenTheServiceGoes();

private:
    void openWithSomeConfig();
    void start();

    std::unique_ptr<ServiceFixture> m_fixture;
};

void GatewayServiceTest::init() {
    m_fixture = std::make_unique<ServiceFixture>();
    m_fixture->makeService();
}

void GatewayServiceTest::cleanup() {
    m_fixture.reset();
}

void GatewayServiceTest::openWithSomeConfig() {
    QVERIFY(m_fixture->service->open().result());
    const auto published = m_fixture->publish(m_fixture->someEdits());
    QVERIFY2(published, published ? "" : published.error().error.message.c_str());
}

void GatewayServiceTest::start() {
    const auto status = m_fixture->service->start().result();
    QVERIFY2(status, status ? "" : status.error().error.message.c_str());
    QVERIFY(status->state == GatewayState::Running);
}

void GatewayServiceTest::nothingWorksBeforeItIsOpen() {
    auto& service = *m_fixture->service;
    QCOMPARE(service.start().result().error().error.code, std::string("not-open"));
    QCOMPARE(service.stop().result().error().error.code, std::string("not-open"));
    QCOMPARE(service.reload().result().error().error.code, std::string("not-open"));
    QCOMPARE(service.publish({}).result().error().error.code, std::string("not-open"));
    QCOMPARE(service.createKey({}).result().error().error.code, std::string("not-open"));
    QCOMPARE(service.setKeyState(KeyId{1}, KeyState::Revoked, "alice").result().error().error.code,
             std::string("not-open"));
    QCOMPARE(service.audit({}).result().error().error.code, std::string("not-open"));
    QCOMPARE(service.match({}).result().status, 404);
}

void GatewayServiceTest::aDatabaseThatCannotBeOpenedIsExplained() {
    QFile file(QString::fromStdString(m_fixture->path));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("not a database at all");
    file.close();
    const auto opened = m_fixture->service->open().result();
    QVERIFY(!opened);
    QCOMPARE(opened.error().error.code, std::string("db-not-a-database"));
    QVERIFY(m_fixture->service->status().state == GatewayState::Failed);
    QVERIFY(!m_fixture->service->status().message.empty());
    QVERIFY(file.remove());
    QVERIFY(m_fixture->service->open().result()); // tried again once the cause is gone
    QVERIFY(m_fixture->service->status().state == GatewayState::Stopped);
}

void GatewayServiceTest::openTellsTheSavedConfig() {
    QSignalSpy published(m_fixture->service.get(), &GatewayService::published);
    const auto opened = m_fixture->service->open().result();
    QVERIFY(opened);
    QCOMPARE((*opened)->revision.number, RevisionNumber{0});
    QVERIFY(m_fixture->service->current() == *opened);
    QTRY_COMPARE(published.count(), 1);
}

void GatewayServiceTest::everythingIsThereAfterARestart() {
    openWithSomeConfig();
    const auto before = m_fixture->service->current();
    const auto key =
        m_fixture->service->createKey({before->config.consumers.find("acme")->id, "ci", {}, {}, "alice"})
            .result();
    QVERIFY(key);
    m_fixture->makeService();
    const auto opened = m_fixture->service->open().result();
    QVERIFY(opened);
    QVERIFY((*opened)->config == before->config);
    QCOMPARE((*opened)->revision.contentHash, before->revision.contentHash);
    start();
    QCOMPARE(m_fixture->get("/open"), 200);
    QCOMPARE(m_fixture->get("/closed", key->secret), 200);
}

void GatewayServiceTest::anEditIsSavedWhileTheGatewayStands() {
    QVERIFY(m_fixture->service->open().result());
    QSignalSpy published(m_fixture->service.get(), &GatewayService::published);
    const auto revision = m_fixture->publish(m_fixture->someEdits());
    QVERIFY2(revision, revision ? "" : revision.error().error.message.c_str());
    QCOMPARE(revision->number, RevisionNumber{1});
    QCOMPARE(m_fixture->service->current()->revision.number, RevisionNumber{1});
    QCOMPARE(m_fixture->service->current()->config.routes.size(), std::size_t{2});
    QCOMPARE(m_fixture->service->status().savedRevision, RevisionNumber{1});
    QCOMPARE(m_fixture->service->status().liveRevision, RevisionNumber{0});
    QTRY_COMPARE(published.count(), 1);
}

void GatewayServiceTest::anEditIsLiveWhenItIsAnswered() {
    openWithSomeConfig();
    start();
    QCOMPARE(m_fixture->get("/new"), 404);
    QVERIFY(m_fixture->publish({Put{ServiceFixture::someRoute("new", "/new", "orders")}}));
    QCOMPARE(m_fixture->get("/new"), 200);
    QCOMPARE(m_fixture->service->status().liveRevision, RevisionNumber{2});
    QCOMPARE(m_fixture->service->status().savedRevision, RevisionNumber{2});
}

void GatewayServiceTest::aStaleBaseIsRefusedWithTheCurrentRevision() {
    openWithSomeConfig();
    const auto stale =
        m_fixture->service->publish({0, "bob", "", {Put{ServiceFixture::someTier("pro")}}}).result();
    QVERIFY(!stale);
    QVERIFY(stale.error().error.kind == ErrorKind::Conflict);
    QCOMPARE(stale.error().error.code, std::string("stale-revision"));
    QCOMPARE(stale.error().current, RevisionNumber{1});

    QVERIFY(m_fixture->publishElsewhere({Put{ServiceFixture::someTier("pro")}}));
    const auto overtaken = m_fixture->publish({Put{ServiceFixture::someTier("enterprise")}});
    // The service may have noticed the other process already; then its current revision was the base.
    if (!overtaken) {
        QCOMPARE(overtaken.error().error.code, std::string("stale-revision"));
        QCOMPARE(overtaken.error().current, RevisionNumber{2});
        QVERIFY(m_fixture->publish({Put{ServiceFixture::someTier("enterprise")}}));
    }
    QCOMPARE(m_fixture->service->current()->revision.number, RevisionNumber{3});
    QCOMPARE(m_fixture->service->current()->config.tiers.size(), std::size_t{3});
}

void GatewayServiceTest::anInvalidConfigIsRefusedWithItsFields() {
    openWithSomeConfig();
    const auto refused = m_fixture->publish({Put{ServiceFixture::someRoute("bad", "/bad", "nobody")}});
    QVERIFY(!refused);
    QCOMPARE(refused.error().error.code, std::string("invalid-config"));
    QVERIFY(!refused.error().problems.empty());
    QCOMPARE(refused.error().problems.front().path, std::string("routes[bad].action.service"));
    QCOMPARE(m_fixture->service->current()->revision.number, RevisionNumber{1});
}

void GatewayServiceTest::aPortInUseRefusesTheEditBeforeItIsSaved() {
    openWithSomeConfig();
    start();
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    const auto refused =
        m_fixture->publish({Put{ServiceFixture::someListener("second", other.serverPort())}});
    QVERIFY(!refused);
    QVERIFY(refused.error().error.kind == ErrorKind::Environment);
    QVERIFY2(refused.error().error.message.find(std::to_string(other.serverPort())) != std::string::npos,
             refused.error().error.message.c_str());
    QCOMPARE(m_fixture->service->current()->revision.number, RevisionNumber{1});
    QCOMPARE(m_fixture->service->revisions(10, 0).result()->size(), std::size_t{1});
    QCOMPARE(m_fixture->get("/open"), 200);
}

void GatewayServiceTest::aTargetWithoutAnAddressIsRefusedAtItsField() {
    openWithSomeConfig();
    Service lost = m_fixture->someService("lost");
    lost.targets.push_back({.host = "nothing.invalid", .port = 80, .weight = 1});
    const auto refused = m_fixture->publish({Put{lost}});
    QVERIFY(!refused);
    QCOMPARE(refused.error().problems.size(), std::size_t{1});
    QCOMPARE(refused.error().problems.front().path, std::string("services[lost].targets[1]"));
}

void GatewayServiceTest::anEditThatChangesNothingMakesNoRevision() {
    openWithSomeConfig();
    const auto same = m_fixture->publish({Put{*m_fixture->service->current()->config.tiers.find("free")}});
    QVERIFY(same);
    QCOMPARE(same->number, RevisionNumber{1});
}

void GatewayServiceTest::keysOfAFileComeWithTheirNewConsumers() {
    openWithSomeConfig();
    start();
    const std::string secret = gateway::auth::generateKey();
    FileKey key;
    key.consumer = "globex";
    key.key.name = "ci";
    key.key.prefix = gateway::auth::keyPrefix(secret);
    key.key.hash = gateway::sha256(secret);
    const auto published =
        m_fixture->service
            ->publishFile({1, "alice", "import", {Put{ServiceFixture::someConsumer("globex", "free")}}},
                          {key})
            .result();
    QVERIFY2(published, published ? "" : published.error().error.message.c_str());
    QCOMPARE(m_fixture->get("/closed", secret), 200);
    key.consumer = "nobody";
    const auto refused = m_fixture->service->publishFile({2, "alice", "import", {}}, {key}).result();
    QVERIFY(!refused);
    QCOMPARE(refused.error().error.code, std::string("no-such-consumer"));
}

void GatewayServiceTest::startAndStopAreToldAndMayBeRepeated() {
    openWithSomeConfig();
    QSignalSpy changes(m_fixture->service.get(), &GatewayService::statusChanged);
    start();
    start();
    QCOMPARE(m_fixture->service->status().liveRevision, RevisionNumber{1});
    QVERIFY(m_fixture->service->status().runningSince);
    QCOMPARE(m_fixture->get("/open"), 200);
    const std::uint16_t port = m_fixture->port();
    const auto stopped = m_fixture->service->stop().result();
    QVERIFY(stopped);
    QVERIFY(stopped->state == GatewayState::Stopped);
    QVERIFY(stopped->addresses.empty());
    QVERIFY(!support::RawClient(port).isConnected());
    QVERIFY(m_fixture->service->stop().result());
    start();
    QCOMPARE(m_fixture->get("/open"), 200);
    QTRY_VERIFY(changes.count() >= 5);
}

void GatewayServiceTest::aStartThatFailsSaysWhy() {
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    openWithSomeConfig();
    Listener listener = *m_fixture->service->current()->config.listeners.find("public");
    listener.port = other.serverPort();
    QVERIFY(m_fixture->publish({Put{listener}})); // while it stands nobody needs the port
    const auto failed = m_fixture->service->start().result();
    QVERIFY(!failed);
    QVERIFY(m_fixture->service->status().state == GatewayState::Failed);
    QCOMPARE(m_fixture->service->status().message, failed.error().error.message);
    other.close();
    start();
}

void GatewayServiceTest::metricsComeWhileItRuns() {
    openWithSomeConfig();
    QSignalSpy frames(m_fixture->service.get(), &GatewayService::metrics);
    start();
    QCOMPARE(m_fixture->get("/open"), 200);
    std::uint64_t requests = 0;
    while (requests == 0 && frames.wait()) {
        while (!frames.isEmpty()) {
            requests += frames.takeFirst().front().value<gateway::metrics::MetricsFrame>().total.requests;
        }
    }
    QCOMPARE(requests, std::uint64_t{1});
}

void GatewayServiceTest::aNewKeyWorksAtOnceAndARevokedOneNoMore() {
    openWithSomeConfig();
    start();
    auto& service = *m_fixture->service;
    QSignalSpy changes(&service, &GatewayService::keysChanged);
    const ConsumerId acme = service.current()->config.consumers.find("acme")->id;
    QCOMPARE(m_fixture->get("/closed"), 401);
    const auto issued = service.createKey({acme, "ci", {"orders:read"}, {}, "alice"}).result();
    QVERIFY2(issued, issued ? "" : issued.error().error.message.c_str());
    QVERIFY(issued->secret.starts_with(issued->key.prefix));
    QVERIFY(issued->key.hash == gateway::sha256(issued->secret));
    QCOMPARE(m_fixture->get("/closed", issued->secret), 200);

    QVERIFY(service.setKeyState(issued->key.id, KeyState::Disabled, "alice").result());
    QCOMPARE(m_fixture->get("/closed", issued->secret), 401);
    QVERIFY(service.setKeyState(issued->key.id, KeyState::Active, "alice").result());
    QCOMPARE(m_fixture->get("/closed", issued->secret), 200);
    QVERIFY(service.setKeyState(issued->key.id, KeyState::Revoked, "alice").result());
    QCOMPARE(m_fixture->get("/closed", issued->secret), 401);
    const auto again = service.setKeyState(issued->key.id, KeyState::Active, "alice").result();
    QVERIFY(!again);
    QVERIFY(again.error().error.kind == ErrorKind::Conflict);

    QCOMPARE(service.listKeys(acme).result()->size(), std::size_t{1});
    QCOMPARE(service.current()->revision.number, RevisionNumber{1}); // keys are no revision
    QTRY_COMPARE(changes.count(), 4);
    QCOMPARE(changes.front().front().value<ConsumerId>().value, acme.value);
}

void GatewayServiceTest::theUseOfAKeyIsRememberedWhenTheGatewayStops() {
    openWithSomeConfig();
    start();
    auto& service = *m_fixture->service;
    const ConsumerId acme = service.current()->config.consumers.find("acme")->id;
    const auto issued = service.createKey({acme, "ci", {}, {}, "alice"}).result();
    QVERIFY(issued);
    QCOMPARE(m_fixture->get("/closed", issued->secret), 200);
    QVERIFY(service.stop().result());
    const auto keys = service.listKeys(acme).result();
    QVERIFY(keys);
    QVERIFY(keys->front().lastUsed);
    QVERIFY(m_fixture->clock.wallTime() - *keys->front().lastUsed < std::chrono::minutes(10));
}

void GatewayServiceTest::keyRequestsThatCannotWorkAreRefused() {
    openWithSomeConfig();
    auto& service = *m_fixture->service;
    const ConsumerId acme = service.current()->config.consumers.find("acme")->id;
    const KeyRequest good{acme, "ci", {}, {}, "alice"};
    QVERIFY(service.createKey(good).result());
    QCOMPARE(service.createKey(good).result().error().error.code, std::string("key-name-taken"));

    KeyRequest request = good;
    request.name = "two words";
    QCOMPARE(service.createKey(request).result().error().problems.front().path, std::string("name"));
    request.name = "";
    QCOMPARE(service.createKey(request).result().error().problems.front().path, std::string("name"));
    request.name = "late";
    request.expires = m_fixture->clock.wallTime() - std::chrono::hours(1);
    QCOMPARE(service.createKey(request).result().error().problems.front().path, std::string("expires"));
    request.expires.reset();
    request.scopes = {"a b"};
    QCOMPARE(service.createKey(request).result().error().problems.front().path, std::string("scopes"));
    request.scopes.clear();
    request.consumer = ConsumerId{999};
    QCOMPARE(service.createKey(request).result().error().error.code, std::string("no-such-consumer"));
}

void GatewayServiceTest::keysOfARemovedConsumerAreRefused() {
    openWithSomeConfig();
    start();
    auto& service = *m_fixture->service;
    const ConsumerId acme = service.current()->config.consumers.find("acme")->id;
    const auto issued = service.createKey({acme, "ci", {}, {}, "alice"}).result();
    QVERIFY(issued);
    QVERIFY(m_fixture->publish({Remove{EntityKind::Consumer, acme.value}}));
    QCOMPARE(m_fixture->get("/closed", issued->secret), 401);
    QVERIFY(service.listKeys(acme).result()->front().state == KeyState::Revoked);
}

void GatewayServiceTest::reloadTakesUpWhatAnotherProcessPublished() {
    openWithSomeConfig();
    start();
    const auto elsewhere =
        m_fixture->publishElsewhere({Put{ServiceFixture::someRoute("new", "/new", "orders")}});
    QVERIFY(elsewhere);
    const auto status = m_fixture->service->reload().result();
    QVERIFY2(status, status ? "" : status.error().error.message.c_str());
    QCOMPARE(status->liveRevision, RevisionNumber{2});
    QCOMPARE(m_fixture->get("/new"), 200);
    QCOMPARE(m_fixture->service->current()->revision.author, std::string("bob"));
}

void GatewayServiceTest::whatAnotherProcessPublishedIsTakenUpByItself() {
    openWithSomeConfig();
    start();
    QSignalSpy changes(m_fixture->service.get(), &GatewayService::statusChanged);
    QVERIFY(m_fixture->publishElsewhere({Put{ServiceFixture::someRoute("new", "/new", "orders")}}));
    while (m_fixture->service->status().liveRevision < 2) {
        QVERIFY(changes.wait());
    }
    QCOMPARE(m_fixture->get("/new"), 200);
}

void GatewayServiceTest::aKeyThatAnotherProcessRevokedIsRefusedAfterReload() {
    openWithSomeConfig();
    start();
    const ConsumerId acme = m_fixture->service->current()->config.consumers.find("acme")->id;
    const auto issued = m_fixture->service->createKey({acme, "ci", {}, {}, "alice"}).result();
    QVERIFY(issued);
    QCOMPARE(m_fixture->get("/closed", issued->secret), 200);
    {
        auto stores = db::SqliteStores::open(m_fixture->path, db::OpenMode::Existing, m_fixture->clock);
        QVERIFY(stores);
        QVERIFY((*stores)->ports().keys.setState(issued->key.id, KeyState::Revoked, "bob"));
    }
    QVERIFY(m_fixture->service->reload().result());
    QCOMPARE(m_fixture->get("/closed", issued->secret), 401);
}

void GatewayServiceTest::aRevisionThatCannotRunLeavesTrafficOnTheLastGoodOne() {
    openWithSomeConfig();
    start();
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    QVERIFY(m_fixture->publishElsewhere({Put{ServiceFixture::someListener("second", other.serverPort())},
                                         Put{ServiceFixture::someRoute("new", "/new", "orders")}}));
    QVERIFY(!m_fixture->service->reload().result());
    const GatewayStatus status = m_fixture->service->status();
    QVERIFY(status.state == GatewayState::Running);
    QCOMPARE(status.savedRevision, RevisionNumber{2});
    QCOMPARE(status.liveRevision, RevisionNumber{1});
    QVERIFY(status.message.find(std::to_string(other.serverPort())) != std::string::npos);
    QCOMPARE(m_fixture->get("/open"), 200);
    QCOMPARE(m_fixture->get("/new"), 404);

    other.close();
    QVERIFY(m_fixture->service->reload().result());
    QCOMPARE(m_fixture->service->status().liveRevision, RevisionNumber{2});
    QVERIFY(m_fixture->service->status().message.empty());
    QCOMPARE(m_fixture->get("/new"), 200);
}

void GatewayServiceTest::theMatchTesterAnswersInAnyState() {
    openWithSomeConfig();
    const MatchQuery query{.method = "GET", .host = "x.org", .target = "/closed", .headers = {}};
    QCOMPARE(m_fixture->service->match(query).result().route.value_or(""), std::string("closed"));
    QVERIFY(m_fixture->service->match(query).result().authenticates);
    m_fixture->makeService();
    QVERIFY(m_fixture->service->open().result());
    QCOMPARE(m_fixture->service->match(query).result().route.value_or(""), std::string("closed"));
    start();
    QCOMPARE(m_fixture->service->match(query).result().route.value_or(""), std::string("closed"));
    QVERIFY(m_fixture->publish(
        {Remove{EntityKind::Route, m_fixture->service->current()->config.routes.find("closed")->id.value}}));
    QVERIFY(!m_fixture->service->match(query).result().route);
}

void GatewayServiceTest::historyAndAuditAreToBeHad() {
    openWithSomeConfig();
    const Config first = m_fixture->service->current()->config;
    QVERIFY(m_fixture->publish({Put{ServiceFixture::someTier("pro")}}));
    const auto revisions = m_fixture->service->revisions(10, 0).result();
    QCOMPARE(revisions->size(), std::size_t{2});
    QCOMPARE(revisions->front().author, std::string("alice"));
    QVERIFY(m_fixture->service->configAt(1).result().value() == first);
    QCOMPARE(m_fixture->service->configAt(7).result().error().error.code, std::string("no-such-revision"));
    const auto audit = m_fixture->service->audit({}).result();
    QCOMPARE(audit->size(), std::size_t{8});
    QCOMPARE(audit->front().entityName, std::string("pro"));
    Config broken = first;
    broken.routes.put(ServiceFixture::someRoute("bad", "/bad", "nobody"));
    QCOMPARE(m_fixture->service->validate(broken).result().size(), std::size_t{1});
}

void GatewayServiceTest::openAnswersAreGivenWhenTheServiceGoes() {
    openWithSomeConfig();
    std::vector<Reply<GatewayStatus>> replies;
    for (int i = 0; i < 20; ++i) {
        replies.push_back(m_fixture->service->start());
        replies.push_back(m_fixture->service->stop());
    }
    m_fixture->service.reset();
    for (const auto& reply : replies) {
        QVERIFY(reply.isFinished());
        const auto status = reply.result();
        QVERIFY(status || status.error().error.code == "shutting-down");
    }
}

QTEST_GUILESS_MAIN(GatewayServiceTest)
#include "test_gateway_service.moc"
