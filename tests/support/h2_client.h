#pragma once

#include "tests/support/socket_io.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct nghttp2_hd_deflater;
struct nghttp2_hd_inflater;

namespace support {

enum class H2Type : std::uint8_t {
    Data,
    Headers,
    Priority,
    RstStream,
    Settings,
    PushPromise,
    Ping,
    Goaway,
    WindowUpdate,
    Continuation,
    PriorityUpdate = 16
};

namespace h2 {
inline constexpr std::uint8_t none = 0;
inline constexpr std::uint8_t ack = 1;
inline constexpr std::uint8_t endStream = 1;
inline constexpr std::uint8_t endHeaders = 4;
inline constexpr std::uint8_t padded = 8;
inline constexpr std::uint8_t priority = 32;

/// A number in network byte order.
[[nodiscard]] std::string number(std::uint32_t value, int bytes = 4);
/// A whole frame, whatever rules it breaks.
[[nodiscard]] std::string frame(H2Type type, std::uint8_t flags, std::uint32_t stream,
                                std::string_view payload = {});
/// A field as a literal without indexing and without Huffman coding (RFC 7541, 6.2.2).
[[nodiscard]] std::string literal(std::string_view name, std::string_view value);
[[nodiscard]] std::string literals(const std::vector<Field>& fields);
/// The fields of a GET to http://gw/.
[[nodiscard]] std::vector<Field> get(std::string_view path, std::vector<Field> more = {});
[[nodiscard]] std::vector<Field> post(std::string_view path, std::vector<Field> more = {});
inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
} // namespace h2

struct H2Frame {
    H2Type type = H2Type::Data;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
    std::string payload;

    /// RST_STREAM's code, or GOAWAY's.
    [[nodiscard]] std::uint32_t errorCode() const;
};

/// An answer, or how there was none.
struct H2Response {
    int status = 0; ///< 0: none came
    std::vector<int> informational;
    std::vector<Field> fields;
    std::vector<Field> trailers;
    std::string body;
    bool complete = false;               ///< END_STREAM came
    std::optional<std::uint32_t> reset;  ///< RST_STREAM came, with this code
    std::optional<std::uint32_t> goaway; ///< GOAWAY came, with this code
    bool closed = false;                 ///< the connection ended

    [[nodiscard]] std::string field(std::string_view name) const;
};

/// A client of HTTP/2 in the clear that sends exactly the frames it is told to. Acknowledges SETTINGS;
/// windows are the caller's business. Blocks; each call gives up after `patience`. One thread.
class H2Client {
public:
    enum class Start { Handshake, Silent };

    /// Connects to 127.0.0.1; with Handshake it sends the preface with `settings` (identifiers and values).
    explicit H2Client(std::uint16_t port, Start start = Start::Handshake,
                      const std::vector<std::pair<std::uint16_t, std::uint32_t>>& settings = {});
    ~H2Client();

    [[nodiscard]] bool isConnected() const { return static_cast<bool>(m_socket); }
    bool send(std::string_view bytes);
    /// Sends what the socket takes at once; how much that was.
    std::size_t sendSome(std::string_view bytes);
    void finishSending();

    /// A header block with indexing and Huffman coding.
    [[nodiscard]] std::string encode(const std::vector<Field>& fields);
    bool sendHeaders(std::uint32_t stream, const std::vector<Field>& fields, bool ends = true);
    bool sendData(std::uint32_t stream, std::string_view bytes, bool ends);

    /// Empty: the connection ended, or nothing came in time.
    [[nodiscard]] std::optional<H2Frame> readFrame();
    /// Reads frames up to the end of this stream's answer or of the connection. What comes for other streams
    /// is kept for them.
    [[nodiscard]] H2Response readResponse(std::uint32_t stream);
    /// Sends a PING and reads up to its acknowledgement.
    [[nodiscard]] bool ping();
    /// Reads on until the connection is over; the code of the last GOAWAY.
    [[nodiscard]] std::optional<std::uint32_t> readGoaway();
    [[nodiscard]] std::uint32_t setting(std::uint16_t identifier) const;
    [[nodiscard]] bool hasSetting(std::uint16_t identifier) const {
        return m_settings.count(identifier) != 0;
    }
    [[nodiscard]] bool isClosed() const { return m_closed; }
    [[nodiscard]] int descriptor() const { return m_socket.get(); }

private:
    void note(const H2Frame& frame);
    void decode(H2Response& response);

    Descriptor m_socket;
    std::string m_in;
    bool m_closed = false;
    std::optional<std::uint32_t> m_goaway;
    std::map<std::uint16_t, std::uint32_t> m_settings;
    std::map<std::uint32_t, H2Response> m_responses;
    std::string m_block;
    std::uint32_t m_blockStream = 0;
    bool m_blockEnds = false;
    nghttp2_hd_deflater* m_deflater = nullptr;
    nghttp2_hd_inflater* m_inflater = nullptr;
};

} // namespace support
