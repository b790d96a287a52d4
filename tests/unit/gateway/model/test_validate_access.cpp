#include "gateway/model/validate.h"
#include "model_samples.h"

#include <QtTest>
#include <functional>

using namespace gateway::model;
using namespace std::chrono_literals;

using Change = std::function<void(Config&)>;
Q_DECLARE_METATYPE(Change)

class ValidateAccessTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesEveryField();
    void saysWhatCannotWork_data();
    void saysWhatCannotWork();
    void takesWhatCanWork_data();
    void takesWhatCanWork();
    void saysWhereARuleIsWrong();
    void namesBothConsumersOfOneIdentity();
    void looksForIdentitiesOfOthersWhileOneIsEdited();
};

namespace {

using Way = std::vector<Credential>;
constexpr auto jwt = Credential::Kind::Jwt;
constexpr auto introspection = Credential::Kind::Introspection;
constexpr auto certificate = Credential::Kind::ClientCertificate;

/// smallConfig() with a listener that asks for certificates, an identity provider and a policy of each kind.
/// The service brings "limited", the listener "known", and "all" holds everywhere; the route has /a/{id}.
Config accessConfig() {
    Config config = smallConfig();
    const std::string pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    Certificate site;
    site.name = "site";
    site.chain = pem;
    config.certificates.put(site);
    Certificate authority;
    authority.name = "authority";
    authority.use = Certificate::Use::Authority;
    authority.chain = pem;
    config.certificates.put(authority);
    Listener listener = config.listeners[0];
    listener.tls = Listener::Tls{{"site"}, false, Listener::ClientCertificates::Optional, "authority"};
    listener.policies = {"known"};
    config.listeners.put(listener);
    IdentityProvider provider;
    provider.name = "i";
    provider.issuer = "https://id.example.com";
    provider.introspection = IdentityProvider::Introspection{{}, "gateway", "${secret:i}"};
    config.identityProviders.put(provider);
    Policy known;
    known.name = "known";
    known.authenticate = Authenticate{{{Credential{}}, {{jwt, "i"}}}};
    config.policies.put(known);
    Policy limited;
    limited.name = "limited";
    limited.authorize = Authorize{{"read"}, {}, {}, {}, "path.id == \"1\""};
    config.policies.put(limited);
    Policy all;
    all.name = "all";
    all.authorize = Authorize{{}, {}, {"partner"}, {}, {}};
    all.everywhere = true;
    config.policies.put(all);
    Policy told;
    told.name = "told";
    told.identity = ForwardIdentity{{{"X-User", "claims.sub"}}, {ForwardIdentity::Token{}}};
    config.policies.put(told);
    Service service = config.services[0];
    service.policies = {"limited"};
    config.services.put(service);
    Route route = config.routes[0];
    route.match.path = "/a/{id}";
    config.routes.put(route);
    return config;
}

template<class T>
auto edit(Collection<T> Config::*items, const char* name) {
    return [items, name](const std::function<void(T&)>& change) -> Change {
        return [items, name, change](Config& config) {
            T item = *(config.*items).find(name);
            change(item);
            (config.*items).put(std::move(item));
        };
    };
}

const auto provider = edit(&Config::identityProviders, "i");
const auto consumer = edit(&Config::consumers, "c");
const auto policy = edit(&Config::policies, "p");
const auto told = edit(&Config::policies, "told");
const auto route = edit(&Config::routes, "r");
const auto listener = edit(&Config::listeners, "l");
const auto service = edit(&Config::services, "s");

Change ways(std::vector<Way> ways) {
    return policy([ways](Policy& p) { p.authenticate->anyOf = ways; });
}

Change both(Change one, Change other) {
    return [one = std::move(one), other = std::move(other)](Config& config) {
        one(config);
        other(config);
    };
}

/// Nobody asks who calls: only "p" on the route did, and the listener.
Change nobodyAsks() {
    return both(listener([](Listener& l) { l.policies.clear(); }),
                route([](Route& r) { r.policies.clear(); }));
}

Change withoutOthers() {
    return both([](Config& config) { config.policies.erase("all"); },
                service([](Service& s) { s.policies.clear(); }));
}

using Row = std::function<void(const char* problem, const char* name, Change change)>;

void addProviderRows(const Row& row) {
    const auto issuer = [](const char* url) {
        return provider([url](IdentityProvider& p) { p.issuer = url; });
    };
    row("not-allowed identity_providers[i].issuer", "no URL", issuer("id.example.com"));
    row("not-allowed identity_providers[i].issuer", "nothing", issuer(""));
    row("not-allowed identity_providers[i].issuer", "in the clear", issuer("http://id.example.com"));
    row("not-allowed identity_providers[i].issuer", "looks like this machine",
        issuer("http://127.0.0.1.example.com"));
    row("not-allowed identity_providers[i].issuer", "a fragment", issuer("https://id.example.com/#a"));
    row("not-allowed identity_providers[i].issuer", "a query", issuer("https://id.example.com/?a=b"));
    row("not-allowed identity_providers[i].issuer", "a user", issuer("https://a@id.example.com"));
    row("not-allowed identity_providers[i].issuer", "no host", issuer("https:///a"));
    row("not-allowed identity_providers[i].issuer", "no port", issuer("https://id.example.com:"));
    row("not-allowed identity_providers[i].issuer", "a huge port", issuer("https://id.example.com:70000"));
    row("not-allowed identity_providers[i].issuer", "a space", issuer("https://id.example.com/a b"));
    row("not-allowed identity_providers[i].issuer", "IPv6 without brackets", issuer("https://::1/"));
    const auto of = [&](const char* problem, const char* name, void (*change)(IdentityProvider&)) {
        row((std::string("not-allowed identity_providers[i].") + problem).c_str(), name, provider(change));
    };
    of("audience[0]", "empty", [](auto& p) { p.audience = {""}; });
    of("algorithms", "none", [](auto& p) { p.algorithms.clear(); });
    of("algorithms[1]", "no signature", [](auto& p) { p.algorithms = {"RS256", "none"}; });
    of("algorithms[1]", "two sorts", [](auto& p) {
        p.algorithms = {"HS256", "RS256"};
        p.secret = "${secret:s}";
    });
    row("duplicate identity_providers[i].algorithms[1]", "twice", provider([](IdentityProvider& p) {
            p.algorithms = {"RS256", "RS256"};
        }));
    of("secret", "missing", [](auto& p) { p.algorithms = {"HS256"}; });
    of("secret", "of public keys", [](auto& p) { p.secret = "${secret:s}"; });
    of("secret", "in the clear", [](auto& p) {
        p.algorithms = {"HS256"};
        p.secret = "hunter2";
    });
    of("secret", "without a name", [](auto& p) {
        p.algorithms = {"HS256"};
        p.secret = "${secret:}";
    });
    of("jwks", "beside a secret", [](auto& p) {
        p.algorithms = {"HS256"};
        p.secret = "${secret:s}";
        p.jwksUrl = "https://id.example.com/keys";
    });
    of("jwks", "in the clear", [](auto& p) { p.jwksUrl = "http://id.example.com/keys"; });
    of("keys", "no JSON", [](auto& p) { p.jwks = "keys"; });
    of("keys", "no set", [](auto& p) { p.jwks = R"({"kty":"RSA"})"; });
    of("keys", "an empty set", [](auto& p) { p.jwks = R"({"keys":[]})"; });
    of("keys", "a private key", [](auto& p) { p.jwks = R"({"keys":[{"kty":"RSA","d":"AA"}]})"; });
    of("keys", "a secret", [](auto& p) { p.jwks = R"({"keys":[{"kty":"oct","k":"AA"}]})"; });
    row("duplicate identity_providers[i].keys", "two sources", provider([](IdentityProvider& p) {
            p.jwks = R"({"keys":[{"kty":"RSA"}]})";
            p.jwksUrl = "https://id.example.com/keys";
        }));
    row("no-such-name identity_providers[i].authority", "none",
        provider([](IdentityProvider& p) { p.authority = "other"; }));
    row("no-such-name identity_providers[i].authority", "not trusted",
        provider([](IdentityProvider& p) { p.authority = "site"; }));
    of("types[0]", "no type", [](auto& p) { p.types = {"at jwt"}; });
    of("types[0]", "half a type", [](auto& p) { p.types = {"application/"}; });
    of("leeway", "too long", [](auto& p) { p.leeway = 301s; });
    of("max_lifetime", "none", [](auto& p) { p.lifetimeMax = 0s; });
    of("max_bytes", "too small", [](auto& p) { p.tokenBytesMax = 255; });
    of("max_bytes", "too large", [](auto& p) { p.tokenBytesMax = 65'537; });
    of("refresh", "too often", [](auto& p) { p.refresh = 999ms; });
    of("required_claims[0]", "empty", [](auto& p) { p.requiredClaims = {""}; });
    of("introspection.endpoint", "in the clear",
       [](auto& p) { p.introspection->endpoint = "http://id.example.com/i"; });
    of("introspection.client_id", "none", [](auto& p) { p.introspection->clientId = ""; });
    of("introspection.client_secret", "none", [](auto& p) { p.introspection->clientSecret = ""; });
    of("introspection.client_secret", "in the clear",
       [](auto& p) { p.introspection->clientSecret = "hunter2"; });
    of("introspection.cache", "too long", [](auto& p) { p.introspection->cache = 25h; });
    of("introspection.timeout", "too long", [](auto& p) { p.introspection->timeout = 61s; });
    of("consumer.claim", "a line break", [](auto& p) { p.consumerClaim = "a\nb"; });
    row("no-such-name identity_providers[i].tier.default", "none",
        provider([](IdentityProvider& p) { p.tier = "gold"; }));
}

void addPolicyRows(const Row& row) {
    row("not-allowed policies[p].authenticate.any_of", "no way", ways({}));
    row("not-allowed policies[p].authenticate.any_of[0]", "an empty way", ways({Way{}}));
    row("duplicate policies[p].authenticate.any_of[1]", "a way twice", ways({{{}}, {{}}}));
    row("not-allowed policies[p].authenticate.any_of", "many ways", [](Config& config) {
        std::vector<Way> many;
        for (int i = 0; i < 17; ++i) {
            IdentityProvider another = *config.identityProviders.find("i");
            another.name = "i" + std::to_string(i);
            many.push_back({{jwt, another.name}});
            config.identityProviders.put(another);
        }
        ways(many)(config);
    });
    row("no-such-name policies[p].authenticate.any_of[0].jwt", "no provider", ways({{{jwt, ""}}}));
    row("no-such-name policies[p].authenticate.any_of[1].jwt", "an unknown provider",
        ways({{{}}, {{jwt, "x"}}}));
    row("not-allowed policies[p].authenticate.any_of[0].introspection", "no introspection",
        both(ways({{{introspection, "i"}}}), provider([](IdentityProvider& p) { p.introspection.reset(); })));
    row("duplicate policies[p].authenticate.all_of[1]", "a key twice", ways({{{}, {}}}));
    row("not-allowed policies[p].authenticate.all_of[1]", "two tokens",
        ways({{{jwt, "i"}, {introspection, "i"}}}));
    row("not-allowed policies[p].authenticate.any_of[1].all_of[2]", "two tokens in one of several ways",
        ways({{{}}, {{}, {jwt, "i"}, {introspection, "i"}}}));
    row("not-allowed policies[p].authenticate.any_of[0]", "nobody asks for certificates",
        both(ways({{{certificate}}}), listener([](Listener& l) {
                 l.tls->clientCertificates = Listener::ClientCertificates::Off;
                 l.tls->clientAuthority.clear();
             })));
    row("not-allowed policies[p].authenticate.anonymous.tier", "anonymous without a tier",
        policy([](Policy& p) { p.authenticate->anonymous = true; }));
    row("no-such-name policies[p].authenticate.anonymous.tier", "an unknown tier", policy([](Policy& p) {
            p.authenticate->anonymous = true;
            p.authenticate->anonymousTier = "gold";
        }));
    row("not-allowed policies[p].authorize", "nothing asked for",
        policy([](Policy& p) { p.authorize.emplace(); }));
    row("not-allowed policies[p].authorize.scopes[0]", "an empty scope",
        policy([](Policy& p) { p.authorize.emplace().scopes = {""}; }));
    row("duplicate policies[p].authorize.any_scope[1]", "a scope twice", policy([](Policy& p) {
            p.authorize.emplace().anyScope = {"a", "a"};
        }));
    row("not-allowed policies[p].authorize.when", "a wrong rule",
        policy([](Policy& p) { p.authorize.emplace().when = "consumer.teir == \"pro\""; }));
    row("no-such-name policies[p].authorize.when", "an unknown tier in a rule", policy([](Policy& p) {
            p.authorize.emplace().when = "consumer.tier != \"t\" and not (\"gold\" == consumer.tier)";
        }));
    row("no-such-name policies[p].authorize.when", "an unknown tier in a list", policy([](Policy& p) {
            p.authorize.emplace().when = "consumer.tier in [\"t\", \"gold\"] or claims.tier == \"silver\"";
        }));
    row("not-allowed policies[all].everywhere", "a path parameter everywhere",
        edit(&Config::policies, "all")([](Policy& p) { p.authorize->when = "path.id == \"1\""; }));
    row("not-allowed listeners[l].policies[0]", "a path parameter for a listener",
        edit(&Config::policies, "known")([](Policy& p) { p.authorize.emplace().when = "has(path.id)"; }));
    const auto header = [](const char* name, const char* value) {
        return told([name, value](Policy& p) { p.identity->headers = {{name, value}}; });
    };
    row("not-allowed policies[told].identity", "nothing said", told([](Policy& p) { p.identity.emplace(); }));
    row("not-allowed policies[told].identity.headers.X A", "no name", header("X A", "claims.sub"));
    row("not-allowed policies[told].identity.headers.Connection", "of the connection",
        header("Connection", "claims.sub"));
    row("not-allowed policies[told].identity.headers.x-forwarded-for", "of the gateway",
        header("x-forwarded-for", "claims.sub"));
    row("not-allowed policies[told].identity.headers.Content-Type", "of the body",
        header("Content-Type", "claims.sub"));
    row("not-allowed policies[told].identity.headers.x-api-key", "of keys",
        header("x-api-key", "claims.sub"));
    row("not-allowed policies[told].identity.headers.X-User", "no reference", header("X-User", "\"fixed\""));
    row("not-allowed policies[told].identity.headers.X-User", "nothing to ask",
        header("X-User", "claim.sub"));
    row("duplicate policies[told].identity.headers.x-user", "a name twice", told([](Policy& p) {
            p.identity->headers = {{"X-User", "claims.sub"}, {"x-user", "claims.sub"}};
        }));
    row("duplicate policies[told].identity.token.header", "a name of both",
        told([](Policy& p) { p.identity->token[0].header = "X-User"; }));
    row("not-allowed policies[told].identity.token.lifetime", "for ever",
        told([](Policy& p) { p.identity->token[0].lifetime = 3'601s; }));
    row("not-allowed policies[told].identity.token.claims[0]", "what the gateway says",
        told([](Policy& p) { p.identity->token[0].claims = {"sub"}; }));
}

void addConsumerRows(const Row& row) {
    using Kind = ConsumerIdentity::Kind;
    const auto identity = [](const ConsumerIdentity& known) {
        return consumer([known](Consumer& c) { c.identities = {known}; });
    };
    row("not-allowed consumers[c].identities[0].provider", "a subject of nobody",
        identity({Kind::Subject, "a"}));
    row("no-such-name consumers[c].identities[0].provider", "an unknown provider",
        identity({Kind::Subject, "a", "x"}));
    row("not-allowed consumers[c].identities[0].provider", "a provider of a certificate",
        identity({Kind::CertificateName, "a", "i"}));
    row("not-allowed consumers[c].identities[0]", "nothing", identity({Kind::CertificateName, ""}));
    row("not-allowed consumers[c].identities[0]", "no subject", identity({Kind::CertificateSubject, "a"}));
    row("not-allowed consumers[c].identities[0]", "no fingerprint",
        identity({Kind::CertificateFingerprint, std::string(64, 'A')}));
    row("duplicate consumers[c].identities[1]", "twice", consumer([](Consumer& c) {
            c.identities = {{Kind::CertificateName, "a.example"}, {Kind::CertificateName, "A.example"}};
        }));
    row("not-allowed consumers[c].limit.rate", "nothing", consumer([](Consumer& c) {
            c.rate = OwnRate{0, 1s, 1};
        }));
    row("not-allowed consumers[c].limit.rate", "an odd period", consumer([](Consumer& c) {
            c.rate = OwnRate{1, 2s, 1};
        }));
    row("not-allowed consumers[c].limit.burst", "nothing", consumer([](Consumer& c) {
            c.rate = OwnRate{1, 1s, 0};
        }));
    row("not-allowed consumers[c].owner", "a line break", consumer([](Consumer& c) { c.owner = "a\nb"; }));
    row("no-such-name consumers[c].routes[1]", "an unknown route", consumer([](Consumer& c) {
            c.routes = {"r", "x"};
        }));
    row("duplicate consumers[c].routes[1]", "a route twice", consumer([](Consumer& c) {
            c.routes = {"r", "r"};
        }));
}

void addRouteRows(const Row& row) {
    row("no-such-name services[s].policies[0]", "an unknown policy",
        service([](Service& s) { s.policies = {"x"}; }));
    row("duplicate services[s].policies[1]", "a policy twice", service([](Service& s) {
            s.policies = {"limited", "limited"};
        }));
    row("not-allowed routes[r].authorize.when", "a wrong rule",
        route([](Route& r) { r.authorize.when = "true and"; }));
    row("not-allowed routes[r].authorize.when", "an unknown path parameter",
        route([](Route& r) { r.authorize.when = "has(path.user)"; }));
    row("not-allowed routes[r].action.service", "what the service's policy asks for",
        route([](Route& r) { r.match.path = "/a/{user}"; }));
    row("not-allowed routes[r].policies[1]", "what a policy asks for",
        both(route([](Route& r) {
                 r.policies = {"p", "told"};
             }),
             told([](Policy& p) {
                 p.identity->headers = {{"X-User", "path.user"}};
             })));
    row("no-such-name routes[r].waives[0]", "an unknown policy", route([](Route& r) { r.waives = {"x"}; }));
    row("duplicate routes[r].waives[1]", "twice", route([](Route& r) { r.waives = {"all", "all"}; }));
    row("not-allowed routes[r].waives[0]", "its own", route([](Route& r) { r.waives = {"p"}; }));
    row("not-allowed routes[r].waives[0]", "what does not hold", route([](Route& r) {
            r.policies = {};
            r.waives = {"p"};
        }));
    row("not-allowed routes[r].waives[0]", "no restriction",
        both(service([](Service& s) { s.policies = {"told"}; }),
             route([](Route& r) { r.waives = {"told"}; })));
    row("not-allowed routes[r].authorize", "nobody is known",
        both(both(nobodyAsks(), withoutOthers()), route([](Route& r) { r.authorize.scopes = {"a"}; })));
    row("not-allowed routes[r].policies\nnot-allowed routes[r].action.service",
        "nobody is known to what holds everywhere and the service", nobodyAsks());
    row("not-allowed routes[r].policies[0]", "nobody is known to its policy",
        both(both(nobodyAsks(), withoutOthers()), route([](Route& r) { r.policies = {"limited"}; })));
    row("not-allowed routes[r].policies", "nobody is known to the listener's",
        both(both(nobodyAsks(), withoutOthers()),
             both(edit(&Config::policies, "limited")([](Policy& p) { p.authorize->when.clear(); }),
                  listener([](Listener& l) { l.policies = {"limited"}; }))));
    row("not-allowed listeners[l].keys_path", "no path", listener([](Listener& l) { l.keysPath = "keys"; }));
    row("not-allowed listeners[l].keys_path", "many paths",
        listener([](Listener& l) { l.keysPath = "/keys/*"; }));
    row("not-allowed listeners[l].keys_path", "a path that is resolved",
        listener([](Listener& l) { l.keysPath = "/a/../keys"; }));
    row("not-allowed listeners[l].keys_path", "taken by metadata",
        listener([](Listener& l) { l.keysPath = "/.well-known/oauth-protected-resource/a"; }));
}

} // namespace

void ValidateAccessTest::takesEveryField() {
    QCOMPARE(listProblems(validate(accessConfig()), false), QString());
}

void ValidateAccessTest::saysWhatCannotWork_data() {
    QTest::addColumn<Change>("edit");
    QTest::addColumn<QString>("problem");
    const Row row = [](const char* problem, const char* name, Change change) {
        QTest::addRow("%s: %s", problem, name)
            << std::move(change) << QString::fromLatin1(problem) + QLatin1Char('\n');
    };
    addProviderRows(row);
    addPolicyRows(row);
    addConsumerRows(row);
    addRouteRows(row);
}

void ValidateAccessTest::saysWhatCannotWork() {
    QFETCH(Change, edit);
    QFETCH(QString, problem);
    Config config = accessConfig();
    edit(config);
    const Problems problems = validate(config);
    QCOMPARE(listProblems(problems, false), problem);
    QVERIFY(!problems[0].message.empty());
}

void ValidateAccessTest::takesWhatCanWork_data() {
    QTest::addColumn<Change>("edit");
    const auto row = [](const char* name, Change change) { QTest::newRow(name) << std::move(change); };
    for (const char* url :
         {"http://localhost", "http://127.8.0.1:1/a", "http://[::1]:8080", "https://192.0.2.1",
          "https://[2001:db8::1]/realms/a", "https://id-1.example.com:8443/"}) {
        QTest::newRow(url) << provider([url](IdentityProvider& p) { p.issuer = url; });
    }
    row("a secret", provider([](IdentityProvider& p) {
            p.algorithms = {"HS512", "HS256"};
            p.secret = "${secret:a.b-c}";
        }));
    row("a key set", provider([](IdentityProvider& p) { p.jwks = R"({"keys":[{"kty":"EC"}]})"; }));
    row("a type with its tree", provider([](IdentityProvider& p) { p.types = {"application/at+jwt"}; }));
    row("answers that are not kept", provider([](IdentityProvider& p) { p.introspection->cache = 0ms; }));
    row("all credentials", ways({{{}, {certificate}, {jwt, "i"}}, {{introspection, "i"}}}));
    row("Authorization", told([](Policy& p) { p.identity->headers = {{"Authorization", "claims.sub"}}; }));
    row("the credential alone", told([](Policy& p) { p.identity.emplace().forwardCredential = true; }));
    row("a path parameter", route([](Route& r) { r.authorize.when = "path.id == claims.sub"; }));
    row("a capture of a regular expression", route([](Route& r) {
            r.match.path = "~^/a/(?P<id>.*)$";
            r.authorize.when = "has(path.id)";
        }));
    row("waives of all places",
        both(edit(&Config::policies, "limited")([](Policy& p) { p.hsts.emplace(); }), route([](Route& r) {
                 r.waives = {"all", "known", "limited"};
             })));
    row("a parameter that only a waived policy asks for", route([](Route& r) {
            r.match.path = "/a/{user}";
            r.waives = {"limited"};
        }));
    row("callers that only a listener asks for", route([](Route& r) { r.policies.clear(); }));
    row("a key set's place", listener([](Listener& l) { l.keysPath = "/.well-known/jwks.json"; }));
    row("nobody known, nobody asked", both(nobodyAsks(), withoutOthers()));
}

void ValidateAccessTest::takesWhatCanWork() {
    QFETCH(Change, edit);
    Config config = accessConfig();
    edit(config);
    const Problems problems = validate(config);
    QVERIFY2(problems.empty(), problems.empty() ? "" : problems[0].message.c_str());
}

void ValidateAccessTest::saysWhereARuleIsWrong() {
    Config config = accessConfig();
    route([](Route& r) { r.authorize.when = "request.secure and consumer.teir == \"pro\""; })(config);
    const Problems problems = validate(config);
    QCOMPARE(problems.size(), std::size_t{1});
    QCOMPARE(QString::fromStdString(problems[0].message),
             QStringLiteral("\"consumer.teir\" is nothing that can be asked about; did you mean "
                            "consumer.tier? (at character 20)"));
}

void ValidateAccessTest::namesBothConsumersOfOneIdentity() {
    Config config = accessConfig();
    Consumer one = *config.consumers.find("c");
    one.identities = {{ConsumerIdentity::Kind::CertificateName, "a.example"},
                      {ConsumerIdentity::Kind::Subject, "1", "i"}};
    config.consumers.put(one);
    Consumer other = one;
    other.name = "d";
    other.identities = {{ConsumerIdentity::Kind::CertificateName, "1"},
                        {ConsumerIdentity::Kind::Subject, "1", "i"}};
    config.consumers.put(other);
    const Problems problems = validate(config);
    QCOMPARE(listProblems(problems, false), QStringLiteral("duplicate consumers[d].identities[1]\n"));
    QCOMPARE(QString::fromStdString(problems[0].message),
             QStringLiteral("\"1\" is known to be the consumer \"c\" already"));
}

void ValidateAccessTest::looksForIdentitiesOfOthersWhileOneIsEdited() {
    Config config = accessConfig();
    Consumer one = *config.consumers.find("c");
    one.id.value = 1;
    one.identities = {{ConsumerIdentity::Kind::Subject, "1", "i"}};
    config.consumers.erase("c");
    config.consumers.put(one);
    QCOMPARE(listProblems(validateEntity(config, Put{one}), false), QString());
    Consumer other = one;
    other.id.value = 0;
    other.name = "d";
    QCOMPARE(listProblems(validateEntity(config, Put{other}), false),
             QStringLiteral("duplicate consumers[d].identities[0]\n"));
}

QTEST_APPLESS_MAIN(ValidateAccessTest)
#include "test_validate_access.moc"
