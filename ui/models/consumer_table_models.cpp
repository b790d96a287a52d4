#include "ui/models/consumer_table_models.h"
#include "ui/models/table_text.h"
#include "ui/number_text.h"
#include "ui/theme.h"
#include "ui/widgets/table_delegates.h"

#include <utility>

namespace ui {
namespace {

using gateway::model::ApiKey;
using gateway::model::Consumer;
using gateway::model::KeyState;

std::vector<TableColumn> consumerColumns() {
    return {
        {QStringLiteral("name"), QStringLiteral("Name"), false, false, 220},
        {QStringLiteral("kind"), QStringLiteral("Kind"), false, false, 90},
        {QStringLiteral("tier"), QStringLiteral("Tier"), false, false, 130},
        {QStringLiteral("keys"), QStringLiteral("Keys"), true, false, 70},
        {QStringLiteral("rate"), QStringLiteral("Req/s"), true, true, 90},
        {QStringLiteral("limited"), QStringLiteral("Limited/s"), true, true, 100},
    };
}

std::vector<TableColumn> tierColumns() {
    return {
        {QStringLiteral("name"), QStringLiteral("Name"), false, false, 220},
        {QStringLiteral("allowance"), QStringLiteral("Rate"), false, false, 180},
        {QStringLiteral("burst"), QStringLiteral("Burst"), true, false, 90},
        {QStringLiteral("consumers"), QStringLiteral("Consumers"), true, false, 110},
        {QStringLiteral("rate"), QStringLiteral("Req/s"), true, true, 100},
        {QStringLiteral("limited"), QStringLiteral("Limited/s"), true, true, 110},
    };
}

std::vector<TableColumn> keyColumns() {
    return {
        {QStringLiteral("name"), QStringLiteral("Name"), false, false, 150},
        {QStringLiteral("prefix"), QStringLiteral("Key"), false, false, 120},
        {QStringLiteral("state"), QStringLiteral("State"), false, false, 110},
        {QStringLiteral("scopes"), QStringLiteral("Scopes"), false, false, 160},
        {QStringLiteral("expires"), QStringLiteral("Expires"), false, false, 120, 760},
        {QStringLiteral("lastUsed"), QStringLiteral("Last used"), false, false, 120},
        {QStringLiteral("created"), QStringLiteral("Created"), false, false, 120, 800},
    };
}

QVariant liveValue(const std::optional<TrafficRate>& rate, double TrafficRate::*field, int role) {
    if (role == IndexedTableModel::SortRole) {
        return rate ? (*rate).*field : -1.0;
    }
    return rate ? rateText((*rate).*field) : noValue();
}

double secondsOf(const std::optional<gateway::WallTime>& time, double otherwise) {
    return time ? std::chrono::duration<double>(time->time_since_epoch()).count() : otherwise;
}

} // namespace

QString allowanceText(const gateway::model::Tier& tier) {
    const auto seconds = tier.period.count();
    const QString period = seconds == 1       ? QStringLiteral("second")
                           : seconds == 60    ? QStringLiteral("minute")
                           : seconds == 3600  ? QStringLiteral("hour")
                           : seconds == 86400 ? QStringLiteral("day")
                                              : QStringLiteral("%1 s").arg(seconds);
    return QStringLiteral("%1 / %2").arg(countText(static_cast<qint64>(tier.requests)), period);
}

TierTableModel::TierTableModel(QObject* parent)
    : IndexedTableModel(tierColumns(), parent) {}

void TierTableModel::setConfig(gateway::service::PublishedConfigPointer config) {
    replaceItems([&] {
        m_config = std::move(config);
        m_consumers.clear();
        if (m_config) {
            for (const Consumer& each : m_config->config.consumers) {
                ++m_consumers[each.tier];
            }
        }
    });
}

void TierTableModel::addFrame(const gateway::metrics::MetricsFrame& frame) {
    m_traffic.push(tierSamples(frame), frameSeconds(frame));
    refreshLiveColumns();
}

int TierTableModel::itemCount() const {
    return m_config ? static_cast<int>(m_config->config.tiers.size()) : 0;
}

const gateway::model::Tier* TierTableModel::tierAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? nullptr : &tier(item);
}

int TierTableModel::consumersOf(const std::string& name) const {
    const auto at = m_consumers.find(name);
    return at == m_consumers.end() ? 0 : at->second;
}

quint64 TierTableModel::itemId(int item) const {
    return tier(item).id.value;
}

QVariant TierTableModel::itemData(int item, int column, int role) const {
    if (role != Qt::DisplayRole && role != SortRole) {
        return {};
    }
    const gateway::model::Tier& of = tier(item);
    const bool sorting = role == SortRole;
    const auto number = [&](qint64 value) -> QVariant {
        return sorting ? QVariant(static_cast<double>(value)) : QVariant(countText(value));
    };
    switch (column) {
    case Name:
        return toQString(of.name);
    case Allowance:
        if (sorting) {
            return static_cast<double>(of.requests) / static_cast<double>(of.period.count());
        }
        return allowanceText(of);
    case Burst:
        return number(static_cast<qint64>(of.burst));
    case Consumers:
        return number(consumersOf(of.name));
    case Rate:
        return liveValue(m_traffic.rate(of.id.value), &TrafficRate::requestsPerSecond, role);
    case Limited:
        return liveValue(m_traffic.rate(of.id.value), &TrafficRate::limitedPerSecond, role);
    default:
        return {};
    }
}

void TierTableModel::appendSearchText(int item, std::string& text) const {
    text += tier(item).name;
}

const gateway::model::Tier& TierTableModel::tier(int item) const {
    return m_config->config.tiers[static_cast<std::size_t>(item)];
}

ConsumerTableModel::ConsumerTableModel(QObject* parent)
    : IndexedTableModel(consumerColumns(), parent) {}

void ConsumerTableModel::setConfig(gateway::service::PublishedConfigPointer config) {
    replaceItems([&] { m_config = std::move(config); });
}

void ConsumerTableModel::addFrame(const gateway::metrics::MetricsFrame& frame) {
    m_traffic.push(consumerSamples(frame), frameSeconds(frame));
    refreshLiveColumns();
}

void ConsumerTableModel::setKeyCount(quint64 id, int count) {
    m_keyCounts[id] = count;
    const int row = rowOfId(id);
    if (row >= 0) {
        Q_EMIT dataChanged(index(row, Keys), index(row, Keys));
    }
}

void ConsumerTableModel::forgetKeyCount(quint64 id) {
    if (id == 0) {
        m_asked.clear();
        if (rowCount() > 0) {
            Q_EMIT dataChanged(index(0, Keys), index(rowCount() - 1, Keys));
        }
        return;
    }
    m_asked.erase(id);
    const int row = rowOfId(id);
    if (row >= 0) {
        Q_EMIT dataChanged(index(row, Keys), index(row, Keys));
    }
}

int ConsumerTableModel::itemCount() const {
    return m_config ? static_cast<int>(m_config->config.consumers.size()) : 0;
}

const Consumer* ConsumerTableModel::consumerAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? nullptr : &consumer(item);
}

quint64 ConsumerTableModel::itemId(int item) const {
    return consumer(item).id.value;
}

QVariant ConsumerTableModel::itemData(int item, int column, int role) const {
    if (role != Qt::DisplayRole && role != SortRole) {
        return {};
    }
    const Consumer& of = consumer(item);
    switch (column) {
    case Name:
        return toQString(of.name);
    case Kind:
        return consumerKindText(of.kind);
    case Tier:
        return of.tier.empty() ? QStringLiteral("No limit") : toQString(of.tier);
    case Keys:
        return keyCount(of.id.value, role);
    case Rate:
        return liveValue(m_traffic.rate(of.id.value), &TrafficRate::requestsPerSecond, role);
    case Limited:
        return liveValue(m_traffic.rate(of.id.value), &TrafficRate::limitedPerSecond, role);
    default:
        return {};
    }
}

QVariant ConsumerTableModel::keyCount(quint64 id, int role) const {
    const auto at = m_keyCounts.find(id);
    if (role == SortRole) {
        return at == m_keyCounts.end() ? -1.0 : static_cast<double>(at->second);
    }
    if (m_asked.insert(id).second) {
        Q_EMIT keyCountWanted(id);
    }
    return at == m_keyCounts.end() ? noValue() : countText(at->second);
}

void ConsumerTableModel::appendSearchText(int item, std::string& text) const {
    const Consumer& of = consumer(item);
    text.append(of.name).append(" ").append(of.tier).append(" ");
    text.append(consumerKindText(of.kind).toStdString());
    for (const std::string& role : of.roles) {
        text.append(" ").append(role);
    }
    for (const auto& [name, value] : of.attributes) {
        text.append(" ").append(name).append("=").append(value);
    }
}

const Consumer& ConsumerTableModel::consumer(int item) const {
    return m_config->config.consumers[static_cast<std::size_t>(item)];
}

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
