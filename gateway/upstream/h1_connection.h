#pragma once

#include "gateway/http/parser.h"
#include "gateway/metrics/cells.h"
#include "gateway/net/event_loop.h"
#include "gateway/net/stream.h"
#include "gateway/net/tls.h"
#include "gateway/upstream/call.h"

#include <memory>
#include <string>

namespace gateway::upstream {

/// An HTTP/1.1 connection to a target: serves one call after the other, waits in its pool in between. Owned
/// by Pools.
class H1Connection final : public Lane, private net::StreamHandler {
public:
    /// `tls`: null: in the clear.
    H1Connection(net::EventLoop& loop, Pools& pools, std::uint32_t targetIndex, const net::Endpoint& endpoint,
                 std::shared_ptr<const net::TlsClient> tls);
    H1Connection(const H1Connection&) = delete;
    H1Connection& operator=(const H1Connection&) = delete;
    ~H1Connection() override;

    void connect(std::chrono::milliseconds timeout, Call& call);
    /// Gives a pooled connection its next call.
    void serve(Call& call);

    void abandon() override;
    [[nodiscard]] bool isReady() const noexcept override {
        return m_state == State::Idle || m_state == State::Serving;
    }
    [[nodiscard]] std::ptrdiff_t write(const iovec* pieces, std::size_t count) override {
        return m_stream->write(pieces, count);
    }
    void waitWritable() override { m_stream->waitWritable(); }
    void endRequest(std::string_view trailers) override;
    void expectResponse(std::chrono::milliseconds timeout) override;
    void resume() override;
    [[nodiscard]] bool isPaused() const noexcept override { return m_paused; }

    // For the pools.
    std::size_t position = 0;     ///< among all connections of the pools
    std::uint32_t generation = 0; ///< of the target's addresses among which this one's was found last
    [[nodiscard]] std::uint32_t targetIndex() const noexcept { return m_targetIndex; }
    [[nodiscard]] const net::Endpoint& endpoint() const noexcept { return m_endpoint; }
    [[nodiscard]] const net::TlsClient* tls() const noexcept { return m_tls.get(); }

private:
    enum class State : std::uint8_t { Connecting, Idle, Serving, Dead };
    enum class Reading : std::uint8_t { Head, Length, Chunked, UntilClose };

    void onConnected(net::StreamEnd end) override;
    void onSecured(const std::string& failure) override;
    void onRead(std::size_t bytes, net::StreamEnd end) override;
    void onWritable() override;
    static void onTimer(void* self);

    void setResponseTimer();
    void becomeReady();
    void failToConnect(const Failure& failure);
    void process();
    bool processHead();
    bool processTunnelHead(const http::ResponseHead& head, std::size_t headBytes);
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
    std::shared_ptr<const net::TlsClient> m_tls;
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
