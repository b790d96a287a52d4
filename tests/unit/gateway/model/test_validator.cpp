#include "gateway/model/validator.h"

#include "gateway/model/edit.h"
#include "gateway/model/validate.h"
#include "model_samples.h"

#include <QtTest>
#include <random>

using namespace gateway::model;

class ValidatorTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsWhatTheFullValidationFinds();
    void seesWhatLeansOnSomethingThatWent();
    void looksAtNothingButTheChange();
    void looksAtNoOtherConsumerForAnIdentity();
    void seesWhatReachesRoutesThatDoNotNameIt_data();
    void seesWhatReachesRoutesThatDoNotNameIt();
    void staysWithTheLastGoodConfig();
};

namespace {

/// Random configs over few names and values, so that references break and routes overlap often.
class Dice {
public:
    explicit Dice(unsigned seed)
        : m_random(seed) {}

    std::size_t below(std::size_t count) { return m_random() % count; }
    bool oneIn(std::size_t count) { return below(count) == 0; }
    std::string name(const char* prefix, std::size_t count) { return prefix + std::to_string(below(count)); }

    Route route() {
        static const std::vector<std::string> paths = {"/a",    "/b",       "/a/{x}",   "/a/{y}",
                                                       "/a/*",  "/{x}/*",   "/{y}/b",   "/{x}/b",
                                                       "~^/a$", "~^/[ab]$", "/c/{x}/d", "/bad/*/x"};
        Route route = makeRoute(name("r", 40), paths[below(paths.size() - (oneIn(10) ? 0 : 1))]);
        route.enabled = !oneIn(8);
        route.priority = oneIn(3) ? 1 : 0;
        route.service = name("s", 4);
        for (std::size_t i = below(3); i > 0; --i) {
            route.match.hosts.push_back(name("h", 3) + ".example.com");
        }
        if (oneIn(2)) {
            route.match.methods = {oneIn(2) ? "GET" : "POST"};
        }
        if (oneIn(3)) {
            route.match.headers = {{"X-Version", oneIn(2) ? "1" : "2"}};
        }
        if (oneIn(3)) {
            route.policies = {name("p", 3)};
            if (oneIn(2)) {
                route.authorize.roles = {"admin"};
            }
        }
        if (oneIn(8)) {
            route.authorize.when = oneIn(3)   ? "has(path.x)"
                                   : oneIn(2) ? "path.y == claims.sub"
                                              : "consumer.tier in [\"" + name("t", 2) + "\"]";
        }
        if (oneIn(8)) {
            route.waives = {name("p", 3)};
        }
        return route;
    }

    Policy policy() {
        Policy policy;
        policy.name = name("p", 3);
        if (!oneIn(5)) {
            policy.authenticate = byApiKey();
            if (oneIn(2)) {
                using Kind = Credential::Kind;
                policy.authenticate->anyOf.push_back({{oneIn(2)   ? Kind::ClientCertificate
                                                       : oneIn(2) ? Kind::Jwt
                                                                  : Kind::Introspection,
                                                       name("i", 2)}});
            }
        }
        if (oneIn(4)) {
            policy.httpsRedirect.emplace();
        }
        if (oneIn(4)) {
            policy.authorize.emplace().when = oneIn(3)   ? "path.x == \"1\""
                                              : oneIn(2) ? "request.secure"
                                                         : "consumer.tier != \"" + name("t", 2) + "\"";
        }
        if (oneIn(4)) {
            policy.identity = ForwardIdentity{{{oneIn(2) ? "X-A" : "X-B", "claims.sub"}}};
        }
        policy.everywhere = oneIn(5);
        return policy;
    }

    Consumer consumer() {
        Consumer consumer;
        consumer.name = name("c", 6);
        consumer.tier = name("t", 2);
        for (std::size_t i = below(3); i > 0; --i) {
            consumer.identities.push_back({ConsumerIdentity::Kind::CertificateName, name("n", 8)});
        }
        if (oneIn(3)) {
            consumer.identities.push_back({ConsumerIdentity::Kind::Subject, name("n", 8), name("i", 2)});
        }
        if (oneIn(4)) {
            consumer.routes = {name("r", 40)};
        }
        return consumer;
    }

    void changeProvider(Config& config) {
        IdentityProvider provider;
        provider.name = name("i", 2);
        if (oneIn(4)) {
            config.identityProviders.erase(provider.name);
            return;
        }
        provider.issuer = "https://id.example.com";
        if (oneIn(2)) {
            provider.introspection = IdentityProvider::Introspection{{}, "g", "${secret:s}"};
        }
        if (oneIn(3)) {
            provider.tier = name("t", 2);
        }
        if (oneIn(3)) {
            provider.authority = name("k", 2);
        }
        config.identityProviders.put(std::move(provider));
    }

    void change(Config& config) {
        switch (below(17)) {
        case 0:
            config.services.erase(name("s", 4));
            break;
        case 1: {
            Service service = *smallConfig().services.find("s");
            service.name = name("s", 4);
            service.targets.front().weight = oneIn(6) ? 5'000 : 2;
            if (oneIn(3)) {
                service.tls.emplace().authority = name("k", 2);
            }
            if (oneIn(3)) {
                service.policies = {name("p", 3)};
            }
            config.services.put(std::move(service));
            break;
        }
        case 2:
            config.policies.erase(name("p", 3));
            break;
        case 3:
            config.policies.put(policy());
            break;
        case 4: {
            Listener listener;
            listener.name = name("l", 3);
            listener.port = static_cast<std::uint16_t>(below(3) + 8'080);
            if (oneIn(2)) {
                listener.tls.emplace().certificates = {name("k", 2)};
                if (oneIn(2)) {
                    listener.tls->clientCertificates = Listener::ClientCertificates::Optional;
                    listener.tls->clientAuthority = name("k", 2);
                }
            }
            if (oneIn(3)) {
                listener.policies = {name("p", 3)};
            }
            if (oneIn(5)) {
                listener.keyHeader = "x-a";
            }
            config.listeners.put(std::move(listener));
            break;
        }
        case 5:
            config.consumers.put(consumer());
            break;
        case 6: {
            Tier tier = *smallConfig().tiers.find("t");
            tier.name = name("t", 2);
            if (oneIn(3)) {
                config.tiers.erase(tier.name);
            } else {
                config.tiers.put(std::move(tier));
            }
            break;
        }
        case 7:
            changeCertificate(config);
            break;
        case 8:
            config.listeners.erase(name("l", 3));
            break;
        case 9:
            config.routes.erase(name("r", 40));
            break;
        case 10:
            changeProvider(config);
            break;
        case 11:
            config.consumers.erase(name("c", 6));
            break;
        default:
            config.routes.put(route());
        }
    }

private:
    void changeCertificate(Config& config) {
        Certificate certificate;
        certificate.name = name("k", 2);
        if (oneIn(4)) {
            config.certificates.erase(certificate.name);
            return;
        }
        certificate.use = oneIn(3) ? Certificate::Use::Authority : Certificate::Use::Identity;
        if (certificate.use == Certificate::Use::Identity && oneIn(2)) {
            certificate.acme = Certificate::Acme{
                "https://acme.example/d", oneIn(2) ? name("k", 2) : "", {"a.example"}, {}, {}};
        } else {
            certificate.chain = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        }
        config.certificates.put(std::move(certificate));
    }

    std::mt19937 m_random;
};

QString textOf(const Problems& problems) {
    QString text;
    for (const Problem& problem : problems) {
        text += QString::fromStdString(problem.path + ": " + problem.message + "\n");
    }
    return text;
}

Config manyRoutes(std::size_t count) {
    Config config = smallConfig();
    std::vector<Route> routes;
    for (std::size_t i = 0; i < count; ++i) {
        routes.push_back(makeRoute("r" + std::to_string(i), "/" + std::to_string(i) + "/{id}"));
    }
    config.routes.assign(std::move(routes));
    return config;
}

} // namespace

void ValidatorTest::findsWhatTheFullValidationFinds() {
    std::size_t good = 0;
    std::size_t bad = 0;
    for (unsigned seed = 1; seed <= 60; ++seed) {
        Dice dice(seed);
        Validator validator;
        Config config;
        for (int i = 0; i < 4; ++i) {
            Service service = *smallConfig().services.find("s");
            service.name = "s" + std::to_string(i);
            config.services.put(std::move(service));
        }
        for (int step = 0; step < 150; ++step) {
            Config next = config;
            for (std::size_t edits = 1 + dice.below(3); edits > 0; --edits) {
                dice.change(next);
            }
            const Problems found = validator.validate(next);
            QCOMPARE(textOf(found), textOf(validate(next)));
            // Mostly goes on from what is good, as a gateway does, so that there are many good ones.
            if (found.empty() || dice.oneIn(20)) {
                config = next;
            }
            ++(found.empty() ? good : bad);
        }
    }
    QVERIFY2(good > 1'000 && bad > 1'000, qPrintable(QString::number(good) + u' ' + QString::number(bad)));
}

void ValidatorTest::seesWhatLeansOnSomethingThatWent() {
    Validator validator;
    Config config = smallConfig();
    QVERIFY(validator.validate(config).empty());
    config.services.erase("s");
    config.tiers.erase("t");
    config.policies.erase("p");
    const Problems problems = validator.validate(config);
    QVERIFY(!problems.empty());
    QCOMPARE(textOf(problems), textOf(validate(config)));
}

void ValidatorTest::looksAtNothingButTheChange() {
    Validator validator;
    Config config = manyRoutes(20'000);
    QVERIFY(validator.validate(config).empty());
    QVERIFY(validator.checked() >= 20'000);
    Route route = *config.routes.find("r7777");
    route.match.path = "/7777/{id}/more";
    config.routes.put(route);
    QVERIFY(validator.validate(config).empty());
    QCOMPARE(validator.checked(), std::size_t{1});
    route.match.path = "/42/{other}"; // that of r42
    config.routes.put(route);
    QCOMPARE(validator.validate(config).size(), std::size_t{1});
    QCOMPARE(validator.checked(), std::size_t{2});
}

void ValidatorTest::looksAtNoOtherConsumerForAnIdentity() {
    Validator validator;
    Config config = smallConfig();
    std::vector<Consumer> consumers;
    for (int i = 0; i < 20'000; ++i) {
        Consumer consumer;
        consumer.name = "c" + std::to_string(i);
        consumer.tier = "t";
        consumer.identities = {{ConsumerIdentity::Kind::CertificateName, consumer.name + ".example"}};
        consumers.push_back(std::move(consumer));
    }
    config.consumers.assign(std::move(consumers));
    QVERIFY(validator.validate(config).empty());
    Consumer consumer = *config.consumers.find("c7777");
    consumer.identities[0].value = "other.example";
    config.consumers.put(consumer);
    QVERIFY(validator.validate(config).empty());
    QCOMPARE(validator.checked(), std::size_t{1});
    consumer.identities[0].value = "c42.example";
    config.consumers.put(consumer);
    const Problems problems = validator.validate(config);
    QCOMPARE(listProblems(problems, false), QStringLiteral("duplicate consumers[c7777].identities[0]\n"));
    QCOMPARE(validator.checked(), std::size_t{2});
    // What somebody gave up is free for others.
    consumer.identities[0].value = "c7777.example";
    config.consumers.put(consumer);
    QVERIFY(validator.validate(config).empty());
}

void ValidatorTest::seesWhatReachesRoutesThatDoNotNameIt_data() {
    QTest::addColumn<QString>("place");
    QTest::newRow("everywhere") << QStringLiteral("everywhere");
    QTest::newRow("of the service") << QStringLiteral("service");
    QTest::newRow("of a listener") << QStringLiteral("listener");
}

void ValidatorTest::seesWhatReachesRoutesThatDoNotNameIt() {
    QFETCH(QString, place);
    Config config = smallConfig();
    Route route = config.routes[0];
    route.policies.clear();
    route.authorize.roles = {"partner"};
    config.routes.put(route);
    Policy policy = config.policies[0];
    policy.hsts.emplace();
    policy.everywhere = place == QLatin1String("everywhere");
    config.policies.put(policy);
    Listener listener = config.listeners[0];
    Service service = config.services[0];
    if (place == QLatin1String("service")) {
        service.policies = {"p"};
        config.services.put(service);
    } else if (place == QLatin1String("listener")) {
        policy.hsts.reset();
        policy.authorize.emplace().scopes = {"read"};
        config.policies.put(policy);
        listener.policies = {"p"};
        config.listeners.put(listener);
    }
    Validator validator;
    QCOMPARE(listProblems(validator.validate(config), false), QString());
    policy.authenticate.reset();
    config.policies.put(policy);
    const Problems problems = validator.validate(config);
    QVERIFY(!problems.empty());
    QCOMPARE(textOf(problems), textOf(validate(config)));
}

void ValidatorTest::staysWithTheLastGoodConfig() {
    Validator validator;
    const Config good = smallConfig();
    QVERIFY(validator.validate(good).empty());
    Config bad = good;
    bad.services.erase("s");
    QVERIFY(!validator.validate(bad).empty());
    QVERIFY(!validator.validate(bad).empty());
    QVERIFY(validator.validate(good).empty());
}

QTEST_APPLESS_MAIN(ValidatorTest)
#include "test_validator.moc"
