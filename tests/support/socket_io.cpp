#include "tests/support/socket_io.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace support {

namespace {

sockaddr_in loopbackAddress(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int millisecondsUntil(Deadline deadline) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

} // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        close();
        m_descriptor = std::exchange(other.m_descriptor, -1);
    }
    return *this;
}

void Descriptor::close() {
    if (m_descriptor >= 0) {
        ::close(std::exchange(m_descriptor, -1));
    }
}

Deadline deadlineIn(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

Descriptor connectToLoopback(std::uint16_t port, const std::string& from) {
    Descriptor descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!from.empty()) {
        sockaddr_in own = loopbackAddress(0);
        ::inet_pton(AF_INET, from.c_str(), &own.sin_addr);
        if (::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
            return {};
        }
    }
    const sockaddr_in address = loopbackAddress(port);
    if (!descriptor ||
        ::connect(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return {};
    }
    const int on = 1;
    ::setsockopt(descriptor.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return descriptor;
}

Descriptor listenOnLoopback(std::uint16_t port, const std::string& host) {
    Descriptor descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(descriptor.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address = loopbackAddress(port);
    ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
    if (!descriptor ||
        ::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(descriptor.get(), 128) != 0) {
        return {};
    }
    return descriptor;
}

std::uint16_t localPort(int descriptor) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return 0;
    }
    return ntohs(address.sin_port);
}

std::uint16_t unusedPort() {
    const Descriptor listener = listenOnLoopback();
    return localPort(listener.get());
}

bool waitReadable(int descriptor, Deadline deadline, int wakeUp) {
    while (true) {
        std::array<pollfd, 2> polled{pollfd{descriptor, POLLIN, 0}, pollfd{wakeUp, POLLIN, 0}};
        const int ready = ::poll(polled.data(), polled.size(), millisecondsUntil(deadline));
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        return ready > 0 && polled[1].revents == 0 && polled[0].revents != 0;
    }
}

bool sendAll(int descriptor, std::string_view bytes, Deadline deadline) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return false;
        }
        pollfd polled{descriptor, POLLOUT, 0};
        if (::poll(&polled, 1, millisecondsUntil(deadline)) == 0) {
            return false;
        }
    }
    return true;
}

std::optional<std::size_t> receiveSome(int descriptor, std::string& into, Deadline deadline, int wakeUp,
                                       std::size_t most) {
    if (!waitReadable(descriptor, deadline, wakeUp)) {
        return std::nullopt;
    }
    const std::size_t before = into.size();
    into.resize(before + most);
    const ssize_t received = ::recv(descriptor, into.data() + before, most, 0);
    into.resize(before + static_cast<std::size_t>(std::max<ssize_t>(received, 0)));
    if (received < 0) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(received);
}

std::string WireMessage::field(std::string_view name) const {
    for (const Field& field : fields) {
        if (equalsIgnoringCase(field.name, name)) {
            return field.value;
        }
    }
    return {};
}

bool WireMessage::has(std::string_view name) const {
    return count(name) > 0;
}

std::size_t WireMessage::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), [&](const Field& field) {
        return equalsIgnoringCase(field.name, name);
    }));
}

WireMessage parseHead(std::string_view head) {
    WireMessage message;
    while (!head.empty()) {
        const std::size_t end = std::min(head.find("\r\n"), head.size());
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(std::min(end + 2, head.size()));
        const std::size_t colon = line.find(':');
        if (message.startLine.empty()) {
            message.startLine = line;
        } else if (colon != std::string_view::npos) {
            message.fields.push_back(
                {std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))});
        }
    }
    return message;
}

} // namespace support
