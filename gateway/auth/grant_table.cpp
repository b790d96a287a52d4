#include "gateway/auth/grant_table.h"

#include <algorithm>
#include <bit>

namespace gateway::auth {
namespace {

const KeyGrants noGrants;

std::vector<std::string> sorted(const std::vector<std::string>& texts) {
    std::vector<std::string> copy = texts;
    std::sort(copy.begin(), copy.end());
    copy.erase(std::unique(copy.begin(), copy.end()), copy.end());
    return copy;
}

/// What no caller ever comes from stands in for what is no address: a key that was bound to something that
/// nobody can read is good from nowhere, not from anywhere.
net::Network nowhere() {
    return *net::Network::parse("255.255.255.255");
}

KeyGrants grantsOfKey(const model::ApiKey& key) {
    KeyGrants grants;
    grants.scopes = sorted(key.scopes);
    for (const std::string& address : sorted(key.addresses)) {
        grants.addresses.push_back(net::Network::parse(address).value_or(nowhere()));
    }
    return grants;
}

/// The same text for the same grants in the same order, which is how most keys get theirs.
void writeText(const model::ApiKey& key, std::string& text) {
    text.clear();
    for (const std::string& scope : key.scopes) {
        text.append(scope).push_back('\n');
    }
    for (const std::string& address : key.addresses) {
        text.append(1, '\t').append(address).push_back('\n');
    }
}

std::size_t bytesOf(const KeyGrants& grants) {
    std::size_t bytes =
        grants.scopes.capacity() * sizeof(std::string) + grants.addresses.capacity() * sizeof(net::Network);
    for (const std::string& scope : grants.scopes) {
        bytes += scope.capacity();
    }
    return bytes;
}

} // namespace

std::uint32_t GrantTable::add(const model::ApiKey& key) {
    if (key.scopes.empty() && key.addresses.empty()) {
        return 0;
    }
    writeText(key, m_text);
    const auto [known, isNew] = m_numbers.try_emplace(m_text, m_size + 1);
    if (!isNew) {
        return known->second;
    }
    const std::uint32_t place = m_size + (1U << firstPageBits);
    const auto bits = static_cast<unsigned>(std::bit_width(place)) - 1;
    const std::size_t page = bits - firstPageBits;
    if (!m_owned[page]) {
        m_owned[page] = std::make_unique<KeyGrants[]>(std::size_t{1} << bits);
        m_bytes += (std::size_t{1} << bits) * sizeof(KeyGrants);
        m_pages[page].store(m_owned[page].get(), std::memory_order_release);
    }
    KeyGrants& grants = m_owned[page][place - (1U << bits)];
    grants = grantsOfKey(key);
    m_bytes += bytesOf(grants) + sizeof(*known) + known->first.capacity();
    return ++m_size;
}

const KeyGrants& GrantTable::at(std::uint32_t number) const noexcept {
    if (number == 0) {
        return noGrants;
    }
    const std::uint32_t place = number - 1 + (1U << firstPageBits);
    const auto bits = static_cast<unsigned>(std::bit_width(place)) - 1;
    return m_pages[bits - firstPageBits].load(std::memory_order_acquire)[place - (1U << bits)];
}

std::size_t GrantTable::memoryBytes() const noexcept {
    return sizeof(GrantTable) + m_bytes;
}

} // namespace gateway::auth
