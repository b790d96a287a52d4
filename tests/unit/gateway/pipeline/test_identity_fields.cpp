#include "gateway/crypto/jws.h"
#include "gateway/pipeline/identity_fields.h"

#include <QtTest>
#include <map>

using namespace gateway;
using namespace gateway::pipeline;
using nlohmann::json;

namespace {

/// What is known of a caller, as a test says it.
class SaidFacts final : public auth::Facts {
public:
    json own = json::object();
    std::map<model::Subject, std::string> texts;
    std::map<model::Subject, std::string> lists;

    [[nodiscard]] std::optional<std::string_view> text(model::Subject subject,
                                                       std::string_view) const override {
        const auto at = texts.find(subject);
        return at != texts.end() ? std::optional<std::string_view>(at->second) : std::nullopt;
    }
    [[nodiscard]] std::optional<double> number(model::Subject) const override { return std::nullopt; }
    [[nodiscard]] std::optional<bool> boolean(model::Subject) const override { return std::nullopt; }
    [[nodiscard]] bool contains(model::Subject, std::string_view, bool&) const override { return false; }
    [[nodiscard]] bool appendList(model::Subject list, std::string& out) const override {
        const auto at = lists.find(list);
        if (at == lists.end()) {
            return false;
        }
        out += at->second;
        return true;
    }
    [[nodiscard]] const json* claims() const override { return &own; }
};

model::ForwardIdentity headers(std::vector<model::IdentityHeader> all) {
    model::ForwardIdentity identity;
    identity.headers = std::move(all);
    return identity;
}

std::string linesFor(const model::ForwardIdentity& identity, const SaidFacts& facts) {
    const auto plan = IdentityPlan::compile(identity);
    if (!plan) {
        return plan.error().message;
    }
    IdentityFields fields(nullptr);
    return std::string(fields.linesFor(**plan, RequestContext(), facts));
}

json claimsOf(std::string_view token) {
    const std::size_t begin = token.find('.') + 1;
    return json::parse(*crypto::fromBase64Url(token.substr(begin, token.rfind('.') - begin)));
}

} // namespace

/// What services are told about callers.
class IdentityFieldsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesALineForWhatIsKnown();
    void leavesOutWhatIsNotKnown();
    void leavesOutWhatAHeaderCannotCarry_data();
    void leavesOutWhatAHeaderCannotCarry();
    void takesNoNameThatHeadsAreFramedBy_data();
    void takesNoNameThatHeadsAreFramedBy();
    void saysWhichValueIsNoReference();
    void knowsTheNamesOfAllPolicies();
    void signsATokenAboutTheCaller();
    void signsNothingAboutNobody();
};

void IdentityFieldsTest::writesALineForWhatIsKnown() {
    SaidFacts facts;
    facts.own = {{"sub", "auth0|1"}, {"org", {{"id", 7}}}, {"groups", {"a", "b"}}, {"admin", true}};
    facts.texts[model::Subject::ConsumerName] = "acme";
    facts.lists[model::Subject::ConsumerRoles] = "partner auditor";
    QCOMPARE(linesFor(headers({{"X-User", "claims.sub"},
                               {"X-Org", "claims.org.id"},
                               {"X-Groups", "claims.groups"},
                               {"X-Admin", "claims.admin"},
                               {"X-Consumer", "consumer.name"},
                               {"X-Roles", "consumer.roles"}}),
                      facts),
             std::string("X-User: auth0|1\r\nX-Org: 7\r\nX-Groups: a b\r\nX-Admin: true\r\n"
                         "X-Consumer: acme\r\nX-Roles: partner auditor\r\n"));
}

void IdentityFieldsTest::leavesOutWhatIsNotKnown() {
    SaidFacts facts;
    facts.own = {{"sub", "1"}, {"none", nullptr}};
    QCOMPARE(linesFor(headers({{"X-A", "claims.email"},
                               {"X-B", "claims.none"},
                               {"X-C", "consumer.name"},
                               {"X-D", "consumer.roles"},
                               {"X-E", "claims.sub.deeper"},
                               {"X-User", "claims.sub"}}),
                      facts),
             std::string("X-User: 1\r\n"));
}

void IdentityFieldsTest::leavesOutWhatAHeaderCannotCarry_data() {
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("another line") << QByteArray("a\r\nX-Role: root");
    QTest::newRow("a line feed") << QByteArray("a\nb");
    QTest::newRow("a null") << QByteArray("a\0b", 3);
    QTest::newRow("a delete") << QByteArray("a\x7f");
    QTest::newRow("nothing") << QByteArray("");
    QTest::newRow("a blank before") << QByteArray(" root");
    QTest::newRow("a tab behind") << QByteArray("root\t");
}

void IdentityFieldsTest::leavesOutWhatAHeaderCannotCarry() {
    QFETCH(QByteArray, value);
    SaidFacts facts;
    facts.own = {{"sub", value.toStdString()}, {"list", {"x", value.toStdString()}}};
    facts.texts[model::Subject::ConsumerName] = value.toStdString();
    QCOMPARE(linesFor(headers({{"X-User", "claims.sub"}, {"X-Name", "consumer.name"}}), facts),
             std::string());
}

void IdentityFieldsTest::takesNoNameThatHeadsAreFramedBy_data() {
    QTest::addColumn<QByteArray>("name");
    for (const char* name : {"Host", "Content-Length", "transfer-encoding", "Connection", "X-Forwarded-For",
                             "X-Request-ID", "X-Client-ID", "Te", "", "a b", "a:b", "X-User\r\nX"}) {
        QTest::newRow(name) << QByteArray(name);
    }
}

void IdentityFieldsTest::takesNoNameThatHeadsAreFramedBy() {
    QFETCH(QByteArray, name);
    QCOMPARE(IdentityPlan::compile(headers({{name.toStdString(), "claims.sub"}})).error().code,
             std::string("identity-header"));
    model::ForwardIdentity identity;
    identity.token.push_back({.header = name.toStdString()});
    QCOMPARE(IdentityPlan::compile(identity).error().code, std::string("identity-header"));
}

void IdentityFieldsTest::saysWhichValueIsNoReference() {
    const auto plan = IdentityPlan::compile(headers({{"X-User", "claims.sub == 1"}}));
    QVERIFY(!plan);
    QCOMPARE(plan.error().code, std::string("identity-value"));
    QVERIFY(plan.error().message.find("X-User") != std::string::npos);
}

void IdentityFieldsTest::knowsTheNamesOfAllPolicies() {
    model::Config config;
    QVERIFY(identityNames(config) == nullptr);
    model::Policy one;
    one.name = "one";
    one.identity = headers({{"X-User", "claims.sub"}, {"Authorization", "claims.sub"}});
    config.policies.put(one);
    model::Policy other;
    other.name = "other";
    other.identity.emplace();
    other.identity->token.push_back({});
    config.policies.put(other);
    const auto names = identityNames(config);
    QVERIFY(names->contains("x_user"));
    QVERIFY(names->contains("X-Identity-Token"));
    QVERIFY(!names->contains("Authorization"));
    QVERIFY((*IdentityPlan::compile(*one.identity))->setsAuthorization);
    QVERIFY(!(*IdentityPlan::compile(*other.identity))->setsAuthorization);
}

void IdentityFieldsTest::signsATokenAboutTheCaller() {
    auth::IdentitySigner signer;
    QVERIFY(signer.setKeys({*crypto::PrivateKey::generate(crypto::KeyKind::EcdsaP256)}));
    model::ForwardIdentity identity;
    identity.token.push_back({.header = "X-Token",
                              .audience = "orders",
                              .lifetime = std::chrono::seconds(30),
                              .claims = {"email"}});
    ConsumerPlan consumer;
    consumer.name = "acme";
    consumer.roles = {"partner"};
    TierPlan tier;
    tier.name = "pro";
    auth::KeyGrants grants;
    grants.scopes = {"orders:read"};
    RequestContext context;
    context.caller.by = Caller::By::ApiKey;
    context.caller.consumer = &consumer;
    context.caller.tier = &tier;
    context.caller.grants = &grants;
    IdentityFields fields(&signer);
    const auto plan = IdentityPlan::compile(identity);
    std::string lines(fields.linesFor(**plan, context, SaidFacts()));
    QVERIFY(lines.starts_with("X-Token: ") && lines.ends_with("\r\n"));
    json claims = claimsOf(std::string_view(lines).substr(9, lines.size() - 11));
    QCOMPARE(claims["sub"].get<std::string>(), std::string("acme"));
    QCOMPARE(claims["aud"].get<std::string>(), std::string("orders"));
    QCOMPARE(claims["tier"].get<std::string>(), std::string("pro"));
    QCOMPARE(claims["roles"], json({"partner"}));
    QCOMPARE(claims["scope"].get<std::string>(), std::string("orders:read"));
    QCOMPARE(claims["exp"].get<int>() - claims["iat"].get<int>(), 30);

    // Of a token its subject, and what was chosen of its claims.
    auto token = std::make_shared<auth::Token>();
    token->subject = "auth0|1";
    token->roles = {"auditor"};
    token->scopes = {"cart"};
    token->claims = {{"email", "a@example.com"}, {"phone", "1"}};
    context.caller.by = Caller::By::Jwt;
    context.caller.token = token;
    lines = fields.linesFor(**plan, context, SaidFacts());
    claims = claimsOf(std::string_view(lines).substr(9, lines.size() - 11));
    QCOMPARE(claims["sub"].get<std::string>(), std::string("auth0|1"));
    QCOMPARE(claims["consumer"].get<std::string>(), std::string("acme"));
    QCOMPARE(claims["roles"], json({"auditor", "partner"}));
    QCOMPARE(claims["scope"].get<std::string>(), std::string("cart orders:read"));
    QCOMPARE(claims["email"].get<std::string>(), std::string("a@example.com"));
    QVERIFY(!claims.contains("phone"));
}

void IdentityFieldsTest::signsNothingAboutNobody() {
    auth::IdentitySigner signer;
    QVERIFY(signer.setKeys({*crypto::PrivateKey::generate(crypto::KeyKind::EcdsaP256)}));
    model::ForwardIdentity identity;
    identity.token.push_back({.audience = "orders"});
    IdentityFields fields(&signer);
    QVERIFY(fields.linesFor(**IdentityPlan::compile(identity), RequestContext(), SaidFacts()).empty());
}

QTEST_APPLESS_MAIN(IdentityFieldsTest)
#include "test_identity_fields.moc"
