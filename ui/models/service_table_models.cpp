#include "ui/models/service_table_models.h"
#include "ui/models/table_text.h"
#include "ui/models/target_tally.h"
#include "ui/number_text.h"
#include "ui/theme.h"
#include "ui/widgets/table_delegates.h"

#include <utility>

namespace ui {
namespace {

using gateway::metrics::ServiceTraffic;
using gateway::metrics::TargetTraffic;
using gateway::model::Service;
using gateway::model::Target;

std::vector<TableColumn> serviceColumns() {
    return {
        {QStringLiteral("name"), QStringLiteral("Name"), false, false, 130},
        {QStringLiteral("state"), QStringLiteral("Condition"), false, true, 170},
        {QStringLiteral("targets"), QStringLiteral("Targets"), false, false, 200},
        {QStringLiteral("rate"), QStringLiteral("Req/s"), true, true, 84},
        {QStringLiteral("failures"), QStringLiteral("Errors"), true, true, 84},
        {QStringLiteral("p99"), QStringLiteral("p99"), true, true, 92, 800},
        {QStringLiteral("retries"), QStringLiteral("Retries/s"), true, true, 96, 900},
    };
}

std::vector<TableColumn> targetColumns() {
    return {
        {QStringLiteral("address"), QStringLiteral("Target"), false, false, 170},
        {QStringLiteral("state"), QStringLiteral("Condition"), false, true, 150},
        {QStringLiteral("detail"), QStringLiteral("Why"), false, true, 160},
        {QStringLiteral("weight"), QStringLiteral("Weight"), true, false, 80, 820},
        {QStringLiteral("requests"), QStringLiteral("Req/s"), true, true, 76},
        {QStringLiteral("failures"), QStringLiteral("Errors/s"), true, true, 84},
        {QStringLiteral("active"), QStringLiteral("In flight"), true, true, 86, 740},
        {QStringLiteral("connections"), QStringLiteral("Open"), true, true, 72, 820},
    };
}

QString targetsText(const Service& service) {
    QString text;
    for (const Target& target : service.targets) {
        if (!text.isEmpty()) {
            text += QStringLiteral(", ");
        }
        text += toQString(addressOf(target));
    }
    return text;
}

} // namespace

ServiceTableModel::ServiceTableModel(QObject* parent)
    : IndexedTableModel(serviceColumns(), parent) {}

void ServiceTableModel::setConfig(gateway::service::PublishedConfigPointer config) {
    replaceItems([&] { m_config = std::move(config); });
}

void ServiceTableModel::addFrame(const gateway::metrics::MetricsFrame& frame) {
    m_seconds = ui::frameSeconds(frame) > 0 ? ui::frameSeconds(frame) : 1;
    m_traffic.push(serviceSamples(frame), m_seconds);
    m_live.clear();
    for (const ServiceTraffic& each : frame.services) {
        m_live.emplace(each.service.value, each);
    }
    refreshLiveColumns();
}

void ServiceTableModel::forgetLive() {
    m_live.clear();
    m_traffic.clear();
    refreshLiveColumns();
}

int ServiceTableModel::itemCount() const {
    return m_config ? static_cast<int>(m_config->config.services.size()) : 0;
}

const Service* ServiceTableModel::serviceAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? nullptr : &service(item);
}

const ServiceTraffic* ServiceTableModel::liveOf(quint64 id) const {
    const auto at = m_live.find(id);
    return at != m_live.end() ? &at->second : nullptr;
}

quint64 ServiceTableModel::itemId(int item) const {
    return service(item).id.value;
}

QVariant ServiceTableModel::rateData(const std::optional<TrafficRate>& rate, int column, int role) {
    if (role == SortRole) {
        if (!rate) {
            return -1.0;
        }
        switch (column) {
        case Rate:
            return rate->requestsPerSecond;
        case Failures:
            return rate->failureShare;
        case P99:
            return rate->p99Ms;
        default:
            return rate->retriesPerSecond;
        }
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    if (!rate) {
        return noValue();
    }
    switch (column) {
    case Rate:
        return rateText(rate->requestsPerSecond);
    case Failures:
        return percentText(rate->failureShare);
    case P99:
        return latencyText(rate->p99Ms);
    default:
        return rateText(rate->retriesPerSecond);
    }
}

QVariant ServiceTableModel::itemData(int item, int column, int role) const {
    const Service& of = service(item);
    const auto rate = m_traffic.rate(of.id.value);
    if (column >= Rate) {
        return rateData(rate, column, role);
    }
    if (column == State) {
        const Condition condition = conditionOf(of, liveOf(of.id.value), rate);
        switch (role) {
        case ToneRole:
            return static_cast<int>(condition.tone);
        case Qt::DisplayRole:
        case SortRole:
            return condition.text;
        case Qt::ToolTipRole:
            return condition.detail;
        default:
            return {};
        }
    }
    if (role == Qt::ToolTipRole && column == Targets) {
        return targetsText(of);
    }
    if (role != Qt::DisplayRole && role != SortRole) {
        return {};
    }
    return column == Name ? toQString(of.name) : targetsText(of);
}

void ServiceTableModel::appendSearchText(int item, std::string& text) const {
    text += service(item).name;
    text += ' ';
    text += targetsText(service(item)).toStdString();
}

const Service& ServiceTableModel::service(int item) const {
    return m_config->config.services[static_cast<std::size_t>(item)];
}

TargetTableModel::TargetTableModel(QObject* parent)
    : IndexedTableModel(targetColumns(), parent) {}

void TargetTableModel::setService(const Service& service, const ServiceTraffic* live, double seconds) {
    std::vector<Item> items;
    for (const Target& target : service.targets) {
        Item item{target, addressOf(target), std::nullopt, conditionOf(target)};
        const TargetTraffic* known = live != nullptr ? findTarget(live->targets, item.address) : nullptr;
        if (known != nullptr) {
            item.live = *known;
            item.condition = conditionOf(*known, service.health.has_value());
        }
        items.push_back(std::move(item));
    }
    replaceItems([&] {
        m_items = std::move(items);
        m_seconds = seconds;
    });
}

void TargetTableModel::clear() {
    replaceItems([this] { m_items.clear(); });
}

int TargetTableModel::itemCount() const {
    return static_cast<int>(m_items.size());
}

const Target* TargetTableModel::targetAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? nullptr : &m_items[static_cast<std::size_t>(item)].target;
}

quint64 TargetTableModel::itemId(int item) const {
    return static_cast<quint64>(item) + 1;
}

QVariant TargetTableModel::numberData(const Item& item, int column, int role) const {
    const auto count = [role](std::uint64_t number) -> QVariant {
        return role == SortRole ? QVariant(static_cast<double>(number))
                                : QVariant(countText(static_cast<qint64>(number)));
    };
    const auto perSecond = [&](std::uint64_t number) -> QVariant {
        const double value = static_cast<double>(number) / m_seconds;
        return role == SortRole ? QVariant(value) : QVariant(rateText(value));
    };
    if (column == Weight) {
        return count(item.target.weight);
    }
    if (!item.live) {
        return role == SortRole ? QVariant(-1.0) : QVariant(noValue());
    }
    switch (column) {
    case Requests:
        return perSecond(item.live->requests);
    case Failures:
        return perSecond(item.live->failures);
    case Active:
        return count(item.live->requestsActive);
    default:
        return count(item.live->connectionsOpen);
    }
}

QVariant TargetTableModel::itemData(int item, int column, int role) const {
    const Item& of = m_items[static_cast<std::size_t>(item)];
    if (role == ToneRole && column == State) {
        return static_cast<int>(of.condition.tone);
    }
    if (role == Qt::ToolTipRole && (column == State || column == Detail)) {
        return of.condition.detail;
    }
    if (role != Qt::DisplayRole && role != SortRole) {
        return {};
    }
    switch (column) {
    case Address:
        return toQString(of.address);
    case State:
        return of.condition.text;
    case Detail:
        return of.condition.detail;
    default:
        return numberData(of, column, role);
    }
}

void TargetTableModel::appendSearchText(int item, std::string& text) const {
    text += m_items[static_cast<std::size_t>(item)].address;
}

} // namespace ui
