#include "app/demo/streams.h"

#include "app/demo/wire.h"

#include <QSslSocket>

namespace app::demo {

namespace {

constexpr std::chrono::milliseconds step{1'000};

} // namespace

class Streams::Client {
public:
    Client(Streams& owner, bool isWebSocket)
        : m_owner(owner)
        , m_isWebSocket(isWebSocket) {
        m_socket.setPeerVerifyMode(QSslSocket::VerifyNone); // the demo's certificate is its own
        QObject::connect(&m_socket, &QSslSocket::readyRead, &m_socket, [this] { read(); });
    }

    void tick() {
        if (m_socket.state() == QAbstractSocket::UnconnectedState) {
            connectAndAsk();
        } else if (m_isOpen) {
            m_socket.write(writeFrame({WireFrame::Text, "{\"watch\":\"orders\"}"}, true));
        }
    }

private:
    void connectAndAsk() {
        m_isOpen = false;
        m_answer.clear();
        if (m_owner.m_isSecure) {
            m_socket.connectToHostEncrypted(m_owner.m_host.toString(), m_owner.m_port);
        } else {
            m_socket.connectToHost(m_owner.m_host, m_owner.m_port);
        }
        m_socket.write(m_isWebSocket
                           ? "GET /v1/live/orders HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                             "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: Z2F0ZWhvdXNlLXNhbXBsZQ==\r\n\r\n"
                           : "GET /v1/events/orders HTTP/1.1\r\nHost: localhost\r\n"
                             "Accept: text/event-stream\r\n\r\n");
    }

    void read() {
        m_answer += m_socket.readAll();
        if (!m_isWebSocket) {
            m_answer.clear(); // it only listens
            return;
        }
        if (!m_isOpen) {
            WireMessage response;
            const WireState state = takeMessage(m_answer, response);
            m_isOpen = state == WireState::Complete && response.word(1) == "101";
            if (!m_isOpen) {
                if (state != WireState::Incomplete) {
                    m_socket.abort();
                }
                return;
            }
        }
        WireFrame frame;
        WireState state = takeFrame(m_answer, frame);
        while (state == WireState::Complete && frame.opcode != WireFrame::Close) {
            state = takeFrame(m_answer, frame);
        }
        if (state != WireState::Incomplete) {
            m_isOpen = false;
            m_socket.disconnectFromHost();
        }
    }

    Streams& m_owner;
    const bool m_isWebSocket;
    bool m_isOpen = false; ///< it is a WebSocket by now
    QByteArray m_answer;
    QSslSocket m_socket;
};

Streams::Streams(QObject* parent)
    : QObject(parent) {
    m_timer.setInterval(step);
    connect(&m_timer, &QTimer::timeout, this, &Streams::tick);
}

Streams::~Streams() = default;

void Streams::start(const QHostAddress& host, std::uint16_t port, bool isSecure) {
    stop();
    m_host = host;
    m_port = port;
    m_isSecure = isSecure;
    for (int i = 0; i < webSockets; ++i) {
        m_clients.push_back(std::make_unique<Client>(*this, true));
    }
    m_clients.push_back(std::make_unique<Client>(*this, false));
    m_timer.start();
    tick();
}

void Streams::stop() {
    m_timer.stop();
    m_clients.clear();
}

void Streams::tick() {
    for (const std::unique_ptr<Client>& client : m_clients) {
        client->tick();
    }
}

} // namespace app::demo
