#pragma once

#include "gateway/http/head.h"
#include "gateway/upstream/failure.h"
#include "gateway/upstream/service_plan.h"

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

/// One request to a service: picks targets in turn, takes a pooled connection or opens one, sends, and tries
/// again where that is safe: after a failed connect on the next target; once on a fresh connection when one
/// dies before a byte of the answer came, if the request is idempotent or not a byte of it was sent. Reused
/// from request to request. Single-threaded.
class Call {
public:
    explicit Call(Pools& pools);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call();

    /// The request's head is written into request() before; nothing is sent before flush().
    void start(const ServicePlan& service, http::Method method, http::Framing framing, bool expectsContinue,
               CallListener& listener);
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
    [[nodiscard]] unsigned attempts() const noexcept { return m_attempts; }
    void forgetTarget() noexcept { m_target = nullptr; }

private:
    friend class Connection;

    // From the connection.
    void onConnected();
    void onConnectFailed(const Failure& failure);
    void onDied(const Failure& failure, bool anythingReceived, bool reused);
    void onWritable();
    [[nodiscard]] bool isIdempotent() const noexcept;
    [[nodiscard]] bool isRequestSent() const noexcept { return m_bodyEnded && m_outSent == m_out.size(); }

    void tryTarget(const TargetPlan& target, std::size_t endpoint, bool fresh);
    [[nodiscard]] const TargetPlan* nextTarget();
    void pumpOut();
    void fail(const Failure& failure);

    Pools& m_pools;
    const ServicePlan* m_service = nullptr;
    const TargetPlan* m_target = nullptr;
    CallListener* m_listener = nullptr;
    Connection* m_connection = nullptr;
    std::string m_out; ///< of the request: all of it while it is short, then what the socket did not take
    std::size_t m_outSent = 0;
    std::uint32_t m_turn = 0;
    std::size_t m_endpoint = 0;
    unsigned m_attempts = 0;
    unsigned m_targetsTried = 0;
    http::Method m_method = http::Method::Get;
    http::Framing m_framing = http::Framing::None;
    bool m_expectsContinue = false;
    bool m_bodyEnded = false;
    bool m_trimmed = false; ///< parts of what was sent are gone: it cannot be sent again
    bool m_retriedDead = false;
    bool m_waitingWritable = false;
    bool m_started = false; ///< the answer's head was handed over
};

} // namespace gateway::upstream
