#include "gateway/upstream/health_probe.h"

#include <utility>

namespace gateway::upstream {
namespace {

constexpr http::HeadLimits answerLimits{16 * 1024, 8 * 1024, 200};

} // namespace

HealthProbe::HealthProbe(const ProbeParts& parts, const TargetPlan& target,
                         const model::HealthCheck& settings)
    : m_parts(parts)
    , m_settings(settings)
    , m_address(target.address)
    , m_endpoints(target.endpoints)
    , m_state(target.state)
    , m_targetIndex(target.index)
    , m_due(parts.loop.timers(), this, [](void* self) { static_cast<HealthProbe*>(self)->onDue(); })
    , m_timeout(parts.loop.timers(), this, [](void* self) { static_cast<HealthProbe*>(self)->onTimeout(); }) {
    scheduleFirst();
}

HealthProbe::~HealthProbe() {
    finish();
}

void HealthProbe::update(const TargetPlan& target, const model::HealthCheck& settings) {
    m_endpoints = target.endpoints;
    const auto interval = std::exchange(m_settings, settings).interval;
    if (interval != settings.interval) {
        scheduleFirst();
    }
}

void HealthProbe::forget() {
    finish();
    m_state->setHealthy(true, m_parts.loop.clock().now());
    m_parts.board.clear(m_targetIndex);
}

void HealthProbe::scheduleFirst() {
    const auto interval = std::chrono::nanoseconds(m_settings.interval);
    m_due.set(std::chrono::nanoseconds(
        static_cast<std::int64_t>(m_parts.random.fraction() * static_cast<double>(interval.count()))));
}

// One check

void HealthProbe::onDue() {
    // One that still waits for its answer is followed by the next as soon as it is over.
    if (!m_stream) {
        begin();
    }
}

void HealthProbe::begin() {
    m_due.set(m_settings.interval);
    const auto& endpoints = m_parts.pools.endpointsOf(m_targetIndex, m_endpoints);
    if (endpoints.empty()) {
        bad("the name has no address.");
        return;
    }
    m_timeout.set(m_settings.timeout);
    m_stream = net::Stream::create(m_parts.loop);
    m_stream->setHandler(this);
    m_stream->connect(endpoints[m_turn++ % endpoints.size()]);
}

void HealthProbe::onConnected(net::StreamEnd end) {
    if (end == net::StreamEnd::Exhausted) {
        // Says nothing about the target.
        finish();
        return;
    }
    if (end != net::StreamEnd::None) {
        bad("no connection could be made.");
        return;
    }
    const std::string request =
        "GET " + m_settings.path + " HTTP/1.1\r\nHost: " + m_address +
        "\r\nUser-Agent: gatehouse-health\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    const iovec all{const_cast<char*>(request.data()), request.size()};
    // A fresh socket takes far more than this; a peer that is gone is told by the read side.
    if (m_stream->write(&all, 1) == 0) {
        bad("the request could not be sent.");
        return;
    }
    m_scanner.reset();
    m_stream->read(m_in);
}

void HealthProbe::onRead(std::size_t bytes, net::StreamEnd end) {
    if (end != net::StreamEnd::None || bytes == 0) {
        bad("the connection broke before an answer came.");
        return;
    }
    readHead();
}

void HealthProbe::readHead() {
    while (m_stream) {
        const std::string_view data = m_in.readable();
        const auto result = m_scanner.scan(data);
        if (result == http::HeadScanner::Result::Incomplete) {
            if (data.size() >= answerLimits.headBytesMax) {
                bad("the head of the answer is too large.");
                return;
            }
            if (m_in.size() > 0 && m_in.writable() == 0) {
                m_in.grow(m_in.capacity() * 4);
            }
            m_stream->read(m_in);
            return;
        }
        const std::size_t headBytes = m_scanner.headSize();
        if (result == http::HeadScanner::Result::Malformed ||
            http::parseResponseHead(data.substr(0, headBytes), http::Method::Get, answerLimits, m_head)) {
            bad("the answer is not HTTP.");
            return;
        }
        if (m_head.status >= 200) {
            answered(m_head.status);
            return;
        }
        m_in.consume(headBytes);
        m_scanner.reset();
    }
}

void HealthProbe::answered(int status) {
    if (status < 400) {
        good();
    } else {
        bad("the answer was " + std::to_string(status) + ".");
    }
}

void HealthProbe::onTimeout() {
    bad("there was no answer in time.");
}

// What it means

void HealthProbe::good() {
    finish();
    m_badInARow = 0;
    ++m_goodInARow;
    if (m_state->isHealthy() || m_goodInARow >= m_settings.healthyAfter) {
        m_state->setHealthy(true, m_parts.loop.clock().now());
        m_parts.board.clear(m_targetIndex);
    }
}

void HealthProbe::bad(const std::string& what) {
    finish();
    m_goodInARow = 0;
    ++m_badInARow;
    m_parts.board.set(m_targetIndex, "GET " + m_settings.path + ": " + what);
    if (m_badInARow >= m_settings.unhealthyAfter) {
        m_state->setHealthy(false, m_parts.loop.clock().now());
    }
}

void HealthProbe::finish() {
    m_timeout.clear();
    if (const net::StreamPointer stream = std::exchange(m_stream, nullptr)) {
        stream->close();
        if (!m_due.isSet()) {
            m_due.set(std::chrono::nanoseconds{0});
        }
    }
    m_in.giveBack();
}

} // namespace gateway::upstream
