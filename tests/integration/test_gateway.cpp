#include "tests/integration/test_gateway.h"

#include "gateway/model/edit.h"
#include "gateway/model/validate.h"

#include <future>

using namespace gateway;

TestGateway::TestGateway(unsigned workers, std::string accessLog)
    : m_clock(m_systemClock)
    , m_engine(m_clock, runtime::EngineOptions{.workers = workers, .accessLogFile = std::move(accessLog)}) {}

TestGateway::TestGateway(const Clock& clock, unsigned workers)
    : m_clock(clock)
    , m_engine(m_clock, runtime::EngineOptions{.workers = workers, .accessLogFile = {}}) {}

TestGateway::TestGateway(runtime::EngineOptions options)
    : m_clock(m_systemClock)
    , m_engine(m_clock, std::move(options)) {}

TestGateway::~TestGateway() = default;

bool TestGateway::publish(model::Config config) {
    auto edits = model::difference(m_config, config);
    auto applied = model::applyEdits(m_config, edits, m_nextId);
    if (!applied) {
        m_error = applied.error().message;
        return false;
    }
    if (const auto problems = model::validate(*applied); !problems.empty()) {
        m_error = problems.front().path + ": " + problems.front().message;
        return false;
    }
    auto snapshot = m_engine.compile(*applied, ++m_revision);
    if (!snapshot) {
        m_error = snapshot.error().message;
        return false;
    }
    auto prepared = m_engine.prepare(*snapshot);
    if (!prepared) {
        m_error = prepared.error().message;
        return false;
    }
    std::promise<void> live;
    m_engine.apply(*snapshot, *prepared, [&] { live.set_value(); });
    live.get_future().wait();
    m_config = *applied;
    return true;
}

std::uint16_t TestGateway::port() const {
    const std::string address = m_engine.addresses().front().second;
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

std::string TestGateway::issueKey(const std::string& consumer, model::KeyState state,
                                  std::optional<WallTime> expires) {
    const std::string secret = auth::generateKey();
    model::ApiKey key;
    key.id.value = m_nextKey++;
    key.consumer = m_config.consumers.find(consumer)->id;
    key.hash = sha256(secret);
    key.state = state;
    key.expires = expires;
    m_engine.keys().put(key);
    m_keys.push_back(key);
    return secret;
}

void TestGateway::setKeyState(const std::string& secret, model::KeyState state) {
    for (model::ApiKey& key : m_keys) {
        if (key.hash == sha256(secret)) {
            key.state = state;
            m_engine.keys().put(key);
        }
    }
}

std::size_t TestGateway::drain(std::chrono::milliseconds deadline) {
    std::promise<std::size_t> done;
    m_engine.drain(deadline, [&](std::size_t cut) { done.set_value(cut); });
    return done.get_future().get();
}

model::Config TestGateway::basicConfig(const std::vector<std::uint16_t>& targetPorts) {
    model::Config config;
    model::Listener listener;
    listener.name = "public";
    listener.keyQuery = "api_key";
    listener.limits.bodyBytesMax = 8 * 1024 * 1024;
    config.listeners.put(listener);
    model::Tier pro;
    pro.name = "pro";
    pro.requests = 1000;
    pro.burst = 1000;
    config.tiers.put(pro);
    model::Consumer acme;
    acme.name = "acme";
    acme.tier = "pro";
    acme.roles = {"partner"};
    config.consumers.put(acme);
    model::Service service;
    service.name = "backend";
    for (const std::uint16_t port : targetPorts) {
        service.targets.push_back({"127.0.0.1", port, 1});
    }
    config.services.put(service);
    model::Policy policy;
    policy.name = "key";
    policy.authenticate = model::byApiKey();
    config.policies.put(policy);
    model::Route open;
    open.name = "open";
    open.match.path = "/open/*";
    open.service = "backend";
    config.routes.put(open);
    model::Route closed = open;
    closed.name = "closed";
    closed.match.path = "/closed/{id}";
    closed.match.methods = {"GET", "POST"};
    closed.rewrite = "/api/{id}";
    closed.policies = {"key"};
    config.routes.put(closed);
    model::Route partners = closed;
    partners.name = "partners";
    partners.match.path = "/partners/{id}";
    partners.authorize.roles = {"auditor"};
    config.routes.put(partners);
    return config;
}
