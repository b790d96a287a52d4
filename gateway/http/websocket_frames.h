#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway::http {

/// Follows the frames that one end of a WebSocket sends (RFC 6455, 5), headers only: counts messages, knows
/// where frames end, and notices what the other end would have to fail the connection for. Payload is not
/// looked at, but for the code of a Close. Single-threaded.
class WebSocketFrames {
public:
    enum class From : std::uint8_t { Client, Server };

    /// `extended`: an extension was negotiated, which may use the reserved bits.
    explicit WebSocketFrames(From from, bool extended = false) noexcept
        : m_from(from)
        , m_extended(extended) {}

    /// Reads on. Returns how many bytes of the piece may be passed on: all of them, unless a frame is
    /// against the rules; then those before it, and nothing is read any more.
    [[nodiscard]] std::size_t feed(std::string_view piece) noexcept { return read(piece, false); }
    /// The same, but not beyond the end of the frame that is under way.
    [[nodiscard]] std::size_t feedToBoundary(std::string_view piece) noexcept { return read(piece, true); }

    [[nodiscard]] bool isBroken() const noexcept { return m_isBroken; }
    /// Whether another frame could stand behind what was passed on.
    [[nodiscard]] bool isAtBoundary() const noexcept { return m_isAtBoundary; }
    [[nodiscard]] bool hasClosed() const noexcept { return m_hasClosed; }
    /// Messages whose last frame began since the last call.
    [[nodiscard]] std::uint32_t takeMessages() noexcept;

private:
    static constexpr std::size_t headBytesMax = 14;

    [[nodiscard]] std::size_t read(std::string_view piece, bool toBoundary) noexcept;
    [[nodiscard]] std::size_t headBytesWanted() const noexcept;
    [[nodiscard]] bool beginFrame() noexcept;
    [[nodiscard]] bool allows(unsigned char opcode, bool isFinal, std::uint64_t payloadBytes) noexcept;
    [[nodiscard]] bool takePayload(std::string_view bytes) noexcept;

    std::uint64_t m_payloadLeft = 0;
    std::uint32_t m_messages = 0;
    std::uint16_t m_closeCode = 0;
    std::uint8_t m_headBytes = 0;      ///< of the frame whose head is being read
    std::uint8_t m_closeCodeBytes = 0; ///< still to come
    std::array<unsigned char, headBytesMax> m_head{};
    From m_from;
    bool m_extended;
    bool m_inMessage = false; ///< a data frame came that was not its message's last
    bool m_isAtBoundary = true;
    bool m_hasClosed = false;
    bool m_isBroken = false;
};

/// A Close frame with a code and a reason (RFC 6455, 5.5.1), the latter of at most 123 bytes. One from a
/// client is masked with `mask`.
[[nodiscard]] std::string webSocketClose(std::uint16_t code, std::string_view reason);
[[nodiscard]] std::string webSocketClose(std::uint16_t code, std::string_view reason, std::uint32_t mask);

} // namespace gateway::http
