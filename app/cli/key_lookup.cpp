#include "app/cli/key_lookup.h"

#include "gateway/model/scalars.h"

#include <iostream>
#include <optional>

namespace app::cli {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::model::ApiKey;
using gateway::model::Config;
using gateway::model::Consumer;
using gateway::model::KeyId;
using gateway::model::KeyState;
using gateway::service::Stores;

Result<Consumer> findConsumer(const Config& config, const std::string& name) {
    const Consumer* consumer = config.consumers.find(name);
    if (consumer == nullptr) {
        return fail(ErrorKind::Conflict, "no-such-consumer",
                    "there is no consumer called " + name + "; see `gatehousectl export`");
    }
    return *consumer;
}

Result<std::vector<ListedKey>> listKeys(Stores stores, const std::string& consumerName) {
    const auto stored = stores.config.load();
    if (!stored) {
        return fail(stored.error());
    }
    std::vector<Consumer> consumers;
    if (consumerName.empty()) {
        consumers.assign(stored->config.consumers.begin(), stored->config.consumers.end());
    } else {
        auto consumer = findConsumer(stored->config, consumerName);
        if (!consumer) {
            return fail(consumer.error());
        }
        consumers.push_back(std::move(*consumer));
    }
    std::vector<ListedKey> listed;
    for (const Consumer& consumer : consumers) {
        auto keys = stores.keys.list(consumer.id);
        if (!keys) {
            return fail(keys.error());
        }
        for (ApiKey& key : *keys) {
            listed.push_back({.consumer = consumer.name, .key = std::move(key)});
        }
    }
    return listed;
}

Result<KeyId> findKey(Stores stores, const std::string& text) {
    if (const auto number = gateway::model::parseUnsigned(text)) {
        return KeyId{*number};
    }
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) {
        return fail(ErrorKind::Input, "bad-key-name",
                    text + " names no key; write its id or CONSUMER/NAME, see `gatehousectl key list`");
    }
    const auto keys = listKeys(stores, text.substr(0, slash));
    if (!keys) {
        return fail(keys.error());
    }
    const std::string name = text.substr(slash + 1);
    std::optional<KeyId> found;
    for (const ListedKey& listed : *keys) {
        // Of several with this name, all but one were revoked and are history.
        if (listed.key.name == name && (!found || listed.key.state != KeyState::Revoked)) {
            found = listed.key.id;
        }
    }
    if (!found) {
        return fail(ErrorKind::Conflict, "no-such-key",
                    "there is no key " + text + "; see `gatehousectl key list`");
    }
    return *found;
}

void printSecret(const std::string& consumer, const std::string& name, const std::string& secret,
                 bool isQuiet) {
    if (isQuiet) {
        std::cout << secret << '\n';
    } else {
        std::cout << "key " << consumer << '/' << name << ", shown now and never again:\n" << secret << '\n';
    }
}

} // namespace app::cli
