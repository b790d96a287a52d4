#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

/// How long a test waits for something that should happen at once. Generous, so that a busy machine never
/// fails a test; nothing waits for it to pass unless the test fails.
inline constexpr std::chrono::milliseconds patience{20'000};

/// A socket or other descriptor that is closed with its owner.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int descriptor)
        : m_descriptor(descriptor) {}
    Descriptor(Descriptor&& other) noexcept
        : m_descriptor(std::exchange(other.m_descriptor, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }

    [[nodiscard]] int get() const { return m_descriptor; }
    [[nodiscard]] explicit operator bool() const { return m_descriptor >= 0; }
    void close();

private:
    int m_descriptor = -1;
};

using Deadline = std::chrono::steady_clock::time_point;
[[nodiscard]] Deadline deadlineIn(std::chrono::milliseconds time);

/// A TCP connection to 127.0.0.1, or an empty Descriptor. `from`: another address of the loopback device;
/// empty: as the system does.
[[nodiscard]] Descriptor connectToLoopback(std::uint16_t port, const std::string& from = {});
/// Listens on an IPv4 address of the loopback device; port 0 lets the system choose.
[[nodiscard]] Descriptor listenOnLoopback(std::uint16_t port = 0, const std::string& host = "127.0.0.1");
[[nodiscard]] std::uint16_t localPort(int descriptor);
/// A port on which nobody listens right now: for a dead target.
[[nodiscard]] std::uint16_t unusedPort();

/// True once `descriptor` can be read (or is closed by the peer). `wakeUp`, if not negative, ends the wait.
[[nodiscard]] bool waitReadable(int descriptor, Deadline deadline, int wakeUp = -1);
/// Sends everything, or returns false: peer gone, or deadline passed.
[[nodiscard]] bool sendAll(int descriptor, std::string_view bytes, Deadline deadline);
/// Appends what can be read, at most `most` bytes. Empty optional: deadline or error; 0: the peer closed.
[[nodiscard]] std::optional<std::size_t> receiveSome(int descriptor, std::string& into, Deadline deadline,
                                                     int wakeUp = -1, std::size_t most = 64 * 1024);

/// One field of a head, as it was sent.
struct Field {
    std::string name;
    std::string value;
};

/// A head and a body as they came over the wire; deliberately not the gateway's own parser.
struct WireMessage {
    std::string startLine;
    std::vector<Field> fields;
    std::string body; ///< with the chunked coding removed
    std::string raw;  ///< every byte of it

    /// Value of the first field of that name (any case), or an empty string.
    [[nodiscard]] std::string field(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
};

/// Splits start line and fields; `head` ends with an empty line.
[[nodiscard]] WireMessage parseHead(std::string_view head);

} // namespace support
