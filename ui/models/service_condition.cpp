#include "ui/models/service_condition.h"

#include "ui/models/table_text.h"
#include "ui/models/target_tally.h"
#include "ui/number_text.h"

#include <algorithm>

namespace ui {

using gateway::metrics::BreakerCondition;
using gateway::metrics::ServiceTraffic;
using gateway::metrics::TargetCondition;
using gateway::metrics::TargetTraffic;
using gateway::model::Service;
using gateway::model::Target;

namespace {

QString healthyText(const TargetTally& tally) {
    return QStringLiteral("%1/%2 healthy").arg(tally.serving).arg(tally.wanted);
}

QString tallyDetail(const TargetTally& tally) {
    QStringList parts;
    if (tally.unhealthy > 0) {
        parts.push_back(QStringLiteral("%1 unhealthy").arg(tally.unhealthy));
    }
    if (tally.ejected > 0) {
        parts.push_back(QStringLiteral("%1 ejected").arg(tally.ejected));
    }
    if (tally.drained > 0) {
        parts.push_back(QStringLiteral("%1 drained").arg(tally.drained));
    }
    return parts.isEmpty() ? QString() : QStringLiteral("Targets: %1.").arg(parts.join(QStringLiteral(", ")));
}

Condition byTargets(const Service& service, const TargetTally& tally,
                    const std::optional<TrafficRate>& rate) {
    const QString detail = tallyDetail(tally);
    if (tally.isDrained()) {
        return {QStringLiteral("Drained"), Tone::Warn,
                QStringLiteral("No target gets requests: all are drained.")};
    }
    if (tally.serving == 0) {
        return {healthyText(tally), Tone::Bad, detail};
    }
    if (rate && (rate->failureShare >= 0.5 || tally.failing >= tally.wanted)) {
        return {QStringLiteral("Failing"), Tone::Bad, QStringLiteral("Half of the requests fail, or more.")};
    }
    if (tally.serving < tally.wanted) {
        return {healthyText(tally), Tone::Warn, detail};
    }
    if (rate && (rate->isFailing() || tally.failing > 0)) {
        return {QStringLiteral("Degraded"), Tone::Warn, QStringLiteral("One request in ten fails, or more.")};
    }
    if (!rate && !service.health) {
        return {QStringLiteral("No traffic"), Tone::Neutral,
                QStringLiteral("Without requests and health checks nothing is known of its targets.")};
    }
    return {healthyText(tally), Tone::Ok, detail};
}

} // namespace

Condition conditionOf(const TargetTraffic& target, bool isChecked) {
    const QString told = toQString(target.conditionDetail);
    switch (target.condition) {
    case TargetCondition::Available:
        if (isFailing(target)) {
            return {QStringLiteral("Failing"), Tone::Bad,
                    QStringLiteral("Half of its requests fail, or more.")};
        }
        if (target.requests == 0 && !isChecked) {
            return {QStringLiteral("Idle"), Tone::Neutral, told};
        }
        return {QStringLiteral("Healthy"), Tone::Ok, told};
    case TargetCondition::Warming:
        return {QStringLiteral("Warming up"), Tone::Accent,
                told.isEmpty() ? QStringLiteral("It is back and gets a growing share.") : told};
    case TargetCondition::Unhealthy:
        return {QStringLiteral("Unhealthy"), Tone::Bad,
                told.isEmpty() ? QStringLiteral("Its health checks fail; it gets no requests.") : told};
    case TargetCondition::Ejected:
        return {target.ejectedFor ? QStringLiteral("Ejected · %1").arg(durationText(*target.ejectedFor))
                                  : QStringLiteral("Ejected"),
                Tone::Bad,
                told.isEmpty() ? QStringLiteral("It failed request after request and gets none for a while.")
                               : told};
    case TargetCondition::Draining:
        if (target.requestsActive > 0) {
            return {QStringLiteral("Draining · %1").arg(target.requestsActive), Tone::Warn,
                    QStringLiteral("It gets no new requests; %1 to finish.")
                        .arg(target.requestsActive == 1
                                 ? QStringLiteral("one is still")
                                 : QStringLiteral("%1 are still").arg(target.requestsActive))};
        }
        return {QStringLiteral("Drained"), Tone::Neutral,
                QStringLiteral("It gets no requests and has none in flight.")};
    }
    return {};
}

Condition conditionOf(const Target& target) {
    return target.drain
               ? Condition{QStringLiteral("Drained"), Tone::Neutral, QStringLiteral("It gets no requests.")}
               : Condition{QStringLiteral("No data"), Tone::Neutral,
                           QStringLiteral("The gateway has told nothing of it yet.")};
}

Condition conditionOf(const Service& service, const ServiceTraffic* live,
                      const std::optional<TrafficRate>& rate) {
    if (live == nullptr) {
        return {QStringLiteral("No data"), Tone::Neutral, QStringLiteral("The gateway does not run.")};
    }
    const TargetTally tally = tallyOf(*live);
    if (live->breaker == BreakerCondition::Open) {
        return {QStringLiteral("Breaker open"), Tone::Bad,
                QStringLiteral("Too many requests failed: all are answered with 503 for now. %1")
                    .arg(tallyDetail(tally))
                    .trimmed()};
    }
    if (live->panicking) {
        return {QStringLiteral("Panic · %1").arg(healthyText(tally)), Tone::Bad,
                QStringLiteral("Too few targets are healthy, so that all of them are asked. %1")
                    .arg(tallyDetail(tally))
                    .trimmed()};
    }
    if (live->breaker == BreakerCondition::Recovering) {
        return {QStringLiteral("Recovering"), Tone::Warn,
                QStringLiteral("The breaker lets a growing share of the requests pass. %1")
                    .arg(tallyDetail(tally))
                    .trimmed()};
    }
    return byTargets(service, tally, rate);
}

bool isLastInService(const Service& service, const std::string& address, const ServiceTraffic* live) {
    return std::none_of(service.targets.begin(), service.targets.end(), [&](const Target& target) {
        const std::string other = addressOf(target);
        if (target.drain || other == address) {
            return false;
        }
        if (live == nullptr) {
            return true;
        }
        const TargetTraffic* known = findTarget(live->targets, other);
        return known == nullptr || getsRequests(*known);
    });
}

QString trafficText(const TargetTraffic& target, double seconds) {
    const auto perSecond = [seconds](std::uint64_t count) {
        return rateText(static_cast<double>(count) / seconds);
    };
    return QStringLiteral("%1 req/s · %2 errors/s · %3 in flight · %4 open")
        .arg(perSecond(target.requests), perSecond(target.failures),
             countText(static_cast<qint64>(target.requestsActive)),
             countText(static_cast<qint64>(target.connectionsOpen)));
}

} // namespace ui
