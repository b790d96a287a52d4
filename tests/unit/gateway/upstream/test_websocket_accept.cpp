#include "gateway/upstream/websocket_accept.h"

#include <QtTest>
#include <string>

/// The answer to a handshake's key.
class WebSocketAcceptTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void answersTheKeyOfTheStandard() {
        // RFC 6455, 1.3
        QCOMPARE(gateway::upstream::webSocketAccept("dGhlIHNhbXBsZSBub25jZQ=="),
                 std::string("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }
};

QTEST_APPLESS_MAIN(WebSocketAcceptTest)
#include "test_websocket_accept.moc"
