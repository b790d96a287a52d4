#pragma once

#include "gateway/service/gateway_service.h"

#include <string>
#include <vector>

// What holds for every key, whichever program makes it: the service and the command line on a database use
// the same functions.
namespace gateway::service {

template<class T>
using KeyAnswer = tl::expected<T, Rejection>;

/// A Rejection whose sentence is the first problem.
[[nodiscard]] Rejection invalidRequest(model::Problems problems);

/// What is wrong with a key's name, scopes and addresses. Its expiry is not asked for: keys that are brought
/// from elsewhere may be over.
[[nodiscard]] model::Problems checkKey(const model::ApiKey& key);

/// Makes the key, and stores its hash.
[[nodiscard]] KeyAnswer<IssuedKey> issueKey(KeyStore& keys, const KeyRequest& request, WallTime now);
/// See KeyRotation.
[[nodiscard]] KeyAnswer<IssuedKey> rotateKey(KeyStore& keys, const KeyRotation& rotation, WallTime now);
/// Scopes, addresses and expiry of the key are stored.
[[nodiscard]] KeyAnswer<model::ApiKey> changeKey(KeyStore& keys, const model::ApiKey& key,
                                                 const std::string& author, WallTime now);

/// All of them or none.
[[nodiscard]] KeyAnswer<std::size_t> importKeys(KeyStore& keys, std::vector<KeyTransfer> transfers,
                                                const model::Config& config, const std::string& author);
/// Those that are not revoked; `consumer` 0: of all.
[[nodiscard]] Result<std::vector<KeyTransfer>> exportKeys(KeyStore& keys, model::ConsumerId consumer,
                                                          const model::Config& config);

/// "ci-2" for "ci", "ci-3" for "ci-2"...: the first that no key of the consumer has or had.
[[nodiscard]] std::string nextKeyName(const std::string& former, const std::vector<model::ApiKey>& keys);

} // namespace gateway::service
