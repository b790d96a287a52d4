#include "ui/editors/entity_forms.h"

#include "ui/editors/access_form.h"
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
    FormValues values{
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
        {QStringLiteral("waives"), listText(route.waives)},
        {QStringLiteral("stream"), flagText(route.stream)},
    };
    addAuthorize(values, route.authorize);
    return values;
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
    route.waives = parseList(values.value(QStringLiteral("waives")));
    route.authorize = readAuthorize(values);
    route.stream = isOn(values, QStringLiteral("stream"));
    return route;
}

FieldPaths RouteForm::paths() {
    const FieldPaths own{
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
        {QStringLiteral("waives"), QStringLiteral("waives")},
        {QStringLiteral("match"), QStringLiteral("path")},
    };
    return own + authorizePaths();
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

} // namespace ui
