#include <QTest>

#include "gateway/model/codec.h"
#include "gateway/model/dependents.h"
#include "gateway/model/edit.h"
#include "gateway/model/validate.h"
#include "gateway/model/validate_tls.h"
#include "gateway/model/validator.h"
#include "tests/unit/gateway/model/model_samples.h"

#include <functional>

using namespace gateway::model;
using namespace std::chrono_literals;

namespace {

const std::string pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/// A config in which everything about TLS is in order.
Config secureConfig() {
    Config config = smallConfig();
    Certificate site;
    site.name = "site";
    site.chain = pem;
    config.certificates.put(site);
    Certificate authority;
    authority.name = "authority";
    authority.use = Certificate::Use::Authority;
    authority.chain = pem;
    config.certificates.put(authority);
    Certificate renewed;
    renewed.name = "renewed";
    renewed.acme = Certificate::Acme{"https://acme.example/directory", {}, {"a.example"}, {}, {}};
    config.certificates.put(renewed);
    Listener listener = config.listeners[0];
    listener.tls =
        Listener::Tls{{"site", "renewed"}, false, Listener::ClientCertificates::Required, "authority"};
    config.listeners.put(listener);
    Service service = config.services[0];
    service.tls = Service::Tls{true, {}, "authority", "site"};
    config.services.put(service);
    return config;
}

using Change = std::function<void(Config&)>;

template<class T>
void change(Collection<T>& items, const char* name, const std::function<void(T&)>& how) {
    T item = *items.find(name);
    how(item);
    items.put(item);
}

Change ofListener(const std::function<void(Listener&)>& how) {
    return [how](Config& config) { change<Listener>(config.listeners, "l", how); };
}
Change ofTls(const std::function<void(Listener::Tls&)>& how) {
    return ofListener([how](Listener& listener) { how(*listener.tls); });
}
Change ofService(const std::function<void(Service&)>& how) {
    return [how](Config& config) { change<Service>(config.services, "s", how); };
}
Change ofCertificate(const char* name, const std::function<void(Certificate&)>& how) {
    return [name, how](Config& config) { change<Certificate>(config.certificates, name, how); };
}
Change ofPolicy(const std::function<void(Policy&)>& how) {
    return [how](Config& config) { change<Policy>(config.policies, "p", how); };
}

} // namespace

Q_DECLARE_METATYPE(Change)

class ValidateTlsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesWhatIsInOrder();
    void namesTheFieldThatIsWrong_data();
    void namesTheFieldThatIsWrong();
    void looksAgainAtWhatLeansOnACertificate();
    void followsARename();
    void followsARenameOfAListenersPolicy();
    void tellsWhoLeansOnWhat();
    void knowsNetworks();
    void readsTheFilesThatAFileNames();
    void takesNoKeyOfAnAuthority();
    void saysWhichFileCannotBeRead();
};

void ValidateTlsTest::takesWhatIsInOrder() {
    QCOMPARE(listProblems(validate(secureConfig())), QString());
}

void ValidateTlsTest::namesTheFieldThatIsWrong_data() {
    QTest::addColumn<Change>("spoil");
    QTest::addColumn<QString>("path");
    const auto row = [](const char* what, const char* path, const Change& spoil) {
        QTest::newRow(what) << spoil << QString::fromLatin1(path);
    };
    row("no chain", "certificates[site].chain",
        ofCertificate("site", [](Certificate& c) { c.chain.clear(); }));
    row("no PEM", "certificates[site].chain",
        ofCertificate("site", [](Certificate& c) { c.chain = "MIIB"; }));
    row("an end that is missing", "certificates[site].chain",
        ofCertificate("site", [](Certificate& c) { c.chain = pem + "-----BEGIN CERTIFICATE-----\nMII"; }));
    row("a private key", "certificates[site].chain", ofCertificate("site", [](Certificate& c) {
            c.chain += "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n";
        }));
    row("revocations of a site", "certificates[site].revocations", ofCertificate("site", [](Certificate& c) {
            c.revocations = "-----BEGIN X509 CRL-----\nMII\n-----END X509 CRL-----\n";
        }));
    row("revocations that are none", "certificates[authority].revocations",
        ofCertificate("authority", [](Certificate& c) { c.revocations = pem; }));
    row("an authority from ACME", "certificates[authority].acme",
        ofCertificate("authority", [](Certificate& c) {
            c.acme = Certificate::Acme{"https://a.example/d", {}, {"a.example"}, {}, {}};
        }));
    const auto acme = [&](const char* what, const char* path,
                          const std::function<void(Certificate::Acme&)>& how) {
        row(what, path, ofCertificate("renewed", [how](Certificate& c) { how(*c.acme); }));
    };
    acme("http", "certificates[renewed].acme.directory",
         [](auto& a) { a.directory = "http://acme.example/d"; });
    acme("no host", "certificates[renewed].acme.directory", [](auto& a) { a.directory = "https:///d"; });
    acme("no domain", "certificates[renewed].acme.domains", [](auto& a) { a.domains.clear(); });
    acme("a wildcard", "certificates[renewed].acme.domains[0]", [](auto& a) { a.domains = {"*.a.example"}; });
    acme("an upper-case name", "certificates[renewed].acme.domains[0]",
         [](auto& a) { a.domains = {"A.example"}; });
    acme("an IP address", "certificates[renewed].acme.domains[0]",
         [](auto& a) { a.domains = {"192.0.2.1"}; });
    acme("a name twice", "certificates[renewed].acme.domains[1]", [](auto& a) {
        a.domains = {"a.example", "a.example"};
    });
    acme("no address", "certificates[renewed].acme.contact", [](auto& a) { a.contact = "ops"; });
    acme("an authority that is none", "certificates[renewed].acme.directory_authority",
         [](auto& a) { a.directoryAuthority = "site"; });
    row("no certificate", "listeners[l].tls.certificates",
        ofTls([](auto& tls) { tls.certificates.clear(); }));
    row("an unknown certificate", "listeners[l].tls.certificates[0]",
        ofTls([](auto& tls) { tls.certificates = {"other"}; }));
    row("an authority shown", "listeners[l].tls.certificates[0]",
        ofTls([](auto& tls) { tls.certificates = {"authority"}; }));
    row("a certificate twice", "listeners[l].tls.certificates[1]", ofTls([](auto& tls) {
            tls.certificates = {"site", "site"};
        }));
    row("clients checked by nobody", "listeners[l].tls.client_authority",
        ofTls([](auto& tls) { tls.clientAuthority.clear(); }));
    row("clients checked by a site", "listeners[l].tls.client_authority",
        ofTls([](auto& tls) { tls.clientAuthority = "site"; }));
    row("an authority without use", "listeners[l].tls.client_authority",
        ofTls([](auto& tls) { tls.clientCertificates = Listener::ClientCertificates::Off; }));
    row("no streams", "listeners[l].limits.streams", ofListener([](auto& l) { l.limits.streamsMax = 0; }));
    row("PROXY from anybody", "listeners[l].proxy_protocol",
        ofListener([](auto& l) { l.proxyProtocol = true; }));
    row("a proxy's name", "listeners[l].trusted_proxies[0]",
        ofListener([](auto& l) { l.trustedProxies = {"proxy.example"}; }));
    row("bits beyond the prefix", "listeners[l].trusted_proxies[1]", ofListener([](auto& l) {
            l.trustedProxies = {"10.0.0.0/8", "10.0.0.1/8"};
        }));
    row("an unknown policy", "listeners[l].policies[0]", ofListener([](auto& l) { l.policies = {"other"}; }));
    row("a redirect where TLS is", "listeners[l].policies[0]", [](Config& config) {
        Policy redirect;
        redirect.name = "redirect";
        redirect.httpsRedirect.emplace();
        config.policies.put(redirect);
        change<Listener>(config.listeners, "l", [](Listener& l) { l.policies = {"redirect"}; });
    });
    const auto withPolicies = [](std::vector<Policy> policies, bool tls) -> Change {
        return [=](Config& config) {
            Listener listener = *config.listeners.find("l");
            for (const Policy& policy : policies) {
                config.policies.put(policy);
                listener.policies.push_back(policy.name);
            }
            if (!tls) {
                listener.tls.reset();
            }
            config.listeners.put(listener);
        };
    };
    const auto strict = [](const char* name) { return Policy{{}, name, std::nullopt, Hsts{}, {}}; };
    const auto moved = [](const char* name) { return Policy{{}, name, std::nullopt, {}, HttpsRedirect{}}; };
    row("hsts in the clear", "listeners[l].policies[0]", withPolicies({strict("strict")}, false));
    row("hsts twice", "listeners[l].policies[1]", withPolicies({strict("strict"), strict("other")}, true));
    row("two redirects", "listeners[l].policies[1]", withPolicies({moved("moved"), moved("other")}, false));
    row("a name that is none", "services[s].tls.server_name",
        ofService([](auto& s) { s.tls->serverName = "a b"; }));
    row("an authority that is a site", "services[s].tls.authority",
        ofService([](auto& s) { s.tls->authority = "site"; }));
    row("an authority not asked", "services[s].tls.authority",
        ofService([](auto& s) { s.tls->verify = false; }));
    row("an authority to show", "services[s].tls.certificate",
        ofService([](auto& s) { s.tls->certificate = "authority"; }));
    row("a socket without a name", "services[s].tls.server_name", ofService([](auto& s) {
            s.targets = {{"unix:/run/a", 0}};
        }));
    row("a relative socket", "services[s].targets[0]", ofService([](auto& s) {
            s.tls.reset();
            s.targets = {{"unix:run/a", 0}};
        }));
    row("a socket with a long path", "services[s].targets[0]", ofService([](auto& s) {
            s.tls.reset();
            s.targets = {{"unix:/" + std::string(107, 'a'), 0}};
        }));
    row("a socket with a port", "services[s].targets[0]", ofService([](auto& s) {
            s.tls.reset();
            s.targets = {{"unix:/run/a", 80}};
        }));
    row("a socket with a line break", "services[s].targets[0]", ofService([](auto& s) {
            s.tls.reset();
            s.targets = {{"unix:/run/a\n", 0}};
        }));
    row("gRPC checks by HTTP/1.1", "services[s].health.grpc",
        ofService([](auto& s) { s.health.emplace().grpc = true; }));
    row("gRPC checks with a path", "services[s].health.path", ofService([](auto& s) {
            s.protocol = Protocol::Grpc;
            s.health.emplace().grpc = true;
            s.health->path = "/";
        }));
    row("UNAVAILABLE without gRPC", "services[s].retries.on",
        ofService([](auto& s) { s.retries.onUnavailable = true; }));
    row("silence without end", "services[s].timeouts.stream_idle",
        ofService([](auto& s) { s.timeouts.streamIdle = 0ms; }));
    row("preload without subdomains", "policies[p].hsts.preload", ofPolicy([](auto& p) {
            p.hsts = Hsts{std::chrono::hours(9000), false, true};
        }));
    row("preload for a month", "policies[p].hsts.preload", ofPolicy([](auto& p) {
            p.hsts = Hsts{std::chrono::hours(720), true, true};
        }));
    row("an age below zero", "policies[p].hsts.max_age", ofPolicy([](auto& p) {
            p.hsts = Hsts{-1s, false, false};
        }));
    row("port 0", "policies[p].https_redirect.port",
        ofPolicy([](auto& p) { p.httpsRedirect = HttpsRedirect{0}; }));
}

void ValidateTlsTest::namesTheFieldThatIsWrong() {
    QFETCH(Change, spoil);
    QFETCH(QString, path);
    Config config = secureConfig();
    spoil(config);
    const Problems problems = validate(config);
    QCOMPARE(problems.size(), std::size_t{1});
    QCOMPARE(QString::fromStdString(problems.front().path), path);
    QVERIFY(!problems.front().message.empty());
}

void ValidateTlsTest::looksAgainAtWhatLeansOnACertificate() {
    Validator validator;
    Config config = secureConfig();
    QVERIFY(validator.validate(config).empty());
    Config without = config;
    without.certificates.erase("authority");
    const QString list = listProblems(validator.validate(without));
    QVERIFY2(list.contains(QStringLiteral("listeners[l].tls.client_authority")), qPrintable(list));
    QVERIFY2(list.contains(QStringLiteral("services[s].tls.authority")), qPrintable(list));
    QCOMPARE(listProblems(validate(without)), list);
    QVERIFY(validator.validate(config).empty());
}

void ValidateTlsTest::followsARename() {
    Config config = secureConfig();
    std::uint64_t nextId = 1;
    auto first = difference(Config{}, config);
    config = *applyEdits(Config{}, first, nextId);
    Certificate renamed = *config.certificates.find("site");
    renamed.name = "shop";
    Certificate trust = *config.certificates.find("authority");
    trust.name = "staff";
    std::vector<Edit> edits{Put{renamed}, Put{trust}};
    const auto after = applyEdits(config, edits, nextId);
    QVERIFY(after);
    QCOMPARE(listProblems(validate(*after)), QString());
    QCOMPARE(after->listeners.find("l")->tls->certificates.front(), std::string("shop"));
    QCOMPARE(after->listeners.find("l")->tls->clientAuthority, std::string("staff"));
    QCOMPARE(after->services.find("s")->tls->authority, std::string("staff"));
    QCOMPARE(after->services.find("s")->tls->certificate, std::string("shop"));
    // What followed is told like what was asked for, so that it is stored, too.
    QCOMPARE(edits.size(), std::size_t{4});
}

void ValidateTlsTest::followsARenameOfAListenersPolicy() {
    Config config = secureConfig();
    Policy policy;
    policy.name = "strict";
    policy.hsts.emplace();
    config.policies.put(policy);
    change<Listener>(config.listeners, "l", [](Listener& l) { l.policies = {"strict"}; });
    std::uint64_t nextId = 1;
    auto first = difference(Config{}, config);
    config = *applyEdits(Config{}, first, nextId);
    Policy renamed = *config.policies.find("strict");
    renamed.name = "transport";
    std::vector<Edit> edits{Put{renamed}};
    const auto after = applyEdits(config, edits, nextId);
    QVERIFY(after);
    QCOMPARE(listProblems(validate(*after)), QString());
    QCOMPARE(after->listeners.find("l")->policies.front(), std::string("transport"));
    QCOMPARE(edits.size(), std::size_t{2});
}

void ValidateTlsTest::tellsWhoLeansOnWhat() {
    Config config = secureConfig();
    change<Certificate>(config.certificates, "renewed",
                        [](Certificate& c) { c.acme->directoryAuthority = "authority"; });
    change<Route>(config.routes, "r", [](Route& r) { r.policies = {"p"}; });
    using Names = std::vector<EntityName>;
    QVERIFY(dependentsOf(config, EntityKind::Certificate, "authority") ==
            (Names{{EntityKind::Certificate, "renewed"},
                   {EntityKind::Listener, "l"},
                   {EntityKind::Service, "s"}}));
    QVERIFY(dependentsOf(config, EntityKind::Certificate, "renewed") == (Names{{EntityKind::Listener, "l"}}));
    QVERIFY(dependentsOf(config, EntityKind::Service, "s") == (Names{{EntityKind::Route, "r"}}));
    QVERIFY(dependentsOf(config, EntityKind::Policy, "p") == (Names{{EntityKind::Route, "r"}}));
    QVERIFY(dependentsOf(config, EntityKind::Tier, "t") == (Names{{EntityKind::Consumer, "c"}}));
    // A service and a certificate may have one name.
    QVERIFY(dependentsOf(config, EntityKind::Certificate, "s").empty());
    QVERIFY(dependentsOf(config, EntityKind::Route, "r").empty());
}

void ValidateTlsTest::knowsNetworks() {
    for (const char* good :
         {"10.0.0.0/8", "192.0.2.1", "192.0.2.1/32", "0.0.0.0/0", "2001:db8::/32", "::1", "::/0"}) {
        QVERIFY2(isNetwork(good), good);
    }
    for (const char* bad : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "10.1.0.0/8",
                            "2001:db8::1/32", "::/129", "host/8"}) {
        QVERIFY2(!isNetwork(bad), bad);
    }
}

void ValidateTlsTest::readsTheFilesThatAFileNames() {
    const auto readFile = [](const std::string& path) -> gateway::Result<std::string> {
        return path == "site.pem" ? pem : std::string("the key");
    };
    const auto file = readConfigFile(
        "certificates:\n  - { name: site, chain_file: site.pem, key_file: site.key }\n", readFile);
    QVERIFY2(file, qPrintable(file ? QString() : listProblems(file.error())));
    QCOMPARE(file->config.certificates.find("site")->chain, pem);
    QCOMPARE(file->privateKeys.size(), std::size_t{1});
    QCOMPARE(file->privateKeys.front().certificate, std::string("site"));
    QCOMPARE(file->privateKeys.front().pem, std::string("the key"));
    QVERIFY(writeConfigFile(*file).find("key") == std::string::npos);
}

void ValidateTlsTest::takesNoKeyOfAnAuthority() {
    const std::string text = "certificates:\n"
                             "  - name: trust\n"
                             "    use: authority\n"
                             "    chain_file: site.pem\n"
                             "    key_file: site.key\n";
    const auto readFile = [](const std::string& /*path*/) -> gateway::Result<std::string> { return pem; };
    const auto file = readConfigFile(text, readFile);
    QVERIFY(!file);
    const QString list = listProblems(file.error());
    QVERIFY2(list.contains(QStringLiteral("certificates[trust].key_file 5:")), qPrintable(list));
    QVERIFY2(!list.contains(QStringLiteral("chain")), qPrintable(list));
}

void ValidateTlsTest::saysWhichFileCannotBeRead() {
    const std::string text = "certificates:\n  - { name: site, chain_file: site.pem }\n";
    const auto readFile = [](const std::string& path) -> gateway::Result<std::string> {
        return gateway::fail(gateway::ErrorKind::Environment, "no-file", path + " is not there");
    };
    const auto missing = readConfigFile(text, readFile);
    QVERIFY(!missing);
    QVERIFY(listProblems(missing.error()).contains(QStringLiteral("certificates[site].chain_file 2:31")));
    QVERIFY(!readConfigFile(text));
}

QTEST_APPLESS_MAIN(ValidateTlsTest)
#include "test_validate_tls.moc"
