#include "gateway/model/edit.h"
#include "gateway/service/key_rules.h"
#include "gateway/service/service_core.h"

#include <utility>

// An edit's way: whatever can fail comes before the commit, so that the database never holds a revision that
// cannot run.
namespace gateway::service {

namespace {

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

} // namespace

Answer<ServiceCore::Runnable> ServiceCore::makeRunnable(const model::Config& config,
                                                        model::RevisionNumber number, bool bindsListeners) {
    if (auto problems = m_validator.validate(config); !problems.empty()) {
        return tl::unexpected<Rejection>(invalidRequest(std::move(problems)));
    }
    if (signsTokens(config)) {
        if (auto prepared = prepareIdentityKeys(); !prepared) {
            return reject(std::move(prepared.error()));
        }
    }
    Runnable runnable;
    auto snapshot = m_engine->compile(config, number);
    if (!snapshot) {
        const std::string& code = snapshot.error().code;
        if ((code == "key-missing" || code == "secret-missing") && !m_secretProblem.empty()) {
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

} // namespace gateway::service
