#include "ui/models/route_table_model.h"

#include "ui/access_text.h"
#include "ui/models/table_text.h"
#include "ui/number_text.h"
#include "ui/theme.h"
#include "ui/widgets/table_delegates.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace ui {
namespace {

using gateway::model::Route;

std::vector<TableColumn> routeColumns() {
    return {
        {QStringLiteral("method"), QStringLiteral("Method"), false, false, 92},
        {QStringLiteral("path"), QStringLiteral("Path"), false, false, 180},
        {QStringLiteral("name"), QStringLiteral("Name"), false, false, 150, 860},
        {QStringLiteral("hosts"), QStringLiteral("Hosts"), false, false, 130, 1140},
        {QStringLiteral("service"), QStringLiteral("Service"), false, false, 120},
        {QStringLiteral("auth"), QStringLiteral("Security"), false, false, 128, 900},
        {QStringLiteral("rate"), QStringLiteral("Req/s"), true, true, 76},
        {QStringLiteral("p95"), QStringLiteral("p95"), true, true, 80, 600},
        {QStringLiteral("errors"), QStringLiteral("Errors"), true, true, 84, 800},
        {QStringLiteral("status"), QStringLiteral("Status"), false, true, 110},
    };
}

std::string_view firstOf(const std::vector<std::string>& items) {
    return items.empty() ? std::string_view() : std::string_view(items.front());
}

QString statusText(RouteTableModel::Show state) {
    switch (state) {
    case RouteTableModel::Show::Disabled:
        return QStringLiteral("Disabled");
    case RouteTableModel::Show::Failing:
        return QStringLiteral("Failing");
    case RouteTableModel::Show::Live:
    case RouteTableModel::Show::All:
        break;
    }
    return QStringLiteral("Live");
}

Tone statusTone(RouteTableModel::Show state) {
    switch (state) {
    case RouteTableModel::Show::Disabled:
        return Tone::Neutral;
    case RouteTableModel::Show::Failing:
        return Tone::Bad;
    case RouteTableModel::Show::Live:
    case RouteTableModel::Show::All:
        break;
    }
    return Tone::Ok;
}

} // namespace

QString methodsText(const Route& route) {
    return route.match.methods.empty() ? QStringLiteral("ANY")
                                       : joined(route.match.methods, QStringLiteral(", "));
}

RouteTableModel::RouteTableModel(QObject* parent)
    : IndexedTableModel(routeColumns(), parent) {}

void RouteTableModel::setConfig(gateway::service::PublishedConfigPointer config) {
    replaceItems([&] {
        m_config = std::move(config);
        m_security.clear();
        m_places.reset();
        if (m_config) {
            m_security.resize(m_config->config.routes.size());
            m_places = std::make_unique<gateway::model::PolicyPlaces>(m_config->config);
        }
    });
}

void RouteTableModel::addFrame(const gateway::metrics::MetricsFrame& frame) {
    m_traffic.push(routeSamples(frame), frameSeconds(frame));
    if (m_show == Show::Failing || m_show == Show::Live) {
        refreshRows(); // routes fail and recover with the traffic
    } else {
        refreshLiveColumns();
    }
}

void RouteTableModel::setShow(Show show) {
    if (m_show != show) {
        m_show = show;
        refreshRows();
    }
}

int RouteTableModel::itemCount() const {
    return m_config ? static_cast<int>(m_config->config.routes.size()) : 0;
}

const Route* RouteTableModel::routeAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? nullptr : &route(item);
}

quint64 RouteTableModel::itemId(int item) const {
    return route(item).id.value;
}

QVariant RouteTableModel::itemData(int item, int column, int role) const {
    if (role == Qt::DisplayRole) {
        return text(item, column);
    }
    if (role == ToneRole && column == Status) {
        return static_cast<int>(statusTone(stateOf(item)));
    }
    if (role == DimmedRole) {
        return !route(item).enabled;
    }
    if (role == Qt::ToolTipRole) {
        if (column == Status && stateOf(item) == Show::Failing) {
            return QStringLiteral(
                "One request in ten or more ended in a server error, over the last 10 seconds");
        }
        if (column <= Auth) {
            return text(item, column);
        }
    }
    return {};
}

QString RouteTableModel::text(int item, int column) const {
    const Route& of = route(item);
    switch (column) {
    case Method:
        return methodsText(of);
    case Path:
        return toQString(of.match.path);
    case Name:
        return toQString(of.name);
    case Hosts:
        return of.match.hosts.empty() ? QStringLiteral("Any host")
                                      : joined(of.match.hosts, QStringLiteral(", "));
    case Service:
        return toQString(of.service);
    case Auth:
        return securityOf(item);
    case Status:
        return statusText(stateOf(item));
    default:
        break;
    }
    const auto rate = of.enabled ? m_traffic.rate(of.id.value) : std::nullopt;
    if (!rate) {
        return noValue();
    }
    switch (column) {
    case Rate:
        return rateText(rate->requestsPerSecond);
    case P95:
        return latencyText(rate->p95Ms);
    case Errors:
        return percentText(rate->failureShare);
    default:
        return {};
    }
}

/// Worked out when it is first asked for: most of a hundred thousand routes are never in sight.
const QString& RouteTableModel::securityOf(int item) const {
    QString& known = m_security[static_cast<std::size_t>(item)];
    if (known.isNull()) {
        QStringList texts;
        if (m_config->config.listeners.empty()) {
            texts.push_back(shortSecurityText(m_places->of(route(item), nullptr)));
        }
        for (const auto& listener : m_config->config.listeners) {
            texts.push_back(shortSecurityText(m_places->of(route(item), &listener)));
        }
        texts.removeDuplicates();
        known = texts.join(QStringLiteral(" / "));
    }
    return known;
}

void RouteTableModel::appendSearchText(int item, std::string& text) const {
    const Route& of = route(item);
    for (const std::string& method : of.match.methods) {
        text.append(method).push_back(' ');
    }
    if (of.match.methods.empty()) {
        text.append("ANY ");
    }
    text.append(of.match.path).append(" ").append(of.name).append(" ").append(of.service);
    for (const std::string& host : of.match.hosts) {
        text.append(" ").append(host);
    }
}

bool RouteTableModel::itemAccepted(int item) const {
    return m_show == Show::All || stateOf(item) == m_show;
}

bool RouteTableModel::itemLess(int a, int b, int column) const {
    const Route& left = route(a);
    const Route& right = route(b);
    const auto rate = [this](const Route& of) {
        return m_traffic.rate(of.id.value).value_or(TrafficRate{-1, -1, -1, -1, -1});
    };
    switch (column) {
    case Method:
        return firstOf(left.match.methods) < firstOf(right.match.methods);
    case Path:
        return left.match.path < right.match.path;
    case Name:
        return left.name < right.name;
    case Hosts:
        return firstOf(left.match.hosts) < firstOf(right.match.hosts);
    case Service:
        return left.service < right.service;
    case Auth:
        return securityOf(a) < securityOf(b);
    case Rate:
        return rate(left).requestsPerSecond < rate(right).requestsPerSecond;
    case P95:
        return rate(left).p95Ms < rate(right).p95Ms;
    case Errors:
        return rate(left).failureShare < rate(right).failureShare;
    case Status:
        return stateOf(a) < stateOf(b);
    default:
        return false;
    }
}

const Route& RouteTableModel::route(int item) const {
    return m_config->config.routes[static_cast<std::size_t>(item)];
}

RouteTableModel::Show RouteTableModel::stateOf(int item) const {
    const Route& of = route(item);
    if (!of.enabled) {
        return Show::Disabled;
    }
    const auto rate = m_traffic.rate(of.id.value);
    return rate && rate->isFailing() ? Show::Failing : Show::Live;
}

} // namespace ui
