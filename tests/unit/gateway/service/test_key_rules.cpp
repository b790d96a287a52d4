#include "gateway/service/key_rules.h"

#include "gateway/auth/key_table.h"
#include "gateway/service/key_transfer.h"
#include "tests/unit/db/store_fixture.h"

using namespace store_fixture;
using gateway::WallTime;
using namespace std::chrono_literals;
namespace service = gateway::service;

class KeyRulesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_fixture.reset(); }

    void anIssuedKeyIsStoredByItsHash();
    void keysThatCannotWorkAreRefused_data();
    void keysThatCannotWorkAreRefused();
    void aRotatedKeyHasTheRightsOfTheFormerOne();
    void aRotatedKeyLastsAsLongAsTheFormerOneDid();
    void rotationsThatCannotWorkAreRefused();
    void successorsAreNumbered_data();
    void successorsAreNumbered();
    void aKeyThatIsOverMayGetOtherScopes();
    void theEndOfAKeyIsNotMovedIntoThePast();

    void keysGoFromOneDatabaseToAnother();
    void revokedKeysAreNotExported();
    void anImportNamesTheKeyThatIsWrong_data();
    void anImportNamesTheKeyThatIsWrong();
    void keysAreReadFromYaml();
    void anEmptyFileHasNoKeys();
    void textsThatHoldNoKeysAreRefused_data();
    void textsThatHoldNoKeysAreRefused();

private:
    [[nodiscard]] KeyStore& keys() const { return m_fixture->ports().keys; }
    [[nodiscard]] WallTime now() const { return m_fixture->clock.wallTime(); }
    [[nodiscard]] KeyRequest request(const std::string& name) const {
        KeyRequest wanted;
        wanted.consumer = m_acme;
        wanted.name = name;
        wanted.author = "alice";
        return wanted;
    }

    std::unique_ptr<StoreFixture> m_fixture;
    Config m_config;
    ConsumerId m_acme;
};

namespace {

std::string lineOf(const std::string& more = {}, const std::string& name = "ci", char digit = 'a') {
    return R"({"consumer":"acme","name":")" + name + R"(","hash":"sha256:)" + std::string(64, digit) + '"' +
           more + "}\n";
}

} // namespace

void KeyRulesTest::init() {
    m_fixture = std::make_unique<StoreFixture>();
    Publisher publisher(*m_fixture->stores, m_fixture->clock);
    m_acme = StoreFixture::publishConsumer(publisher, "acme");
    m_config = publisher.config();
}

void KeyRulesTest::anIssuedKeyIsStoredByItsHash() {
    KeyRequest wanted = request("ci");
    wanted.scopes = {"orders:read"};
    wanted.addresses = {"10.0.0.0/8"};
    wanted.expires = now() + 24h;
    const auto issued = service::issueKey(keys(), wanted, now());
    QVERIFY(issued);
    QVERIFY(gateway::auth::hasValidChecksum(issued->secret));
    QCOMPARE(issued->key.hash, gateway::sha256(issued->secret));
    QCOMPARE(issued->key.prefix, issued->secret.substr(0, 7));
    QVERIFY(keys().find(gateway::sha256(issued->secret)).value() == issued->key);
    QVERIFY(keys().find(issued->key.id).value() == issued->key);
    QCOMPARE(issued->key.addresses, wanted.addresses);
}

void KeyRulesTest::keysThatCannotWorkAreRefused_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("scope");
    QTest::addColumn<QString>("address");
    QTest::addColumn<int>("hours");
    QTest::addColumn<QString>("field");
    QTest::newRow("no name") << ""
                             << ""
                             << "" << 1 << "name";
    QTest::newRow("a name with a slash") << "a/b"
                                         << ""
                                         << "" << 1 << "name";
    QTest::newRow("a scope with a space") << "ci"
                                          << "a b"
                                          << "" << 1 << "scopes";
    QTest::newRow("a scope with a quote") << "ci"
                                          << "a\""
                                          << "" << 1 << "scopes";
    QTest::newRow("a host name") << "ci"
                                 << ""
                                 << "example.com" << 1 << "addresses";
    QTest::newRow("too many bits") << "ci"
                                   << ""
                                   << "10.0.0.0/33" << 1 << "addresses";
    QTest::newRow("over already") << "ci"
                                  << ""
                                  << "" << 0 << "expires";
}

void KeyRulesTest::keysThatCannotWorkAreRefused() {
    QFETCH(const QString, name);
    QFETCH(const QString, scope);
    QFETCH(const QString, address);
    QFETCH(const int, hours);
    QFETCH(const QString, field);
    KeyRequest wanted = request(name.toStdString());
    if (!scope.isEmpty()) {
        wanted.scopes = {"fine", scope.toStdString()};
    }
    if (!address.isEmpty()) {
        wanted.addresses = {"::1", address.toStdString()};
    }
    wanted.expires = now() + std::chrono::hours(hours);
    const auto refused = service::issueKey(keys(), wanted, now());
    QVERIFY(!refused);
    QCOMPARE(refused.error().problems.size(), std::size_t{1});
    QCOMPARE(refused.error().problems.front().path, field.toStdString());
    QVERIFY(keys().list(m_acme)->empty());
}

void KeyRulesTest::aRotatedKeyHasTheRightsOfTheFormerOne() {
    KeyRequest wanted = request("ci");
    wanted.scopes = {"orders:read"};
    wanted.addresses = {"10.0.0.0/8"};
    const auto former = service::issueKey(keys(), wanted, now());
    KeyRotation rotation;
    rotation.key = former->key.id;
    rotation.overlap = 1h;
    const auto fresh = service::rotateKey(keys(), rotation, now());
    QVERIFY(fresh);
    QCOMPARE(fresh->key.name, std::string("ci-2"));
    QCOMPARE(fresh->key.scopes, wanted.scopes);
    QCOMPARE(fresh->key.addresses, wanted.addresses);
    QVERIFY(!fresh->key.expires);
    QVERIFY(fresh->secret != former->secret);
    const auto ended = keys().find(former->key.id).value();
    QVERIFY(ended->expires == now() + 1h);
    QVERIFY(ended->state == KeyState::Active);
}

void KeyRulesTest::aRotatedKeyLastsAsLongAsTheFormerOneDid() {
    KeyRequest wanted = request("ci");
    wanted.expires = now() + 240h;
    const auto former = service::issueKey(keys(), wanted, now());
    m_fixture->clock.advance(200h);
    KeyRotation rotation;
    rotation.key = former->key.id;
    const auto fresh = service::rotateKey(keys(), rotation, now());
    QVERIFY(fresh->key.expires == now() + 240h);
    rotation.key = fresh->key.id;
    rotation.expires = now() + 5h;
    QVERIFY(service::rotateKey(keys(), rotation, now())->key.expires == now() + 5h);
}

void KeyRulesTest::rotationsThatCannotWorkAreRefused() {
    const auto former = service::issueKey(keys(), request("ci"), now());
    KeyRotation rotation;
    rotation.key = former->key.id;
    rotation.overlap = -1s;
    QCOMPARE(service::rotateKey(keys(), rotation, now()).error().problems.front().path,
             std::string("overlap"));
    rotation.overlap = 24h * 400;
    QCOMPARE(service::rotateKey(keys(), rotation, now()).error().problems.front().path,
             std::string("overlap"));
    rotation.overlap = 0s;
    rotation.expires = now();
    QCOMPARE(service::rotateKey(keys(), rotation, now()).error().problems.front().path,
             std::string("expires"));
    rotation.key = KeyId{77};
    QCOMPARE(service::rotateKey(keys(), rotation, now()).error().error.code, std::string("no-such-key"));
    QVERIFY(keys().find(former->key.id).value() == former->key);
}

void KeyRulesTest::successorsAreNumbered_data() {
    QTest::addColumn<QString>("former");
    QTest::addColumn<QStringList>("others");
    QTest::addColumn<QString>("next");
    QTest::newRow("the first one") << "ci" << QStringList{} << "ci-2";
    QTest::newRow("the next one") << "ci-2" << QStringList{QStringLiteral("ci")} << "ci-3";
    QTest::newRow("a name that is taken")
        << "ci" << QStringList{QStringLiteral("ci-2"), QStringLiteral("ci-3")} << "ci-4";
    QTest::newRow("a number that is none of ours") << "ci-1" << QStringList{} << "ci-1-2";
    QTest::newRow("a word behind the dash") << "ci-west" << QStringList{} << "ci-west-2";
    QTest::newRow("a name that is as long as names get")
        << QString(64, QLatin1Char('x')) << QStringList{}
        << QString(62, QLatin1Char('x')) + QStringLiteral("-2");
}

void KeyRulesTest::successorsAreNumbered() {
    QFETCH(const QString, former);
    QFETCH(const QStringList, others);
    QFETCH(const QString, next);
    std::vector<ApiKey> all;
    const QStringList names = others + QStringList{former};
    for (const QString& name : names) {
        all.push_back({});
        all.back().name = name.toStdString();
    }
    QCOMPARE(service::nextKeyName(former.toStdString(), all), next.toStdString());
}

void KeyRulesTest::aKeyThatIsOverMayGetOtherScopes() {
    KeyRequest wanted = request("ci");
    wanted.expires = now() + 1h;
    ApiKey key = service::issueKey(keys(), wanted, now())->key;
    m_fixture->clock.advance(2h);
    key.scopes = {"orders:write"};
    const auto changed = service::changeKey(keys(), key, "bob", now());
    QVERIFY(changed);
    QCOMPARE(changed->scopes, key.scopes);
    key.addresses = {"nowhere"};
    QCOMPARE(service::changeKey(keys(), key, "bob", now()).error().problems.front().path,
             std::string("addresses"));
}

void KeyRulesTest::theEndOfAKeyIsNotMovedIntoThePast() {
    ApiKey key = service::issueKey(keys(), request("ci"), now())->key;
    key.expires = now() - 1h;
    QCOMPARE(service::changeKey(keys(), key, "bob", now()).error().problems.front().path,
             std::string("expires"));
    key.expires = now() + 1h;
    QVERIFY(service::changeKey(keys(), key, "bob", now()));
}

void KeyRulesTest::keysGoFromOneDatabaseToAnother() {
    KeyRequest wanted = request("ci");
    wanted.scopes = {"orders:read", "orders:write"};
    wanted.addresses = {"10.0.0.0/8"};
    wanted.expires = now() + 24h;
    const auto first = service::issueKey(keys(), wanted, now());
    const auto second = service::issueKey(keys(), request("plain"), now());
    QVERIFY(keys().setState(second->key.id, KeyState::Disabled, "alice"));
    QVERIFY(keys().markUsed({{first->key.id, now(), 12}}));
    const auto exported = service::exportKeys(keys(), {}, m_config);
    const std::string text = service::writeKeyTransfers(*exported);
    QCOMPARE(std::count(text.begin(), text.end(), '\n'), 2);
    QVERIFY(text.find(first->secret) == std::string::npos);

    StoreFixture other;
    Publisher publisher(*other.stores, other.clock);
    const ConsumerId acme = StoreFixture::publishConsumer(publisher, "acme");
    auto read = service::readKeyTransfers(text);
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    QCOMPARE(service::importKeys(other.ports().keys, std::move(*read), publisher.config(), "bob").value(),
             std::size_t{2});
    auto expected = keys().list(m_acme).value();
    for (ApiKey& key : expected) {
        key.consumer = acme;
        key.created = std::chrono::floor<std::chrono::seconds>(key.created); // as texts say it
    }
    QVERIFY(other.ports().keys.list(acme).value() == expected);
}

void KeyRulesTest::revokedKeysAreNotExported() {
    const auto key = service::issueKey(keys(), request("ci"), now());
    QCOMPARE(service::exportKeys(keys(), m_acme, m_config)->size(), std::size_t{1});
    QVERIFY(keys().setState(key->key.id, KeyState::Revoked, "alice"));
    QVERIFY(service::exportKeys(keys(), m_acme, m_config)->empty());
}

void KeyRulesTest::anImportNamesTheKeyThatIsWrong_data() {
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("code");
    const auto row = [](const char* name, const std::string& line, const char* code) {
        QTest::newRow(name) << QByteArray::fromStdString(line) << code;
    };
    row("an unknown consumer",
        R"({"consumer":"nobody","name":"ci","hash":"sha256:)" + std::string(64, 'a') + "\"}\n",
        "no-such-consumer");
    row("a hash that is there twice", lineOf({}, "again", 'b'), "key-hash-known");
    row("a name that is there twice", lineOf({}, "first"), "key-name-taken");
    row("no digest", lineOf({}, "zero", '0'), "bad-key");
    row("a bad name", lineOf({}, "a b"), "bad-key");
    row("a bad address", lineOf(R"(,"addresses":["x"])"), "bad-key");
    row("a long prefix", lineOf(R"(,"prefix":"gh_0123456789abcd")"), "bad-key");
}

void KeyRulesTest::anImportNamesTheKeyThatIsWrong() {
    QFETCH(const QByteArray, line);
    QFETCH(const QString, code);
    auto read = service::readKeyTransfers(lineOf({}, "first", 'b') + line.toStdString());
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    const auto refused = service::importKeys(keys(), std::move(*read), m_config, "bob");
    QVERIFY(!refused);
    QCOMPARE(refused.error().error.code, code.toStdString());
    QVERIFY2(refused.error().error.message.starts_with("Key 2: "), refused.error().error.message.c_str());
    QVERIFY(keys().list(m_acme)->empty());
}

void KeyRulesTest::keysAreReadFromYaml() {
    const std::string hash = "sha256:" + std::string(64, 'c');
    for (const std::string& text :
         {"keys:\n  - { consumer: acme, name: ci, hash: \"" + hash +
              "\", scopes: [a, b], expires: 2027-01-31 }\n",
          "- consumer: acme\n  name: ci\n  hash: \"" + hash + "\"\n  scopes: [a, b]\n  expires: 2027-01-31\n",
          "[{\"consumer\":\"acme\",\"name\":\"ci\",\n\"hash\":\"" + hash +
              "\",\"scopes\":[\"a\",\"b\"],\"expires\":\"2027-01-31\"}]"}) {
        const auto read = service::readKeyTransfers(text);
        QVERIFY2(read, read ? text.c_str() : read.error().message.c_str());
        QCOMPARE(read->size(), std::size_t{1});
        QCOMPARE(read->front().consumer, std::string("acme"));
        QCOMPARE(read->front().key.name, std::string("ci"));
        QCOMPARE(read->front().key.scopes, (std::vector<std::string>{"a", "b"}));
        QVERIFY(read->front().key.expires);
    }
}

void KeyRulesTest::anEmptyFileHasNoKeys() {
    QVERIFY(service::readKeyTransfers("").value().empty());
    QVERIFY(service::readKeyTransfers("\n \n").value().empty());
    QVERIFY(service::readKeyTransfers("[]").value().empty());
    QCOMPARE(service::readKeyTransfers("\n" + lineOf() + "\n\r\n" + lineOf()).value().size(), std::size_t{2});
}

void KeyRulesTest::textsThatHoldNoKeysAreRefused_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("start");
    const auto row = [](const char* name, const std::string& text, const char* start) {
        QTest::newRow(name) << QByteArray::fromStdString(text) << start;
    };
    row("words", "acme ci", "Line 1: ");
    row("no JSON in the second line", lineOf() + "{nonsense\n", "Line 2: ");
    row("a field that nobody knows", lineOf() + "\n" + lineOf(R"(,"secret":"gh_x")"), "Line 3: ");
    row("a field that is there twice", lineOf(R"(,"name":"b")"), "Line 1: ");
    row("no hash", R"({"consumer":"acme","name":"ci"})", "Line 1: ");
    row("a hash of another kind", R"({"consumer":"acme","name":"ci","hash":"md5:abc"})", "Line 1: ");
    row("a key itself", R"({"consumer":"acme","name":"ci","hash":"gh_4f9a"})", "Line 1: ");
    row("a revoked key", lineOf(R"(,"state":"revoked")"), "Line 1: ");
    row("a bad date", lineOf(R"(,"expires":"soon")"), "Line 1: ");
    row("a bad count", lineOf(R"(,"uses":-1)"), "Line 1: ");
    row("a scope that is no list", lineOf(R"(,"scopes":"a b")"), "Line 1: ");
    row("a list of lists", lineOf(R"(,"scopes":[["a"]])"), "Line 1: ");
    row("no list under keys", "keys: 7\n", "Line 1: ");
    row("something beside keys", "keys: []\nroutes: []\n", "Line 1: ");
    row("a list of words", "- acme\n- ci\n", "Line 1: ");
}

void KeyRulesTest::textsThatHoldNoKeysAreRefused() {
    QFETCH(const QByteArray, text);
    QFETCH(const QString, start);
    const auto refused = service::readKeyTransfers(text.toStdString());
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, std::string("bad-key-file"));
    QVERIFY2(refused.error().message.starts_with(start.toStdString()), refused.error().message.c_str());
    QVERIFY(refused.error().message.find("gh_4f9a") == std::string::npos);
}

QTEST_GUILESS_MAIN(KeyRulesTest)
#include "test_key_rules.moc"
