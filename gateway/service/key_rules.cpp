#include "gateway/service/key_rules.h"

#include "gateway/auth/key_table.h"
#include "gateway/model/names.h"
#include "gateway/model/scalars.h"
#include "gateway/net/network.h"

#include <algorithm>

namespace gateway::service {

using model::ApiKey;
using model::Problem;

namespace {

constexpr std::size_t scopesMax = 100;
constexpr std::size_t scopeBytesMax = 200;
constexpr std::size_t addressesMax = 100;
constexpr std::size_t prefixBytesMax = 16;
constexpr std::size_t nameBytesMax = 64;
constexpr std::chrono::hours overlapMax{24 * 366};

bool isScope(const std::string& scope) {
    // RFC 6749, 3.3: visible ASCII but for the quote and the backslash.
    return !scope.empty() && scope.size() <= scopeBytesMax &&
           std::all_of(scope.begin(), scope.end(),
                       [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
}

Problem outOfRange(const char* path, std::string message) {
    return {Problem::Kind::Range, path, std::move(message), 0, 0};
}

tl::unexpected<Rejection> refuse(Error error) {
    return tl::unexpected<Rejection>(Rejection{std::move(error), {}, 0});
}

template<class T>
KeyAnswer<T> toAnswer(Result<T> result) {
    if (!result) {
        return refuse(std::move(result.error()));
    }
    return std::move(*result);
}

model::Problems checkNewKey(const ApiKey& key, WallTime now) {
    model::Problems problems = checkKey(key);
    if (key.expires && *key.expires <= now) {
        problems.push_back(outOfRange("expires", "The key would expire in the past."));
    }
    return problems;
}

/// The secret of a new key, with the hash and the prefix in the key itself.
std::string makeSecret(ApiKey& key) {
    std::string secret = auth::generateKey();
    key.prefix = auth::keyPrefix(secret);
    key.hash = sha256(secret);
    return secret;
}

/// From now on as long as the former key was meant to hold.
std::optional<WallTime> expiryLike(const ApiKey& former, WallTime now) {
    return former.expires ? std::optional(now + (*former.expires - former.created)) : std::nullopt;
}

Result<ApiKey> findKey(KeyStore& keys, model::KeyId id) {
    auto found = keys.find(id);
    if (!found) {
        return fail(std::move(found.error()));
    }
    if (!*found) {
        return fail(ErrorKind::Input, "no-such-key", "There is no such key.");
    }
    return std::move(**found);
}

} // namespace

Rejection invalidRequest(model::Problems problems) {
    Rejection rejection;
    rejection.error = {ErrorKind::Input, "invalid-config", "The configuration cannot run."};
    if (!problems.empty()) {
        rejection.error.message = problems.front().path + ": " + problems.front().message;
    }
    rejection.problems = std::move(problems);
    return rejection;
}

model::Problems checkKey(const ApiKey& key) {
    model::Problems problems;
    if (!model::isEntityName(key.name)) {
        problems.push_back(outOfRange("name", "The name of a key is 1 to 64 of A-Z a-z 0-9 . _ and -."));
    }
    if (key.scopes.size() > scopesMax || !std::all_of(key.scopes.begin(), key.scopes.end(), isScope)) {
        problems.push_back(outOfRange(
            "scopes",
            "A scope is 1 to 200 letters, digits or signs without a space, and a key has at most 100."));
    }
    if (key.addresses.size() > addressesMax) {
        problems.push_back(outOfRange("addresses", "A key has at most 100 addresses and networks."));
    }
    for (const std::string& address : key.addresses) {
        if (!net::Network::parse(address)) {
            problems.push_back(outOfRange(
                "addresses", address + " is no address and no network; write 192.0.2.7 or 10.0.0.0/8."));
        }
    }
    return problems;
}

KeyAnswer<IssuedKey> issueKey(KeyStore& keys, const KeyRequest& request, WallTime now) {
    IssuedKey issued;
    ApiKey key;
    key.consumer = request.consumer;
    key.name = request.name;
    key.scopes = request.scopes;
    key.addresses = request.addresses;
    key.expires = request.expires;
    key.created = now;
    if (auto problems = checkNewKey(key, now); !problems.empty()) {
        return tl::unexpected<Rejection>(invalidRequest(std::move(problems)));
    }
    issued.secret = makeSecret(key);
    auto created = keys.create(std::move(key), request.author);
    if (!created) {
        return refuse(std::move(created.error()));
    }
    issued.key = std::move(*created);
    return issued;
}

KeyAnswer<IssuedKey> rotateKey(KeyStore& keys, const KeyRotation& rotation, WallTime now) {
    if (rotation.overlap < std::chrono::seconds(0) || rotation.overlap > overlapMax) {
        return tl::unexpected<Rejection>(
            invalidRequest({outOfRange("overlap", "The overlap is 0 to 366 days.")}));
    }
    const auto former = findKey(keys, rotation.key);
    if (!former) {
        return refuse(former.error());
    }
    const auto all = keys.list(former->consumer);
    if (!all) {
        return refuse(all.error());
    }
    IssuedKey issued;
    ApiKey key;
    key.consumer = former->consumer;
    key.name = nextKeyName(former->name, *all);
    key.scopes = former->scopes;
    key.addresses = former->addresses;
    key.expires = rotation.expires ? rotation.expires : expiryLike(*former, now);
    key.created = now;
    if (key.expires && *key.expires <= now) {
        return tl::unexpected<Rejection>(
            invalidRequest({outOfRange("expires", "The new key would expire in the past.")}));
    }
    issued.secret = makeSecret(key);
    auto rotated = keys.rotate(key, rotation.key, now + rotation.overlap, rotation.author);
    if (!rotated) {
        return refuse(std::move(rotated.error()));
    }
    issued.key = std::move(*rotated);
    return issued;
}

KeyAnswer<ApiKey> changeKey(KeyStore& keys, const ApiKey& key, const std::string& author, WallTime now) {
    const auto former = findKey(keys, key.id);
    if (!former) {
        return refuse(former.error());
    }
    ApiKey changed = *former;
    changed.scopes = key.scopes;
    changed.addresses = key.addresses;
    changed.expires = key.expires;
    // A key that is over may get other scopes; a new end has to be to come.
    auto problems = changed.expires == former->expires ? checkKey(changed) : checkNewKey(changed, now);
    // Names that were given by older versions stay as they are.
    std::erase_if(problems, [](const Problem& problem) { return problem.path == "name"; });
    if (!problems.empty()) {
        return tl::unexpected<Rejection>(invalidRequest(std::move(problems)));
    }
    return toAnswer(keys.change(changed, author));
}

KeyAnswer<std::size_t> importKeys(KeyStore& keys, std::vector<KeyTransfer> transfers,
                                  const model::Config& config, const std::string& author) {
    std::vector<ApiKey> imported;
    imported.reserve(transfers.size());
    for (KeyTransfer& transfer : transfers) {
        const std::string number = "Key " + std::to_string(imported.size() + 1) + ": ";
        const model::Consumer* consumer = config.consumers.find(transfer.consumer);
        if (consumer == nullptr) {
            return refuse({ErrorKind::Input, "no-such-consumer",
                           number + "there is no consumer called " + transfer.consumer + "."});
        }
        ApiKey& key = transfer.key;
        if (const auto problems = checkKey(key); !problems.empty()) {
            return refuse({ErrorKind::Input, "bad-key",
                           number + problems.front().path + ": " + problems.front().message});
        }
        if (key.hash == Sha256{} || key.prefix.size() > prefixBytesMax) {
            return refuse(
                {ErrorKind::Input, "bad-key",
                 number + "it needs the SHA-256 of the key, and a prefix of 16 characters at most."});
        }
        if (key.state == model::KeyState::Revoked) {
            return refuse({ErrorKind::Input, "bad-key", number + "it is revoked, and that is final."});
        }
        key.id = {};
        key.consumer = consumer->id;
        imported.push_back(std::move(key));
    }
    return toAnswer(keys.import(imported, author));
}

Result<std::vector<KeyTransfer>> exportKeys(KeyStore& keys, model::ConsumerId consumer,
                                            const model::Config& config) {
    std::vector<KeyTransfer> exported;
    for (const model::Consumer& each : config.consumers) {
        if (consumer && each.id != consumer) {
            continue;
        }
        auto listed = keys.list(each.id);
        if (!listed) {
            return fail(std::move(listed.error()));
        }
        for (ApiKey& key : *listed) {
            if (key.state != model::KeyState::Revoked) {
                exported.push_back({each.name, std::move(key)});
            }
        }
    }
    return exported;
}

std::string nextKeyName(const std::string& former, const std::vector<ApiKey>& keys) {
    constexpr std::uint64_t numberMax = 1'000'000'000;
    std::string base = former;
    std::uint64_t number = 1;
    if (const std::size_t dash = former.rfind('-'); dash != std::string::npos && dash > 0) {
        const auto counted = model::parseUnsigned(std::string_view(former).substr(dash + 1));
        // Other numbers are part of the name: dates, ports.
        if (counted && *counted >= 2 && *counted < numberMax) {
            base = former.substr(0, dash);
            number = *counted;
        }
    }
    const auto isTaken = [&keys](const std::string& name) {
        return std::any_of(keys.begin(), keys.end(), [&name](const ApiKey& key) { return key.name == name; });
    };
    std::string name;
    do {
        const std::string suffix = "-" + std::to_string(++number);
        name = base.substr(0, nameBytesMax - suffix.size()) + suffix;
    } while (isTaken(name));
    return name;
}

} // namespace gateway::service
