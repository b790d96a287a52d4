#include "ui/models/history_table_models.h"

#include "ui/models/table_text.h"

#include <utility>

namespace ui {
namespace {

using gateway::service::AuditEntry;

std::vector<TableColumn> revisionColumns() {
    return {
        {QStringLiteral("number"), QStringLiteral("Revision"), true, false, 84},
        {QStringLiteral("time"), QStringLiteral("Time"), false, false, 150},
        {QStringLiteral("author"), QStringLiteral("Author"), false, false, 84},
        {QStringLiteral("message"), QStringLiteral("Message"), false, false, 240},
    };
}

std::vector<TableColumn> auditColumns() {
    return {
        {QStringLiteral("time"), QStringLiteral("Time"), false, false, 150},
        {QStringLiteral("actor"), QStringLiteral("Who"), false, false, 84},
        {QStringLiteral("what"), QStringLiteral("What"), false, false, 260},
        {QStringLiteral("revision"), QStringLiteral("Revision"), true, false, 84},
    };
}

double secondsOf(gateway::WallTime time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

QString verbOf(const AuditEntry& entry) {
    const std::string& action = entry.action;
    if (action == "put") {
        return entry.before.empty() ? QStringLiteral("Created") : QStringLiteral("Changed");
    }
    if (action == "remove") {
        return QStringLiteral("Deleted");
    }
    if (action == "key-create") {
        return QStringLiteral("Issued");
    }
    if (action == "key-enable") {
        return QStringLiteral("Enabled");
    }
    if (action == "key-disable") {
        return QStringLiteral("Disabled");
    }
    if (action == "key-revoke") {
        return QStringLiteral("Revoked");
    }
    return toQString(action);
}

} // namespace

QString auditSentence(const AuditEntry& entry) {
    return QStringLiteral("%1 %2 %3")
        .arg(verbOf(entry), toQString(entry.entityKind), toQString(entry.entityName));
}

RevisionTableModel::RevisionTableModel(QObject* parent)
    : IndexedTableModel(revisionColumns(), parent) {}

void RevisionTableModel::setRevisions(std::vector<gateway::model::Revision> revisions) {
    replaceItems([&] { m_revisions = std::move(revisions); });
}

int RevisionTableModel::itemCount() const {
    return static_cast<int>(m_revisions.size());
}

quint64 RevisionTableModel::itemId(int item) const {
    return m_revisions[static_cast<std::size_t>(item)].number;
}

QVariant RevisionTableModel::itemData(int item, int column, int role) const {
    const gateway::model::Revision& of = m_revisions[static_cast<std::size_t>(item)];
    if (role == SortRole && column == Number) {
        return static_cast<double>(of.number);
    }
    if (role == SortRole && column == Time) {
        return secondsOf(of.time);
    }
    if (role != Qt::DisplayRole && role != SortRole && role != Qt::ToolTipRole) {
        return {};
    }
    switch (column) {
    case Number:
        return countText(static_cast<qint64>(of.number));
    case Time:
        return timeText(of.time);
    case Author:
        return toQString(of.author);
    case Message:
        return toQString(of.message);
    default:
        return {};
    }
}

void RevisionTableModel::appendSearchText(int item, std::string& text) const {
    const gateway::model::Revision& of = m_revisions[static_cast<std::size_t>(item)];
    text.append(std::to_string(of.number)).append(" ").append(of.author).append(" ").append(of.message);
}

AuditTableModel::AuditTableModel(QObject* parent)
    : IndexedTableModel(auditColumns(), parent) {}

void AuditTableModel::setEntries(std::vector<AuditEntry> entries) {
    replaceItems([&] { m_entries = std::move(entries); });
}

void AuditTableModel::setRevision(gateway::model::RevisionNumber revision) {
    if (m_revision != revision) {
        m_revision = revision;
        refreshRows();
    }
}

int AuditTableModel::itemCount() const {
    return static_cast<int>(m_entries.size());
}

const AuditEntry* AuditTableModel::entryAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? nullptr : &m_entries[static_cast<std::size_t>(item)];
}

quint64 AuditTableModel::itemId(int item) const {
    return m_entries[static_cast<std::size_t>(item)].id;
}

QVariant AuditTableModel::itemData(int item, int column, int role) const {
    const AuditEntry& of = m_entries[static_cast<std::size_t>(item)];
    if (role == SortRole && column == Revision) {
        return static_cast<double>(of.revision);
    }
    if (role == SortRole && column == Time) {
        return secondsOf(of.time);
    }
    if (role != Qt::DisplayRole && role != SortRole && role != Qt::ToolTipRole) {
        return {};
    }
    switch (column) {
    case Time:
        return timeText(of.time);
    case Actor:
        return toQString(of.actor);
    case What:
        return auditSentence(of);
    case Revision:
        return of.revision == 0 ? noValue() : countText(static_cast<qint64>(of.revision));
    default:
        return {};
    }
}

void AuditTableModel::appendSearchText(int item, std::string& text) const {
    const AuditEntry& of = m_entries[static_cast<std::size_t>(item)];
    text.append(of.actor).append(" ").append(auditSentence(of).toStdString());
}

bool AuditTableModel::itemAccepted(int item) const {
    return m_revision == 0 || m_entries[static_cast<std::size_t>(item)].revision == m_revision;
}

} // namespace ui
