#include "gateway/service/service_core.h"

#include <utility>

// Start, stop, and taking up what other processes changed.
namespace gateway::service {

namespace {

void answerAll(std::vector<PendingReply<GatewayStatus>>& waiters, const Answer<GatewayStatus>& answer) {
    for (const auto& waiter : std::exchange(waiters, {})) {
        waiter->answer(answer);
    }
}

} // namespace

bool ServiceCore::carriesTraffic() const noexcept {
    return m_status.state == GatewayState::Starting || m_status.state == GatewayState::Running;
}

void ServiceCore::start(const PendingReply<GatewayStatus>& reply) {
    if (!m_stores) {
        reply->answer(notOpen());
        return;
    }
    switch (m_status.state) {
    case GatewayState::Running:
        reply->answer(m_status);
        return;
    case GatewayState::Starting:
    case GatewayState::Draining: // starts once the last request is out
        m_startWaiters.push_back(reply);
        return;
    case GatewayState::Stopped:
    case GatewayState::Failed:
        m_startWaiters.push_back(reply);
        beginStart();
        return;
    }
}

void ServiceCore::beginStart() {
    setStatus([](GatewayStatus& status) {
        status.state = GatewayState::Starting;
        status.message.clear();
    });
    if (auto loaded = loadNewer(); !loaded) {
        failStart(Rejection{std::move(loaded.error()), {}, 0});
        return;
    }
    m_engine->renewServices();
    auto runnable = makeRunnable(config(), revision().number, true);
    if (!runnable) {
        failStart(runnable.error());
        return;
    }
    m_snapshot = runnable->snapshot;
    apply(std::move(*runnable), revision().number, nullptr);
}

void ServiceCore::failStart(const Rejection& rejection) {
    setStatus([&rejection](GatewayStatus& status) {
        status.state = GatewayState::Failed;
        status.message = rejection.error.message;
    });
    answerAll(m_startWaiters, tl::unexpected<Rejection>(rejection));
    answerAll(m_stopWaiters, m_status);
}

void ServiceCore::apply(Runnable runnable, model::RevisionNumber number, Live live) {
    // Comes on a worker's thread, and the worker is gone before this object is.
    auto hop = [this, number, live = std::move(live)] {
        QMetaObject::invokeMethod(
            this,
            [this, number, live] {
                if (!m_engine) {
                    return; // shut down meanwhile
                }
                becomeLive(number);
                if (live) {
                    live();
                }
            },
            Qt::QueuedConnection);
    };
    m_engine->apply(std::move(runnable.snapshot), std::move(runnable.listeners), std::move(hop));
}

void ServiceCore::becomeLive(model::RevisionNumber number) {
    if (!carriesTraffic()) {
        return; // a drain was faster
    }
    const bool starts = m_status.state == GatewayState::Starting;
    setStatus([&](GatewayStatus& status) {
        status.state = GatewayState::Running;
        status.liveRevision = number;
        status.addresses.clear();
        for (auto& [name, address] : m_engine->addresses()) {
            status.addresses.push_back(std::move(address));
        }
        status.workers = m_engine->workerCount();
        if (starts) {
            status.runningSince = m_clock.wallTime();
        }
        if (status.liveRevision == status.savedRevision) {
            status.message.clear();
        }
    });
    answerAll(m_startWaiters, m_status);
    if (!m_stopWaiters.empty()) {
        beginDrain();
    }
}

void ServiceCore::stop(const PendingReply<GatewayStatus>& reply) {
    if (!m_stores) {
        reply->answer(notOpen());
        return;
    }
    switch (m_status.state) {
    case GatewayState::Failed:
        setStatus([](GatewayStatus& status) {
            status.state = GatewayState::Stopped;
            status.message.clear();
        });
        reply->answer(m_status);
        return;
    case GatewayState::Stopped:
        reply->answer(m_status);
        return;
    case GatewayState::Starting: // drains once it has started
    case GatewayState::Draining:
        m_stopWaiters.push_back(reply);
        return;
    case GatewayState::Running:
        m_stopWaiters.push_back(reply);
        beginDrain();
        return;
    }
}

void ServiceCore::beginDrain() {
    setStatus([](GatewayStatus& status) { status.state = GatewayState::Draining; });
    m_engine->drain(m_options.drainDeadline, [this](std::size_t cut) {
        QMetaObject::invokeMethod(
            this, [this, cut] { finishDrain(cut); }, Qt::QueuedConnection);
    });
}

void ServiceCore::finishDrain(std::size_t cut) {
    if (!m_engine) {
        return; // shut down meanwhile
    }
    saveKeyUses();
    saveCalls();
    setStatus([cut](GatewayStatus& status) {
        status.state = GatewayState::Stopped;
        status.addresses.clear();
        status.runningSince.reset();
        status.liveRevision = 0;
        status.message = cut == 0 ? std::string()
                                  : std::to_string(cut) + " requests did not end in time and were cut off.";
    });
    answerAll(m_stopWaiters, m_status);
    if (!m_startWaiters.empty()) {
        beginStart();
    }
}

void ServiceCore::reload(const PendingReply<GatewayStatus>& reply) {
    if (!m_stores) {
        reply->answer(notOpen());
        return;
    }
    if (auto loaded = loadNewer(); !loaded) {
        reply->answer(reject(std::move(loaded.error())));
        return;
    }
    m_engine->renewServices();
    runLoaded(reply);
}

/// Takes the saved config and keys into memory where they are not those we know; true when the config is
/// another one.
Result<bool> ServiceCore::loadNewer() {
    const auto version = m_stores->config.version();
    if (!version) {
        return fail(version.error());
    }
    bool isNewer = false;
    if (version->revision != revision().number) {
        auto stored = m_stores->config.load();
        if (!stored) {
            return fail(std::move(stored.error()));
        }
        isNewer = true;
        m_nextId = stored->nextId;
        setStatus([&stored](GatewayStatus& status) { status.savedRevision = stored->revision.number; });
        setCurrent(std::move(stored->config), std::move(stored->revision));
    }
    if (version->keyGeneration != m_keyGeneration) {
        if (auto taken = takeUpKeys(); !taken) {
            return fail(std::move(taken.error()));
        }
    }
    if (version->revocationGeneration != m_revocationGeneration) {
        if (auto taken = takeUpRevocations(); !taken) {
            return fail(std::move(taken.error()));
        }
    }
    if (version->secretGeneration != m_secretGeneration) {
        std::ignore = takeUpSecrets();
        // It may have waited for a private key.
        isNewer = isNewer || (carriesTraffic() && m_status.liveRevision != m_status.savedRevision);
    }
    isNewer = std::exchange(m_hasOtherSecrets, false) || isNewer;
    return isNewer;
}

/// Brings the saved config to the workers. Where it cannot run, traffic stays on the last good one, and the
/// status says why.
void ServiceCore::runLoaded(const PendingReply<GatewayStatus>& reply) {
    if (!carriesTraffic()) {
        if (reply) {
            reply->answer(m_status);
        }
        return;
    }
    const model::RevisionNumber number = revision().number;
    auto runnable = makeRunnable(config(), number, true);
    if (!runnable) {
        setStatus([&](GatewayStatus& status) {
            status.message = "Revision " + std::to_string(number) +
                             " cannot run, traffic stays on revision " + std::to_string(status.liveRevision) +
                             ": " + runnable.error().error.message;
        });
        if (reply) {
            reply->answer(tl::unexpected<Rejection>(std::move(runnable.error())));
        }
        return;
    }
    m_snapshot = runnable->snapshot;
    if (reply) {
        reply->setFallback(m_status); // a drain may overtake it
    }
    apply(std::move(*runnable), number, [this, reply] {
        if (reply) {
            reply->answer(m_status);
        }
    });
}

} // namespace gateway::service
