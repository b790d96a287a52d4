// Sends requests at a constant rate over keep-alive connections and measures each from the moment when it was
// due, so that a slow answer is not hidden by the requests that it held up. No pipelining: a request that is
// due while all connections are busy waits, and its waiting counts. One thread; sleeps between events; a line
// of JSON at the end.

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

struct Options {
    std::uint16_t port = 0;
    std::string requestsFile;
    double rate = 0;
    double seconds = 0;
    unsigned connections = 64;
};

struct Connection {
    int socket = -1;
    bool busy = false;
    Clock::time_point due;
    std::string_view unsent;
    std::string head;
    std::optional<std::size_t> bodyLeft; ///< set once the head is complete
    unsigned status = 0;
};

struct Figures {
    std::vector<std::int64_t> latenciesNs;
    std::uint64_t bad = 0;
    std::uint64_t broken = 0;
    std::size_t waitingMost = 0;
};

[[noreturn]] void die(const std::string& what) {
    std::fprintf(stderr, "open_loop: %s\n", what.c_str());
    std::exit(EXIT_FAILURE);
}

template<class Number>
Number numberFrom(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        die("not a number: " + std::string(text));
    }
    return number;
}

Options readOptions(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string_view value = argv[i + 1];
        if (name == "--port") {
            options.port = numberFrom<std::uint16_t>(value);
        } else if (name == "--requests") {
            options.requestsFile = value;
        } else if (name == "--rate") {
            options.rate = numberFrom<double>(value);
        } else if (name == "--seconds") {
            options.seconds = numberFrom<double>(value);
        } else if (name == "--connections") {
            options.connections = numberFrom<unsigned>(value);
        } else {
            die("unknown option " + std::string(name));
        }
    }
    if (options.port == 0 || options.requestsFile.empty() || options.rate <= 0 || options.seconds <= 0 ||
        options.connections == 0) {
        die("usage: open_loop --port N --requests FILE --rate N --seconds N [--connections 64]");
    }
    return options;
}

/// The requests of a file, one after the other, none with a body.
std::vector<std::string_view> splitRequests(std::string_view text) {
    std::vector<std::string_view> requests;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = text.find("\r\n\r\n", from);
        if (end == std::string_view::npos) {
            break;
        }
        requests.push_back(text.substr(from, end + 4 - from));
        from = end + 4;
    }
    return requests;
}

/// The value of Content-Length; nothing when the head has none.
std::optional<std::size_t> contentLength(std::string_view head) {
    constexpr std::string_view name = "content-length:";
    for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;
         line = head.find("\r\n", line + 2)) {
        const std::string_view rest = head.substr(line + 2);
        if (rest.size() < name.size() || strncasecmp(rest.data(), name.data(), name.size()) != 0) {
            continue;
        }
        const std::size_t begin = rest.find_first_not_of(' ', name.size());
        const std::size_t end = rest.find_first_of(" \r", begin);
        return numberFrom<std::size_t>(rest.substr(begin, end - begin));
    }
    return std::nullopt;
}

class OpenLoop {
public:
    OpenLoop(const Options& options, std::vector<std::string_view> requests);
    Figures run();

private:
    void open(Connection& connection);
    void reopen(Connection& connection);
    void send(Connection& connection, Clock::time_point due);
    void write(Connection& connection);
    void read(Connection& connection);
    /// False when this is no answer that can be followed.
    bool take(Connection& connection, std::string_view bytes);
    void finish(Connection& connection);
    void startWhatIsDue(Clock::time_point now);
    void waitForEvents(nanoseconds atMost);

    const Options& m_options;
    std::vector<std::string_view> m_requests;
    std::size_t m_nextRequest = 0;
    int m_epoll = -1;
    std::vector<Connection> m_connections;
    std::vector<Connection*> m_idle;
    std::deque<Clock::time_point> m_waiting; ///< due, but no connection was free
    Clock::time_point m_start;
    std::uint64_t m_scheduled = 0; ///< requests that were due so far
    std::uint64_t m_total = 0;
    Figures m_figures;
};

OpenLoop::OpenLoop(const Options& options, std::vector<std::string_view> requests)
    : m_options(options)
    , m_requests(std::move(requests))
    , m_epoll(epoll_create1(EPOLL_CLOEXEC))
    , m_connections(options.connections)
    , m_total(static_cast<std::uint64_t>(options.rate * options.seconds)) {
    m_figures.latenciesNs.reserve(m_total);
    for (Connection& connection : m_connections) {
        open(connection);
        m_idle.push_back(&connection);
    }
}

void OpenLoop::open(Connection& connection) {
    connection = Connection{};
    connection.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(m_options.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(connection.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        die(std::string("cannot connect: ") + std::strerror(errno));
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    if (epoll_ctl(m_epoll, EPOLL_CTL_ADD, connection.socket, &event) != 0) {
        die(std::string("epoll: ") + std::strerror(errno));
    }
}

void OpenLoop::reopen(Connection& connection) {
    // An idle connection that the other side closed has lost no answer.
    const bool wasBusy = connection.busy;
    if (wasBusy) {
        ++m_figures.broken;
    }
    close(connection.socket);
    open(connection);
    if (wasBusy) {
        m_idle.push_back(&connection);
    }
}

void OpenLoop::send(Connection& connection, Clock::time_point due) {
    connection.busy = true;
    connection.due = due;
    connection.head.clear();
    connection.bodyLeft.reset();
    connection.unsent = m_requests[m_nextRequest];
    m_nextRequest = (m_nextRequest + 1) % m_requests.size();
    write(connection);
}

void OpenLoop::write(Connection& connection) {
    // A request of a few hundred bytes fits an idle connection's socket buffer, so this does not block.
    while (!connection.unsent.empty()) {
        const ssize_t count =
            ::send(connection.socket, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            reopen(connection);
            return;
        }
        connection.unsent.remove_prefix(static_cast<std::size_t>(count));
    }
}

void OpenLoop::read(Connection& connection) {
    char buffer[16 * 1024];
    const ssize_t count = recv(connection.socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (count <= 0 || !connection.busy || !take(connection, {buffer, static_cast<std::size_t>(count)})) {
        reopen(connection);
    }
}

bool OpenLoop::take(Connection& connection, std::string_view bytes) {
    constexpr std::size_t statusAt = 9; // after "HTTP/1.1 "
    constexpr std::size_t headBytesMax = 64 * 1024;
    if (!connection.bodyLeft) {
        connection.head.append(bytes);
        const std::size_t end = connection.head.find("\r\n\r\n");
        if (end == std::string::npos) {
            return connection.head.size() <= headBytesMax;
        }
        const std::string_view head = std::string_view(connection.head).substr(0, end + 2);
        const auto length = contentLength(head);
        if (head.size() < statusAt + 3 || !length) {
            return false;
        }
        connection.status = numberFrom<unsigned>(head.substr(statusAt, 3));
        connection.bodyLeft = *length;
        bytes.remove_prefix(bytes.size() - (connection.head.size() - end - 4));
    }
    if (bytes.size() > *connection.bodyLeft) {
        return false;
    }
    *connection.bodyLeft -= bytes.size();
    if (*connection.bodyLeft == 0) {
        finish(connection);
    }
    return true;
}

void OpenLoop::finish(Connection& connection) {
    m_figures.latenciesNs.push_back(nanoseconds(Clock::now() - connection.due).count());
    if (connection.status < 200 || connection.status > 299) {
        ++m_figures.bad;
    }
    connection.busy = false;
    if (m_waiting.empty()) {
        m_idle.push_back(&connection);
        return;
    }
    const Clock::time_point due = m_waiting.front();
    m_waiting.pop_front();
    send(connection, due);
}

void OpenLoop::startWhatIsDue(Clock::time_point now) {
    while (m_scheduled < m_total) {
        const auto due =
            m_start +
            nanoseconds(static_cast<std::int64_t>(static_cast<double>(m_scheduled) * 1e9 / m_options.rate));
        if (due > now) {
            return;
        }
        ++m_scheduled;
        if (m_idle.empty()) {
            m_waiting.push_back(due);
            m_figures.waitingMost = std::max(m_figures.waitingMost, m_waiting.size());
            continue;
        }
        Connection* const connection = m_idle.back();
        m_idle.pop_back();
        send(*connection, due);
    }
}

void OpenLoop::waitForEvents(nanoseconds atMost) {
    epoll_event events[128];
    const auto ns = std::max<std::int64_t>(0, atMost.count());
    const timespec timeout{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
    const int count = epoll_pwait2(m_epoll, events, std::size(events), &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
        read(*static_cast<Connection*>(events[i].data.ptr));
    }
}

Figures OpenLoop::run() {
    // What is not answered two seconds after the last request was due counts as broken.
    constexpr auto patience = std::chrono::seconds(2);
    const auto length = nanoseconds(static_cast<std::int64_t>(m_options.seconds * 1e9));
    m_start = Clock::now();
    const auto end = m_start + length + patience;
    while (m_scheduled < m_total || m_idle.size() < m_connections.size() || !m_waiting.empty()) {
        const auto now = Clock::now();
        if (now >= end) {
            m_figures.broken += m_waiting.size() + (m_connections.size() - m_idle.size());
            break;
        }
        startWhatIsDue(now);
        const auto next = m_scheduled < m_total
                              ? m_start + nanoseconds(static_cast<std::int64_t>(
                                              static_cast<double>(m_scheduled) * 1e9 / m_options.rate))
                              : end;
        waitForEvents(next - Clock::now());
    }
    return std::move(m_figures);
}

double milliseconds(const std::vector<std::int64_t>& sorted, double share) {
    if (sorted.empty()) {
        return 0;
    }
    const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    return static_cast<double>(sorted[std::min(at, sorted.size() - 1)]) / 1e6;
}

} // namespace

int main(int argc, char** argv) {
    const Options options = readOptions(argc, argv);
    std::ifstream file(options.requestsFile, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto requests = splitRequests(text);
    if (requests.empty()) {
        die("there is no request in " + options.requestsFile);
    }
    // Timers are late by 50 us otherwise, which is more than a request takes.
    prctl(PR_SET_TIMERSLACK, 1);
    Figures figures = OpenLoop(options, requests).run();
    auto& latencies = figures.latenciesNs;
    std::sort(latencies.begin(), latencies.end());
    std::printf(
        "{\"requests\":%zu,\"rps\":%.1f,\"p50_ms\":%.4f,\"p90_ms\":%.4f,\"p99_ms\":%.4f,\"p999_ms\":%.4f,"
        "\"max_ms\":%.4f,\"bad\":%llu,\"waiting_most\":%zu}\n",
        latencies.size(), static_cast<double>(latencies.size()) / options.seconds,
        milliseconds(latencies, 0.5), milliseconds(latencies, 0.9), milliseconds(latencies, 0.99),
        milliseconds(latencies, 0.999), milliseconds(latencies, 1.0),
        static_cast<unsigned long long>(figures.bad + figures.broken), figures.waitingMost);
    return EXIT_SUCCESS;
}
