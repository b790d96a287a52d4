#pragma once

#include "gateway/base/result.h"
#include "gateway/crypto/private_key.h"
#include "gateway/crypto/secret_values.h"
#include "gateway/crypto/vault.h"
#include "gateway/service/master_key_place.h"
#include "gateway/service/ports.h"

#include <set>
#include <string>

namespace gateway::service {

/// The secrets of a database in the clear. The master key is in memory only while a function runs. Used by
/// the thread that the store belongs to.
/// Errors: Environment "master-key-lost" when secrets are there whose master key is not, "wrong-master-key"
/// when it is another one.
class Secrets {
public:
    Secrets(SecretStore& store, MasterKeyPlace& place)
        : m_store(store)
        , m_place(place) {}

    /// What happens when the key of the secrets that are there is lost.
    enum class Loss {
        Refuse,
        StartAnew, ///< a new master key is made; what the lost one sealed has to be brought again
    };

    [[nodiscard]] Result<void> put(const std::string& purpose, const std::string& name,
                                   std::string_view secret, const std::string& actor,
                                   Loss loss = Loss::Refuse);
    /// Empty: there is none.
    [[nodiscard]] Result<std::string> get(const std::string& purpose, const std::string& name);
    [[nodiscard]] Result<void> remove(const std::string& purpose, const std::string& name,
                                      const std::string& actor);
    [[nodiscard]] Result<std::vector<SecretName>> list(const std::string& purpose);

    [[nodiscard]] Result<void> putKey(const crypto::PrivateKey& key, const std::string& actor,
                                      Loss loss = Loss::Refuse);
    [[nodiscard]] Result<bool> hasKey(const std::string& fingerprint);
    /// Brings those that are stored and not in `keys` yet. What can be read is read, the error is about the
    /// rest.
    [[nodiscard]] Result<void> loadKeys(crypto::PrivateKeys& keys);

    /// Brings the values of all secrets that the configuration may refer to, in place of those in `values`.
    /// What can be read is read, the error is about the rest. `names` is what there was before and is after;
    /// true when a value is another one than it was.
    [[nodiscard]] Result<void> loadValues(crypto::SecretValues& values, std::set<std::string>& names,
                                          bool& isChanged);

    static constexpr const char* keyPurpose = "private-key";
    static constexpr const char* valuePurpose = "secret";
    static constexpr const char* identityPurpose = "identity-key";

private:
    [[nodiscard]] Result<crypto::Vault> openVault();
    [[nodiscard]] Result<crypto::Vault> openOrMakeVault(Loss loss);
    [[nodiscard]] Result<crypto::Vault> makeVault(const std::string& formerCheck);
    [[nodiscard]] Error lost() const;
    [[nodiscard]] Error wrong() const;

    SecretStore& m_store;
    MasterKeyPlace& m_place;
};

} // namespace gateway::service
