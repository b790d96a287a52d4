#include "ui/models/consumer_table_models.h"
#include "ui/models/table_text.h"
#include "ui/number_text.h"
#include "ui/theme.h"
#include "ui/widgets/table_delegates.h"

#include <utility>

namespace ui {
namespace {

using gateway::model::Consumer;

std::vector<TableColumn> consumerColumns() {
    return {
        {QStringLiteral("name"), QStringLiteral("Name"), false, false, 220},
        {QStringLiteral("kind"), QStringLiteral("Kind"), false, false, 90, 600},
        {QStringLiteral("tier"), QStringLiteral("Tier"), false, false, 130},
        {QStringLiteral("state"), QStringLiteral("State"), false, false, 110, 660},
        {QStringLiteral("owner"), QStringLiteral("Owner"), false, false, 170, 800},
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

QVariant liveValue(const std::optional<TrafficRate>& rate, double TrafficRate::*field, int role) {
    if (role == IndexedTableModel::SortRole) {
        return rate ? (*rate).*field : -1.0;
    }
    return rate ? rateText((*rate).*field) : noValue();
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

void ConsumerTableModel::setRevoked(std::set<quint64> consumers) {
    replaceItems([&] { m_revoked = std::move(consumers); });
}

bool ConsumerTableModel::isRevoked(quint64 consumer) const {
    return m_revoked.contains(consumer);
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
    const Consumer& of = consumer(item);
    if (role == ToneRole && column == State) {
        return static_cast<int>(isRevoked(of.id.value) ? Tone::Bad : Tone::Ok);
    }
    if (role != Qt::DisplayRole && role != SortRole) {
        return {};
    }
    switch (column) {
    case Name:
        return toQString(of.name);
    case Kind:
        return consumerKindText(of.kind);
    case Tier:
        return of.rate           ? QStringLiteral("Own limit")
               : of.tier.empty() ? QStringLiteral("No limit")
                                 : toQString(of.tier);
    case State:
        return isRevoked(of.id.value) ? QStringLiteral("Revoked") : QStringLiteral("Active");
    case Owner:
        return of.owner.empty() ? noValue() : toQString(of.owner);
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
    text.append(consumerKindText(of.kind).toStdString()).append(" ").append(of.owner);
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

} // namespace ui
