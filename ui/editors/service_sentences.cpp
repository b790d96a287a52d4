#include "ui/editors/service_sentences.h"

#include "ui/editors/input_text.h"
#include "ui/models/table_text.h"

#include <QStringList>
#include <algorithm>

namespace ui {

using namespace gateway::model; // the words of the model, all through this file

namespace {

QString counted(std::uint64_t count, const char* one, const char* many) {
    return countText(static_cast<qint64>(count), QLatin1String(one), QLatin1String(many));
}

QString callerText(const HashOn& hashOn) {
    const QString name = hashOn.name.empty() ? QStringLiteral("…") : toQString(hashOn.name);
    switch (hashOn.source) {
    case HashOn::Source::Address:
        return QStringLiteral("from one client address");
    case HashOn::Source::Consumer:
        return QStringLiteral("of one consumer");
    case HashOn::Source::Header:
        return QStringLiteral("with the same %1 header").arg(name);
    case HashOn::Source::Cookie:
        return QStringLiteral("with the same %1 cookie").arg(name);
    }
    return {};
}

/// "a", "a or b", "a, b or c"
QString alternatives(const QStringList& items) {
    if (items.size() < 2) {
        return items.join(QString());
    }
    return QStringLiteral("%1 or %2")
        .arg(items.mid(0, items.size() - 1).join(QStringLiteral(", ")), items.last());
}

QStringList retryCauses(const Retries& retries) {
    QStringList causes;
    if (retries.onConnectFailure) {
        causes.push_back(QStringLiteral("no connection comes about"));
    }
    if (retries.onRefusedStream) {
        causes.push_back(QStringLiteral("the connection closes before a byte of the answer"));
    }
    if (retries.onReset) {
        causes.push_back(QStringLiteral("it breaks within the head of the answer"));
    }
    if (retries.onTimeout) {
        causes.push_back(QStringLiteral("a try takes too long"));
    }
    if (retries.onUnavailable) {
        causes.push_back(QStringLiteral("gRPC says UNAVAILABLE"));
    }
    QStringList statuses;
    for (const std::uint16_t status : retries.statuses) {
        statuses.push_back(QString::number(status));
    }
    if (!statuses.isEmpty()) {
        causes.push_back(QStringLiteral("the answer is %1").arg(alternatives(statuses)));
    }
    return causes;
}

} // namespace

QString balanceSentence(const Service& service) {
    switch (service.balance) {
    case Balance::RoundRobin:
        return QStringLiteral("Targets take turns; one of weight 2 gets two turns.");
    case Balance::LeastRequests:
        return QStringLiteral(
            "The target with the fewest requests in flight for its weight gets the next one.");
    case Balance::RandomTwo:
        return QStringLiteral(
            "Two targets are picked at random, and the one with fewer requests in flight gets it.");
    case Balance::ConsistentHash:
        return QStringLiteral("Requests %1 go to the same target, whoever else comes or goes.")
            .arg(callerText(service.hashOn));
    }
    return {};
}

QString slowStartSentence(std::chrono::milliseconds slowStart) {
    return slowStart.count() == 0
               ? QStringLiteral("A target that comes back gets its full share at once.")
               : QStringLiteral("A target that comes back grows to its full share over %1.")
                     .arg(durationInputText(slowStart));
}

QString concurrencySentence(std::uint32_t concurrency) {
    return concurrency == 0 ? QStringLiteral("Any number of requests may be in flight.")
                            : QStringLiteral("More than %1 in flight: 503 at once.")
                                  .arg(counted(concurrency, "request", "requests"));
}

QString healthSentence(const HealthCheck& health) {
    const QString asked = health.grpc
                              ? QStringLiteral("grpc.health.v1.Health/Check of %1")
                                    .arg(health.grpcService.empty() ? QStringLiteral("the whole server")
                                                                    : toQString(health.grpcService))
                              : QStringLiteral("GET %1").arg(health.path.empty() ? QStringLiteral("…")
                                                                                 : toQString(health.path));
    return QStringLiteral(
               "%1 on each target every %2. After %3 in a row a target gets no requests, until %4.")
        .arg(asked, durationInputText(health.interval),
             counted(health.unhealthyAfter, "failed check", "failed checks"),
             health.healthyAfter == 1
                 ? QStringLiteral("one check is good")
                 : QStringLiteral("%1 checks in a row are good").arg(health.healthyAfter));
}

QString outlierSentence(const Outlier& outlier, std::size_t targets) {
    // The rule says "but always one", so that a service of two targets is protected, too.
    const std::size_t most = std::max<std::size_t>(1, targets * outlier.atMostPercent / 100);
    return QStringLiteral(
               "After %1 in a row a target gets no requests for %2, and longer each time it happens again; "
               "at most %3 % of the targets at a time (here: %4).")
        .arg(counted(outlier.consecutiveErrors, "error", "errors"), durationInputText(outlier.eject))
        .arg(outlier.atMostPercent)
        .arg(most);
}

QString breakerSentence(const Breaker& breaker) {
    const QString after = breaker.recover.count() == 0
                              ? QStringLiteral("all pass at once")
                              : QStringLiteral("a growing share passes, all of them after another %1")
                                    .arg(durationInputText(breaker.recover));
    return QStringLiteral(
               "When %1 % of at least %2 within ten seconds fail, all are answered with 503 for %3; then %4.")
        .arg(breaker.errorRatioPercent)
        .arg(counted(breaker.samples, "request", "requests"), durationInputText(breaker.open), after);
}

QString retriesSentence(const Retries& retries) {
    const QStringList causes = retryCauses(retries);
    if (retries.attempts == 0 || causes.isEmpty()) {
        return QStringLiteral("A request that fails is not tried again.");
    }
    return QStringLiteral(
               "Up to %1 when %2, on another target where there is one. Only where it is safe: before a "
               "byte was sent, or with a method that may be repeated. At most %3 retries a hundred "
               "requests, beside three a second.")
        .arg(counted(retries.attempts, "further try", "further tries"), alternatives(causes))
        .arg(retries.budgetPercent);
}

QString protocolSentence(const Service& service) {
    switch (service.protocol) {
    case Protocol::Http1:
        return QStringLiteral("One request at a time on a connection; what every backend understands.");
    case Protocol::Http2:
        return service.tls
                   ? QStringLiteral(
                         "Many requests on one connection; a target that does not agree to h2 fails.")
                   : QStringLiteral("Many requests on one connection, in the clear by prior knowledge.");
    case Protocol::Grpc:
        return QStringLiteral("HTTP/2 and what gRPC adds: deadlines, statuses, and gRPC-Web for browsers.");
    }
    return {};
}

QString upstreamTlsSentence(const Service::Tls& tls) {
    if (!tls.verify) {
        return QStringLiteral(
            "Whoever answers at the address is believed: nothing keeps another machine from reading along.");
    }
    return QStringLiteral("A target's certificate must name %1 and be signed by %2.")
        .arg(tls.serverName.empty() ? QStringLiteral("the target's host") : toQString(tls.serverName),
             tls.authority.empty() ? QStringLiteral("an authority that the system trusts")
                                   : toQString(tls.authority));
}

QString streamsSentence(const Service::Timeouts& timeouts) {
    const QString lifetime =
        timeouts.streamLifetime.count() == 0
            ? QStringLiteral("they last as long as both sides want")
            : QStringLiteral("they end after %1").arg(durationInputText(timeouts.streamLifetime));
    return QStringLiteral("WebSockets and event streams may be silent for %1; %2.")
        .arg(durationInputText(timeouts.streamIdle), lifetime);
}

QString timeoutsSentence(const Service::Timeouts& timeouts) {
    if (timeouts.attempt.count() == 0 && timeouts.request.count() == 0) {
        return QStringLiteral("Neither a try nor the whole request has a limit beside these.");
    }
    QStringList sentences;
    if (timeouts.attempt.count() > 0) {
        sentences.push_back(
            QStringLiteral("The head of an answer must be there %1 after a try began, or the try has failed.")
                .arg(durationInputText(timeouts.attempt)));
    }
    if (timeouts.request.count() > 0) {
        sentences.push_back(QStringLiteral("All tries together, to the end of the answer, take %1 at most.")
                                .arg(durationInputText(timeouts.request)));
    }
    return sentences.join(u' ');
}

} // namespace ui
