#include "gateway/model/codec.h"
#include "model_samples.h"

#include <QtTest>

using namespace gateway::model;

class FileProblemsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void saysKindFieldAndPlace_data();
    void saysKindFieldAndPlace();
    void saysEverythingThatIsWrong();
    void suggestsTheNearestField();
    void namesTheFeatureThatIsMissing();
    void refusesOnlyFeaturesInTheShopExample();
    void refusesTextOverTheLimit();
    void refusesNestingOverTheLimit();
    void endsQuicklyOnHostileText_data();
    void endsQuicklyOnHostileText();
    void stopsAfterAThousandProblems();
};

namespace {

QString problemsOf(const std::string& text) {
    const auto file = readConfigFile(text);
    return file ? QStringLiteral("none") : listProblems(file.error());
}

} // namespace

void FileProblemsTest::saysKindFieldAndPlace_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("problem");
    const auto row = [](const char* name, const char* text, const char* problem) {
        QTest::newRow(name) << QString::fromUtf8(text) << QString::fromLatin1(problem) + QLatin1Char('\n');
    };
    // The text itself.
    row("not YAML", "a: [1\nb: 2", "syntax  2:2");
    row("a tab", "tiers:\n\t- a", "syntax  2:2");
    row("a control character", "# a\n# \x01", "syntax  2:3");
    QTest::newRow("a second document") << QStringLiteral("{}\n---\n{}\n") << QStringLiteral("syntax  2:1\n");
    row("an anchor", "tiers: &a []", "syntax  1:8");
    row("an alias", "a: &b 1\nc: *b", "syntax  1:4");
    row("an alias of nothing", "a: *b", "syntax  1:4");
    row("a tag", "tiers: !!seq []", "syntax  1:8");
    row("a merge key", "tiers:\n  - <<: {}", "syntax  2:5");
    row("a list as a name", "? [a]\n: 1", "syntax  1:3");
    row("a list at the top", "- a", "wrong-type  1:1");
    row("text at the top", "hello", "wrong-type  1:1");
    // Fields.
    row("an unknown section", "router: []", "unknown-field router 1:1");
    row("an unknown field", "tiers:\n  - { name: t, rate: 1/day, burst: 1, x: 1 }",
        "unknown-field tiers[t].x 2:39");
    row("a field twice", "tiers:\n  - name: t\n    rate: 1/day\n    burst: 1\n    burst: 2",
        "duplicate tiers[t].burst 5:5");
    row("a missing field", "tiers:\n  - name: t\n    burst: 1", "wrong-type tiers[t].rate 2:5");
    row("a missing name", "tiers:\n  - rate: 1/day\n    burst: 1", "wrong-type tiers[0].name 2:5");
    row("an empty name", "tiers:\n  - { name: \"\", rate: 1/day, burst: 1 }", "not-allowed tiers[].name 2:3");
    row("a name twice",
        "tiers:\n  - { name: t, rate: 1/day, burst: 1 }\n  - { name: t, rate: 1/day, burst: 1 }",
        "duplicate tiers[t].name 3:13");
    // Sorts of values.
    row("a number as text", "tiers:\n  - { name: 5, rate: 1/day, burst: 1 }",
        "wrong-type tiers[5].name 2:13");
    row("nothing as text", "tiers:\n  - { name: t, rate: ~, burst: 1 }", "wrong-type tiers[t].rate 2:22");
    row("text as a number", "tiers:\n  - { name: t, rate: 1/day, burst: \"1\" }",
        "wrong-type tiers[t].burst 2:36");
    row("an octal number", "tiers:\n  - { name: t, rate: 1/day, burst: 010 }",
        "wrong-type tiers[t].burst 2:36");
    row("a hexadecimal number", "tiers:\n  - { name: t, rate: 1/day, burst: 0x1 }",
        "wrong-type tiers[t].burst 2:36");
    row("a fraction", "tiers:\n  - { name: t, rate: 1/day, burst: 1.5 }", "wrong-type tiers[t].burst 2:36");
    row("a huge number", "tiers:\n  - { name: t, rate: 1/day, burst: 99999999999999999999 }",
        "not-allowed tiers[t].burst 2:36");
    row("a bad rate", "tiers:\n  - { name: t, rate: 100/min, burst: 1 }", "wrong-type tiers[t].rate 2:22");
    row("a map as a list", "tiers: { t: 1 }", "wrong-type tiers 1:8");
    row("a port of 0", "listeners:\n  - { name: l, address: 127.0.0.1:0 }",
        "wrong-type listeners[l].address 2:25");
    row("a size without a unit", "listeners:\n  - { name: l, address: 127.0.0.1:1, limits: { body: 10 } }",
        "wrong-type listeners[l].limits.body 2:54");
    row("a size over 32 bits",
        "listeners:\n  - { name: l, address: 127.0.0.1:1, limits: { header_bytes: 5GiB } }",
        "wrong-type listeners[l].limits.header_bytes 2:62");
    row("yes is no truth",
        "routes:\n  - { name: r, enabled: yes, match: { path: /a }, action: { mock: {} } }",
        "wrong-type routes[r].enabled 2:25\nnot-supported-yet routes[r].action.mock 2:61");
    row("an unknown word", "services:\n  - { name: s, targets: [a:1], balance: robin }",
        "wrong-type services[s].balance 2:41");
    row("a key without a hash",
        "tiers: [{ name: t, rate: 1/day, burst: 1 }]\nconsumers:\n  - { name: c, tier: t, keys: [{ name: k "
        "}] }",
        "wrong-type consumers[c].keys[k].hash 3:32");
    row("a key from nowhere",
        "tiers: [{ name: t, rate: 1/day, burst: 1 }]\nconsumers:\n  - { name: c, tier: t, keys: [{ name: k, "
        "hash: "
        "\"sha256:9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab\", addresses: [10.0.0.1, "
        "10.0.0.1/8] }] }",
        "not-allowed consumers[c].keys[k].addresses[1] 3:146");
    row("two sorts of identities",
        "tiers: [{ name: t, rate: 1/day, burst: 1 }]\n"
        "consumers:\n  - { name: c, tier: t, identities: [{ subject: a, certificate_name: b }] }",
        "not-allowed consumers[c].identities[0] 3:38");
    row("a credential that is none", "policies:\n  - { name: p, authenticate: { any_of: [password] } }",
        "wrong-type policies[p].authenticate.any_of[0] 2:41");
    row("ways within ways", "policies:\n  - { name: p, authenticate: { all_of: [{ all_of: [api-key] }] } }",
        "wrong-type policies[p].authenticate.all_of[0] 2:41\n"
        "unknown-field policies[p].authenticate.all_of[0].all_of 2:43");
    row("any_of beside all_of",
        "policies:\n  - { name: p, authenticate: { any_of: [api-key], all_of: [api-key] } }",
        "not-allowed policies[p].authenticate 2:30");
    row("an algorithm that is none",
        "identity_providers:\n  - { name: i, issuer: https://i.example, algorithms: [none] }",
        "wrong-type identity_providers[i].algorithms[0] 2:56");
    row("a wrong rule", "policies:\n  - name: p\n    authorize: { when: 'consumer.teir == \"a\"' }",
        "not-allowed policies[p].authorize.when 3:24");
    row("two actions",
        "services: [{ name: s, targets: [a:1] }]\n"
        "routes:\n  - { name: r, match: { path: /a }, action: { service: s, mock: {} } }",
        "not-allowed routes[r].action 3:45\nnot-supported-yet routes[r].action.mock 3:59");
    row("no action", "routes:\n  - { name: r, match: { path: /a }, action: {} }",
        "wrong-type routes[r].action 2:45");
    row("no rule", "policies:\n  - { name: p }", "wrong-type policies[p] 2:5");
    // What the words mean together.
    row("no such tier", "consumers:\n  - name: c\n    tier: gold", "no-such-name consumers[c].tier 3:11");
    row("no such service", "routes:\n  - name: r\n    match: { path: /a }\n    action:\n      service: s",
        "no-such-name routes[r].action.service 5:16");
    row("a bad path",
        "services: [{ name: s, targets: [a:1] }]\n"
        "routes:\n  - name: r\n    match:\n      path: v1\n    action: { service: s }",
        "not-allowed routes[r].match.path 5:13");
    row("the same target", "services:\n  - name: s\n    targets:\n      - a:1\n      - A:1",
        "duplicate services[s].targets[1] 5:9");
    row("an overlap",
        "services: [{ name: s, targets: [a:1] }]\n"
        "routes:\n  - name: r\n    match: { path: /a }\n    action: { service: s }\n"
        "  - name: q\n    match: { path: /a }\n    action: { service: s }",
        "overlap routes[r].match 4:12");
}

void FileProblemsTest::saysKindFieldAndPlace() {
    QFETCH(QString, text);
    QFETCH(QString, problem);
    QCOMPARE(problemsOf(text.toStdString()), problem);
}

void FileProblemsTest::saysEverythingThatIsWrong() {
    QCOMPARE(problemsOf("tiers:\n"
                        "  - { name: a b, rate: 1/day, burst: 0 }\n"
                        "  - { name: t, rate: never, burst: 1, color: red }\n"
                        "consumers:\n"
                        "  - { name: c, tier: none, kind: robot }\n"
                        "services:\n"
                        "  - { name: s, targets: [\"a b:80\", 1.2.3:80] }\n"),
             QStringLiteral("not-allowed tiers[a b].name 2:13\n"
                            "not-allowed tiers[a b].burst 2:38\n"
                            "wrong-type tiers[t].rate 3:22\n"
                            "unknown-field tiers[t].color 3:39\n"
                            "no-such-name consumers[c].tier 5:22\n"
                            "wrong-type consumers[c].kind 5:34\n"
                            "not-allowed services[s].targets[0] 7:26\n"
                            "not-allowed services[s].targets[1] 7:36\n"));
}

void FileProblemsTest::suggestsTheNearestField() {
    const auto messageOf = [](const char* text) {
        const auto file = readConfigFile(text);
        return file ? QString() : QString::fromStdString(file.error().front().message);
    };
    QVERIFY(messageOf("route: []").contains(QStringLiteral("did you mean \"routes\"?")));
    QVERIFY(messageOf("Routes: []").contains(QStringLiteral("did you mean \"routes\"?")));
    QVERIFY(
        messageOf("identity-providers: []").contains(QStringLiteral("did you mean \"identity_providers\"?")));
    QVERIFY(messageOf("polices: []").contains(QStringLiteral("did you mean \"policies\"?")));
    QVERIFY(messageOf("zebra: []").contains(QStringLiteral("the fields are certificates, listeners, tiers")));
}

void FileProblemsTest::namesTheFeatureThatIsMissing() {
    const auto file = readConfigFile("routes:\n  - name: r\n    match: { path: /a }\n    action:\n"
                                     "      aggregate: [{ service: s, path: /b, as: x }]\n");
    QVERIFY(!file);
    QCOMPARE(QString::fromStdString(file.error().front().message),
             QStringLiteral("aggregation of several services is not supported by this version"));
}

void FileProblemsTest::refusesOnlyFeaturesInTheShopExample() {
    const auto file = readConfigFile(readTextFile(QStringLiteral(MODEL_TEST_DATA "/shop.yaml")));
    QVERIFY(!file);
    for (const Problem& problem : file.error()) {
        // The example leaves its certificate to whoever installs it.
        const bool isCertificate = problem.path == "listeners[public-tls].tls.certificates[0]";
        QVERIFY2(problem.kind == (isCertificate ? Problem::Kind::Reference : Problem::Kind::Unsupported),
                 problem.message.c_str());
        QVERIFY(problem.line > 0 && problem.column > 0);
    }
    const QString list = listProblems(file.error(), false);
    for (const char* path :
         {"tiers[free].quota", "tiers[free].concurrency", "tiers[pro].quota",
          "tiers[enterprise].when_store_is_down", "policies[storefront-cors].cors",
          "policies[internal-headers].transform_request", "routes[create-order].validate",
          "routes[orders].cache", "routes[order-overview].action.aggregate", "routes[catalog-canary].version",
          "routes[catalog-canary].action.split", "routes[old-catalog].version",
          "routes[old-catalog].deprecated", "routes[old-catalog].sunset",
          "routes[old-catalog].action.redirect", "routes[old-catalog].action.status", "checks"}) {
        QVERIFY2(
            list.contains(QStringLiteral("not-supported-yet ") + QLatin1String(path) + QLatin1Char('\n')),
            path);
    }
    QCOMPARE(static_cast<int>(file.error().size()), 18);
}

void FileProblemsTest::refusesTextOverTheLimit() {
    QCOMPARE(problemsOf(std::string(64 * 1024 * 1024 + 1, '\n')), QStringLiteral("syntax  0:0\n"));
}

void FileProblemsTest::refusesNestingOverTheLimit() {
    const std::string deep = std::string(65, '[') + std::string(65, ']');
    QCOMPARE(problemsOf(deep), QStringLiteral("syntax  1:65\n"));
    QCOMPARE(problemsOf(deep.substr(1, 128)), QStringLiteral("wrong-type  1:1\n"));
}

void FileProblemsTest::endsQuicklyOnHostileText_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("open brackets") << QByteArray(100'000, '[');
    QTest::newRow("open braces") << QByteArray(100'000, '{');
    QTest::newRow("nested maps in flow") << QByteArray("{a: ").repeated(20'000);
    QTest::newRow("dashes") << QByteArray("- ").repeated(50'000);
    QTest::newRow("question marks") << QByteArray("? ").repeated(50'000);
    QByteArray bomb("a0: &a0 [x]\n");
    for (int i = 1; i < 40; ++i) {
        bomb += "a" + QByteArray::number(i) + ": &a" + QByteArray::number(i) + " [*a" +
                QByteArray::number(i - 1) + ", *a" + QByteArray::number(i - 1) + "]\n";
    }
    QTest::newRow("a bomb of aliases") << bomb;
    QTest::newRow("a long word") << QByteArray(1'000'000, 'a');
    QTest::newRow("bytes that are no UTF-8") << QByteArray("a: \xC0\xAF");
    QTest::newRow("a surrogate") << QByteArray("a: \xED\xA0\x80");
}

void FileProblemsTest::endsQuicklyOnHostileText() {
    QFETCH(QByteArray, text);
    QVERIFY(!readConfigFile(text.toStdString()));
}

void FileProblemsTest::stopsAfterAThousandProblems() {
    std::string text = "routes:\n";
    for (int i = 0; i < 5000; ++i) {
        text += "  - x: 1\n";
    }
    const auto file = readConfigFile(text);
    QVERIFY(!file);
    QVERIFY(file.error().size() >= 1000 && file.error().size() < 1100);
}

QTEST_APPLESS_MAIN(FileProblemsTest)
#include "test_file_problems.moc"
