#include "db/sqlite_stores.h"
#include "gateway/crypto/certificate.h"
#include "gateway/service/gateway_service.h"
#include "tests/integration/cli_fixture.h"
#include "tests/support/pebble.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/tls_client.h"

#include <QDeadlineTimer>
#include <QTemporaryDir>
#include <QTest>
#include <functional>
#include <memory>
#include <openssl/x509v3.h>

using namespace gateway;
using namespace gateway::service;
using model::Certificate;

namespace {

/// In memory, but it stays when the gateway goes, as a key file does.
class HeldMasterKey final : public MasterKeyPlace {
public:
    [[nodiscard]] Result<std::optional<crypto::MasterKey>> load() override { return m_key; }
    [[nodiscard]] Result<crypto::MasterKey> make() override { return m_key.emplace(crypto::newMasterKey()); }
    [[nodiscard]] std::string text() const override { return "the test"; }

private:
    std::optional<crypto::MasterKey> m_key;
};

/// The serial number of the certificate that is shown, in hex; empty: the handshake failed, for instance
/// since it does not come from the authority.
std::string shownSerial(std::uint16_t port, const std::string& name, const std::string& authorities) {
    support::TlsClient client(port, {.serverName = name, .authorities = authorities});
    if (!client.isSecure()) {
        return {};
    }
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(client.ssl()),
                                                                  X509_free);
    if (!certificate || X509_check_host(certificate.get(), name.data(), name.size(), 0, nullptr) != 1) {
        return {};
    }
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate.get()), nullptr), BN_free);
    char* text = BN_bn2hex(number.get());
    std::string serial = text;
    OPENSSL_free(text);
    return serial;
}

} // namespace

/// Certificates that come and renew by themselves, from a real authority.
class AcmeTest : public QObject {
    Q_OBJECT

    /// A gateway with a listener in the clear and one with TLS, whose certificate comes from pebble.
    struct Gateway {
        explicit Gateway(const support::Pebble::Wishes& wishes = {}) {
            auto wanted = wishes;
            // Where nothing answers, challenges cannot be fulfilled.
            wanted.httpPort = wishes.httpPort != 0 ? wishes.httpPort : httpPort;
            wanted.tlsPort = wishes.tlsPort != 0 ? wishes.tlsPort : tlsPort;
            pebble = std::make_unique<support::Pebble>(wanted);
            makeService();
        }

        void makeService() {
            service.reset(); // lets go of the database first
            ServiceOptions options;
            options.workers = 1;
            service = std::make_unique<GatewayService>(
                clock, options,
                db::storesOpener(folder.filePath(QStringLiteral("gatehouse.db")).toStdString(),
                                 db::OpenMode::Create, clock),
                masterKey);
        }

        [[nodiscard]] bool start() const {
            return service->open().result().has_value() && service->start().result().has_value();
        }

        [[nodiscard]] static Certificate acmeCertificate(const std::string& directory,
                                                         std::vector<std::string> domains,
                                                         Certificate::Challenge challenge) {
            Certificate certificate;
            certificate.name = "shop";
            certificate.acme = Certificate::Acme{.directory = directory,
                                                 .directoryAuthority = "pebble",
                                                 .domains = std::move(domains),
                                                 .contact = "owner@shop.example",
                                                 .challenge = challenge};
            return certificate;
        }

        [[nodiscard]] bool publish(std::vector<std::string> domains,
                                   Certificate::Challenge challenge = Certificate::Challenge::Http01) const {
            Certificate authority;
            authority.name = "pebble";
            authority.use = Certificate::Use::Authority;
            authority.chain = pebble->authority();
            model::Listener plain;
            plain.name = "plain";
            plain.port = httpPort;
            model::Listener secure;
            secure.name = "secure";
            secure.port = tlsPort;
            secure.tls.emplace();
            secure.tls->certificates = {"shop"};
            model::Service backend;
            backend.name = "backend";
            backend.targets = {{.host = "127.0.0.1", .port = upstream.port(), .weight = 1}};
            model::Route route;
            route.name = "all";
            route.match.path = "/*";
            route.service = "backend";
            return publishEdits(
                {model::Put{authority},
                 model::Put{acmeCertificate(pebble->directoryUrl(), std::move(domains), challenge)},
                 model::Put{plain}, model::Put{secure}, model::Put{backend}, model::Put{route}});
        }
        [[nodiscard]] bool publishEdits(std::vector<model::Edit> edits) const {
            const auto published =
                service->publish({service->current()->revision.number, "alice", "because", std::move(edits)})
                    .result();
            if (!published) {
                qWarning("%s", published.error().error.message.c_str());
            }
            return published.has_value();
        }

        [[nodiscard]] std::string serial(const std::string& name = "shop.example") const {
            return shownSerial(tlsPort, name, pebble->root());
        }
        [[nodiscard]] std::string renewal(const std::string& name = "shop") const {
            const auto reports = service->listCertificates().result();
            for (const CertificateReport& report : reports.value()) {
                if (report.name == name) {
                    return report.renewal;
                }
            }
            return {};
        }
        /// Waits until pebble's certificate is shown.
        [[nodiscard]] std::string awaitSerial(const std::string& name = "shop.example",
                                              const std::string& other = {}) const {
            std::string shown;
            const bool came = wait([&] {
                shown = serial(name);
                return !shown.empty() && shown != other;
            });
            if (!came) {
                qWarning("%s", renewal().c_str());
                return {};
            }
            return shown;
        }
        [[nodiscard]] static bool wait(const std::function<bool()>& condition) {
            QDeadlineTimer deadline(60'000);
            while (!condition()) {
                if (deadline.hasExpired()) {
                    return false;
                }
                QTest::qWait(50);
            }
            return true;
        }

        SystemClock clock;
        QTemporaryDir folder;
        std::uint16_t httpPort = support::unusedPort();
        std::uint16_t tlsPort = support::unusedPort();
        std::shared_ptr<HeldMasterKey> masterKey = std::make_shared<HeldMasterKey>();
        support::ScriptedUpstream upstream;
        std::unique_ptr<support::Pebble> pebble;
        std::unique_ptr<GatewayService> service;
    };

private Q_SLOTS:
    void initTestCase() {
        if (!support::Pebble::isInstalled()) {
            QSKIP("pebble is not installed: apt install pebble");
        }
    }

    void aCertificateComesByHttp01WhileTheGatewayRuns() {
        Gateway gateway;
        QVERIFY(gateway.pebble->isReady());
        QVERIFY(gateway.start());
        QVERIFY(gateway.publish({"shop.example", "www.shop.example"}));
        const std::string serial = gateway.awaitSerial();
        QVERIFY(!serial.empty());
        QCOMPARE(gateway.serial("www.shop.example"), serial);

        // Whoever asks through it is served, and nothing is left of the challenge.
        support::TlsClient client(gateway.tlsPort,
                                  {.serverName = "shop.example", .authorities = gateway.pebble->root()});
        QCOMPARE(client.get("/hello").status, 200);
        QVERIFY(gateway.renewal().rfind("Renewed by itself on ", 0) == 0);

        const auto revisions = gateway.service->revisions(1, 0).result();
        QCOMPARE(revisions.value().front().author, std::string("acme"));
        QVERIFY(revisions.value().front().message.rfind("The certificate shop came from 127.0.0.1", 0) == 0);
    }

    void aCertificateComesByTlsAlpn01() {
        Gateway gateway;
        QVERIFY(gateway.pebble->isReady());
        QVERIFY(gateway.start());
        QVERIFY(gateway.publish({"shop.example"}, Certificate::Challenge::TlsAlpn01));
        QVERIFY(!gateway.awaitSerial().empty());
        // Clients that speak of it get no challenge any more.
        support::TlsClient client(gateway.tlsPort, {.serverName = "shop.example", .protocols = "acme-tls/1"});
        QVERIFY(!client.isSecure());
    }

    void noncesThatAreRefusedDelayNobody() {
        Gateway gateway({.noncesRefused = 30});
        QVERIFY(gateway.pebble->isReady());
        QVERIFY(gateway.start());
        QVERIFY(gateway.publish({"shop.example"}));
        QVERIFY(!gateway.awaitSerial().empty());
    }

    void aRenewedCertificateIsShownWithoutARestart() {
        Gateway gateway({.validitySeconds = 15});
        QVERIFY(gateway.pebble->isReady());
        QVERIFY(gateway.start());
        QVERIFY(gateway.publish({"shop.example"}));
        const std::string first = gateway.awaitSerial();
        QVERIFY(!first.empty());
        support::TlsClient held(gateway.tlsPort, {.serverName = "shop.example"});
        QCOMPARE(held.get("/before").status, 200);
        QVERIFY(!gateway.awaitSerial("shop.example", first).empty());
        QCOMPARE(held.get("/after").status, 200); // connections stay
        QVERIFY(gateway.service->status().state == GatewayState::Running);
    }

    void aPersonCanAskForAnotherOne() {
        Gateway gateway;
        QVERIFY(gateway.pebble->isReady());
        QVERIFY(gateway.start());
        QVERIFY(gateway.publish({"shop.example"}));
        const std::string first = gateway.awaitSerial();
        QVERIFY(!first.empty());
        QVERIFY(gateway.service->renewCertificate("shop").result());
        QVERIFY(!gateway.awaitSerial("shop.example", first).empty());
        QCOMPARE(gateway.service->renewCertificate("pebble").result().error().error.code,
                 std::string("not-acme"));
    }

    void anAuthorityThatCannotReachUsIsToldWithTheDomain() {
        Gateway gateway({.httpPort = support::unusedPort()});
        QVERIFY(gateway.pebble->isReady());
        QVERIFY(gateway.start());
        QVERIFY(gateway.publish({"shop.example"}));
        QVERIFY(Gateway::wait(
            [&] { return gateway.renewal().find("The next attempt is on ") != std::string::npos; }));
        QVERIFY2(gateway.renewal().rfind("The authority could not reach shop.example.", 0) == 0,
                 gateway.renewal().c_str());
        // The listener is there in the meantime, so that other challenges could be answered.
        QVERIFY(gateway.service->status().state == GatewayState::Running);
        // Somebody repairs it, and need not wait.
        QVERIFY(gateway.publishEdits({model::Put{[&] {
            Certificate certificate = *gateway.service->current()->config.certificates.find("shop");
            certificate.acme->challenge = Certificate::Challenge::TlsAlpn01;
            return certificate;
        }()}}));
        QVERIFY(gateway.service->renewCertificate("shop").result());
        QVERIFY(!gateway.awaitSerial().empty());
    }

    void aDirectoryThatNobodyVouchesForIsNotAsked() {
        Gateway gateway;
        QVERIFY(gateway.pebble->isReady());
        QVERIFY(gateway.start());
        QVERIFY(gateway.publish({"shop.example"}));
        QVERIFY(gateway.publishEdits({model::Put{[&] {
            Certificate certificate = *gateway.service->current()->config.certificates.find("shop");
            certificate.acme->directoryAuthority.clear();
            certificate.acme->domains = {"shop.example", "api.example"};
            return certificate;
        }()}}));
        QVERIFY(Gateway::wait(
            [&] { return gateway.renewal().find("The next attempt is on ") != std::string::npos; }));
        QVERIFY2(gateway.renewal().rfind("The TLS connection to 127.0.0.1 failed: ", 0) == 0,
                 gateway.renewal().c_str());
    }

    void aRestartGoesOnWithTheAccountAndTheCertificate() {
        Gateway gateway;
        QVERIFY(gateway.pebble->isReady());
        QVERIFY(gateway.start());
        QVERIFY(gateway.publish({"shop.example"}));
        const std::string first = gateway.awaitSerial();
        QVERIFY(!first.empty());
        gateway.makeService();
        QVERIFY(gateway.start());
        QCOMPARE(gateway.awaitSerial(), first); // the key is read from the database
        QVERIFY(gateway.service->renewCertificate("shop").result());
        QVERIFY(!gateway.awaitSerial("shop.example", first).empty());
        const QByteArray log = gateway.pebble->endAndTell();
        QCOMPARE(log.count("There are now 1 accounts in memory"), 1);
        QCOMPARE(log.count("There are now 2 accounts in memory"), 0);
    }

    void aRestartWhileTheCertificateIsOrderedGoesOn() {
        Gateway gateway;
        QVERIFY(gateway.pebble->isReady());
        QVERIFY(gateway.start());
        QVERIFY(gateway.publish({"shop.example", "www.shop.example", "api.shop.example"}));
        QVERIFY(Gateway::wait([&] { return gateway.renewal().find(" leads here.") != std::string::npos; }));
        gateway.makeService();
        QVERIFY(gateway.start());
        QVERIFY(!gateway.awaitSerial("api.shop.example").empty());
    }

    void theHeadlessProgramGetsItsCertificateAndSaysSo() {
        const std::uint16_t httpPort = support::unusedPort();
        const std::uint16_t tlsPort = support::unusedPort();
        const support::Pebble pebble({.httpPort = httpPort, .tlsPort = tlsPort});
        QVERIFY(pebble.isReady());
        const CliFixture cli;
        QVERIFY(!cli.write("authority.pem", QByteArray::fromStdString(pebble.authority())).isEmpty());
        const QString file = cli.write(
            "gateway.yaml", "certificates:\n"
                            "  - { name: pebble, use: authority, chain_file: authority.pem }\n"
                            "  - name: shop\n"
                            "    acme: { directory: " +
                                QByteArray::fromStdString(pebble.directoryUrl()) +
                                ", directory_authority: pebble, domains: [shop.example] }\n"
                                "listeners:\n"
                                "  - { name: plain, address: 127.0.0.1:" +
                                QByteArray::number(httpPort) +
                                " }\n"
                                "  - { name: tls, address: 127.0.0.1:" +
                                QByteArray::number(tlsPort) + ", tls: { certificates: [shop] } }\n");
        QCOMPARE(cli.runOn(cli.db(), {QStringLiteral("apply"), file}).exitCode, CliFixture::exitOk);
        QVERIFY(cli.runOnDb("cert list").out.contains("shop: Comes from 127.0.0.1 once the gateway runs."));
        QVERIFY(cli.runOnDb("cert renew shop").err.contains("It is a running gateway that renews"));
        const auto serve = cli.startOnDb("serve");
        QVERIFY(Gateway::wait([&] { return !shownSerial(tlsPort, "shop.example", pebble.root()).empty(); }));
        QVERIFY(!serve->waitForLine("revision 2 is live").isEmpty());
        QVERIFY(cli.runOnDb("cert list").out.contains("shop: Renewed by itself on "));
        const std::string first = shownSerial(tlsPort, "shop.example", pebble.root());
        const auto renewed = cli.runOnDb("cert renew shop");
        QVERIFY2(renewed.exitCode == CliFixture::exitOk, renewed.err.constData());
        QVERIFY2(Gateway::wait([&] {
                     const std::string now = shownSerial(tlsPort, "shop.example", pebble.root());
                     return !now.empty() && now != first;
                 }),
                 cli.runOnDb("cert list").out.constData());
        QVERIFY(cli.runOnDb("cert renew pebble").err.contains("does not come by ACME"));
        serve->signal(SIGTERM);
        QCOMPARE(serve->waitForEnd().exitCode, CliFixture::exitOk);
    }

    void theGatewayWaitsUntilItRuns() {
        Gateway gateway;
        QVERIFY(gateway.pebble->isReady());
        QVERIFY(gateway.service->open().result());
        QVERIFY(gateway.publish({"shop.example"}));
        QVERIFY(
            Gateway::wait([&] { return gateway.renewal().rfind("Waits for the gateway to run", 0) == 0; }));
        QVERIFY(gateway.service->start().result());
        QVERIFY(!gateway.awaitSerial().empty());
    }
};

QTEST_GUILESS_MAIN(AcmeTest)
#include "acme_test.moc"
