#pragma once

#include "tests/integration/test_gateway.h"
#include "tests/support/node_peer.h"
#include "tests/support/test_certificates.h"

#include <QJsonObject>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>
#include <string>
#include <vector>

/// The gateway between Node's servers and Node's clients: /web/* to web_server.js, gRPC to grpc_server.js,
/// both with a key; one listener in the clear and one with TLS. One thread.
class PeersHouse {
public:
    PeersHouse();

    /// False with gateway.error() set.
    [[nodiscard]] bool open();

    /// A new certificate and key for the listener with TLS.
    void putCertificate(gateway::model::Config& config);

    /// "localhost:8443".
    [[nodiscard]] QString address(bool secure) const;
    /// "wss://localhost:8443/path" for the scheme "ws".
    [[nodiscard]] QString url(const char* scheme, bool secure, const char* path) const;
    /// What a client needs to be let in, and to verify whom it talks to.
    [[nodiscard]] QStringList credentials(bool secure) const;
    [[nodiscard]] QString authorityFile() const { return folder.filePath(QStringLiteral("ca.pem")); }

    QTemporaryDir folder;
    support::TestAuthority authority;
    support::NodePeer web{QStringLiteral("web_server.js"), {}};
    support::NodePeer grpc{QStringLiteral("grpc_server.js"), {}};
    TestGateway gateway{2};
    QString key;
};

[[nodiscard]] QString textOf(const QJsonObject& object, const char* member);

/// What the check named `wanted` reported. Fails the test with the reason of each check that did not pass,
/// and when fewer than `atLeast` were reported.
QJsonObject verified(const std::vector<QJsonObject>& reports, std::size_t atLeast,
                     const char* wanted = nullptr);
