#include "gateway/auth/provider_board.h"

#include <algorithm>

namespace gateway::auth {

std::shared_ptr<ProviderKeys> ProviderBoard::keysOf(Id id) {
    const std::lock_guard lock(m_mutex);
    return m_entries[id.value].keys;
}

void ProviderBoard::begin(const ProviderPlan& plan, const std::string& source, bool isFetched) {
    const std::lock_guard lock(m_mutex);
    Entry& entry = m_entries[plan.settings.id.value];
    if (entry.source != source) {
        entry.keys->set(nullptr);
        entry.report.fetchedAt.reset();
        entry.source = source;
    }
    entry.report.id = plan.settings.id;
    entry.report.name = plan.settings.name;
    entry.report.keysFrom.clear();
    entry.report.problem.clear();
    entry.report.triedAt.reset();
    entry.serial = plan.serial;
    entry.isListed = true;
    entry.isFetched = isFetched;
    entry.isFetching = false;
    // It is asked at once, so that a token that is here already may wait for the answer.
    entry.isWanted = isFetched;
}

ProviderBoard::Entry* ProviderBoard::entryOf(const ProviderPlan& plan) {
    const auto found = m_entries.find(plan.settings.id.value);
    return found != m_entries.end() && found->second.serial == plan.serial ? &found->second : nullptr;
}

void ProviderBoard::setKeys(const ProviderPlan& plan, const Result<std::shared_ptr<const KeySet>>& keys,
                            WallTime now) {
    const std::lock_guard lock(m_mutex);
    Entry* entry = entryOf(plan);
    if (entry == nullptr) {
        return;
    }
    entry->report.triedAt = now;
    if (!keys) {
        entry->report.problem = keys.error().message;
        return;
    }
    entry->report.problem.clear();
    entry->report.fetchedAt = now;
    entry->keys->set(*keys);
}

void ProviderBoard::keepOnly(const std::vector<ProviderPlanPointer>& providers) {
    const std::lock_guard lock(m_mutex);
    for (auto& [id, entry] : m_entries) {
        const auto isIt = [wanted = id](const ProviderPlanPointer& plan) {
            return plan->settings.id.value == wanted;
        };
        if (std::none_of(providers.begin(), providers.end(), isIt)) {
            entry.isListed = false;
            entry.isFetched = false;
            entry.isFetching = false;
            entry.isWanted = false;
        }
    }
}

void ProviderBoard::fetching(const ProviderPlan& plan, WallTime now, Monotonic wantedFrom) {
    const std::lock_guard lock(m_mutex);
    if (Entry* entry = entryOf(plan)) {
        entry->report.triedAt = now;
        entry->isFetching = true;
        entry->isWanted = false;
        entry->wantedFrom = wantedFrom;
    }
}

void ProviderBoard::fetched(const ProviderPlan& plan, Monotonic wantedFrom) {
    const std::lock_guard lock(m_mutex);
    if (Entry* entry = entryOf(plan)) {
        entry->isFetching = false;
        entry->isWanted = false;
        entry->wantedFrom = wantedFrom;
    }
}

void ProviderBoard::problem(const ProviderPlan& plan, const std::string& problem) {
    const std::lock_guard lock(m_mutex);
    if (Entry* entry = entryOf(plan)) {
        entry->report.problem = problem;
    }
}

void ProviderBoard::keysFrom(const ProviderPlan& plan, const std::string& url) {
    const std::lock_guard lock(m_mutex);
    if (Entry* entry = entryOf(plan)) {
        entry->report.keysFrom = url;
    }
}

bool ProviderBoard::want(Id id, Monotonic now) {
    const std::lock_guard lock(m_mutex);
    const auto found = m_entries.find(id.value);
    if (found == m_entries.end()) {
        return false;
    }
    Entry& entry = found->second;
    if (!entry.isFetched || entry.isWanted || now < entry.wantedFrom) {
        return false;
    }
    entry.isWanted = true;
    return true;
}

bool ProviderBoard::mayBringKeys(Id id, Monotonic now) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_entries.find(id.value);
    if (found == m_entries.end() || !found->second.isFetched) {
        return false;
    }
    const Entry& entry = found->second;
    return entry.isFetching || entry.isWanted || now >= entry.wantedFrom;
}

void ProviderBoard::introspected(Id id, const std::string& problem) {
    const std::lock_guard lock(m_mutex);
    ProviderReport& report = m_entries[id.value].report;
    ++report.introspections;
    report.introspectionFailures += problem.empty() ? 0 : 1;
    report.introspectionProblem = problem;
}

std::vector<ProviderReport> ProviderBoard::reports() const {
    const std::lock_guard lock(m_mutex);
    std::vector<ProviderReport> reports;
    for (const auto& [id, entry] : m_entries) {
        if (!entry.isListed) {
            continue;
        }
        ProviderReport& report = reports.emplace_back(entry.report);
        report.isAsking = entry.isFetching || entry.isWanted;
        if (const auto keys = entry.keys->current()) {
            for (const VerificationKey& key : keys->keys()) {
                report.keys.emplace_back(key.id, key.kind);
            }
            report.keysLeftOut = keys->leftOut();
        }
    }
    return reports;
}

} // namespace gateway::auth
