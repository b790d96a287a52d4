#include "gateway/net/staple_store.h"

#include <mutex>
#include <utility>

namespace gateway::net {

void StapleStore::put(const std::string& fingerprint, std::string response, WallTime expires) {
    Staple staple{std::make_shared<const std::string>(std::move(response)), expires};
    const std::lock_guard lock(m_mutex);
    m_staples.insert_or_assign(fingerprint, std::move(staple));
}

void StapleStore::erase(const std::string& fingerprint) {
    const std::lock_guard lock(m_mutex);
    m_staples.erase(fingerprint);
}

std::shared_ptr<const std::string> StapleStore::find(const std::string& fingerprint) const {
    const std::shared_lock lock(m_mutex);
    const auto found = m_staples.find(fingerprint);
    // A client takes an answer that is over for a bad sign, none at all for none.
    if (found == m_staples.end() || found->second.expires <= m_clock.wallTime()) {
        return nullptr;
    }
    return found->second.response;
}

} // namespace gateway::net
