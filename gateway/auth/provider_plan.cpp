#include "gateway/auth/provider_plan.h"

#include <algorithm>
#include <openssl/evp.h>

namespace gateway::auth {

namespace {

bool isSame(const VerificationKey& a, const VerificationKey& b) {
    if (a.id != b.id || a.kind != b.kind || a.algorithm != b.algorithm || a.secret != b.secret) {
        return false;
    }
    if (!a.key || !b.key) {
        return a.key == b.key;
    }
    return EVP_PKEY_eq(a.key.get(), b.key.get()) == 1;
}

bool isSame(const KeySet& a, const KeySet& b) {
    return a.leftOut() == b.leftOut() &&
           std::equal(
               a.keys().begin(), a.keys().end(), b.keys().begin(), b.keys().end(),
               [](const VerificationKey& one, const VerificationKey& other) { return isSame(one, other); });
}

} // namespace

void ProviderKeys::set(std::shared_ptr<const KeySet> keys) {
    const std::lock_guard lock(m_mutex);
    if (keys == m_keys || (keys && m_keys && isSame(*keys, *m_keys))) {
        return;
    }
    m_keys = std::move(keys);
    // After the keys: who sees the new number finds at least these.
    m_generation.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const KeySet> ProviderKeys::current() const {
    const std::lock_guard lock(m_mutex);
    return m_keys;
}

} // namespace gateway::auth
