#include "app/demo/traffic.h"

#include "app/demo/wire.h"

#include <QSslSocket>
#include <algorithm>

namespace app::demo {

namespace {

constexpr std::chrono::milliseconds step{50};
constexpr std::chrono::milliseconds stepsMax{500}; ///< what is made up for after a pause
constexpr std::chrono::seconds answerWithin{20};
// Clients come and go: so there is a handshake every second or two.
constexpr int requestsOverTlsMax = 60;

} // namespace

/// One connection to the gateway, with at most one request on it.
class Traffic::Connection {
public:
    Connection(Traffic& owner, bool isSecure)
        : m_owner(owner)
        , m_isSecure(isSecure) {
        m_socket.setPeerVerifyMode(QSslSocket::VerifyNone); // the demo's certificate is its own
        m_timeout.setSingleShot(true);
        m_timeout.setInterval(answerWithin);
        QObject::connect(&m_timeout, &QTimer::timeout, &m_socket, &QAbstractSocket::abort);
        QObject::connect(&m_socket, &QSslSocket::readyRead, &m_socket, [this] { read(); });
        QObject::connect(&m_socket, &QSslSocket::disconnected, &m_socket, [this] { finish(); });
        QObject::connect(&m_socket, &QSslSocket::errorOccurred, &m_socket, [this] {
            if (m_socket.state() != QAbstractSocket::ConnectedState) {
                finish();
            }
        });
    }

    [[nodiscard]] bool isSecure() const { return m_isSecure; }
    [[nodiscard]] bool isBusy() const { return m_busy; }
    [[nodiscard]] bool isOpen() const { return m_socket.state() == QAbstractSocket::ConnectedState; }

    void send(const QByteArray& request) {
        m_busy = true;
        m_answer.clear();
        if (!isOpen()) {
            m_socket.abort();
            m_busy = true;
            m_sent = 0;
            if (m_isSecure) {
                m_socket.connectToHostEncrypted(m_owner.m_host.toString(), m_owner.m_tlsPort);
            } else {
                m_socket.connectToHost(m_owner.m_host, m_owner.m_port);
            }
            m_socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
        }
        m_timeout.start();
        ++m_sent;
        m_socket.write(request);
    }

private:
    void read() {
        m_answer += m_socket.readAll();
        WireMessage response;
        switch (takeMessage(m_answer, response)) {
        case WireState::Incomplete:
            return;
        case WireState::Malformed:
            m_socket.abort();
            return;
        case WireState::Complete:
            finish();
            ++m_owner.m_answered;
            const bool closes = response.field("connection").toLower() == "close" ||
                                (m_isSecure && m_sent >= requestsOverTlsMax);
            if (closes) {
                m_socket.disconnectFromHost();
            }
            Q_EMIT m_owner.responded(response.word(1).toInt());
        }
    }

    void finish() {
        m_busy = false;
        m_timeout.stop();
    }

    Traffic& m_owner;
    QTimer m_timeout;
    QByteArray m_answer;
    bool m_busy = false;
    int m_sent = 0; ///< requests, on this connection
    const bool m_isSecure;
    QSslSocket m_socket; // goes first: it says that it is disconnected while it is destroyed
};

Traffic::Traffic(std::uint64_t seed, double requestsPerSecond, QObject* parent)
    : QObject(parent)
    , m_plan(seed, requestsPerSecond) {
    m_timer.setInterval(step);
    connect(&m_timer, &QTimer::timeout, this, &Traffic::tick);
}

Traffic::~Traffic() = default;

void Traffic::start(const QHostAddress& host, std::uint16_t port, std::uint16_t tlsPort) {
    m_host = host;
    m_port = port;
    m_tlsPort = tlsPort;
    m_connections.clear();
    m_planned = std::chrono::milliseconds(0);
    m_sinceStart.start();
    m_timer.start();
}

void Traffic::stop() {
    m_timer.stop();
    m_connections.clear();
}

void Traffic::tick() {
    const std::chrono::milliseconds now{m_sinceStart.elapsed()};
    // After a pause (a laptop that slept) the traffic goes on; it does not catch up.
    m_planned = std::max(m_planned, now - stepsMax);
    for (; m_planned + step <= now; m_planned += step) {
        for (const QByteArray& request : m_plan.due(m_planned, step)) {
            send(request);
        }
    }
}

void Traffic::send(const QByteArray& request) {
    const bool isSecure = m_tlsPort != 0 && (m_nextIsSecure || m_port == 0);
    m_nextIsSecure = !m_nextIsSecure;
    Connection* chosen = nullptr;
    for (const std::unique_ptr<Connection>& connection : m_connections) {
        if (connection->isSecure() == isSecure && !connection->isBusy() &&
            (chosen == nullptr || connection->isOpen())) {
            chosen = connection.get();
        }
    }
    if (chosen == nullptr && m_connections.size() < connectionsMax) {
        m_connections.push_back(std::make_unique<Connection>(*this, isSecure));
        chosen = m_connections.back().get();
    }
    if (chosen == nullptr) {
        ++m_skipped;
        return;
    }
    chosen->send(request);
}

} // namespace app::demo
