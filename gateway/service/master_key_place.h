#pragma once

#include "gateway/base/result.h"
#include "gateway/crypto/vault.h"

#include <optional>
#include <string>

namespace gateway::service {

/// Where the key is kept that all secrets of a database are sealed by: a keyring, or a file. Used by one
/// thread.
class MasterKeyPlace {
public:
    virtual ~MasterKeyPlace() = default;
    /// None: there is no key yet. Environment error when there may be one that cannot be read.
    [[nodiscard]] virtual Result<std::optional<crypto::MasterKey>> load() = 0;
    /// A new key, kept from now on.
    [[nodiscard]] virtual Result<crypto::MasterKey> make() = 0;
    /// "the key file /srv/gatehouse.key", for sentences.
    [[nodiscard]] virtual std::string text() const = 0;
};

} // namespace gateway::service
