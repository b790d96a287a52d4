#include "gateway/service/effective_access.h"

#include "gateway/auth/revocations.h"
#include "gateway/base/digest.h"
#include "tests/integration/test_gateway.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/token_signer.h"

#include <QtTest>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

using namespace gateway;
using service::AccessLine;
using support::RawClient;
using Verdict = AccessLine::Verdict;

/// What reports say of random configurations, against what the gateway does with requests.
class AccessReportTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void reportsAgreeWithWhatRequestsMeet();
    void whatIsSaidOfStrangersAgreesWithWhatTheyMeet();
};

namespace {

constexpr std::size_t routeCount = 5;
constexpr std::size_t consumerCount = 4;

/// An identity provider whose keys stand in its settings.
class Issuer {
public:
    [[nodiscard]] model::IdentityProvider settings() const {
        model::IdentityProvider provider;
        provider.name = "corp";
        provider.issuer = "https://corp.example";
        provider.algorithms = {"ES256"};
        provider.jwks = R"({"keys":[)" + m_signer.jwk("one") + "]}";
        return provider;
    }
    [[nodiscard]] std::string token(const nlohmann::json& more) const {
        const auto now =
            std::chrono::duration_cast<std::chrono::seconds>(SystemClock().wallTime().time_since_epoch());
        nlohmann::json claims{
            {"iss", "https://corp.example"}, {"iat", now.count()}, {"exp", now.count() + 3600}};
        claims.update(more);
        return m_signer.token(R"({"alg":"ES256","kid":"one"})", claims.dump(), "ES256");
    }

private:
    support::TokenSigner m_signer{support::TokenSigner::Kind::P256};
};

std::string numbered(const char* word, std::size_t number) {
    return word + std::to_string(number);
}

/// Random configurations that are about nothing but who may call.
class Dice {
public:
    explicit Dice(std::uint32_t seed)
        : m_random(seed) {}

    [[nodiscard]] std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(m_random);
    }
    [[nodiscard]] bool oneIn(std::size_t times) { return below(times) == 0; }
    [[nodiscard]] std::vector<std::string> some(const std::vector<std::string>& all, std::size_t times) {
        std::vector<std::string> chosen;
        for (const std::string& each : all) {
            if (oneIn(times)) {
                chosen.push_back(each);
            }
        }
        return chosen;
    }
    [[nodiscard]] model::Authorize authorize() {
        model::Authorize result;
        switch (below(6)) {
        case 0:
            result.scopes = {"read"};
            break;
        case 1:
            result.anyScope = {"read", "write"};
            break;
        case 2:
            result.roles = {"ops", "audit"};
            break;
        case 3:
            result.allRoles = {"ops"};
            break;
        default:
            result.when = rules[below(rules.size())];
        }
        return result;
    }
    [[nodiscard]] model::Authenticate authenticate() {
        using Kind = model::Credential::Kind;
        const model::Credential key{};
        const model::Credential jwt{.kind = Kind::Jwt, .provider = "corp"};
        model::Authenticate result;
        const std::vector<std::vector<model::Credential>> ways{{key}, {jwt}, {key, jwt}};
        result.anyOf.push_back(ways[below(ways.size())]);
        if (const auto& more = ways[below(ways.size())]; oneIn(2) && more != result.anyOf.front()) {
            result.anyOf.push_back(more);
        }
        if (oneIn(4)) {
            result.anonymous = true;
            result.anonymousTier = "free";
        }
        return result;
    }

private:
    const std::vector<std::string> rules{
        R"(consumer.tier == "pro")",
        R"(not (consumer.attributes.region == "eu"))",
        R"("ops" in consumer.roles or consumer.kind == "agent")",
        R"(request.method == "GET" and consumer.tier != "free")",
        R"(request.method == "DELETE")",
        R"(claims.department == "sales" or caller.method == "api-key")",
        R"(not ("write" in caller.scopes))",
        R"(request.address in ["127.0.0.0/8"] and has(consumer.name))",
    };
    std::mt19937 m_random;
};

const std::vector<std::string> policyNames{"p0", "p1", "p2", "p3", "p4", "p5"};

model::Config randomConfig(Dice& dice, const model::IdentityProvider& issuer, std::uint16_t target) {
    model::Config config;
    for (const char* name : {"free", "pro"}) {
        model::Tier tier;
        tier.name = name;
        tier.requests = 1'000'000;
        tier.burst = 1'000'000;
        config.tiers.put(tier);
    }
    model::IdentityProvider corp = issuer;
    if (dice.oneIn(3)) {
        corp.consumerClaim = "client";
    }
    if (dice.oneIn(2)) {
        corp.rolesClaim = "roles";
    }
    if (dice.oneIn(2)) {
        corp.tier = "free";
    }
    config.identityProviders.put(corp);
    for (const std::string& name : policyNames) {
        model::Policy policy;
        policy.name = name;
        if (dice.oneIn(2)) {
            policy.authenticate = dice.authenticate();
        } else {
            policy.authorize = dice.authorize();
        }
        policy.everywhere = dice.oneIn(12);
        config.policies.put(policy);
    }
    for (const char* name : {"inside", "outside"}) {
        model::Listener listener;
        listener.name = name;
        listener.policies = dice.some(policyNames, 8);
        config.listeners.put(listener);
    }
    model::Service service;
    service.name = "origin";
    service.targets = {{"127.0.0.1", target, 1}};
    service.policies = dice.some(policyNames, 10);
    config.services.put(service);
    for (std::size_t i = 0; i < routeCount; ++i) {
        model::Route route;
        route.name = numbered("r", i);
        route.match.path = "/" + route.name;
        route.service = "origin";
        route.policies = dice.some(policyNames, 4);
        if (dice.oneIn(3)) {
            route.authorize = dice.authorize();
        }
        for (const std::string& name : policyNames) {
            const auto isIn = [&name](const std::vector<std::string>& list) {
                return std::find(list.begin(), list.end(), name) != list.end();
            };
            if ((isIn(service.policies) || config.policies.find(name)->everywhere) && !isIn(route.policies) &&
                dice.oneIn(2)) {
                route.waives.push_back(name);
            }
        }
        config.routes.put(route);
    }
    for (std::size_t i = 0; i < consumerCount; ++i) {
        model::Consumer consumer;
        consumer.name = numbered("c", i);
        consumer.tier = dice.oneIn(2) ? "free" : "pro";
        consumer.roles = dice.some({"ops", "audit"}, 2);
        if (dice.oneIn(2)) {
            consumer.attributes["region"] = dice.oneIn(2) ? "eu" : "us";
        }
        if (dice.oneIn(2)) {
            consumer.identities = {{.kind = model::ConsumerIdentity::Kind::Subject,
                                    .value = numbered("sub-", i),
                                    .provider = "corp"}};
        }
        if (dice.oneIn(4)) {
            consumer.kind = model::ConsumerKind::Agent;
            consumer.owner = "alice";
            consumer.routes = {"r0", "r1"};
        }
        config.consumers.put(consumer);
    }
    return config;
}

/// A configuration that runs, with keys and revocations, and the reports about it.
class House {
public:
    House(Dice& dice)
        : m_gateway(1) {
        m_published = m_gateway.publish(randomConfig(dice, m_issuer.settings(), m_upstream.port()));
        if (!m_published) {
            return;
        }
        std::uint64_t id = 0;
        for (const model::Consumer& consumer : config().consumers) {
            for (std::size_t left = dice.below(3); left > 0; --left) {
                const std::string secret = auth::generateKey();
                model::ApiKey key;
                key.id = model::KeyId{++id};
                key.consumer = consumer.id;
                key.name = numbered("k", id);
                key.hash = sha256(secret);
                key.scopes = dice.some({"read", "write"}, 2);
                key.state = dice.oneIn(5) ? model::KeyState::Disabled : model::KeyState::Active;
                if (dice.oneIn(4)) {
                    key.addresses = {dice.oneIn(2) ? "127.0.0.0/8" : "10.0.0.0/8"};
                }
                m_gateway.engine().keys().put(key);
                m_roll.addNamed(key);
                m_secrets[consumer.id.value].push_back(secret);
            }
            if (dice.oneIn(6)) {
                model::Revocation revocation;
                revocation.id = model::RevocationId{++id};
                revocation.kind = model::Revocation::Kind::Consumer;
                revocation.consumer = consumer.id;
                m_revocations.push_back(revocation);
            }
        }
        m_gateway.engine().revocations().set(m_revocations);
    }

    [[nodiscard]] bool isPublished() const { return m_published; }
    [[nodiscard]] const model::Config& config() const { return m_gateway.config(); }

    [[nodiscard]] std::vector<AccessLine> report(const model::Consumer& consumer) const {
        const auth::RevocationSet revoked(m_revocations);
        return service::accessOfConsumer({config(), revoked, m_roll}, consumer);
    }

    [[nodiscard]] service::RouteAccess callers(const model::Route& route) const {
        const auth::RevocationSet revoked(m_revocations);
        return service::callersOfRoute({config(), revoked, m_roll}, route, consumerCount);
    }

    /// The same of callers who are no consumer: with tokens, or with nothing.
    [[nodiscard]] bool strangerGetsThrough(const std::string& route, bool hasToken, bool plain) {
        std::vector<std::string> tokens{""};
        if (hasToken) {
            tokens = tokensOf({{"sub", "stranger"}}, plain);
        }
        return std::any_of(tokens.begin(), tokens.end(), [&](const std::string& token) {
            return getsThrough(route, token.empty() ? "" : "Authorization: Bearer " + token + "\r\n");
        });
    }

    /// Whether some request of the consumer gets through, whatever it shows of what it has.
    /// `plain`: with tokens that say no more than whose they are.
    [[nodiscard]] bool getsThrough(const model::Consumer& consumer, const std::string& route, bool plain) {
        std::vector<std::string> keys{""};
        for (const std::string& secret : m_secrets[consumer.id.value]) {
            keys.push_back("X-API-Key: " + secret + "\r\n");
        }
        for (const std::string& token : tokensOf(consumer, plain)) {
            for (const std::string& key : keys) {
                if (getsThrough(route,
                                key + (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n"))) {
                    return true;
                }
            }
        }
        return false;
    }

private:
    [[nodiscard]] std::vector<std::string> tokensOf(const model::Consumer& consumer, bool plain) const {
        std::vector<std::string> tokens{""};
        std::vector<nlohmann::json> whose;
        for (const model::ConsumerIdentity& identity : consumer.identities) {
            whose.push_back({{"sub", identity.value}});
        }
        if (!config().identityProviders.find("corp")->consumerClaim.empty()) {
            whose.push_back({{"sub", "anybody"}, {"client", consumer.name}});
        }
        for (const nlohmann::json& who : whose) {
            const auto more = tokensOf(who, plain);
            tokens.insert(tokens.end(), more.begin(), more.end());
        }
        return tokens;
    }
    [[nodiscard]] std::vector<std::string> tokensOf(const nlohmann::json& who, bool plain) const {
        std::vector<std::string> tokens{m_issuer.token(who)};
        if (!plain) {
            nlohmann::json rich = who;
            rich.update({{"scope", "read write"}, {"roles", {"ops", "audit"}}, {"department", "sales"}});
            tokens.push_back(m_issuer.token(rich));
            rich["scope"] = "read";
            tokens.push_back(m_issuer.token(rich));
        }
        return tokens;
    }

    [[nodiscard]] bool getsThrough(const std::string& route, const std::string& fields) {
        const auto addresses = m_gateway.engine().addresses();
        return std::any_of(addresses.begin(), addresses.end(),
                           [&](const auto& each) { return ask(each.second, route, fields) == 200; });
    }

    /// Each request has an address of its own, so that failures slow nobody down.
    [[nodiscard]] int ask(const std::string& address, const std::string& route, const std::string& fields) {
        const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
        ++m_asked;
        const std::string from = "127." + std::to_string(1 + m_asked / 65'536) + '.' +
                                 std::to_string(m_asked / 256 % 256) + '.' + std::to_string(m_asked % 256);
        RawClient client(port, from);
        if (!client.send("GET /" + route + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields +
                         "\r\n")) {
            return 0;
        }
        return client.readResponse().status;
    }

    support::ScriptedUpstream m_upstream;
    Issuer m_issuer;
    TestGateway m_gateway;
    bool m_published = false;
    service::KeyRoll m_roll{SystemClock().wallTime()};
    std::vector<model::Revocation> m_revocations;
    std::map<std::uint64_t, std::vector<std::string>> m_secrets;
    unsigned m_asked = 1;
};

} // namespace

void AccessReportTest::reportsAgreeWithWhatRequestsMeet() {
    constexpr std::size_t configsWanted = 25;
    std::size_t configs = 0;
    std::map<Verdict, std::size_t> seen;
    std::size_t conditionsMet = 0;
    for (std::uint32_t seed = 1; configs < configsWanted && seed < 1'000; ++seed) {
        Dice dice(seed);
        House house(dice);
        if (!house.isPublished()) {
            continue; // a combination that is refused when it is saved
        }
        ++configs;
        for (const model::Consumer& consumer : house.config().consumers) {
            for (const AccessLine& line : house.report(consumer)) {
                ++seen[line.verdict];
                const std::string where = "seed " + std::to_string(seed) + ", " + consumer.name + " on " +
                                          line.route + " with " + line.credential + ": " +
                                          (line.why.empty() ? "" : line.why.front());
                switch (line.verdict) {
                case Verdict::Allowed:
                    QVERIFY2(house.getsThrough(consumer, line.route, true), where.c_str());
                    break;
                case Verdict::Denied:
                    QVERIFY2(!house.getsThrough(consumer, line.route, false), where.c_str());
                    break;
                case Verdict::Conditional:
                    conditionsMet += house.getsThrough(consumer, line.route, false) ? 1 : 0;
                    break;
                }
            }
        }
    }
    QCOMPARE(configs, configsWanted);
    constexpr std::size_t enough = 20;
    QVERIFY(seen[Verdict::Allowed] > enough);
    QVERIFY(seen[Verdict::Denied] > enough);
    QVERIFY(seen[Verdict::Conditional] > enough);
    QVERIFY(conditionsMet > 0);
}

void AccessReportTest::whatIsSaidOfStrangersAgreesWithWhatTheyMeet() {
    constexpr std::size_t configsWanted = 25;
    std::size_t configs = 0;
    std::map<Verdict, std::size_t> seen;
    for (std::uint32_t seed = 1'000; configs < configsWanted && seed < 2'000; ++seed) {
        Dice dice(seed);
        House house(dice);
        if (!house.isPublished()) {
            continue;
        }
        ++configs;
        for (const model::Route& route : house.config().routes) {
            const service::RouteAccess access = house.callers(route);
            QCOMPARE(access.allowed + access.conditional + access.denied, consumerCount);
            for (std::size_t i = 0; i < access.lines.size() && access.lines[i].consumer.empty(); ++i) {
                const AccessLine& line = access.lines[i];
                ++seen[line.verdict];
                const bool hasToken = i > 0; // the first line is about those who show nothing
                const std::string where = "seed " + std::to_string(seed) + ", " + route.name + ", " +
                                          line.credential + ": " + (line.why.empty() ? "" : line.why.front());
                if (line.verdict == Verdict::Allowed) {
                    QVERIFY2(house.strangerGetsThrough(route.name, hasToken, true), where.c_str());
                } else if (line.verdict == Verdict::Denied) {
                    QVERIFY2(!house.strangerGetsThrough(route.name, hasToken, false), where.c_str());
                }
            }
        }
    }
    QCOMPARE(configs, configsWanted);
    constexpr std::size_t enough = 5;
    QVERIFY(seen[Verdict::Allowed] > enough);
    QVERIFY(seen[Verdict::Denied] > enough);
    QVERIFY(seen[Verdict::Conditional] > enough);
}

QTEST_GUILESS_MAIN(AccessReportTest)
#include "access_report_test.moc"
