#pragma once

#include "gateway/http/head.h"
#include "gateway/http/line_buffer.h"
#include "gateway/http/parser.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::http {

/// The fields of a HEADERS frame and its CONTINUATIONs while they come in, turned into the lines that
/// HTTP/1.1 would have: so the one strict parser reads the requests of both. What only HTTP/2 forbids (RFC
/// 9113, 8.2 and 8.3) is found here, beside what nghttp2 finds. Reused; single-threaded.
class H2HeadBlock {
public:
    enum class Kind : std::uint8_t { Request, Trailers };

    void begin(Kind kind, std::size_t bytesMax);
    /// Adds the next field. False: the block is far beyond what its sender was told to be the limit.
    [[nodiscard]] bool add(std::string_view name, std::string_view value);
    /// nghttp2 found a field that must not be there.
    void spoil() noexcept { m_malformed = true; }

    [[nodiscard]] Kind kind() const noexcept { return m_kind; }
    /// The message must be treated as malformed: a stream error (RFC 9113, 8.1.1).
    [[nodiscard]] bool isMalformed() const noexcept { return m_malformed; }
    [[nodiscard]] bool isTooLarge() const noexcept { return m_tooLarge; }

    /// A request to become something else (RFC 8441).
    [[nodiscard]] bool isTunnel() const noexcept { return !m_protocol.empty(); }

    /// Reads the request. `endsStream`: no body follows. `webSocketKey` stands in for the one that HTTP/2 has
    /// no use for. `head` points into this object.
    [[nodiscard]] std::optional<Refusal> parse(const HeadLimits& limits, bool endsStream,
                                               std::string_view webSocketKey, RequestHead& head);
    /// The lines of trailers; those that must not come as such are left out.
    [[nodiscard]] std::string_view trailers() const noexcept { return m_lines.text(); }

private:
    void addPseudo(std::string_view name, std::string_view value);
    void addTrailer(std::string_view name, std::string_view value);
    void beginLines();

    Kind m_kind = Kind::Request;
    bool m_malformed = false;
    bool m_tooLarge = false;
    bool m_linesBegun = false;
    bool m_authorityDiffers = false;
    bool m_isExtendedConnect = false;
    std::size_t m_bytesMax = 0;
    std::size_t m_bytes = 0; ///< as RFC 9113, 6.5.2 counts them
    std::string m_method;
    std::string m_scheme;
    std::string m_path;
    std::string m_authority;
    std::string m_protocol;
    std::string m_cookies;
    LineBuffer m_lines;
};

} // namespace gateway::http
