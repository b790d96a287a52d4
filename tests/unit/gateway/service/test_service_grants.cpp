#include "gateway/auth/key_table.h"
#include "gateway/crypto/vault.h"
#include "tests/unit/gateway/service/service_fixture.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QMessageAuthenticationCode>
#include <QSignalSpy>
#include <QtTest/QtTest>

using namespace gateway::model;
using namespace gateway::service;
using namespace std::chrono_literals;
using gateway::Result;
using gateway::WallTime;
using gateway::crypto::MasterKey;

namespace {

constexpr const char* secretValue = "a secret of at least thirty-two bytes";
constexpr const char* otherSecret = "another secret of at least thirty-two bytes";

class SomePlace final : public MasterKeyPlace {
public:
    [[nodiscard]] Result<std::optional<MasterKey>> load() override { return m_key; }
    [[nodiscard]] Result<MasterKey> make() override {
        m_key = gateway::crypto::newMasterKey();
        return *m_key;
    }
    [[nodiscard]] std::string text() const override { return "a test"; }

private:
    std::optional<MasterKey> m_key;
};

QByteArray base64(const QByteArray& bytes) {
    return bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

/// A token of the provider "corp", signed with HMAC.
std::string tokenOf(const QByteArray& subject, const QByteArray& id, const QByteArray& secret = secretValue) {
    const qint64 now = QDateTime::currentSecsSinceEpoch();
    const QJsonObject claims{{QStringLiteral("iss"), QStringLiteral("https://corp.example")},
                             {QStringLiteral("sub"), QString::fromUtf8(subject)},
                             {QStringLiteral("jti"), QString::fromUtf8(id)},
                             {QStringLiteral("iat"), now - 60},
                             {QStringLiteral("exp"), now + 600}};
    const QByteArray signedPart = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + '.' +
                                  base64(QJsonDocument(claims).toJson(QJsonDocument::Compact));
    return (signedPart + '.' +
            base64(QMessageAuthenticationCode::hash(signedPart, secret, QCryptographicHash::Sha256)))
        .toStdString();
}

} // namespace

/// Keys, revocations and secrets by way of the service, with a gateway that carries traffic.
class ServiceGrantsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_fixture.reset(); }

    void nothingWorksBeforeItIsOpen();

    void bothKeysAreGoodWhileARotationOverlaps();
    void withoutAnOverlapTheFormerKeyIsRefusedAtOnce();
    void aKeyIsRefusedFromOtherAddresses();
    void importedKeysWorkAtOnce();
    void usesOfKeysAreCounted();

    void aRevokedConsumerIsRefusedUntilThatIsLifted();
    void aRevocationHoldsAfterARestart();
    void aRevocationByAnotherProcessIsTakenUpByItself();
    void everythingBeforeATimeIsRevokedWithTheKeys();
    void aRevocationEndsByItself();

    void aTokenIsRevokedByItsIdAndItsSubject();
    void anotherSecretIsInForceWhenItIsAnswered();
    void aSecretThatCannotWorkIsRefusedAndTheFormerOneHolds();
    void secretsAreListedByNameAndKeptSealed();
    void aSecretInUseIsNotRemoved();
    void aSecretThatAnotherProcessChangedIsTakenUp();
    void withoutAMasterKeyNoSecretIsKept();

private:
    void openWithKeys();
    void openWithTokens();
    void start();
    [[nodiscard]] GatewayService& service() const { return *m_fixture->service; }
    [[nodiscard]] ConsumerId acme() const { return service().current()->config.consumers.find("acme")->id; }
    [[nodiscard]] IssuedKey makeKey(const std::string& name = "ci") const {
        return service().createKey({acme(), name, {}, {}, "alice"}).result().value();
    }
    [[nodiscard]] Revocation ofAcme() const {
        Revocation revocation;
        revocation.kind = Revocation::Kind::Consumer;
        revocation.consumer = acme();
        revocation.author = "alice";
        return revocation;
    }
    [[nodiscard]] int getWithToken(const std::string& token) const {
        return support::RawClient::get(m_fixture->port(), "/token", "Authorization: Bearer " + token + "\r\n")
            .status;
    }

    std::unique_ptr<ServiceFixture> m_fixture;
};

void ServiceGrantsTest::init() {
    m_fixture = std::make_unique<ServiceFixture>();
    m_fixture->masterKey = std::make_shared<SomePlace>();
    m_fixture->makeService();
}

void ServiceGrantsTest::openWithKeys() {
    QVERIFY(service().open().result());
    const auto published = m_fixture->publish(m_fixture->someEdits());
    QVERIFY2(published, published ? "" : published.error().error.message.c_str());
}

/// With a route for tokens whose signatures are checked by a secret.
void ServiceGrantsTest::openWithTokens() {
    openWithKeys();
    QVERIFY(service().setSecret("corp", secretValue, "alice").result());
    IdentityProvider corp;
    corp.name = "corp";
    corp.issuer = "https://corp.example";
    corp.algorithms = {"HS256"};
    corp.secret = "${secret:corp}";
    corp.tier = "free";
    Policy policy;
    policy.name = "token";
    policy.authenticate = Authenticate{.anyOf = {{Credential{Credential::Kind::Jwt, "corp"}}}};
    Route route = ServiceFixture::someRoute("token", "/token", "orders");
    route.policies = {"token"};
    const auto published = m_fixture->publish({Put{corp}, Put{policy}, Put{route}});
    QVERIFY2(published, published ? "" : published.error().error.message.c_str());
}

void ServiceGrantsTest::start() {
    const auto status = service().start().result();
    QVERIFY2(status, status ? "" : status.error().error.message.c_str());
}

void ServiceGrantsTest::nothingWorksBeforeItIsOpen() {
    const auto code = [](const auto& reply) { return reply.result().error().error.code; };
    QCOMPARE(code(service().rotateKey({})), std::string("not-open"));
    QCOMPARE(code(service().changeKey({}, "alice")), std::string("not-open"));
    QCOMPARE(code(service().importKeys({}, "alice")), std::string("not-open"));
    QCOMPARE(code(service().exportKeys({})), std::string("not-open"));
    QCOMPARE(code(service().revoke({})), std::string("not-open"));
    QCOMPARE(code(service().revocations()), std::string("not-open"));
    QCOMPARE(code(service().liftRevocation({}, "alice")), std::string("not-open"));
    QCOMPARE(code(service().setSecret("a", "b", "alice")), std::string("not-open"));
    QCOMPARE(code(service().secrets()), std::string("not-open"));
    QCOMPARE(code(service().removeSecret("a", "alice")), std::string("not-open"));
    QCOMPARE(code(service().calls({})), std::string("not-open"));
}

void ServiceGrantsTest::bothKeysAreGoodWhileARotationOverlaps() {
    openWithKeys();
    start();
    const IssuedKey former = makeKey();
    const auto fresh = service().rotateKey({former.key.id, 1h, {}, "alice"}).result();
    QVERIFY2(fresh, fresh ? "" : fresh.error().error.message.c_str());
    QCOMPARE(m_fixture->get("/closed", former.secret), 200);
    QCOMPARE(m_fixture->get("/closed", fresh->secret), 200);
    QVERIFY(service().listKeys(acme()).result()->front().expires);
}

void ServiceGrantsTest::withoutAnOverlapTheFormerKeyIsRefusedAtOnce() {
    openWithKeys();
    start();
    const IssuedKey former = makeKey();
    QCOMPARE(m_fixture->get("/closed", former.secret), 200);
    const auto fresh = service().rotateKey({former.key.id, 0s, {}, "alice"}).result();
    QVERIFY(fresh);
    QCOMPARE(m_fixture->get("/closed", former.secret), 401);
    QCOMPARE(m_fixture->get("/closed", fresh->secret), 200);
}

void ServiceGrantsTest::aKeyIsRefusedFromOtherAddresses() {
    openWithKeys();
    start();
    IssuedKey issued = makeKey();
    QCOMPARE(m_fixture->get("/closed", issued.secret), 200);
    issued.key.addresses = {"192.0.2.0/24"};
    QVERIFY(service().changeKey(issued.key, "alice").result());
    QCOMPARE(m_fixture->get("/closed", issued.secret), 401);
    issued.key.addresses = {"192.0.2.0/24", "127.0.0.0/8"};
    QVERIFY(service().changeKey(issued.key, "alice").result());
    QCOMPARE(m_fixture->get("/closed", issued.secret), 200);
}

void ServiceGrantsTest::importedKeysWorkAtOnce() {
    openWithKeys();
    start();
    const std::string secret = gateway::auth::generateKey();
    KeyTransfer transfer;
    transfer.consumer = "acme";
    transfer.key.name = "ci";
    transfer.key.hash = gateway::sha256(secret);
    QCOMPARE(service().importKeys({transfer}, "alice").result().value(), std::size_t{1});
    QCOMPARE(m_fixture->get("/closed", secret), 200);
    const auto exported = service().exportKeys({}).result();
    QCOMPARE(exported->size(), std::size_t{1});
    QCOMPARE(exported->front().consumer, std::string("acme"));
    QVERIFY(exported->front().key.hash == transfer.key.hash);
}

void ServiceGrantsTest::usesOfKeysAreCounted() {
    openWithKeys();
    start();
    const IssuedKey issued = makeKey();
    constexpr int times = 7;
    for (int i = 0; i < times; ++i) {
        QCOMPARE(m_fixture->get("/closed", issued.secret), 200);
    }
    QVERIFY(service().stop().result());
    QCOMPARE(service().listKeys(acme()).result()->front().uses, std::uint64_t{times});
}

void ServiceGrantsTest::aRevokedConsumerIsRefusedUntilThatIsLifted() {
    openWithKeys();
    start();
    const IssuedKey issued = makeKey();
    QSignalSpy changes(&service(), &GatewayService::revocationsChanged);
    QCOMPARE(m_fixture->get("/closed", issued.secret), 200);
    const auto revoked = service().revoke(ofAcme()).result();
    QVERIFY2(revoked, revoked ? "" : revoked.error().error.message.c_str());
    QCOMPARE(m_fixture->get("/closed", issued.secret), 401);
    QCOMPARE(service().revocations().result()->size(), std::size_t{1});
    QVERIFY(service().liftRevocation(revoked->id, "alice").result());
    QCOMPARE(m_fixture->get("/closed", issued.secret), 200);
    QVERIFY(service().revocations().result()->empty());
    QCOMPARE(service().liftRevocation(revoked->id, "alice").result().error().error.code,
             std::string("no-such-revocation"));
    QTRY_COMPARE(changes.count(), 2);
}

void ServiceGrantsTest::aRevocationHoldsAfterARestart() {
    openWithKeys();
    const IssuedKey issued = makeKey();
    QVERIFY(service().revoke(ofAcme()).result());
    m_fixture->makeService();
    QVERIFY(service().open().result());
    start();
    QCOMPARE(m_fixture->get("/closed", issued.secret), 401);
}

void ServiceGrantsTest::aRevocationByAnotherProcessIsTakenUpByItself() {
    openWithKeys();
    start();
    const IssuedKey issued = makeKey();
    QCOMPARE(m_fixture->get("/closed", issued.secret), 200);
    {
        auto stores = db::SqliteStores::open(m_fixture->path, db::OpenMode::Existing, m_fixture->clock);
        QVERIFY((*stores)->ports().revocations.add(ofAcme()));
    }
    QTRY_COMPARE(m_fixture->get("/closed", issued.secret), 401);
}

void ServiceGrantsTest::everythingBeforeATimeIsRevokedWithTheKeys() {
    openWithKeys();
    start();
    const IssuedKey former = makeKey();
    Revocation revocation;
    revocation.kind = Revocation::Kind::Before;
    revocation.before = former.key.created + 1ms;
    revocation.author = "alice";
    QVERIFY(service().revoke(revocation).result());
    QCOMPARE(m_fixture->get("/closed", former.secret), 401);
    QVERIFY(service().listKeys(acme()).result()->front().state == KeyState::Revoked);
    const IssuedKey fresh = makeKey("fresh");
    QCOMPARE(m_fixture->get("/closed", fresh.secret), 200);
}

void ServiceGrantsTest::aRevocationEndsByItself() {
    openWithKeys();
    start();
    const IssuedKey issued = makeKey();
    Revocation revocation = ofAcme();
    revocation.expires = m_fixture->clock.wallTime() + 2s;
    QVERIFY(service().revoke(revocation).result());
    QTRY_COMPARE_WITH_TIMEOUT(m_fixture->get("/closed", issued.secret), 200, 30'000);
    QVERIFY(service().revocations().result()->empty());
}

void ServiceGrantsTest::aTokenIsRevokedByItsIdAndItsSubject() {
    openWithTokens();
    start();
    const std::string first = tokenOf("mallory", "t-1");
    const std::string second = tokenOf("mallory", "t-2");
    const std::string other = tokenOf("alice", "t-3");
    QCOMPARE(getWithToken(first), 200);
    QCOMPARE(getWithToken(second), 200);
    Revocation revocation;
    revocation.kind = Revocation::Kind::TokenId;
    revocation.value = "t-1";
    QVERIFY(service().revoke(revocation).result());
    QCOMPARE(getWithToken(first), 401);
    QCOMPARE(getWithToken(second), 200);
    revocation.kind = Revocation::Kind::Subject;
    revocation.value = "mallory";
    QVERIFY(service().revoke(revocation).result());
    QCOMPARE(getWithToken(second), 401);
    QCOMPARE(getWithToken(other), 200);
}

void ServiceGrantsTest::anotherSecretIsInForceWhenItIsAnswered() {
    openWithTokens();
    start();
    QCOMPARE(getWithToken(tokenOf("alice", "t-1")), 200);
    QCOMPARE(getWithToken(tokenOf("alice", "t-1", otherSecret)), 401);
    const auto set = service().setSecret("corp", otherSecret, "alice").result();
    QVERIFY2(set, set ? "" : set.error().error.message.c_str());
    QCOMPARE(getWithToken(tokenOf("alice", "t-1")), 401);
    QCOMPARE(getWithToken(tokenOf("alice", "t-1", otherSecret)), 200);
}

void ServiceGrantsTest::aSecretThatCannotWorkIsRefusedAndTheFormerOneHolds() {
    openWithTokens();
    start();
    for (const char* value : {"", "too short for HS256"}) {
        QCOMPARE(service().setSecret("corp", value, "alice").result().error().error.code,
                 std::string("bad-secret"));
    }
    QCOMPARE(service().setSecret("co rp", "x", "alice").result().error().error.code,
             std::string("bad-secret-name"));
    QVERIFY(service().setSecret("other", "short", "alice").result()); // nothing signs by it
    QCOMPARE(getWithToken(tokenOf("alice", "t-1")), 200);
    QVERIFY(service().stop().result());
    start();
    QCOMPARE(getWithToken(tokenOf("alice", "t-2")), 200);
}

void ServiceGrantsTest::secretsAreListedByNameAndKeptSealed() {
    QVERIFY(service().open().result());
    QVERIFY(service().setSecret("corp", secretValue, "alice").result());
    QVERIFY(service().setSecret("b", "another", "alice").result());
    const auto names = service().secrets().result();
    QCOMPARE(names->size(), std::size_t{2});
    QCOMPARE(names->front().name, std::string("b"));
    const auto entries = service().audit({}).result();
    QCOMPARE(entries->front().action, std::string("secret-put"));
    QCOMPARE(entries->front().entityName, std::string("b"));
    QVERIFY(service().removeSecret("b", "alice").result());
    QCOMPARE(service().removeSecret("b", "alice").result().error().error.code, std::string("no-such-secret"));
    m_fixture->service.reset();
    QFile file(QString::fromStdString(m_fixture->path));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray content = file.readAll();
    QVERIFY(content.contains("secret-put"));
    QVERIFY(!content.contains(secretValue));
}

void ServiceGrantsTest::aSecretInUseIsNotRemoved() {
    openWithTokens();
    const auto refused = service().removeSecret("corp", "alice").result();
    QVERIFY(!refused);
    QCOMPARE(refused.error().error.code, std::string("secret-in-use"));
    QCOMPARE(service().secrets().result()->size(), std::size_t{1});
}

void ServiceGrantsTest::aSecretThatAnotherProcessChangedIsTakenUp() {
    openWithTokens();
    start();
    {
        auto stores = db::SqliteStores::open(m_fixture->path, db::OpenMode::Existing, m_fixture->clock);
        const MasterKey key = m_fixture->masterKey->load().value().value();
        const std::string sealed = gateway::crypto::Vault(key).seal("secret/corp", otherSecret);
        QVERIFY((*stores)->ports().secrets.put({"secret", "corp", {}}, sealed, "bob"));
    }
    QTRY_COMPARE(getWithToken(tokenOf("alice", "t-1", otherSecret)), 200);
    QCOMPARE(getWithToken(tokenOf("alice", "t-2")), 401);
}

void ServiceGrantsTest::withoutAMasterKeyNoSecretIsKept() {
    m_fixture->masterKey.reset();
    m_fixture->makeService();
    QVERIFY(service().open().result());
    const auto refused = service().setSecret("corp", secretValue, "alice").result();
    QVERIFY(!refused);
    QCOMPARE(refused.error().error.code, std::string("no-master-key"));
    QVERIFY(service().secrets().result()->empty());
}

QTEST_GUILESS_MAIN(ServiceGrantsTest)
#include "test_service_grants.moc"
