#include "tests/integration/cli_fixture.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using support::ProcessResult;

/// gatehousectl from outside: what scripts and people see of it.
class CliTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();

    void whatIsAppliedIsExported();
    void anExportAppliedElsewhereExportsTheSame();
    void applyingTheSameAgainChangesNothing();
    void aDryRunShowsAndChangesNothing();
    void keysOfAFileAreAddedAndOthersLeftAlone();
    void aRevokedKeyIsNotBroughtBackByAFile();
    void problemsNameFileLineAndField();
    void problemsAreToBeHadAsJson();
    void aBadFileChangesNothing();
    void aWrongCommandLineIsAUsageError_data();
    void aWrongCommandLineIsAUsageError();
    void everyCommandHasHelpWithExamples();
    void whatIsNotThereIsAConflict();
    void aKeyNameIsTakenOnce();
    void aMissingDatabaseIsSaid();
    void aDamagedDatabaseIsSaidAndLeftAsItIs();
    void theDefaultDatabaseIsInAPrivateFolder();
    void statusOfAStoppedGatewayNamesTheSavedRevision();
    void servicesAreListedWithTheirSettings();
    void servicesAreToBeHadAsJson();
    void aTargetIsDrainedAndPutBack();
    void drainingTheLastTargetIsWarnedAbout();
    void drainNamesWhatIsNotThere();

private:
    std::unique_ptr<CliFixture> m_fixture;
};

void CliTest::init() {
    m_fixture = std::make_unique<CliFixture>();
}

void CliTest::whatIsAppliedIsExported() {
    const ProcessResult applied =
        m_fixture->runOnDb("apply -", CliFixture::configuration(8080, "127.0.0.1:9001"));
    QCOMPARE(applied.err, QByteArray());
    QCOMPARE(applied.exitCode, CliFixture::exitOk);
    QCOMPARE(applied.out,
             QByteArray("revision 1 published: 1 listener added, 1 tier added, 1 consumer added, "
                        "1 service added, 1 policy added, 2 routes added\n"));
    const ProcessResult exported = m_fixture->runOnDb("export");
    QCOMPARE(exported.exitCode, CliFixture::exitOk);
    QVERIFY(exported.out.contains("127.0.0.1:8080"));
    QVERIFY(exported.out.contains("rewrite: /one"));
}

void CliTest::anExportAppliedElsewhereExportsTheSame() {
    QCOMPARE(m_fixture->runOnDb("apply -", CliFixture::configuration(8080, "127.0.0.1:9001")).exitCode,
             CliFixture::exitOk);
    QCOMPARE(
        m_fixture->runOnDb("key create --consumer acme --name ci --scope orders:read --expires 2099-01-31")
            .exitCode,
        CliFixture::exitOk);
    const QString file = m_fixture->path("export.yaml");
    QCOMPARE(m_fixture->runOn(m_fixture->db(), CliFixture::words("export --output") << file).exitCode,
             CliFixture::exitOk);
    const QString other = m_fixture->path("other.db");
    const ProcessResult applied = m_fixture->runOn(other, CliFixture::words("apply") << file);
    QCOMPARE(applied.err, QByteArray());
    QVERIFY(applied.out.contains("1 key added"));
    QCOMPARE(m_fixture->runOn(other, CliFixture::words("export")).out, m_fixture->runOnDb("export").out);
}

void CliTest::applyingTheSameAgainChangesNothing() {
    const QByteArray text = CliFixture::configuration(8080, "127.0.0.1:9001");
    QCOMPARE(m_fixture->runOnDb("apply -", text).exitCode, CliFixture::exitOk);
    const ProcessResult again = m_fixture->runOnDb("apply -", text);
    QCOMPARE(again.exitCode, CliFixture::exitOk);
    QCOMPARE(again.out, QByteArray("nothing to change\n"));
    const ProcessResult status = m_fixture->runOnDb("status");
    QCOMPARE(status.out, QByteArray("not running, saved revision 1\n"));
}

void CliTest::aDryRunShowsAndChangesNothing() {
    QCOMPARE(m_fixture->runOnDb("apply -", CliFixture::configuration(8080, "127.0.0.1:9001")).exitCode,
             CliFixture::exitOk);
    const ProcessResult dry =
        m_fixture->runOnDb("apply --dry-run -", CliFixture::configuration(8081, "127.0.0.1:9001", "/two"));
    QCOMPARE(dry.exitCode, CliFixture::exitOk);
    QCOMPARE(dry.out, QByteArray("would change listener main\nwould change route open\n"));
    QVERIFY(m_fixture->runOnDb("export").out.contains("127.0.0.1:8080"));
}

void CliTest::keysOfAFileAreAddedAndOthersLeftAlone() {
    const QByteArray base = CliFixture::configuration(8080, "127.0.0.1:9001");
    QCOMPARE(m_fixture->runOnDb("apply -", base).exitCode, CliFixture::exitOk);
    QCOMPARE(m_fixture->runOnDb("key create --consumer acme --name made-here").exitCode, CliFixture::exitOk);
    QByteArray withKey = base;
    withKey.replace("tier: free }\nservices", "tier: free, keys: [{ name: from-file, hash: \"sha256:" +
                                                  QByteArray(64, 'a') + "\" }] }\nservices");
    const ProcessResult applied = m_fixture->runOnDb("apply -", withKey);
    QCOMPARE(applied.err, QByteArray());
    QCOMPARE(applied.out, QByteArray("1 key added\n"));
    const ProcessResult listed = m_fixture->runOnDb("key list");
    QVERIFY(listed.out.contains("acme/made-here"));
    QVERIFY(listed.out.contains("acme/from-file"));
}

void CliTest::aRevokedKeyIsNotBroughtBackByAFile() {
    QByteArray text = CliFixture::configuration(8080, "127.0.0.1:9001");
    text.replace("tier: free }\nservices", "tier: free, keys: [{ name: ci, hash: \"sha256:" +
                                               QByteArray(64, 'b') + "\" }] }\nservices");
    QCOMPARE(m_fixture->runOnDb("apply -", text).exitCode, CliFixture::exitOk);
    QCOMPARE(m_fixture->runOnDb("key revoke acme/ci").exitCode, CliFixture::exitOk);
    const ProcessResult again = m_fixture->runOnDb("apply -", text);
    QCOMPARE(again.exitCode, CliFixture::exitOk);
    QCOMPARE(again.err, QByteArray("gatehousectl: the key acme/ci was revoked and stays so\n"));
    QVERIFY(!m_fixture->runOnDb("export").out.contains("sha256:"));
}

void CliTest::problemsNameFileLineAndField() {
    const QString file = m_fixture->write("bad.yaml", "listeners:\n  - name: main\n    address: nowhere\n"
                                                      "routes:\n  - name: r\n    match: { path: /x }\n"
                                                      "    action: { service: s, rewrit: /y }\n");
    const ProcessResult checked = m_fixture->run(CliFixture::words("validate") << file);
    QCOMPARE(checked.exitCode, CliFixture::exitInvalid);
    QCOMPARE(checked.out, QByteArray());
    QVERIFY2(checked.err.contains((file + QStringLiteral(":3:")).toUtf8()), checked.err.constData());
    QVERIFY2(checked.err.contains("listeners[main].address"), checked.err.constData());
    QVERIFY2(checked.err.contains((file + QStringLiteral(":7:")).toUtf8()), checked.err.constData());
    QVERIFY2(checked.err.contains("rewrite"), checked.err.constData());
}

void CliTest::problemsAreToBeHadAsJson() {
    const QString file = m_fixture->write("bad.yaml", "tiers:\n  - { name: free, rate: fast, burst: 1 }\n");
    const ProcessResult checked = m_fixture->run(CliFixture::words("validate --json") << file);
    QCOMPARE(checked.exitCode, CliFixture::exitInvalid);
    const QJsonObject report = QJsonDocument::fromJson(checked.out).object();
    const QJsonObject problem = report[QLatin1String("problems")].toArray().at(0).toObject();
    QCOMPARE(problem[QLatin1String("line")].toInt(), 2);
    QCOMPARE(problem[QLatin1String("path")].toString(), QStringLiteral("tiers[free].rate"));
}

void CliTest::aBadFileChangesNothing() {
    QCOMPARE(m_fixture->runOnDb("apply -", CliFixture::configuration(8080, "127.0.0.1:9001")).exitCode,
             CliFixture::exitOk);
    QByteArray dangling = CliFixture::configuration(8081, "127.0.0.1:9001");
    dangling.replace("service: origin", "service: nobody");
    const ProcessResult applied = m_fixture->runOnDb("apply -", dangling);
    QCOMPARE(applied.exitCode, CliFixture::exitInvalid);
    QVERIFY2(applied.err.contains("nobody"), applied.err.constData());
    QVERIFY(m_fixture->runOnDb("export").out.contains("127.0.0.1:8080"));
}

void CliTest::aWrongCommandLineIsAUsageError_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("nothing") << QStringList();
    QTest::newRow("unknown command") << CliFixture::words("frobnicate");
    QTest::newRow("unknown option") << CliFixture::words("status --loud");
    QTest::newRow("apply without a file") << CliFixture::words("apply");
    QTest::newRow("drain without a target") << CliFixture::words("drain orders");
    QTest::newRow("no workers") << CliFixture::words("serve --workers 0");
    QTest::newRow("bad date") << CliFixture::words("key create --consumer a --name b --expires soon");
}

void CliTest::aWrongCommandLineIsAUsageError() {
    QFETCH(QStringList, arguments);
    const ProcessResult result = m_fixture->run(arguments);
    QCOMPARE(result.exitCode, CliFixture::exitUsage);
    QVERIFY(result.err.startsWith("gatehousectl: "));
    QCOMPARE(result.err.count('\n'), 1);
    QCOMPARE(result.out, QByteArray());
}

void CliTest::everyCommandHasHelpWithExamples() {
    for (const char* command :
         {"apply", "export", "validate", "key", "key create", "key list", "key revoke", "key disable",
          "key enable", "serve", "status", "services", "drain", "demo"}) {
        const ProcessResult help = m_fixture->run(CliFixture::words(command) << QStringLiteral("--help"));
        QCOMPARE(help.exitCode, CliFixture::exitOk);
        QVERIFY2(help.out.contains("Examples:\n  gatehousectl "), command);
    }
    QVERIFY(m_fixture->run(CliFixture::words("--help")).out.contains("Exit codes:"));
    QVERIFY(m_fixture->run(CliFixture::words("--version")).out.startsWith("gatehousectl "));
}

void CliTest::whatIsNotThereIsAConflict() {
    QCOMPARE(m_fixture->runOnDb("apply -", CliFixture::configuration(8080, "127.0.0.1:9001")).exitCode,
             CliFixture::exitOk);
    const ProcessResult created = m_fixture->runOnDb("key create --consumer nobody --name x");
    QCOMPARE(created.exitCode, CliFixture::exitConflict);
    QVERIFY(created.err.contains("nobody"));
    QCOMPARE(m_fixture->runOnDb("key revoke acme/x").exitCode, CliFixture::exitConflict);
    QCOMPARE(m_fixture->runOnDb("key disable 77").exitCode, CliFixture::exitConflict);
}

void CliTest::aKeyNameIsTakenOnce() {
    QCOMPARE(m_fixture->runOnDb("apply -", CliFixture::configuration(8080, "127.0.0.1:9001")).exitCode,
             CliFixture::exitOk);
    const QStringList create = CliFixture::words("key create --consumer acme --name ci -q");
    const ProcessResult first = m_fixture->runOn(m_fixture->db(), create);
    QCOMPARE(first.exitCode, CliFixture::exitOk);
    QVERIFY(first.out.startsWith("gh_"));
    QCOMPARE(first.out.count('\n'), 1);
    QCOMPARE(m_fixture->runOn(m_fixture->db(), create).exitCode, CliFixture::exitConflict);
    QCOMPARE(m_fixture->runOnDb("key revoke acme/ci").exitCode, CliFixture::exitOk);
    const ProcessResult second = m_fixture->runOn(m_fixture->db(), create);
    QCOMPARE(second.exitCode, CliFixture::exitOk);
    QVERIFY(second.out != first.out);
}

void CliTest::aMissingDatabaseIsSaid() {
    const ProcessResult exported = m_fixture->runOnDb("export");
    QCOMPARE(exported.exitCode, CliFixture::exitEnvironment);
    QVERIFY(exported.err.contains(m_fixture->db().toUtf8()));
    QVERIFY(!QFile::exists(m_fixture->db()));
    QCOMPARE(m_fixture->runOn(m_fixture->path("no/such/folder.db"), CliFixture::words("serve")).exitCode,
             CliFixture::exitEnvironment);
}

void CliTest::aDamagedDatabaseIsSaidAndLeftAsItIs() {
    const QByteArray garbage = QByteArray("SQLite format 3\0", 16) + QByteArray(8'000, 'x');
    const QString file = m_fixture->write("damaged.db", garbage);
    for (const char* command : {"export", "serve", "status"}) {
        const ProcessResult result = m_fixture->runOn(file, {QString::fromLatin1(command)});
        QCOMPARE(result.exitCode, CliFixture::exitEnvironment);
        QVERIFY2(result.err.startsWith("gatehousectl: ") && result.err.contains(file.toUtf8()),
                 result.err.constData());
    }
    QFile after(file);
    QVERIFY(after.open(QIODevice::ReadOnly));
    QCOMPARE(after.readAll(), garbage);
}

void CliTest::theDefaultDatabaseIsInAPrivateFolder() {
    QCOMPARE(m_fixture->run(CliFixture::words("apply -"), CliFixture::configuration(8080, "127.0.0.1:9001"))
                 .exitCode,
             CliFixture::exitOk);
    const QString folder = m_fixture->path("data/gatehouse");
    const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther |
                        QFile::WriteOther | QFile::ExeOther;
    QVERIFY(QFile::exists(folder + QStringLiteral("/gatehouse.db")));
    QVERIFY(!(QFile::permissions(folder) & others));
    QVERIFY(!(QFile::permissions(folder + QStringLiteral("/gatehouse.db")) & others));
}

void CliTest::statusOfAStoppedGatewayNamesTheSavedRevision() {
    QCOMPARE(m_fixture->runOnDb("apply -", CliFixture::configuration(8080, "127.0.0.1:9001")).exitCode,
             CliFixture::exitOk);
    const ProcessResult status = m_fixture->runOnDb("status --json");
    QCOMPARE(status.exitCode, CliFixture::exitOk);
    const QJsonObject report = QJsonDocument::fromJson(status.out).object();
    QCOMPARE(report[QLatin1String("running")].toBool(true), false);
    QCOMPARE(report[QLatin1String("saved_revision")].toInt(), 1);
}

namespace {

QByteArray calmConfiguration() {
    QByteArray text =
        CliFixture::configuration(8080, "127.0.0.1:9001, { address: 127.0.0.1:9002, weight: 2 }");
    text.replace("weight: 2 }] }",
                 "weight: 2 }], balance: least-requests, health: { path: /healthz }, outlier: {}, "
                 "breaker: {}, concurrency: 50 }");
    return text;
}

} // namespace

void CliTest::servicesAreListedWithTheirSettings() {
    const ProcessResult applied = m_fixture->runOnDb("apply -", calmConfiguration());
    QVERIFY2(applied.exitCode == CliFixture::exitOk, applied.err.constData());
    const ProcessResult listed = m_fixture->runOnDb("services");
    QCOMPARE(listed.exitCode, CliFixture::exitOk);
    QCOMPARE(listed.out,
             QByteArray("origin\n"
                        "  balance   least-requests, at most 50 requests at a time\n"
                        "  health    GET /healthz every 3s, timeout 1s, unhealthy after 3, healthy after 1\n"
                        "  outlier   after 5 errors in a row for 30s, at most 10% of the targets\n"
                        "  breaker   at 50% errors of 20 requests, open 10s, recover 10s\n"
                        "  retries   2 on connect-failure, refused-stream, 503; budget 20%\n"
                        "  timeouts  connect 5s, response 15s, idle 1m\n"
                        "  TARGET          WEIGHT  CONDITION  REQ/S  ERRORS/S  IN FLIGHT  OPEN\n"
                        "  127.0.0.1:9001  1       -          -      -         -          -\n"
                        "  127.0.0.1:9002  2       -          -      -         -          -\n"));
    const ProcessResult unknown = m_fixture->runOnDb("services nobody");
    QCOMPARE(unknown.exitCode, CliFixture::exitConflict);
    QVERIFY(unknown.err.contains("nobody"));
}

void CliTest::servicesAreToBeHadAsJson() {
    QCOMPARE(m_fixture->runOnDb("apply -", calmConfiguration()).exitCode, CliFixture::exitOk);
    const QJsonObject report =
        QJsonDocument::fromJson(m_fixture->runOnDb("services origin --json").out).object();
    QCOMPARE(report[QLatin1String("running")].toBool(true), false);
    const QJsonObject service = report[QLatin1String("services")].toArray().at(0).toObject();
    QCOMPARE(service[QLatin1String("name")].toString(), QStringLiteral("origin"));
    QCOMPARE(service[QLatin1String("settings")].toObject()[QLatin1String("balance")].toString(),
             QStringLiteral("least-requests"));
    const QJsonObject target = service[QLatin1String("targets")].toArray().at(1).toObject();
    QCOMPARE(target[QLatin1String("address")].toString(), QStringLiteral("127.0.0.1:9002"));
    QCOMPARE(target[QLatin1String("weight")].toInt(), 2);
    QCOMPARE(target[QLatin1String("drain")].toBool(true), false);
    QVERIFY(!target.contains(QLatin1String("condition"))); // nobody knows
}

void CliTest::aTargetIsDrainedAndPutBack() {
    QCOMPARE(m_fixture->runOnDb("apply -", calmConfiguration()).exitCode, CliFixture::exitOk);
    const QByteArray before = m_fixture->runOnDb("export").out;
    const ProcessResult drained = m_fixture->runOnDb("drain origin 127.0.0.1:9001");
    QCOMPARE(drained.err, QByteArray());
    QCOMPARE(drained.out,
             QByteArray("revision 2 published: 127.0.0.1:9001 of origin gets no new requests\n"));
    QVERIFY(m_fixture->runOnDb("export").out.contains("drain: true"));
    QVERIFY(m_fixture->runOnDb("services").out.contains("127.0.0.1:9001  1       drained"));
    const ProcessResult again = m_fixture->runOnDb("drain origin 127.0.0.1:9001");
    QCOMPARE(again.exitCode, CliFixture::exitOk);
    QCOMPARE(again.out, QByteArray("nothing to change: 127.0.0.1:9001 of origin is drained already\n"));
    const ProcessResult back = m_fixture->runOnDb("drain --undo origin 127.0.0.1:9001");
    QCOMPARE(back.out, QByteArray("revision 3 published: 127.0.0.1:9001 of origin gets requests again\n"));
    QCOMPARE(m_fixture->runOnDb("export").out, before);
}

void CliTest::drainingTheLastTargetIsWarnedAbout() {
    QCOMPARE(m_fixture->runOnDb("apply -", CliFixture::configuration(8080, "127.0.0.1:9001")).exitCode,
             CliFixture::exitOk);
    const ProcessResult drained = m_fixture->runOnDb("drain origin 127.0.0.1:9001");
    QCOMPARE(drained.exitCode, CliFixture::exitOk);
    QVERIFY2(drained.err.contains("no target of origin gets requests any more"), drained.err.constData());
}

void CliTest::drainNamesWhatIsNotThere() {
    QCOMPARE(m_fixture->runOnDb("apply -", CliFixture::configuration(8080, "127.0.0.1:9001")).exitCode,
             CliFixture::exitOk);
    const ProcessResult service = m_fixture->runOnDb("drain nobody 127.0.0.1:9001");
    QCOMPARE(service.exitCode, CliFixture::exitConflict);
    QVERIFY(service.err.contains("there is no service nobody"));
    const ProcessResult target = m_fixture->runOnDb("drain origin 127.0.0.1:9009");
    QCOMPARE(target.exitCode, CliFixture::exitConflict);
    QVERIFY(target.err.contains("no target 127.0.0.1:9009"));
}

QTEST_GUILESS_MAIN(CliTest)
#include "cli_test.moc"
