#pragma once

#include "gateway/base/clock.h"
#include "gateway/http/head.h"
#include "gateway/metrics/cells.h"
#include "gateway/net/timer_wheel.h"
#include "gateway/upstream/balancer.h"
#include "gateway/upstream/failure.h"
#include "gateway/upstream/lane.h"
#include "gateway/upstream/service_plan.h"

#include <optional>
#include <string>
#include <string_view>

namespace gateway::upstream {

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
    /// The request asks to become a WebSocket: a 101 turns the call into a tunnel, bytes as they are both
    /// ways.
    bool webSocket = false;
    bool stream = false;                    ///< no limit of the response's time (model::Route::stream)
    std::chrono::milliseconds timeLimit{0}; ///< of the caller (grpc-timeout), beside the service's; 0: none
    std::uint64_t hash = 0;                 ///< of who calls, for Balance::ConsistentHash
    Monotonic now{};
};

/// One request to a service: asks the breaker and the limit of concurrency, takes a target from the balancer,
/// takes a lane to it (a pooled connection or a new one, or a stream of one that others use, too), sends, and
/// tries again as model::Retries says, where that is safe: if not a byte of the request was sent, if the
/// target said that it did nothing about it (RFC 9113, 8.7), or if the method is idempotent (RFC 9110,
/// 9.2.2), and all that was sent is still here. Beside that, a connection that served before and dies before
/// a byte of the answer came is replaced once by a fresh one under the same condition: mostly its keep-alive
/// had ended just then. Reused from request to request. Single-threaded.
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
    /// The answer turned out to be a stream without an end of its own (text/event-stream): silence and the
    /// whole time are the caller's business from here on. A WebSocket's 101 does the same by itself.
    void becomeStream() noexcept;
    /// Nobody is interested any more; the listener hears nothing after it.
    void cancel();

    [[nodiscard]] bool isActive() const noexcept { return m_listener != nullptr; }
    /// The target that was asked last; null: none yet.
    [[nodiscard]] const TargetPlan* target() const noexcept { return m_target; }
    /// How often a target was asked.
    [[nodiscard]] unsigned attempts() const noexcept { return m_attempts; }
    void forgetTarget() noexcept { m_target = nullptr; }

    // From the lane.

    [[nodiscard]] const CallPlan& plan() const noexcept { return m_plan; }
    [[nodiscard]] const model::Service& settings() const noexcept { return m_plan.service->settings; }
    [[nodiscard]] CallListener& listener() noexcept { return *m_listener; }
    [[nodiscard]] bool isRequestSent() const noexcept { return m_bodyEnded && m_outSent == m_out.size(); }
    /// Of the caller's time limit; 0: none, or the request is on its first try and says it itself.
    [[nodiscard]] std::chrono::milliseconds timeLeft() const;
    /// The lane can be written to: the request so far goes out, and the client may go on.
    void onReady();
    /// The one that it waited for will not be ready soon; nothing was sent.
    void takeOtherLane();
    void onConnectFailed(const Failure& failure);
    void onBroken(const Broken& broken);
    void onWritable();
    void onInterim(const http::ResponseHead& head);
    /// Whether another try takes the place of an answer with this status, or of one that says that the
    /// gRPC service is unavailable. With true the lane lets the answer go and calls retryAnswered().
    [[nodiscard]] bool retriesOn(int status);
    [[nodiscard]] bool retriesUnavailable();
    void retryAnswered(bool error);
    /// Hands the head over.
    void onHead(const http::ResponseHead& head);
    /// Whether a 101 in answer to what was sent is all right.
    [[nodiscard]] bool mayOpenTunnel(const http::ResponseHead& head) const;
    /// Before the 101 is handed over: from here on bytes pass as they are.
    void openTunnel() noexcept;
    /// What a gRPC service said at the end, under a good HTTP status.
    void noteGrpcFailure() noexcept { m_grpcFailed = true; }
    /// The answer is whole; returns who is to be told.
    [[nodiscard]] CallListener* onComplete();

private:
    enum class RetryCause : std::uint8_t {
        ConnectFailure,
        RefusedStream, ///< closed before a byte of the answer came
        Unprocessed,   ///< the target said that it did nothing
        Unavailable,   ///< of gRPC
        Reset,
        Timeout,
        Status
    };
    enum class TryEnd : std::uint8_t {
        Good,
        Error,
        Abandoned, ///< the client left: it says nothing about the target
        Void,      ///< it did not really ask the target
    };
    enum class TimerUse : std::uint8_t { Nothing, Attempt, Backoff, NoAddress, NoRoom };

    // Admission.
    [[nodiscard]] std::optional<Failure> admit();
    [[nodiscard]] bool takePlace() noexcept;
    void leave(std::optional<bool> error) noexcept;

    // Tries.
    [[nodiscard]] const TargetPlan* pickTarget(Monotonic now);
    void beginTry(const TargetPlan& target, bool fresh);
    [[nodiscard]] Lane* takeLane(bool fresh);
    void connectNext();
    void failFromLoop(TimerUse how);
    void endTry(TryEnd end) noexcept;
    void tryFailed(const Failure& failure, std::optional<RetryCause> cause);
    [[nodiscard]] bool mayRetry(RetryCause cause);
    [[nodiscard]] bool isChosen(RetryCause cause) const noexcept;
    [[nodiscard]] bool isRepeatable(RetryCause cause) const noexcept;
    void retry(RetryCause cause);
    void waitBackoff();
    void armAttempt();
    void disarmAttempt() noexcept;
    void fail(const Failure& failure);

    static void onTimer(void* self);
    void onBackoffOver();
    void onAttemptTimeout();
    static void onDeadline(void* self);
    void armDeadline();

    void pumpOut();
    void sendOn();
    [[nodiscard]] bool isGrpc() const noexcept { return settings().protocol == model::Protocol::Grpc; }
    [[nodiscard]] bool isError() const noexcept { return m_status >= 500 || m_grpcFailed; }
    [[nodiscard]] std::chrono::milliseconds silenceMax() const noexcept;
    [[nodiscard]] Monotonic now() const;

    Pools& m_pools;
    CallPlan m_plan;
    const TargetPlan* m_target = nullptr;
    metrics::TargetCells* m_cells = nullptr; ///< of the target, while a try is under way
    CallListener* m_listener = nullptr;
    Lane* m_lane = nullptr;
    std::string m_out;      ///< of the request: all of it while it is short, then what the lane did not take
    std::string m_trailers; ///< of the request, where the lane frames it
    std::string m_failureText; ///< what a Failure points to that was put together
    std::size_t m_outSent = 0;
    TriedTargets m_tried;
    net::Timer m_timer;
    net::Timer m_deadline;
    const char* m_refusal = nullptr;         ///< why an address of the target could not be reached
    std::optional<FailureKind> m_tlsRefusal; ///< one of the target's addresses was reached, but not its TLS
    std::uint32_t m_endpoint = 0;            ///< counts on; which of the target's addresses is asked
    std::uint32_t m_endpointsTried = 0;
    unsigned m_attempts = 0;
    unsigned m_retries = 0;
    int m_status = 0; ///< of the answer that was handed over; 0: none yet
    TimerUse m_timerUse = TimerUse::Nothing;
    bool m_bodyEnded = false;
    bool m_trimmed = false; ///< parts of what was sent are gone: it cannot be sent again
    bool m_retriedDead = false;
    bool m_retryFresh = false; ///< the next try takes no pooled connection
    bool m_isRaw = false;      ///< bodies go to the lane as they are, and their end is told
    bool m_endTold = false;
    bool m_isStream = false; ///< silence and the whole time are somebody else's business
    bool m_grpcFailed = false;
    bool m_deadlineIsCallers = false;
    bool m_waitingWritable = false;
    bool m_continued = false; ///< the client was told to go on with the body
    bool m_holdsPlace = false;
};

} // namespace gateway::upstream
