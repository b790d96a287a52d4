#include "tests/support/h2_server.h"

#include <algorithm>
#include <cstdlib>
#include <nghttp2/nghttp2.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace support {
namespace {

constexpr std::chrono::milliseconds forever{600'000};
constexpr std::size_t frameHeadBytes = 9;
constexpr std::size_t frameBytesMax = 16'384;

std::uint32_t readNumber(std::string_view bytes) {
    std::uint32_t value = 0;
    for (const char c : bytes) {
        value = (value << 8U) | static_cast<unsigned char>(c);
    }
    return value;
}

} // namespace

std::string H2Request::field(std::string_view name) const {
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const Field& each) { return each.name == name; });
    return found != fields.end() ? found->value : std::string();
}

bool H2Request::has(std::string_view name) const {
    return std::any_of(fields.begin(), fields.end(), [&](const Field& each) { return each.name == name; });
}

H2ServerConnection::H2ServerConnection(Descriptor socket, int wakeUp)
    : m_socket(std::move(socket))
    , m_wakeUp(wakeUp) {
    if (nghttp2_hd_inflate_new(&m_inflater) != 0) {
        std::abort();
    }
}

H2ServerConnection::~H2ServerConnection() {
    nghttp2_hd_inflate_del(m_inflater);
}

bool H2ServerConnection::send(std::string_view bytes) {
    const std::lock_guard lock(m_sending);
    return sendAll(m_socket.get(), bytes, deadlineIn(patience));
}

bool H2ServerConnection::sendHeaders(std::uint32_t stream, const std::vector<Field>& fields, bool ends) {
    const auto flags = static_cast<std::uint8_t>(h2::endHeaders | (ends ? h2::endStream : h2::none));
    return send(h2::frame(H2Type::Headers, flags, stream, h2::literals(fields)));
}

bool H2ServerConnection::sendData(std::uint32_t stream, std::string_view bytes, bool ends) {
    std::string frames;
    do {
        const std::string_view piece = bytes.substr(0, frameBytesMax);
        bytes.remove_prefix(piece.size());
        frames.append(
            h2::frame(H2Type::Data, ends && bytes.empty() ? h2::endStream : h2::none, stream, piece));
    } while (!bytes.empty());
    return send(frames);
}

bool H2ServerConnection::reset(std::uint32_t stream, std::uint32_t code) {
    return send(h2::frame(H2Type::RstStream, h2::none, stream, h2::number(code)));
}

bool H2ServerConnection::goAway(std::uint32_t lastStream, std::uint32_t code) {
    return send(h2::frame(H2Type::Goaway, h2::none, 0, h2::number(lastStream) + h2::number(code)));
}

bool H2ServerConnection::answer(std::uint32_t stream, std::string_view body, const std::vector<Field>& fields,
                                const std::vector<Field>& trailers) {
    std::vector<Field> head{{":status", "200"}};
    head.insert(head.end(), fields.begin(), fields.end());
    return sendHeaders(stream, head, false) && sendData(stream, body, trailers.empty()) &&
           (trailers.empty() || sendHeaders(stream, trailers, true));
}

bool H2ServerConnection::fill(std::size_t bytes) {
    while (m_in.size() < bytes) {
        const auto got = receiveSome(m_socket.get(), m_in, deadlineIn(forever), m_wakeUp);
        if (!got || *got == 0) {
            return false;
        }
    }
    return true;
}

std::optional<H2Frame> H2ServerConnection::readFrame() {
    if (!fill(frameHeadBytes)) {
        return std::nullopt;
    }
    const std::string_view head = std::string_view(m_in).substr(0, frameHeadBytes);
    const std::size_t bytes = readNumber(head.substr(0, 3));
    H2Frame frame{static_cast<H2Type>(head[3]),
                  static_cast<std::uint8_t>(head[4]),
                  readNumber(head.substr(5)) & 0x7FFF'FFFFU,
                  {}};
    if (!fill(frameHeadBytes + bytes)) {
        return std::nullopt;
    }
    frame.payload = m_in.substr(frameHeadBytes, bytes);
    m_in.erase(0, frameHeadBytes + bytes);
    return frame;
}

std::vector<Field> H2ServerConnection::decode() {
    std::vector<Field> fields;
    auto* at = reinterpret_cast<std::uint8_t*>(m_block.data());
    std::size_t left = m_block.size();
    for (;;) {
        nghttp2_nv field{};
        int flags = 0;
        const ssize_t used = nghttp2_hd_inflate_hd2(m_inflater, &field, &flags, at, left, 1);
        if (used < 0) {
            std::abort();
        }
        at += used;
        left -= static_cast<std::size_t>(used);
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
            fields.push_back({{reinterpret_cast<char*>(field.name), field.namelen},
                              {reinterpret_cast<char*>(field.value), field.valuelen}});
        }
        if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
            nghttp2_hd_inflate_end_headers(m_inflater);
            m_block.clear();
            return fields;
        }
    }
}

H2Server::H2Server(Settings settings)
    : m_settings(std::move(settings))
    , m_listener(listenOnLoopback())
    , m_wakeUp(::eventfd(0, EFD_CLOEXEC))
    , m_port(localPort(m_listener.get()))
    , m_handler([](H2Request& request, H2ServerConnection& connection) {
        connection.answer(request.stream, request.field(":path"));
    }) {
    m_acceptor = std::thread([this] { acceptConnections(); });
}

H2Server::~H2Server() {
    const std::uint64_t one = 1;
    // A write to an eventfd that nobody else writes to cannot fail.
    [[maybe_unused]] const ssize_t written = ::write(m_wakeUp.get(), &one, sizeof one);
    m_acceptor.join();
    for (std::thread& connection : m_connections) {
        connection.join();
    }
}

void H2Server::setHandler(Handler handler, bool whole) {
    const std::lock_guard lock(m_mutex);
    m_handler = std::move(handler);
    m_whole = whole;
}

std::vector<H2Request> H2Server::requests() const {
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

bool H2Server::waitForRequests(std::size_t count) {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, patience, [&] { return m_requests.size() >= count; });
}

std::vector<H2Frame> H2Server::frames() const {
    const std::lock_guard lock(m_mutex);
    return m_frames;
}

bool H2Server::waitForFrame(H2Type type) {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, patience, [&] {
        return std::any_of(m_frames.begin(), m_frames.end(), [&](const H2Frame& frame) {
            const bool isAck = (type == H2Type::Ping || type == H2Type::Settings) && frame.flags == h2::ack;
            return frame.type == type && !isAck;
        });
    });
}

void H2Server::acceptConnections() {
    while (waitReadable(m_listener.get(), deadlineIn(forever), m_wakeUp.get())) {
        Descriptor socket(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!socket) {
            continue;
        }
        const int number = ++m_accepted;
        m_connections.emplace_back(
            [this, number, accepted = std::move(socket)]() mutable { serve(std::move(accepted), number); });
    }
}

void H2Server::serve(Descriptor socket, int number) {
    {
        H2ServerConnection connection(std::move(socket), m_wakeUp.get());
        std::string entries;
        for (const auto& [identifier, value] : m_settings) {
            entries.append(h2::number(identifier, 2)).append(h2::number(value));
        }
        if (connection.fill(h2::preface.size()) &&
            std::string_view(connection.m_in).substr(0, h2::preface.size()) == h2::preface) {
            connection.m_in.erase(0, h2::preface.size());
            connection.send(h2::frame(H2Type::Settings, h2::none, 0, entries));
            while (!connection.m_closing) {
                const auto frame = connection.readFrame();
                if (!frame) {
                    break;
                }
                onFrame(*frame, connection, number);
            }
        }
    }
    ++m_ended;
}

void H2Server::onFrame(const H2Frame& frame, H2ServerConnection& connection, int number) {
    bool whole = true;
    {
        const std::lock_guard lock(m_mutex);
        whole = m_whole;
        if (frame.type != H2Type::Data) {
            m_frames.push_back(frame);
        }
    }
    m_changed.notify_all();
    const bool ends = (frame.flags & h2::endStream) != 0;
    H2Request& request = connection.m_open[frame.stream];
    if (frame.type == H2Type::Settings && frame.flags != h2::ack) {
        connection.send(h2::frame(H2Type::Settings, h2::ack, 0));
    } else if (frame.type == H2Type::Ping && frame.flags != h2::ack && m_answersPings) {
        connection.send(h2::frame(H2Type::Ping, h2::ack, 0, frame.payload));
    } else if (frame.type == H2Type::Headers || frame.type == H2Type::Continuation) {
        connection.m_block.append(frame.payload);
        request.ended = request.ended || (frame.type == H2Type::Headers && ends);
        if ((frame.flags & h2::endHeaders) == 0) {
            return;
        }
        const bool isHead = request.stream == 0;
        (isHead ? request.fields : request.trailers) = connection.decode();
        request.stream = frame.stream;
        request.connection = number;
        if (request.ended ? (whole || isHead) : (isHead && !whole)) {
            handle(request, connection);
        }
    } else if (frame.type == H2Type::Data) {
        request.body.append(frame.payload);
        request.ended = ends;
        m_bodyBytes += frame.payload.size();
        if (m_opensWindows && !frame.payload.empty()) {
            const std::string more = h2::number(static_cast<std::uint32_t>(frame.payload.size()));
            connection.send(h2::frame(H2Type::WindowUpdate, h2::none, 0, more) +
                            h2::frame(H2Type::WindowUpdate, h2::none, frame.stream, more));
        }
        if (ends && whole) {
            handle(request, connection);
        }
    }
}

void H2Server::handle(H2Request& request, H2ServerConnection& connection) {
    Handler handler;
    {
        const std::lock_guard lock(m_mutex);
        request.number = static_cast<int>(m_requests.size()) + 1;
        m_requests.push_back(request);
        handler = m_handler;
    }
    m_changed.notify_all();
    handler(request, connection);
}

} // namespace support
