#include "app/demo/wire.h"

#include <QCryptographicHash>
#include <array>

namespace app::demo {

namespace {

constexpr qsizetype bytesMax = 1024 * 1024;
constexpr qsizetype payloadMax = 125;
constexpr qsizetype maskSize = 4;
constexpr unsigned char finalBit = 0x80;
constexpr unsigned char maskBit = 0x80;
// The demo's messages are no secret and no proxy's cache stands in the way: any mask does.
constexpr std::array<char, maskSize> mask{'d', 'e', 'm', 'o'};

void applyMask(QByteArray& payload, const char* key) {
    for (qsizetype i = 0; i < payload.size(); ++i) {
        payload[i] = static_cast<char>(payload[i] ^ key[i % maskSize]);
    }
}

/// Removes the chunked coding. Returns the number of bytes read, 0 when more must come, -1 when it is wrong.
qsizetype readChunks(const QByteArray& buffer, qsizetype at, QByteArray& body) {
    const qsizetype start = at;
    while (true) {
        const qsizetype lineEnd = buffer.indexOf("\r\n", at);
        if (lineEnd < 0) {
            return 0;
        }
        bool isNumber = false;
        const qsizetype size = buffer.mid(at, lineEnd - at).split(';').first().trimmed().toInt(&isNumber, 16);
        if (!isNumber || size < 0 || body.size() + size > bytesMax) {
            return -1;
        }
        at = lineEnd + 2;
        if (buffer.size() < at + size + 2) {
            return 0;
        }
        if (size > 0) {
            body += buffer.mid(at, size);
            at += size + 2;
            continue;
        }
        // The last chunk; trailers up to an empty line.
        while (true) {
            const qsizetype trailerEnd = buffer.indexOf("\r\n", at);
            if (trailerEnd < 0) {
                return 0;
            }
            const bool isLast = trailerEnd == at;
            at = trailerEnd + 2;
            if (isLast) {
                return at - start;
            }
        }
    }
}

} // namespace

QByteArray WireMessage::field(const QByteArray& lowerCaseName) const {
    for (const auto& [name, value] : fields) {
        if (name == lowerCaseName) {
            return value;
        }
    }
    return {};
}

QByteArray WireMessage::word(int index) const {
    return startLine.split(' ').value(index);
}

WireState takeMessage(QByteArray& buffer, WireMessage& message) {
    const qsizetype headEnd = buffer.indexOf("\r\n\r\n");
    if (headEnd < 0) {
        return buffer.size() > bytesMax ? WireState::Malformed : WireState::Incomplete;
    }
    WireMessage read;
    for (const QByteArray& line : buffer.left(headEnd).split('\n')) {
        const QByteArray trimmed = line.trimmed();
        const qsizetype colon = trimmed.indexOf(':');
        if (read.startLine.isEmpty()) {
            read.startLine = trimmed;
        } else if (colon > 0) {
            read.fields.emplaceBack(trimmed.left(colon).toLower(), trimmed.mid(colon + 1).trimmed());
        }
    }
    const qsizetype bodyStart = headEnd + 4;
    qsizetype bodySize = 0;
    if (read.field("transfer-encoding").toLower().contains("chunked")) {
        bodySize = readChunks(buffer, bodyStart, read.body);
        if (bodySize <= 0) {
            return bodySize < 0 ? WireState::Malformed : WireState::Incomplete;
        }
    } else {
        bodySize = read.field("content-length").toLongLong();
        if (bodySize < 0 || bodySize > bytesMax) {
            return WireState::Malformed;
        }
        if (buffer.size() < bodyStart + bodySize) {
            return WireState::Incomplete;
        }
        read.body = buffer.mid(bodyStart, bodySize);
    }
    buffer.remove(0, bodyStart + bodySize);
    message = std::move(read);
    return WireState::Complete;
}

WireState takeFrame(QByteArray& buffer, WireFrame& frame) {
    if (buffer.size() < 2) {
        return WireState::Incomplete;
    }
    const auto first = static_cast<unsigned char>(buffer[0]);
    const auto second = static_cast<unsigned char>(buffer[1]);
    const bool isMasked = (second & maskBit) != 0;
    const qsizetype size = second & ~maskBit;
    if ((first & finalBit) == 0 || size > payloadMax) {
        return WireState::Malformed;
    }
    const qsizetype headSize = 2 + (isMasked ? maskSize : 0);
    if (buffer.size() < headSize + size) {
        return WireState::Incomplete;
    }
    frame.opcode = first & 0x0f;
    frame.payload = buffer.mid(headSize, size);
    if (isMasked) {
        applyMask(frame.payload, buffer.constData() + 2);
    }
    buffer.remove(0, headSize + size);
    return WireState::Complete;
}

QByteArray writeFrame(const WireFrame& frame, bool isMasked) {
    QByteArray payload = frame.payload.left(payloadMax);
    QByteArray written;
    written += static_cast<char>(finalBit | frame.opcode);
    written += static_cast<char>((isMasked ? maskBit : 0) | static_cast<unsigned char>(payload.size()));
    if (isMasked) {
        written.append(mask.data(), maskSize);
        applyMask(payload, mask.data());
    }
    return written + payload;
}

QByteArray webSocketAccept(const QByteArray& key) {
    return QCryptographicHash::hash(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", QCryptographicHash::Sha1)
        .toBase64();
}

} // namespace app::demo
