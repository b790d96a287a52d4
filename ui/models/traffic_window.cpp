#include "ui/models/traffic_window.h"

#include <algorithm>
#include <utility>

namespace ui {

void TrafficWindow::push(std::vector<Sample> samples, double seconds) {
    m_frames.push_back(Frame{std::move(samples), seconds});
    addUp(m_frames.back(), 1.0);
    if (m_frames.size() > framesMax) {
        addUp(m_frames.front(), -1.0);
        m_frames.pop_front();
    }
}

void TrafficWindow::addUp(const Frame& frame, double sign) {
    m_seconds += sign * frame.seconds;
    for (const Sample& sample : frame.samples) {
        Sum& sum = m_sums[sample.id];
        sum.requests += sign * sample.requests;
        sum.failures += sign * sample.failures;
        sum.limited += sign * sample.limited;
        sum.p95Weighted += sign * sample.p95Ms * sample.requests;
        sum.p99Weighted += sign * sample.p99Ms * sample.requests;
        sum.retries += sign * sample.retries;
        // Counts are whole numbers, so that a window without requests comes back to nothing exactly.
        if (sum.requests < 0.5 && sum.failures < 0.5 && sum.limited < 0.5 && sum.retries < 0.5) {
            m_sums.erase(sample.id);
        }
    }
}

std::optional<TrafficRate> TrafficWindow::rate(quint64 id) const {
    const auto at = m_sums.find(id);
    if (at == m_sums.end() || m_seconds <= 0) {
        return std::nullopt;
    }
    const Sum& sum = at->second;
    TrafficRate rate;
    rate.requestsPerSecond = sum.requests / m_seconds;
    rate.failuresPerSecond = sum.failures / m_seconds;
    rate.limitedPerSecond = sum.limited / m_seconds;
    rate.retriesPerSecond = sum.retries / m_seconds;
    if (sum.requests > 0) {
        rate.p95Ms = sum.p95Weighted / sum.requests;
        rate.p99Ms = sum.p99Weighted / sum.requests;
        rate.failureShare = std::min(1.0, sum.failures / sum.requests);
    } else {
        rate.failureShare = sum.failures > 0 ? 1.0 : 0.0;
    }
    return rate;
}

void TrafficWindow::clear() {
    m_frames.clear();
    m_sums.clear();
    m_seconds = 0;
}

std::vector<TrafficWindow::Sample> routeSamples(const gateway::metrics::MetricsFrame& frame) {
    std::vector<TrafficWindow::Sample> samples;
    samples.reserve(frame.routes.size());
    for (const auto& route : frame.routes) {
        samples.push_back({route.route.value, static_cast<double>(route.counts.requests),
                           static_cast<double>(route.counts.byClass[5]),
                           static_cast<double>(route.counts.rateLimited), route.counts.p95Ms, 0, 0});
    }
    return samples;
}

std::vector<TrafficWindow::Sample> serviceSamples(const gateway::metrics::MetricsFrame& frame) {
    std::vector<TrafficWindow::Sample> samples;
    for (const auto& service : frame.services) {
        if (service.counts.requests > 0 || service.failures > 0 || service.retries > 0) {
            samples.push_back({.id = service.service.value,
                               .requests = static_cast<double>(service.counts.requests),
                               .failures = static_cast<double>(service.failures),
                               .p95Ms = service.counts.p95Ms,
                               .p99Ms = service.counts.p99Ms,
                               .retries = static_cast<double>(service.retries)});
        }
    }
    return samples;
}

std::vector<TrafficWindow::Sample> tierSamples(const gateway::metrics::MetricsFrame& frame) {
    std::vector<TrafficWindow::Sample> samples;
    for (const auto& tier : frame.tiers) {
        samples.push_back({tier.tier.value, static_cast<double>(tier.requests), 0,
                           static_cast<double>(tier.rateLimited), 0, 0, 0});
    }
    return samples;
}

std::vector<TrafficWindow::Sample> consumerSamples(const gateway::metrics::MetricsFrame& frame) {
    std::vector<TrafficWindow::Sample> samples;
    for (const auto& consumer : frame.consumers) {
        samples.push_back({consumer.consumer.value, static_cast<double>(consumer.requests), 0,
                           static_cast<double>(consumer.rateLimited), 0, 0, 0});
    }
    return samples;
}

double frameSeconds(const gateway::metrics::MetricsFrame& frame) {
    return std::chrono::duration<double>(frame.interval).count();
}

} // namespace ui
