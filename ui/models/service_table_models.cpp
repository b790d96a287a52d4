#include "ui/models/service_table_models.h"
#include "ui/models/table_text.h"
#include "ui/number_text.h"
#include "ui/theme.h"
#include "ui/widgets/table_delegates.h"

#include <utility>

namespace ui {
namespace {

using gateway::metrics::TargetTraffic;
using gateway::model::Service;

std::vector<TableColumn> serviceColumns() {
    return {
        {QStringLiteral("name"), QStringLiteral("Name"), false, false, 170},
        {QStringLiteral("targets"), QStringLiteral("Targets"), false, false, 320},
        {QStringLiteral("rate"), QStringLiteral("Req/s"), true, true, 90},
        {QStringLiteral("p95"), QStringLiteral("p95"), true, true, 90, 800},
        {QStringLiteral("failures"), QStringLiteral("Failures"), true, true, 96, 900},
        {QStringLiteral("state"), QStringLiteral("State"), false, true, 120},
    };
}

std::vector<TableColumn> targetColumns() {
    return {
        {QStringLiteral("address"), QStringLiteral("Target"), false, false, 140},
        {QStringLiteral("requests"), QStringLiteral("Req/s"), true, true, 78},
        {QStringLiteral("failures"), QStringLiteral("Fail/s"), true, true, 76},
        {QStringLiteral("connections"), QStringLiteral("Open"), true, true, 72, 440},
        {QStringLiteral("state"), QStringLiteral("State"), false, true, 94},
    };
}

QString targetsText(const Service& service) {
    QString text;
    for (const auto& target : service.targets) {
        if (!text.isEmpty()) {
            text += QStringLiteral(", ");
        }
        text += QStringLiteral("%1:%2").arg(toQString(target.host)).arg(target.port);
    }
    return text;
}

/// Half of what a target got in one second went wrong: it is not well.
bool isFailing(const TargetTraffic& target) {
    return target.failures > 0 && target.failures * 2 >= target.requests;
}

struct Health {
    QString text;
    Tone tone = Tone::Neutral;
};

Health healthOf(const std::optional<TrafficRate>& rate, std::size_t failing, std::size_t targets) {
    if (!rate) {
        return {QStringLiteral("No traffic"), Tone::Neutral};
    }
    if (rate->failureShare >= 0.5 || (targets > 0 && failing == targets)) {
        return {QStringLiteral("Failing"), Tone::Bad};
    }
    if (rate->isFailing() || failing > 0) {
        return {QStringLiteral("Degraded"), Tone::Warn};
    }
    return {QStringLiteral("Healthy"), Tone::Ok};
}

} // namespace

ServiceTableModel::ServiceTableModel(QObject* parent)
    : IndexedTableModel(serviceColumns(), parent) {}

void ServiceTableModel::setConfig(gateway::service::PublishedConfigPointer config) {
    replaceItems([&] { m_config = std::move(config); });
}

void ServiceTableModel::addFrame(const gateway::metrics::MetricsFrame& frame) {
    m_traffic.push(serviceSamples(frame), frameSeconds(frame));
    m_failingTargets.clear();
    for (const auto& each : frame.services) {
        for (const TargetTraffic& target : each.targets) {
            if (isFailing(target)) {
                m_failingTargets[each.service.value].insert(target.address);
            }
        }
    }
    refreshLiveColumns();
}

int ServiceTableModel::itemCount() const {
    return m_config ? static_cast<int>(m_config->config.services.size()) : 0;
}

const Service* ServiceTableModel::serviceAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? nullptr : &service(item);
}

quint64 ServiceTableModel::itemId(int item) const {
    return service(item).id.value;
}

QVariant ServiceTableModel::itemData(int item, int column, int role) const {
    const Service& of = service(item);
    const auto rate = m_traffic.rate(of.id.value);
    const auto failing = m_failingTargets.find(of.id.value);
    const Health health =
        healthOf(rate, failing == m_failingTargets.end() ? 0 : failing->second.size(), of.targets.size());
    if (role == ToneRole && column == State) {
        return static_cast<int>(health.tone);
    }
    if (role == SortRole && column >= Rate && column <= Failures) {
        if (!rate) {
            return -1.0;
        }
        return column == Rate ? rate->requestsPerSecond : column == P95 ? rate->p95Ms : rate->failureShare;
    }
    if (role == Qt::ToolTipRole && column == Targets) {
        return targetsText(of);
    }
    if (role != Qt::DisplayRole && role != SortRole) {
        return {};
    }
    switch (column) {
    case Name:
        return toQString(of.name);
    case Targets:
        return targetsText(of);
    case Rate:
        return rate ? rateText(rate->requestsPerSecond) : noValue();
    case P95:
        return rate ? latencyText(rate->p95Ms) : noValue();
    case Failures:
        return rate ? percentText(rate->failureShare) : noValue();
    case State:
        return health.text;
    default:
        return {};
    }
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

void TargetTableModel::setTargets(std::vector<TargetTraffic> targets, double seconds) {
    replaceItems([&] {
        m_targets = std::move(targets);
        m_seconds = seconds > 0 ? seconds : 1;
    });
}

int TargetTableModel::itemCount() const {
    return static_cast<int>(m_targets.size());
}

quint64 TargetTableModel::itemId(int item) const {
    return static_cast<quint64>(item) + 1;
}

QVariant TargetTableModel::itemData(int item, int column, int role) const {
    const TargetTraffic& target = m_targets[static_cast<std::size_t>(item)];
    if (role == ToneRole && column == State) {
        return static_cast<int>(isFailing(target)      ? Tone::Bad
                                : target.requests == 0 ? Tone::Neutral
                                                       : Tone::Ok);
    }
    if (role != Qt::DisplayRole && role != SortRole) {
        return {};
    }
    const bool sorting = role == SortRole;
    const auto perSecond = [&](std::uint64_t count) -> QVariant {
        const double value = static_cast<double>(count) / m_seconds;
        return sorting ? QVariant(value) : QVariant(rateText(value));
    };
    switch (column) {
    case Address:
        return toQString(target.address);
    case Requests:
        return perSecond(target.requests);
    case Failures:
        return perSecond(target.failures);
    case Connections:
        return sorting ? QVariant(static_cast<double>(target.connectionsOpen))
                       : QVariant(countText(static_cast<qint64>(target.connectionsOpen)));
    case State:
        return isFailing(target)      ? QStringLiteral("Failing")
               : target.requests == 0 ? QStringLiteral("Idle")
                                      : QStringLiteral("Healthy");
    default:
        return {};
    }
}

void TargetTableModel::appendSearchText(int item, std::string& text) const {
    text += m_targets[static_cast<std::size_t>(item)].address;
}

} // namespace ui
