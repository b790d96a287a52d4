#pragma once

#include "gateway/base/clock.h"
#include "gateway/crypto/private_key.h"

#include <string>

namespace gateway::service {

/// What has to survive a restart for one certificate: how the last attempts ended, and an order that is under
/// way with the private key that it is for.
struct AcmeRecord {
    std::string directory; ///< that the certificate in the configuration came from; empty: none came yet
    std::string asked;     ///< what the rest is about: directory and domains
    unsigned failures = 0; ///< in a row
    WallTime nextTry{};
    std::string problem;  ///< a sentence; empty: the last attempt did not fail
    std::string orderUrl; ///< empty: none
    crypto::PrivateKey key;

    /// As it is stored, which holds the private key.
    [[nodiscard]] std::string toSecret() const;
    /// An empty record for what cannot be read: all that is lost is an order.
    [[nodiscard]] static AcmeRecord fromSecret(const std::string& secret);
};

} // namespace gateway::service
