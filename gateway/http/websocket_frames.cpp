#include "gateway/http/websocket_frames.h"

#include <algorithm>
#include <utility>

namespace gateway::http {
namespace {

constexpr unsigned finalBit = 0x80;
constexpr unsigned reservedBits = 0x70;
constexpr unsigned opcodeBits = 0x0F;
constexpr unsigned maskBit = 0x80;
constexpr unsigned lengthBits = 0x7F;
constexpr unsigned lengthOf16Bits = 126;
constexpr unsigned lengthOf64Bits = 127;
constexpr std::size_t maskBytes = 4;
constexpr std::size_t controlBytesMax = 125;

constexpr unsigned char opcodeContinuation = 0x0;
constexpr unsigned char opcodeBinary = 0x2;
constexpr unsigned char opcodeClose = 0x8;
constexpr unsigned char opcodePong = 0xA;

constexpr bool isControl(unsigned char opcode) noexcept {
    return opcode >= opcodeClose;
}

/// RFC 6455, 7.4, with what was registered since; 1005, 1006 and 1015 stand for what never is in a frame.
constexpr bool isCloseCode(std::uint16_t code) noexcept {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code < 5000);
}

std::size_t lengthBytes(unsigned char second) noexcept {
    switch (second & lengthBits) {
    case lengthOf16Bits:
        return 2;
    case lengthOf64Bits:
        return 8;
    default:
        return 0;
    }
}

} // namespace

std::uint32_t WebSocketFrames::takeMessages() noexcept {
    return std::exchange(m_messages, 0);
}

std::size_t WebSocketFrames::headBytesWanted() const noexcept {
    if (m_headBytes < 2) {
        return 2;
    }
    return 2 + lengthBytes(m_head[1]) + ((m_head[1] & maskBit) != 0 ? maskBytes : 0);
}

std::size_t WebSocketFrames::read(std::string_view piece, bool toBoundary) noexcept {
    if (m_isBroken) {
        return 0;
    }
    std::size_t at = 0;
    std::size_t frameStart = 0;
    bool startsHere = m_isAtBoundary; // the frame that is read began within this piece
    const auto refuse = [&] {
        m_isBroken = true;
        m_isAtBoundary = startsHere;
        return startsHere ? frameStart : 0;
    };
    while (at < piece.size() && !(toBoundary && m_isAtBoundary)) {
        if (m_isAtBoundary) {
            m_isAtBoundary = false;
            startsHere = true;
            frameStart = at;
        }
        if (m_payloadLeft > 0) {
            const std::string_view payload = piece.substr(
                at, static_cast<std::size_t>(std::min<std::uint64_t>(m_payloadLeft, piece.size())));
            if (!takePayload(payload)) {
                return refuse();
            }
            at += payload.size();
        } else {
            m_head[m_headBytes++] = static_cast<unsigned char>(piece[at++]);
            if (m_headBytes < 2 || m_headBytes < headBytesWanted()) {
                continue;
            }
            if (!beginFrame()) {
                return refuse();
            }
        }
        if (m_payloadLeft == 0) {
            m_headBytes = 0;
            m_isAtBoundary = true;
        }
    }
    return at;
}

/// The head is complete.
bool WebSocketFrames::beginFrame() noexcept {
    const std::size_t extra = lengthBytes(m_head[1]);
    std::uint64_t payloadBytes = m_head[1] & lengthBits;
    if (extra > 0) {
        payloadBytes = 0;
        for (std::size_t i = 0; i < extra; ++i) {
            payloadBytes = payloadBytes << 8U | m_head[2 + i];
        }
        // The shortest form is the only one, and the highest bit is no length's.
        const std::uint64_t least = extra == 2 ? lengthOf16Bits : std::uint64_t{1} << 16U;
        if (payloadBytes < least || (payloadBytes >> 63U) != 0) {
            return false;
        }
    }
    const auto opcode = static_cast<unsigned char>(m_head[0] & opcodeBits);
    if (!allows(opcode, (m_head[0] & finalBit) != 0, payloadBytes)) {
        return false;
    }
    m_payloadLeft = payloadBytes;
    // What is left of the head is the mask.
    m_headBytes = static_cast<std::uint8_t>(2 + extra);
    if (opcode == opcodeClose) {
        m_hasClosed = true;
        m_closeCode = 0;
        m_closeCodeBytes = payloadBytes > 0 ? 2 : 0;
    }
    return true;
}

bool WebSocketFrames::allows(unsigned char opcode, bool isFinal, std::uint64_t payloadBytes) noexcept {
    const bool isMasked = (m_head[1] & maskBit) != 0;
    const bool isReserved = (m_head[0] & reservedBits) != 0;
    if (isMasked != (m_from == From::Client) || (isReserved && !m_extended) || m_hasClosed) {
        return false;
    }
    if (isControl(opcode)) {
        const bool fits = payloadBytes <= controlBytesMax && (opcode != opcodeClose || payloadBytes != 1);
        return opcode <= opcodePong && isFinal && fits;
    }
    if (opcode > opcodeBinary || (opcode == opcodeContinuation) != m_inMessage) {
        return false;
    }
    m_inMessage = !isFinal;
    m_messages += isFinal ? 1U : 0U;
    return true;
}

bool WebSocketFrames::takePayload(std::string_view bytes) noexcept {
    m_payloadLeft -= bytes.size();
    for (std::size_t i = 0; i < bytes.size() && m_closeCodeBytes > 0; ++i) {
        const std::size_t position = 2U - m_closeCodeBytes;
        const unsigned mask = m_from == From::Client ? m_head[m_headBytes + position] : 0U;
        m_closeCode = static_cast<std::uint16_t>(static_cast<unsigned>(m_closeCode) << 8U |
                                                 (static_cast<unsigned char>(bytes[i]) ^ mask));
        if (--m_closeCodeBytes == 0 && !isCloseCode(m_closeCode)) {
            return false;
        }
    }
    return true;
}

std::string webSocketClose(std::uint16_t code, std::string_view reason) {
    reason = reason.substr(0, controlBytesMax - 2);
    std::string frame;
    frame.push_back(static_cast<char>(finalBit | opcodeClose));
    frame.push_back(static_cast<char>(reason.size() + 2));
    frame.push_back(static_cast<char>(code >> 8U));
    frame.push_back(static_cast<char>(code & 0xFFU));
    return frame.append(reason);
}

std::string webSocketClose(std::uint16_t code, std::string_view reason, std::uint32_t mask) {
    std::string frame = webSocketClose(code, reason);
    frame[1] = static_cast<char>(static_cast<unsigned char>(frame[1]) | maskBit);
    std::array<char, maskBytes> key{};
    for (std::size_t i = 0; i < maskBytes; ++i) {
        key[i] = static_cast<char>(mask >> (8U * i) & 0xFFU);
    }
    for (std::size_t i = 2; i < frame.size(); ++i) {
        frame[i] = static_cast<char>(frame[i] ^ key[(i - 2) % maskBytes]);
    }
    return frame.insert(2, key.data(), key.size());
}

} // namespace gateway::http
