#include "gateway/auth/identity_client.h"

#include "gateway/auth/http_fetch.h"
#include "gateway/auth/introspection_queue.h"
#include "gateway/auth/provider_board.h"
#include "gateway/auth/provider_watch.h"
#include "gateway/base/random.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <mutex>
#include <random>
#include <thread>

namespace gateway::auth {

namespace {

// The schedule is the clock's, which need not run as fast as the thread's waits do.
constexpr std::chrono::milliseconds waitMax{250};
constexpr std::chrono::milliseconds idleWaitMax{600'000};

std::uint64_t anySeed() {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

/// A thread that gets no signals: those of the process are for others, and a peer that goes away while TLS
/// writes to it (SIGPIPE) must not end the gateway.
template<class Work>
std::thread startWithoutSignals(Work work) {
    sigset_t all;
    sigset_t former;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    std::thread thread(std::move(work));
    pthread_sigmask(SIG_SETMASK, &former, nullptr);
    return thread;
}

} // namespace

struct IdentityClient::State {
    using Id = model::IdentityProviderId;

    explicit State(const Clock& theClock)
        : clock(theClock)
        , thread(startWithoutSignals([this] { run(); })) {}

    void post(std::function<void()> task) {
        {
            const std::lock_guard lock(mutex);
            inbox.push_back(std::move(task));
        }
        http.wakeUp();
    }

    void run();
    void replaceProviders(const std::vector<ProviderPlanPointer>& providers);
    void introspect(const ProviderPlanPointer& plan, std::string token, Introspected done);
    void pumpQueues();
    [[nodiscard]] std::chrono::milliseconds waitTime() const;

    const Clock& clock;
    ProviderBoard board;
    HttpFetch http; // the thread's, but for wakeUp()
    Random random{anySeed()};
    std::map<std::uint64_t, std::shared_ptr<ProviderWatch>> watches;     // the thread's
    std::map<std::uint64_t, std::shared_ptr<IntrospectionQueue>> queues; // the thread's
    std::map<std::uint64_t, std::uint64_t> announced;                    // the control thread's
    std::mutex mutex;
    std::vector<std::function<void()>> inbox; // guarded by mutex
    bool isStopping = false;                  // guarded by mutex
    std::thread thread;                       // last, so that it finds everything else made
};

void IdentityClient::State::run() {
    std::vector<std::function<void()>> tasks;
    while (true) {
        {
            const std::lock_guard lock(mutex);
            if (isStopping) {
                return;
            }
            tasks.swap(inbox);
        }
        for (const auto& task : tasks) {
            task();
        }
        tasks.clear();
        for (const auto& [id, watch] : watches) {
            watch->tick();
        }
        pumpQueues();
        http.run(waitTime());
    }
}

void IdentityClient::State::replaceProviders(const std::vector<ProviderPlanPointer>& providers) {
    std::map<std::uint64_t, std::shared_ptr<ProviderWatch>> former = std::exchange(watches, {});
    for (const ProviderPlanPointer& plan : providers) {
        const auto known = former.find(plan->settings.id.value);
        if (known != former.end() && known->second->serial() == plan->serial) {
            watches.insert(*known);
        } else {
            const ProviderWatch::Tools tools{clock, http, board, random};
            watches[plan->settings.id.value] = std::make_shared<ProviderWatch>(tools, plan);
        }
    }
}

void IdentityClient::State::introspect(const ProviderPlanPointer& plan, std::string token,
                                       Introspected done) {
    const Id id = plan->settings.id;
    auto& queue = queues[id.value];
    if (!queue) {
        queue = std::make_shared<IntrospectionQueue>(
            http, [this, id](const std::string& problem) { board.introspected(id, problem); });
    }
    queue->add(plan, std::move(token), std::move(done));
}

void IdentityClient::State::pumpQueues() {
    for (const auto& [id, queue] : queues) {
        if (!queue->isWaiting()) {
            continue;
        }
        const auto watch = watches.find(id);
        const std::string endpoint =
            watch != watches.end() ? watch->second->introspectionEndpoint() : std::string();
        const bool needsEndpoint = queue->pump(endpoint);
        if (needsEndpoint && (watch == watches.end() || !watch->second->learnEndpoint())) {
            queue->refuseWaiting("The provider's metadata names no introspection endpoint, or is not here.");
        }
    }
}

std::chrono::milliseconds IdentityClient::State::waitTime() const {
    if (watches.empty() && queues.empty()) {
        return idleWaitMax;
    }
    std::chrono::milliseconds wait = waitMax;
    for (const auto& [id, watch] : watches) {
        if (const auto due = watch->due()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - clock.now());
            wait = std::clamp(left, std::chrono::milliseconds(0), wait);
        }
    }
    return wait;
}

IdentityClient::IdentityClient(const Clock& clock)
    : m_state(std::make_unique<State>(clock)) {}

IdentityClient::~IdentityClient() {
    {
        const std::lock_guard lock(m_state->mutex);
        m_state->isStopping = true;
    }
    m_state->http.wakeUp();
    m_state->thread.join();
}

std::shared_ptr<ProviderKeys> IdentityClient::keysOf(model::IdentityProviderId id) {
    return m_state->board.keysOf(id);
}

void IdentityClient::setProviders(std::vector<ProviderPlanPointer> providers) {
    std::map<std::uint64_t, std::uint64_t> announced;
    for (const ProviderPlanPointer& plan : providers) {
        const auto known = m_state->announced.find(plan->settings.id.value);
        if (known == m_state->announced.end() || known->second != plan->serial) {
            ProviderWatch::announce(m_state->board, *plan, m_state->clock.wallTime());
        }
        announced[plan->settings.id.value] = plan->serial;
    }
    m_state->announced = std::move(announced);
    m_state->board.keepOnly(providers);
    m_state->post([state = m_state.get(), plans = std::move(providers)] { state->replaceProviders(plans); });
}

void IdentityClient::wantKeys(model::IdentityProviderId id) {
    if (!m_state->board.want(id, m_state->clock.now())) {
        return;
    }
    m_state->post([state = m_state.get(), id] {
        if (const auto watch = state->watches.find(id.value); watch != state->watches.end()) {
            watch->second->start(true);
        }
    });
}

bool IdentityClient::mayBringKeys(model::IdentityProviderId id) const {
    return m_state->board.mayBringKeys(id, m_state->clock.now());
}

void IdentityClient::introspect(const ProviderPlanPointer& provider, std::string token, Introspected done) {
    m_state->post(
        [state = m_state.get(), provider, token = std::move(token), done = std::move(done)]() mutable {
            state->introspect(provider, std::move(token), std::move(done));
        });
}

std::vector<ProviderReport> IdentityClient::reports() const {
    return m_state->board.reports();
}

void IdentityClient::refresh(model::IdentityProviderId id) {
    m_state->post([state = m_state.get(), id] {
        if (const auto watch = state->watches.find(id.value); watch != state->watches.end()) {
            watch->second->start(false);
        }
    });
}

} // namespace gateway::auth
