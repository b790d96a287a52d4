#pragma once

#include "tests/support/h2_client.h"
#include "tests/support/socket_io.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace support {

/// A request as an HTTP/2 upstream got it.
struct H2Request {
    int connection = 0; ///< from 1, in the order in which they were accepted
    int number = 0;     ///< from 1, over all connections
    std::uint32_t stream = 0;
    std::vector<Field> fields;
    std::vector<Field> trailers;
    std::string body;
    bool ended = false; ///< END_STREAM came

    /// Value of the first field of that name, or an empty string.
    [[nodiscard]] std::string field(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
};

/// One connection of an H2Server, as its handler sees it. Sending: any thread; each call goes out in one
/// piece.
class H2ServerConnection {
public:
    bool send(std::string_view bytes);
    bool sendHeaders(std::uint32_t stream, const std::vector<Field>& fields, bool ends);
    bool sendData(std::uint32_t stream, std::string_view bytes, bool ends);
    bool reset(std::uint32_t stream, std::uint32_t code);
    bool goAway(std::uint32_t lastStream, std::uint32_t code = 0);
    /// Status 200, these fields, a body and trailers.
    bool answer(std::uint32_t stream, std::string_view body, const std::vector<Field>& fields = {},
                const std::vector<Field>& trailers = {});
    /// Ends the connection after the handler returned.
    void close() { m_closing = true; }

private:
    friend class H2Server;
    H2ServerConnection(Descriptor socket, int wakeUp);
    H2ServerConnection(const H2ServerConnection&) = delete;
    H2ServerConnection& operator=(const H2ServerConnection&) = delete;
    ~H2ServerConnection();

    [[nodiscard]] bool fill(std::size_t bytes);
    [[nodiscard]] std::optional<H2Frame> readFrame();
    [[nodiscard]] std::vector<Field> decode();

    Descriptor m_socket;
    int m_wakeUp;
    std::mutex m_sending;
    std::string m_in;
    std::string m_block;
    std::map<std::uint32_t, H2Request> m_open;
    nghttp2_hd_inflater* m_inflater = nullptr;
    bool m_closing = false;
};

/// An upstream that speaks HTTP/2 in the clear by prior knowledge, and answers with whatever frames a test
/// wants. Each connection has a thread of its own. Public functions: any thread. The destructor ends all
/// waits and joins.
class H2Server {
public:
    using Handler = std::function<void(H2Request& request, H2ServerConnection& connection)>;
    using Settings = std::vector<std::pair<std::uint16_t, std::uint32_t>>;

    /// Answers everything with 200 and the request's path as its body, until told otherwise.
    explicit H2Server(Settings settings = {});
    ~H2Server();
    H2Server(const H2Server&) = delete;
    H2Server& operator=(const H2Server&) = delete;

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    /// Called for each request once it is whole; with false as soon as its head is there, and not again.
    void setHandler(Handler handler, bool whole = true);
    /// False: the server gives no window for what it reads.
    void setOpensWindows(bool opens) { m_opensWindows = opens; }
    /// False: PING frames stay without an answer.
    void setAnswersPings(bool answers) { m_answersPings = answers; }

    /// The requests that were handled so far, oldest first.
    [[nodiscard]] std::vector<H2Request> requests() const;
    [[nodiscard]] bool waitForRequests(std::size_t count);
    /// All frames so far but DATA, oldest first.
    [[nodiscard]] std::vector<H2Frame> frames() const;
    /// Waits for a frame of the type, without flags when it is a SETTINGS or PING frame.
    [[nodiscard]] bool waitForFrame(H2Type type);
    [[nodiscard]] int connectionsAccepted() const { return m_accepted; }
    [[nodiscard]] int connectionsEnded() const { return m_ended; }
    [[nodiscard]] std::size_t bodyBytesReceived() const { return m_bodyBytes; }

private:
    void acceptConnections();
    void serve(Descriptor socket, int number);
    void onFrame(const H2Frame& frame, H2ServerConnection& connection, int number);
    void handle(H2Request& request, H2ServerConnection& connection);

    const Settings m_settings;
    Descriptor m_listener;
    Descriptor m_wakeUp;
    std::uint16_t m_port = 0;
    std::atomic<bool> m_opensWindows{true};
    std::atomic<bool> m_answersPings{true};
    std::atomic<int> m_accepted{0};
    std::atomic<int> m_ended{0};
    std::atomic<std::size_t> m_bodyBytes{0};
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    Handler m_handler;                 // guarded by m_mutex
    bool m_whole = true;               // guarded by m_mutex
    std::vector<H2Request> m_requests; // guarded by m_mutex
    std::vector<H2Frame> m_frames;     // guarded by m_mutex
    std::list<std::thread> m_connections;
    std::thread m_acceptor;
};

} // namespace support
