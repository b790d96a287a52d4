#include "gateway/auth/key_table.h"
#include "gateway/service/key_rules.h"
#include "gateway/service/service_core.h"

#include <set>

// API keys: stored first, then live at once. They are part of no revision.
namespace gateway::service {

namespace {

/// Calls that could not be stored are kept up to so many.
constexpr std::size_t unsavedCallsMax = 50'000;
constexpr std::size_t callsListedMax = 10'000;

} // namespace

Result<void> ServiceCore::takeUpKeys() {
    std::set<model::ConsumerId> consumers; // one or "many"
    const auto reached = m_stores->keys.visit(m_keyGeneration, [&](const model::ApiKey& key) {
        m_engine->keys().put(key);
        if (consumers.size() < 2) {
            consumers.insert(key.consumer);
        }
    });
    if (!reached) {
        return fail(reached.error());
    }
    if (m_keyGeneration != *reached) {
        m_keyGeneration = *reached;
        Q_EMIT m_facade.keysChanged(consumers.size() == 1 ? *consumers.begin() : model::ConsumerId{});
    }
    return {};
}

Answer<std::vector<model::ApiKey>> ServiceCore::listKeys(model::ConsumerId consumer) {
    if (!m_stores) {
        return notOpen();
    }
    auto keys = m_stores->keys.list(consumer);
    if (!keys) {
        return reject(std::move(keys.error()));
    }
    return std::move(*keys);
}

Answer<IssuedKey> ServiceCore::createKey(const KeyRequest& request) {
    if (!m_stores) {
        return notOpen();
    }
    auto issued = issueKey(m_stores->keys, request, m_clock.wallTime());
    if (issued) {
        m_engine->keys().put(issued->key);
        std::ignore = takeUpKeys();
    }
    return issued;
}

Answer<model::ApiKey> ServiceCore::setKeyState(model::KeyId key, model::KeyState state,
                                               const std::string& author) {
    if (!m_stores) {
        return notOpen();
    }
    auto changed = m_stores->keys.setState(key, state, author);
    if (!changed) {
        return reject(std::move(changed.error()));
    }
    m_engine->keys().put(*changed);
    std::ignore = takeUpKeys();
    return std::move(*changed);
}

Answer<IssuedKey> ServiceCore::rotateKey(const KeyRotation& rotation) {
    if (!m_stores) {
        return notOpen();
    }
    auto issued = service::rotateKey(m_stores->keys, rotation, m_clock.wallTime());
    if (issued) {
        m_engine->keys().put(issued->key);
        std::ignore = takeUpKeys(); // brings the end of the former one
    }
    return issued;
}

Answer<model::ApiKey> ServiceCore::changeKey(const model::ApiKey& key, const std::string& author) {
    if (!m_stores) {
        return notOpen();
    }
    auto changed = service::changeKey(m_stores->keys, key, author, m_clock.wallTime());
    if (changed) {
        m_engine->keys().put(*changed);
        std::ignore = takeUpKeys();
    }
    return changed;
}

Answer<std::size_t> ServiceCore::importKeys(std::vector<KeyTransfer> keys, const std::string& author) {
    if (!m_stores) {
        return notOpen();
    }
    // What another process published may bring the consumers.
    if (const auto newer = loadNewer(); newer && *newer) {
        runLoaded(nullptr);
    }
    auto imported = service::importKeys(m_stores->keys, std::move(keys), config(), author);
    if (imported) {
        if (auto taken = takeUpKeys(); !taken) {
            return reject(std::move(taken.error()));
        }
    }
    return imported;
}

Answer<std::vector<KeyTransfer>> ServiceCore::exportKeys(model::ConsumerId consumer) {
    if (!m_stores) {
        return notOpen();
    }
    auto exported = service::exportKeys(m_stores->keys, consumer, config());
    if (!exported) {
        return reject(std::move(exported.error()));
    }
    return std::move(*exported);
}

void ServiceCore::saveKeyUses() {
    m_keyUsesSavedAt = m_clock.now();
    // Who used a key when is worth less than the request that a retry would hold up: a full or locked
    // database costs a minute of it.
    std::vector<KeyUse> uses;
    for (const runtime::Engine::KeyUse& use : m_engine->takeKeyUses()) {
        uses.push_back({use.key, use.last, use.times});
    }
    std::ignore = m_stores->keys.markUsed(uses);
}

/// What agents called is to be had later, too, so that it waits where the database cannot take it now.
void ServiceCore::saveCalls() {
    auto calls = m_engine->takeCalls();
    m_unsavedCalls.insert(m_unsavedCalls.end(), std::make_move_iterator(calls.begin()),
                          std::make_move_iterator(calls.end()));
    if (m_stores->calls.append(m_unsavedCalls)) {
        m_unsavedCalls.clear();
    } else if (m_unsavedCalls.size() > unsavedCallsMax) {
        m_unsavedCalls.erase(m_unsavedCalls.begin(),
                             m_unsavedCalls.end() - static_cast<std::ptrdiff_t>(unsavedCallsMax));
    }
}

Answer<std::vector<metrics::CallRecord>> ServiceCore::listCalls(const CallQuery& query) {
    if (!m_stores) {
        return notOpen();
    }
    saveCalls(); // those of right now, too
    auto calls = m_stores->calls.list(query.consumer, query.beforeId, std::min(query.limit, callsListedMax));
    if (!calls) {
        return reject(std::move(calls.error()));
    }
    return std::move(*calls);
}

} // namespace gateway::service
