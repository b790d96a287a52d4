#pragma once

#include "gateway/http/head.h"
#include "gateway/http/line_buffer.h"
#include "gateway/net/timer_wheel.h"
#include "gateway/upstream/call.h"
#include "gateway/upstream/lane.h"

#include <cstdint>
#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>

namespace gateway::upstream {

class H2Connection;

/// Where sessions ask for the content of requests.
[[nodiscard]] nghttp2_data_provider contentProvider() noexcept;

/// One call's stream of an HTTP/2 connection. Its bounds hold whatever the peers do: of the request at most
/// requestBytesMax wait here, of the answer not more than the stream's window, which opens again only as fast
/// as the client takes. Owned by its connection and reused.
class H2Stream final : public Lane {
public:
    static constexpr std::size_t requestBytesMax = 64 * 1024;

    explicit H2Stream(H2Connection& connection);
    H2Stream(const H2Stream&) = delete;
    H2Stream& operator=(const H2Stream&) = delete;
    ~H2Stream() = default;

    void abandon() override;
    [[nodiscard]] bool isReady() const noexcept override { return m_state == State::Ready; }
    [[nodiscard]] std::ptrdiff_t write(const iovec* pieces, std::size_t count) override;
    void waitWritable() override;
    void endRequest(std::string_view trailers) override;
    void expectResponse(std::chrono::milliseconds timeout) override;
    void resume() override;
    [[nodiscard]] bool isPaused() const noexcept override { return m_paused; }

    // From the connection.

    /// `reused`: the connection served others before.
    void begin(Call& call, bool reused);
    /// Waits at most so long for its turn.
    void waitForTurn(std::chrono::milliseconds timeMax);
    void takeTurn(); ///< the call may write
    void moveOn();   ///< the call finds another lane
    [[nodiscard]] bool isInUse() const noexcept { return m_state != State::Free; }
    [[nodiscard]] bool isWaiting() const noexcept { return m_state == State::Waiting; }
    [[nodiscard]] std::int32_t id() const noexcept { return m_id; } ///< below 0: nothing was submitted
    /// The connection could not be made.
    void failToConnect(const Failure& failure);
    /// The stream is over, and so is its part in the session.
    void breakOff(const Failure& failure, bool unprocessed = false);
    /// The same while the session still has it.
    void reset(std::uint32_t code, const Failure& failure, bool unprocessed = false);
    void onBatchEnd();

    // From the session.

    /// A head or trailers, as lines; the head begins with a status line.
    void onFields(http::LineBuffer& lines, bool endsStream);
    [[nodiscard]] bool expectsTrailers() const noexcept { return m_headReceived; }
    void onContent(std::string_view piece);
    void onEnd();
    /// Whether the answer came in whole, though the client may not have taken it yet.
    [[nodiscard]] bool hasEnded() const noexcept { return m_ended; }
    void onOver() noexcept { m_isOver = true; } ///< the session has forgotten it
    void onReset(std::uint32_t code);
    void onGrpcStatus(std::string_view status) noexcept;
    /// What can be sent of the request's content, as nghttp2_data_source_read_callback wants it.
    [[nodiscard]] ssize_t offerContent(std::size_t bytesMax, std::uint32_t& flags);
    void moveContent(std::string& to, std::size_t bytes);
    /// False: the call does not wait (any more).
    [[nodiscard]] bool takeWish() noexcept;
    void onWritable();

private:
    enum class State : std::uint8_t { Free, Waiting, Ready };
    enum class GrpcStatus : std::uint8_t { Missing, Good, Bad };

    static void onTimer(void* self);
    [[nodiscard]] bool submit(std::string_view text, std::size_t& headBytes);
    void onHead(http::LineBuffer& lines, bool endsStream);
    void answered(const http::ResponseHead& head, bool endsStream);
    void skipAnswer(bool error, bool endsStream);
    void deliver(std::string_view piece);
    void credit();
    void complete();
    [[nodiscard]] bool isRequestOut() const noexcept;
    void setResponseTimer() noexcept;
    /// Nothing of the session reaches it any more. `code`: what to tell the peer; NGHTTP2_NO_ERROR: nothing.
    void leaveSession(std::uint32_t code);
    Call* release();
    void resumeContent();

    H2Connection& m_connection;
    Call* m_call = nullptr;
    net::Timer m_timer;
    std::chrono::milliseconds m_responseTimeout{0};
    std::string m_content; ///< of the request
    std::size_t m_contentSent = 0;
    std::string m_requestTrailers;
    std::string m_held; ///< of the answer, while the client takes nothing
    std::string m_trailers;
    std::size_t m_uncredited = 0; ///< bytes handed over for which the window is not open again
    std::int32_t m_id = -1;
    State m_state = State::Free;
    GrpcStatus m_grpcStatus = GrpcStatus::Missing;
    std::uint8_t m_interims = 0;
    bool m_reused = false;
    bool m_requestEnded = false;
    bool m_contentDeferred = false;
    bool m_wantsToWrite = false;
    bool m_headReceived = false;
    bool m_anythingReceived = false;
    bool m_paused = false;
    bool m_ended = false; ///< the answer is here in whole
    bool m_isOver = false;
    bool m_submitFailed = false;
};

} // namespace gateway::upstream
