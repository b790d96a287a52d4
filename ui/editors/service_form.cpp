#include "gateway/model/service_words.h"
#include "ui/editors/entity_forms.h"
#include "ui/editors/form_reading.h"

#include <algorithm>
#include <array>

// The form of a service: the longest of all, since it says how the gateway treats a backend that is not well.
namespace ui {
namespace {

using namespace gateway::model; // the words of the model, all through this file

template<class Value>
using Words = std::pair<Value, const char*>;

constexpr std::array hashSources{
    Words<HashOn::Source>{HashOn::Source::Address, "address"},
    Words<HashOn::Source>{HashOn::Source::Consumer, "consumer"},
    Words<HashOn::Source>{HashOn::Source::Header, "header"},
    Words<HashOn::Source>{HashOn::Source::Cookie, "cookie"},
};

constexpr std::array retryKinds{
    Words<bool Retries::*>{&Retries::onConnectFailure, "connect-failure"},
    Words<bool Retries::*>{&Retries::onRefusedStream, "refused-stream"},
    Words<bool Retries::*>{&Retries::onReset, "reset"},
    Words<bool Retries::*>{&Retries::onTimeout, "timeout"},
};

template<class Known, class Value>
QString wordOf(const Known& known, Value value) {
    const auto at =
        std::find_if(known.begin(), known.end(), [&](const auto& pair) { return pair.first == value; });
    return QString::fromLatin1(at->second);
}

template<class Known, class Value>
void takeWord(Value& value, const Known& known, const QString& word) {
    const auto at = std::find_if(known.begin(), known.end(),
                                 [&](const auto& pair) { return word == QLatin1String(pair.second); });
    if (at != known.end()) {
        value = at->first;
    }
}

QString targetsText(const std::vector<Target>& targets) {
    QList<QStringList> rows;
    for (const Target& target : targets) {
        rows.push_back(
            {hostPortText(target.host, target.port), QString::number(target.weight), flagText(target.drain)});
    }
    return rowsText(rows);
}

std::vector<Target> targetsOf(const FormValues& values, FieldProblems& problems) {
    const QString field = QStringLiteral("targets");
    std::vector<Target> targets;
    for (const QStringList& row : rowsOf(values.value(field), 3)) {
        const auto address = parseHostPort(row[0]);
        const auto weight = parseNumber(row[1].trimmed().isEmpty() ? QStringLiteral("1") : row[1], 1, 1000);
        if (!address) {
            addMissing(problems, {{field, address.error()}});
        } else if (!weight) {
            addMissing(problems, {{field, QStringLiteral("A weight is a whole number from 1 to 1000")}});
        } else {
            targets.push_back(
                {address->host, address->port, static_cast<std::uint32_t>(*weight), row[2] == u"1"});
        }
    }
    if (targets.empty()) {
        addMissing(problems, {{field, QStringLiteral("A service needs at least one target")}});
    }
    return targets;
}

QString statusesText(const std::vector<std::uint16_t>& statuses) {
    QStringList texts;
    for (const std::uint16_t status : statuses) {
        texts.push_back(QString::number(status));
    }
    return texts.join(QStringLiteral(", "));
}

std::vector<std::uint16_t> statusesOf(const FormValues& values, FieldProblems& problems) {
    const QString field = QStringLiteral("retryStatuses");
    std::vector<std::uint16_t> statuses;
    for (const std::string& word : parseList(values.value(field))) {
        const auto status = parseNumber(QString::fromStdString(word), 100, 599);
        if (status) {
            statuses.push_back(static_cast<std::uint16_t>(*status));
        } else {
            addMissing(problems, {{field, QStringLiteral("A status is a number such as 503")}});
        }
    }
    std::sort(statuses.begin(), statuses.end());
    statuses.erase(std::unique(statuses.begin(), statuses.end()), statuses.end());
    return statuses;
}

/// Reads one field after the other; the first thing wrong with each is kept.
class Reader {
public:
    Reader(const FormValues& values, FieldProblems& problems)
        : m_values(values)
        , m_problems(problems) {}

    void duration(std::chrono::milliseconds& to, const QString& field) {
        takeValue(to, parseDuration(m_values.value(field)), field, m_problems);
    }
    void optionalDuration(std::chrono::milliseconds& to, const QString& field) {
        takeValue(to, parseOptionalDuration(m_values.value(field)), field, m_problems);
    }
    void number(std::uint32_t& to, const QString& field, std::int64_t least, std::int64_t most) {
        takeValue(to, parseNumber(m_values.value(field), least, most), field, m_problems);
    }
    void percent(std::uint32_t& to, const QString& field, std::int64_t least) {
        takeValue(to, parsePercent(m_values.value(field), least, 100), field, m_problems);
    }

private:
    const FormValues& m_values;
    FieldProblems& m_problems;
};

void addHealth(FormValues& values, const Service& service) {
    // What stands in a section that is off is what it begins with when it is switched on.
    HealthCheck usual;
    usual.path = "/healthz";
    const HealthCheck health = service.health.value_or(usual);
    const Outlier outlier = service.outlier.value_or(Outlier{});
    const Breaker breaker = service.breaker.value_or(Breaker{});
    values.insert({
        {QStringLiteral("health"), flagText(service.health.has_value())},
        {QStringLiteral("healthPath"), QString::fromStdString(health.path)},
        {QStringLiteral("healthInterval"), durationInputText(health.interval)},
        {QStringLiteral("healthTimeout"), durationInputText(health.timeout)},
        {QStringLiteral("unhealthyAfter"), QString::number(health.unhealthyAfter)},
        {QStringLiteral("healthyAfter"), QString::number(health.healthyAfter)},
        {QStringLiteral("outlier"), flagText(service.outlier.has_value())},
        {QStringLiteral("outlierErrors"), QString::number(outlier.consecutiveErrors)},
        {QStringLiteral("outlierEject"), durationInputText(outlier.eject)},
        {QStringLiteral("outlierPercent"), percentInputText(outlier.atMostPercent)},
        {QStringLiteral("breaker"), flagText(service.breaker.has_value())},
        {QStringLiteral("breakerRatio"), percentInputText(breaker.errorRatioPercent)},
        {QStringLiteral("breakerSamples"), QString::number(breaker.samples)},
        {QStringLiteral("breakerOpen"), durationInputText(breaker.open)},
        {QStringLiteral("breakerRecover"), optionalDurationText(breaker.recover)},
    });
}

void addRetries(FormValues& values, const Retries& retries) {
    QStringList kinds;
    for (const auto& [kind, word] : retryKinds) {
        if (retries.*kind) {
            kinds.push_back(QString::fromLatin1(word));
        }
    }
    values.insert({
        {QStringLiteral("retryAttempts"), QString::number(retries.attempts)},
        {QStringLiteral("retryOn"), kinds.join(QStringLiteral(", "))},
        {QStringLiteral("retryStatuses"), statusesText(retries.statuses)},
        {QStringLiteral("retryBudget"), percentInputText(retries.budgetPercent)},
    });
}

void readHealth(Service& service, const FormValues& values, FieldProblems& problems) {
    Reader reader(values, problems);
    if (isOn(values, QStringLiteral("health"))) {
        HealthCheck health;
        health.path = trimmedValue(values, QStringLiteral("healthPath"));
        reader.duration(health.interval, QStringLiteral("healthInterval"));
        reader.duration(health.timeout, QStringLiteral("healthTimeout"));
        reader.number(health.unhealthyAfter, QStringLiteral("unhealthyAfter"), 1, 1000);
        reader.number(health.healthyAfter, QStringLiteral("healthyAfter"), 1, 1000);
        service.health = std::move(health);
    }
    if (isOn(values, QStringLiteral("outlier"))) {
        Outlier outlier;
        reader.number(outlier.consecutiveErrors, QStringLiteral("outlierErrors"), 1, 1'000'000);
        reader.duration(outlier.eject, QStringLiteral("outlierEject"));
        reader.percent(outlier.atMostPercent, QStringLiteral("outlierPercent"), 1);
        service.outlier = outlier;
    }
    if (isOn(values, QStringLiteral("breaker"))) {
        Breaker breaker;
        reader.percent(breaker.errorRatioPercent, QStringLiteral("breakerRatio"), 1);
        reader.number(breaker.samples, QStringLiteral("breakerSamples"), 1, 1'000'000);
        reader.duration(breaker.open, QStringLiteral("breakerOpen"));
        reader.optionalDuration(breaker.recover, QStringLiteral("breakerRecover"));
        service.breaker = breaker;
    }
}

Retries retriesOf(const FormValues& values, FieldProblems& problems) {
    Retries retries;
    Reader reader(values, problems);
    reader.number(retries.attempts, QStringLiteral("retryAttempts"), 0, 10);
    const auto kinds = parseList(values.value(QStringLiteral("retryOn")));
    for (const auto& [kind, word] : retryKinds) {
        retries.*kind = std::find(kinds.begin(), kinds.end(), word) != kinds.end();
    }
    retries.statuses = statusesOf(values, problems);
    reader.percent(retries.budgetPercent, QStringLiteral("retryBudget"), 0);
    return retries;
}

} // namespace

FormValues ServiceForm::toForm(const Service& service) {
    FormValues values = {
        {QStringLiteral("name"), QString::fromStdString(service.name)},
        {QStringLiteral("targets"), targetsText(service.targets)},
        {QStringLiteral("balance"), QString::fromStdString(std::string(balanceWord(service.balance)))},
        {QStringLiteral("hashSource"), wordOf(hashSources, service.hashOn.source)},
        {QStringLiteral("hashName"), QString::fromStdString(service.hashOn.name)},
        {QStringLiteral("slowStart"), optionalDurationText(service.slowStart)},
        {QStringLiteral("concurrency"), optionalNumberText(service.concurrency)},
        {QStringLiteral("connect"), durationInputText(service.timeouts.connect)},
        {QStringLiteral("response"), durationInputText(service.timeouts.response)},
        {QStringLiteral("idle"), durationInputText(service.timeouts.idle)},
        {QStringLiteral("attempt"), optionalDurationText(service.timeouts.attempt)},
        {QStringLiteral("request"), optionalDurationText(service.timeouts.request)},
    };
    addHealth(values, service);
    addRetries(values, service.retries);
    return values;
}

Service ServiceForm::fromForm(const FormValues& values, ServiceId id, FieldProblems& problems) {
    Service service;
    service.id = id;
    service.name = trimmedValue(values, QStringLiteral("name"));
    service.targets = targetsOf(values, problems);
    service.balance =
        parseBalance(trimmedValue(values, QStringLiteral("balance"))).value_or(Balance::RoundRobin);
    if (service.balance == Balance::ConsistentHash) {
        takeWord(service.hashOn.source, hashSources, values.value(QStringLiteral("hashSource")));
        if (service.hashOn.source == HashOn::Source::Header ||
            service.hashOn.source == HashOn::Source::Cookie) {
            service.hashOn.name = trimmedValue(values, QStringLiteral("hashName"));
        }
    }
    Reader reader(values, problems);
    reader.optionalDuration(service.slowStart, QStringLiteral("slowStart"));
    takeValue(service.concurrency,
              parseOptionalNumber(values.value(QStringLiteral("concurrency")), 1'000'000),
              QStringLiteral("concurrency"), problems);
    readHealth(service, values, problems);
    service.retries = retriesOf(values, problems);
    reader.duration(service.timeouts.connect, QStringLiteral("connect"));
    reader.duration(service.timeouts.response, QStringLiteral("response"));
    reader.duration(service.timeouts.idle, QStringLiteral("idle"));
    reader.optionalDuration(service.timeouts.attempt, QStringLiteral("attempt"));
    reader.optionalDuration(service.timeouts.request, QStringLiteral("request"));
    return service;
}

FieldPaths ServiceForm::paths() {
    return {
        {QStringLiteral("services.name"), QStringLiteral("name")},
        {QStringLiteral("targets"), QStringLiteral("targets")},
        {QStringLiteral("balance"), QStringLiteral("balance")},
        {QStringLiteral("hash_on.name"), QStringLiteral("hashName")},
        {QStringLiteral("hash_on.header"), QStringLiteral("hashName")},
        {QStringLiteral("hash_on.cookie"), QStringLiteral("hashName")},
        {QStringLiteral("hash_on"), QStringLiteral("hashSource")},
        {QStringLiteral("slow_start"), QStringLiteral("slowStart")},
        {QStringLiteral("concurrency"), QStringLiteral("concurrency")},
        {QStringLiteral("health.path"), QStringLiteral("healthPath")},
        {QStringLiteral("health.interval"), QStringLiteral("healthInterval")},
        {QStringLiteral("health.timeout"), QStringLiteral("healthTimeout")},
        {QStringLiteral("health.unhealthy_after"), QStringLiteral("unhealthyAfter")},
        {QStringLiteral("health.healthy_after"), QStringLiteral("healthyAfter")},
        {QStringLiteral("health"), QStringLiteral("healthPath")},
        {QStringLiteral("outlier.consecutive_errors"), QStringLiteral("outlierErrors")},
        {QStringLiteral("outlier.eject"), QStringLiteral("outlierEject")},
        {QStringLiteral("outlier.at_most"), QStringLiteral("outlierPercent")},
        {QStringLiteral("outlier"), QStringLiteral("outlierErrors")},
        {QStringLiteral("breaker.error_ratio"), QStringLiteral("breakerRatio")},
        {QStringLiteral("breaker.samples"), QStringLiteral("breakerSamples")},
        {QStringLiteral("breaker.open"), QStringLiteral("breakerOpen")},
        {QStringLiteral("breaker.recover"), QStringLiteral("breakerRecover")},
        {QStringLiteral("breaker"), QStringLiteral("breakerRatio")},
        {QStringLiteral("retries.attempts"), QStringLiteral("retryAttempts")},
        {QStringLiteral("retries.on"), QStringLiteral("retryStatuses")},
        {QStringLiteral("retries.statuses"), QStringLiteral("retryStatuses")},
        {QStringLiteral("retries.budget"), QStringLiteral("retryBudget")},
        {QStringLiteral("retries"), QStringLiteral("retryAttempts")},
        {QStringLiteral("timeouts.connect"), QStringLiteral("connect")},
        {QStringLiteral("timeouts.response"), QStringLiteral("response")},
        {QStringLiteral("timeouts.idle"), QStringLiteral("idle")},
        {QStringLiteral("timeouts.attempt"), QStringLiteral("attempt")},
        {QStringLiteral("timeouts.request"), QStringLiteral("request")},
        {QStringLiteral("timeouts"), QStringLiteral("connect")},
    };
}

} // namespace ui
