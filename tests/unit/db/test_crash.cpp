#include "db/content_hash.h"
#include "db/sqlite_stores.h"
#include "gateway/base/clock.h"
#include "gateway/model/codec.h"
#include "gateway/model/edit.h"

#include <QCoreApplication>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QtTest>
#include <cstdio>
#include <optional>

using db::SqliteStores;
using gateway::SystemClock;
using namespace gateway::model;
using namespace gateway::service;

namespace {

constexpr int tiersPerRevision = 5;

/// Each revision rewrites all tiers, with its own number as the rate: a mixture of two revisions shows.
std::vector<Edit> nextEdits(const Config& config, RevisionNumber next) {
    std::vector<Edit> edits;
    for (int i = 0; i < tiersPerRevision; ++i) {
        Tier tier;
        tier.name = "tier-" + std::to_string(i);
        if (const Tier* existing = config.tiers.find(tier.name)) {
            tier = *existing;
        }
        tier.requests = next;
        edits.emplace_back(Put{tier});
    }
    return edits;
}

/// The child: publishes without end and says each revision once it is committed.
int publishForever(const std::string& path) {
    const SystemClock clock;
    auto stores = SqliteStores::open(path, db::OpenMode::Create, clock);
    if (!stores) {
        std::fprintf(stderr, "%s\n", stores.error().message.c_str());
        return 1;
    }
    auto stored = (*stores)->ports().config.load();
    if (!stored) {
        std::fprintf(stderr, "%s\n", stored.error().message.c_str());
        return 1;
    }
    for (;;) {
        auto edits = nextEdits(stored->config, stored->revision.number + 1);
        auto after = applyEdits(stored->config, edits, stored->nextId);
        auto revision = (*stores)->ports().config.publish(
            {.change = {stored->revision.number, "child", "again", std::move(edits)},
             .before = stored->config,
             .after = *after,
             .nextId = stored->nextId,
             .keys = {},
             .time = clock.wallTime()});
        if (!revision) {
            std::fprintf(stderr, "%s\n", revision.error().message.c_str());
            return 1;
        }
        stored->config = std::move(*after);
        stored->revision = std::move(*revision);
        std::printf("%llu\n", static_cast<unsigned long long>(stored->revision.number));
        std::fflush(stdout);
    }
}

std::string hashOf(const Config& config) {
    db::ContentHash hash;
    for (const Tier& tier : config.tiers) {
        hash.add(kindName(EntityKind::Tier), tier.name, toJson(Put{tier}));
    }
    return hash.toHex();
}

} // namespace

class CrashTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyCommittedRevisionSurvivesAKillAtAnyMoment();

private:
    static std::optional<RevisionNumber> runUntilKilled(const std::string& path);
    static void checkStore(const std::string& path, RevisionNumber acknowledged, RevisionNumber& reached);
};

/// Returns the last revision that the child said was committed; nothing when it failed before the kill.
std::optional<RevisionNumber> CrashTest::runUntilKilled(const std::string& path) {
    QProcess child;
    child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    child.start(QCoreApplication::applicationFilePath(),
                {QStringLiteral("--publish-forever"), QString::fromStdString(path)});
    if (!child.waitForStarted()) {
        return std::nullopt;
    }
    // A number of bytes, not of lines, and a busy wait of random length behind it: the kill falls anywhere
    // between two commits, or while the
    // database is opened.
    const int bytesWanted = QRandomGenerator::global()->bounded(60);
    QByteArray said;
    while (said.size() < bytesWanted && child.waitForReadyRead()) {
        said += child.readAll();
    }
    volatile std::uint32_t spins = QRandomGenerator::global()->bounded(3'000'000U);
    while (spins > 0) {
        spins = spins - 1;
    }
    child.kill();
    child.waitForFinished();
    if (child.exitStatus() != QProcess::CrashExit) {
        return std::nullopt;
    }
    said += child.readAll();
    const auto lines = said.split('\n'); // the last one is cut off, or empty
    return lines.size() > 1 ? lines[lines.size() - 2].toULongLong() : 0;
}

void CrashTest::checkStore(const std::string& path, RevisionNumber acknowledged, RevisionNumber& reached) {
    const SystemClock clock;
    const auto stores = SqliteStores::open(path, db::OpenMode::Create, clock);
    QVERIFY2(stores, stores ? "" : stores.error().message.c_str());
    const auto ports = (*stores)->ports();
    const auto stored = ports.config.load();
    QVERIFY(stored);
    const RevisionNumber newest = stored->revision.number;
    QVERIFY(newest >= acknowledged);
    QVERIFY(newest >= reached);
    reached = newest;

    QCOMPARE(stored->config.tiers.size(), static_cast<std::size_t>(newest == 0 ? 0 : tiersPerRevision));
    for (const Tier& tier : stored->config.tiers) {
        QCOMPARE(tier.requests, newest);
    }
    if (newest > 0) {
        QCOMPARE(stored->revision.contentHash, hashOf(stored->config));
    }
    AuditQuery all;
    all.limit = (newest + 1) * tiersPerRevision;
    const auto entries = ports.audit.list(all);
    QVERIFY(entries);
    QCOMPARE(entries->size(), static_cast<std::size_t>(newest) * tiersPerRevision);
    for (std::size_t i = 0; i < entries->size(); ++i) {
        const AuditEntry& entry = (*entries)[i];
        QCOMPARE(entry.revision, newest - i / tiersPerRevision);
        QVERIFY(!entry.after.empty());
        QCOMPARE(entry.before.empty(), entry.revision == 1);
    }
}

void CrashTest::everyCommittedRevisionSurvivesAKillAtAnyMoment() {
    const QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("gatehouse.db")).toStdString();
    RevisionNumber reached = 0;
    constexpr int kills = 50;
    for (int i = 0; i < kills; ++i) {
        const auto acknowledged = runUntilKilled(path);
        QVERIFY2(acknowledged, "the child ended by itself");
        checkStore(path, *acknowledged, reached);
        if (QTest::currentTestFailed()) {
            return;
        }
    }
    QVERIFY(reached > 0);
    qInfo("%d kills, %llu revisions", kills, static_cast<unsigned long long>(reached));
}

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 3 && arguments[1] == QStringLiteral("--publish-forever")) {
        return publishForever(arguments[2].toStdString());
    }
    CrashTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "test_crash.moc"
