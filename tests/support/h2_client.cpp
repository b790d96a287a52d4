#include "tests/support/h2_client.h"

#include <cstdlib>
#include <nghttp2/nghttp2.h>
#include <sys/socket.h>

namespace support {
namespace {

constexpr std::size_t frameHeadBytes = 9;
constexpr std::size_t tableBytes = 4096;
constexpr std::size_t frameBytesMax = 16'384;

std::uint32_t readNumber(std::string_view bytes) {
    std::uint32_t value = 0;
    for (const char c : bytes) {
        value = (value << 8U) | static_cast<unsigned char>(c);
    }
    return value;
}

nghttp2_nv viewOf(const Field& field) {
    nghttp2_nv view{};
    view.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(field.name.data()));
    view.namelen = field.name.size();
    view.value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(field.value.data()));
    view.valuelen = field.value.size();
    return view;
}

std::string hpackString(std::string_view text) {
    // RFC 7541, 5.1: an integer with a prefix of 7 bits.
    std::string bytes;
    std::size_t size = text.size();
    if (size < 127) {
        bytes.push_back(static_cast<char>(size));
    } else {
        bytes.push_back(127);
        size -= 127;
        while (size >= 128) {
            bytes.push_back(static_cast<char>(size % 128 + 128));
            size /= 128;
        }
        bytes.push_back(static_cast<char>(size));
    }
    return bytes.append(text);
}

} // namespace

namespace h2 {

std::string number(std::uint32_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) {
        text.push_back(static_cast<char>(value >> (8U * static_cast<unsigned>(i))));
    }
    return text;
}

std::string frame(H2Type type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    std::string bytes = number(static_cast<std::uint32_t>(payload.size()), 3);
    bytes.push_back(static_cast<char>(type));
    bytes.push_back(static_cast<char>(flags));
    return bytes.append(number(stream)).append(payload);
}

std::string literal(std::string_view name, std::string_view value) {
    return std::string(1, '\0').append(hpackString(name)).append(hpackString(value));
}

std::string literals(const std::vector<Field>& fields) {
    std::string bytes;
    for (const Field& field : fields) {
        bytes.append(literal(field.name, field.value));
    }
    return bytes;
}

std::vector<Field> get(std::string_view path, std::vector<Field> more) {
    std::vector<Field> fields{
        {":method", "GET"}, {":scheme", "http"}, {":authority", "gw"}, {":path", std::string(path)}};
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
}

std::vector<Field> post(std::string_view path, std::vector<Field> more) {
    std::vector<Field> fields = get(path, std::move(more));
    fields.front().value = "POST";
    return fields;
}

} // namespace h2

std::uint32_t H2Frame::errorCode() const {
    const std::string_view code(payload);
    return type == H2Type::Goaway ? readNumber(code.substr(4, 4)) : readNumber(code.substr(0, 4));
}

std::string H2Response::field(std::string_view name) const {
    for (const Field& field : fields) {
        if (field.name == name) {
            return field.value;
        }
    }
    return {};
}

H2Client::H2Client(std::uint16_t port, Start start,
                   const std::vector<std::pair<std::uint16_t, std::uint32_t>>& settings)
    : m_socket(connectToLoopback(port)) {
    if (nghttp2_hd_deflate_new(&m_deflater, tableBytes) != 0 || nghttp2_hd_inflate_new(&m_inflater) != 0) {
        std::abort();
    }
    if (start == Start::Handshake) {
        std::string entries;
        for (const auto& [identifier, value] : settings) {
            entries.append(h2::number(identifier, 2)).append(h2::number(value));
        }
        send(std::string(h2::preface) + h2::frame(H2Type::Settings, h2::none, 0, entries));
    }
}

H2Client::~H2Client() {
    nghttp2_hd_deflate_del(m_deflater);
    nghttp2_hd_inflate_del(m_inflater);
}

bool H2Client::send(std::string_view bytes) {
    return sendAll(m_socket.get(), bytes, deadlineIn(patience));
}

std::size_t H2Client::sendSome(std::string_view bytes) {
    const ssize_t sent = ::send(m_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

void H2Client::finishSending() {
    ::shutdown(m_socket.get(), SHUT_WR);
}

std::string H2Client::encode(const std::vector<Field>& fields) {
    std::vector<nghttp2_nv> views;
    for (const Field& field : fields) {
        views.push_back(viewOf(field));
    }
    std::string block(nghttp2_hd_deflate_bound(m_deflater, views.data(), views.size()), '\0');
    const ssize_t size = nghttp2_hd_deflate_hd(m_deflater, reinterpret_cast<std::uint8_t*>(block.data()),
                                               block.size(), views.data(), views.size());
    block.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return block;
}

bool H2Client::sendHeaders(std::uint32_t stream, const std::vector<Field>& fields, bool ends) {
    const std::string block = encode(fields);
    std::string_view rest(block);
    std::string frames;
    H2Type type = H2Type::Headers;
    std::uint8_t flags = ends ? h2::endStream : h2::none;
    do {
        const std::string_view piece = rest.substr(0, frameBytesMax);
        rest.remove_prefix(piece.size());
        flags = rest.empty() ? static_cast<std::uint8_t>(flags | h2::endHeaders) : flags;
        frames.append(h2::frame(type, flags, stream, piece));
        type = H2Type::Continuation;
        flags = h2::none;
    } while (!rest.empty());
    return send(frames);
}

bool H2Client::sendData(std::uint32_t stream, std::string_view bytes, bool ends) {
    std::string frames;
    do {
        const std::string_view piece = bytes.substr(0, frameBytesMax);
        bytes.remove_prefix(piece.size());
        frames.append(
            h2::frame(H2Type::Data, ends && bytes.empty() ? h2::endStream : h2::none, stream, piece));
    } while (!bytes.empty());
    return send(frames);
}

std::optional<H2Frame> H2Client::readFrame() {
    const Deadline deadline = deadlineIn(patience);
    const auto fill = [&](std::size_t bytes) {
        while (m_in.size() < bytes) {
            const auto got = receiveSome(m_socket.get(), m_in, deadline);
            if (!got || *got == 0) {
                m_closed = std::chrono::steady_clock::now() < deadline;
                return false;
            }
        }
        return true;
    };
    if (m_closed || !fill(frameHeadBytes)) {
        return std::nullopt;
    }
    const std::string_view head(m_in);
    const std::size_t size = readNumber(head.substr(0, 3));
    H2Frame frame;
    frame.type = static_cast<H2Type>(head[3]);
    frame.flags = static_cast<std::uint8_t>(head[4]);
    frame.stream = readNumber(head.substr(5, 4));
    if (!fill(frameHeadBytes + size)) {
        return std::nullopt;
    }
    frame.payload = m_in.substr(frameHeadBytes, size);
    m_in.erase(0, frameHeadBytes + size);
    note(frame);
    return frame;
}

void H2Client::note(const H2Frame& frame) {
    switch (frame.type) {
    case H2Type::Settings:
        if ((frame.flags & h2::ack) == 0) {
            for (std::size_t at = 0; at + 6 <= frame.payload.size(); at += 6) {
                const std::string_view entry = std::string_view(frame.payload).substr(at, 6);
                m_settings[static_cast<std::uint16_t>(readNumber(entry.substr(0, 2)))] =
                    readNumber(entry.substr(2));
            }
            send(h2::frame(H2Type::Settings, h2::ack, 0));
        }
        break;
    case H2Type::Headers:
    case H2Type::Continuation:
        if (frame.type == H2Type::Headers) {
            m_block.clear();
            m_blockStream = frame.stream;
            m_blockEnds = (frame.flags & h2::endStream) != 0;
        }
        m_block.append(frame.payload);
        if ((frame.flags & h2::endHeaders) != 0) {
            decode(m_responses[m_blockStream]);
        }
        break;
    case H2Type::Data: {
        H2Response& response = m_responses[frame.stream];
        response.body.append(frame.payload);
        response.complete = (frame.flags & h2::endStream) != 0;
        break;
    }
    case H2Type::RstStream:
        m_responses[frame.stream].reset = frame.errorCode();
        break;
    case H2Type::Goaway:
        m_goaway = frame.errorCode();
        break;
    default:
        break;
    }
}

void H2Client::decode(H2Response& response) {
    std::vector<Field> fields;
    auto* at = reinterpret_cast<std::uint8_t*>(m_block.data());
    std::size_t left = m_block.size();
    for (;;) {
        nghttp2_nv field{};
        int flags = 0;
        const ssize_t used = nghttp2_hd_inflate_hd2(m_inflater, &field, &flags, at, left, 1);
        if (used < 0) {
            return;
        }
        at += used;
        left -= static_cast<std::size_t>(used);
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
            fields.push_back({std::string(reinterpret_cast<char*>(field.name), field.namelen),
                              std::string(reinterpret_cast<char*>(field.value), field.valuelen)});
        }
        if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
            nghttp2_hd_inflate_end_headers(m_inflater);
            break;
        }
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && left == 0) {
            break;
        }
    }
    response.complete = m_blockEnds;
    if (!fields.empty() && fields.front().name == ":status") {
        const int status = std::atoi(fields.front().value.c_str());
        if (status < 200) {
            response.informational.push_back(status);
        } else {
            response.status = status;
            response.fields = std::move(fields);
        }
    } else {
        response.trailers = std::move(fields);
    }
}

H2Response H2Client::readResponse(std::uint32_t stream) {
    for (;;) {
        H2Response& response = m_responses[stream];
        if (response.complete || response.reset) {
            return response;
        }
        if (!readFrame()) {
            m_responses[stream].goaway = m_goaway;
            m_responses[stream].closed = true;
            return m_responses[stream];
        }
    }
}

bool H2Client::ping() {
    if (!send(h2::frame(H2Type::Ping, h2::none, 0, "gatehous"))) {
        return false;
    }
    while (const auto frame = readFrame()) {
        if (frame->type == H2Type::Ping && (frame->flags & h2::ack) != 0 && frame->payload == "gatehous") {
            return true;
        }
    }
    return false;
}

std::optional<std::uint32_t> H2Client::readGoaway() {
    while (readFrame()) {
    }
    return m_goaway;
}

std::uint32_t H2Client::setting(std::uint16_t identifier) const {
    const auto found = m_settings.find(identifier);
    return found != m_settings.end() ? found->second : 0;
}

} // namespace support
