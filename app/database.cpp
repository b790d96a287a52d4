#include "app/database.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>

namespace app {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;

namespace {

QString dataFolder() {
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) +
           QStringLiteral("/gatehouse");
}

} // namespace

std::string defaultDatabaseFile() {
    return (dataFolder() + QStringLiteral("/gatehouse.db")).toStdString();
}

Result<void> ensureDataFolder(const std::string& databaseFile) {
    const QString folder = dataFolder();
    if (databaseFile != defaultDatabaseFile() || QDir(folder).exists()) {
        return {};
    }
    if (!QDir().mkpath(folder) ||
        !QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner)) {
        return fail(ErrorKind::Environment, "no-data-folder",
                    "the folder " + folder.toStdString() +
                        " cannot be made; give your user the right to write above it, or name a database "
                        "with --db FILE");
    }
    return {};
}

Result<std::unique_ptr<db::SqliteStores>> openStores(const std::string& databaseFile, db::OpenMode mode) {
    static const gateway::SystemClock clock;
    if (mode == db::OpenMode::Create) {
        if (Result<void> folder = ensureDataFolder(databaseFile); !folder) {
            return fail(folder.error());
        }
    }
    return db::SqliteStores::open(databaseFile, mode, clock);
}

} // namespace app
