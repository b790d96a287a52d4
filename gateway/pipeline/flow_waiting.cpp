#include "gateway/auth/identity_client.h"
#include "gateway/pipeline/flow.h"

#include <algorithm>

/// Requests that wait for something before it is clear what becomes of them.
namespace gateway::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr auto waitMax = 10s;
constexpr std::size_t pendingMax = 10'000; // a worker; each holds a head and a piece of a body

constexpr const char* waitedTooLong = "Whom the gateway asks about callers does not answer.";

} // namespace

void PendingRequest::onTimer(void* self) {
    static_cast<PendingRequest*>(self)->flow->onWaitOver();
}

// The handler's part

PendingRequest* FlowHandler::takePending(Flow& flow) {
    if (m_pending.size() >= pendingMax) {
        return nullptr;
    }
    if (m_freePending.empty()) {
        m_freePending.push_back(std::make_unique<PendingRequest>(m_pools.loop().timers()));
    }
    auto& pending = m_pending.emplace_back(std::move(m_freePending.back()));
    m_freePending.pop_back();
    pending->flow = &flow;
    pending->position = static_cast<std::uint32_t>(m_pending.size() - 1);
    return pending.get();
}

void FlowHandler::givePending(PendingRequest& pending) {
    pending.timer.clear();
    pending.ticket = 0;
    pending.isPaused = pending.hasEnded = false;
    pending.head.clear();
    pending.body = std::string();
    pending.trailers.clear();
    const std::uint32_t position = pending.position;
    m_freePending.push_back(std::move(m_pending[position]));
    if (position + 1 < m_pending.size()) {
        m_pending[position] = std::move(m_pending.back());
        m_pending[position]->position = position;
    }
    m_pending.pop_back();
}

/// Sees to it that what the request waits for comes.
void FlowHandler::beginWait(PendingRequest& pending, Wait& wait) {
    pending.ticket = ++m_lastTicket;
    pending.timer.set(wait.what == Wait::For::Delay
                          ? wait.slowdown.time
                          : std::chrono::duration_cast<std::chrono::nanoseconds>(waitMax));
    switch (wait.what) {
    case Wait::For::Nothing:
    case Wait::For::Delay:
        break;
    case Wait::For::Keys:
        ++m_waitingForKeys; // see checkKeys()
        m_tools.identity->wantKeys(wait.provider->settings.id);
        break;
    case Wait::For::Introspection:
        m_tools.cells.access.introspectionsWaiting.add();
        m_tools.identity->introspect(
            wait.provider, std::move(wait.token),
            [gate = m_gate, handler = this, ticket = pending.ticket](Result<std::string> answer) {
                gate->post([handler, ticket, answer = std::move(answer)]() mutable {
                    handler->onAnswer(ticket, std::move(answer));
                });
            });
        wait.token.clear();
        break;
    }
}

void FlowHandler::onAnswer(std::uint64_t ticket, Result<std::string> answer) {
    const auto at = std::find_if(m_pending.begin(), m_pending.end(),
                                 [&](const auto& pending) { return pending->ticket == ticket; });
    if (at != m_pending.end()) { // else the client left, or waited too long
        (*at)->flow->resume(std::move(answer));
    }
}

/// Once a tick: goes on with those whose provider has other keys now, or will have none.
void FlowHandler::checkKeys() {
    std::vector<Flow*> ready;
    for (const auto& pending : m_pending) {
        const Wait& wait = *pending->flow->context().wait;
        if (wait.what == Wait::For::Keys && (wait.provider->keys->generation() != wait.keys ||
                                             !m_tools.identity->mayBringKeys(wait.provider->settings.id))) {
            ready.push_back(pending->flow);
        }
    }
    // None of them ends another one.
    for (Flow* flow : ready) {
        flow->resume({});
    }
}

// The flow's part

/// `stage` said Pending.
void Flow::pause(const http::RequestHead& head, std::size_t stage) {
    if (m_pending == nullptr) {
        m_pending = m_handler.takePending(*this);
        if (m_pending == nullptr) {
            if (m_context.wait->what == Wait::For::Delay) {
                m_handler.m_tools.delays->end(m_context.wait->slowdown);
            } else {
                m_context.reply.set(503, "overloaded", "Too many requests wait for answers about callers.");
            }
            answer();
            return;
        }
        m_pending->head.take(head);
        m_downstream->attach(*this);
    }
    m_pending->stage = stage;
    m_handler.beginWait(*m_pending, *m_context.wait);
}

void Flow::stopWaiting() {
    Wait& wait = *m_context.wait;
    switch (wait.what) {
    case Wait::For::Nothing:
        break;
    case Wait::For::Keys:
        --m_handler.m_waitingForKeys;
        break;
    case Wait::For::Introspection:
        m_handler.m_tools.cells.access.introspectionsWaiting.subtract();
        break;
    case Wait::For::Delay:
        m_handler.m_tools.delays->end(wait.slowdown);
        break;
    }
    wait.what = Wait::For::Nothing;
    m_pending->timer.clear();
    m_pending->ticket = 0;
}

/// What the request waited for came, or will not.
void Flow::resume(std::optional<Result<std::string>> answer) {
    Wait& wait = *m_context.wait;
    wait.answers.push_back({wait.provider->serial, wait.what, std::move(answer)});
    stopWaiting();
    m_context.listener = &m_downstream->listener();
    http::RequestHead& head = m_pending->head.head();
    m_context.head = &head;
    if (runStages(head, m_pending->stage)) {
        act(head);
        passHeldBody();
    }
}

void Flow::onWaitOver() {
    const bool isAnswered = m_context.wait->what == Wait::For::Delay;
    stopWaiting();
    if (!isAnswered) {
        m_context.accessFault = "no-answer";
        m_context.reply.set(503, "identity-unavailable", waitedTooLong);
    }
    answer();
}

/// The service is asked by now: it gets what of the body came meanwhile.
void Flow::passHeldBody() {
    if (m_downstream == nullptr) {
        return; // answered already
    }
    const std::string body = std::move(m_pending->body);
    const std::string trailers = std::move(m_pending->trailers);
    const bool isPaused = m_pending->isPaused;
    const bool hasEnded = m_pending->hasEnded;
    m_handler.givePending(*std::exchange(m_pending, nullptr));
    const bool wantsMore = body.empty() || passBody(body);
    if (m_downstream == nullptr) {
        return;
    }
    if (hasEnded) {
        onBodyEnd(trailers);
    }
    if (m_downstream == nullptr) {
        return;
    }
    m_call.flush();
    if (isPaused && wantsMore) {
        m_downstream->resumeBody();
    }
}

} // namespace gateway::pipeline
