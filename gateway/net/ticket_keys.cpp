#include "gateway/net/ticket_keys.h"

#include <algorithm>
#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace gateway::net {

TicketKeys::~TicketKeys() {
    OPENSSL_cleanse(m_keys.data(), m_keys.size() * sizeof(Key));
}

void TicketKeys::rotate() {
    const Monotonic now = m_clock.now();
    if (!m_keys.empty() && now - m_keys.back().made < lifetime) {
        return;
    }
    std::erase_if(m_keys, [&](const Key& key) { return now - key.made >= 2 * lifetime; });
    Key key;
    key.made = now;
    const auto fill = [](auto& bytes) {
        return RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1;
    };
    if (!fill(key.name) || !fill(key.cipher) || !fill(key.mac)) {
        return;
    }
    if (m_keys.size() > 1) {
        m_keys.erase(m_keys.begin());
    }
    m_keys.push_back(key);
}

std::optional<TicketKeys::Key> TicketKeys::newest() {
    const std::lock_guard lock(m_mutex);
    rotate();
    return m_keys.empty() ? std::nullopt : std::optional<Key>(m_keys.back());
}

std::optional<TicketKeys::Found> TicketKeys::find(std::string_view name) {
    const std::lock_guard lock(m_mutex);
    rotate();
    const auto found = std::find_if(m_keys.begin(), m_keys.end(), [&](const Key& key) {
        return name == std::string_view(reinterpret_cast<const char*>(key.name.data()), key.name.size());
    });
    if (found == m_keys.end()) {
        return std::nullopt;
    }
    return Found{*found, &*found == &m_keys.back()};
}

} // namespace gateway::net
