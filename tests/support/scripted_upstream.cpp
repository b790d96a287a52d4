#include "tests/support/scripted_upstream.h"

#include <cstdint>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace support {

namespace {

// Connections end with the test; until then they may stay idle for as long as they like.
constexpr std::chrono::milliseconds forever{600'000};

std::string word(const std::string& line, int index) {
    std::size_t start = 0;
    for (int i = 0; i < index; ++i) {
        const std::size_t space = line.find(' ', start);
        if (space == std::string::npos) {
            return {};
        }
        start = space + 1;
    }
    return line.substr(start, line.find(' ', start) - start);
}

} // namespace

std::string WireRequest::method() const {
    return word(startLine, 0);
}

std::string WireRequest::target() const {
    return word(startLine, 1);
}

bool UpstreamConnection::send(std::string_view bytes) {
    return sendAll(m_socket.get(), bytes, deadlineIn(patience));
}

bool UpstreamConnection::readBody(WireRequest& request) {
    return m_reader.readBody(request, false, deadlineIn(patience));
}

std::string UpstreamConnection::readSome(std::size_t most) {
    std::string bytes = m_reader.readBytes(1, deadlineIn(patience));
    if (!bytes.empty() && most > 1) {
        // Only what is there already, so that a test can stop reading in the middle of a body.
        bytes += m_reader.readBytes(most - 1, deadlineIn(std::chrono::milliseconds(0)));
    }
    return bytes;
}

void UpstreamConnection::reset() {
    const linger abortOnClose{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(m_socket.get(), SOL_SOCKET, SO_LINGER, &abortOnClose, sizeof abortOnClose);
    m_closing = true;
}

void UpstreamConnection::stayTillPeerCloses() {
    const std::optional<std::string> ignored = m_reader.readToEnd(deadlineIn(forever));
    m_closing = ignored.has_value() || m_closing;
}

ScriptedUpstream::ScriptedUpstream(const std::string& host, std::uint16_t port)
    : m_host(host)
    , m_listener(listenOnLoopback(port, host))
    , m_wakeUp(::eventfd(0, EFD_CLOEXEC))
    , m_port(localPort(m_listener.get()))
    , m_handler([](WireRequest& request, UpstreamConnection& connection) {
        connection.send(okResponse(request.target()));
    }) {
    m_acceptor = std::thread([this] { acceptConnections(); });
}

ScriptedUpstream::~ScriptedUpstream() {
    const std::uint64_t one = 1;
    // A write to an eventfd that nobody else writes to cannot fail.
    [[maybe_unused]] const ssize_t written = ::write(m_wakeUp.get(), &one, sizeof one);
    m_acceptor.join();
    for (std::thread& connection : m_connections) {
        connection.join();
    }
}

std::string ScriptedUpstream::address() const {
    return m_host + ":" + std::to_string(m_port);
}

void ScriptedUpstream::setHandler(Handler handler) {
    const std::lock_guard lock(m_mutex);
    m_handler = std::move(handler);
}

void ScriptedUpstream::answerWith(std::string bytes) {
    setHandler([answer = std::move(bytes)](WireRequest&, UpstreamConnection& connection) {
        connection.send(answer);
    });
}

std::vector<WireRequest> ScriptedUpstream::requests() const {
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

bool ScriptedUpstream::waitForRequests(std::size_t count) {
    std::unique_lock lock(m_mutex);
    return m_requestCame.wait_for(lock, patience, [&] { return m_requests.size() >= count; });
}

void ScriptedUpstream::acceptConnections() {
    while (waitReadable(m_listener.get(), deadlineIn(forever), m_wakeUp.get())) {
        Descriptor socket(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!socket) {
            continue;
        }
        const int number = ++m_accepted;
        m_connections.emplace_back(
            [this, number, accepted = std::move(socket)]() mutable { serve(std::move(accepted), number); });
    }
}

void ScriptedUpstream::serve(Descriptor socket, int connectionNumber) {
    UpstreamConnection connection(std::move(socket), m_wakeUp.get());
    while (!connection.m_closing) {
        std::optional<WireMessage> head = connection.m_reader.readHead(deadlineIn(forever));
        if (!head) {
            return;
        }
        WireRequest request{std::move(*head)};
        request.connection = connectionNumber;
        if (m_readsBodies && !connection.readBody(request)) {
            return;
        }
        Handler handler;
        {
            const std::lock_guard lock(m_mutex);
            request.number = static_cast<int>(m_requests.size()) + 1;
            m_requests.push_back(request);
            handler = m_handler;
        }
        m_requestCame.notify_all();
        handler(request, connection);
    }
}

std::string okResponse(std::string_view body, std::string_view fieldLines) {
    std::string response = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    response.append(fieldLines).append("\r\n").append(body);
    return response;
}

} // namespace support
