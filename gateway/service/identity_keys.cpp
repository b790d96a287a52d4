#include "gateway/service/identity_keys.h"

#include "gateway/crypto/vault.h"

#include <algorithm>

namespace gateway::service {

using crypto::PrivateKey;

namespace {

/// Who makes keys that nobody asked for by name.
constexpr const char* actor = "gatehouse";

} // namespace

bool signsTokens(const model::Config& config) {
    return std::any_of(config.policies.begin(), config.policies.end(), [](const model::Policy& policy) {
        return policy.identity && !policy.identity->token.empty();
    });
}

Result<bool> IdentityKeys::load() {
    const auto names = m_secrets.list(Secrets::identityPurpose);
    if (!names) {
        return fail(names.error());
    }
    const bool isSame = names->size() == m_keys.size() &&
                        std::all_of(names->begin(), names->end(), [this](const SecretName& name) {
                            return std::any_of(m_keys.begin(), m_keys.end(), [&name](const Key& key) {
                                return key.key.fingerprint() == name.name;
                            });
                        });
    if (isSame) {
        return false;
    }
    std::vector<Key> loaded;
    for (const SecretName& name : *names) {
        auto der = m_secrets.get(Secrets::identityPurpose, name.name);
        if (!der) {
            return fail(der.error());
        }
        auto key = PrivateKey::fromDer(*der);
        crypto::wipe(*der);
        if (!key) {
            return fail(key.error());
        }
        loaded.push_back({std::move(*key), name.created});
    }
    std::sort(loaded.begin(), loaded.end(), [](const Key& a, const Key& b) { return a.created > b.created; });
    m_keys = std::move(loaded);
    return true;
}

Result<void> IdentityKeys::make() {
    auto key = PrivateKey::generate(crypto::KeyKind::EcdsaP256);
    if (!key) {
        return fail(key.error());
    }
    std::string der = key->toDer();
    auto stored = m_secrets.put(Secrets::identityPurpose, key->fingerprint(), der, actor);
    crypto::wipe(der);
    if (!stored) {
        return stored;
    }
    m_keys.insert(m_keys.begin(),
                  {std::move(*key), std::chrono::floor<std::chrono::milliseconds>(m_clock.wallTime())});
    return {};
}

/// Those that a newer one took the place of long enough ago.
Result<void> IdentityKeys::forgetFormer() {
    const std::size_t signs = signing();
    if (signs + 1 >= m_keys.size() || m_clock.wallTime() < m_keys[signs].created + shownBefore + shownAfter) {
        return {};
    }
    while (m_keys.size() > signs + 1) {
        auto removed = m_secrets.remove(Secrets::identityPurpose, m_keys.back().key.fingerprint(), actor);
        if (!removed) {
            return removed;
        }
        m_keys.pop_back();
    }
    return {};
}

/// The newest one that was shown long enough, else the oldest.
std::size_t IdentityKeys::signing() const {
    for (std::size_t i = 0; i + 1 < m_keys.size(); ++i) {
        if (m_keys[i].created + shownBefore <= m_clock.wallTime()) {
            return i;
        }
    }
    return m_keys.empty() ? 0 : m_keys.size() - 1;
}

Result<bool> IdentityKeys::renew() {
    const std::size_t before = m_keys.size();
    const std::string signedBefore = m_signs;
    bool isMade = false;
    if (m_keys.empty() || m_keys.front().created + age <= m_clock.wallTime()) {
        if (auto made = make(); !made) {
            return fail(made.error());
        }
        isMade = true;
    }
    auto forgotten = forgetFormer();
    m_signs = m_keys[signing()].key.fingerprint();
    if (!forgotten) {
        return fail(forgotten.error());
    }
    return isMade || m_keys.size() != before || m_signs != signedBefore;
}

std::vector<PrivateKey> IdentityKeys::keys() const {
    std::vector<PrivateKey> keys;
    for (const Key& key : m_keys) {
        keys.push_back(key.key);
    }
    if (!keys.empty()) {
        std::rotate(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(signing()),
                    keys.begin() + static_cast<std::ptrdiff_t>(signing()) + 1);
    }
    return keys;
}

} // namespace gateway::service
