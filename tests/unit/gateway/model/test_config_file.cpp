#include "gateway/model/codec.h"
#include "gateway/model/validate.h"
#include "model_samples.h"

#include <QtTest>

using namespace gateway::model;

class ConfigFileTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsBackEverythingItWrites();
    void writesTheCanonicalForm();
    void writesNoRevokedKey();
    void takesAnEmptyFileAsAnEmptyConfig_data();
    void takesAnEmptyFileAsAnEmptyConfig();
    void takesWhatTheEngineDoesAnyway();
    void readsJsonAsWell();
    void quotesWhatYamlWouldTakeForSomethingElse();
    void takesTheSamples_data();
    void takesTheSamples();
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

void ConfigFileTest::writesNoRevokedKey() {
    ConfigFile file = everyField();
    file.keys[0].key.state = KeyState::Revoked;
    QVERIFY(writeConfigFile(file).find("keys") == std::string::npos);
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
                       "  - { name: l, address: 127.0.0.1:8080, protocols: [http1] }\n"
                       "services:\n"
                       "  - { name: s, protocol: http, targets: [a:80], balance: round-robin }\n"
                       "policies:\n"
                       "  - { name: p, authenticate: api-key }\n"
                       "  - { name: q, authenticate: { any_of: [api-key] } }\n");
    QVERIFY2(file, qPrintable(file ? QString() : listProblems(file.error())));
    QVERIFY(file->config.policies.find("p")->authenticateApiKey);
    QVERIFY(file->config.policies.find("q")->authenticateApiKey);
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
    QTest::newRow("demo") << QStringLiteral("/demo.yaml") << 9;
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

QTEST_APPLESS_MAIN(ConfigFileTest)
#include "test_config_file.moc"
