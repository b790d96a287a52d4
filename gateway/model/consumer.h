#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/digest.h"
#include "gateway/model/ids.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gateway::model {

enum class ConsumerKind { App, User, Agent };

/// Who calls.
struct Consumer {
    ConsumerId id;
    std::string name;
    ConsumerKind kind = ConsumerKind::App;
    std::string tier; ///< name of a Tier
    std::vector<std::string> roles;
    std::map<std::string, std::string> attributes;

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
    std::optional<WallTime> lastUsed; ///< to the minute

    bool operator==(const ApiKey&) const = default;
};

} // namespace gateway::model
