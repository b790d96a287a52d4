#pragma once

#include "gateway/http/downstream.h"
#include "gateway/http/request_body.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace gateway::http {

class H2Session;

/// One request on an HTTP/2 connection and the way back to its client. Lent by H2Shared, reused; belongs to
/// its session. Single-threaded.
class H2Stream final : public Downstream {
public:
    /// What waits for the stream's window, or for the socket, at most; one more piece is taken in any case.
    static constexpr std::size_t pendingBytesMax = 64 * 1024;

    void attach(Exchange& exchange) noexcept override { m_exchange = &exchange; }
    [[nodiscard]] const Client& client() const noexcept override;
    [[nodiscard]] Protocol protocol() const noexcept override { return Protocol::Http2; }
    [[nodiscard]] const model::Listener& listener() const override;
    void resumeBody() override;
    void becomeStream() noexcept override { m_isStream = true; }
    void inform(const ResponseHead& head) override;
    void respond(const ResponseHead& head, RespondedBy by) override;
    void respond(ProblemReply problem) override;
    [[nodiscard]] bool send(std::string_view piece) override;
    void flush() override;
    void finish(std::string_view trailers) override;
    void abort() override;

private:
    friend class H2Session;

    static constexpr std::uint32_t notTouched = std::numeric_limits<std::uint32_t>::max();

    void begin(H2Session& session, std::int32_t id);
    /// Leaves nothing behind for the next who borrows it.
    void reset() noexcept;
    void submitHead(std::string_view text, bool hasBody);
    [[nodiscard]] std::size_t bytesPending() const noexcept {
        return m_pending.size() - m_pendingSent + m_piece.size();
    }
    /// Moves up to `bytes` of what is pending to `out`.
    void takePending(std::string& out, std::size_t bytes);
    void keepPiece();
    void keep(std::string_view bytes);
    void dropPending() noexcept;
    void wake();

    H2Session* m_session = nullptr;
    Exchange* m_exchange = nullptr;
    RequestBody* m_body = nullptr; ///< null: none, or it is over
    std::int32_t m_id = 0;
    std::uint32_t m_position = 0;         ///< among the session's streams
    std::uint32_t m_touched = notTouched; ///< where it waits for the end of what one read brought
    std::uint32_t m_held = 0;             ///< received, not yet given back to the windows
    std::uint64_t m_bodyBytes = 0;        ///< received
    std::string m_pending;                ///< of the answer's body
    std::size_t m_pendingSent = 0;        ///< of m_pending
    std::string_view m_piece;             ///< what send() was given, while it looks at it
    std::string m_early;                  ///< what came through a tunnel before its answer
    std::string m_trailers;               ///< of the answer
    Monotonic m_bodySince{};              ///< when silence of the request's body began
    Monotonic m_stalledSince{};           ///< when the client took something last, while something waits
    bool m_responded = false;
    bool m_hasBody = false;    ///< of the answer
    bool m_finished = false;   ///< the answer is complete
    bool m_deferred = false;   ///< nghttp2 waits to be told of more data
    bool m_localEnded = false; ///< END_STREAM was sent
    bool m_requestEnded = false;
    bool m_closed = false; ///< nghttp2 knows it no more
    bool m_closedWell = false;
    bool m_bodyPaused = false;
    bool m_bodyFailed = false;
    bool m_blocked = false; ///< send() said false
    bool m_isTunnel = false;
    bool m_isStream = false;    ///< see becomeStream()
    bool m_bodyMoved = false;   ///< since the last sweep
    bool m_answerMoved = false; ///< since the last sweep
    bool m_stalled = false;     ///< m_stalledSince counts
};

} // namespace gateway::http
