#pragma once

#include "gateway/http/line_buffer.h"
#include "gateway/net/event_loop.h"
#include "gateway/net/stream.h"
#include "gateway/net/tls.h"
#include "gateway/upstream/h2_stream.h"

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gateway::upstream {

class H2Pool;

/// An HTTP/2 connection to a target (RFC 9113), shared by calls. What calls and the peer cause within a turn
/// of the loop goes out in one piece at its end. Owned by H2Pool. Single-threaded.
class H2Connection final : private net::StreamHandler {
public:
    /// Of one stream: so much of an answer may be on its way or wait for a slow client.
    static constexpr std::int32_t streamWindowBytes = 256 * 1024;
    /// Of all streams: never what holds one up, since what comes in is counted as taken at once here.
    static constexpr std::int32_t connectionWindowBytes = 16 * 1024 * 1024;
    static constexpr std::size_t headBytesMax = 64 * 1024;
    static constexpr std::size_t streamsMax = 1000; ///< whatever the peer allows
    /// Before it said what it allows.
    static constexpr std::size_t streamsAtFirst = 8;
    /// Frames in a row that bring nothing of an answer.
    static constexpr unsigned uselessFramesMax = 2000;

    /// `tls`: null: in the clear, by prior knowledge.
    H2Connection(H2Pool& pool, std::uint32_t targetIndex, const net::Endpoint& endpoint,
                 std::shared_ptr<const net::TlsClient> tls, std::string serverName);
    H2Connection(const H2Connection&) = delete;
    H2Connection& operator=(const H2Connection&) = delete;
    ~H2Connection() override;

    void connect(std::chrono::milliseconds timeout);

    // For the pool.

    [[nodiscard]] bool isOpenToCalls() const noexcept {
        return (m_state == State::Connecting || m_state == State::Ready) && !m_draining && !m_suspected;
    }
    /// How many more streams may begin at once.
    [[nodiscard]] std::size_t room() const noexcept;
    [[nodiscard]] std::size_t streamsActive() const noexcept { return m_active; }
    [[nodiscard]] std::size_t streamsWaiting() const noexcept { return m_waiting.size(); }
    /// Whether it will have room soon, as far as is known.
    [[nodiscard]] bool isBecomingReady() const noexcept {
        return m_state == State::Connecting || !m_settingsReceived;
    }
    [[nodiscard]] H2Stream& join(Call& call);
    /// No calls any more; those that are here are finished.
    void drain();
    [[nodiscard]] std::uint32_t targetIndex() const noexcept { return m_targetIndex; }
    [[nodiscard]] const net::Endpoint& endpoint() const noexcept { return m_endpoint; }
    [[nodiscard]] const net::TlsClient* tls() const noexcept { return m_tls.get(); }

    // For streams.

    [[nodiscard]] H2Pool& pool() noexcept { return m_pool; }
    [[nodiscard]] net::EventLoop& loop() noexcept { return m_loop; }
    [[nodiscard]] nghttp2_session* session() noexcept { return m_session; }
    /// What is to be sent goes out at the end of the loop's turn.
    void sendSoon();
    void release(H2Stream& stream, bool wasWaiting);
    void touch(H2Stream& stream) { m_touched.emplace_back(&stream, stream.id()); }
    void wantsToWrite(H2Stream& stream) { m_writers.emplace_back(&stream, stream.id()); }
    /// A stream got no answer: the whole connection may be dead.
    void suspect();
    void noteUse() noexcept { m_uselessFrames = 0; }

private:
    friend struct H2Callbacks;

    enum class State : std::uint8_t { Connecting, Ready, Dead };
    enum class TimerUse : std::uint8_t { Connect, Idle, Silence, Ping };
    using StreamRef =
        std::pair<H2Stream*, std::int32_t>; ///< with its id: it may serve another call meanwhile

    void onConnected(net::StreamEnd end) override;
    void onSecured(const std::string& failure) override;
    void onRead(std::size_t bytes, net::StreamEnd end) override;
    void onWritable() override;
    static void onTimer(void* self);

    void becomeReady();
    void failToConnect(const Failure& failure);
    void startWaiting();
    void armRead();
    void setTimer();
    void send();
    void sendOut(std::string_view bytes);
    void wakeWriters();
    void closeIfDone();
    void breakOff(const Failure& failure);
    void die();

    // From the session.
    [[nodiscard]] int onFrameBegin() noexcept;
    void onFieldsBegin(std::int32_t id);
    [[nodiscard]] int onField(std::int32_t id, std::string_view name, std::string_view value);
    void onFrame(const nghttp2_frame& frame);
    void onRequestNotSent(std::int32_t id);
    void onStreamOver(std::int32_t id, std::uint32_t code);
    [[nodiscard]] H2Stream* streamOf(std::int32_t id) noexcept;

    H2Pool& m_pool;
    net::EventLoop& m_loop;
    net::StreamPointer m_stream;
    std::shared_ptr<const net::TlsClient> m_tls;
    std::string m_serverName;
    net::Endpoint m_endpoint;
    net::Timer m_timer;
    std::chrono::milliseconds m_idleTimeout{0};
    nghttp2_session* m_session = nullptr;
    net::Buffer m_in;
    std::string m_unsent;     ///< what the socket did not take
    http::LineBuffer m_lines; ///< of the head or trailers being received
    std::size_t m_fieldBytes = 0;
    std::vector<std::unique_ptr<H2Stream>> m_streams;
    std::vector<H2Stream*> m_free;
    std::deque<H2Stream*> m_waiting;
    std::vector<StreamRef> m_touched; ///< got content in this turn
    std::vector<StreamRef> m_writers;
    std::size_t m_active = 0; ///< streams that are not waiting
    std::uint32_t m_targetIndex;
    unsigned m_uselessFrames = 0;
    State m_state = State::Connecting;
    TimerUse m_timerUse = TimerUse::Connect;
    bool m_settingsReceived = false;
    bool m_justSettled = false; ///< calls that wait were promised more than the peer allows
    bool m_draining = false;
    bool m_suspected = false;
    bool m_fieldsAreWanted = false; ///< a call has the stream of the fields that come in
    bool m_fieldsAreTrailers = false;
    bool m_sendQueued = false;
    bool m_socketFull = false;
    bool m_servedAny = false;
};

} // namespace gateway::upstream
