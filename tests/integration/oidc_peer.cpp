#include "tests/integration/oidc_peer.h"

#include "tests/support/raw_client.h"

#include <QJsonDocument>
#include <QJsonObject>

OidcPeer::OidcPeer(const char* path)
    : m_path(path)
    , m_peer(QStringLiteral("oidc_provider.js"), {QString::fromLatin1(path)}) {
    const QJsonObject started = m_peer.waitFor(QStringLiteral("issuer"));
    m_port = static_cast<std::uint16_t>(started.value(QStringLiteral("port")).toInt());
    m_issuer = started.value(QStringLiteral("issuer")).toString().toStdString();
}

std::string OidcPeer::token(const char* resource, const char* client, const char* scope) {
    const std::string form = std::string("grant_type=client_credentials&scope=") + scope +
                             "&resource=https%3A%2F%2Fapi.example%2F" + resource;
    const QByteArray answer = QByteArray::fromStdString(post("/token", form, client));
    return QJsonDocument::fromJson(answer)
        .object()
        .value(QStringLiteral("access_token"))
        .toString()
        .toStdString();
}

bool OidcPeer::revoke(const std::string& token) {
    return !post("/token/revocation", "token=" + token, "acme").empty();
}

bool OidcPeer::tell(const char* line) {
    m_peer.tell(line);
    return m_peer.waitFor(QStringLiteral("done")).value(QStringLiteral("done")).toString() ==
           QLatin1String(line);
}

int OidcPeer::asked(const char* path) {
    m_peer.tell("count");
    const QJsonObject counts =
        m_peer.waitFor(QStringLiteral("asked")).value(QStringLiteral("asked")).toObject();
    static_cast<void>(m_peer.waitFor(QStringLiteral("done")));
    return counts.value(QString::fromStdString(m_path) + QLatin1String(path)).toInt();
}

std::string OidcPeer::post(const char* path, const std::string& form, const char* client) {
    const QByteArray credentials = (QByteArray(client) + ":" + client + "-secret").toBase64();
    const std::string request = "POST " + m_path + path +
                                " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(m_port) +
                                "\r\nAuthorization: Basic " + credentials.toStdString() +
                                "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
                                std::to_string(form.size()) + "\r\nConnection: close\r\n\r\n" + form;
    const support::WireResponse response = support::RawClient::exchange(m_port, request);
    if (response.status != 200) {
        return {};
    }
    return response.body.empty() ? " " : response.body;
}
