#include "gateway/http/h2_session.h"
#include "tests/fuzz/require.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace gateway;

namespace {

/// Takes each request, keeps its exchange open until the body is over, and answers with what came.
class Echo final : public http::Exchange {
public:
    void begin(http::Downstream& downstream) {
        m_downstream = &downstream;
        downstream.attach(*this);
    }
    bool onBody(std::string_view piece) override {
        m_bytes += piece.size();
        return m_bytes % 3 != 0;
    }
    void onBodyEnd(std::string_view trailers) override {
        http::ResponseHead head;
        head.status = 200;
        head.reason = "OK";
        head.framing = http::Framing::Chunked;
        m_downstream->respond(head, {});
        static_cast<void>(m_downstream->send(std::string(m_bytes % 20'000, 'x')));
        std::exchange(m_downstream, nullptr)->finish(trailers);
    }
    void onBodyFailed(const http::Refusal& refusal) override {
        http::ProblemReply problem;
        problem.status = refusal.status;
        problem.code = refusal.code;
        m_downstream->respond(problem);
        std::exchange(m_downstream, nullptr)->finish({});
    }
    void onBatchEnd() override { m_downstream->resumeBody(); }
    void onWritable() override {}
    void onClientGone() override { m_downstream = nullptr; }

private:
    http::Downstream* m_downstream = nullptr;
    std::size_t m_bytes = 0;
};

class Host final : public http::SessionHost, private http::RequestHandler {
public:
    Host()
        : m_loop(m_clock, [] {}) {
        m_listener.limits.bodyBytesMax = 100'000;
    }
    void open(int descriptor) {
        m_connection = std::make_unique<http::H2Session>(*this, net::Stream::adopt(m_loop, descriptor),
                                                         m_listener.id, http::Client{}, net::Buffer{});
        m_connection->start();
    }
    /// Does one step a round of the loop, and lets a round pass after each.
    void run(std::vector<std::function<void()>> steps) {
        m_steps = std::move(steps);
        m_loop.post([this] { next(0); });
        m_loop.run();
    }

private:
    void next(std::size_t step) {
        if (step == 2 * m_steps.size()) {
            m_loop.stop();
            return;
        }
        if (step % 2 == 0) {
            m_steps[step / 2]();
        }
        m_loop.post([this, step] { next(step + 1); });
    }

    net::EventLoop& loop() override { return m_loop; }
    [[nodiscard]] const model::Listener& listener(model::ListenerId) const override { return m_listener; }
    http::RequestHandler& handler() override { return *this; }
    [[nodiscard]] bool isDraining() const override { return false; }
    std::string& scratch() override { return m_scratch; }
    http::RequestBodyPool& bodies() override { return m_bodies; }
    http::RequestHead& requestHead() override { return m_head; }
    http::H2Shared& http2() override { return m_shared; }
    void onHttp2(http::Http2Event) override {}
    void onArrival(http::ArrivalOutcome) override {}
    bool countClient(http::ClientConnection&, const net::Endpoint&) override { return true; }
    void replaceConnection(http::ClientConnection&, std::unique_ptr<http::ClientConnection>) override {}
    void onConnectionOver(http::ClientConnection&) override { m_connection.reset(); }
    void onRequest(http::Downstream& downstream, http::RequestHead& head) override {
        // What the strict parser of HTTP/1.1 promises holds here, too.
        require(!head.host.empty() && !head.path.empty());
        for (const http::Field& field : head.fields) {
            require(field.value.find_first_of("\r\n") == std::string_view::npos);
        }
        m_exchanges.push_back(std::make_unique<Echo>());
        m_exchanges.back()->begin(downstream);
    }
    void onRefused(http::Downstream& downstream, const http::RequestHead&,
                   const http::Refusal& refusal) override {
        http::ProblemReply problem;
        problem.status = refusal.status;
        problem.code = refusal.code;
        downstream.respond(problem);
        downstream.finish({});
    }

    SystemClock m_clock;
    std::vector<std::function<void()>> m_steps;
    net::EventLoop m_loop;
    model::Listener m_listener;
    std::string m_scratch;
    http::RequestBodyPool m_bodies;
    http::H2Shared m_shared;
    http::RequestHead m_head;
    std::vector<std::unique_ptr<Echo>> m_exchanges;
    std::unique_ptr<http::H2Session> m_connection;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    int ends[2];
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    constexpr std::string_view preface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
    // In two pieces, so that heads and frames are cut somewhere.
    const std::size_t cut = size > 0 ? data[0] % size : 0;
    const auto send = [&](const void* bytes, std::size_t count) {
        static_cast<void>(::send(ends[1], bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT));
    };
    Host host;
    host.run({
        [&] { host.open(ends[0]); },
        [&] { send(preface.data(), preface.size()); },
        [&] { send(data, cut); },
        [&] { send(data + cut, size - cut); },
        [&] { ::close(ends[1]); },
        [] {},
    });
    return 0;
}
