#include "gateway/auth/token_cache.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace gateway::auth {

namespace {

constexpr std::size_t ways = 8;

} // namespace

TokenCache::TokenCache(std::size_t entries)
    : m_entries(std::max((entries + ways - 1) / ways, std::size_t{1}) * ways) {}

TokenCache::Entry* TokenCache::setOf(const Sha256& hash) noexcept {
    // Only tokens that a provider signed come in here, so that nobody can fill one set on purpose.
    std::uint64_t bits = 0;
    std::memcpy(&bits, hash.data(), sizeof bits);
    return m_entries.data() + bits % (m_entries.size() / ways) * ways;
}

TokenCache::Entry* TokenCache::find(const Sha256& hash, std::uint64_t rules) noexcept {
    Entry* set = setOf(hash);
    for (std::size_t way = 0; way < ways; ++way) {
        Entry& entry = set[way];
        if (entry.token && entry.rules == rules && entry.hash == hash) {
            entry.isRecent = true;
            return &entry;
        }
    }
    return nullptr;
}

TokenCache::Entry& TokenCache::victimOf(Entry* set) noexcept {
    Entry* const end = set + ways;
    if (Entry* free = std::find_if(set, end, [](const Entry& entry) { return !entry.token; }); free != end) {
        return *free;
    }
    // A second chance for those that were asked for; after one round of chances somebody has to go.
    for (std::size_t tried = 0; tried < ways; ++tried) {
        Entry& entry = set[m_turn++ % ways];
        if (!std::exchange(entry.isRecent, false)) {
            return entry;
        }
    }
    return set[m_turn++ % ways];
}

TokenCache::Entry& TokenCache::put(const Sha256& hash, std::uint64_t rules, TokenPointer token) {
    Entry* same = find(hash, rules);
    Entry& entry = same != nullptr ? *same : victimOf(setOf(hash));
    m_size += entry.token ? 0 : 1;
    entry = Entry{.hash = hash, .rules = rules, .token = std::move(token)};
    return entry;
}

void TokenCache::erase(Entry& entry) noexcept {
    m_size -= entry.token ? 1 : 0;
    entry = Entry{};
}

} // namespace gateway::auth
