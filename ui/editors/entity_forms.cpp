#include "ui/editors/entity_forms.h"

#include "ui/editors/form_reading.h"

#include <utility>

namespace ui {
namespace {

using namespace gateway::model; // the words of the model, all through this file

QString text(const std::string& value) {
    return QString::fromStdString(value);
}

QString pairsText(const std::vector<NameValue>& pairs) {
    QList<QStringList> rows;
    for (const NameValue& pair : pairs) {
        rows.push_back({text(pair.name), text(pair.value)});
    }
    return rowsText(rows);
}

std::vector<NameValue> pairsOf(const FormValues& values, const QString& field, FieldProblems& problems) {
    std::vector<NameValue> pairs;
    for (const QStringList& row : rowsOf(values.value(field), 2)) {
        const QString name = row[0].trimmed();
        const QString value = row[1].trimmed();
        if (name.isEmpty() && value.isEmpty()) {
            continue;
        }
        if (name.isEmpty() || value.isEmpty()) {
            problems.push_back(
                {field, name.isEmpty()
                            ? QStringLiteral("A condition needs a name")
                            : QStringLiteral("“%1” needs a value; * stands for any value").arg(name)});
            continue;
        }
        pairs.push_back({name.toStdString(), value.toStdString()});
    }
    return pairs;
}

} // namespace

FormValues RouteForm::toForm(const Route& route) {
    return {
        {QStringLiteral("name"), text(route.name)},
        {QStringLiteral("enabled"), flagText(route.enabled)},
        {QStringLiteral("methods"), listText(route.match.methods)},
        {QStringLiteral("hosts"), listText(route.match.hosts)},
        {QStringLiteral("path"), text(route.match.path)},
        {QStringLiteral("headers"), pairsText(route.match.headers)},
        {QStringLiteral("query"), pairsText(route.match.query)},
        {QStringLiteral("priority"), QString::number(route.priority)},
        {QStringLiteral("service"), text(route.service)},
        {QStringLiteral("rewrite"), text(route.rewrite)},
        {QStringLiteral("policies"), listText(route.policies)},
        {QStringLiteral("roles"), listText(route.roles)},
    };
}

Route RouteForm::fromForm(const FormValues& values, RouteId id, FieldProblems& problems) {
    Route route;
    route.id = id;
    route.name = trimmedValue(values, QStringLiteral("name"));
    route.enabled = isOn(values, QStringLiteral("enabled"));
    route.match.methods = parseList(values.value(QStringLiteral("methods")).toUpper());
    route.match.hosts = parseList(values.value(QStringLiteral("hosts")).toLower());
    route.match.path = trimmedValue(values, QStringLiteral("path"));
    if (route.match.path.empty()) {
        problems.push_back({QStringLiteral("path"),
                            QStringLiteral("Say which path this route answers, such as /v1/orders")});
    }
    route.match.headers = pairsOf(values, QStringLiteral("headers"), problems);
    route.match.query = pairsOf(values, QStringLiteral("query"), problems);
    takeValue(route.priority, parseNumber(values.value(QStringLiteral("priority")), -1'000'000, 1'000'000),
              QStringLiteral("priority"), problems);
    route.service = trimmedValue(values, QStringLiteral("service"));
    if (route.service.empty()) {
        problems.push_back({QStringLiteral("service"), QStringLiteral("Choose the service that answers")});
    }
    route.rewrite = trimmedValue(values, QStringLiteral("rewrite"));
    route.policies = parseList(values.value(QStringLiteral("policies")));
    route.roles = parseList(values.value(QStringLiteral("roles")));
    return route;
}

FieldPaths RouteForm::paths() {
    return {
        {QStringLiteral("name"), QStringLiteral("name")},
        {QStringLiteral("enabled"), QStringLiteral("enabled")},
        {QStringLiteral("methods"), QStringLiteral("methods")},
        {QStringLiteral("hosts"), QStringLiteral("hosts")},
        {QStringLiteral("path"), QStringLiteral("path")},
        {QStringLiteral("headers"), QStringLiteral("headers")},
        {QStringLiteral("query"), QStringLiteral("query")},
        {QStringLiteral("priority"), QStringLiteral("priority")},
        {QStringLiteral("service"), QStringLiteral("service")},
        {QStringLiteral("rewrite"), QStringLiteral("rewrite")},
        {QStringLiteral("action"), QStringLiteral("service")},
        {QStringLiteral("policies"), QStringLiteral("policies")},
        {QStringLiteral("roles"), QStringLiteral("roles")},
        {QStringLiteral("match"), QStringLiteral("path")},
    };
}

FormValues ConsumerForm::toForm(const Consumer& consumer) {
    QStringList attributes;
    for (const auto& [name, value] : consumer.attributes) {
        attributes.push_back(QStringLiteral("%1=%2").arg(text(name), text(value)));
    }
    const QString kind = consumer.kind == ConsumerKind::App    ? QStringLiteral("app")
                         : consumer.kind == ConsumerKind::User ? QStringLiteral("user")
                                                               : QStringLiteral("agent");
    return {
        {QStringLiteral("name"), text(consumer.name)},
        {QStringLiteral("kind"), kind},
        {QStringLiteral("tier"), text(consumer.tier)},
        {QStringLiteral("roles"), listText(consumer.roles)},
        {QStringLiteral("attributes"), attributes.join(u'\n')},
    };
}

Consumer ConsumerForm::fromForm(const FormValues& values, ConsumerId id, FieldProblems& problems) {
    Consumer consumer;
    consumer.id = id;
    consumer.name = trimmedValue(values, QStringLiteral("name"));
    const QString kind = values.value(QStringLiteral("kind"));
    consumer.kind = kind == u"user"    ? ConsumerKind::User
                    : kind == u"agent" ? ConsumerKind::Agent
                                       : ConsumerKind::App;
    consumer.tier = trimmedValue(values, QStringLiteral("tier"));
    consumer.roles = parseList(values.value(QStringLiteral("roles")));
    auto attributes = parseAttributes(values.value(QStringLiteral("attributes")));
    if (attributes) {
        consumer.attributes = std::move(*attributes);
    } else {
        problems.push_back({QStringLiteral("attributes"), attributes.error()});
    }
    return consumer;
}

FieldPaths ConsumerForm::paths() {
    return {
        {QStringLiteral("name"), QStringLiteral("name")},
        {QStringLiteral("kind"), QStringLiteral("kind")},
        {QStringLiteral("tier"), QStringLiteral("tier")},
        {QStringLiteral("roles"), QStringLiteral("roles")},
        {QStringLiteral("attributes"), QStringLiteral("attributes")},
    };
}

FormValues TierForm::toForm(const Tier& tier) {
    return {
        {QStringLiteral("name"), text(tier.name)},
        {QStringLiteral("requests"), QString::number(tier.requests)},
        {QStringLiteral("period"), QString::number(tier.period.count())},
        {QStringLiteral("burst"), QString::number(tier.burst)},
    };
}

Tier TierForm::fromForm(const FormValues& values, TierId id, FieldProblems& problems) {
    Tier tier;
    tier.id = id;
    tier.name = trimmedValue(values, QStringLiteral("name"));
    takeValue(tier.requests, parseNumber(values.value(QStringLiteral("requests")), 1, 1'000'000'000),
              QStringLiteral("requests"), problems);
    const auto period = parseNumber(values.value(QStringLiteral("period")), 1, 86'400);
    tier.period = std::chrono::seconds(period.value_or(1));
    takeValue(tier.burst, parseNumber(values.value(QStringLiteral("burst")), 1, 1'000'000'000),
              QStringLiteral("burst"), problems);
    return tier;
}

FieldPaths TierForm::paths() {
    return {
        {QStringLiteral("name"), QStringLiteral("name")},
        {QStringLiteral("requests"), QStringLiteral("requests")},
        {QStringLiteral("rate"), QStringLiteral("requests")},
        {QStringLiteral("period"), QStringLiteral("period")},
        {QStringLiteral("burst"), QStringLiteral("burst")},
    };
}

FormValues ListenerForm::toForm(const Listener& listener) {
    return {
        {QStringLiteral("name"), text(listener.name)},
        {QStringLiteral("host"), text(listener.host)},
        {QStringLiteral("port"), listener.port == 0 ? QString() : QString::number(listener.port)},
        {QStringLiteral("keyHeader"), text(listener.keyHeader)},
        {QStringLiteral("keyQuery"), text(listener.keyQuery)},
        {QStringLiteral("headBytes"), bytesText(listener.limits.headBytesMax)},
        {QStringLiteral("headers"), QString::number(listener.limits.headersMax)},
        {QStringLiteral("bodyBytes"), bytesText(listener.limits.bodyBytesMax)},
        {QStringLiteral("headerTimeout"), durationInputText(listener.timeouts.header)},
        {QStringLiteral("bodyTimeout"), durationInputText(listener.timeouts.body)},
        {QStringLiteral("idleTimeout"), durationInputText(listener.timeouts.idle)},
        {QStringLiteral("writeTimeout"), durationInputText(listener.timeouts.write)},
        {QStringLiteral("bodyMinRate"), optionalByteRateText(listener.timeouts.bodyMinRate)},
        {QStringLiteral("connectionsPerPeer"), optionalNumberText(listener.limits.connectionsPerPeer)},
    };
}

Listener ListenerForm::fromForm(const FormValues& values, ListenerId id, FieldProblems& problems) {
    Listener listener;
    listener.id = id;
    listener.name = trimmedValue(values, QStringLiteral("name"));
    listener.host = trimmedValue(values, QStringLiteral("host"));
    takeValue(listener.port, parsePort(values.value(QStringLiteral("port"))), QStringLiteral("port"),
              problems);
    listener.keyHeader = trimmedValue(values, QStringLiteral("keyHeader"));
    listener.keyQuery = trimmedValue(values, QStringLiteral("keyQuery"));
    const auto headBytes = parseBytes(values.value(QStringLiteral("headBytes")));
    if (headBytes && *headBytes > 1024 * 1024) {
        problems.push_back({QStringLiteral("headBytes"), QStringLiteral("Must be at most 1MiB")});
    } else {
        takeValue(listener.limits.headBytesMax, headBytes, QStringLiteral("headBytes"), problems);
    }
    takeValue(listener.limits.headersMax, parseNumber(values.value(QStringLiteral("headers")), 1, 10'000),
              QStringLiteral("headers"), problems);
    takeValue(listener.limits.bodyBytesMax, parseBytes(values.value(QStringLiteral("bodyBytes"))),
              QStringLiteral("bodyBytes"), problems);
    takeValue(listener.timeouts.header, parseDuration(values.value(QStringLiteral("headerTimeout"))),
              QStringLiteral("headerTimeout"), problems);
    takeValue(listener.timeouts.body, parseDuration(values.value(QStringLiteral("bodyTimeout"))),
              QStringLiteral("bodyTimeout"), problems);
    takeValue(listener.timeouts.idle, parseDuration(values.value(QStringLiteral("idleTimeout"))),
              QStringLiteral("idleTimeout"), problems);
    takeValue(listener.timeouts.write, parseDuration(values.value(QStringLiteral("writeTimeout"))),
              QStringLiteral("writeTimeout"), problems);
    takeValue(listener.timeouts.bodyMinRate,
              parseOptionalByteRate(values.value(QStringLiteral("bodyMinRate"))),
              QStringLiteral("bodyMinRate"), problems);
    takeValue(listener.limits.connectionsPerPeer,
              parseOptionalCount(values.value(QStringLiteral("connectionsPerPeer"))),
              QStringLiteral("connectionsPerPeer"), problems);
    return listener;
}

FieldPaths ListenerForm::paths() {
    return {
        {QStringLiteral("name"), QStringLiteral("name")},
        {QStringLiteral("address"), QStringLiteral("host")},
        {QStringLiteral("host"), QStringLiteral("host")},
        {QStringLiteral("port"), QStringLiteral("port")},
        {QStringLiteral("api_key.header"), QStringLiteral("keyHeader")},
        {QStringLiteral("api_key.query"), QStringLiteral("keyQuery")},
        {QStringLiteral("header_bytes"), QStringLiteral("headBytes")},
        {QStringLiteral("headers"), QStringLiteral("headers")},
        {QStringLiteral("body"), QStringLiteral("bodyBytes")},
        {QStringLiteral("header"), QStringLiteral("headerTimeout")},
        {QStringLiteral("timeouts.body"), QStringLiteral("bodyTimeout")},
        {QStringLiteral("idle"), QStringLiteral("idleTimeout")},
        {QStringLiteral("write"), QStringLiteral("writeTimeout")},
        {QStringLiteral("body_min_rate"), QStringLiteral("bodyMinRate")},
        {QStringLiteral("connections_per_peer"), QStringLiteral("connectionsPerPeer")},
    };
}

QString fieldTitle(const QString& field) {
    static const QMap<QString, QString> titles = {
        {QStringLiteral("query"), QStringLiteral("Query conditions")},
        {QStringLiteral("headers"), QStringLiteral("Headers")},
        {QStringLiteral("host"), QStringLiteral("Address")},
        {QStringLiteral("keyHeader"), QStringLiteral("Key header")},
        {QStringLiteral("keyQuery"), QStringLiteral("Key query parameter")},
        {QStringLiteral("connect"), QStringLiteral("Connect timeout")},
        {QStringLiteral("response"), QStringLiteral("Response timeout")},
        {QStringLiteral("idle"), QStringLiteral("Idle timeout")},
        {QStringLiteral("attempt"), QStringLiteral("Try timeout")},
        {QStringLiteral("request"), QStringLiteral("Request timeout")},
        {QStringLiteral("hashSource"), QStringLiteral("Hash on")},
        {QStringLiteral("hashName"), QStringLiteral("Hash name")},
        {QStringLiteral("slowStart"), QStringLiteral("Slow start")},
        {QStringLiteral("health"), QStringLiteral("Health checks")},
        {QStringLiteral("healthPath"), QStringLiteral("Check path")},
        {QStringLiteral("healthInterval"), QStringLiteral("Check interval")},
        {QStringLiteral("healthTimeout"), QStringLiteral("Check timeout")},
        {QStringLiteral("unhealthyAfter"), QStringLiteral("Unhealthy after")},
        {QStringLiteral("healthyAfter"), QStringLiteral("Healthy after")},
        {QStringLiteral("outlier"), QStringLiteral("Ejection")},
        {QStringLiteral("outlierErrors"), QStringLiteral("Errors in a row")},
        {QStringLiteral("outlierEject"), QStringLiteral("Ejection time")},
        {QStringLiteral("outlierPercent"), QStringLiteral("Ejected share")},
        {QStringLiteral("breaker"), QStringLiteral("Circuit breaker")},
        {QStringLiteral("breakerRatio"), QStringLiteral("Breaker share of errors")},
        {QStringLiteral("breakerSamples"), QStringLiteral("Breaker samples")},
        {QStringLiteral("breakerOpen"), QStringLiteral("Breaker open time")},
        {QStringLiteral("breakerRecover"), QStringLiteral("Breaker recovery")},
        {QStringLiteral("retryAttempts"), QStringLiteral("Retries")},
        {QStringLiteral("retryOn"), QStringLiteral("Retried failures")},
        {QStringLiteral("retryStatuses"), QStringLiteral("Retried statuses")},
        {QStringLiteral("retryBudget"), QStringLiteral("Retry budget")},
        {QStringLiteral("headBytes"), QStringLiteral("Head size")},
        {QStringLiteral("bodyBytes"), QStringLiteral("Body size")},
        {QStringLiteral("headerTimeout"), QStringLiteral("Header timeout")},
        {QStringLiteral("bodyTimeout"), QStringLiteral("Body timeout")},
        {QStringLiteral("idleTimeout"), QStringLiteral("Idle timeout")},
        {QStringLiteral("writeTimeout"), QStringLiteral("Write timeout")},
        {QStringLiteral("bodyMinRate"), QStringLiteral("Least body rate")},
        {QStringLiteral("connectionsPerPeer"), QStringLiteral("Connections per client")},
    };
    const auto at = titles.constFind(field);
    return at != titles.cend() ? *at : field.left(1).toUpper() + field.mid(1);
}

} // namespace ui
