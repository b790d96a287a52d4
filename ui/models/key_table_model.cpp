#include "ui/models/key_table_model.h"

#include "ui/models/table_text.h"
#include "ui/theme.h"
#include "ui/widgets/table_delegates.h"

#include <utility>

namespace ui {
namespace {

using gateway::model::ApiKey;
using gateway::model::KeyState;

std::vector<TableColumn> keyColumns() {
    return {
        {QStringLiteral("name"), QStringLiteral("Name"), false, false, 140},
        {QStringLiteral("prefix"), QStringLiteral("Key"), false, false, 116},
        {QStringLiteral("state"), QStringLiteral("State"), false, false, 104},
        {QStringLiteral("scopes"), QStringLiteral("Scopes"), false, false, 150},
        {QStringLiteral("addresses"), QStringLiteral("From"), false, false, 110, 900},
        {QStringLiteral("expires"), QStringLiteral("Expires"), false, false, 112, 740},
        {QStringLiteral("uses"), QStringLiteral("Uses"), true, false, 80, 640},
        {QStringLiteral("lastUsed"), QStringLiteral("Last used"), false, false, 112},
        {QStringLiteral("created"), QStringLiteral("Created"), false, false, 112, 1080},
    };
}

double secondsOf(const std::optional<gateway::WallTime>& time, double otherwise) {
    return time ? std::chrono::duration<double>(time->time_since_epoch()).count() : otherwise;
}

} // namespace

KeyTableModel::KeyTableModel(const gateway::Clock& clock, QObject* parent)
    : IndexedTableModel(keyColumns(), parent)
    , m_clock(clock) {}

void KeyTableModel::setKeys(std::vector<ApiKey> keys) {
    replaceItems([&] { m_keys = std::move(keys); });
}

int KeyTableModel::itemCount() const {
    return static_cast<int>(m_keys.size());
}

const ApiKey* KeyTableModel::keyAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? nullptr : &m_keys[static_cast<std::size_t>(item)];
}

quint64 KeyTableModel::itemId(int item) const {
    return m_keys[static_cast<std::size_t>(item)].id.value;
}

QVariant KeyTableModel::itemData(int item, int column, int role) const {
    const ApiKey& key = m_keys[static_cast<std::size_t>(item)];
    if (role == DimmedRole) {
        return key.state != KeyState::Active;
    }
    if (role == ToneRole && column == State) {
        return static_cast<int>(key.state == KeyState::Revoked    ? Tone::Bad
                                : isExpired(key)                  ? Tone::Warn
                                : key.state == KeyState::Disabled ? Tone::Neutral
                                                                  : Tone::Ok);
    }
    if (role == Qt::ToolTipRole && (column == Scopes || column == Addresses)) {
        return joined(column == Scopes ? key.scopes : key.addresses, QStringLiteral("\n"));
    }
    if (role == SortRole && column == Uses) {
        return static_cast<double>(key.uses);
    }
    if (role == SortRole && column >= Expires) {
        // A key that never expires stands after all that do; one that was never used before all that were.
        return column == Expires    ? secondsOf(key.expires, 1e18)
               : column == LastUsed ? secondsOf(key.lastUsed, -1e18)
                                    : secondsOf(key.created, 0);
    }
    if (role != Qt::DisplayRole && role != SortRole) {
        return {};
    }
    switch (column) {
    case Name:
        return toQString(key.name);
    case Prefix:
        return QStringLiteral("%1…").arg(toQString(key.prefix));
    case State:
        return key.state == KeyState::Revoked    ? QStringLiteral("Revoked")
               : isExpired(key)                  ? QStringLiteral("Expired")
               : key.state == KeyState::Disabled ? QStringLiteral("Disabled")
                                                 : QStringLiteral("Active");
    case Scopes:
        return key.scopes.empty() ? noValue() : joined(key.scopes, QStringLiteral(", "));
    case Addresses:
        return key.addresses.empty() ? QStringLiteral("Any") : joined(key.addresses, QStringLiteral(", "));
    case Uses:
        return countText(static_cast<qint64>(key.uses));
    case Expires:
        return key.expires ? dateText(*key.expires) : QStringLiteral("Never");
    case LastUsed:
        return key.lastUsed ? agoText(*key.lastUsed, m_clock.wallTime()) : QStringLiteral("Never");
    case Created:
        return dateText(key.created);
    default:
        return {};
    }
}

void KeyTableModel::appendSearchText(int item, std::string& text) const {
    const ApiKey& key = m_keys[static_cast<std::size_t>(item)];
    text.append(key.name).append(" ").append(key.prefix);
    for (const std::string& scope : key.scopes) {
        text.append(" ").append(scope);
    }
}

bool KeyTableModel::isExpired(const ApiKey& key) const {
    return key.expires && *key.expires <= m_clock.wallTime();
}

} // namespace ui
