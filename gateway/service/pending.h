#pragma once

#include <QFuture>
#include <QPromise>
#include <utility>

namespace gateway::service {

/// An answer that somebody waits for. It is always given: whoever drops a Pending unanswered, at shutdown for
/// instance, gives the fallback. Answered by one thread.
template<class T>
class Pending {
public:
    explicit Pending(T fallback)
        : m_fallback(std::move(fallback)) {
        m_promise.start();
    }
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    ~Pending() {
        if (!m_isAnswered) {
            answer(std::move(m_fallback));
        }
    }

    [[nodiscard]] QFuture<T> future() const { return m_promise.future(); }
    void setFallback(T fallback) { m_fallback = std::move(fallback); }
    void answer(T value) {
        m_isAnswered = true;
        m_promise.addResult(std::move(value));
        m_promise.finish();
    }

private:
    QPromise<T> m_promise;
    T m_fallback;
    bool m_isAnswered = false;
};

} // namespace gateway::service
