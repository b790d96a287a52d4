#pragma once

#include "gateway/http/parser.h"
#include "gateway/metrics/cells.h"
#include "gateway/net/event_loop.h"
#include "gateway/net/stream.h"
#include "gateway/upstream/call.h"

namespace gateway::upstream {

/// An HTTP/1.1 connection to a target: serves one call after the other, waits in its pool in between. Owned
/// by Pools.
class Connection final : private net::StreamHandler {
public:
    Connection(net::EventLoop& loop, Pools& pools, std::uint32_t targetIndex, const net::Endpoint& endpoint);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() override;

    void connect(std::chrono::milliseconds timeout, Call& call);
    /// Gives a pooled connection its next call.
    void serve(Call& call);
    /// The call does not want it any more.
    void abandon();

    [[nodiscard]] bool isReady() const noexcept {
        return m_state == State::Idle || m_state == State::Serving;
    }
    [[nodiscard]] std::ptrdiff_t write(const iovec* pieces, std::size_t count) noexcept {
        return m_stream->write(pieces, count);
    }
    void waitWritable() { m_stream->waitWritable(); }
    /// The request is sent: from here on silence counts. 0: it does not.
    void expectResponse(std::chrono::milliseconds timeout);
    void resume();
    [[nodiscard]] bool isPaused() const noexcept { return m_paused; }

    // For the pools.
    std::size_t position = 0;     ///< among all connections of the pools
    std::uint32_t generation = 0; ///< of the target's addresses among which this one's was found last
    [[nodiscard]] std::uint32_t targetIndex() const noexcept { return m_targetIndex; }
    [[nodiscard]] const net::Endpoint& endpoint() const noexcept { return m_endpoint; }

private:
    enum class State : std::uint8_t { Connecting, Idle, Serving, Dead };
    enum class Reading : std::uint8_t { Head, Length, Chunked, UntilClose };

    void onConnected(net::StreamEnd end) override;
    void onRead(std::size_t bytes, net::StreamEnd end) override;
    void onWritable() override;
    static void onTimer(void* self);

    void setResponseTimer();
    void process();
    bool processHead();
    bool processBody();
    bool processChunked();
    void complete();
    void skipAnswer(int status, http::Framing framing, std::uint64_t bodyBytes);
    void becomeIdle(bool reusable, std::chrono::milliseconds timeout);
    void endOfStream(net::StreamEnd end);
    void armRead();
    void breakOff(const Failure& failure);
    void die();

    net::EventLoop& m_loop;
    Pools& m_pools;
    net::StreamPointer m_stream;
    net::Timer m_timer;
    Call* m_call = nullptr;
    net::Buffer m_in;
    http::HeadScanner m_scanner;
    http::ChunkedDecoder m_decoder;
    std::uint64_t m_left = 0;
    std::chrono::milliseconds m_responseTimeout{0};
    net::Endpoint m_endpoint;
    std::uint32_t m_targetIndex;
    State m_state = State::Connecting;
    Reading m_reading = Reading::Head;
    std::uint8_t m_informationals = 0;
    bool m_reusable = false;
    bool m_reused = false;
    bool m_receivedAny = false;
    bool m_paused = false;
    bool m_processing = false;
    bool m_readFull = false;
};

} // namespace gateway::upstream
