#include "gateway/service/caller_means.h"

#include <algorithm>

namespace gateway::service {

KeyRoll::Entry& KeyRoll::put(const model::ApiKey& key, Held*& held) {
    held = nullptr;
    Entry& entry = m_entries[key.consumer.value];
    if (key.state != model::KeyState::Active || (key.expires && *key.expires <= m_now)) {
        ++entry.refused;
        return entry;
    }
    KeyTerms terms{key.scopes, key.addresses};
    std::sort(terms.scopes.begin(), terms.scopes.end());
    const KeyTerms* shared = &*m_terms.insert(std::move(terms)).first;
    const auto at = std::find_if(entry.held.begin(), entry.held.end(),
                                 [shared](const Held& item) { return item.terms == shared; });
    held = at != entry.held.end() ? &*at : &entry.held.emplace_back(Held{shared, {}});
    return entry;
}

void KeyRoll::add(const model::ApiKey& key) {
    Held* held = nullptr;
    put(key, held);
}

void KeyRoll::addNamed(const model::ApiKey& key) {
    Held* held = nullptr;
    put(key, held);
    if (held != nullptr) {
        held->names.push_back(key.name);
    }
}

void KeyRoll::fill(model::ConsumerId consumer, CallerMeans& means) const {
    means.keys.clear();
    means.keysRefused = 0;
    const auto at = m_entries.find(consumer.value);
    if (at == m_entries.end()) {
        return;
    }
    for (const Held& held : at->second.held) {
        means.keys.push_back({held.terms, held.names});
    }
    means.keysRefused = at->second.refused;
}

MeansFinder::MeansFinder(const model::Config& config)
    : m_config(config) {
    for (const model::IdentityProvider& provider : config.identityProviders) {
        if (!provider.consumerClaim.empty()) {
            m_naming.push_back(&provider);
        }
    }
}

void MeansFinder::fill(const model::Consumer& consumer, CallerMeans& means) const {
    means.consumer = &consumer;
    means.hasCertificate = false;
    means.tokens = m_naming;
    for (const model::ConsumerIdentity& identity : consumer.identities) {
        if (identity.kind != model::ConsumerIdentity::Kind::Subject) {
            means.hasCertificate = true;
            continue;
        }
        const model::IdentityProvider* provider = m_config.identityProviders.find(identity.provider);
        if (provider != nullptr &&
            std::find(means.tokens.begin(), means.tokens.end(), provider) == means.tokens.end()) {
            means.tokens.push_back(provider);
        }
    }
}

} // namespace gateway::service
