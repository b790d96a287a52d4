#include "gateway/http/challenge_table.h"

#include <utility>

namespace gateway::http {

std::string ChallengeTable::find(std::string_view path) const {
    if (isEmpty() || path.substr(0, pathPrefix.size()) != pathPrefix) {
        return {};
    }
    const std::scoped_lock lock(m_mutex);
    const auto at = m_answers.find(path.substr(pathPrefix.size()));
    return at != m_answers.end() ? at->second : std::string();
}

void ChallengeTable::put(std::string token, std::string keyAuthorization) {
    const std::scoped_lock lock(m_mutex);
    m_answers.insert_or_assign(std::move(token), std::move(keyAuthorization));
    m_size.store(m_answers.size(), std::memory_order_relaxed);
}

void ChallengeTable::remove(std::string_view token) {
    const std::scoped_lock lock(m_mutex);
    if (const auto at = m_answers.find(token); at != m_answers.end()) {
        m_answers.erase(at);
        m_size.store(m_answers.size(), std::memory_order_relaxed);
    }
}

} // namespace gateway::http
