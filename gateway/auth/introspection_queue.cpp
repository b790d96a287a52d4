#include "gateway/auth/introspection_queue.h"

#include <algorithm>

namespace gateway::auth {

namespace {

constexpr std::size_t answerBytesMax = 256 * 1024;

/// RFC 7662, 2.2: what is no 200 with JSON says nothing about the token.
Result<std::string> readAnswer(Result<FetchAnswer> answer) {
    const auto broken = [](const std::string& what) {
        return fail(ErrorKind::Environment, "introspection-failed", "The introspection endpoint " + what);
    };
    if (!answer) {
        const bool isLate = answer.error().code == "provider-timeout";
        return fail(ErrorKind::Environment, isLate ? "introspection-timeout" : "introspection-failed",
                    answer.error().message);
    }
    if (answer->status == 401 || answer->status == 403) {
        return broken("refuses our client_id and client_secret (" + std::to_string(answer->status) + ").");
    }
    if (answer->status != 200) {
        return broken("answered " + std::to_string(answer->status) + ".");
    }
    if (answer->mediaType != "application/json") {
        return broken("answered with something else than application/json.");
    }
    return std::move(answer->body);
}

} // namespace

IntrospectionQueue::IntrospectionQueue(HttpFetch& http, Counted counted)
    : m_http(http)
    , m_counted(std::move(counted)) {}

void IntrospectionQueue::add(const ProviderPlanPointer& plan, std::string token, Done done) {
    const auto [call, isNew] = m_calls.try_emplace({plan->serial, std::move(token)});
    if (isNew) {
        if (m_queue.size() >= queuedMax) {
            m_calls.erase(call);
            done(fail(ErrorKind::Environment, "introspection-busy",
                      "Too many tokens wait for an answer of " + plan->settings.name + "."));
            return;
        }
        call->second.plan = plan;
        call->second.deadline = std::chrono::steady_clock::now() + plan->settings.introspection->timeout;
        m_queue.push_back(call);
    } else if (call->second.waiting.size() >= waitingMax) {
        done(fail(ErrorKind::Environment, "introspection-busy",
                  "Too many requests wait for the same answer of " + plan->settings.name + "."));
        return;
    }
    call->second.waiting.push_back(std::move(done));
}

bool IntrospectionQueue::pump(const std::string& endpoint) {
    expire();
    while (!m_queue.empty() && m_open < openMax) {
        const auto call = m_queue.front();
        const std::string& own = call->second.plan->settings.introspection->endpoint;
        const std::string& url = own.empty() ? endpoint : own;
        if (url.empty()) {
            return true;
        }
        m_queue.pop_front();
        send(call, url);
    }
    return false;
}

void IntrospectionQueue::expire() {
    // The oldest are in front, and those of one plan have the same time to wait.
    while (!m_queue.empty() && m_queue.front()->second.deadline <= std::chrono::steady_clock::now()) {
        const auto call = m_queue.front();
        m_queue.pop_front();
        finish(call, fail(ErrorKind::Environment, "introspection-timeout",
                          "The introspection endpoint of " + call->second.plan->settings.name +
                              " has too much to do."));
    }
}

void IntrospectionQueue::refuseWaiting(const std::string& why) {
    while (!m_queue.empty()) {
        const auto call = m_queue.front();
        m_queue.pop_front();
        finish(call, fail(ErrorKind::Environment, "introspection-failed", why));
    }
}

void IntrospectionQueue::send(Calls::iterator call, const std::string& url) {
    const ProviderPlanPointer& plan = call->second.plan;
    const model::IdentityProvider::Introspection& settings = *plan->settings.introspection;
    FetchRequest request;
    request.url = url;
    request.form = "token=" + formEncoded(call->first.second) + "&token_type_hint=access_token";
    // Both are encoded before they become a user name and a password (RFC 6749, 2.3.1).
    request.user = formEncoded(settings.clientId);
    request.password = formEncoded(plan->clientSecret);
    request.authorities = std::shared_ptr<const std::string>(plan, &plan->authorities);
    request.timeout = std::max(std::chrono::duration_cast<std::chrono::milliseconds>(
                                   call->second.deadline - std::chrono::steady_clock::now()),
                               std::chrono::milliseconds(1));
    request.bytesMax = answerBytesMax;
    ++m_open;
    m_http.start(std::move(request),
                 [self = weak_from_this(), key = call->first](Result<FetchAnswer> answer) {
                     if (const auto queue = self.lock()) {
                         queue->answered(key, std::move(answer));
                     }
                 });
}

void IntrospectionQueue::answered(const Key& key, Result<FetchAnswer> answer) {
    --m_open;
    if (const auto call = m_calls.find(key); call != m_calls.end()) {
        finish(call, readAnswer(std::move(answer)));
    }
}

void IntrospectionQueue::finish(Calls::iterator call, Result<std::string> answer) {
    // Taken out first: whoever is told may ask about the same token again.
    const std::vector<Done> waiting = std::move(call->second.waiting);
    m_calls.erase(call);
    m_counted(answer ? std::string() : answer.error().message);
    for (const Done& done : waiting) {
        done(answer);
    }
}

} // namespace gateway::auth
