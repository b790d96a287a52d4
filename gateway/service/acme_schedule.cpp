#include "gateway/service/acme_schedule.h"

#include "gateway/service/control_json.h"

#include <QDateTime>
#include <algorithm>

namespace gateway::service {

namespace {

constexpr std::chrono::seconds retryFirst{300};
constexpr std::chrono::seconds retryMost{12 * 3600};
constexpr unsigned doublingsMax = 16;
constexpr double retrySpread = 0.2;

/// In [0, 1), the same for the same certificate.
double fractionOf(const crypto::CertificateInfo& certificate) noexcept {
    std::uint64_t seed = 0;
    for (const char c : certificate.fingerprint) {
        seed = mixBits(seed ^ static_cast<unsigned char>(c));
    }
    return Random(seed).fraction();
}

WallTime::duration partOf(WallTime::duration whole, double fraction) noexcept {
    return WallTime::duration(
        static_cast<WallTime::duration::rep>(static_cast<double>(whole.count()) * fraction));
}

std::optional<WallTime> readTime(const std::string& text) {
    const QDateTime time = QDateTime::fromString(QString::fromStdString(text), Qt::ISODateWithMs);
    if (!time.isValid()) {
        return std::nullopt;
    }
    return WallTime(std::chrono::milliseconds(time.toMSecsSinceEpoch()));
}

} // namespace

std::optional<RenewalWindow> readRenewalWindow(const std::string& json) {
    const auto answer = nlohmann::json::parse(json, nullptr, false);
    const auto window = answer.is_object() ? answer.find("suggestedWindow") : answer.end();
    if (window == answer.end() || !window->is_object()) {
        return std::nullopt;
    }
    const auto start = readTime(textOf(*window, "start"));
    const auto end = readTime(textOf(*window, "end"));
    if (!start || !end || *end < *start) {
        return std::nullopt;
    }
    return RenewalWindow{*start, *end};
}

WallTime plannedRenewal(const crypto::CertificateInfo& certificate) noexcept {
    const WallTime::duration lifetime = certificate.notAfter - certificate.notBefore;
    return crypto::warnsFrom(certificate) - partOf(lifetime / 30, fractionOf(certificate));
}

WallTime plannedRenewal(const crypto::CertificateInfo& certificate, const RenewalWindow& window) noexcept {
    return window.start + partOf(window.end - window.start, fractionOf(certificate));
}

std::chrono::seconds retryDelay(unsigned failures, std::optional<std::chrono::seconds> retryAfter,
                                Random& random) {
    const unsigned doublings = std::min(std::max(failures, 1U) - 1, doublingsMax);
    const auto plain = std::min(retryFirst * (std::int64_t{1} << doublings), retryMost);
    const double factor = 1 - retrySpread + 2 * retrySpread * random.fraction();
    const std::chrono::seconds delay(static_cast<std::int64_t>(static_cast<double>(plain.count()) * factor));
    return std::max(delay, retryAfter.value_or(std::chrono::seconds(0)));
}

std::string timeText(WallTime time) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    return QDateTime::fromSecsSinceEpoch(seconds, Qt::UTC)
        .toString(QStringLiteral("yyyy-MM-dd hh:mm"))
        .append(QStringLiteral(" UTC"))
        .toStdString();
}

} // namespace gateway::service
