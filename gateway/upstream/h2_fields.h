#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::upstream {

/// Takes heads and trailers apart into the fields of HTTP/2 (RFC 9113, 8.2 and 8.3). Reused; what fields()
/// points to is good until the next call, and as long as the text that was read. The names keep their case:
/// nghttp2 copies them in lower case.
class H2Fields {
public:
    struct Origin {
        bool isSecure = false;
        std::chrono::milliseconds timeLeft{0}; ///< to say instead of the request's grpc-timeout; 0: as it is
    };

    /// Reads a head as writeRequestHead writes it, from the front of `text`; returns its bytes. What ends at
    /// this hop is left out, Host becomes :authority.
    std::size_t readHead(std::string_view text, const Origin& origin);
    /// Reads whole lines.
    void readTrailers(std::string_view lines);

    [[nodiscard]] const std::vector<nghttp2_nv>& fields() const noexcept { return m_fields; }
    /// Whether the head that was read last announces content.
    [[nodiscard]] bool hasContent() const noexcept { return m_hasContent; }

private:
    void readLine(std::string_view line, const Origin& origin);
    void add(std::string_view name, std::string_view value, std::uint8_t flags = NGHTTP2_NV_FLAG_NONE);

    std::vector<nghttp2_nv> m_fields;
    std::string m_timeLeft;
    std::size_t m_authority = 0; ///< its place in m_fields
    bool m_hasContent = false;
};

} // namespace gateway::upstream
