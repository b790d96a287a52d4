#include "gateway/runtime/conditions.h"
#include "gateway/runtime/engine_state.h"

namespace gateway::runtime {

bool Engine::isRunning() const noexcept {
    return m_state->running;
}

std::vector<std::pair<std::string, std::string>> Engine::addresses() const {
    std::vector<std::pair<std::string, std::string>> addresses;
    for (const auto& [key, listener] : m_state->open) {
        addresses.emplace_back(listener.name, listener.address);
    }
    std::sort(addresses.begin(), addresses.end());
    return addresses;
}

unsigned Engine::workerCount() const noexcept {
    return static_cast<unsigned>(m_state->cells.size());
}

metrics::MetricsFrame Engine::sample() {
    State& state = *m_state;
    state.takeDownRetired();
    const Monotonic now = state.clock.now();
    metrics::MetricsFrame frame =
        state.collector.collect(pointersTo(state.cells), state.shapes, state.clock.wallTime(), now);
    if (state.snapshot) {
        fillConditions(frame, *state.snapshot->tables(), state.health, now);
    }
    return frame;
}

void Engine::setEndpoints(std::uint32_t targetIndex, std::vector<net::Endpoint> endpoints) {
    m_state->setEndpoints(targetIndex, std::move(endpoints));
}

std::vector<Engine::KeyUse> Engine::takeKeyUses() {
    KeyUseSums uses = std::exchange(m_state->keyUses, {});
    for (const auto& worker : m_state->workers) {
        worker->takeKeyUses(uses);
    }
    std::vector<KeyUse> taken;
    taken.reserve(uses.size());
    for (const auto& [key, use] : uses) {
        taken.push_back({model::KeyId{key}, WallTime(std::chrono::minutes(use.minute)), use.times});
    }
    return taken;
}

auth::KeyTable& Engine::keys() noexcept {
    return m_state->keys;
}

std::vector<metrics::CallRecord> Engine::takeCalls() {
    std::vector<metrics::CallRecord> calls = std::exchange(m_state->calls, {});
    for (const auto& worker : m_state->workers) {
        worker->takeCalls(calls);
    }
    return calls;
}

auth::Revocations& Engine::revocations() noexcept {
    return m_state->revocations;
}

auth::IdentityClient& Engine::identity() noexcept {
    return m_state->identity;
}

crypto::SecretValues& Engine::secrets() noexcept {
    return m_state->secrets;
}

void Engine::setIdentityKeys(std::vector<crypto::PrivateKey> keys) {
    // The ones that are refused are none of the kind that it makes itself.
    static_cast<void>(m_state->signer.setKeys(keys));
}

crypto::PrivateKeys& Engine::privateKeys() noexcept {
    return m_state->privateKeys;
}

net::StapleStore& Engine::staples() noexcept {
    return net::TlsServer::staplesOf(*m_state->tls);
}

net::AlpnChallenges& Engine::alpnChallenges() noexcept {
    return net::TlsServer::challengesOf(*m_state->tls);
}

http::ChallengeTable& Engine::httpChallenges() noexcept {
    return m_state->httpChallenges;
}

const routing::Router& routerOf(const Snapshot& snapshot) {
    return snapshot.tables()->router;
}
const model::Config& configOf(const Snapshot& snapshot) {
    return snapshot.config();
}

} // namespace gateway::runtime
