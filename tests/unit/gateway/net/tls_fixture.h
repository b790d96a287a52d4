#pragma once

#include "gateway/net/event_loop.h"
#include "gateway/net/listen_socket.h"
#include "gateway/net/stream.h"
#include "gateway/net/tls.h"
#include "tests/support/test_certificates.h"

#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// A loop on a thread of its own.
class LoopThread {
public:
    LoopThread()
        : m_thread([this] { loop.run(); }) {}
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;
    ~LoopThread() {
        loop.post([this] { loop.stop(); });
        m_thread.join();
    }

    /// Runs the task on the loop's thread and waits for its result.
    template<class Task>
    auto call(Task task) {
        std::packaged_task<decltype(task())()> packaged(std::move(task));
        auto result = packaged.get_future();
        loop.post([&packaged] { packaged(); });
        return result.get();
    }

    gateway::SystemClock clock;
    gateway::net::EventLoop loop{clock, [] {}};

private:
    std::thread m_thread;
};

[[nodiscard]] inline gateway::crypto::KeyPair pairOf(const support::TestCertificate& certificate) {
    return {certificate.chain, *gateway::crypto::PrivateKey::fromPem(certificate.key)};
}

/// More than the system's buffers take, so that writing has to wait.
inline constexpr std::size_t bigBytes = 16 * 1024 * 1024;

/// What a server of tests saw of one connection.
struct Seen {
    std::string failure; ///< of the handshake
    bool isSecure = false;
    gateway::net::TlsInfo info;
    std::string read;
    gateway::net::StreamEnd end = gateway::net::StreamEnd::None;
};

/// Accepts on loopback, shakes hands and sends back what it gets; "bye" ends the connection politely,
/// "big" is answered with megabytes. One connection after the other is described by seen().
class EchoServer {
public:
    EchoServer(LoopThread& thread, std::shared_ptr<const gateway::net::TlsServer> tls)
        : m_thread(thread)
        , m_tls(std::move(tls)) {
        auto sockets =
            gateway::net::ListenSocket::open(*gateway::net::endpointFromLiteral("127.0.0.1", 0), 1);
        m_endpoint = sockets->front().localEndpoint();
        m_thread.call([&] {
            m_acceptor = std::make_unique<gateway::net::Acceptor>(
                m_thread.loop, std::move(sockets->front()),
                [this](gateway::net::StreamPointer stream, const gateway::net::Endpoint&) {
                    m_peers.emplace_back(*this, std::move(stream));
                });
        });
    }
    EchoServer(const EchoServer&) = delete;
    EchoServer& operator=(const EchoServer&) = delete;
    ~EchoServer() {
        m_thread.call([this] {
            m_peers.clear();
            m_acceptor.reset();
        });
    }

    [[nodiscard]] std::uint16_t port() const { return m_endpoint.port(); }
    [[nodiscard]] const gateway::net::Endpoint& endpoint() const { return m_endpoint; }
    /// For connections from now on.
    void setTls(std::shared_ptr<const gateway::net::TlsServer> tls) {
        m_thread.call([&] { m_tls = std::move(tls); });
    }
    /// What the next connection to end was like; waits for it.
    [[nodiscard]] Seen seen() {
        std::future<Seen> next;
        {
            const std::lock_guard lock(m_mutex);
            next = m_seen[m_taken++].get_future();
        }
        return next.wait_for(std::chrono::seconds(20)) == std::future_status::ready ? next.get() : Seen{};
    }

private:
    struct Peer final : gateway::net::StreamHandler {
        Peer(EchoServer& theServer, gateway::net::StreamPointer theStream)
            : server(theServer)
            , stream(std::move(theStream)) {
            stream->setHandler(this);
            stream->secure(server.m_tls);
        }
        ~Peer() override { stream->close(); }

        void onSecured(const std::string& failure) override {
            seen.failure = failure;
            seen.isSecure = failure.empty();
            if (!failure.empty()) {
                finish();
                return;
            }
            seen.info = *stream->tlsInfo();
            stream->read(in);
        }
        void onRead(std::size_t, gateway::net::StreamEnd end) override {
            if (end != gateway::net::StreamEnd::None) {
                seen.end = end;
                finish();
                return;
            }
            seen.read += in.readable();
            out += in.readable() == "big" ? std::string(bigBytes, 'b') : std::string(in.readable());
            const bool isBye = in.readable() == "bye";
            in.consume(in.size());
            send();
            if (isBye) {
                finish();
                return;
            }
            stream->read(in);
        }
        void onWritable() override { send(); }

        void send() {
            while (!out.empty()) {
                // In two pieces, so that gathering is at work, too.
                const std::size_t half = out.size() / 3;
                const iovec pieces[] = {{out.data(), half}, {out.data() + half, out.size() - half}};
                const std::ptrdiff_t sent = stream->write(pieces, 2);
                if (sent < 0) {
                    return;
                }
                out.erase(0, static_cast<std::size_t>(sent));
                if (sent == 0) {
                    stream->waitWritable();
                    return;
                }
            }
        }
        void finish() {
            stream->close();
            const std::lock_guard lock(server.m_mutex);
            server.m_seen[server.m_told++].set_value(seen);
        }

        EchoServer& server;
        gateway::net::StreamPointer stream;
        gateway::net::Buffer in;
        std::string out;
        Seen seen;
    };

    LoopThread& m_thread;
    std::shared_ptr<const gateway::net::TlsServer> m_tls;
    gateway::net::Endpoint m_endpoint;
    std::unique_ptr<gateway::net::Acceptor> m_acceptor;
    std::list<Peer> m_peers;
    std::mutex m_mutex;
    std::vector<std::promise<Seen>> m_seen{64};
    std::size_t m_told = 0;
    std::size_t m_taken = 0;
};
