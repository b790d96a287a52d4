#include "ui/editors/entity_forms.h"

#include "ui/editors/form_reading.h"

#include <limits>
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
        {QStringLiteral("roles"), listText(route.authorize.roles)},
        {QStringLiteral("stream"), flagText(route.stream)},
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
    takeValue(route.priority,
              parseNumber(values.value(QStringLiteral("priority")), std::numeric_limits<std::int32_t>::min(),
                          std::numeric_limits<std::int32_t>::max()),
              QStringLiteral("priority"), problems);
    route.service = trimmedValue(values, QStringLiteral("service"));
    if (route.service.empty()) {
        problems.push_back({QStringLiteral("service"), QStringLiteral("Choose the service that answers")});
    }
    route.rewrite = trimmedValue(values, QStringLiteral("rewrite"));
    route.policies = parseList(values.value(QStringLiteral("policies")));
    route.authorize.roles = parseList(values.value(QStringLiteral("roles")));
    route.stream = isOn(values, QStringLiteral("stream"));
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
    takeValue(tier.requests, parseCount(values.value(QStringLiteral("requests"))), QStringLiteral("requests"),
              problems);
    const auto period = parseNumber(values.value(QStringLiteral("period")), 1, 86'400);
    tier.period = std::chrono::seconds(period.value_or(1));
    takeValue(tier.burst, parseCount(values.value(QStringLiteral("burst"))), QStringLiteral("burst"),
              problems);
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
        {QStringLiteral("stream"), QStringLiteral("Long-lived answers")},
        {QStringLiteral("tls"), QStringLiteral("TLS")},
        {QStringLiteral("tlsVerify"), QStringLiteral("Verification")},
        {QStringLiteral("tlsServerName"), QStringLiteral("Server name")},
        {QStringLiteral("tlsAuthority"), QStringLiteral("Authority")},
        {QStringLiteral("tlsCertificate"), QStringLiteral("Client certificate")},
        {QStringLiteral("healthKind"), QStringLiteral("Kind of check")},
        {QStringLiteral("healthGrpcService"), QStringLiteral("Checked gRPC service")},
        {QStringLiteral("streamIdle"), QStringLiteral("Stream idle timeout")},
        {QStringLiteral("streamLifetime"), QStringLiteral("Stream lifetime")},
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
        {QStringLiteral("streams"), QStringLiteral("Streams per connection")},
        {QStringLiteral("tlsMinimum"), QStringLiteral("Oldest TLS version")},
        {QStringLiteral("clientCertificates"), QStringLiteral("Client certificates")},
        {QStringLiteral("clientAuthority"), QStringLiteral("Authority of clients")},
        {QStringLiteral("http2"), QStringLiteral("HTTP/2")},
        {QStringLiteral("webSocket"), QStringLiteral("WebSocket")},
        {QStringLiteral("proxyProtocol"), QStringLiteral("PROXY protocol")},
        {QStringLiteral("trustedProxies"), QStringLiteral("Trusted proxies")},
    };
    const auto at = titles.constFind(field);
    return at != titles.cend() ? *at : field.left(1).toUpper() + field.mid(1);
}

} // namespace ui
