#include "gateway/auth/revocations.h"
#include "gateway/service/revocation_rules.h"
#include "gateway/service/service_core.h"

#include <algorithm>

// What holds no more: stored first, so that it is still so after a crash, then in force on every worker, and
// only then answered.
namespace gateway::service {

using model::Revocation;

/// Brings all that are stored to the workers, whichever process stored them.
Result<void> ServiceCore::takeUpRevocations() {
    // The number first: what comes after it is taken up once more.
    const auto version = m_stores->config.version();
    if (!version) {
        return fail(version.error());
    }
    const auto revocations = m_stores->revocations.list(m_clock.wallTime());
    if (!revocations) {
        return fail(revocations.error());
    }
    m_engine->revocations().set(*revocations);
    m_revocationGeneration = version->revocationGeneration;
    m_revocationEnds.reset();
    for (const Revocation& revocation : *revocations) {
        if (revocation.expires) {
            m_revocationEnds = std::min(*revocation.expires, m_revocationEnds.value_or(WallTime::max()));
        }
    }
    Q_EMIT m_facade.revocationsChanged();
    return {};
}

void ServiceCore::forgetRevocations() {
    if (m_revocationEnds && *m_revocationEnds <= m_clock.wallTime()) {
        std::ignore = takeUpRevocations();
    }
}

Answer<Revocation> ServiceCore::revoke(Revocation revocation) {
    if (!m_stores) {
        return notOpen();
    }
    auto complete = completeRevocation(std::move(revocation), config(), m_clock.wallTime());
    if (!complete) {
        return reject(std::move(complete.error()));
    }
    auto stored = storeRevocation(*m_stores, std::move(*complete));
    // Also when it failed half-way: what is stored holds.
    auto taken = takeUpRevocations();
    auto keysTaken = takeUpKeys();
    for (const Result<void>& outcome : {taken, keysTaken}) {
        if (stored && !outcome) {
            return reject(outcome.error());
        }
    }
    if (!stored) {
        return reject(std::move(stored.error()));
    }
    return std::move(*stored);
}

Answer<std::vector<Revocation>> ServiceCore::listRevocations() {
    if (!m_stores) {
        return notOpen();
    }
    auto revocations = m_stores->revocations.list(m_clock.wallTime());
    if (!revocations) {
        return reject(std::move(revocations.error()));
    }
    return std::move(*revocations);
}

Answer<bool> ServiceCore::liftRevocation(model::RevocationId id, const std::string& author) {
    if (!m_stores) {
        return notOpen();
    }
    if (auto removed = m_stores->revocations.remove(id, author); !removed) {
        return reject(std::move(removed.error()));
    }
    if (auto taken = takeUpRevocations(); !taken) {
        return reject(std::move(taken.error()));
    }
    return true;
}

} // namespace gateway::service
