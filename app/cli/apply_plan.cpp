#include "app/cli/apply_plan.h"

#include "gateway/model/edit.h"

#include <algorithm>

namespace app::cli {

using gateway::fail;
using gateway::Result;
using gateway::model::ApiKey;
using gateway::model::Consumer;
using gateway::model::FileKey;
using gateway::model::KeyState;

namespace {

/// The stored key that the file's key is about: the same hash, or else the one that holds its name.
const ApiKey* findStored(const std::vector<ApiKey>& stored, const ApiKey& wanted) {
    const auto twin = std::find_if(stored.begin(), stored.end(),
                                   [&](const ApiKey& key) { return key.hash == wanted.hash; });
    if (twin != stored.end()) {
        return &*twin;
    }
    const auto namesake = std::find_if(stored.begin(), stored.end(), [&](const ApiKey& key) {
        return key.name == wanted.name && key.state != KeyState::Revoked;
    });
    return namesake != stored.end() ? &*namesake : nullptr;
}

bool isSame(const ApiKey& a, const ApiKey& b) {
    return a.name == b.name && a.hash == b.hash && a.prefix == b.prefix && a.scopes == b.scopes &&
           a.expires == b.expires && a.state == b.state && a.addresses == b.addresses;
}

void planKey(ApplyPlan& plan, const FileKey& fileKey, const Consumer& consumer,
             const std::vector<ApiKey>& stored) {
    const std::string fullName = fileKey.consumer + '/' + fileKey.key.name;
    const ApiKey* before = findStored(stored, fileKey.key);
    ApiKey wanted = fileKey.key;
    wanted.consumer = consumer.id;
    if (before != nullptr && before->hash == wanted.hash) {
        if (before->state == KeyState::Revoked) {
            plan.notes.push_back("the key " + fullName + " was revoked and stays so");
            return;
        }
        if (wanted.prefix.empty()) {
            wanted.prefix = before->prefix;
        }
        if (isSame(*before, wanted)) {
            return;
        }
    }
    plan.lines.push_back({.action = before != nullptr ? "change" : "add", .kind = "key", .name = fullName});
    plan.keys.push_back(std::move(wanted));
}

} // namespace

Result<ApplyPlan> planApply(gateway::service::Stores stores, const gateway::model::ConfigFile& file) {
    auto stored = stores.config.load();
    if (!stored) {
        return fail(stored.error());
    }
    ApplyPlan plan;
    plan.before = std::move(*stored);
    plan.nextId = plan.before.nextId;
    plan.edits = gateway::model::difference(plan.before.config, file.config);
    plan.lines = describeEdits(plan.before.config, plan.edits);
    auto after = gateway::model::applyEdits(plan.before.config, plan.edits, plan.nextId);
    if (!after) {
        return fail(after.error());
    }
    plan.after = std::move(*after);
    // Keys of one consumer usually stand together, so that its stored keys are read once.
    const Consumer* consumer = nullptr;
    std::vector<ApiKey> keys;
    for (const FileKey& key : file.keys) {
        if (consumer == nullptr || consumer->name != key.consumer) {
            consumer = plan.after.consumers.find(key.consumer);
            if (consumer == nullptr) {
                return fail(gateway::ErrorKind::Input, "no-such-consumer",
                            "the key " + key.key.name + " belongs to " + key.consumer +
                                ", and there is no such consumer");
            }
            auto listed = stores.keys.list(consumer->id);
            if (!listed) {
                return fail(listed.error());
            }
            keys = std::move(*listed);
        }
        planKey(plan, key, *consumer, keys);
    }
    return plan;
}

} // namespace app::cli
