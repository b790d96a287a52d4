#pragma once

#include <QByteArray>
#include <QList>
#include <optional>
#include <utility>

namespace app::demo {

/// A whole HTTP/1.1 message. The demo talks to a gateway that sends well-formed messages only, so this reads
/// just what it needs.
struct WireMessage {
    QByteArray startLine;
    QList<std::pair<QByteArray, QByteArray>> fields; ///< names in lower case
    QByteArray body;

    [[nodiscard]] QByteArray field(const QByteArray& lowerCaseName) const;
    [[nodiscard]] QByteArray word(int index) const; ///< of the start line
};

enum class WireState { Incomplete, Complete, Malformed };

/// Takes one message off the front of `buffer`. Bodies are framed by Content-Length or chunks; without either
/// there is none. Malformed: also when head or body pass 1 MiB.
[[nodiscard]] WireState takeMessage(QByteArray& buffer, WireMessage& message);

/// A WebSocket frame of a short message in one piece, which is all that the demo sends.
struct WireFrame {
    enum Opcode : unsigned char { Text = 1, Close = 8, Ping = 9, Pong = 10 };
    unsigned char opcode = Text;
    QByteArray payload; ///< at most 125 bytes
};

/// Takes one frame off the front of `buffer`. Malformed: also a frame of more than 125 bytes.
[[nodiscard]] WireState takeFrame(QByteArray& buffer, WireFrame& frame);
/// Clients mask what they send.
[[nodiscard]] QByteArray writeFrame(const WireFrame& frame, bool isMasked);
/// What a server answers to a Sec-WebSocket-Key.
[[nodiscard]] QByteArray webSocketAccept(const QByteArray& key);

} // namespace app::demo
