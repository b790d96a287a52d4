#include "tests/conformance/conformance_gateway.h"

#include <algorithm>
#include <chrono>

using namespace gateway;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view probePath = "/probe/";

model::Config configFor(std::uint16_t upstreamPort, ConformanceGateway::Speaks speaks) {
    model::Config config = TestGateway::basicConfig({upstreamPort});
    model::Listener listener = *config.listeners.begin();
    listener.limits.bodyBytesMax = 1024 * 1024;
    listener.limits.connectionsPerPeer = 0;
    listener.http2 = speaks == ConformanceGateway::Speaks::All;
    listener.webSocket = listener.http2;
    config.listeners.put(listener);
    model::Service service = *config.services.begin();
    // Each upstream behaviour is shown once.
    service.retries.attempts = 0;
    config.services.put(service);
    // For upstreams that fall silent.
    model::Service impatient = service;
    impatient.id = {};
    impatient.name = "impatient";
    impatient.timeouts.response = 200ms;
    config.services.put(impatient);
    model::Route closed;
    closed.name = "closed-path";
    closed.match.path = "/closed/*";
    closed.service = "backend";
    closed.policies = {"key"};
    model::Route all;
    all.name = "all";
    all.match.path = "/*";
    all.service = "backend";
    model::Route hang = all;
    hang.name = "hang";
    hang.match.path = "/hang/*";
    hang.service = "impatient";
    config.routes = {};
    config.routes.put(closed);
    config.routes.put(all);
    config.routes.put(hang);
    return config;
}

} // namespace

ConformanceGateway::ConformanceGateway(Speaks speaks) {
    m_running = m_gateway.publish(configFor(m_upstream.port(), speaks));
    if (m_running) {
        m_key = m_gateway.issueKey("acme");
    }
}

bool ConformanceGateway::probe(support::RawClient& client) {
    const std::string target = std::string(probePath) + std::to_string(++m_probes);
    if (!client.send("GET " + target + " HTTP/1.1\r\nHost: gw\r\n\r\n")) {
        return false;
    }
    const support::WireResponse response = client.readResponse();
    return response.status == 200 && response.complete && response.body == target;
}

bool ConformanceGateway::probe() {
    support::RawClient client(port());
    return probe(client);
}

bool ConformanceGateway::isProbe(const support::WireRequest& request) {
    return request.target().starts_with(probePath);
}

std::vector<support::WireRequest> ConformanceGateway::requestsSince(std::size_t first) {
    std::vector<support::WireRequest> requests = m_upstream.requests();
    requests.erase(requests.begin(), requests.begin() + static_cast<std::ptrdiff_t>(first));
    std::erase_if(requests, [](const support::WireRequest& request) { return isProbe(request); });
    return requests;
}
