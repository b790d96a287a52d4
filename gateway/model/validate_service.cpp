#include "gateway/model/validate_service.h"

#include "gateway/base/ip_literal.h"
#include "gateway/model/document.h"
#include "gateway/model/names.h"
#include "gateway/model/path_pattern.h"
#include "gateway/model/scalars.h"
#include "gateway/model/service_words.h"

#include <algorithm>
#include <set>

namespace gateway::model {
namespace {

using namespace std::chrono_literals;

// Bounds against slips of the unit; whoever needs more has another problem.
constexpr std::size_t targetsMax = 1000;
constexpr std::uint64_t concurrencyMax = 1'000'000;
constexpr std::uint64_t checksInARowMax = 100;
constexpr std::uint64_t errorsInARowMax = 1000;
constexpr std::uint64_t samplesMax = 100'000;
constexpr std::uint64_t attemptsMax = 10;
constexpr std::size_t hashNameMax = 256;
constexpr std::size_t unixPathBytesMax = 107; // of sockaddr_un, its closing zero aside
// Below, the checks themselves are the load, and a state is over before anybody could see it.
constexpr auto shortest = 10ms;

void checkTargetAddress(const Target& target, const std::string& field, Reporter& report) {
    constexpr std::string_view unixPrefix = "unix:";
    if (target.host.starts_with(unixPrefix)) {
        const std::string_view path = std::string_view(target.host).substr(unixPrefix.size());
        if (!path.starts_with('/') || path.size() > unixPathBytesMax || !isCleanUtf8(path, false)) {
            report.range(field, "a Unix socket is written as unix:/path, with at most " +
                                    std::to_string(unixPathBytesMax) + " bytes in its path");
        }
        if (target.port != 0) {
            report.range(field, "a Unix socket has no port");
        }
        return;
    }
    if (!parseIpLiteral(target.host) && !isHostName(target.host)) {
        report.range(field, quote(target.host) + " is neither an IP address nor a host name");
    }
    if (target.port == 0) {
        report.range(field, "the port must be from 1 to 65535");
    }
}

void checkTargets(const Service& service, Reporter& report) {
    if (service.targets.empty()) {
        report.range("targets", "a service needs at least one target");
    }
    if (service.targets.size() > targetsMax) {
        report.range("targets", "more than " + std::to_string(targetsMax) + " targets are not possible");
    }
    std::set<std::pair<std::string, std::uint16_t>> seen;
    for (std::size_t i = 0; i < service.targets.size(); ++i) {
        const Target& target = service.targets[i];
        const std::string field = indexed("targets", i);
        checkTargetAddress(target, field, report);
        report.unlessWithin(field + ".weight", target.weight, 1, 1000);
        if (!seen.emplace(lowerCase(target.host), target.port).second) {
            report.add(Problem::Kind::Duplicate, field,
                       "the target " + addressOf(target) + " is there twice");
        }
    }
}

void checkHashOn(const Service& service, Reporter& report) {
    const HashOn& hashOn = service.hashOn;
    if (service.balance != Balance::ConsistentHash) {
        if (hashOn != HashOn{}) {
            report.range("hash_on", hashOnNeedsConsistentHash);
        }
        return;
    }
    switch (hashOn.source) {
    case HashOn::Source::Address:
    case HashOn::Source::Consumer:
        if (!hashOn.name.empty()) {
            report.range("hash_on", "only a header or a cookie has a name");
        }
        break;
    case HashOn::Source::Header:
        if (!isToken(hashOn.name) || hashOn.name.size() > hashNameMax) {
            report.range("hash_on.header", "must be the name of a header field, such as X-User");
        }
        break;
    case HashOn::Source::Cookie:
        if (!isToken(hashOn.name) || hashOn.name.size() > hashNameMax) {
            report.range("hash_on.cookie", "must be the name of a cookie, such as session");
        }
        break;
    }
}

// A path as it stands in a request line (RFC 9112, 3.2.1), of visible ASCII; the target gets it as it is.
bool isRequestTarget(std::string_view text) {
    const auto hex = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool escape = c == '%' && i + 2 < text.size() && hex(text[i + 1]) && hex(text[i + 2]);
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F ||
            (c == '%' && !escape) || std::string_view("\"#<>\\^`{|}").find(c) != std::string_view::npos) {
            return false;
        }
    }
    return !text.empty() && text.front() == '/' && text.size() <= pathBytesMax;
}

void checkHealth(const Service& service, const HealthCheck& health, Reporter& report) {
    if (health.grpc) {
        if (service.protocol == Protocol::Http1) {
            report.range("health.grpc", "needs a service that speaks http2 or grpc");
        }
        if (!health.path.empty()) {
            report.range("health.path", "a check asks either for a path or by gRPC");
        }
        if (health.grpcService.size() > 256 || !isCleanUtf8(health.grpcService, false)) {
            report.range(
                "health.grpc",
                "must be the name of a gRPC service, such as shop.Orders; \"\" is the server as a whole");
        }
    } else if (!isRequestTarget(health.path)) {
        report.range("health.path", "must be a path such as /healthz: it begins with \"/\", and spaces and "
                                    "other special characters are percent-encoded");
    }
    report.unlessWithin("health.interval", health.interval, shortest);
    report.unlessWithin("health.timeout", health.timeout);
    if (health.timeout > health.interval) {
        report.range("health.timeout", "must not be longer than the interval of " +
                                           formatDuration(health.interval) +
                                           ": a check ends before the next begins");
    }
    report.unlessWithin("health.unhealthy_after", health.unhealthyAfter, 1, checksInARowMax);
    report.unlessWithin("health.healthy_after", health.healthyAfter, 1, checksInARowMax);
}

void unlessPercentWithin(Reporter& report, const std::string& field, std::uint32_t value,
                         std::uint32_t least) {
    if (value < least || value > 100) {
        report.range(field, "must be from " + formatPercent(least) + " to 100%");
    }
}

void checkOutlier(const Outlier& outlier, Reporter& report) {
    report.unlessWithin("outlier.consecutive_errors", outlier.consecutiveErrors, 1, errorsInARowMax);
    report.unlessWithin("outlier.eject", outlier.eject, shortest);
    unlessPercentWithin(report, "outlier.at_most", outlier.atMostPercent, 1);
}

void checkBreaker(const Breaker& breaker, Reporter& report) {
    unlessPercentWithin(report, "breaker.error_ratio", breaker.errorRatioPercent, 1);
    report.unlessWithin("breaker.samples", breaker.samples, 1, samplesMax);
    report.unlessWithin("breaker.open", breaker.open, shortest);
    report.unlessWithin("breaker.recover", breaker.recover, 0ms);
}

void checkTimeouts(const Service::Timeouts& timeouts, Reporter& report) {
    report.unlessWithin("timeouts.connect", timeouts.connect);
    report.unlessWithin("timeouts.response", timeouts.response);
    report.unlessWithin("timeouts.idle", timeouts.idle);
    report.unlessWithin("timeouts.attempt", timeouts.attempt, 0ms);
    report.unlessWithin("timeouts.request", timeouts.request, 0ms);
    report.unlessWithin("timeouts.stream_idle", timeouts.streamIdle, 1ms, 24h);
    report.unlessWithin("timeouts.stream_lifetime", timeouts.streamLifetime, 0ms, 24h * 365);
    if (timeouts.request > 0ms && timeouts.attempt > timeouts.request) {
        report.range("timeouts.attempt", "must not be longer than the " + formatDuration(timeouts.request) +
                                             " that the whole request has");
    }
}

void checkRetries(const Retries& retries, Reporter& report) {
    report.unlessWithin("retries.attempts", retries.attempts, 0, attemptsMax);
    unlessPercentWithin(report, "retries.budget", retries.budgetPercent, 0);
    const std::vector<std::uint16_t>& statuses = retries.statuses;
    const auto wrong = std::find_if_not(statuses.begin(), statuses.end(), isRetryStatus);
    if (wrong != statuses.end()) {
        report.range("retries.on", "an answer of " + std::to_string(*wrong) +
                                       " is no reason for another try; 429 and 500 to 599 can be");
    } else if (std::adjacent_find(statuses.begin(), statuses.end(), std::greater_equal<>()) !=
               statuses.end()) {
        report.range("retries.on", "the statuses must be in ascending order, each of them once");
    }
    if (retries.attempts > 0 && retryReasons(retries).empty()) {
        report.range("retries.on", "needs a reason for another try; attempts: 0 switches retries off");
    }
}

} // namespace

void checkService(const Service& service, Reporter& report) {
    checkTargets(service, report);
    checkHashOn(service, report);
    report.unlessWithin("slow_start", service.slowStart, 0ms);
    report.unlessWithin("concurrency", service.concurrency, 0, concurrencyMax);
    if (service.health) {
        checkHealth(service, *service.health, report);
    }
    if (service.outlier) {
        checkOutlier(*service.outlier, report);
    }
    if (service.breaker) {
        checkBreaker(*service.breaker, report);
    }
    checkTimeouts(service.timeouts, report);
    checkRetries(service.retries, report);
    if (service.retries.onUnavailable && service.protocol != Protocol::Grpc) {
        report.range("retries.on",
                     "\"unavailable\" is a status of gRPC: the service must have protocol: grpc");
    }
}

} // namespace gateway::model
