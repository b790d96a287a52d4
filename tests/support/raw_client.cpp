#include "tests/support/raw_client.h"

#include <charconv>
#include <sys/socket.h>

namespace support {

RawClient::RawClient(std::uint16_t port, const std::string& from)
    : m_socket(connectToLoopback(port, from))
    , m_reader(m_socket.get()) {}

bool RawClient::send(std::string_view bytes) {
    return sendAll(m_socket.get(), bytes, deadlineIn(patience));
}

void RawClient::finishSending() {
    ::shutdown(m_socket.get(), SHUT_WR);
}

void RawClient::reset() {
    const linger abortOnClose{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(m_socket.get(), SOL_SOCKET, SO_LINGER, &abortOnClose, sizeof abortOnClose);
    m_socket.close();
}

WireResponse RawClient::readResponse(bool toHead) {
    const Deadline deadline = deadlineIn(patience);
    std::optional<WireMessage> head = m_reader.readHead(deadline);
    if (!head) {
        return {};
    }
    WireResponse response{std::move(*head)};
    const std::string_view line = response.startLine;
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos && line.size() >= space + 4) {
        std::from_chars(line.data() + space + 1, line.data() + space + 4, response.status);
    }
    const bool bodiless = toHead || response.status < 200 || response.status == 204 || response.status == 304;
    response.complete = bodiless || m_reader.readBody(response, true, deadline);
    return response;
}

std::string RawClient::readBytes(std::size_t size) {
    return m_reader.readBytes(size, deadlineIn(patience));
}

std::string RawClient::readUntil(std::string_view marker) {
    return m_reader.readUntil(marker, deadlineIn(patience));
}

bool RawClient::waitForClose() {
    const std::optional<std::string> rest = m_reader.readToEnd(deadlineIn(patience));
    return rest && rest->empty();
}

WireResponse RawClient::exchange(std::uint16_t port, std::string_view request, bool toHead) {
    RawClient client(port);
    if (!client.isConnected() || !client.send(request)) {
        return {};
    }
    return client.readResponse(toHead);
}

WireResponse RawClient::get(std::uint16_t port, std::string_view target, std::string_view fieldLines) {
    std::string request = "GET ";
    request.append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(fieldLines).append("\r\n");
    return exchange(port, request);
}

} // namespace support
