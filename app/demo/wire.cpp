#include "app/demo/wire.h"

namespace app::demo {

namespace {

constexpr qsizetype bytesMax = 1024 * 1024;

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

} // namespace app::demo
