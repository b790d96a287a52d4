#include "gateway/http/h2_head_block.h"

#include "gateway/http/characters.h"
#include "gateway/http/refusals.h"
#include "gateway/http/writer.h"

namespace gateway::http {
namespace {

constexpr std::size_t fieldOverhead = 32; // RFC 9113, 6.5.2
constexpr std::size_t bombFactor = 4;     // so far above its limit a block is no accident
constexpr std::size_t pseudoBytesMax = 64 * 1024;

bool hasControl(std::string_view text) noexcept {
    const char* const end = text.data() + text.size();
    return findControl(text.data(), end) != end;
}

bool isHttpScheme(std::string_view scheme) noexcept {
    return sameIgnoringCase(scheme, "https") || sameIgnoringCase(scheme, "http");
}

} // namespace

void H2HeadBlock::begin(Kind kind, std::size_t bytesMax) {
    m_kind = kind;
    m_malformed = m_tooLarge = m_linesBegun = m_authorityDiffers = m_isExtendedConnect = false;
    m_bytesMax = bytesMax;
    m_bytes = 0;
    m_method.clear();
    m_scheme.clear();
    m_path.clear();
    m_authority.clear();
    m_protocol.clear();
    m_cookies.clear();
    m_lines.clear();
}

bool H2HeadBlock::add(std::string_view name, std::string_view value) {
    m_bytes += name.size() + value.size() + fieldOverhead;
    if (m_bytes > bombFactor * m_bytesMax) {
        return false;
    }
    if (m_malformed || m_tooLarge) {
        return true;
    }
    // A field's value could end its line and begin another one.
    if (name.empty() || hasControl(value)) {
        m_malformed = true;
        return true;
    }
    if (name.front() == ':') {
        addPseudo(name, value);
        return true;
    }
    if (m_kind == Kind::Trailers) {
        addTrailer(name, value);
        return true;
    }
    if (!m_linesBegun) {
        beginLines();
    }
    if (m_lines.size() + m_cookies.size() + name.size() + value.size() > m_bytesMax) {
        m_tooLarge = true;
    } else if (name == "cookie") {
        // RFC 9113, 8.2.3: crumbs are one field for whoever does not speak HTTP/2.
        m_cookies.append(m_cookies.empty() ? "cookie: " : "; ").append(value);
    } else if (name == "host" && !m_authority.empty()) {
        // RFC 9113, 8.3.1: :authority is the host; who says it twice must not mean two.
        m_authorityDiffers = m_authorityDiffers || !sameIgnoringCase(value, m_authority);
    } else if (m_isExtendedConnect && name == "sec-websocket-key") {
        // RFC 8441, 5: not used here.
    } else {
        m_lines.putLine(name, value);
    }
    return true;
}

void H2HeadBlock::addPseudo(std::string_view name, std::string_view value) {
    std::string* into = nullptr;
    if (name == ":method") {
        into = &m_method;
    } else if (name == ":path") {
        into = &m_path;
    } else if (name == ":authority") {
        into = &m_authority;
    } else if (name == ":scheme") {
        into = &m_scheme;
    } else if (name == ":protocol") {
        into = &m_protocol;
    }
    if (into == nullptr || m_linesBegun || m_kind == Kind::Trailers || !into->empty()) {
        m_malformed = true;
    } else if (value.size() > pseudoBytesMax) {
        m_tooLarge = true;
    } else {
        into->assign(value);
    }
}

void H2HeadBlock::addTrailer(std::string_view name, std::string_view value) {
    if (m_lines.size() + name.size() + value.size() > ChunkedDecoder::trailerBytesMax) {
        m_tooLarge = true;
    } else if (isAllowedTrailer(name)) {
        m_lines.putLine(name, value);
    }
}

void H2HeadBlock::beginLines() {
    m_linesBegun = true;
    m_isExtendedConnect = !m_protocol.empty() && m_method == "CONNECT";
    if (!m_protocol.empty() && !m_isExtendedConnect) {
        m_malformed = true;
        return;
    }
    m_lines.put(m_isExtendedConnect ? std::string_view("GET") : std::string_view(m_method));
    m_lines.put(" ");
    const bool isConnect = m_method == "CONNECT" && !m_isExtendedConnect;
    m_lines.put(isConnect ? m_authority : m_path);
    m_lines.put(" HTTP/1.1\r\n");
    if (!m_authority.empty()) {
        m_lines.putLine("host", m_authority);
    }
}

std::optional<Refusal> H2HeadBlock::parse(const HeadLimits& limits, bool endsStream,
                                          std::string_view webSocketKey, RequestHead& head) {
    if (!m_linesBegun) {
        beginLines();
    }
    if (m_tooLarge) {
        head = RequestHead{};
        return m_path.size() > limits.targetBytesMax ? refusals::targetTooLong : refusals::headTooLarge;
    }
    if (!m_cookies.empty()) {
        m_lines.put(m_cookies);
        m_lines.put("\r\n");
    }
    if (m_isExtendedConnect) {
        m_lines.putLine("connection", "Upgrade");
        m_lines.putLine("upgrade", "websocket");
        m_lines.putLine("sec-websocket-key", webSocketKey);
    }
    m_lines.put("\r\n");
    HeadLimits ours = limits;
    ours.webSocket =
        limits.webSocket && m_isExtendedConnect && !endsStream && sameIgnoringCase(m_protocol, "websocket");
    if (auto refusal = parseRequestHead(m_lines.text(), ours, head)) {
        return refusal;
    }
    if (m_authorityDiffers) {
        return refusals::authorityMismatch;
    }
    // With a scheme of the web the path is one; the absolute form would name a second authority.
    if (m_path.empty() || (m_path.front() != '/' && m_path != "*") || m_path.find(' ') != std::string::npos ||
        !isHttpScheme(m_scheme)) {
        return refusals::badTarget;
    }
    if (m_isExtendedConnect) {
        if (!ours.webSocket) {
            return refusals::methodUnsupported;
        }
        head.framing = Framing::None;
        return std::nullopt;
    }
    if (!endsStream && head.framing == Framing::None) {
        head.framing = Framing::Chunked;
        head.expectContinue = head.find(KnownField::Expect) != nullptr;
    }
    return std::nullopt;
}

} // namespace gateway::http
