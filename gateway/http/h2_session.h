#pragma once

#include "gateway/http/client_connection.h"
#include "gateway/http/downstream.h"
#include "gateway/http/exchange.h"
#include "gateway/http/h2_budget.h"
#include "gateway/http/h2_shared.h"
#include "gateway/http/h2_stream.h"
#include "gateway/http/session.h"
#include "gateway/net/event_loop.h"
#include "gateway/net/stream.h"

#include <cstdint>
#include <memory>
#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::http {

/// A client's HTTP/2 connection (RFC 9113): many requests at a time, each an H2Stream. What all of them have
/// to say within one round of the loop goes out in one write. Windows open only by what the exchanges took,
/// and what the client does not take stops the exchanges: neither side's slowness grows memory.
/// Single-threaded. h2_session_reading.cpp and h2_session_writing.cpp have the two directions,
/// h2_session_limits.cpp what a client may not do, h2_session.cpp the rest.
class H2Session final : public ClientConnection, private net::StreamHandler, private net::EventSource {
public:
    /// What a client may send of one body before the service took any of it, and of all bodies together.
    static constexpr std::int32_t streamWindowBytes = 128 * 1024;
    static constexpr std::int32_t connectionWindowBytes = 1024 * 1024;
    /// What waits for the client in all streams before each of them is asked to stop.
    static constexpr std::size_t pendingBytesMax = 1024 * 1024;

    /// `received` came already, the client's preface included.
    H2Session(SessionHost& host, net::StreamPointer stream, model::ListenerId listener, Client client,
              net::Buffer received);
    ~H2Session() override;

    void start();

    void drain() override;
    std::size_t cut() override;

    /// For H2Shared: the functions that nghttp2 calls.
    static void setCallbacks(nghttp2_session_callbacks& callbacks);

private:
    friend class H2Stream;

    enum class Phase : std::uint8_t { Open, Closing, Dead };
    enum class Goaway : std::uint8_t { None, Announced, Sent };

    struct Unsent {
        std::string bytes;
        std::size_t sent = 0;
    };
    struct Budgets {
        H2Budget resets;
        H2Budget provokedResets;
        H2Budget pings;
        H2Budget settings;
        H2Budget emptyFrames;
        H2Budget priorities;
        H2Budget tinyWindows;
    };

    // What nghttp2 calls.
    static int onBeginFrame(nghttp2_session* h2, const nghttp2_frame_hd* frame, void* self);
    static int onBeginHeaders(nghttp2_session* h2, const nghttp2_frame* frame, void* self);
    static int onHeader(nghttp2_session* h2, const nghttp2_frame* frame, const std::uint8_t* name,
                        std::size_t nameBytes, const std::uint8_t* value, std::size_t valueBytes,
                        std::uint8_t flags, void* self);
    static int onInvalidHeader(nghttp2_session* h2, const nghttp2_frame* frame, const std::uint8_t* name,
                               std::size_t nameBytes, const std::uint8_t* value, std::size_t valueBytes,
                               std::uint8_t flags, void* self);
    static int onData(nghttp2_session* h2, std::uint8_t flags, std::int32_t id, const std::uint8_t* data,
                      std::size_t bytes, void* self);
    static int onFrame(nghttp2_session* h2, const nghttp2_frame* frame, void* self);
    static int onInvalidFrame(nghttp2_session* h2, const nghttp2_frame* frame, int error, void* self);
    static int onUnknownFrame(nghttp2_session* h2, void** payload, const nghttp2_frame_hd* frame, void* self);
    static int onFrameSent(nghttp2_session* h2, const nghttp2_frame* frame, void* self);
    static int onStreamClosed(nghttp2_session* h2, std::int32_t id, std::uint32_t error, void* self);
    static ssize_t onDataWanted(nghttp2_session* h2, std::int32_t id, std::uint8_t* buffer, std::size_t bytes,
                                std::uint32_t* flags, nghttp2_data_source* source, void* self);
    static int onSendData(nghttp2_session* h2, nghttp2_frame* frame, const std::uint8_t* head,
                          std::size_t bytes, nghttp2_data_source* source, void* self);

    void onRead(std::size_t bytes, net::StreamEnd end) override;
    void onWritable() override;
    void onEvents(std::uint32_t events) override; ///< the session's turn at the end of a round
    static void onTimer(void* self);

    [[nodiscard]] const model::Listener& listener() const { return m_host.listener(listenerId()); }
    [[nodiscard]] H2Stream* streamOf(std::int32_t id) const noexcept;

    // Reading.
    void receive();
    void armRead();
    void endBlock(const nghttp2_frame& frame);
    void serve(H2Stream& stream, bool endsStream);
    void endRequest(H2Stream& stream, std::string_view trailers);
    void deliver(H2Stream& stream, std::string_view piece);
    void failBody(H2Stream& stream, const Refusal& refusal);
    void consume(H2Stream& stream);
    void resumeBody(H2Stream& stream);
    void touch(H2Stream& stream);
    void endBatch();
    void giveBlockBack() noexcept;

    // Writing.
    void schedule();
    [[nodiscard]] bool canWriteNow() const noexcept {
        return !m_receiving && !m_pumping && m_unsent == nullptr && m_phase == Phase::Open;
    }
    [[nodiscard]] bool isStuffed() const noexcept {
        return m_unsent != nullptr || m_pendingBytes >= pendingBytesMax;
    }
    void pump();
    [[nodiscard]] bool makeFrames(std::string& out);
    bool writeOut(std::string_view bytes);
    void tellWritable();

    // Limits.
    [[nodiscard]] int spend(H2Budget& budget, const H2Allowance& allowance);
    int flood();
    void endConnection(std::uint32_t error);
    void sweep();
    void sweepStream(H2Stream& stream, Monotonic now, const model::Listener::Timeouts& timeouts);
    void armTimer();

    // Streams and the end.
    void resetStream(H2Stream& stream, std::uint32_t error);
    void release(H2Stream& stream);
    void tellGone();
    void closeIfDone();
    void linger();
    void die(bool reset);

    SessionHost& m_host;
    H2Shared& m_shared;
    net::StreamPointer m_stream;
    net::Timer m_timer;
    net::Buffer m_in;
    std::unique_ptr<nghttp2_session, H2Deleter> m_h2;
    std::unique_ptr<Unsent> m_unsent; ///< null: the socket took everything
    H2HeadBlock* m_block = nullptr;   ///< null: no head is coming in
    std::vector<H2Stream*> m_streams; ///< those with a request, or whose exchange is still there
    std::vector<H2Stream*> m_touched; ///< got something in the current read
    Client m_client;
    Budgets m_budgets;
    Monotonic m_blockSince{};
    Monotonic m_idleSince{};
    Monotonic m_stalledSince{}; ///< when the socket took something last, while something is unsent
    Monotonic m_startedAt{};
    std::size_t m_pendingBytes = 0; ///< of all streams
    std::uint32_t m_discarded = 0;
    std::uint32_t m_gone = 0; ///< streams whose exchange must be told so
    Phase m_phase = Phase::Open;
    Goaway m_goaway = Goaway::None;
    bool m_settingsAcknowledged = false;
    bool m_receiving = false;
    bool m_pumping = false;
    bool m_scheduled = false;
    bool m_readFull = false;
    bool m_someBlocked = false; ///< a stream may wait for tellWritable()
    bool m_failed = false;      ///< what the client sends is not read any more
    bool m_flooded = false;
};

} // namespace gateway::http
