#include "gateway/model/codec.h"
#include "gateway/model/validate.h"
#include "model_samples.h"

#include <QtTest>
#include <sstream>

using namespace gateway::model;

class ConfigFileTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsBackEverythingItWrites();
    void writesTheCanonicalForm();
    void writesWhatServicesAndListenersHaveBesideTheirDefaults();
    void writesWhoMayCall();
    void takesEveryWayToSayWhoMayCall();
    void takesKeySetsFromFiles();
    void writesNoRevokedKey();
    void takesAnEmptyFileAsAnEmptyConfig_data();
    void takesAnEmptyFileAsAnEmptyConfig();
    void takesWhatTheEngineDoesAnyway();
    void takesReasonsForRetriesInAnyOrder();
    void readsJsonAsWell();
    void quotesWhatYamlWouldTakeForSomethingElse();
    void takesTheSamples_data();
    void takesTheSamples();
    void takesTheReferenceForTheDefaults();
    void takesTheReferenceWithWhatIsOff();
};

void ConfigFileTest::readsBackEverythingItWrites() {
    const ConfigFile file = everyField();
    const std::string text = writeConfigFile(file);
    const auto again = readConfigFile(text);
    QVERIFY2(again, qPrintable(again ? QString() : listProblems(again.error())));
    QVERIFY(again->config == file.config);
    QVERIFY(again->keys == file.keys);
    QCOMPARE(QString::fromStdString(writeConfigFile(*again)), QString::fromStdString(text));
}

void ConfigFileTest::writesTheCanonicalForm() {
    ConfigFile file;
    file.config = smallConfig();
    ApiKey key;
    key.name = "ci";
    key.prefix = "gh_4f9a";
    key.scopes = {"orders:read"};
    file.keys = {{"c", key}};
    QCOMPARE(QString::fromStdString(writeConfigFile(file)),
             QStringLiteral("listeners:\n"
                            "  - name: l\n"
                            "    address: 127.0.0.1:8080\n"
                            "\n"
                            "tiers:\n"
                            "  - name: t\n"
                            "    rate: 1/second\n"
                            "    burst: 1\n"
                            "\n"
                            "consumers:\n"
                            "  - name: c\n"
                            "    tier: t\n"
                            "    keys:\n"
                            "      - name: ci\n"
                            "        prefix: gh_4f9a\n"
                            "        hash: sha256:%1\n"
                            "        scopes: [orders:read]\n"
                            "\n"
                            "services:\n"
                            "  - name: s\n"
                            "    targets: [127.0.0.1:9001]\n"
                            "\n"
                            "policies:\n"
                            "  - name: p\n"
                            "    authenticate: { any_of: [api-key] }\n"
                            "\n"
                            "routes:\n"
                            "  - name: r\n"
                            "    match: { path: /a, methods: [GET] }\n"
                            "    action: { service: s }\n"
                            "    policies: [p]\n")
                 .arg(QString(64, QLatin1Char('0'))));
}

void ConfigFileTest::writesWhatServicesAndListenersHaveBesideTheirDefaults() {
    const ConfigFile every = everyField();
    ConfigFile file;
    file.config.listeners = every.config.listeners;
    file.config.services = every.config.services;
    QCOMPARE(
        QString::fromStdString(writeConfigFile(file)),
        QStringLiteral(
            "listeners:\n"
            "  - name: public\n"
            "    address: \"[::1]:8080\"\n"
            "    limits: { header_bytes: 16KiB, headers: 50, body: 1000001B, connections_per_peer: 64, "
            "streams: 7 }\n"
            "    timeouts: { header: 250ms, body: 90s, idle: 1h, body_min_rate: 0B/s, write: 1500ms }\n"
            "    api_key: { header: X-Key, query: key }\n"
            "    protocols: [http1, websocket]\n"
            "    tls: { certificates: [site, renewed], minimum: \"1.3\", client_certificates: optional, "
            "client_authority: authority }\n"
            "    proxy_protocol: true\n"
            "    trusted_proxies: [10.0.0.0/8, 2001:db8::1]\n"
            "    policies: [strict]\n"
            "    keys_path: /.well-known/jwks.json\n"
            "    metadata: false\n"
            "\n"
            "services:\n"
            "  - name: orders\n"
            "    protocol: grpc\n"
            "    tls: { server_name: orders.internal, authority: authority, certificate: site }\n"
            "    targets:\n"
            "      - 127.0.0.1:9001\n"
            "      - { address: \"[::1]:9002\", weight: 2 }\n"
            "      - { address: orders.internal:80, drain: true }\n"
            "      - { address: 10.0.0.7:80, weight: 1000, drain: true }\n"
            "    balance: consistent-hash\n"
            "    hash_on: { header: X-User }\n"
            "    slow_start: 30s\n"
            "    concurrency: 100\n"
            "    health: { path: \"/healthz?deep=1\", interval: 5s, timeout: 1500ms, unhealthy_after: 4, "
            "healthy_after: 2 }\n"
            "    outlier: { consecutive_errors: 7, eject: 1m, at_most: 34% }\n"
            "    breaker: { error_ratio: 60%, samples: 50, open: 15s, recover: 0ms }\n"
            "    timeouts: { connect: 1ms, response: 59m, idle: 61s, attempt: 2s, request: 10s, stream_idle: "
            "7m, "
            "stream_lifetime: 8h }\n"
            "    retries: { attempts: 3, \"on\": [refused-stream, reset, timeout, unavailable, \"429\", "
            "\"502\", \"503\"], budget: 25% }\n"
            "    policies: [limited]\n"));
}

void ConfigFileTest::writesWhoMayCall() {
    const ConfigFile every = everyField();
    ConfigFile file;
    file.config.consumers = every.config.consumers;
    file.config.identityProviders = every.config.identityProviders;
    for (const char* name : {"all", "any", "everywhere", "limited"}) {
        file.config.policies.put(*every.config.policies.find(name));
    }
    QCOMPARE(QString::fromStdString(writeConfigFile(file)),
             QString::fromStdString(readTextFile(QStringLiteral(MODEL_TEST_DATA "/access.yaml"))));
}

void ConfigFileTest::takesEveryWayToSayWhoMayCall() {
    const auto file = readConfigFile(
        "identity_providers: [{ name: corp, issuer: https://id.example.com, introspection: { client_id: g, "
        "client_secret: \"${secret:s}\" } }]\n"
        "tiers: [{ name: free, rate: 1/second, burst: 1 }]\n"
        "listeners: [{ name: l, address: 127.0.0.1:8443, tls: { certificates: [c], client_certificates: "
        "optional, client_authority: a } }]\n"
        "certificates:\n"
        "  - { name: a, use: authority, chain: \"-----BEGIN CERTIFICATE-----\\nMA==\\n-----END "
        "CERTIFICATE-----\" }\n"
        "  - { name: c, chain: \"-----BEGIN CERTIFICATE-----\\nMA==\\n-----END CERTIFICATE-----\" }\n"
        "policies:\n"
        "  - { name: a, authenticate: client-certificate }\n"
        "  - { name: b, authenticate: { jwt: corp } }\n"
        "  - { name: c, authenticate: { all_of: [api-key, { introspection: corp }] } }\n"
        "  - { name: d, authenticate: { any_of: [{ all_of: [{ jwt: corp }] }], anonymous: { tier: free } } "
        "}\n");
    QVERIFY2(file, qPrintable(file ? QString() : listProblems(file.error())));
    using Kind = Credential::Kind;
    const auto ofPolicy = [&](const char* name) { return *file->config.policies.find(name)->authenticate; };
    QVERIFY((ofPolicy("a") == Authenticate{{{{Kind::ClientCertificate}}}}));
    QVERIFY((ofPolicy("b") == Authenticate{{{{Kind::Jwt, "corp"}}}}));
    QVERIFY((ofPolicy("c") == Authenticate{{{{Kind::ApiKey}, {Kind::Introspection, "corp"}}}}));
    QVERIFY((ofPolicy("d") == Authenticate{{{{Kind::Jwt, "corp"}}}, true, "free"}));
}

void ConfigFileTest::takesKeySetsFromFiles() {
    const std::string text =
        "identity_providers: [{ name: corp, issuer: https://id.example.com, jwks_file: corp.json }]";
    const std::string keys = R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]})";
    const auto file = readConfigFile(text, [&](const std::string& path) -> gateway::Result<std::string> {
        return path == "corp.json" ? keys : std::string();
    });
    QVERIFY2(file, qPrintable(file ? QString() : listProblems(file.error())));
    QCOMPARE(file->config.identityProviders[0].jwks, keys);
    const auto refused = readConfigFile(text);
    QVERIFY(!refused);
    QCOMPARE(listProblems(refused.error()),
             QStringLiteral("no-such-name identity_providers[corp].jwks_file 1:79\n"));
    const auto both = readConfigFile(
        "identity_providers: [{ name: corp, issuer: https://id.example.com, keys: x, jwks_file: corp.json }]",
        [&](const std::string&) -> gateway::Result<std::string> { return keys; });
    QVERIFY(!both);
    QVERIFY(listProblems(both.error(), false)
                .contains(QStringLiteral("duplicate identity_providers[corp].jwks_file\n")));
}

void ConfigFileTest::writesNoRevokedKey() {
    ConfigFile file = everyField();
    file.keys[0].key.state = KeyState::Revoked;
    QVERIFY(writeConfigFile(file).find("hash: sha256") == std::string::npos);
}

void ConfigFileTest::takesAnEmptyFileAsAnEmptyConfig_data() {
    QTest::addColumn<QString>("text");
    QTest::newRow("nothing") << QString();
    QTest::newRow("a comment") << QStringLiteral("# nothing yet\n");
    QTest::newRow("a document mark") << QStringLiteral("---\n");
    QTest::newRow("an empty map") << QStringLiteral("{}");
    QTest::newRow("empty sections") << QStringLiteral("routes:\ntiers: []\n");
    QTest::newRow("a byte order mark") << QString(QChar(0xFEFF));
}

void ConfigFileTest::takesAnEmptyFileAsAnEmptyConfig() {
    QFETCH(QString, text);
    const auto file = readConfigFile(text.toStdString());
    QVERIFY2(file, qPrintable(file ? QString() : listProblems(file.error())));
    QVERIFY(file->config == Config{});
}

void ConfigFileTest::takesWhatTheEngineDoesAnyway() {
    const auto file =
        readConfigFile("listeners:\n"
                       "  - { name: l, address: 127.0.0.1:8080, protocols: [http1, http2] }\n"
                       "services:\n"
                       "  - { name: s, protocol: http, targets: [a:80], balance: round-robin }\n"
                       "policies:\n"
                       "  - { name: p, authenticate: api-key }\n"
                       "  - { name: q, authenticate: { any_of: [api-key] } }\n");
    QVERIFY2(file, qPrintable(file ? QString() : listProblems(file.error())));
    QVERIFY(file->config.policies.find("p")->authenticate.has_value());
    QVERIFY(file->config.policies.find("q")->authenticate.has_value());
}

void ConfigFileTest::takesReasonsForRetriesInAnyOrder() {
    const auto file =
        readConfigFile("services:\n"
                       "  - { name: s, targets: [a:80], retries: { on: [503, \"429\", reset, 503] } }\n"
                       "  - { name: t, targets: [a:80], retries: { attempts: 0, on: } }\n"
                       "  - { name: u, targets: [a:80], retries: { attempts: 1 } }\n");
    QVERIFY2(file, qPrintable(file ? QString() : listProblems(file.error())));
    const Retries usual;
    const Retries some{usual.attempts, false, false, true, false, {429, 503}, usual.budgetPercent};
    const Retries none{0, false, false, false, false, {}, usual.budgetPercent};
    Retries once;
    once.attempts = 1;
    QVERIFY(file->config.services.find("s")->retries == some);
    QVERIFY(file->config.services.find("t")->retries == none);
    QVERIFY(file->config.services.find("u")->retries == once);
}

void ConfigFileTest::readsJsonAsWell() {
    const auto file = readConfigFile(R"({"tiers": [{"name": "t", "rate": "100/minute", "burst": 20}]})");
    QVERIFY2(file, qPrintable(file ? QString() : listProblems(file.error())));
    const Tier* tier = file->config.tiers.find("t");
    QCOMPARE(tier->requests, std::uint64_t{100});
    QCOMPARE(tier->period.count(), 60);
    QCOMPARE(tier->burst, std::uint64_t{20});
}

void ConfigFileTest::quotesWhatYamlWouldTakeForSomethingElse() {
    ConfigFile file;
    file.config = smallConfig();
    Consumer consumer = *file.config.consumers.find("c");
    for (const char* role :
         {"true", "No", "on",  "~",    "null", "1",   "0x1F",       "1e5",          ".5",
          ".inf", "-",  "- a", "a: b", "a #b", "#",   "*a",         "&a",           "!a",
          "%a",   "@a", "`",   "{a}",  "[a]",  "a,b", "'",          "\"",           "a:",
          " a",   "a ", "<<",  "---",  "...",  "?",   "2027-01-31", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
          "\\",   "=",  "|",   ">"}) {
        consumer.roles.emplace_back(role);
    }
    file.config.consumers.put(consumer);
    const auto again = readConfigFile(writeConfigFile(file));
    QVERIFY2(again, qPrintable(again ? QString() : listProblems(again.error())));
    QVERIFY(again->config == file.config);
}

void ConfigFileTest::takesTheSamples_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("routes");
    QTest::newRow("starter") << QStringLiteral("/starter.yaml") << 2;
    QTest::newRow("demo") << QStringLiteral("/demo.yaml") << 11;
}

void ConfigFileTest::takesTheSamples() {
    QFETCH(QString, name);
    QFETCH(int, routes);
    const auto file = readConfigFile(readTextFile(QStringLiteral(MODEL_SAMPLES) + name));
    QVERIFY2(file, qPrintable(file ? QString() : listProblems(file.error())));
    QCOMPARE(listProblems(validate(file->config)), QString());
    QCOMPARE(static_cast<int>(file->config.routes.size()), routes);
    QCOMPARE(file->config.listeners.size(), std::size_t{1});
    QVERIFY(file->keys.empty());
}

void ConfigFileTest::takesTheReferenceForTheDefaults() {
    const auto file = readConfigFile(readTextFile(QStringLiteral(MODEL_SAMPLES "/reference.yaml")));
    QVERIFY2(file, qPrintable(file ? QString() : listProblems(file.error())));
    const Listener& listener = file->config.listeners[0];
    Listener plainListener;
    plainListener.name = listener.name;
    plainListener.host = listener.host;
    plainListener.port = listener.port;
    QVERIFY(listener == plainListener);
    const Service& service = file->config.services[0];
    Service plainService;
    plainService.name = service.name;
    plainService.targets = {{"127.0.0.1", 9001}};
    plainService.health = HealthCheck{"/healthz"};
    plainService.outlier.emplace();
    plainService.breaker.emplace();
    QVERIFY(service == plainService);
    Policy plainPolicy;
    plainPolicy.name = "tell-who-calls";
    plainPolicy.identity = ForwardIdentity{{{"X-User", "claims.sub"}}, {ForwardIdentity::Token{}}};
    QVERIFY(*file->config.policies.find("tell-who-calls") == plainPolicy);
    const Consumer& consumer = file->config.consumers[0];
    Consumer plainConsumer;
    plainConsumer.name = consumer.name;
    plainConsumer.tier = consumer.tier;
    QVERIFY(consumer == plainConsumer);
    const Route& route = file->config.routes[0];
    Route plainRoute;
    plainRoute.name = route.name;
    plainRoute.match.path = route.match.path;
    plainRoute.service = route.service;
    QVERIFY(route == plainRoute);
}

void ConfigFileTest::takesTheReferenceWithWhatIsOff() {
    // What is commented out in a section of its own can be written as it stands there.
    const std::string text = readTextFile(QStringLiteral(MODEL_SAMPLES "/reference.yaml"));
    const std::size_t begin = text.find("# identity_providers:");
    QVERIFY(begin != std::string::npos);
    std::string providers;
    std::istringstream lines(text.substr(begin));
    for (std::string line; std::getline(lines, line) && line.starts_with('#');) {
        providers += line.substr(std::min<std::size_t>(2, line.size())) + "\n";
    }
    // One source of keys, and no other names.
    for (const char* field : {"    jwks_file:", "    secret:", "    authority:", "    tier:"}) {
        const std::size_t at = providers.find(field);
        QVERIFY2(at != std::string::npos, field);
        providers.erase(at, providers.find('\n', at) - at);
    }
    const auto file = readConfigFile(providers);
    QVERIFY2(file, qPrintable(file ? QString() : listProblems(file.error())));
    IdentityProvider plain;
    plain.name = "corp";
    plain.issuer = "https://id.example.com";
    plain.audience = {"shop-api"};
    plain.jwksUrl = "https://id.example.com/keys";
    plain.introspection = IdentityProvider::Introspection{"https://id.example.com/introspect", "gateway",
                                                          "${secret:corp-client}"};
    plain.consumerClaim = "azp";
    plain.rolesClaim = "roles";
    QVERIFY(file->config.identityProviders[0] == plain);
}

QTEST_APPLESS_MAIN(ConfigFileTest)
#include "test_config_file.moc"
