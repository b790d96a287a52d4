#include "db/database_file.h"

#include "db/sql_error.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QtEndian>

namespace db {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;

namespace {

// The head of every SQLite file (https://www.sqlite.org/fileformat.html#the_database_header).
constexpr int headBytes = 100;
constexpr int applicationIdOffset = 68;
constexpr QByteArrayView magic("SQLite format 3\0", 16);

constexpr QFile::Permissions ownerOnly = QFile::ReadOwner | QFile::WriteOwner;
constexpr QFile::Permissions others = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup |
                                      QFile::ReadOther | QFile::WriteOther | QFile::ExeOther;

QString qtPath(const std::string& path) {
    return QString::fromStdString(path);
}

Result<FileState> createFile(const std::string& path) {
    QFile file(qtPath(path));
    // SQLite gives -wal and -shm the mode of the database: made by us with 0600, all three are private from
    // their first moment.
    if (file.open(QIODevice::WriteOnly | QIODevice::NewOnly, ownerOnly)) {
        return FileState::Empty;
    }
    if (file.exists()) {
        return FileState::Empty; // another process was faster
    }
    return fail(ErrorKind::Environment, "db-read-only",
                "The database " + path + " cannot be made (" + file.errorString().toStdString() +
                    "). Give your user the right to write the folder, or choose another one.");
}

Result<FileState> inspectFile(const std::string& path) {
    QFile file(qtPath(path));
    if (!file.open(QIODevice::ReadOnly)) {
        return fail(ErrorKind::Environment, "db-read-only",
                    "The database " + path + " cannot be read (" + file.errorString().toStdString() +
                        "). Give your user the right to read and write it.");
    }
    if (file.size() == 0) {
        // SQLite would throw the log away and begin anew, and with it what was committed.
        if (QFileInfo(qtPath(path + "-wal")).size() > 0) {
            return fail(damagedError(path, "the file is empty, but its log is not"));
        }
        return FileState::Empty;
    }
    const QByteArray head = file.read(headBytes);
    if (!head.startsWith(magic)) {
        return fail(ErrorKind::Environment, "db-not-a-database",
                    "The file " + path +
                        " is not a database. Choose another file; this one was left as it is.");
    }
    if (head.size() < headBytes) {
        return fail(damagedError(path, "the file is cut off"));
    }
    if (qFromBigEndian<qint32>(head.constData() + applicationIdOffset) != Database::applicationId) {
        return fail(ErrorKind::Environment, "db-foreign",
                    "The file " + path +
                        " is a database of another program. Choose another file; this one was left as it "
                        "is.");
    }
    return FileState::Holds;
}

} // namespace

Result<FileState> prepareFile(const std::string& path, OpenMode mode) {
    const QFileInfo info(qtPath(path));
    if (!info.dir().exists()) {
        return fail(ErrorKind::Environment, "db-no-folder",
                    "The folder " + info.dir().path().toStdString() +
                        " does not exist. Create it, or choose another place for the database.");
    }
    if (info.isDir()) {
        return fail(ErrorKind::Environment, "db-not-a-database",
                    path + " is a folder. Name a file in it as the database.");
    }
    if (!info.exists()) {
        if (mode == OpenMode::Existing) {
            return fail(ErrorKind::Environment, "db-missing",
                        "There is no database " + path + ". Check the path.");
        }
        return createFile(path);
    }
    auto state = inspectFile(path);
    if (state && !info.isWritable()) {
        return fail(ErrorKind::Environment, "db-read-only",
                    "The database " + path +
                        " is read-only. Give your user the right to write the file and its folder.");
    }
    return state;
}

bool hasHotJournal(const std::string& path) {
    return QFileInfo(qtPath(path + "-journal")).size() > 0;
}

Result<void> restrictToOwner(const std::string& path) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
        QFile file(qtPath(path + suffix));
        if (!file.exists() || (file.permissions() & others) == QFile::Permissions()) {
            continue;
        }
        if (!file.setPermissions(ownerOnly)) {
            return fail(ErrorKind::Environment, "db-read-only",
                        "Others may read " + file.fileName().toStdString() +
                            ", and that cannot be changed (" + file.errorString().toStdString() +
                            "). Make your user the owner of the file.");
        }
    }
    return {};
}

} // namespace db
