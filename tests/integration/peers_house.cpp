#include "tests/integration/peers_house.h"

#include "gateway/crypto/private_key.h"

#include <QTest>
#include <fstream>

using namespace gateway;

namespace {

model::Route routeTo(const char* name, const char* path, const char* service) {
    model::Route route;
    route.name = name;
    route.match.path = path;
    route.service = service;
    route.policies = {"key"};
    return route;
}

std::uint16_t portOf(support::NodePeer& server) {
    return static_cast<std::uint16_t>(
        server.waitFor(QStringLiteral("port")).value(QStringLiteral("port")).toInt());
}

} // namespace

PeersHouse::PeersHouse() {
    std::ofstream(authorityFile().toStdString()) << authority.pem();
}

bool PeersHouse::open() {
    model::Config config = TestGateway::basicConfig({portOf(web)});
    config.routes = {};
    model::Tier pro = *config.tiers.find("pro");
    pro.requests = 1'000'000;
    pro.burst = 1'000'000;
    config.tiers.put(pro);
    model::Service calls;
    calls.name = "calls";
    calls.protocol = model::Protocol::Grpc;
    calls.targets.push_back({"127.0.0.1", portOf(grpc), 1});
    config.services.put(calls);
    config.routes.put(routeTo("web", "/web/*", "backend"));
    config.routes.put(routeTo("calls", "/gatehouse.test.Echo/*", "calls"));
    model::Listener plain = config.listeners[0];
    plain.limits.bodyBytesMax = 64 * 1024 * 1024;
    plain.limits.connectionsPerPeer = 0;
    plain.limits.streamsMax = 2'000;
    config.listeners.put(plain);
    model::Listener secure = plain;
    secure.name = "secure";
    secure.tls.emplace().certificates = {"site"};
    config.listeners.put(secure);
    putCertificate(config);
    if (!gateway.publish(config)) {
        return false;
    }
    key = QString::fromStdString(gateway.issueKey("acme"));
    return true;
}

void PeersHouse::putCertificate(model::Config& config) {
    const support::TestCertificate issued = authority.issue("localhost");
    gateway.engine().privateKeys().put(*crypto::PrivateKey::fromPem(issued.key));
    const model::Certificate* former = config.certificates.find("site");
    model::Certificate site = former != nullptr ? *former : model::Certificate();
    site.name = "site";
    site.chain = issued.chain;
    config.certificates.put(site);
}

QString PeersHouse::address(bool secure) const {
    for (const auto& [name, address] : const_cast<TestGateway&>(gateway).engine().addresses()) {
        if ((name == "secure") == secure) {
            const QString port = QString::fromStdString(address).section(QLatin1Char(':'), -1);
            return QStringLiteral("localhost:") + port;
        }
    }
    return {};
}

QString PeersHouse::url(const char* scheme, bool secure, const char* path) const {
    return QLatin1String(scheme) + (secure ? QStringLiteral("s://") : QStringLiteral("://")) +
           address(secure) + QLatin1String(path);
}

QStringList PeersHouse::credentials(bool secure) const {
    const QStringList options{QStringLiteral("--key"), key};
    return secure ? options + QStringList{QStringLiteral("--ca"), authorityFile()} : options;
}

QString textOf(const QJsonObject& object, const char* member) {
    return object.value(QLatin1String(member)).toString();
}

QJsonObject verified(const std::vector<QJsonObject>& reports, std::size_t atLeast, const char* wanted) {
    QJsonObject found;
    std::size_t passed = 0;
    for (const QJsonObject& report : reports) {
        if (!report.contains(QStringLiteral("check"))) {
            continue;
        }
        if (!report.value(QStringLiteral("ok")).toBool()) {
            const QString why = textOf(report, "check") + QStringLiteral(": ") + textOf(report, "why");
            QTest::qFail(qPrintable(why), __FILE__, __LINE__);
        }
        ++passed;
        if (wanted != nullptr && textOf(report, "check") == QLatin1String(wanted)) {
            found = report;
        }
    }
    if (passed < atLeast) {
        QTest::qFail("the peer did not report all its checks", __FILE__, __LINE__);
    }
    return found;
}
