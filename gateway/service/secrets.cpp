#include "gateway/service/secrets.h"

#include <algorithm>

namespace gateway::service {

using crypto::PrivateKey;
using crypto::Vault;

namespace {

/// What a secret is sealed for, so that one cannot be put in the place of another.
std::string contextOf(const std::string& purpose, const std::string& name) {
    return purpose + '/' + name;
}

Result<Vault> vaultOf(crypto::MasterKey& key) {
    Vault vault(key);
    crypto::wipe(key);
    return vault;
}

} // namespace

Error Secrets::lost() const {
    return {ErrorKind::Environment, "master-key-lost",
            "The private keys of this database are encrypted by a master key that is not in " +
                m_place.text() +
                ". Put it back there, or import the certificates again together with their private keys."};
}

Error Secrets::wrong() const {
    return {ErrorKind::Environment, "wrong-master-key",
            "The master key in " + m_place.text() +
                " is not the one that the private keys of this database are encrypted by. Put the right one "
                "there, or take this one away and import the certificates again together with their private "
                "keys."};
}

Result<Vault> Secrets::openVault() {
    auto key = m_place.load();
    if (!key) {
        return fail(std::move(key.error()));
    }
    if (!*key) {
        return fail(lost());
    }
    Result<Vault> vault = vaultOf(**key);
    const auto check = m_store.keyCheck();
    if (!check) {
        return fail(check.error());
    }
    if (*check != vault->keyCheck()) {
        return fail(wrong());
    }
    return vault;
}

Result<Vault> Secrets::makeVault(const std::string& formerCheck) {
    auto made = m_place.make();
    if (!made) {
        return fail(std::move(made.error()));
    }
    Result<Vault> vault = vaultOf(*made);
    const auto check = m_store.replaceKeyCheck(formerCheck, vault->keyCheck());
    if (!check) {
        return fail(check.error());
    }
    if (*check != vault->keyCheck()) {
        return fail(wrong());
    }
    return vault;
}

Result<Vault> Secrets::openOrMakeVault(Loss loss) {
    auto check = m_store.keyCheck();
    if (!check) {
        return fail(std::move(check.error()));
    }
    auto key = m_place.load();
    if (!key) {
        return fail(std::move(key.error()));
    }
    if (!*key) {
        if (!check->empty() && loss == Loss::Refuse) {
            return fail(lost());
        }
        return makeVault(*check);
    }
    Result<Vault> vault = vaultOf(**key);
    if (check->empty()) {
        // A key file that somebody put there for this database before its first secret.
        check = m_store.replaceKeyCheck({}, vault->keyCheck());
        if (!check) {
            return fail(std::move(check.error()));
        }
    }
    if (*check != vault->keyCheck()) {
        return fail(wrong());
    }
    return vault;
}

Result<void> Secrets::put(const std::string& purpose, const std::string& name, std::string_view secret,
                          const std::string& actor, Loss loss) {
    const auto vault = openOrMakeVault(loss);
    if (!vault) {
        return fail(vault.error());
    }
    return m_store.put({purpose, name, {}}, vault->seal(contextOf(purpose, name), secret), actor);
}

Result<std::string> Secrets::get(const std::string& purpose, const std::string& name) {
    auto sealed = m_store.get(purpose, name);
    if (!sealed || sealed->empty()) {
        return sealed;
    }
    const auto vault = openVault();
    if (!vault) {
        return fail(vault.error());
    }
    return vault->open(contextOf(purpose, name), *sealed);
}

Result<void> Secrets::remove(const std::string& purpose, const std::string& name, const std::string& actor) {
    return m_store.remove(purpose, name, actor);
}

Result<std::vector<SecretName>> Secrets::list(const std::string& purpose) {
    return m_store.list(purpose);
}

Result<void> Secrets::putKey(const PrivateKey& key, const std::string& actor, Loss loss) {
    std::string der = key.toDer();
    auto stored = put(keyPurpose, key.fingerprint(), der, actor, loss);
    crypto::wipe(der);
    return stored;
}

Result<bool> Secrets::hasKey(const std::string& fingerprint) {
    const auto sealed = m_store.get(keyPurpose, fingerprint);
    if (!sealed) {
        return fail(sealed.error());
    }
    return !sealed->empty();
}

Result<void> Secrets::loadKeys(crypto::PrivateKeys& keys) {
    auto names = m_store.list(keyPurpose);
    if (!names) {
        return fail(std::move(names.error()));
    }
    std::erase_if(*names, [&keys](const SecretName& name) { return keys.contains(name.name); });
    if (names->empty()) {
        return {}; // nobody is asked for a master key that nothing needs
    }
    const auto vault = openVault();
    if (!vault) {
        return fail(vault.error());
    }
    Result<void> outcome;
    for (const SecretName& name : *names) {
        const auto sealed = m_store.get(keyPurpose, name.name);
        if (!sealed) {
            return fail(sealed.error());
        }
        auto der = vault->open(contextOf(keyPurpose, name.name), *sealed);
        if (!der) {
            outcome = fail(der.error());
            continue;
        }
        auto key = PrivateKey::fromDer(*der);
        crypto::wipe(*der);
        if (!key) {
            outcome = fail(key.error());
            continue;
        }
        keys.put(std::move(*key));
    }
    return outcome;
}

Result<void> Secrets::loadValues(crypto::SecretValues& values, std::set<std::string>& names,
                                 bool& isChanged) {
    isChanged = false;
    const auto stored = m_store.list(valuePurpose);
    if (!stored) {
        return fail(stored.error());
    }
    std::set<std::string> now;
    for (const SecretName& name : *stored) {
        now.insert(name.name);
    }
    for (const std::string& name : names) {
        if (!now.contains(name)) {
            values.erase(name);
            isChanged = true;
        }
    }
    names = std::move(now);
    if (names.empty()) {
        return {}; // nobody is asked for a master key that nothing needs
    }
    const auto vault = openVault();
    if (!vault) {
        return fail(vault.error());
    }
    Result<void> outcome;
    for (const std::string& name : names) {
        const auto sealed = m_store.get(valuePurpose, name);
        if (!sealed) {
            return fail(sealed.error());
        }
        auto value = vault->open(contextOf(valuePurpose, name), *sealed);
        if (!value) {
            outcome = fail(value.error());
            continue;
        }
        auto former = values.find(name);
        if (!former || *former != *value) {
            values.put(name, *value);
            isChanged = true;
        }
        crypto::wipe(*value);
        if (former) {
            crypto::wipe(*former);
        }
    }
    return outcome;
}

} // namespace gateway::service
