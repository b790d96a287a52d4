#include "tests/integration/cli_fixture.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMessageAuthenticationCode>
#include <QTest>

using support::ProcessResult;
using support::RawClient;
using support::ScriptedUpstream;
using support::TestProcess;

/// Keys, revocations and secrets by gatehousectl, beside a gateway that runs and without one.
class CliAccessTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void bothKeysAreGoodWhileARotationOverlaps();
    void withoutAnOverlapTheFormerKeyIsRefused();
    void aKeyIsBoundToItsAddresses();
    void keysMoveToAnotherDatabaseByTheirHashes();
    void anImportThatIsWrongChangesNothing();
    void aKeyThatWasFoundIsTold();

    void aRevokedConsumerIsRefusedOnTheNextRequest();
    void aRevokedTokenIsRefusedOnTheNextRequest();
    void aRevokedKeyIsRefusedOnTheNextRequest();
    void everythingBeforeNowIsRevoked();
    void revocationsAreListedAndLifted();
    void aRevocationMadeWhileTheGatewayIsDownHolds();
    void aRevocationSurvivesAKill();
    void revocationsThatMeanNothingAreRefused();

    void aSecretIsNeverShown();
    void anotherSecretIsInForceWhenTheCommandReturns();
    void aSecretInUseIsNotRemoved();

    void callsOfAgentsAreListed();

private:
    void apply(const QByteArray& more = {});
    void applyTokens();
    std::unique_ptr<TestProcess> serve();
    [[nodiscard]] ProcessResult run(const char* arguments, const QByteArray& input = {}) const {
        return m_fixture->runOnDb(arguments, input);
    }
    [[nodiscard]] QByteArray makeKey(const char* name = "ci") const {
        return run((std::string("key create -q --consumer acme --name ") + name).c_str()).out.trimmed();
    }
    [[nodiscard]] int getWithKey(const QByteArray& key) const {
        return RawClient::get(m_port, "/closed", "X-API-Key: " + key.toStdString() + "\r\n").status;
    }
    [[nodiscard]] int getWithToken(const QByteArray& token) const {
        return RawClient::get(m_port, "/token", "Authorization: Bearer " + token.toStdString() + "\r\n")
            .status;
    }

    std::unique_ptr<CliFixture> m_fixture;
    std::unique_ptr<ScriptedUpstream> m_upstream;
    std::uint16_t m_port = 0;
};

namespace {

constexpr const char* secretValue = "a secret of at least thirty-two bytes";

QByteArray base64(const QByteArray& bytes) {
    return bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

/// A token of the provider "corp", signed with HMAC.
QByteArray tokenOf(const QByteArray& subject, const QByteArray& id, const QByteArray& secret = secretValue) {
    const qint64 now = QDateTime::currentSecsSinceEpoch();
    const QJsonObject claims{{QStringLiteral("iss"), QStringLiteral("https://corp.example")},
                             {QStringLiteral("sub"), QString::fromUtf8(subject)},
                             {QStringLiteral("jti"), QString::fromUtf8(id)},
                             {QStringLiteral("iat"), now - 60},
                             {QStringLiteral("exp"), now + 600}};
    const QByteArray signedPart = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + '.' +
                                  base64(QJsonDocument(claims).toJson(QJsonDocument::Compact));
    return signedPart + '.' +
           base64(QMessageAuthenticationCode::hash(signedPart, secret, QCryptographicHash::Sha256));
}

QJsonArray listIn(const ProcessResult& result) {
    return QJsonDocument::fromJson(result.out).array();
}

} // namespace

void CliAccessTest::init() {
    m_fixture = std::make_unique<CliFixture>();
    m_upstream = std::make_unique<ScriptedUpstream>();
    m_port = support::unusedPort();
}

void CliAccessTest::cleanup() {
    m_upstream.reset();
    m_fixture.reset();
}

void CliAccessTest::apply(const QByteArray& more) {
    const ProcessResult applied =
        run("apply -",
            CliFixture::configuration(m_port, QByteArray::fromStdString(m_upstream->address())) + more);
    QVERIFY2(applied.exitCode == CliFixture::exitOk, applied.err.constData());
}

/// A route for tokens of a provider whose secret is stored beside the configuration.
void CliAccessTest::applyTokens() {
    apply();
    const ProcessResult set = run("secret set corp", QByteArray(secretValue) + '\n');
    QVERIFY2(set.exitCode == CliFixture::exitOk, set.err.constData());
    QByteArray text = CliFixture::configuration(m_port, QByteArray::fromStdString(m_upstream->address()));
    text.replace("policies:\n",
                 "policies:\n  - { name: token, authenticate: { any_of: [{ jwt: corp }] } }\n");
    text += "  - { name: token, match: { path: /token }, action: { service: origin }, policies: [token] }\n"
            "identity_providers:\n"
            "  - name: corp\n"
            "    issuer: https://corp.example\n"
            "    algorithms: [HS256]\n"
            "    secret: \"${secret:corp}\"\n"
            "    tier: { default: free }\n";
    const ProcessResult applied = run("apply -", text);
    QVERIFY2(applied.exitCode == CliFixture::exitOk, applied.err.constData());
}

std::unique_ptr<TestProcess> CliAccessTest::serve() {
    auto process = m_fixture->startOnDb("serve --workers 2");
    if (process->waitForLine("listening on 127.0.0.1:" + QByteArray::number(m_port)).isEmpty()) {
        qWarning("serve does not listen: %s", process->errors().constData());
    }
    return process;
}

void CliAccessTest::bothKeysAreGoodWhileARotationOverlaps() {
    apply();
    const auto gateway = serve();
    const QByteArray former = makeKey();
    const ProcessResult rotated = run("key rotate ci --consumer acme --overlap 24h");
    QVERIFY2(rotated.exitCode == CliFixture::exitOk, rotated.err.constData());
    QVERIFY(rotated.out.contains("key acme/ci-2"));
    QVERIFY(rotated.out.contains("is good for 1d more"));
    const QByteArray fresh = rotated.out.split('\n').value(1);
    QCOMPARE(getWithKey(former), 200);
    QCOMPARE(getWithKey(fresh), 200);
    const QJsonArray keys = listIn(run("key list --json"));
    QCOMPARE(keys.size(), 2);
    QVERIFY(keys[0].toObject().contains(QStringLiteral("expires")));
    QVERIFY(!keys[1].toObject().contains(QStringLiteral("expires")));
}

void CliAccessTest::withoutAnOverlapTheFormerKeyIsRefused() {
    apply();
    const auto gateway = serve();
    const QByteArray former = makeKey();
    QCOMPARE(getWithKey(former), 200);
    const ProcessResult rotated = run("key rotate -q acme/ci --overlap 0");
    QVERIFY2(rotated.exitCode == CliFixture::exitOk, rotated.err.constData());
    QCOMPARE(getWithKey(former), 401);
    QCOMPARE(getWithKey(rotated.out.trimmed()), 200);
    QCOMPARE(run("key rotate acme/ci --overlap 0").exitCode, CliFixture::exitConflict); // it is revoked
    QCOMPARE(run("key rotate acme/ci-2 --overlap soon").exitCode, CliFixture::exitInvalid);
}

void CliAccessTest::aKeyIsBoundToItsAddresses() {
    apply();
    const auto gateway = serve();
    const ProcessResult here =
        run("key create -q --consumer acme --name here --address 10.0.0.0/8 --address 127.0.0.1");
    const ProcessResult there = run("key create -q --consumer acme --name there --address 10.0.0.0/8");
    QCOMPARE(getWithKey(here.out.trimmed()), 200);
    QCOMPARE(getWithKey(there.out.trimmed()), 401);
    QCOMPARE(run("key create --consumer acme --name x --address example.com").exitCode,
             CliFixture::exitInvalid);
    QVERIFY(run("key list").out.contains("10.0.0.0/8,127.0.0.1"));
}

void CliAccessTest::keysMoveToAnotherDatabaseByTheirHashes() {
    apply();
    const QByteArray key = makeKey();
    const ProcessResult exported = run("key export --consumer acme");
    QCOMPARE(exported.exitCode, CliFixture::exitOk);
    QCOMPARE(exported.out.count('\n'), 1);
    QVERIFY(exported.out.contains("sha256:"));
    QVERIFY(!exported.out.contains(key));

    QVERIFY(QFile::rename(m_fixture->db(), m_fixture->path("former.db")));
    apply();
    const auto gateway = serve();
    QCOMPARE(getWithKey(key), 401);
    const ProcessResult imported = run("key import -", exported.out);
    QVERIFY2(imported.exitCode == CliFixture::exitOk, imported.err.constData());
    QCOMPARE(imported.out, QByteArray("1 key imported\n"));
    QCOMPARE(getWithKey(key), 200);
}

void CliAccessTest::anImportThatIsWrongChangesNothing() {
    apply();
    QVERIFY(!makeKey().isEmpty());
    const QByteArray one = run("key export").out;
    QByteArray other = one;
    other.replace("\"ci\"", "\"other\"");
    const ProcessResult twice = run("key import -", other);
    QCOMPARE(twice.exitCode, CliFixture::exitConflict);
    QVERIFY2(twice.err.contains("Key 1: "), twice.err.constData());
    other.replace("sha256:", "sha256:00");
    QCOMPARE(run("key import -", other).exitCode, CliFixture::exitInvalid);
    QCOMPARE(run("key import nowhere.jsonl").exitCode, CliFixture::exitEnvironment);
    QCOMPARE(listIn(run("key list --json")).size(), 1);
}

void CliAccessTest::aKeyThatWasFoundIsTold() {
    apply();
    const QByteArray key = makeKey();
    const ProcessResult found = run("key check", key + '\n');
    QCOMPARE(found.exitCode, CliFixture::exitOk);
    QVERIFY2(found.out.contains("acme/ci"), found.out.constData());
    QVERIFY(!found.out.contains(key));
    const QJsonObject report = QJsonDocument::fromJson(run("key check --json", key).out).object();
    QCOMPARE(report[QStringLiteral("consumer")].toString(), QStringLiteral("acme"));
    QCOMPARE(report[QStringLiteral("known")].toBool(), true);
    QByteArray broken = key;
    broken[10] = broken[10] == 'A' ? 'B' : 'A';
    const ProcessResult unknown = run("key check", broken);
    QCOMPARE(unknown.exitCode, CliFixture::exitConflict);
    QVERIFY2(unknown.err.contains("checksum"), unknown.err.constData());
    QVERIFY(!unknown.err.contains(broken));
}

void CliAccessTest::aRevokedConsumerIsRefusedOnTheNextRequest() {
    apply();
    const auto gateway = serve();
    const QByteArray key = makeKey();
    QCOMPARE(getWithKey(key), 200);
    const ProcessResult revoked = run("revoke consumer acme");
    QVERIFY2(revoked.exitCode == CliFixture::exitOk, revoked.err.constData());
    QVERIFY(getWithKey(key) >= 401);
}

void CliAccessTest::aRevokedTokenIsRefusedOnTheNextRequest() {
    applyTokens();
    const auto gateway = serve();
    const QByteArray first = tokenOf("mallory", "t-1");
    const QByteArray second = tokenOf("mallory", "t-2");
    const QByteArray other = tokenOf("alice", "t-3");
    QCOMPARE(getWithToken(first), 200);
    QCOMPARE(getWithToken(second), 200);
    QCOMPARE(run("revoke token t-1 --provider corp --for 24h").exitCode, CliFixture::exitOk);
    QCOMPARE(getWithToken(first), 401);
    QCOMPARE(getWithToken(second), 200);
    QCOMPARE(run("revoke subject mallory --reason lost").exitCode, CliFixture::exitOk);
    QCOMPARE(getWithToken(second), 401);
    QCOMPARE(getWithToken(other), 200);
}

void CliAccessTest::aRevokedKeyIsRefusedOnTheNextRequest() {
    apply();
    const auto gateway = serve();
    const QByteArray key = makeKey();
    QCOMPARE(getWithKey(key), 200);
    QCOMPARE(run("revoke key acme/ci").exitCode, CliFixture::exitOk);
    QCOMPARE(getWithKey(key), 401);
    QCOMPARE(run("key enable acme/ci").exitCode, CliFixture::exitConflict);
}

void CliAccessTest::everythingBeforeNowIsRevoked() {
    applyTokens();
    const auto gateway = serve();
    const QByteArray key = makeKey();
    const QByteArray token = tokenOf("alice", "t-1");
    QCOMPARE(getWithKey(key), 200);
    QCOMPARE(getWithToken(token), 200);
    QCOMPARE(run("revoke before now --provider corp").exitCode, CliFixture::exitOk);
    QCOMPARE(getWithKey(key), 200);
    QCOMPARE(getWithToken(token), 401);
    QCOMPARE(run("revoke before now").exitCode, CliFixture::exitOk);
    QCOMPARE(getWithKey(key), 401);
    const QByteArray fresh = makeKey("fresh");
    QCOMPARE(getWithKey(fresh), 200);
}

void CliAccessTest::revocationsAreListedAndLifted() {
    apply();
    const auto gateway = serve();
    const QByteArray key = makeKey();
    const ProcessResult revoked = m_fixture->runOn(
        m_fixture->db(), {QStringLiteral("revoke"), QStringLiteral("consumer"), QStringLiteral("acme"),
                          QStringLiteral("--reason"), QStringLiteral("contract ended"),
                          QStringLiteral("--author"), QStringLiteral("bob"), QStringLiteral("--json")});
    const QJsonObject report = QJsonDocument::fromJson(revoked.out).object();
    QCOMPARE(report[QStringLiteral("value")].toString(), QStringLiteral("acme"));
    const QJsonArray list = listIn(run("revoke list --json"));
    QCOMPARE(list.size(), 1);
    QCOMPARE(list[0].toObject()[QStringLiteral("reason")].toString(), QStringLiteral("contract ended"));
    QCOMPARE(list[0].toObject()[QStringLiteral("author")].toString(), QStringLiteral("bob"));
    QVERIFY(run("revoke list").out.contains("contract ended"));
    const std::string lift = "revoke lift " + std::to_string(report[QStringLiteral("id")].toInt());
    QCOMPARE(run(lift.c_str()).exitCode, CliFixture::exitOk);
    QCOMPARE(getWithKey(key), 200);
    QCOMPARE(run(lift.c_str()).exitCode, CliFixture::exitConflict);
    QCOMPARE(listIn(run("revoke list --json")).size(), 0);
}

void CliAccessTest::aRevocationMadeWhileTheGatewayIsDownHolds() {
    apply();
    const QByteArray key = makeKey();
    {
        const auto gateway = serve();
        QCOMPARE(getWithKey(key), 200);
    }
    QCOMPARE(run("revoke consumer acme").exitCode, CliFixture::exitOk);
    const auto gateway = serve();
    QVERIFY(getWithKey(key) >= 401);
}

void CliAccessTest::aRevocationSurvivesAKill() {
    apply();
    const QByteArray key = makeKey();
    {
        const auto gateway = serve();
        QCOMPARE(run("revoke consumer acme").exitCode, CliFixture::exitOk);
        gateway->signal(SIGKILL);
        QCOMPARE(gateway->waitForEnd().exitCode, -1);
    }
    const auto gateway = serve();
    QVERIFY(getWithKey(key) >= 401);
}

void CliAccessTest::revocationsThatMeanNothingAreRefused() {
    apply();
    QCOMPARE(run("revoke consumer nobody").exitCode, CliFixture::exitConflict);
    QCOMPARE(run("revoke token t-1 --provider nobody").exitCode, CliFixture::exitConflict);
    QCOMPARE(run("revoke before soon").exitCode, CliFixture::exitInvalid);
    QCOMPARE(run("revoke before 2200-01-01").exitCode, CliFixture::exitInvalid);
    QCOMPARE(run("revoke token t-1 --for ever").exitCode, CliFixture::exitInvalid);
    QCOMPARE(run("revoke key acme/none").exitCode, CliFixture::exitConflict);
    QCOMPARE(run("revoke").exitCode, CliFixture::exitUsage);
    QCOMPARE(listIn(run("revoke list --json")).size(), 0);
}

void CliAccessTest::aSecretIsNeverShown() {
    apply();
    const ProcessResult set = run("secret set corp", QByteArray(secretValue) + '\n');
    QVERIFY2(set.exitCode == CliFixture::exitOk, set.err.constData());
    const ProcessResult listed = run("secret list");
    QVERIFY(listed.out.contains("corp"));
    const QByteArray all = set.out + set.err + listed.out + run("secret list --json").out + run("export").out;
    QVERIFY(!all.contains(secretValue));
    for (const char* name : {"test.db", "test.db-wal"}) {
        QFile file(m_fixture->path(name));
        QVERIFY(!file.open(QIODevice::ReadOnly) || !file.readAll().contains(secretValue));
    }
    QCOMPARE(run("secret set corp", "").exitCode, CliFixture::exitInvalid);
    QCOMPARE(run("secret set co/rp", "x").exitCode, CliFixture::exitInvalid);
    QCOMPARE(run("secret set corp value").exitCode, CliFixture::exitUsage);
    QCOMPARE(run("secret remove corp").exitCode, CliFixture::exitOk);
    QCOMPARE(run("secret remove corp").exitCode, CliFixture::exitConflict);
}

void CliAccessTest::anotherSecretIsInForceWhenTheCommandReturns() {
    applyTokens();
    const auto gateway = serve();
    const QByteArray other = "another secret of at least thirty-two bytes";
    QCOMPARE(getWithToken(tokenOf("alice", "t-1")), 200);
    QCOMPARE(getWithToken(tokenOf("alice", "t-1", other)), 401);
    QCOMPARE(run("secret set corp", other).exitCode, CliFixture::exitOk);
    QCOMPARE(getWithToken(tokenOf("alice", "t-1")), 401);
    QCOMPARE(getWithToken(tokenOf("alice", "t-1", other)), 200);
}

void CliAccessTest::aSecretInUseIsNotRemoved() {
    applyTokens();
    const ProcessResult removed = run("secret remove corp");
    QCOMPARE(removed.exitCode, CliFixture::exitConflict);
    QVERIFY2(removed.err.contains("corp"), removed.err.constData());
    QCOMPARE(listIn(run("secret list --json"))[0].toObject()[QStringLiteral("used_by")].toString(),
             QStringLiteral("corp"));
}

void CliAccessTest::callsOfAgentsAreListed() {
    apply();
    QByteArray text = CliFixture::configuration(m_port, QByteArray::fromStdString(m_upstream->address()));
    text.replace("consumers:\n", "consumers:\n  - { name: bot, tier: free, kind: agent, owner: alice }\n");
    QCOMPARE(run("apply -", text).exitCode, CliFixture::exitOk);
    const auto gateway = serve();
    const QByteArray bot = run("key create -q --consumer bot --name ci").out.trimmed();
    const QByteArray acme = makeKey();
    QCOMPARE(getWithKey(acme), 200);
    QCOMPARE(getWithKey(bot), 200);
    gateway->signal(SIGTERM); // what was not stored yet is stored at the end
    QCOMPARE(gateway->waitForEnd().exitCode, 0);
    const QJsonArray calls = listIn(run("agent calls --json"));
    QCOMPARE(calls.size(), 1);
    const QJsonObject call = calls[0].toObject();
    QCOMPARE(call[QStringLiteral("consumer")].toString(), QStringLiteral("bot"));
    QCOMPARE(call[QStringLiteral("path")].toString(), QStringLiteral("/closed"));
    QCOMPARE(call[QStringLiteral("status")].toInt(), 200);
    QVERIFY(!QJsonDocument(calls).toJson().contains(bot));
    QVERIFY(run("agent calls --consumer bot").out.contains("/closed"));
    QCOMPARE(listIn(run("agent calls --consumer acme --json")).size(), 0);
    QCOMPARE(run("agent calls --consumer nobody").exitCode, CliFixture::exitConflict);
}

QTEST_GUILESS_MAIN(CliAccessTest)
#include "cli_access_test.moc"
