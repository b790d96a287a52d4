#include "gateway/crypto/secret_values.h"

#include "gateway/crypto/vault.h"

#include <utility>

namespace gateway::crypto {

SecretValues::~SecretValues() {
    for (auto& [name, value] : m_values) {
        wipe(value);
    }
}

void SecretValues::put(const std::string& name, std::string value) {
    const std::scoped_lock lock(m_mutex);
    std::string& place = m_values[name];
    wipe(place);
    place = value; // not moved: a short text would stay behind in the other one
    wipe(value);
}

void SecretValues::erase(const std::string& name) {
    const std::scoped_lock lock(m_mutex);
    if (const auto at = m_values.find(name); at != m_values.end()) {
        wipe(at->second);
        m_values.erase(at);
    }
}

std::optional<std::string> SecretValues::find(std::string_view name) const {
    const std::scoped_lock lock(m_mutex);
    const auto at = m_values.find(name);
    return at == m_values.end() ? std::nullopt : std::optional(at->second);
}

} // namespace gateway::crypto
