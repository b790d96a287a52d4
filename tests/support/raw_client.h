#pragma once

#include "tests/support/message_reader.h"

#include <chrono>
#include <cstdint>
#include <memory>

namespace support {

/// A response as it came over the wire.
struct WireResponse : WireMessage {
    int status = 0;        ///< 0: none came
    bool complete = false; ///< the body came to the end that its head announced
};

[[nodiscard]] inline bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// A client that sends exactly the bytes it is told to: for everything a polite client would not do.
/// Blocks; each call gives up after `patience`. One thread.
class RawClient {
public:
    /// Connects to 127.0.0.1, as connectToLoopback() does.
    explicit RawClient(std::uint16_t port, const std::string& from = {});

    [[nodiscard]] bool isConnected() const { return static_cast<bool>(m_socket); }

    /// False: the peer is gone.
    bool send(std::string_view bytes);
    /// No more bytes from this side; answers may still come.
    void finishSending();
    /// Closes with a TCP reset in place of a polite end.
    void reset();

    /// The next response; `toHead`: it has no body although its head may announce one. Interim responses
    /// (1xx) are returned like others.
    [[nodiscard]] WireResponse readResponse(bool toHead = false);
    [[nodiscard]] std::string readBytes(std::size_t size);
    [[nodiscard]] std::string readUntil(std::string_view marker);
    /// True when the peer closes without sending anything more.
    [[nodiscard]] bool waitForClose();

    /// Sends one request on a connection of its own and reads the answer.
    [[nodiscard]] static WireResponse exchange(std::uint16_t port, std::string_view request,
                                               bool toHead = false);
    /// GET on a connection of its own, with Host and any further field lines ("X-API-Key: abc\r\n").
    [[nodiscard]] static WireResponse get(std::uint16_t port, std::string_view target,
                                          std::string_view fieldLines = {});

private:
    Descriptor m_socket;
    MessageReader m_reader;
};

} // namespace support
