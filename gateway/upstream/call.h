#pragma once

#include "gateway/base/clock.h"
#include "gateway/http/head.h"
#include "gateway/metrics/cells.h"
#include "gateway/net/timer_wheel.h"
#include "gateway/upstream/balancer.h"
#include "gateway/upstream/failure.h"
#include "gateway/upstream/service_plan.h"

#include <optional>
#include <string>
#include <string_view>

namespace gateway::upstream {

class Connection;
class Pools;

/// Gets the answer to a call. Everything happens on the worker's thread, never from within a function of the
/// call (but for onResponseEnd and onCallFailed, which may come from within flush()).
class CallListener {
public:
    virtual ~CallListener() = default;

    virtual void onInformational(const http::ResponseHead& head) = 0;
    /// `head` is valid until the return.
    virtual void onResponseHead(const http::ResponseHead& head) = 0;
    /// False: pause until Call::resumeResponse(). The piece is taken in any case.
    [[nodiscard]] virtual bool onResponseBody(std::string_view piece) = 0;
    /// What one read brought is handed over.
    virtual void onResponseBatchEnd() = 0;
    /// The last call of a good answer; the connection is back in its pool.
    virtual void onResponseEnd(std::string_view trailers) = 0;
    /// The last call of a bad one. `started`: the head was handed over already.
    virtual void onCallFailed(const Failure& failure, bool started) = 0;
    /// Go on after Call::sendBody() said false.
    virtual void onRequestWritable() = 0;
};

/// What a call is about, beside the bytes to send.
struct CallPlan {
    const ServicePlan* service = nullptr; ///< stays until the call is over
    http::Method method = http::Method::Get;
    http::Framing framing = http::Framing::None; ///< of the request's body
    bool expectsContinue = false;
    std::uint64_t hash = 0; ///< of who calls, for Balance::ConsistentHash
    Monotonic now{};
};

/// One request to a service: asks the breaker and the limit of concurrency, takes a target from the balancer,
/// takes a pooled connection or opens one, sends, and tries again as model::Retries says, where that is safe:
/// if not a byte of the request was sent, or if the method is idempotent (RFC 9110, 9.2.2) and all that was
/// sent is still here. Beside that, a pooled connection that dies before a byte of the answer came is
/// replaced once by a fresh one under the same condition: mostly its keep-alive had ended just then. Reused
/// from request to request. Single-threaded.
class Call {
public:
    explicit Call(Pools& pools);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call();

    /// The request's head is written into request() before; nothing is sent before flush(). With a failure
    /// nobody was asked, and the listener hears nothing.
    [[nodiscard]] std::optional<Failure> start(const CallPlan& plan, CallListener& listener);
    [[nodiscard]] std::string& request() noexcept { return m_out; }

    [[nodiscard]] bool sendBody(std::string_view piece);
    void endBody(std::string_view trailers);
    void flush();
    void resumeResponse();
    /// Nobody is interested any more; the listener hears nothing after it.
    void cancel();

    [[nodiscard]] bool isActive() const noexcept { return m_listener != nullptr; }
    /// The target that was asked last; null: none yet.
    [[nodiscard]] const TargetPlan* target() const noexcept { return m_target; }
    /// How often a target was asked.
    [[nodiscard]] unsigned attempts() const noexcept { return m_attempts; }
    void forgetTarget() noexcept { m_target = nullptr; }

private:
    friend class Connection;

    enum class RetryCause : std::uint8_t { ConnectFailure, RefusedStream, Reset, Timeout, Status };
    enum class TryEnd : std::uint8_t {
        Good,
        Error,
        Abandoned, ///< the client left: it says nothing about the target
        Void,      ///< it did not really ask the target
    };
    enum class TimerUse : std::uint8_t { Nothing, Attempt, Backoff, NoAddress };

    // From the connection.
    void onConnected();
    void onConnectFailed(const Failure& failure);
    void onDied(const Failure& failure, bool anythingReceived, bool reused);
    void onWritable();
    /// Whether another try takes the place of an answer with this status. With true the connection lets the
    /// answer go and calls retryAnswered().
    [[nodiscard]] bool retriesOn(int status);
    void retryAnswered(int status);
    void onHead(int status) noexcept;
    /// The answer is whole; returns who is to be told.
    [[nodiscard]] CallListener* onComplete();
    [[nodiscard]] bool isRequestSent() const noexcept { return m_bodyEnded && m_outSent == m_out.size(); }

    // Admission.
    [[nodiscard]] std::optional<Failure> admit();
    [[nodiscard]] bool takePlace() noexcept;
    void leave(std::optional<bool> error) noexcept;

    // Tries.
    [[nodiscard]] const TargetPlan* pickTarget(Monotonic now);
    void beginTry(const TargetPlan& target, bool fresh);
    void connectNext();
    void endTry(TryEnd end) noexcept;
    void tryFailed(const Failure& failure, std::optional<RetryCause> cause);
    [[nodiscard]] bool mayRetry(RetryCause cause);
    [[nodiscard]] bool isChosen(RetryCause cause) const noexcept;
    [[nodiscard]] bool isRepeatable() const noexcept;
    void retry(RetryCause cause);
    void waitBackoff();
    void armAttempt();
    void fail(const Failure& failure);

    static void onTimer(void* self);
    void onBackoffOver();
    void onAttemptTimeout();
    static void onDeadline(void* self);

    void pumpOut();
    void sendOn();
    [[nodiscard]] const model::Service& settings() const noexcept { return m_plan.service->settings; }
    [[nodiscard]] Monotonic now() const;

    Pools& m_pools;
    CallPlan m_plan;
    const TargetPlan* m_target = nullptr;
    metrics::TargetCells* m_cells = nullptr; ///< of the target, while a try is under way
    CallListener* m_listener = nullptr;
    Connection* m_connection = nullptr;
    std::string m_out; ///< of the request: all of it while it is short, then what the socket did not take
    std::size_t m_outSent = 0;
    TriedTargets m_tried;
    net::Timer m_timer;
    net::Timer m_deadline;
    const char* m_refusal = nullptr; ///< why an address of the target could not be reached
    std::uint32_t m_endpoint = 0;    ///< counts on; which of the target's addresses is asked
    std::uint32_t m_endpointsTried = 0;
    unsigned m_attempts = 0;
    unsigned m_retries = 0;
    int m_status = 0; ///< of the answer that was handed over; 0: none yet
    TimerUse m_timerUse = TimerUse::Nothing;
    bool m_bodyEnded = false;
    bool m_trimmed = false; ///< parts of what was sent are gone: it cannot be sent again
    bool m_retriedDead = false;
    bool m_retryFresh = false; ///< the next try takes no pooled connection
    bool m_waitingWritable = false;
    bool m_continued = false; ///< the client was told to go on with the body
    bool m_holdsPlace = false;
};

} // namespace gateway::upstream
