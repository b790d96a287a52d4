#include "gateway/runtime/name_table.h"

#include <algorithm>
#include <cctype>

namespace gateway::runtime {
namespace {

/// Names are the same in any case (RFC 4343).
std::string keyOf(const std::string& host) {
    std::string key = host;
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return key;
}

std::set<std::string> setOf(const std::vector<net::Endpoint>& endpoints) {
    std::set<std::string> texts;
    for (const net::Endpoint& endpoint : endpoints) {
        texts.insert(endpoint.addressText());
    }
    return texts;
}

std::vector<net::Endpoint> withPort(const std::vector<net::Endpoint>& addresses, std::uint16_t port) {
    std::vector<net::Endpoint> endpoints;
    endpoints.reserve(addresses.size());
    for (const net::Endpoint& address : addresses) {
        endpoints.push_back(address.withPort(port));
    }
    return endpoints;
}

/// Those of a family of which the answer has none.
std::vector<net::Endpoint> lackingIn(const std::vector<net::Endpoint>& answer,
                                     const std::vector<net::Endpoint>& known) {
    std::vector<net::Endpoint> lacking;
    for (const net::Endpoint& endpoint : known) {
        const bool isThere = std::any_of(answer.begin(), answer.end(), [&](const net::Endpoint& other) {
            return other.storage.ss_family == endpoint.storage.ss_family;
        });
        if (!isThere) {
            lacking.push_back(endpoint);
        }
    }
    return lacking;
}

} // namespace

bool NameTable::canChange(const std::string& host) {
    const std::string key = keyOf(host);
    return key != "localhost" && !key.ends_with(".localhost") && !net::endpointFromLiteral(host, 0);
}

std::vector<AddressChange> NameTable::setTargets(const std::vector<NamedTarget>& targets, Monotonic now) {
    std::map<std::string, Name> names;
    std::set<std::uint32_t> indices;
    std::set<std::string> moved;
    std::vector<AddressChange> changes;
    for (const NamedTarget& target : targets) {
        if (!canChange(target.host)) {
            continue;
        }
        const std::string key = keyOf(target.host);
        auto found = names.find(key);
        if (found == names.end()) {
            found = names.insert(takeOrMake(key, now)).position;
            // Servers may never have heard of a name that the system knows by other means.
            if (!found->second.isAnswered && setOf(target.endpoints) != setOf(found->second.addresses)) {
                found->second.addresses = withPort(target.endpoints, 0);
                moved.insert(key);
            }
        }
        Name& name = found->second;
        name.targets.emplace_back(target.index, target.port);
        indices.insert(target.index);
        if (!m_targets.contains(target.index) || moved.contains(key) ||
            setOf(target.endpoints) != setOf(name.addresses)) {
            changes.push_back({target.index, withPort(name.addresses, target.port)});
        }
    }
    for (const auto& [key, name] : m_names) {
        m_open -= name.isOpen ? 1 : 0;
        m_schedule.erase({name.due, key});
    }
    m_names = std::move(names);
    m_targets = std::move(indices);
    return changes;
}

std::map<std::string, NameTable::Name>::node_type NameTable::takeOrMake(const std::string& key,
                                                                        Monotonic now) {
    if (!m_names.contains(key)) {
        m_names[key].due = now;
        m_schedule.emplace(now, key);
    }
    auto node = m_names.extract(key);
    node.mapped().targets.clear();
    return node;
}

std::vector<std::string> NameTable::takeDue(Monotonic now) {
    std::vector<std::string> due;
    while (m_open < openMax && !m_schedule.empty() && m_schedule.begin()->first <= now) {
        std::string key = std::move(m_schedule.extract(m_schedule.begin()).value().second);
        m_names.at(key).isOpen = true;
        ++m_open;
        due.push_back(std::move(key));
    }
    return due;
}

std::optional<Monotonic> NameTable::nextDue() const {
    if (m_open >= openMax || m_schedule.empty()) {
        return std::nullopt;
    }
    return m_schedule.begin()->first;
}

std::vector<AddressChange> NameTable::answer(const std::string& key,
                                             const Result<net::NameAddresses>& addresses, Monotonic now) {
    const auto found = m_names.find(key);
    // A name that left while it was asked for, or left and came back and was answered since.
    if (found == m_names.end() || !found->second.isOpen) {
        return {};
    }
    Name& name = found->second;
    name.isOpen = false;
    --m_open;
    if (!addresses || addresses->endpoints.empty()) {
        schedule(key, name, now, retryAfter(name.failures++));
        return {};
    }
    name.failures = 0;
    name.isAnswered = true;
    std::vector<net::Endpoint> current = withPort(addresses->endpoints, 0);
    const auto lacking = lackingIn(current, name.addresses);
    if (!lacking.empty() && name.lacks + 1 < lacksMax) {
        schedule(key, name, now, retryAfter(name.lacks++));
        current.insert(current.end(), lacking.begin(), lacking.end());
    } else {
        schedule(key, name, now, std::clamp(addresses->ttl.value_or(ttlOfFiles), ttlMin, ttlMax));
        name.lacks = 0;
    }
    if (setOf(current) == setOf(name.addresses)) {
        return {};
    }
    name.addresses = std::move(current);
    std::vector<AddressChange> changes;
    for (const auto& [index, port] : name.targets) {
        changes.push_back({index, withPort(name.addresses, port)});
    }
    return changes;
}

std::optional<std::vector<net::Endpoint>> NameTable::endpointsOf(const std::string& host,
                                                                 std::uint16_t port) const {
    const auto found = m_names.find(keyOf(host));
    if (found == m_names.end() || !found->second.isAnswered) {
        return std::nullopt;
    }
    return withPort(found->second.addresses, port);
}

std::chrono::seconds NameTable::retryAfter(unsigned times) {
    return std::min(retryMin * (1U << std::min(times, 5U)), retryMax);
}

void NameTable::schedule(const std::string& key, Name& name, Monotonic now, std::chrono::seconds in) {
    // Later rather than earlier: a caching name server answers an early question with the old record.
    const std::chrono::milliseconds jitterMax = std::chrono::milliseconds(in) / 10;
    std::uniform_int_distribution<std::int64_t> draw(0, jitterMax.count());
    name.due = now + in + std::chrono::milliseconds(draw(m_random));
    m_schedule.emplace(name.due, key);
}

} // namespace gateway::runtime
