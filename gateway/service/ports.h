#pragma once

#include "gateway/base/result.h"
#include "gateway/metrics/call_record.h"
#include "gateway/model/config.h"
#include "gateway/model/revocation.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gateway::service {

/// What a store holds now.
struct StoredConfig {
    model::Config config;
    model::Revision revision;
    std::uint64_t nextId = 1; ///< first id that was never given
};

/// Counters that grow with every commit, whichever process made it.
struct StoreVersion {
    model::RevisionNumber revision = 0;
    std::uint64_t keyGeneration = 0;
    std::uint64_t secretGeneration = 0;
    std::uint64_t revocationGeneration = 0;
    bool operator==(const StoreVersion&) const = default;
};

/// Everything one commit writes. `edits` carry their final ids (model::applyEdits gave them).
struct Publication {
    model::ConfigChange change;
    const model::Config& before;
    const model::Config& after;
    std::uint64_t nextId = 1;
    std::vector<model::ApiKey>
        keys; ///< to add, or to replace by (consumer, name); id 0 is given by the store
    WallTime time{};
};

/// What happened, for people who ask later. Never holds a secret.
struct AuditEntry {
    std::uint64_t id = 0;
    WallTime time{};
    std::string actor;
    std::string action;     ///< "put", "remove", "key-create", "key-disable", "key-enable", "key-revoke", ...
    std::string entityKind; ///< "route", "key", ...
    std::string entityName;
    model::RevisionNumber revision = 0; ///< 0: not part of a revision
    std::string before;                 ///< canonical JSON; empty: was not there
    std::string after;
};

struct AuditQuery {
    std::uint64_t beforeId = 0; ///< 0: from the newest
    std::size_t limit = 200;
    std::string entityKind; ///< empty: all
    std::string entityName;
};

// The stores are used from one thread, the one they were made on. Errors: Conflict for a stale base revision
// or a name that is taken, Environment for a locked, full, damaged or read-only file.

class ConfigStore {
public:
    virtual ~ConfigStore() = default;
    [[nodiscard]] virtual Result<StoredConfig> load() = 0;
    [[nodiscard]] virtual Result<StoreVersion> version() = 0;
    /// Change, revision, keys and audit in one transaction; Conflict when change.base is not the newest
    /// revision.
    [[nodiscard]] virtual Result<model::Revision> publish(const Publication& publication) = 0;
};

class RevisionStore {
public:
    virtual ~RevisionStore() = default;
    /// Newest first.
    [[nodiscard]] virtual Result<std::vector<model::Revision>> list(std::size_t limit,
                                                                    model::RevisionNumber before) = 0;
    [[nodiscard]] virtual Result<model::Config> configAt(model::RevisionNumber number) = 0;
};

/// How often a key was good for a request since the last time it was said, and when it last was, to the
/// minute.
struct KeyUse {
    model::KeyId key;
    WallTime last{};
    std::uint64_t times = 0;
};

class KeyStore {
public:
    virtual ~KeyStore() = default;
    /// Calls `visit` for each key changed after `generation` (0: all keys, also disabled and revoked ones);
    /// keys of a removed consumer come as Revoked. Returns the generation that is now reached. There may be a
    /// million, and this is for those who check keys: name, prefix, uses and time of creation are left out.
    [[nodiscard]] virtual Result<std::uint64_t>
    visit(std::uint64_t generation, const std::function<void(const model::ApiKey&)>& visit) = 0;
    [[nodiscard]] virtual Result<std::vector<model::ApiKey>> list(model::ConsumerId consumer) = 0;
    [[nodiscard]] virtual Result<std::optional<model::ApiKey>> find(model::KeyId key) = 0;
    [[nodiscard]] virtual Result<std::optional<model::ApiKey>> find(const Sha256& hash) = 0;
    /// Gives the id; Conflict when the consumer has a key of that name that is not revoked, or the hash is
    /// known.
    [[nodiscard]] virtual Result<model::ApiKey> create(model::ApiKey key, const std::string& actor) = 0;
    /// Revoked is final: leaving it is a Conflict.
    [[nodiscard]] virtual Result<model::ApiKey> setState(model::KeyId key, model::KeyState state,
                                                         const std::string& actor) = 0;
    /// Scopes, addresses and expiry, of a key that is not revoked.
    [[nodiscard]] virtual Result<model::ApiKey> change(const model::ApiKey& key,
                                                       const std::string& actor) = 0;
    /// A new key, and the end of the one that it takes the place of, in one transaction. The former one never
    /// holds longer than it did before; with an end that has come already it is revoked.
    [[nodiscard]] virtual Result<model::ApiKey> rotate(const model::ApiKey& fresh, model::KeyId former,
                                                       WallTime formerExpires, const std::string& actor) = 0;
    /// All or none; errors are as those of create(), with the number of the key in front.
    [[nodiscard]] virtual Result<std::size_t> import(const std::vector<model::ApiKey>& keys,
                                                     const std::string& actor) = 0;
    /// Revokes all that were created before; how many.
    [[nodiscard]] virtual Result<std::size_t> revokeBefore(WallTime created, const std::string& actor) = 0;
    /// Not audited, no new generation.
    [[nodiscard]] virtual Result<void> markUsed(const std::vector<KeyUse>& uses) = 0;
};

class RevocationStore {
public:
    virtual ~RevocationStore() = default;
    /// Without those that are expired at `now`.
    [[nodiscard]] virtual Result<std::vector<model::Revocation>> list(WallTime now) = 0;
    /// Gives the id; its author is the actor. Those that were expired at its time are forgotten.
    [[nodiscard]] virtual Result<model::Revocation> add(model::Revocation revocation) = 0;
    /// Input error "no-such-revocation" when it is not there.
    [[nodiscard]] virtual Result<void> remove(model::RevocationId id, const std::string& actor) = 0;
};

/// The record of what agents called. Bounded: the oldest go first.
class CallStore {
public:
    virtual ~CallStore() = default;
    [[nodiscard]] virtual Result<void> append(const std::vector<metrics::CallRecord>& calls) = 0;
    /// Newest first; `consumer` 0: of all.
    [[nodiscard]] virtual Result<std::vector<metrics::CallRecord>>
    list(model::ConsumerId consumer, std::uint64_t beforeId, std::size_t limit) = 0;
};

class AuditLog {
public:
    virtual ~AuditLog() = default;
    [[nodiscard]] virtual Result<void> append(const AuditEntry& entry) = 0;
    /// Newest first.
    [[nodiscard]] virtual Result<std::vector<AuditEntry>> list(const AuditQuery& query) = 0;
};

/// A secret that is stored: what it is for, and what it is called.
struct SecretName {
    std::string purpose; ///< "private-key", ...
    std::string name;    ///< of a private key: the fingerprint of its public key
    WallTime created{};
};

/// Secrets that a crypto::Vault sealed before they come here. Changes are audited by name, never by content.
class SecretStore {
public:
    virtual ~SecretStore() = default;
    /// Adds it or takes the place of the one there.
    [[nodiscard]] virtual Result<void> put(const SecretName& name, const std::string& sealed,
                                           const std::string& actor) = 0;
    /// Empty: there is none.
    [[nodiscard]] virtual Result<std::string> get(const std::string& purpose, const std::string& name) = 0;
    /// In the order of their names.
    [[nodiscard]] virtual Result<std::vector<SecretName>> list(const std::string& purpose) = 0;
    /// Nothing happens when it is not there.
    [[nodiscard]] virtual Result<void> remove(const std::string& purpose, const std::string& name,
                                              const std::string& actor) = 0;

    /// crypto::Vault::keyCheck of the master key that seals here; empty: nothing was sealed yet.
    [[nodiscard]] virtual Result<std::string> keyCheck() = 0;
    /// Replaces `before`; returns the one that holds, which is another one when somebody was faster.
    [[nodiscard]] virtual Result<std::string> replaceKeyCheck(const std::string& before,
                                                              const std::string& after) = 0;
};

/// The stores on one database.
struct Stores {
    ConfigStore& config;
    RevisionStore& revisions;
    KeyStore& keys;
    AuditLog& audit;
    SecretStore& secrets;
    RevocationStore& revocations;
    CallStore& calls;
};

} // namespace gateway::service
