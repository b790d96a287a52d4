#include "model_samples.h"

#include <QFile>

using namespace gateway::model;
using namespace std::chrono_literals;

namespace {

Consumer makeConsumer() {
    Consumer consumer;
    consumer.name = "acme";
    consumer.kind = ConsumerKind::Agent;
    consumer.tier = "free";
    consumer.roles = {"partner", "503", "a b"};
    consumer.attributes = {{"region", "eu"}, {"flag", "yes"}, {"note", "say \"hi\": \xC3\xA9 # {x}"}};
    using Kind = ConsumerIdentity::Kind;
    consumer.identities = {{Kind::Subject, "auth0|1", "corp"},
                           {Kind::CertificateName, "acme.example"},
                           {Kind::CertificateSubject, "CN=acme,O=Acme"},
                           {Kind::CertificateFingerprint, std::string(64, 'a')}};
    consumer.rate = OwnRate{5, 60s, 10};
    consumer.owner = "ops@acme.example";
    consumer.routes = {"rich", "regex"};
    return consumer;
}

Service makeService() {
    Service service;
    service.name = "orders";
    service.targets = {{"127.0.0.1", 9001},
                       {"::1", 9002, 2},
                       {"orders.internal", 80, 1, true},
                       {"10.0.0.7", 80, 1000, true}};
    service.balance = Balance::ConsistentHash;
    service.hashOn = {HashOn::Source::Header, "X-User"};
    service.slowStart = 30s;
    service.concurrency = 100;
    service.health = HealthCheck{"/healthz?deep=1", 5s, 1500ms, 4, 2};
    service.outlier = Outlier{7, 1min, 34};
    service.breaker = Breaker{60, 50, 15s, 0ms};
    service.retries = {3, false, true, true, true, {429, 502, 503}, 25, true};
    service.timeouts = {1ms, 59min, 61s, 2s, 10s, 7min, 8h};
    service.protocol = Protocol::Grpc;
    service.tls = Service::Tls{true, "orders.internal", "authority", "site"};
    service.policies = {"limited"};
    return service;
}

IdentityProvider makeProvider() {
    IdentityProvider provider;
    provider.name = "corp";
    provider.issuer = "https://id.example.com/realms/shop";
    provider.audience = {"shop-api", "https://api.example.com"};
    provider.algorithms = {"ES512", "EdDSA", "PS256"};
    provider.jwksUrl = "https://id.example.com/keys";
    provider.authority = "authority";
    provider.types = {"at+jwt"};
    provider.leeway = 5s;
    provider.lifetimeMax = 1h;
    provider.tokenBytesMax = 4'096;
    provider.requiredClaims = {"jti", "tenant"};
    provider.refresh = 5min;
    provider.certificateBound = true;
    provider.senderConstrained = true;
    provider.introspection = IdentityProvider::Introspection{"https://id.example.com/introspect", "gateway",
                                                             "${secret:corp-client}", 0ms, 1500ms};
    provider.consumerClaim = "azp";
    provider.tierClaim = "plan.tier";
    provider.tier = "free";
    provider.scopesClaim = "scp";
    provider.rolesClaim = "realm_access.roles";
    return provider;
}

void addProviders(Config& config) {
    config.identityProviders.put(makeProvider());
    IdentityProvider shared;
    shared.name = "shared";
    shared.issuer = "http://127.0.0.1:9000";
    shared.algorithms = {"HS256", "HS512"};
    shared.secret = "${secret:shared}";
    config.identityProviders.put(shared);
    IdentityProvider file;
    file.name = "file";
    file.issuer = "https://ci.example.com";
    file.jwks = "{\"keys\": [{\"kty\": \"RSA\"}]}\n";
    file.scopesClaim.clear();
    config.identityProviders.put(file);
}

void addAccessPolicies(Config& config) {
    using Kind = Credential::Kind;
    const Credential key;
    const Credential certificate{Kind::ClientCertificate};
    const Credential token{Kind::Jwt, "corp"};
    Policy any;
    any.name = "any";
    any.authenticate = Authenticate{
        {{key}, {certificate}, {token}, {{Kind::Introspection, "corp"}}, {certificate, token}}, true, "free"};
    any.identity = ForwardIdentity{{{"X-Region", "consumer.attributes.region"}, {"X-User", "claims.sub"}},
                                   {{"X-Who", "orders", 30s, {"email"}}},
                                   true};
    config.policies.put(any);
    Policy all;
    all.name = "all";
    all.authenticate = Authenticate{{{certificate, key}}};
    all.identity = ForwardIdentity{{}, {ForwardIdentity::Token{}}, false};
    config.policies.put(all);
    Policy limited;
    limited.name = "limited";
    limited.authorize = Authorize{{"orders:read"},
                                  {"a", "b"},
                                  {"partner"},
                                  {"eu", "on"},
                                  "consumer.tier == \"free\" and time.hour < 18"};
    config.policies.put(limited);
    Policy everywhere;
    everywhere.name = "everywhere";
    everywhere.authenticate = byApiKey();
    everywhere.everywhere = true;
    config.policies.put(everywhere);
}

Route makeRichRoute() {
    Route route;
    route.name = "rich";
    route.enabled = false;
    route.priority = -7;
    route.match.hosts = {"api.example.com", "*.example.com"};
    route.match.path = "/v1/orders/{id}/*";
    route.match.methods = {"POST", "GET"};
    route.match.headers = {{"X-Any", "*"}, {"X-Beta", "yes"}};
    route.match.query = {{"a b", "1"}, {"page", "*"}};
    route.service = "orders";
    route.rewrite = "/api/{id}/*";
    route.policies = {"key-required"};
    route.authorize = {{"orders:write"}, {"x", "y"}, {"partner", "on"}, {"eu"}, "path.id != \"0\""};
    route.waives = {"limited"};
    route.stream = true;
    return route;
}

} // namespace

ConfigFile everyField() {
    ConfigFile file;
    // Framing is all that the model looks at.
    const std::string pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    Certificate site;
    site.name = "site";
    site.chain = pem + pem;
    file.config.certificates.put(site);
    Certificate authority;
    authority.name = "authority";
    authority.use = Certificate::Use::Authority;
    authority.chain = pem;
    authority.revocations = "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n";
    file.config.certificates.put(authority);
    Certificate renewed;
    renewed.name = "renewed";
    renewed.acme = Certificate::Acme{"https://acme.example/directory",
                                     "authority",
                                     {"a.example", "b.example"},
                                     "ops@example.com",
                                     Certificate::Challenge::TlsAlpn01};
    file.config.certificates.put(renewed);
    Listener listener;
    listener.name = "public";
    listener.host = "::1";
    listener.port = 8080;
    listener.keyHeader = "X-Key";
    listener.keyQuery = "key";
    listener.limits = {16 * 1024, 50, 1'000'001, 64, 7};
    listener.timeouts = {250ms, 90s, 1h, 0, 1500ms};
    listener.tls =
        Listener::Tls{{"site", "renewed"}, true, Listener::ClientCertificates::Optional, "authority"};
    listener.http2 = false;
    listener.proxyProtocol = true;
    listener.trustedProxies = {"10.0.0.0/8", "2001:db8::1"};
    listener.policies = {"strict"};
    listener.keysPath = "/.well-known/jwks.json";
    listener.metadata = false;
    file.config.listeners.put(listener);
    Tier tier;
    tier.name = "free";
    tier.requests = 100;
    tier.period = 60s;
    tier.burst = 20;
    file.config.tiers.put(tier);
    file.config.consumers.put(makeConsumer());
    file.config.services.put(makeService());
    addProviders(file.config);
    addAccessPolicies(file.config);
    Policy policy;
    policy.name = "key-required";
    policy.authenticate = byApiKey();
    file.config.policies.put(policy);
    Policy strict;
    strict.name = "strict";
    strict.hsts = Hsts{std::chrono::hours(24 * 400), true, true};
    file.config.policies.put(strict);
    Policy redirect;
    redirect.name = "redirect";
    redirect.httpsRedirect = HttpsRedirect{8443};
    file.config.policies.put(redirect);
    file.config.routes.put(makeRichRoute());
    Route regex = makeRoute("regex", "~^/v[12]/x/(?P<id>\\d+)$");
    regex.service = "orders";
    regex.rewrite = "/x-{id}";
    file.config.routes.put(regex);
    ApiKey key;
    key.name = "ci";
    key.prefix = "12345678";
    key.hash = gateway::sha256("a key");
    key.scopes = {"orders:read", "*"};
    key.expires = std::chrono::sys_days(std::chrono::year(2027) / 1 / 31) + 9h + 30min + 1500ms;
    key.addresses = {"10.0.0.0/8", "2001:db8::1"};
    key.state = KeyState::Disabled;
    file.keys.push_back({"acme", key});
    return file;
}

Config smallConfig() {
    Config config;
    Listener listener;
    listener.name = "l";
    listener.port = 8080;
    config.listeners.put(listener);
    Tier tier;
    tier.name = "t";
    config.tiers.put(tier);
    Consumer consumer;
    consumer.name = "c";
    consumer.tier = "t";
    config.consumers.put(consumer);
    Service service;
    service.name = "s";
    service.targets = {{"127.0.0.1", 9001, 1}};
    config.services.put(service);
    Policy policy;
    policy.name = "p";
    policy.authenticate = byApiKey();
    config.policies.put(policy);
    Route route = makeRoute("r", "/a");
    route.match.methods = {"GET"};
    route.policies = {"p"};
    config.routes.put(route);
    return config;
}

Route makeRoute(std::string name, std::string path) {
    Route route;
    route.name = std::move(name);
    route.match.path = std::move(path);
    route.service = "s";
    return route;
}

QString listProblems(const Problems& problems, bool places) {
    QString text;
    for (const Problem& problem : problems) {
        text += QString::fromLatin1(problemKindName(problem.kind)) + QLatin1Char(' ') +
                QString::fromStdString(problem.path);
        if (places) {
            text += QStringLiteral(" %1:%2").arg(problem.line).arg(problem.column);
        }
        text += QLatin1Char('\n');
    }
    return text;
}

std::string readTextFile(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}
