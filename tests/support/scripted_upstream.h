#pragma once

#include "tests/support/message_reader.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace support {

/// A request as the upstream got it.
struct WireRequest : WireMessage {
    int connection = 0; ///< from 1, in the order in which they were accepted
    int number = 0;     ///< from 1, over all connections

    [[nodiscard]] std::string method() const;
    [[nodiscard]] std::string target() const;
};

/// One connection of a ScriptedUpstream, as its handler sees it. Used on the connection's thread only.
class UpstreamConnection {
public:
    bool send(std::string_view bytes);
    /// Reads the body of the request that is handled now (see ScriptedUpstream::setReadsBodies).
    bool readBody(WireRequest& request);
    /// Some bytes of the body as they come, at most `most`; empty at the end of the connection.
    [[nodiscard]] std::string readSome(std::size_t most);
    /// Ends the connection after the handler returned.
    void close() { m_closing = true; }
    /// The same, with a TCP reset.
    void reset();
    /// Says nothing until the peer closes the connection or the upstream stops.
    void stayTillPeerCloses();

private:
    friend class ScriptedUpstream;
    UpstreamConnection(Descriptor socket, int wakeUp)
        : m_socket(std::move(socket))
        , m_wakeUp(wakeUp)
        , m_reader(m_socket.get(), wakeUp) {}

    Descriptor m_socket;
    int m_wakeUp;
    MessageReader m_reader;
    bool m_closing = false;
};

/// An origin server on the loopback device that answers with whatever bytes a test wants, right or wrong, and
/// remembers what it was asked. Each connection has a thread of its own, so that a handler may block. Public
/// functions: any thread. The destructor ends all waits and joins.
class ScriptedUpstream {
public:
    using Handler = std::function<void(WireRequest& request, UpstreamConnection& connection)>;

    /// Answers everything with 200 and the request's target as its body, until told otherwise.
    /// Port 0 lets the system choose.
    explicit ScriptedUpstream(const std::string& host = "127.0.0.1", std::uint16_t port = 0);
    ~ScriptedUpstream();
    ScriptedUpstream(const ScriptedUpstream&) = delete;
    ScriptedUpstream& operator=(const ScriptedUpstream&) = delete;

    [[nodiscard]] std::uint16_t port() const { return m_port; } ///< 0: it was taken
    [[nodiscard]] std::string address() const;                  ///< "127.0.0.1:PORT"

    /// Called for every request from now on.
    void setHandler(Handler handler);
    /// Answers every request with these bytes.
    void answerWith(std::string bytes);
    /// True (the start): a request is handled once its body is there; false: as soon as its head is.
    void setReadsBodies(bool reads) { m_readsBodies = reads; }

    /// The requests so far, oldest first.
    [[nodiscard]] std::vector<WireRequest> requests() const;
    /// Waits until there were `count` requests; false after `patience`.
    [[nodiscard]] bool waitForRequests(std::size_t count);
    [[nodiscard]] int connectionsAccepted() const { return m_accepted; }

private:
    void acceptConnections();
    void serve(Descriptor socket, int connectionNumber);

    const std::string m_host;
    Descriptor m_listener;
    Descriptor m_wakeUp; ///< readable once everything has to end
    std::uint16_t m_port = 0;
    std::atomic<bool> m_readsBodies{true};
    std::atomic<int> m_accepted{0};
    mutable std::mutex m_mutex;
    std::condition_variable m_requestCame;
    Handler m_handler;                    // guarded by m_mutex
    std::vector<WireRequest> m_requests;  // guarded by m_mutex
    std::list<std::thread> m_connections; // acceptor's thread, then the destructor's
    std::thread m_acceptor;
};

/// "HTTP/1.1 200 OK" with a Content-Length and this body.
[[nodiscard]] std::string okResponse(std::string_view body, std::string_view fieldLines = {});

} // namespace support
