#include "db/database.h"
#include "db/migrations/migrations.h"

#include <QFile>
#include <QFileInfo>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QtEndian>
#include <QtTest>
#include <array>
#include <unistd.h>

using namespace std::chrono_literals;
using db::Database;
using db::OpenMode;
using gateway::ErrorKind;

namespace {

constexpr int userVersionOffset = 60;
constexpr int applicationIdOffset = 68;

/// A connection of some other program, without any of our rules.
class ForeignConnection {
public:
    explicit ForeignConnection(const QString& path)
        : m_database(QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("foreign"))) {
        m_database.setDatabaseName(path);
        m_database.open();
    }
    ForeignConnection(const ForeignConnection&) = delete;
    ForeignConnection& operator=(const ForeignConnection&) = delete;
    ~ForeignConnection() {
        m_database.close();
        m_database = QSqlDatabase();
        QSqlDatabase::removeDatabase(QStringLiteral("foreign"));
    }
    bool run(const char* sql) {
        QSqlQuery query(m_database);
        return query.exec(QString::fromLatin1(sql));
    }

private:
    QSqlDatabase m_database;
};

QByteArray contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("unreadable");
}

void write(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    QCOMPARE(file.write(bytes), bytes.size());
}

} // namespace

class DatabaseTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();

    void aMissingFileIsMadeWithTheNewestSchema();
    void aMissingFileIsRefusedWhereItShouldExist();
    void onlyTheOwnerMayReadTheFiles();
    void fileRightsThatAreTooWideAreNarrowed();
    void whatWasCommittedIsThereAfterReopening();
    void whatWasNotCommittedIsGone();
    void severalDatabasesAreOpenOnOneFile();
    void aCommitIsSyncedToTheDisk();
    void foreignKeysAreEnforced();
    void migrationsRunOnceAndInOrder();
    void aFailingMigrationLeavesTheSchemaAsItWas();

    void aTextFileIsRefusedAndLeftAlone();
    void garbageIsRefusedAndLeftAlone();
    void aFileThatIsCutOffIsRefusedAndLeftAlone_data();
    void aFileThatIsCutOffIsRefusedAndLeftAlone();
    void aDamagedPageIsRefusedAndLeftAlone();
    void aLostFileWithItsLogStillThereIsRefused();
    void aDatabaseOfAnotherProgramIsRefusedAndLeftAlone();
    void aDatabaseOfANewerProgramIsRefusedAndLeftAlone();
    void aLockedDatabaseIsRefused();
    void aWriterThatWaitsTooLongIsToldSo();
    void aMissingFolderIsNamed();
    void aFolderIsNoDatabase();
    void aFolderThatCannotBeWrittenIsRefused();
    void aFullDiskFailsTheTransactionAndKeepsTheRest();

private:
    [[nodiscard]] std::string path() const { return m_path.toStdString(); }
    [[nodiscard]] std::unique_ptr<Database> create() const;
    void expectRefusal(const char* code) const;

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

void DatabaseTest::init() {
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_path = m_folder->filePath(QStringLiteral("gatehouse.db"));
}

std::unique_ptr<Database> DatabaseTest::create() const {
    auto database = Database::open(path(), OpenMode::Create, 50ms);
    if (!database) {
        qWarning("%s", database.error().message.c_str());
        return nullptr;
    }
    return std::move(*database);
}

void DatabaseTest::expectRefusal(const char* code) const {
    const QByteArray before = contentOf(m_path);
    const auto database = Database::open(path(), OpenMode::Create, 50ms);
    QVERIFY(!database);
    QCOMPARE(database.error().code, std::string(code));
    QCOMPARE(database.error().kind, ErrorKind::Environment);
    QVERIFY2(database.error().message.find(m_folder->path().toStdString()) != std::string::npos,
             database.error().message.c_str());
    QCOMPARE(contentOf(m_path), before);
}

void DatabaseTest::aMissingFileIsMadeWithTheNewestSchema() {
    const auto database = create();
    QVERIFY(database);
    QCOMPARE(database->queryInteger("PRAGMA user_version").value(), db::newestSchema());
    QCOMPARE(database->queryInteger("PRAGMA application_id").value(), Database::applicationId);
    QCOMPARE(database->queryInteger("SELECT COUNT(*) FROM entity").value(), 0);
}

void DatabaseTest::aMissingFileIsRefusedWhereItShouldExist() {
    const auto database = Database::open(path(), OpenMode::Existing);
    QVERIFY(!database);
    QCOMPARE(database.error().code, std::string("db-missing"));
    QVERIFY(!QFile::exists(m_path));
}

void DatabaseTest::onlyTheOwnerMayReadTheFiles() {
    const auto database = create();
    QVERIFY(database);
    QVERIFY(database->execute("UPDATE meta SET value = 7 WHERE key = 'next_id'"));
    for (const QString& suffix : {QString(), QStringLiteral("-wal"), QStringLiteral("-shm")}) {
        const QFileInfo file(m_path + suffix);
        QVERIFY2(file.exists(), qPrintable(file.filePath()));
        QVERIFY(!(file.permissions() &
                  (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther)));
    }
}

void DatabaseTest::fileRightsThatAreTooWideAreNarrowed() {
    create().reset();
    QVERIFY(QFile::setPermissions(m_path, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup |
                                              QFile::ReadOther));
    const auto database = create();
    QVERIFY(database);
    QVERIFY(!(QFileInfo(m_path).permissions() & (QFile::ReadGroup | QFile::ReadOther)));
}

void DatabaseTest::whatWasCommittedIsThereAfterReopening() {
    {
        const auto database = create();
        auto transaction = db::Transaction::begin(*database, db::Transaction::Kind::Write);
        QVERIFY(transaction);
        QVERIFY(database->execute("UPDATE meta SET value = 41 WHERE key = 'next_id'"));
        QVERIFY(transaction->commit());
    }
    const auto database = Database::open(path(), OpenMode::Existing);
    QVERIFY(database);
    QCOMPARE((*database)->queryInteger("SELECT value FROM meta WHERE key = 'next_id'").value(), 41);
}

void DatabaseTest::whatWasNotCommittedIsGone() {
    const auto database = create();
    {
        auto transaction = db::Transaction::begin(*database, db::Transaction::Kind::Write);
        QVERIFY(transaction);
        QVERIFY(database->execute("UPDATE meta SET value = 41 WHERE key = 'next_id'"));
    }
    QCOMPARE(database->queryInteger("SELECT value FROM meta WHERE key = 'next_id'").value(), 1);
}

void DatabaseTest::severalDatabasesAreOpenOnOneFile() {
    const auto first = create();
    const auto second = create();
    QVERIFY(first && second);
    QVERIFY(first->execute("UPDATE meta SET value = 5 WHERE key = 'next_id'"));
    QCOMPARE(second->queryInteger("SELECT value FROM meta WHERE key = 'next_id'").value(), 5);
}

void DatabaseTest::aCommitIsSyncedToTheDisk() {
    const auto database = create();
    constexpr int full = 2;
    QCOMPARE(database->queryInteger("PRAGMA synchronous").value(), full);
}

void DatabaseTest::foreignKeysAreEnforced() {
    const auto database = create();
    QVERIFY(!database->execute(
        "INSERT INTO revision_change (revision, kind, id, before, after) VALUES (9, 'tier', 1, NULL, '{}')"));
}

void DatabaseTest::migrationsRunOnceAndInOrder() {
    const auto database = create();
    const std::array second{"CREATE TABLE later (x INTEGER)", "INSERT INTO later VALUES (1)"};
    const std::array third{"UPDATE later SET x = x * 10"};
    const std::array steps{db::firstSchema(), db::secrets(), db::access(), db::Migration{4, second},
                           db::Migration{5, third}};
    QVERIFY(db::migrate(*database, steps));
    QVERIFY(db::migrate(*database, steps));
    QCOMPARE(database->queryInteger("PRAGMA user_version").value(), 5);
    QCOMPARE(database->queryInteger("SELECT SUM(x) FROM later").value(), 10);
}

void DatabaseTest::aFailingMigrationLeavesTheSchemaAsItWas() {
    const auto database = create();
    const std::array second{"CREATE TABLE later (x INTEGER)"};
    const std::array third{"INSERT INTO later VALUES (1)", "INSERT INTO nowhere VALUES (1)"};
    const std::array steps{db::firstSchema(), db::secrets(), db::access(), db::Migration{4, second},
                           db::Migration{5, third}};
    QVERIFY(!db::migrate(*database, steps));
    QCOMPARE(database->queryInteger("PRAGMA user_version").value(), 4);
    QCOMPARE(database->queryInteger("SELECT COUNT(*) FROM later").value(), 0);
}

void DatabaseTest::aTextFileIsRefusedAndLeftAlone() {
    write(m_path, "routes:\n  - name: orders\n");
    expectRefusal("db-not-a-database");
}

void DatabaseTest::garbageIsRefusedAndLeftAlone() {
    QByteArray garbage(8192, '\0');
    for (qsizetype i = 0; i < garbage.size(); ++i) {
        garbage[i] = static_cast<char>((i * 7919 + 13) % 251);
    }
    write(m_path, garbage);
    expectRefusal("db-not-a-database");
}

void DatabaseTest::aFileThatIsCutOffIsRefusedAndLeftAlone_data() {
    QTest::addColumn<int>("bytes");
    QTest::newRow("within the head") << 50;
    QTest::newRow("within the first page") << 700;
    QTest::newRow("after the first page") << 4096;
    QTest::newRow("within a later page") << 10'000;
}

void DatabaseTest::aFileThatIsCutOffIsRefusedAndLeftAlone() {
    QFETCH(int, bytes);
    create().reset();
    QVERIFY(QFile::resize(m_path, bytes));
    const QByteArray before = contentOf(m_path);
    const auto database = Database::open(path(), OpenMode::Create, 50ms);
    QVERIFY(!database);
    QVERIFY2(database.error().code == "db-damaged" || database.error().code == "db-not-a-database",
             database.error().code.c_str());
    QCOMPARE(contentOf(m_path), before);
}

void DatabaseTest::aDamagedPageIsRefusedAndLeftAlone() {
    create().reset();
    QByteArray content = contentOf(m_path);
    constexpr qsizetype pageBytes = 4096;
    QVERIFY(content.size() > 3 * pageBytes);
    content.replace(pageBytes, pageBytes, QByteArray(pageBytes, '\x5a'));
    write(m_path, content);
    expectRefusal("db-damaged");
}

void DatabaseTest::aLostFileWithItsLogStillThereIsRefused() {
    write(m_path, "");
    write(m_path + QStringLiteral("-wal"), QByteArray(4096, 'x'));
    expectRefusal("db-damaged");
    QCOMPARE(QFileInfo(m_path + QStringLiteral("-wal")).size(), 4096);
}

void DatabaseTest::aDatabaseOfAnotherProgramIsRefusedAndLeftAlone() {
    {
        ForeignConnection other(m_path);
        QVERIFY(other.run("CREATE TABLE bookmarks (url TEXT)"));
    }
    expectRefusal("db-foreign");

    QByteArray content = contentOf(m_path);
    qToBigEndian<qint32>(1234, content.data() + applicationIdOffset);
    write(m_path, content);
    expectRefusal("db-foreign");
}

void DatabaseTest::aDatabaseOfANewerProgramIsRefusedAndLeftAlone() {
    create().reset();
    QByteArray content = contentOf(m_path);
    qToBigEndian<qint32>(db::newestSchema() + 1, content.data() + userVersionOffset);
    write(m_path, content);
    expectRefusal("db-newer");
}

void DatabaseTest::aLockedDatabaseIsRefused() {
    create().reset();
    ForeignConnection other(m_path);
    QVERIFY(other.run("PRAGMA locking_mode=EXCLUSIVE"));
    QVERIFY(other.run("UPDATE meta SET value = 2 WHERE key = 'next_id'"));
    const auto database = Database::open(path(), OpenMode::Create, 10ms);
    QVERIFY(!database);
    QCOMPARE(database.error().code, std::string("db-locked"));
}

void DatabaseTest::aWriterThatWaitsTooLongIsToldSo() {
    const auto first = create();
    const auto second = create();
    auto holding = db::Transaction::begin(*first, db::Transaction::Kind::Write);
    QVERIFY(holding);
    const auto waiting = db::Transaction::begin(*second, db::Transaction::Kind::Write);
    QVERIFY(!waiting);
    QCOMPARE(waiting.error().code, std::string("db-locked"));
    QVERIFY(holding->commit());
    QVERIFY(db::Transaction::begin(*second, db::Transaction::Kind::Write));
}

void DatabaseTest::aMissingFolderIsNamed() {
    m_path = m_folder->filePath(QStringLiteral("nowhere/gatehouse.db"));
    const auto database = Database::open(path(), OpenMode::Create);
    QVERIFY(!database);
    QCOMPARE(database.error().code, std::string("db-no-folder"));
    QVERIFY(database.error().message.find("nowhere") != std::string::npos);
    QVERIFY(!QFileInfo::exists(m_folder->filePath(QStringLiteral("nowhere"))));
}

void DatabaseTest::aFolderIsNoDatabase() {
    m_path = m_folder->path();
    const auto database = Database::open(path(), OpenMode::Create);
    QVERIFY(!database);
    QCOMPARE(database.error().code, std::string("db-not-a-database"));
}

void DatabaseTest::aFolderThatCannotBeWrittenIsRefused() {
    // Rights do not bind root, so root looks for a place where nobody can make a file.
    const bool isRoot = geteuid() == 0;
    if (isRoot) {
        m_path = QStringLiteral("/proc/gatehouse.db");
    } else {
        QVERIFY(QFile::setPermissions(m_folder->path(), QFile::ReadOwner | QFile::ExeOwner));
    }
    const auto database = Database::open(path(), OpenMode::Create);
    if (!isRoot) {
        QVERIFY(
            QFile::setPermissions(m_folder->path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    }
    QVERIFY(!database);
    QCOMPARE(database.error().code, std::string("db-read-only"));
}

void DatabaseTest::aFullDiskFailsTheTransactionAndKeepsTheRest() {
    const auto database = create();
    const auto pages = database->queryInteger("PRAGMA page_count").value();
    QVERIFY(database->queryInteger("PRAGMA max_page_count=" + std::to_string(pages + 2)));
    {
        auto transaction = db::Transaction::begin(*database, db::Transaction::Kind::Write);
        QVERIFY(transaction);
        QVERIFY(database->execute("UPDATE meta SET value = 9 WHERE key = 'next_id'"));
        const auto full =
            database->execute("INSERT INTO revision (number, author, message, time, content_hash)"
                              " VALUES (1, 'a', hex(zeroblob(100000)), 0, '')");
        QVERIFY(!full);
        QCOMPARE(full.error().code, std::string("db-full"));
        QCOMPARE(full.error().kind, ErrorKind::Environment);
    }
    QCOMPARE(database->queryInteger("SELECT value FROM meta WHERE key = 'next_id'").value(), 1);
    QVERIFY(database->queryInteger("PRAGMA max_page_count=1000000"));
    QVERIFY(database->execute("UPDATE meta SET value = 9 WHERE key = 'next_id'"));
}

QTEST_GUILESS_MAIN(DatabaseTest)
#include "test_database.moc"
