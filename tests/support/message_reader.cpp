#include "tests/support/message_reader.h"

#include <algorithm>
#include <charconv>

namespace support {

namespace {

std::optional<std::size_t> parseNumber(std::string_view text, int base) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end == text.data()) {
        return std::nullopt;
    }
    return value;
}

} // namespace

bool MessageReader::fill(Deadline deadline) {
    return receiveSome(m_descriptor, m_pending, deadline, m_wakeUp).value_or(0) > 0;
}

std::string MessageReader::take(std::size_t size) {
    std::string taken = m_pending.substr(0, size);
    m_pending.erase(0, size);
    return taken;
}

std::string MessageReader::readBytes(std::size_t size, Deadline deadline) {
    while (m_pending.size() < size && fill(deadline)) {
    }
    return take(size);
}

std::string MessageReader::readUntil(std::string_view marker, Deadline deadline) {
    std::size_t at = m_pending.find(marker);
    while (at == std::string::npos && fill(deadline)) {
        at = m_pending.find(marker);
    }
    return take(at == std::string::npos ? m_pending.size() : at + marker.size());
}

std::optional<std::string> MessageReader::readToEnd(Deadline deadline) {
    while (true) {
        const std::optional<std::size_t> received = receiveSome(m_descriptor, m_pending, deadline, m_wakeUp);
        if (!received) {
            return std::nullopt;
        }
        if (*received == 0) {
            return take(m_pending.size());
        }
    }
}

std::optional<WireMessage> MessageReader::readHead(Deadline deadline) {
    const std::string head = readUntil("\r\n\r\n", deadline);
    if (!head.ends_with("\r\n\r\n")) {
        return std::nullopt;
    }
    WireMessage message = parseHead(head);
    message.raw = head;
    return message;
}

bool MessageReader::readBody(WireMessage& message, bool untilClose, Deadline deadline) {
    if (message.has("Transfer-Encoding")) {
        while (true) {
            const std::string sizeLine = readUntil("\r\n", deadline);
            const std::optional<std::size_t> size = parseNumber(sizeLine, 16);
            message.raw += sizeLine;
            if (!size) {
                return false;
            }
            const std::string chunk = *size > 0 ? readBytes(*size + 2, deadline) : std::string();
            message.raw += chunk;
            if (*size == 0) {
                break;
            }
            if (chunk.size() != *size + 2) {
                return false;
            }
            message.body.append(chunk, 0, *size);
        }
        std::string trailer;
        do {
            trailer = readUntil("\r\n", deadline);
            message.raw += trailer;
        } while (trailer.size() > 2);
        return trailer == "\r\n";
    }
    if (message.has("Content-Length")) {
        const std::size_t size = parseNumber(message.field("Content-Length"), 10).value_or(0);
        message.body = readBytes(size, deadline);
        message.raw += message.body;
        return message.body.size() == size;
    }
    if (untilClose) {
        std::optional<std::string> rest = readToEnd(deadline);
        message.body = rest.value_or(std::string());
        message.raw += message.body;
        return rest.has_value();
    }
    return true;
}

} // namespace support
