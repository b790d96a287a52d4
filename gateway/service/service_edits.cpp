#include "gateway/auth/key_table.h"
#include "gateway/model/edit.h"
#include "gateway/model/names.h"
#include "gateway/service/service_core.h"

#include <algorithm>
#include <set>

// An edit's way: whatever can fail comes before the commit, so that the database never holds a revision that
// cannot run. Keys go their own, shorter way.
namespace gateway::service {

namespace {

constexpr std::size_t scopesMax = 100;
constexpr std::size_t scopeBytesMax = 200;

Rejection invalid(model::Problems problems) {
    Rejection rejection;
    rejection.error = {ErrorKind::Input, "invalid-config", "The configuration cannot run."};
    if (!problems.empty()) {
        rejection.error.message = problems.front().path + ": " + problems.front().message;
    }
    rejection.problems = std::move(problems);
    return rejection;
}

/// The engine names service and target in a sentence; editors want to know the field, too.
model::Problems problemsOf(const Error& error, const model::Config& config) {
    for (const model::Service& service : config.services) {
        if (error.message.find(service.name) == std::string::npos) {
            continue;
        }
        for (std::size_t i = 0; i < service.targets.size(); ++i) {
            if (error.message.find(service.targets[i].host) != std::string::npos) {
                model::Problem problem;
                problem.kind = model::Problem::Kind::Reference;
                problem.path = "services[" + service.name + "].targets[" + std::to_string(i) + "]";
                problem.message = error.message;
                return {problem};
            }
        }
    }
    return {};
}

bool isScope(const std::string& scope) {
    // RFC 6749, 3.3: visible ASCII but for the quote and the backslash.
    return !scope.empty() && scope.size() <= scopeBytesMax &&
           std::all_of(scope.begin(), scope.end(),
                       [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
}

} // namespace

Answer<ServiceCore::Runnable> ServiceCore::makeRunnable(const model::Config& config,
                                                        model::RevisionNumber number, bool bindsListeners) {
    if (auto problems = m_validator.validate(config); !problems.empty()) {
        return tl::unexpected<Rejection>(invalid(std::move(problems)));
    }
    Runnable runnable;
    auto snapshot = m_engine->compile(config, number);
    if (!snapshot) {
        if (snapshot.error().code == "key-missing" && !m_secretProblem.empty()) {
            snapshot.error().message += ". " + m_secretProblem;
        }
        auto problems = problemsOf(snapshot.error(), config);
        return tl::unexpected<Rejection>(Rejection{std::move(snapshot.error()), std::move(problems), 0});
    }
    runnable.snapshot = std::move(*snapshot);
    if (bindsListeners) {
        auto listeners = m_engine->prepare(runnable.snapshot);
        if (!listeners) {
            return reject(std::move(listeners.error()));
        }
        runnable.listeners = std::move(*listeners);
    }
    return runnable;
}

/// The author has to have seen the newest revision, also one that another process published.
Answer<void> ServiceCore::checkBase(const model::ConfigChange& change) {
    const auto newer = loadNewer();
    if (!newer) {
        return reject(newer.error());
    }
    if (*newer) {
        runLoaded(nullptr);
    }
    if (change.base == revision().number) {
        return {};
    }
    Rejection stale;
    stale.error = {ErrorKind::Conflict, "stale-revision",
                   "Revision " + std::to_string(revision().number) + " was published by " +
                       revision().author + " meanwhile. Look at what changed, then publish again."};
    stale.current = revision().number;
    return tl::unexpected<Rejection>(std::move(stale));
}

Answer<std::vector<model::ApiKey>> ServiceCore::resolveKeys(std::vector<model::ApiKey> keys,
                                                            std::vector<model::FileKey> fileKeys,
                                                            const model::Config& config) const {
    for (model::FileKey& fileKey : fileKeys) {
        const model::Consumer* consumer = config.consumers.find(fileKey.consumer);
        if (consumer == nullptr) {
            return reject(ErrorKind::Input, "no-such-consumer",
                          "The key " + fileKey.key.name + " is for " + fileKey.consumer +
                              ", which is no consumer.");
        }
        fileKey.key.consumer = consumer->id;
        keys.push_back(std::move(fileKey.key));
    }
    return keys;
}

Answer<model::Revision> ServiceCore::commit(model::ConfigChange change, std::vector<model::ApiKey> keys,
                                            const model::Config& after, std::uint64_t nextId) {
    auto published = m_stores->config.publish({.change = std::move(change),
                                               .before = config(),
                                               .after = after,
                                               .nextId = nextId,
                                               .keys = std::move(keys),
                                               .time = m_clock.wallTime()});
    if (published) {
        return std::move(*published);
    }
    Rejection rejection{std::move(published.error()), {}, 0};
    if (rejection.error.code == "stale-revision") {
        // Somebody was faster between the check and the commit.
        if (loadNewer()) {
            runLoaded(nullptr);
        }
        rejection.current = revision().number;
    }
    return tl::unexpected<Rejection>(std::move(rejection));
}

void ServiceCore::publish(model::ConfigChange change, std::vector<model::ApiKey> keys,
                          std::vector<model::FileKey> fileKeys, const PendingReply<model::Revision>& reply) {
    const auto refuse = [&reply](Rejection rejection) {
        reply->answer(tl::unexpected<Rejection>(std::move(rejection)));
    };
    if (!m_stores) {
        reply->answer(notOpen());
        return;
    }
    if (auto fresh = checkBase(change); !fresh) {
        return refuse(std::move(fresh.error()));
    }
    std::uint64_t nextId = m_nextId;
    auto after = model::applyEdits(config(), change.edits, nextId);
    if (!after) {
        return refuse(Rejection{std::move(after.error()), {}, 0});
    }
    auto resolved = resolveKeys(std::move(keys), std::move(fileKeys), *after);
    if (!resolved) {
        return refuse(std::move(resolved.error()));
    }
    const bool changesConfig = !(*after == config());
    Runnable runnable;
    if (changesConfig) {
        auto made = makeRunnable(*after, revision().number + 1, carriesTraffic());
        if (!made) {
            return refuse(std::move(made.error()));
        }
        runnable = std::move(*made);
    }
    auto published = commit(std::move(change), std::move(*resolved), *after, nextId);
    if (!published) {
        return refuse(std::move(published.error()));
    }
    // From here on nothing fails: what is committed is what runs. Keys of a consumer that went are revoked.
    std::ignore = takeUpKeys();
    if (published->number == revision().number) {
        reply->answer(std::move(*published));
        return;
    }
    const model::Revision done = *published;
    m_nextId = nextId;
    setStatus([&done](GatewayStatus& status) { status.savedRevision = done.number; });
    setCurrent(std::move(*after), std::move(*published));
    m_snapshot = runnable.snapshot;
    if (!carriesTraffic()) {
        reply->answer(done);
        return;
    }
    // The answer waits for the workers, so that the next request of its receiver goes the new way.
    reply->setFallback(done);
    apply(std::move(runnable), done.number, [reply, done] { reply->answer(done); });
}

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

Answer<IssuedKey> ServiceCore::createKey(const KeyRequest& request) {
    if (!m_stores) {
        return notOpen();
    }
    if (!model::isEntityName(request.name)) {
        return tl::unexpected<Rejection>(
            invalid({{model::Problem::Kind::Range, "name",
                      "The name of a key is 1 to 64 of A-Z a-z 0-9 . _ and -.", 0, 0}}));
    }
    if (request.scopes.size() > scopesMax ||
        !std::all_of(request.scopes.begin(), request.scopes.end(), isScope)) {
        return tl::unexpected<Rejection>(invalid(
            {{model::Problem::Kind::Range, "scopes",
              "A scope is 1 to 200 letters, digits or signs without a space, and a key has at most 100.", 0,
              0}}));
    }
    if (request.expires && *request.expires <= m_clock.wallTime()) {
        return tl::unexpected<Rejection>(
            invalid({{model::Problem::Kind::Range, "expires", "The key would expire in the past.", 0, 0}}));
    }
    IssuedKey issued;
    issued.secret = auth::generateKey();
    model::ApiKey key;
    key.consumer = request.consumer;
    key.name = request.name;
    key.prefix = auth::keyPrefix(issued.secret);
    key.hash = sha256(issued.secret);
    key.scopes = request.scopes;
    key.expires = request.expires;
    key.created = m_clock.wallTime();
    auto created = m_stores->keys.create(std::move(key), request.author);
    if (!created) {
        return reject(std::move(created.error()));
    }
    issued.key = std::move(*created);
    m_engine->keys().put(issued.key);
    std::ignore = takeUpKeys();
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

} // namespace gateway::service
