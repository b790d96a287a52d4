#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace gateway::upstream {

/// What the last failed health check of each target said. Any thread; off the way of requests.
class HealthBoard {
public:
    void set(std::uint32_t targetIndex, std::string sentence) {
        const std::lock_guard lock(m_mutex);
        m_sentences.insert_or_assign(targetIndex, std::move(sentence));
    }
    void clear(std::uint32_t targetIndex) {
        const std::lock_guard lock(m_mutex);
        m_sentences.erase(targetIndex);
    }
    /// Empty: the last check was good, or there was none.
    [[nodiscard]] std::string sentenceOf(std::uint32_t targetIndex) const {
        const std::lock_guard lock(m_mutex);
        const auto at = m_sentences.find(targetIndex);
        return at != m_sentences.end() ? at->second : std::string();
    }

private:
    mutable std::mutex m_mutex;
    std::unordered_map<std::uint32_t, std::string> m_sentences; ///< by target index; guarded by m_mutex
};

} // namespace gateway::upstream
