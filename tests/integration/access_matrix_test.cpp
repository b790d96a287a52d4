#include "tests/integration/tls_support.h"
#include "tests/integration/token_issuer.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/tls_client.h"

#include "gateway/auth/revocations.h"
#include "gateway/crypto/secret_values.h"

#include <QFile>
#include <QtTest>
#include <map>

using namespace gateway;
using namespace std::chrono_literals;
using support::ScriptedUpstream;
using support::TestAuthority;
using support::TestCertificate;
using support::TlsClient;
using support::UpstreamConnection;
using support::WireRequest;
using support::WireResponse;

/// Every credential with every requirement, against a table that people read: data/access_matrix.txt.
class AccessMatrixTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isWhatTheTableSays();
};

namespace {

enum class Shows { Nothing, Known, Unknown }; // of client certificates

/// A row: what a request shows.
struct Shown {
    const char* name;
    std::string fields{};
    std::string query{};
    Shows certificate = Shows::Nothing;
};

/// A column: a route, and the listener that it is asked for at.
struct Asked {
    const char* name;
    const char* listener = "public";
};

const std::vector<Asked> columns{
    {"open"},
    {"key"},
    {"jwt"},
    {"opaque"},
    {"cert"},
    {"any"},
    {"both"},
    {"mutual"},
    {"anon"},
    {"scope"},
    {"role"},
    {"rule"},
    {"brought", "guarded"},
    {"waived", "guarded"},
};

std::string bearer(const std::string& token) {
    return "Authorization: Bearer " + token + "\r\n";
}

model::Credential by(model::Credential::Kind kind) {
    const bool isToken =
        kind == model::Credential::Kind::Jwt || kind == model::Credential::Kind::Introspection;
    return {kind, isToken ? "corp" : ""};
}

/// Asks for the items in a list of Authorize.
model::Authorize needs(std::vector<std::string> model::Authorize::*list, std::vector<std::string> items) {
    model::Authorize authorize;
    authorize.*list = std::move(items);
    return authorize;
}

/// What became of a request, in a word of the table.
std::string wordOf(const WireResponse& response) {
    if (response.status == 200) {
        return response.body;
    }
    static const std::map<std::string, std::string> words{
        {"401 key-missing", "key?"},    {"401 key-invalid", "key!"},    {"401 credential-missing", "cred?"},
        {"401 token-invalid", "cred!"}, {"403 no-consumer", "nobody"},  {"403 scope-missing", "scope"},
        {"403 role-missing", "role"},   {"403 not-authorized", "rule"},
    };
    const std::string begin = "\"code\":\"";
    const std::size_t at = response.body.find(begin);
    const std::string code =
        at == std::string::npos
            ? std::string()
            : response.body.substr(at + begin.size(),
                                   response.body.find('"', at + begin.size()) - at - begin.size());
    const std::string all = std::to_string(response.status) + " " + code;
    const auto word = words.find(all);
    return word != words.end() ? word->second : all;
}

/// The gateway with all that the table is about.
class House {
public:
    House()
        : m_gateway(1) {
        m_upstream.setHandler([](WireRequest& request, UpstreamConnection& connection) {
            const std::string client = request.field("X-Client-ID");
            connection.send(support::okResponse(client.empty() ? "-" : client));
        });
        m_introspection.setHandler([](WireRequest& request, UpstreamConnection& connection) {
            const bool isGood = support::contains(request.body, "token=opaque-good");
            connection.send(support::okResponse(isGood ? R"({"active":true,"sub":"acme-1","scope":"read"})"
                                                       : R"({"active":false})",
                                                "Content-Type: application/json\r\n"));
        });
        publish(config());
        makeKeys();
    }

    [[nodiscard]] bool isReady() const { return m_error.empty(); }
    [[nodiscard]] const std::string& error() const { return m_error; }
    [[nodiscard]] std::vector<Shown> rows() const;
    [[nodiscard]] std::string ask(const Shown& shown, const Asked& asked);
    void revokeConsumer();
    void removeConsumer();

private:
    [[nodiscard]] model::Config config();
    void addConsumers(model::Config& config) const;
    void addPolicies(model::Config& config) const;
    void publish(const model::Config& config) {
        if (!m_gateway.publish(config)) {
            m_error = m_gateway.error();
        }
    }
    void makeKeys();
    void addKey(const std::string& name, const std::string& consumer,
                const std::function<void(model::ApiKey&)>& change = {});
    [[nodiscard]] std::string key(const std::string& name) const { return keyField(m_keys.at(name)); }
    [[nodiscard]] std::string token(const nlohmann::json& more = nlohmann::json::object()) const {
        nlohmann::json claims = {{"sub", "acme-1"}, {"aud", "shop"}, {"scope", "read"}, {"jti", "t1"}};
        claims.update(more);
        return bearer(m_issuer.token(std::chrono::system_clock::now(), claims));
    }
    [[nodiscard]] TlsClient& client(const Shown& shown, const Asked& asked);
    [[nodiscard]] std::uint16_t portOf(const std::string& listener);

    TestAuthority m_authority;
    TestCertificate m_server = m_authority.issue("shop.test");
    TestCertificate m_known = m_authority.issue("acme.test");
    TestCertificate m_unknown = m_authority.issue("stranger.test");
    TokenIssuer m_issuer{"corp"};
    TokenIssuer m_impostor{"corp"};
    TokenIssuer m_other{"other"};
    ScriptedUpstream m_upstream;
    ScriptedUpstream m_introspection;
    TestGateway m_gateway;
    std::map<std::string, std::string> m_keys;
    std::map<std::pair<std::string, Shows>, std::unique_ptr<TlsClient>> m_clients;
    std::uint64_t m_lastKey = 0;
    unsigned m_lastAddress = 0;
    std::string m_error;
};

model::Config House::config() {
    m_gateway.engine().privateKeys().put(*crypto::PrivateKey::fromPem(m_server.key));
    m_gateway.engine().secrets().put("introspection", "a secret");
    model::Config config = TestGateway::basicConfig({m_upstream.port()});
    for (const char* name : {"open", "closed", "partners"}) {
        config.routes.erase(name);
    }
    model::Certificate server;
    server.name = "server";
    server.chain = m_server.chain;
    config.certificates.put(server);
    model::Certificate authority;
    authority.name = "clients";
    authority.use = model::Certificate::Use::Authority;
    authority.chain = m_authority.pem();
    config.certificates.put(authority);
    model::Listener listener = listenerOf(config);
    listener.tls = model::Listener::Tls{.certificates = {"server"},
                                        .clientCertificates = model::Listener::ClientCertificates::Optional,
                                        .clientAuthority = "clients"};
    // Each request comes from an address of its own, so that none is slowed down by those before it.
    listener.trustedProxies = {"127.0.0.0/8"};
    config.listeners.put(listener);
    listener.name = "guarded";
    listener.policies = {"key"};
    config.listeners.put(listener);
    model::IdentityProvider provider = m_issuer.settings();
    provider.audience = {"shop"};
    provider.introspection = model::IdentityProvider::Introspection{
        .endpoint = "http://" + m_introspection.address() + "/introspect",
        .clientId = "gatehouse",
        .clientSecret = "${secret:introspection}"};
    config.identityProviders.put(provider);
    addConsumers(config);
    addPolicies(config);
    for (const Asked& asked : columns) {
        model::Route route;
        route.name = asked.name;
        route.match.path = "/" + route.name;
        route.service = "backend";
        if (config.policies.find(route.name) != nullptr) {
            route.policies = {route.name};
        }
        route.waives = route.name == "waived" ? std::vector<std::string>{"key"} : std::vector<std::string>{};
        config.routes.put(route);
    }
    return config;
}

void House::addConsumers(model::Config& config) const {
    using Kind = model::ConsumerIdentity::Kind;
    model::Consumer acme = *config.consumers.find("acme");
    acme.roles = {"partner"};
    acme.attributes = {{"region", "eu"}};
    acme.identities = {{Kind::Subject, "acme-1", "corp"}, {Kind::CertificateName, "acme.test"}};
    config.consumers.put(acme);
    model::Consumer beta;
    beta.name = "beta";
    beta.tier = "pro";
    beta.identities = {{Kind::Subject, "beta-1", "corp"}};
    config.consumers.put(beta);
}

void House::addPolicies(model::Config& config) const {
    using Kind = model::Credential::Kind;
    const auto put = [&](const char* name, model::Authenticate authenticate,
                         model::Authorize authorize = {}) {
        model::Policy policy;
        policy.name = name;
        policy.authenticate = std::move(authenticate);
        if (!authorize.isEmpty()) {
            policy.authorize = std::move(authorize);
        }
        config.policies.put(policy);
    };
    const model::Authenticate any{
        .anyOf = {{by(Kind::ApiKey)}, {by(Kind::Jwt)}, {by(Kind::ClientCertificate)}}};
    put("key", model::byApiKey());
    put("jwt", {.anyOf = {{by(Kind::Jwt)}}});
    put("opaque", {.anyOf = {{by(Kind::Introspection)}}});
    put("cert", {.anyOf = {{by(Kind::ClientCertificate)}}});
    put("any", any);
    put("both", {.anyOf = {{by(Kind::ApiKey), by(Kind::Jwt)}}});
    put("mutual", {.anyOf = {{by(Kind::ClientCertificate), by(Kind::Jwt)}}});
    put("anon", {.anyOf = {{by(Kind::ApiKey)}, {by(Kind::Jwt)}}, .anonymous = true, .anonymousTier = "pro"});
    put("scope", any, needs(&model::Authorize::scopes, {"read"}));
    put("role", any, needs(&model::Authorize::roles, {"partner"}));
    model::Authorize rule;
    rule.when = R"(consumer.attributes.region == "eu")";
    put("rule", any, rule);
}

void House::addKey(const std::string& name, const std::string& consumer,
                   const std::function<void(model::ApiKey&)>& change) {
    model::ApiKey key;
    key.id.value = ++m_lastKey;
    key.consumer = m_gateway.config().consumers.find(consumer)->id;
    m_keys[name] = auth::generateKey();
    key.hash = sha256(m_keys[name]);
    key.scopes = {"read"};
    if (change) {
        change(key);
    }
    m_gateway.engine().keys().put(key);
}

void House::makeKeys() {
    if (!isReady()) {
        return;
    }
    addKey("good", "acme");
    addKey("bare", "acme", [](model::ApiKey& key) { key.scopes.clear(); });
    addKey("beta", "beta");
    addKey("expired", "acme",
           [](model::ApiKey& key) { key.expires = std::chrono::system_clock::now() - 1h; });
    addKey("disabled", "acme", [](model::ApiKey& key) { key.state = model::KeyState::Disabled; });
    addKey("revoked", "acme", [](model::ApiKey& key) { key.state = model::KeyState::Revoked; });
    addKey("elsewhere", "acme", [](model::ApiKey& key) { key.addresses = {"203.0.113.0/24"}; });
    m_keys["unknown"] = auth::generateKey();
    model::Revocation revocation;
    revocation.kind = model::Revocation::Kind::TokenId;
    revocation.value = "stolen";
    m_gateway.engine().revocations().set({revocation});
}

std::vector<Shown> House::rows() const {
    const std::int64_t now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    const std::string good = m_keys.at("good");
    const std::string basic = QByteArray::fromStdString(good + ":").toBase64().toStdString();
    const std::string fingerprint = crypto::readCertificates(m_known.chain)->front().fingerprint;
    const std::string bound = QByteArray::fromHex(QByteArray::fromStdString(fingerprint))
                                  .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals)
                                  .toStdString();
    const std::string forged =
        bearer(m_impostor.token(std::chrono::system_clock::now(), {{"sub", "acme-1"}, {"aud", "shop"}}));
    const std::string foreign =
        bearer(m_other.token(std::chrono::system_clock::now(), {{"sub", "acme-1"}, {"aud", "shop"}}));
    const std::string jwt = token();
    const std::string betaJwt = token({{"sub", "beta-1"}});
    const std::string boundJwt = token({{"cnf", {{"x5t#S256", bound}}}});
    return {
        {"nothing"},
        {"key", key("good")},
        {"key as Bearer", bearer(good)},
        {"key as Basic user", "Authorization: Basic " + basic + "\r\n"},
        {"key in query", {}, "?api_key=" + good},
        {"key without scopes", key("bare")},
        {"key of beta", key("beta")},
        {"key unknown", key("unknown")},
        {"key expired", key("expired")},
        {"key disabled", key("disabled")},
        {"key revoked", key("revoked")},
        {"key of another network", key("elsewhere")},
        {"two keys", key("good") + key("good")},
        {"key, and another as Bearer", key("good") + bearer(m_keys.at("beta"))},
        {"JWT", jwt},
        {"JWT without scopes", token({{"scope", ""}})},
        {"JWT of beta", betaJwt},
        {"JWT of nobody", token({{"sub", "stranger"}})},
        {"JWT expired", token({{"iat", now - 7200}, {"exp", now - 3600}})},
        {"JWT of tomorrow", token({{"nbf", now + 3600}})},
        {"JWT for others", token({{"aud", "else"}})},
        {"JWT of another issuer", foreign},
        {"JWT forged", forged},
        {"JWT revoked", token({{"jti", "stolen"}})},
        {"JWT bound, no certificate", boundJwt},
        {"JWT bound, certificate", boundJwt, {}, Shows::Known},
        {"JWT bound, other cert.", boundJwt, {}, Shows::Unknown},
        {"no token at all", bearer("nonsense")},
        {"two JWTs", jwt + betaJwt},
        {"opaque token", bearer("opaque-good")},
        {"certificate", {}, {}, Shows::Known},
        {"certificate of nobody", {}, {}, Shows::Unknown},
        {"key and JWT", key("good") + jwt},
        {"key, JWT of beta", key("good") + betaJwt},
        {"key, JWT expired", key("good") + token({{"iat", now - 7200}, {"exp", now - 3600}})},
        {"key unknown, JWT", key("unknown") + jwt},
        {"certificate and JWT", jwt, {}, Shows::Known},
        {"certificate, JWT of beta", betaJwt, {}, Shows::Known},
        {"certificate, key unknown", key("unknown"), {}, Shows::Known},
        {"cert. of nobody, JWT", jwt, {}, Shows::Unknown},
    };
}

std::uint16_t House::portOf(const std::string& listener) {
    for (const auto& [name, address] : m_gateway.engine().addresses()) {
        if (name == listener) {
            return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
        }
    }
    return 0;
}

TlsClient& House::client(const Shown& shown, const Asked& asked) {
    auto& client = m_clients[{asked.listener, shown.certificate}];
    if (!client) {
        support::TlsWishes wishes;
        if (shown.certificate != Shows::Nothing) {
            const TestCertificate& own = shown.certificate == Shows::Known ? m_known : m_unknown;
            wishes.certificate = own.chain;
            wishes.key = own.key;
        }
        client = std::make_unique<TlsClient>(portOf(asked.listener), wishes);
    }
    return *client;
}

std::string House::ask(const Shown& shown, const Asked& asked) {
    const unsigned number = ++m_lastAddress;
    const std::string from = "X-Forwarded-For: 10." + std::to_string(number / 65'536) + "." +
                             std::to_string(number / 256 % 256) + "." + std::to_string(number % 256) + "\r\n";
    return wordOf(client(shown, asked).get("/" + std::string(asked.name) + shown.query, from + shown.fields));
}

void House::revokeConsumer() {
    model::Revocation token;
    token.kind = model::Revocation::Kind::TokenId;
    token.value = "stolen";
    model::Revocation consumer;
    consumer.kind = model::Revocation::Kind::Consumer;
    consumer.consumer = m_gateway.config().consumers.find("acme")->id;
    m_gateway.engine().revocations().set({token, consumer});
}

void House::removeConsumer() {
    model::Revocation token;
    token.kind = model::Revocation::Kind::TokenId;
    token.value = "stolen";
    m_gateway.engine().revocations().set({token});
    model::Config config = m_gateway.config();
    config.consumers.erase("acme");
    publish(config);
}

QString padded(const std::string& text, int width) {
    return QString::fromStdString(text).leftJustified(width);
}

QString tableOf(House& house, const char* title) {
    constexpr int nameWidth = 28;
    constexpr int cellWidth = 8;
    QString table =
        QStringLiteral("== ") + QString::fromLatin1(title) + QStringLiteral("\n") + padded("", nameWidth);
    for (const Asked& asked : columns) {
        table += padded(asked.name, cellWidth);
    }
    for (const Shown& shown : house.rows()) {
        table += QStringLiteral("\n") + padded(shown.name, nameWidth);
        for (const Asked& asked : columns) {
            table += padded(house.ask(shown, asked), cellWidth);
        }
    }
    return table + QStringLiteral("\n");
}

/// Lines without what is of no meaning in them: spaces at their ends, and comments.
QStringList linesOf(const QString& text) {
    QStringList lines;
    for (const QString& line : text.split(u'\n')) {
        const QString bare = line.startsWith(u'#') ? QString() : line.trimmed();
        if (!bare.isEmpty()) {
            lines << bare;
        }
    }
    return lines;
}

} // namespace

void AccessMatrixTest::isWhatTheTableSays() {
    House house;
    QVERIFY2(house.isReady(), house.error().c_str());
    QString actual = tableOf(house, "acme may call");
    house.revokeConsumer();
    actual += tableOf(house, "acme is revoked");
    house.removeConsumer();
    QVERIFY2(house.isReady(), house.error().c_str());
    actual += tableOf(house, "acme was removed");

    QFile file(QFINDTESTDATA("data/access_matrix.txt"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QStringList expected = linesOf(QString::fromUtf8(file.readAll()));
    const QStringList found = linesOf(actual);
    if (expected != found) {
        for (qsizetype i = 0; i < qMax(expected.size(), found.size()); ++i) {
            if (expected.value(i) != found.value(i)) {
                qWarning("table: %s\nfound: %s", qUtf8Printable(expected.value(i)),
                         qUtf8Printable(found.value(i)));
            }
        }
    }
    QCOMPARE(found, expected);
}

QTEST_GUILESS_MAIN(AccessMatrixTest)
#include "access_matrix_test.moc"
