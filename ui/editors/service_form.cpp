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
        const auto address = parseTargetAddress(row[0]);
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
    void number(std::uint32_t& to, const QString& field) {
        takeValue(to, parseCount(m_values.value(field)), field, m_problems);
    }
    void optionalNumber(std::uint32_t& to, const QString& field) {
        takeValue(to, parseOptionalCount(m_values.value(field)), field, m_problems);
    }
    void percent(std::uint32_t& to, const QString& field) {
        takeValue(to, parsePercent(m_values.value(field)), field, m_problems);
    }
    /// Words that are reasons for another try.
    void reasons(Retries& to, const QString& field) {
        for (const std::string& word : parseList(m_values.value(field))) {
            if (!addRetryReason(to, word) && !hasProblem(m_problems, field)) {
                m_problems.push_back(
                    {field, QStringLiteral("%1 is no reason for another try; 429 and 500 to 599 can be")
                                .arg(QString::fromStdString(word))});
            }
        }
    }

private:
    const FormValues& m_values;
    FieldProblems& m_problems;
};

QString grpcHealth() {
    return QStringLiteral("grpc");
}

void addTls(FormValues& values, const Service& service) {
    const Service::Tls tls = service.tls.value_or(Service::Tls{});
    values.insert({
        {QStringLiteral("protocol"), QString::fromStdString(std::string(protocolWord(service.protocol)))},
        {QStringLiteral("tls"), flagText(service.tls.has_value())},
        {QStringLiteral("tlsVerify"), flagText(tls.verify)},
        {QStringLiteral("tlsServerName"), QString::fromStdString(tls.serverName)},
        {QStringLiteral("tlsAuthority"), QString::fromStdString(tls.authority)},
        {QStringLiteral("tlsCertificate"), QString::fromStdString(tls.certificate)},
    });
}

void readTls(Service& service, const FormValues& values) {
    service.protocol =
        parseProtocol(trimmedValue(values, QStringLiteral("protocol"))).value_or(Protocol::Http1);
    if (!isOn(values, QStringLiteral("tls"))) {
        return;
    }
    Service::Tls tls;
    tls.verify = isOn(values, QStringLiteral("tlsVerify"));
    tls.serverName = trimmedValue(values, QStringLiteral("tlsServerName"));
    if (tls.verify) {
        tls.authority = trimmedValue(values, QStringLiteral("tlsAuthority"));
    }
    tls.certificate = trimmedValue(values, QStringLiteral("tlsCertificate"));
    service.tls = std::move(tls);
}

void addHealth(FormValues& values, const Service& service) {
    // What stands in a section that is off is what it begins with when it is switched on.
    HealthCheck usual;
    usual.path = "/healthz";
    const HealthCheck health = service.health.value_or(usual);
    const Outlier outlier = service.outlier.value_or(Outlier{});
    const Breaker breaker = service.breaker.value_or(Breaker{});
    values.insert({
        {QStringLiteral("health"), flagText(service.health.has_value())},
        {QStringLiteral("healthKind"), health.grpc ? grpcHealth() : QStringLiteral("path")},
        {QStringLiteral("healthPath"), QString::fromStdString(health.grpc ? usual.path : health.path)},
        {QStringLiteral("healthGrpcService"), QString::fromStdString(health.grpcService)},
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
    Retries kinds = retries;
    kinds.statuses.clear();
    Retries statuses = withoutReasons(retries);
    statuses.statuses = retries.statuses;
    values.insert({
        {QStringLiteral("retryAttempts"), QString::number(retries.attempts)},
        {QStringLiteral("retryOn"), listText(retryReasons(kinds))},
        {QStringLiteral("retryStatuses"), listText(retryReasons(statuses))},
        {QStringLiteral("retryBudget"), percentInputText(retries.budgetPercent)},
    });
}

void readHealth(Service& service, const FormValues& values, FieldProblems& problems) {
    Reader reader(values, problems);
    if (isOn(values, QStringLiteral("health"))) {
        HealthCheck health;
        health.grpc = values.value(QStringLiteral("healthKind")) == grpcHealth();
        if (health.grpc) {
            health.grpcService = trimmedValue(values, QStringLiteral("healthGrpcService"));
        } else {
            health.path = trimmedValue(values, QStringLiteral("healthPath"));
        }
        reader.duration(health.interval, QStringLiteral("healthInterval"));
        reader.duration(health.timeout, QStringLiteral("healthTimeout"));
        reader.number(health.unhealthyAfter, QStringLiteral("unhealthyAfter"));
        reader.number(health.healthyAfter, QStringLiteral("healthyAfter"));
        service.health = std::move(health);
    }
    if (isOn(values, QStringLiteral("outlier"))) {
        Outlier outlier;
        reader.number(outlier.consecutiveErrors, QStringLiteral("outlierErrors"));
        reader.duration(outlier.eject, QStringLiteral("outlierEject"));
        reader.percent(outlier.atMostPercent, QStringLiteral("outlierPercent"));
        service.outlier = outlier;
    }
    if (isOn(values, QStringLiteral("breaker"))) {
        Breaker breaker;
        reader.percent(breaker.errorRatioPercent, QStringLiteral("breakerRatio"));
        reader.number(breaker.samples, QStringLiteral("breakerSamples"));
        reader.duration(breaker.open, QStringLiteral("breakerOpen"));
        reader.optionalDuration(breaker.recover, QStringLiteral("breakerRecover"));
        service.breaker = breaker;
    }
}

Retries retriesOf(const FormValues& values, FieldProblems& problems) {
    Retries retries = withoutReasons({});
    Reader reader(values, problems);
    reader.number(retries.attempts, QStringLiteral("retryAttempts"));
    reader.reasons(retries, QStringLiteral("retryOn"));
    reader.reasons(retries, QStringLiteral("retryStatuses"));
    reader.percent(retries.budgetPercent, QStringLiteral("retryBudget"));
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
        {QStringLiteral("streamIdle"), durationInputText(service.timeouts.streamIdle)},
        {QStringLiteral("streamLifetime"), optionalDurationText(service.timeouts.streamLifetime)},
    };
    addTls(values, service);
    addHealth(values, service);
    addRetries(values, service.retries);
    return values;
}

Service ServiceForm::fromForm(const FormValues& values, ServiceId id, FieldProblems& problems) {
    Service service;
    service.id = id;
    service.name = trimmedValue(values, QStringLiteral("name"));
    readTls(service, values);
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
    reader.optionalNumber(service.concurrency, QStringLiteral("concurrency"));
    readHealth(service, values, problems);
    service.retries = retriesOf(values, problems);
    reader.duration(service.timeouts.connect, QStringLiteral("connect"));
    reader.duration(service.timeouts.response, QStringLiteral("response"));
    reader.duration(service.timeouts.idle, QStringLiteral("idle"));
    reader.optionalDuration(service.timeouts.attempt, QStringLiteral("attempt"));
    reader.optionalDuration(service.timeouts.request, QStringLiteral("request"));
    reader.duration(service.timeouts.streamIdle, QStringLiteral("streamIdle"));
    reader.optionalDuration(service.timeouts.streamLifetime, QStringLiteral("streamLifetime"));
    return service;
}

FieldPaths ServiceForm::paths() {
    return {
        {QStringLiteral("services.name"), QStringLiteral("name")},
        {QStringLiteral("targets"), QStringLiteral("targets")},
        {QStringLiteral("protocol"), QStringLiteral("protocol")},
        {QStringLiteral("tls.server_name"), QStringLiteral("tlsServerName")},
        {QStringLiteral("tls.authority"), QStringLiteral("tlsAuthority")},
        {QStringLiteral("tls.certificate"), QStringLiteral("tlsCertificate")},
        {QStringLiteral("hash_on.header"), QStringLiteral("hashName")},
        {QStringLiteral("hash_on.cookie"), QStringLiteral("hashName")},
        {QStringLiteral("hash_on"), QStringLiteral("hashSource")},
        {QStringLiteral("slow_start"), QStringLiteral("slowStart")},
        {QStringLiteral("concurrency"), QStringLiteral("concurrency")},
        {QStringLiteral("health.path"), QStringLiteral("healthPath")},
        {QStringLiteral("health.grpc"), QStringLiteral("healthKind")},
        {QStringLiteral("health.interval"), QStringLiteral("healthInterval")},
        {QStringLiteral("health.timeout"), QStringLiteral("healthTimeout")},
        {QStringLiteral("health.unhealthy_after"), QStringLiteral("unhealthyAfter")},
        {QStringLiteral("health.healthy_after"), QStringLiteral("healthyAfter")},
        {QStringLiteral("outlier.consecutive_errors"), QStringLiteral("outlierErrors")},
        {QStringLiteral("outlier.eject"), QStringLiteral("outlierEject")},
        {QStringLiteral("outlier.at_most"), QStringLiteral("outlierPercent")},
        {QStringLiteral("breaker.error_ratio"), QStringLiteral("breakerRatio")},
        {QStringLiteral("breaker.samples"), QStringLiteral("breakerSamples")},
        {QStringLiteral("breaker.open"), QStringLiteral("breakerOpen")},
        {QStringLiteral("breaker.recover"), QStringLiteral("breakerRecover")},
        {QStringLiteral("retries.attempts"), QStringLiteral("retryAttempts")},
        {QStringLiteral("retries.on"), QStringLiteral("retryStatuses")},
        {QStringLiteral("retries.budget"), QStringLiteral("retryBudget")},
        {QStringLiteral("timeouts.connect"), QStringLiteral("connect")},
        {QStringLiteral("timeouts.response"), QStringLiteral("response")},
        {QStringLiteral("timeouts.idle"), QStringLiteral("idle")},
        {QStringLiteral("timeouts.attempt"), QStringLiteral("attempt")},
        {QStringLiteral("timeouts.request"), QStringLiteral("request")},
        {QStringLiteral("timeouts.stream_idle"), QStringLiteral("streamIdle")},
        {QStringLiteral("timeouts.stream_lifetime"), QStringLiteral("streamLifetime")},
    };
}

} // namespace ui
