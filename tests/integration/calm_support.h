#pragma once

#include "tests/integration/test_gateway.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <QTest>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What the tests of a calm data plane share.
namespace calm {

/// TestGateway::basicConfig with another "backend". Its own time limits are far away: a clock that is moved
/// by hand jumps over those that are near.
inline gateway::model::Config config(const std::vector<std::uint16_t>& targetPorts,
                                     const std::function<void(gateway::model::Service&)>& change) {
    gateway::model::Config config = TestGateway::basicConfig(targetPorts);
    gateway::model::Service service = *config.services.find("backend");
    service.timeouts.connect = std::chrono::minutes(10);
    service.timeouts.response = std::chrono::minutes(10);
    change(service);
    config.services.put(service);
    return config;
}

/// Looks again and again until the condition holds; false after `patience`.
inline bool eventually(const std::function<bool()>& holds) {
    return QTest::qWaitFor(holds, static_cast<int>(support::patience.count()));
}

/// Adds up the frames of a gateway, which tell differences; conditions are the latest.
class Feed {
public:
    explicit Feed(TestGateway& gateway)
        : m_gateway(gateway) {}

    /// Of the first service.
    const gateway::metrics::ServiceTraffic& look() {
        const gateway::metrics::MetricsFrame frame = m_gateway.engine().sample();
        const gateway::metrics::ServiceTraffic& now = frame.services.front();
        gateway::metrics::ServiceTraffic sum = now;
        sum.retries += m_service.retries;
        sum.retriesDenied += m_service.retriesDenied;
        sum.brokenOff += m_service.brokenOff;
        sum.overLimit += m_service.overLimit;
        sum.failures += m_service.failures;
        sum.counts.requests += m_service.counts.requests;
        for (std::size_t i = 0; i < sum.targets.size() && i < m_service.targets.size(); ++i) {
            sum.targets[i].requests += m_service.targets[i].requests;
            sum.targets[i].failures += m_service.targets[i].failures;
        }
        m_service = std::move(sum);
        return m_service;
    }

private:
    TestGateway& m_gateway;
    gateway::metrics::ServiceTraffic m_service;
};

inline std::string request(std::string_view method, std::string_view target, std::string_view body = {},
                           std::string_view fieldLines = {}) {
    std::string text(method);
    text.append(" ").append(target).append(" HTTP/1.1\r\nHost: a\r\n").append(fieldLines);
    if (!body.empty() || method == "POST") {
        text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    }
    return text.append("\r\n").append(body);
}

/// An answer with this status and body.
inline std::string answer(int status, std::string_view body = {}, std::string_view fieldLines = {}) {
    std::string text = "HTTP/1.1 " + std::to_string(status) +
                       " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    return text.append(fieldLines).append("\r\n").append(body);
}

} // namespace calm
