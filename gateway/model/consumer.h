#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/digest.h"
#include "gateway/model/ids.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gateway::model {

enum class ConsumerKind { App, User, Agent };

/// By what else than an API key a consumer is known.
struct ConsumerIdentity {
    enum class Kind : std::uint8_t {
        Subject,                ///< `sub` of a token
        CertificateName,        ///< a subject alternative name of a client certificate
        CertificateSubject,     ///< its subject, in the form of RFC 4514
        CertificateFingerprint, ///< SHA-256 of it, hex
    };
    Kind kind = Kind::Subject;
    std::string value;
    std::string provider{}; ///< of Subject: name of an IdentityProvider

    bool operator==(const ConsumerIdentity&) const = default;
};

/// A rate of a consumer's own.
struct OwnRate {
    std::uint64_t requests = 1;
    std::chrono::seconds period{1};
    std::uint64_t burst = 1;

    bool operator==(const OwnRate&) const = default;
};

/// Who calls.
struct Consumer {
    ConsumerId id;
    std::string name;
    ConsumerKind kind = ConsumerKind::App;
    std::string tier; ///< name of a Tier
    std::vector<std::string> roles;
    std::map<std::string, std::string> attributes;
    std::vector<ConsumerIdentity> identities{}; ///< beside its API keys
    std::optional<OwnRate> rate{};              ///< in place of its tier's
    // Of agents.
    std::string owner{};               ///< who answers for it: a name or an address
    std::vector<std::string> routes{}; ///< names of Routes that it may call, and no others; empty: all

    bool operator==(const Consumer&) const = default;
};

enum class KeyState { Active, Disabled, Revoked };

/// An API key as it is kept: the hash, never the key. Keys are live at once and not part of a revision.
struct ApiKey {
    KeyId id;
    ConsumerId consumer;
    std::string name;   ///< unique within its consumer
    std::string prefix; ///< the first characters of the key, by which people recognise it
    Sha256 hash{};      ///< SHA-256 of the whole key
    std::vector<std::string> scopes;
    std::optional<WallTime> expires;   ///< refused from this moment on
    KeyState state = KeyState::Active; ///< Revoked is final
    WallTime created{};
    std::optional<WallTime> lastUsed;     ///< to the minute
    std::vector<std::string> addresses{}; ///< addresses and networks that it may come from; empty: all
    std::uint64_t uses = 0;               ///< requests that it was good for

    bool operator==(const ApiKey&) const = default;
};

} // namespace gateway::model
