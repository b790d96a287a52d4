#pragma once

#include "tests/integration/test_gateway.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include <string>

/// What the cases of tests/conformance/data are played against: a gateway with one worker, in front of one
/// upstream that remembers what it was asked. The route /* is open, /closed/* needs the key.
class ConformanceGateway {
public:
    /// Rules of HTTP/1.1 are shown where nothing else is spoken.
    enum class Speaks { Http1Alone, All };
    explicit ConformanceGateway(Speaks speaks = Speaks::All);

    [[nodiscard]] bool isRunning() const { return m_running; }
    [[nodiscard]] const std::string& error() const { return m_gateway.error(); }
    [[nodiscard]] std::uint16_t port() const { return m_gateway.port(); }
    [[nodiscard]] const std::string& key() const { return m_key; }
    [[nodiscard]] support::ScriptedUpstream& upstream() { return m_upstream; }

    /// A request that must be served as usual, on this connection or on one of its own: it shows that nothing
    /// was left over that could be taken for it or for its answer.
    [[nodiscard]] bool probe(support::RawClient& client);
    [[nodiscard]] bool probe();
    [[nodiscard]] static bool isProbe(const support::WireRequest& request);
    /// What reached the upstream since `first`, probes left out.
    [[nodiscard]] std::vector<support::WireRequest> requestsSince(std::size_t first);
    /// Ends all connections; what reached the upstream is then final.
    void drain() { m_gateway.drain(); }

private:
    support::ScriptedUpstream m_upstream;
    TestGateway m_gateway{1};
    std::string m_key;
    bool m_running = false;
    int m_probes = 0;
};
