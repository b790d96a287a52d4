#pragma once

#include "gateway/base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway::crypto {

using MasterKey = std::array<std::uint8_t, 32>;

[[nodiscard]] MasterKey newMasterKey();
/// Overwrites a secret that is not needed any more, in a way that no compiler leaves out.
void wipe(MasterKey& key) noexcept;
void wipe(std::string& secret) noexcept;

/// Encrypts secrets for storage: AES-256-GCM, a random nonce each, and the purpose as authenticated data, so
/// that a sealed secret is good for nothing else. Thread-safe: it does not change.
class Vault {
public:
    explicit Vault(const MasterKey& key)
        : m_key(key) {}
    Vault(const Vault&) = default;
    Vault& operator=(const Vault&) = default;
    ~Vault(); ///< wipes its copy of the key

    /// Version byte, nonce, ciphertext, tag.
    [[nodiscard]] std::string seal(std::string_view purpose, std::string_view secret) const;
    /// Input error "sealed-by-another-key" when it was sealed by another key, for another purpose, or
    /// changed.
    [[nodiscard]] Result<std::string> open(std::string_view purpose, std::string_view sealed) const;

    /// A few digits of a hash of the key, stored beside what it sealed: tells at start that the key is the
    /// wrong one.
    [[nodiscard]] std::string keyCheck() const;

private:
    MasterKey m_key;
};

} // namespace gateway::crypto
