#include "gateway/http/session.h"

#include "gateway/http/refusals.h"
#include <algorithm>
#include <utility>

namespace gateway::http {
namespace {

using namespace std::chrono_literals;

constexpr auto lingerFor = 2s;     // how long a client may go on sending into a connection that is closing
constexpr auto drainGrace = 300ms; // for requests that were on their way when the gateway began to stop

constexpr Refusal headTimeout{408, "request-timeout", "The request's head did not arrive in time."};

} // namespace

Session::Session(SessionHost& host, net::StreamPointer stream, model::ListenerId listener, Client client)
    : ClientConnection(listener)
    , m_host(host)
    , m_stream(std::move(stream))
    , m_timer(host.loop().timers(), this, &Session::onTimer)
    , m_client(std::move(client)) {}

Session::~Session() {
    if (m_stream != nullptr) {
        m_stream->close();
    }
    giveBodyBack();
}

void Session::start(net::Buffer received) {
    m_stream->setHandler(this);
    m_in = std::move(received);
    if (m_in.size() > 0) {
        process();
        return;
    }
    armRead();
    armTimer();
}

// Ending

void Session::closeAfterResponse() {
    // Closing with unread bytes in the socket would reset the connection and could take the answer away from
    // the client.
    if (m_body != nullptr || m_in.size() > 0 || m_isTunnel) {
        linger();
    } else {
        die(false);
    }
}

void Session::linger() {
    m_phase = Phase::Closing;
    m_in.consume(m_in.size());
    m_readFull = false;
    m_stream->shutdownWrite();
    setTimer(Waiting::Linger, lingerFor);
    armRead();
}

void Session::die(bool reset) {
    if (m_phase == Phase::Dead) {
        return;
    }
    m_phase = Phase::Dead;
    m_timer.clear();
    m_stream->close(reset);
    // The exchange and the session itself may be on the stack now; they are told and taken down from the
    // loop.
    m_host.loop().defer([this] {
        if (m_exchange != nullptr) {
            std::exchange(m_exchange, nullptr)->onClientGone();
        }
        m_host.onConnectionOver(*this);
    });
}

void Session::drain() {
    m_draining = true;
    if (m_phase == Phase::Head && m_in.size() == 0) {
        setTimer(Waiting::Idle, drainGrace);
    }
}

std::size_t Session::cut() {
    const bool serving = m_phase == Phase::Serving && (m_exchange != nullptr || m_unsent != nullptr);
    die(serving);
    return serving ? 1 : 0;
}

// Time limits: one timer, for what the session waits for now.

void Session::armTimer() {
    const auto& timeouts = listener().timeouts;
    if (m_phase == Phase::Closing || m_phase == Phase::Dead) {
        return;
    }
    if (m_unsent != nullptr) {
        // Set again only when the client takes something: what it sends buys it no time.
        if (m_waiting != Waiting::Write || !m_timer.isSet()) {
            setTimer(Waiting::Write, timeouts.write);
        }
    } else if (m_phase == Phase::Head && m_in.size() > 0) {
        // Counted from the first byte: a head that comes byte by byte gets no extra time.
        if (m_waiting != Waiting::Head || !m_timer.isSet()) {
            setTimer(Waiting::Head, timeouts.header);
        }
    } else if (m_phase == Phase::Head) {
        if (m_draining) {
            setTimer(Waiting::Idle, drainGrace);
        } else {
            setTimer(Waiting::Idle, timeouts.idle);
        }
    } else if (m_body != nullptr && !m_bodyPaused && !m_isStream) {
        armBodyTimer(timeouts);
    } else {
        if (m_body != nullptr) {
            m_body->stopClock(m_host.loop().clock().now());
        }
        m_waiting = Waiting::Nothing;
        m_timer.clear();
    }
}

/// Two limits in one timer: silence, and the average since the body began.
void Session::armBodyTimer(const model::Listener::Timeouts& timeouts) {
    std::chrono::nanoseconds delay = timeouts.body;
    // A client that was told to wait for a 100 owes nothing yet.
    if (timeouts.bodyMinRate > 0 && !m_expectsContinue) {
        const Monotonic now = m_host.loop().clock().now();
        m_body->startClock(now);
        delay = std::clamp<std::chrono::nanoseconds>(m_body->tooSlowAt(timeouts.bodyMinRate) - now,
                                                     std::chrono::nanoseconds{0}, delay);
    }
    setTimer(Waiting::Body, delay);
}

void Session::setTimer(Waiting waiting, std::chrono::nanoseconds delay) {
    m_waiting = waiting;
    m_timer.set(delay);
}

void Session::onTimer(void* self) {
    auto& session = *static_cast<Session*>(self);
    session.expire(std::exchange(session.m_waiting, Waiting::Nothing));
}

void Session::expire(Waiting waiting) {
    switch (waiting) {
    case Waiting::Nothing:
        break;
    case Waiting::Head:
        refuse(m_host.requestHead() = RequestHead{}, headTimeout);
        break;
    case Waiting::Body:
        failBody(refusals::bodyTimeout);
        break;
    case Waiting::Idle:
    case Waiting::Linger:
        die(false);
        break;
    case Waiting::Write:
        die(true);
        break;
    }
}

} // namespace gateway::http
