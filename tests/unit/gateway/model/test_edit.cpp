#include "gateway/model/edit.h"
#include "gateway/model/validate.h"
#include "model_samples.h"

#include <QtTest>

using namespace gateway::model;

class EditTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void givesIdsToNewEntities();
    void replacesTheEntityWithTheId();
    void followsARenameAndSaysSo();
    void followsARenameInWhatIsSaidAboutWhoMayCall();
    void reusesANameThatAnEarlierEditFreed();
    void leavesDanglingReferencesToValidation();
    void putsConditionsInOrder();
    void refusesWithoutChangingAnything_data();
    void refusesWithoutChangingAnything();
    void findsNoDifferenceBetweenEquals();
    void findsADifferenceThatLeadsFromOneToTheOther();
    void appliesAHundredThousandEditsAtOnce();

private:
    Config m_config; ///< smallConfig with ids 1 to 6
};

namespace {

template<class T>
void setId(Collection<T>& items, std::uint64_t id) {
    T item = items[0];
    item.id.value = id;
    items.put(item);
}

} // namespace

void EditTest::init() {
    m_config = smallConfig();
    setId(m_config.listeners, 1);
    setId(m_config.tiers, 2);
    setId(m_config.consumers, 3);
    setId(m_config.services, 4);
    setId(m_config.policies, 5);
    setId(m_config.routes, 6);
}

void EditTest::givesIdsToNewEntities() {
    std::vector<Edit> edits{Put{makeRoute("x", "/x")}, Put{makeRoute("y", "/y")}};
    std::uint64_t nextId = 7;
    const auto config = applyEdits(m_config, edits, nextId);
    QVERIFY(config);
    QCOMPARE(nextId, std::uint64_t{9});
    QCOMPARE(config->routes.size(), std::size_t{3});
    QCOMPARE(config->routes.find("x")->id.value, std::uint64_t{7});
    QCOMPARE(std::get<Route>(std::get<Put>(edits[1]).entity).id.value, std::uint64_t{8});
    QVERIFY(config->routes.pointer(0) == m_config.routes.pointer(0));
}

void EditTest::replacesTheEntityWithTheId() {
    Route route = m_config.routes[0];
    route.match.path = "/new";
    std::vector<Edit> edits{Put{route}};
    std::uint64_t nextId = 7;
    const auto config = applyEdits(m_config, edits, nextId);
    QVERIFY(config);
    QCOMPARE(nextId, std::uint64_t{7});
    QCOMPARE(config->routes.size(), std::size_t{1});
    QCOMPARE(QString::fromStdString(config->routes[0].match.path), QStringLiteral("/new"));
}

void EditTest::followsARenameAndSaysSo() {
    Tier tier = m_config.tiers[0];
    tier.name = "T";
    Service service = m_config.services[0];
    service.name = "S";
    Policy policy = m_config.policies[0];
    policy.name = "P";
    std::vector<Edit> edits{Put{tier}, Put{service}, Put{policy}};
    std::uint64_t nextId = 7;
    const auto config = applyEdits(m_config, edits, nextId);
    QVERIFY(config);
    QCOMPARE(QString::fromStdString(config->consumers[0].tier), QStringLiteral("T"));
    QCOMPARE(QString::fromStdString(config->routes[0].service), QStringLiteral("S"));
    QCOMPARE(QString::fromStdString(config->routes[0].policies[0]), QStringLiteral("P"));
    QCOMPARE(config->tiers.size(), std::size_t{1});
    QCOMPARE(listProblems(validate(*config), false), QString());
    QCOMPARE(edits.size(), std::size_t{5});
    QVERIFY((edits[3] == Edit{Put{config->consumers[0]}}));
    QVERIFY((edits[4] == Edit{Put{config->routes[0]}}));
}

void EditTest::followsARenameInWhatIsSaidAboutWhoMayCall() {
    IdentityProvider provider;
    provider.id.value = 7;
    provider.name = "i";
    provider.issuer = "https://id.example.com";
    provider.tier = "t";
    m_config.identityProviders.put(provider);
    Consumer consumer = m_config.consumers[0];
    consumer.identities = {{ConsumerIdentity::Kind::Subject, "a", "i"}};
    consumer.routes = {"r"};
    m_config.consumers.put(consumer);
    Service service = m_config.services[0];
    service.policies = {"q"};
    m_config.services.put(service);
    Policy other = m_config.policies[0];
    other.id.value = 8;
    other.name = "q";
    other.authenticate = Authenticate{{{{Credential::Kind::Jwt, "i"}}}, true, "t"};
    m_config.policies.put(other);
    Route route = m_config.routes[0];
    route.waives = {"q"};
    m_config.routes.put(route);
    QCOMPARE(listProblems(validate(m_config), false), QString());
    provider.name = "I";
    Tier tier = m_config.tiers[0];
    tier.name = "T";
    other.name = "Q";
    other.authenticate->anonymousTier = "T";
    route.name = "R";
    std::vector<Edit> edits{Put{route}, Put{tier}, Put{other}, Put{provider}};
    std::uint64_t nextId = 9;
    const auto config = applyEdits(m_config, edits, nextId);
    QVERIFY(config);
    QCOMPARE(config->consumers[0].identities[0].provider, std::string("I"));
    QCOMPARE(config->consumers[0].routes, std::vector<std::string>{"R"});
    QCOMPARE(config->services[0].policies, std::vector<std::string>{"Q"});
    QCOMPARE(config->policies.find("Q")->authenticate->anyOf[0][0].provider, std::string("I"));
    QCOMPARE(config->routes[0].waives, std::vector<std::string>{"Q"});
    QCOMPARE(config->identityProviders[0].name, std::string("I"));
}

void EditTest::reusesANameThatAnEarlierEditFreed() {
    Route renamed = m_config.routes[0];
    renamed.name = "old";
    std::vector<Edit> edits{Put{renamed}, Put{makeRoute("r", "/b")}, Remove{EntityKind::Policy, 5},
                            Put{Policy{{}, "p", byApiKey()}}};
    std::uint64_t nextId = 7;
    const auto config = applyEdits(m_config, edits, nextId);
    QVERIFY(config);
    QCOMPARE(config->routes.find("old")->id.value, std::uint64_t{6});
    QCOMPARE(config->routes.find("r")->id.value, std::uint64_t{7});
    QCOMPARE(config->policies.find("p")->id.value, std::uint64_t{8});
}

void EditTest::leavesDanglingReferencesToValidation() {
    std::vector<Edit> edits{Remove{EntityKind::Service, 4}};
    std::uint64_t nextId = 7;
    const auto config = applyEdits(m_config, edits, nextId);
    QVERIFY(config);
    QVERIFY(config->services.empty());
    QCOMPARE(listProblems(validate(*config), false),
             QStringLiteral("no-such-name routes[r].action.service\n"));
}

void EditTest::putsConditionsInOrder() {
    Route route = m_config.routes[0];
    route.match.headers = {{"B", "1"}, {"A", "2"}};
    std::vector<Edit> edits{Put{route}};
    std::uint64_t nextId = 7;
    const auto config = applyEdits(m_config, edits, nextId);
    QVERIFY(config);
    QCOMPARE(QString::fromStdString(config->routes[0].match.headers[0].name), QStringLiteral("A"));
    QVERIFY((edits[0] == Edit{Put{config->routes[0]}}));
}

void EditTest::refusesWithoutChangingAnything_data() {
    QTest::addColumn<int>("which");
    QTest::addColumn<QString>("code");
    QTest::newRow("a new one of a name that is taken") << 0 << QStringLiteral("name-taken");
    QTest::newRow("a rename to a name that is taken") << 1 << QStringLiteral("name-taken");
    QTest::newRow("a put of an id that is gone") << 2 << QStringLiteral("gone");
    QTest::newRow("a removal of an id that is gone") << 3 << QStringLiteral("gone");
    QTest::newRow("a removal of an id of another kind") << 4 << QStringLiteral("gone");
    QTest::newRow("a put after its removal") << 5 << QStringLiteral("gone");
}

void EditTest::refusesWithoutChangingAnything() {
    QFETCH(int, which);
    QFETCH(QString, code);
    Route gone = makeRoute("x", "/x");
    gone.id.value = 99;
    Route renamed = m_config.routes[0];
    renamed.name = "first";
    std::vector<Edit> edits{Put{makeRoute("first", "/first")}};
    const std::vector<std::vector<Edit>> tries{{Put{makeRoute("r", "/b")}},
                                               {Put{renamed}},
                                               {Put{gone}},
                                               {Remove{EntityKind::Route, 99}},
                                               {Remove{EntityKind::Route, 5}},
                                               {Remove{EntityKind::Route, 6}, Put{m_config.routes[0]}}};
    const auto& more = tries[static_cast<std::size_t>(which)];
    edits.insert(edits.end(), more.begin(), more.end());
    const std::vector<Edit> before = edits;
    std::uint64_t nextId = 7;
    const auto config = applyEdits(m_config, edits, nextId);
    QVERIFY(!config);
    QVERIFY(config.error().kind == gateway::ErrorKind::Conflict);
    QCOMPARE(QString::fromStdString(config.error().code), code);
    QCOMPARE(nextId, std::uint64_t{7});
    QVERIFY(edits == before);
}

void EditTest::findsNoDifferenceBetweenEquals() {
    QVERIFY(difference(m_config, m_config).empty());
    QVERIFY(difference(m_config, smallConfig()).empty());
}

void EditTest::findsADifferenceThatLeadsFromOneToTheOther() {
    Config after = everyField().config;
    after.routes.put(makeRoute("r", "/changed"));
    std::vector<Edit> edits = difference(m_config, after);
    std::uint64_t nextId = 7;
    const auto config = applyEdits(m_config, edits, nextId);
    QVERIFY(config);
    QVERIFY(difference(*config, after).empty());
    QCOMPARE(config->routes.find("r")->id.value, std::uint64_t{6});
    QCOMPARE(config->routes.size(), std::size_t{3});
    QVERIFY(config->tiers.find("t") == nullptr);
}

void EditTest::appliesAHundredThousandEditsAtOnce() {
    Config after = m_config;
    std::vector<Route> routes;
    for (int i = 0; i < 100'000; ++i) {
        routes.push_back(makeRoute("r" + std::to_string(i), "/r" + std::to_string(i)));
    }
    after.routes.assign(routes);
    std::vector<Edit> edits = difference(m_config, after);
    QCOMPARE(edits.size(), std::size_t{100'001});
    std::uint64_t nextId = 7;
    const auto config = applyEdits(m_config, edits, nextId);
    QVERIFY(config);
    QCOMPARE(config->routes.size(), std::size_t{100'000});
    QCOMPARE(nextId, std::uint64_t{100'007});
    for (Route& route : routes) {
        route.match.path += "/changed";
    }
    after.routes.assign(routes);
    edits = difference(*config, after);
    const auto changed = applyEdits(*config, edits, nextId);
    QVERIFY(changed);
    QCOMPARE(nextId, std::uint64_t{100'007});
    QVERIFY(difference(*changed, after).empty());
}

QTEST_APPLESS_MAIN(EditTest)
#include "test_edit.moc"
