#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/config.h"
#include "gateway/runtime/engine.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The field line that shows a key.
[[nodiscard]] inline std::string keyField(const std::string& key) {
    return "X-API-Key: " + key + "\r\n";
}

/// A real engine on loopback for tests: takes a Config, listens on a port that the system chooses, waits
/// until it is live. The configuration can be changed while it runs.
class TestGateway {
public:
    explicit TestGateway(unsigned workers = 2, std::string accessLog = {});
    /// The same with time that a test moves by hand; time limits of connections then never pass by
    /// themselves.
    TestGateway(const gateway::Clock& clock, unsigned workers);
    explicit TestGateway(gateway::runtime::EngineOptions options);
    ~TestGateway();

    /// Publishes `config`; gives ids to what has none. False with error() set.
    bool publish(gateway::model::Config config);
    [[nodiscard]] const std::string& error() const { return m_error; }
    [[nodiscard]] std::uint16_t port() const;
    /// An active key for the consumer; returns what to send.
    [[nodiscard]] std::string issueKey(const std::string& consumer, gateway::model::KeyState state = {},
                                       std::optional<gateway::WallTime> expires = {});
    void setKeyState(const std::string& secret, gateway::model::KeyState state);
    /// Drains and returns the number of requests that were cut.
    std::size_t drain(std::chrono::milliseconds deadline = std::chrono::seconds(20));

    [[nodiscard]] gateway::runtime::Engine& engine() { return m_engine; }
    [[nodiscard]] const gateway::model::Config& config() const { return m_config; }

    /// A listener "public", tiers, consumer "acme" (tier "pro"), a service on the target, and route "open"
    /// for /open/* without policies and "closed" for /closed/* with a key.
    [[nodiscard]] static gateway::model::Config basicConfig(const std::vector<std::uint16_t>& targetPorts);

private:
    gateway::SystemClock m_systemClock;
    const gateway::Clock& m_clock;
    gateway::runtime::Engine m_engine;
    gateway::model::Config m_config;
    std::vector<gateway::model::ApiKey> m_keys;
    std::uint64_t m_nextId = 1;
    std::uint64_t m_nextKey = 1;
    gateway::model::RevisionNumber m_revision = 0;
    std::string m_error;
};
