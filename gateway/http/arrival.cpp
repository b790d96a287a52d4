#include "gateway/http/arrival.h"

#include "gateway/http/h2_session.h"
#include "gateway/http/proxy_header.h"

#include <utility>

namespace gateway::http {
namespace {

using namespace std::chrono_literals;

constexpr auto drainGrace = 300ms; // for a request that is on its way behind the handshake
constexpr std::string_view challengeProtocol = "acme-tls/1";

} // namespace

Arrival::Arrival(SessionHost& host, net::StreamPointer stream, model::ListenerId listener, Client client,
                 Plan plan)
    : ClientConnection(listener)
    , m_host(host)
    , m_stream(std::move(stream))
    , m_timer(host.loop().timers(), this, &Arrival::onTimer)
    , m_client(std::move(client))
    , m_plan(std::move(plan)) {}

Arrival::~Arrival() {
    if (m_stream != nullptr) {
        m_stream->close();
    }
}

void Arrival::start() {
    m_stream->setHandler(this);
    m_timer.set(m_host.listener(listenerId()).timeouts.header);
    if (m_plan.proxyHeader) {
        m_stream->read(m_in);
    } else {
        secure();
    }
}

void Arrival::onRead(std::size_t /*bytes*/, net::StreamEnd end) {
    if (end != net::StreamEnd::None) {
        die(false);
        return;
    }
    const ProxyHeader header = readProxyHeader(m_in.readable());
    switch (header.verdict) {
    case ProxyHeader::Verdict::NeedMore:
        m_stream->read(m_in);
        return;
    case ProxyHeader::Verdict::Bad:
        m_host.onArrival(ArrivalOutcome::ProxyHeaderBad);
        die(true);
        return;
    case ProxyHeader::Verdict::Good:
        break;
    }
    m_in.consume(header.size);
    if (header.client) {
        if (!m_host.countClient(*this, *header.client)) {
            die(true);
            return;
        }
        m_client.proxyAddress = std::exchange(m_client.address, header.client->addressText());
    }
    if (m_plan.tls != nullptr) {
        secure();
    } else {
        becomeSession();
    }
}

void Arrival::secure() {
    m_stream->secure(std::move(m_plan.tls), m_in.readable());
    m_in.giveBack();
}

void Arrival::onSecured(const std::string& failure) {
    if (!failure.empty()) {
        m_host.onArrival(ArrivalOutcome::HandshakeFailed);
        die(false);
        return;
    }
    m_client.tls = m_stream->tlsInfo();
    m_host.onArrival(m_client.tls->resumed ? ArrivalOutcome::HandshakeResumed
                                           : ArrivalOutcome::HandshakeFull);
    if (m_client.tls->protocol == challengeProtocol) {
        die(false); // the handshake was all that the authority wanted to see (RFC 8737)
        return;
    }
    becomeSession();
}

void Arrival::becomeSession() {
    m_isOver = true;
    m_timer.clear();
    const auto start = [&](auto session, auto&&... received) {
        auto& started = *session;
        m_host.replaceConnection(*this, std::move(session));
        started.start(std::forward<decltype(received)>(received)...);
        if (m_draining) {
            started.drain();
        }
    };
    if (m_client.tls != nullptr && m_client.tls->protocol == "h2") {
        start(std::make_unique<H2Session>(m_host, std::move(m_stream), listenerId(), std::move(m_client),
                                          std::move(m_in)));
    } else {
        start(std::make_unique<Session>(m_host, std::move(m_stream), listenerId(), std::move(m_client)),
              std::move(m_in));
    }
}

void Arrival::drain() {
    m_draining = true;
    m_timer.set(drainGrace);
}

std::size_t Arrival::cut() {
    die(true);
    return 0;
}

void Arrival::onTimer(void* self) {
    auto& arrival = *static_cast<Arrival*>(self);
    if (arrival.m_client.tls == nullptr && arrival.m_stream->isSecure()) {
        arrival.m_host.onArrival(ArrivalOutcome::HandshakeFailed);
    }
    arrival.die(true);
}

void Arrival::die(bool reset) {
    if (std::exchange(m_isOver, true)) {
        return;
    }
    m_timer.clear();
    m_stream->close(reset);
    // Whoever called may be using this still.
    m_host.loop().defer([this] { m_host.onConnectionOver(*this); });
}

} // namespace gateway::http
