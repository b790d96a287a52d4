#include "gateway/crypto/vault.h"
#include "gateway/service/secret_users.h"
#include "gateway/service/service_core.h"

// Secrets that the configuration refers to, and the keys by which the gateway signs.
namespace gateway::service {

namespace {

// Their changes are hours apart.
constexpr std::chrono::minutes identityKeysInterval{1};

} // namespace

/// Brings the secrets that the configuration may refer to, whichever process stored them.
void ServiceCore::takeUpSecretValues() {
    bool isChanged = false;
    const auto loaded = m_secrets->loadValues(m_engine->secrets(), m_secretNames, isChanged);
    if (!loaded && m_secretProblem.empty()) {
        m_secretProblem = loaded.error().message;
    }
    m_hasOtherSecrets = m_hasOtherSecrets || isChanged;
}

/// The running config with the secret that the engine has just got, where it needs it.
Answer<ServiceCore::Runnable> ServiceCore::tryWithSecret(const std::string& name) {
    if (!carriesTraffic() || providerThatUses(config(), name).empty()) {
        return Runnable{};
    }
    return makeRunnable(config(), revision().number, true);
}

void ServiceCore::setSecret(const std::string& name, std::string value, const std::string& author,
                            const PendingReply<bool>& reply) {
    if (!m_stores) {
        reply->answer(notOpen());
        return;
    }
    auto checked = checkSecretName(name);
    if (checked) {
        checked = checkSecret(config(), name, value);
    }
    if (!checked) {
        crypto::wipe(value);
        reply->answer(reject(std::move(checked.error())));
        return;
    }
    const auto former = m_engine->secrets().find(name);
    const auto takeBack = [&](Rejection rejection) {
        if (former) {
            m_engine->secrets().put(name, *former);
        } else {
            m_engine->secrets().erase(name);
        }
        reply->answer(tl::unexpected<Rejection>(std::move(rejection)));
    };
    const bool ranBefore = m_status.liveRevision == m_status.savedRevision;
    m_engine->secrets().put(name, value);
    auto runnable = tryWithSecret(name);
    if (!runnable && ranBefore) {
        crypto::wipe(value);
        takeBack(std::move(runnable.error()));
        return;
    }
    auto stored = m_secrets->put(Secrets::valuePurpose, name, value, author);
    crypto::wipe(value);
    if (!stored) {
        takeBack(Rejection{std::move(stored.error()), {}, 0});
        return;
    }
    m_secretNames.insert(name);
    std::ignore = takeUpSecrets();
    if (!runnable || !runnable->snapshot) {
        reply->answer(true);
        return;
    }
    m_snapshot = runnable->snapshot;
    reply->setFallback(true);
    apply(std::move(*runnable), revision().number, [reply] { reply->answer(true); });
}

Answer<std::vector<SecretName>> ServiceCore::listSecrets() {
    if (!m_stores) {
        return notOpen();
    }
    auto names = m_secrets->list(Secrets::valuePurpose);
    if (!names) {
        return reject(std::move(names.error()));
    }
    return std::move(*names);
}

Answer<bool> ServiceCore::removeSecret(const std::string& name, const std::string& author) {
    if (!m_stores) {
        return notOpen();
    }
    // What another process published may need it.
    if (const auto newer = loadNewer(); newer && *newer) {
        runLoaded(nullptr);
    }
    if (const std::string user = providerThatUses(config(), name); !user.empty()) {
        return reject(ErrorKind::Conflict, "secret-in-use",
                      "The identity provider " + user + " needs the secret " + name +
                          ". Change the provider first.");
    }
    const auto names = m_secrets->list(Secrets::valuePurpose);
    if (!names) {
        return reject(names.error());
    }
    if (std::none_of(names->begin(), names->end(),
                     [&name](const SecretName& each) { return each.name == name; })) {
        return reject(ErrorKind::Input, "no-such-secret", "There is no secret called " + name + ".");
    }
    if (auto removed = m_secrets->remove(Secrets::valuePurpose, name, author); !removed) {
        return reject(std::move(removed.error()));
    }
    m_engine->secrets().erase(name);
    m_secretNames.erase(name);
    std::ignore = takeUpSecrets();
    return true;
}

/// For a config that has the gateway sign: there is a key when this has succeeded.
Result<void> ServiceCore::prepareIdentityKeys() {
    m_identityKeysCheckedAt = m_clock.now();
    const auto loaded = m_identityKeys->load();
    if (!loaded) {
        return fail(loaded.error());
    }
    const auto renewed = m_identityKeys->renew();
    if (!renewed) {
        return fail(renewed.error());
    }
    if (*loaded || *renewed) {
        m_engine->setIdentityKeys(m_identityKeys->keys());
    }
    return {};
}

void ServiceCore::renewIdentityKeys() {
    if (!carriesTraffic() || m_clock.now() - m_identityKeysCheckedAt < identityKeysInterval ||
        !signsTokens(config())) {
        return;
    }
    m_identityKeysCheckedAt = m_clock.now();
    // A database that cannot be written now is written later; the present key is good meanwhile.
    if (const auto renewed = m_identityKeys->renew(); renewed && *renewed) {
        m_engine->setIdentityKeys(m_identityKeys->keys());
        runLoaded(nullptr);
    }
}

} // namespace gateway::service
