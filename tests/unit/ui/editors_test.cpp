#include "ui/editors/entity_forms.h"
#include "ui/editors/input_text.h"
#include "ui/editors/json_diff.h"
#include "ui/editors/sentences.h"
#include "ui/editors/service_sentences.h"

#include <QElapsedTimer>
#include <QTest>

using namespace gateway;

namespace {

model::Config smallConfig() {
    model::Config config;
    model::Service orders;
    orders.id = model::ServiceId{1};
    orders.name = "orders";
    orders.targets = {{"127.0.0.1", 9001, 1}};
    config.services.put(orders);
    return config;
}

model::Route fullRoute() {
    model::Route route;
    route.id = model::RouteId{9};
    route.name = "create-order";
    route.enabled = false;
    route.priority = -3;
    route.match = {{"api.example.com", "*.example.org"},
                   "/v1/orders/{id}",
                   {"GET", "POST"},
                   {{"X-Beta", "yes"}, {"X-Any", "*"}},
                   {{"page", "1"}}};
    route.service = "orders";
    route.rewrite = "/api/orders/{id}";
    route.policies = {"key"};
    route.authorize = {{"a", "b"}, {"c", "d"}, {"internal", "partner"}, {"audited"}, "request.secure"};
    route.waives = {"hsts"};
    return route;
}

QString problemAt(const ui::FieldProblems& problems, const QString& field) {
    for (const ui::FieldProblem& problem : problems) {
        if (problem.field == field) {
            return problem.message;
        }
    }
    return {};
}

} // namespace

class EditorsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void givesBackEveryEntityAsItWas();
    void refusesDurationsWithoutAUnit_data();
    void refusesDurationsWithoutAUnit();
    void readsSizesAndNumbers();
    void readsHostAndPort_data();
    void readsHostAndPort();
    void readsAttributesLineByLine();
    void readsTheDayAKeyExpires();
    void saysAtTheFieldWhatCannotWork();
    void putsProblemsOfTheModelAtTheirFields();
    void putsEveryProblemOfAServiceAtAField();
    void saysWhatTheSettingsOfAServiceDo();
    void tellsAListenersHeadersApart();
    void findsAnOverlapAmongAHundredThousandRoutes();
    void keepsTypedValuesWhenOthersPublish();
    void countsUnsavedChanges();
    void findsAFreeName();
    void saysWhatATierAllows();
    void showsARewriteByExample();
    void tellsFieldByFieldWhatChanged();
};

void EditorsTest::givesBackEveryEntityAsItWas() {
    ui::FieldProblems problems;
    const model::Route route = fullRoute();
    QVERIFY(ui::RouteForm::fromForm(ui::RouteForm::toForm(route), route.id, problems) == route);

    model::Service service;
    service.id = model::ServiceId{2};
    service.name = "orders";
    service.targets = {{"127.0.0.1", 9001, 1}, {"::1", 9002, 30}, {"orders.internal", 80, 2}};
    service.timeouts = {std::chrono::milliseconds(250), std::chrono::minutes(2), std::chrono::seconds(61)};
    service.timeouts.request = std::chrono::seconds(90);
    service.targets[1].drain = true;
    service.balance = model::Balance::ConsistentHash;
    service.hashOn = {model::HashOn::Source::Cookie, "session"};
    service.slowStart = std::chrono::seconds(30);
    service.concurrency = 100;
    service.health.emplace();
    service.health->path = "/ready";
    service.health->unhealthyAfter = 7;
    service.outlier.emplace();
    service.outlier->atMostPercent = 33;
    service.breaker.emplace();
    service.breaker->recover = std::chrono::milliseconds(0);
    service.retries.onConnectFailure = false;
    service.retries.onTimeout = true;
    service.retries.statuses = {429, 502, 503};
    QVERIFY(ui::ServiceForm::fromForm(ui::ServiceForm::toForm(service), service.id, problems) == service);
    service.retries.statuses.clear();
    service.balance = model::Balance::RandomTwo;
    service.hashOn = {};
    service.health.reset();
    service.outlier.reset();
    service.breaker.reset();
    service.timeouts.request = std::chrono::milliseconds(0);
    QVERIFY(ui::ServiceForm::fromForm(ui::ServiceForm::toForm(service), service.id, problems) == service);

    model::Consumer consumer;
    consumer.id = model::ConsumerId{3};
    consumer.name = "acme";
    consumer.kind = model::ConsumerKind::Agent;
    consumer.tier = "pro";
    consumer.roles = {"partner", "beta"};
    consumer.attributes = {{"region", "eu"}, {"note", "a = b"}};
    consumer.identities = {{model::ConsumerIdentity::Kind::Subject, "auth0|1", "corp"},
                           {model::ConsumerIdentity::Kind::CertificateSubject, "CN=a,O=b"}};
    consumer.rate = model::OwnRate{7, std::chrono::minutes(1), 9};
    consumer.owner = "ops@example.com";
    consumer.routes = {"orders"};
    QVERIFY(ui::ConsumerForm::fromForm(ui::ConsumerForm::toForm(consumer), consumer.id, problems) ==
            consumer);

    model::IdentityProvider provider;
    provider.id = model::IdentityProviderId{6};
    provider.name = "corp";
    provider.issuer = "https://id.example.com";
    provider.audience = {"b", "a"};
    provider.algorithms = {"RS256", "EdDSA"};
    provider.jwksUrl = "https://id.example.com/jwks.json";
    provider.authority = "corporate";
    provider.types = {"at+jwt"};
    provider.leeway = std::chrono::seconds(3);
    provider.lifetimeMax = std::chrono::hours(2);
    provider.tokenBytesMax = 4'096;
    provider.requiredClaims = {"sub"};
    provider.refresh = std::chrono::minutes(3);
    provider.certificateBound = true;
    provider.senderConstrained = true;
    provider.introspection = model::IdentityProvider::Introspection{
        "https://id.example.com/introspect", "gatehouse", "${secret:corp}", std::chrono::milliseconds(0),
        std::chrono::seconds(2)};
    provider.consumerClaim = "azp";
    provider.tierClaim = "plan";
    provider.tier = "free";
    provider.scopesClaim = "scp";
    provider.rolesClaim = "realm_access.roles";
    using ui::IdentityProviderForm;
    const auto sameProvider = [&] {
        return IdentityProviderForm::fromForm(IdentityProviderForm::toForm(provider), provider.id,
                                              problems) == provider;
    };
    QVERIFY(sameProvider());
    provider.jwksUrl.clear();
    QVERIFY(sameProvider());
    provider.jwks = "{\"keys\": []}";
    provider.introspection.reset();
    QVERIFY(sameProvider());
    provider.jwks.clear();
    provider.secret = "${secret:key}";
    QVERIFY(sameProvider());

    model::Policy policy;
    policy.id = model::PolicyId{7};
    policy.name = "key-or-token";
    const auto samePolicy = [&] {
        return ui::PolicyForm::fromForm(ui::PolicyForm::toForm(policy), policy.id, problems) == policy;
    };
    QVERIFY(samePolicy());
    policy.authenticate = model::Authenticate{
        {{model::Credential{}},
         {{model::Credential::Kind::ClientCertificate}, {model::Credential::Kind::Introspection, "corp"}},
         {{model::Credential::Kind::Jwt, "corp"}}},
        true,
        "free"};
    policy.authorize = model::Authorize{{"a"}, {"b"}, {"c"}, {"d"}, "time.hour < 12"};
    policy.identity = model::ForwardIdentity{{{"X-Plan", "consumer.tier"}, {"X-User", "claims.sub"}},
                                             {{"X-Token", "orders", std::chrono::seconds(90), {"email"}}},
                                             true};
    policy.hsts = model::Hsts{std::chrono::seconds(86'401), true, true};
    policy.httpsRedirect = model::HttpsRedirect{8443};
    policy.everywhere = true;
    QVERIFY(samePolicy());

    model::Tier tier;
    tier.id = model::TierId{4};
    tier.name = "free";
    tier.requests = 10'000;
    tier.period = std::chrono::hours(24);
    tier.burst = 20;
    QVERIFY(ui::TierForm::fromForm(ui::TierForm::toForm(tier), tier.id, problems) == tier);

    model::Listener listener;
    listener.id = model::ListenerId{5};
    listener.name = "public";
    listener.port = 8080;
    listener.keyQuery = "api_key";
    listener.limits = {16 * 1024, 50, 1'000'001, 0, 7};
    listener.tls =
        model::Listener::Tls{{"b", "a"}, true, model::Listener::ClientCertificates::Optional, "partners"};
    listener.http2 = false;
    listener.webSocket = false;
    listener.proxyProtocol = true;
    listener.trustedProxies = {"10.0.0.0/8", "::1"};
    listener.policies = {"hsts"};
    listener.timeouts.bodyMinRate = 4096;
    listener.timeouts.write = std::chrono::seconds(12);
    QVERIFY(ui::ListenerForm::fromForm(ui::ListenerForm::toForm(listener), listener.id, problems) ==
            listener);

    service.protocol = model::Protocol::Grpc;
    service.tls = model::Service::Tls{true, "orders.internal", "corporate", "gateway"};
    service.targets.push_back({"unix:/run/orders.sock", 0, 3, true});
    service.health.emplace();
    service.health->grpc = true;
    service.health->grpcService = "shop.Orders";
    service.retries.onUnavailable = true;
    service.timeouts.streamIdle = std::chrono::minutes(2);
    service.timeouts.streamLifetime = std::chrono::hours(48);
    QVERIFY(ui::ServiceForm::fromForm(ui::ServiceForm::toForm(service), service.id, problems) == service);
    service.tls = model::Service::Tls{false, {}, {}, {}};
    QVERIFY(ui::ServiceForm::fromForm(ui::ServiceForm::toForm(service), service.id, problems) == service);

    model::Certificate certificate;
    certificate.id = model::CertificateId{6};
    certificate.name = "shop";
    certificate.acme = model::Certificate::Acme{"https://acme.example/directory",
                                                "corporate",
                                                {"shop.example", "www.shop.example"},
                                                "ops@shop.example",
                                                model::Certificate::Challenge::TlsAlpn01};
    QVERIFY(ui::CertificateForm::fromForm(ui::CertificateForm::toForm(certificate), certificate.id,
                                          problems) == certificate);
    QVERIFY(problems.isEmpty());
}

void EditorsTest::refusesDurationsWithoutAUnit_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("ms"); // -1: refused
    QTest::newRow("seconds") << QStringLiteral("5s") << qint64(5000);
    QTest::newRow("a space") << QStringLiteral(" 250 ms ") << qint64(250);
    QTest::newRow("a fraction") << QStringLiteral("1.5s") << qint64(1500);
    QTest::newRow("minutes") << QStringLiteral("2m") << qint64(120'000);
    QTest::newRow("hours") << QStringLiteral("1h") << qint64(3'600'000);
    QTest::newRow("no unit") << QStringLiteral("5") << qint64(-1);
    QTest::newRow("nothing") << QString() << qint64(-1);
    QTest::newRow("no time, for the model to judge") << QStringLiteral("0s") << qint64(0);
    QTest::newRow("negative") << QStringLiteral("-5s") << qint64(-1);
    QTest::newRow("other unit") << QStringLiteral("5 days") << qint64(-1);
    QTest::newRow("more than a day") << QStringLiteral("25h") << qint64(90'000'000);
}

void EditorsTest::refusesDurationsWithoutAUnit() {
    QFETCH(const QString, text);
    QFETCH(const qint64, ms);
    const auto parsed = ui::parseDuration(text);
    QCOMPARE(parsed.has_value(), ms >= 0);
    if (parsed) {
        QCOMPARE(static_cast<qint64>(parsed->count()), ms);
    } else {
        QVERIFY(!parsed.error().isEmpty());
    }
}

void EditorsTest::readsSizesAndNumbers() {
    QCOMPARE(*ui::parseBytes(QStringLiteral("32KiB")), 32768U);
    QCOMPARE(*ui::parseBytes(QStringLiteral("10 mib")), 10485760U);
    QCOMPARE(*ui::parseBytes(QStringLiteral("4096")), 4096U);
    QVERIFY(!ui::parseBytes(QStringLiteral("10MB")));
    QCOMPARE(*ui::parseBytes(QStringLiteral("0")), 0U); // the model knows the bounds
    QCOMPARE(*ui::parseNumber(QStringLiteral("10,000"), 1, 20'000), 10'000);
    QVERIFY(!ui::parseNumber(QStringLiteral("1.5"), 1, 10));
    QVERIFY(!ui::parseNumber(QStringLiteral("99999999999999999999"), 1, 10));
    QCOMPARE(ui::parseNumber(QStringLiteral("11"), 1, 10).error(),
             QStringLiteral("Must be between 1 and 10"));
    QCOMPARE(*ui::parseCount(QStringLiteral("4,294,967,296")), 4'294'967'295U); // the model knows the bounds
    QVERIFY(!ui::parseCount(QStringLiteral("-1")));
    QVERIFY(!ui::parseCount(QString()));
    QCOMPARE(*ui::parseOptionalCount(QString()), 0U);
    QCOMPARE(*ui::parsePercent(QStringLiteral("150 %")), 150U);
    QVERIFY(!ui::parsePercent(QStringLiteral("half")));
    QVERIFY(!ui::parsePort(QStringLiteral("0")));
    QVERIFY(!ui::parsePort(QStringLiteral("65536")));
    QCOMPARE(*ui::parsePort(QStringLiteral("65535")), std::uint16_t(65535));
}

void EditorsTest::readsHostAndPort_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("host"); // empty: refused
    QTest::newRow("address") << QStringLiteral("127.0.0.1:9001") << QStringLiteral("127.0.0.1");
    QTest::newRow("name") << QStringLiteral("orders.internal:80") << QStringLiteral("orders.internal");
    QTest::newRow("version 6") << QStringLiteral("[::1]:80") << QStringLiteral("::1");
    QTest::newRow("no port") << QStringLiteral("orders.internal") << QString();
    QTest::newRow("no host") << QStringLiteral(":80") << QString();
    QTest::newRow("a URL") << QStringLiteral("http://orders:80") << QString();
    QTest::newRow("a path") << QStringLiteral("orders:80/x") << QString();
    QTest::newRow("port 0") << QStringLiteral("orders:0") << QString();
    QTest::newRow("bare version 6") << QStringLiteral("::1:80") << QString();
}

void EditorsTest::readsHostAndPort() {
    QFETCH(const QString, text);
    QFETCH(const QString, host);
    const auto parsed = ui::parseHostPort(text);
    QCOMPARE(parsed ? QString::fromStdString(parsed->host) : QString(), host);
}

void EditorsTest::readsAttributesLineByLine() {
    const auto attributes = ui::parseAttributes(QStringLiteral("region=eu\n\n note = a = b \n"));
    QVERIFY(attributes);
    QCOMPARE(attributes->size(), 2U);
    QCOMPARE(attributes->at("note"), std::string("a = b"));
    QVERIFY(!ui::parseAttributes(QStringLiteral("region")));
    QVERIFY(!ui::parseAttributes(QStringLiteral("a=1\na=2")));
}

void EditorsTest::readsTheDayAKeyExpires() {
    ManualClock clock; // stands at 2026-01-01T00:00:00Z and an hour
    const auto expires = ui::parseExpiry(QStringLiteral("2027-01-31"), clock.wallTime());
    QVERIFY(expires && *expires);
    QCOMPARE(std::chrono::duration_cast<std::chrono::seconds>((*expires)->time_since_epoch()).count(),
             1'801'353'600);
    const auto never = ui::parseExpiry(QStringLiteral("  "), clock.wallTime());
    QVERIFY(never && !*never);
    QVERIFY(!ui::parseExpiry(QStringLiteral("31.01.2027"), clock.wallTime()));
    QVERIFY(!ui::parseExpiry(QStringLiteral("2027-02-30"), clock.wallTime()));
    QVERIFY(!ui::parseExpiry(QStringLiteral("2025-12-31"), clock.wallTime()));
}

void EditorsTest::saysAtTheFieldWhatCannotWork() {
    auto values = ui::RouteForm::toForm(fullRoute());
    values[QStringLiteral("priority")] = QStringLiteral("high");
    values[QStringLiteral("path")] = QString();
    values[QStringLiteral("headers")] = QStringLiteral("X-Beta\t");
    ui::FieldProblems problems;
    static_cast<void>(ui::RouteForm::fromForm(values, model::RouteId{9}, problems));
    QCOMPARE(problems.size(), 3);
    for (const char* field : {"priority", "path", "headers"}) {
        QVERIFY(!problemAt(problems, QLatin1String(field)).isEmpty());
    }

    auto service = ui::ServiceForm::toForm({});
    service[QStringLiteral("targets")] = QStringLiteral("127.0.0.1:99999\t1");
    service[QStringLiteral("connect")] = QStringLiteral("soon");
    problems.clear();
    static_cast<void>(ui::ServiceForm::fromForm(service, {}, problems));
    QCOMPARE(problemAt(problems, QStringLiteral("targets")),
             QStringLiteral("A port is a number from 1 to 65535"));
    QVERIFY(!problemAt(problems, QStringLiteral("connect")).isEmpty());
}

void EditorsTest::putsProblemsOfTheModelAtTheirFields() {
    auto values = ui::RouteForm::toForm(fullRoute());
    values[QStringLiteral("path")] = QStringLiteral("v1/orders");
    values[QStringLiteral("service")] = QStringLiteral("nowhere");
    values[QStringLiteral("policies")] = QString();
    values[QStringLiteral("rewrite")] = QString();
    const auto problems = ui::checkForm<ui::RouteForm>(values, model::RouteId{9}, smallConfig());
    QVERIFY(!problemAt(problems, QStringLiteral("path")).isEmpty());
    QVERIFY(!problemAt(problems, QStringLiteral("service")).isEmpty());

    const auto mapped =
        ui::fieldProblems({{model::Problem::Kind::Range, "routes[a.path].match.hosts[1]", "No.", 0, 0},
                           {model::Problem::Kind::Overlap, "routes[a]", "Two.", 0, 0},
                           {model::Problem::Kind::Range, "routes[a].authorize.roles", "Who?", 0, 0}},
                          ui::RouteForm::paths());
    QCOMPARE(mapped[0].field, QStringLiteral("hosts"));
    QCOMPARE(mapped[1].field, QString());
    QCOMPARE(mapped[2].field, QStringLiteral("roles"));
}

void EditorsTest::putsEveryProblemOfAServiceAtAField() {
    auto values = ui::ServiceForm::toForm({});
    values[QStringLiteral("name")] = QStringLiteral("orders");
    values[QStringLiteral("targets")] = QStringLiteral("127.0.0.1:9001\t1\t0");
    for (const char* section : {"health", "outlier", "breaker"}) {
        values[QLatin1String(section)] = QStringLiteral("1");
    }
    values[QStringLiteral("healthPath")] = QStringLiteral("ready");
    values[QStringLiteral("healthTimeout")] = QStringLiteral("1m");
    values[QStringLiteral("outlierPercent")] = QStringLiteral("0%");
    values[QStringLiteral("breakerRatio")] = QStringLiteral("0");
    values[QStringLiteral("balance")] = QStringLiteral("consistent-hash");
    values[QStringLiteral("hashSource")] = QStringLiteral("header");
    values[QStringLiteral("unhealthyAfter")] = QStringLiteral("101");
    values[QStringLiteral("outlierErrors")] = QStringLiteral("1001");
    values[QStringLiteral("breakerSamples")] = QStringLiteral("100001");
    values[QStringLiteral("retryAttempts")] = QStringLiteral("11");
    values[QStringLiteral("concurrency")] = QStringLiteral("99999999999");
    values[QStringLiteral("retryStatuses")] = QStringLiteral("200, 503");
    values[QStringLiteral("attempt")] = QStringLiteral("10s");
    values[QStringLiteral("request")] = QStringLiteral("5s");
    const auto problems = ui::checkForm<ui::ServiceForm>(values, model::ServiceId{}, smallConfig());
    for (const char* field :
         {"healthPath", "healthTimeout", "unhealthyAfter", "outlierErrors", "outlierPercent", "breakerRatio",
          "breakerSamples", "retryAttempts", "concurrency", "hashName", "retryStatuses", "attempt"}) {
        QVERIFY2(!problemAt(problems, QLatin1String(field)).isEmpty(), field);
    }
    for (const auto& problem : problems) {
        QVERIFY2(!problem.field.isEmpty(), qPrintable(problem.message));
    }
}

void EditorsTest::saysWhatTheSettingsOfAServiceDo() {
    model::Outlier outlier;
    QVERIFY(ui::outlierSentence(outlier, 20).endsWith(QStringLiteral("at a time (here: 2).")));
    // Two targets are protected as well: one of them may always be ejected.
    QVERIFY(ui::outlierSentence(outlier, 2).endsWith(QStringLiteral("at a time (here: 1).")));
    model::Retries retries;
    retries.attempts = 0;
    QCOMPARE(ui::retriesSentence(retries), QStringLiteral("A request that fails is not tried again."));
    model::Breaker breaker;
    breaker.recover = std::chrono::milliseconds(0);
    QVERIFY(ui::breakerSentence(breaker).endsWith(QStringLiteral("then all pass at once.")));
    QCOMPARE(ui::concurrencySentence(0), QStringLiteral("Any number of requests may be in flight."));
}

void EditorsTest::tellsAListenersHeadersApart() {
    model::Listener listener;
    listener.name = "public";
    listener.port = 8080;
    auto values = ui::ListenerForm::toForm(listener);
    values[QStringLiteral("keyHeader")] = QStringLiteral("X API Key");
    values[QStringLiteral("keyQuery")] = QStringLiteral("api key");
    const auto problems = ui::checkForm<ui::ListenerForm>(values, model::ListenerId{}, smallConfig());
    QVERIFY(problemAt(problems, QStringLiteral("keyHeader")).contains(QStringLiteral("X-API-Key")));
    QVERIFY(problemAt(problems, QStringLiteral("keyQuery")).contains(QStringLiteral("query parameter")));
    const auto timeout =
        ui::fieldProblems({{model::Problem::Kind::Range, "listeners[public].timeouts.header", "No.", 0, 0}},
                          ui::ListenerForm::paths());
    QCOMPARE(timeout[0].field, QStringLiteral("headerTimeout"));
}

void EditorsTest::findsAnOverlapAmongAHundredThousandRoutes() {
    model::Config config = smallConfig();
    std::vector<model::Route> routes;
    for (std::uint64_t i = 1; i <= 100'000; ++i) {
        model::Route route;
        route.id = model::RouteId{i};
        route.name = "route-" + std::to_string(i);
        route.match.path = "/v1/items-" + std::to_string(i) + "/{id}";
        route.service = "orders";
        routes.push_back(std::move(route));
    }
    config.routes.assign(std::move(routes));
    auto values = ui::RouteForm::toForm({});
    values[QStringLiteral("name")] = QStringLiteral("mine");
    values[QStringLiteral("service")] = QStringLiteral("orders");
    values[QStringLiteral("path")] = QStringLiteral("/v1/items-77777/{number}");
    QElapsedTimer timer;
    timer.start();
    const auto problems = ui::checkForm<ui::RouteForm>(values, model::RouteId{}, config);
    qInfo("One route checked among 100,000 in %lld us", static_cast<long long>(timer.nsecsElapsed() / 1000));
    QCOMPARE(problems.size(), 1);
    QVERIFY(problems.first().message.contains(QStringLiteral("route-77777")));
    values[QStringLiteral("path")] = QStringLiteral("/v1/items-0/{number}");
    QVERIFY(ui::checkForm<ui::RouteForm>(values, model::RouteId{}, config).isEmpty());
}

void EditorsTest::keepsTypedValuesWhenOthersPublish() {
    ui::EditSession session({{QStringLiteral("a"), QStringLiteral("1")},
                             {QStringLiteral("b"), QStringLiteral("1")},
                             {QStringLiteral("c"), QStringLiteral("1")}},
                            false);
    session.setValue(QStringLiteral("a"), QStringLiteral("mine"));
    session.setValue(QStringLiteral("b"), QStringLiteral("mine"));
    const QStringList conflicts = session.rebase({{QStringLiteral("a"), QStringLiteral("theirs")},
                                                  {QStringLiteral("b"), QStringLiteral("1")},
                                                  {QStringLiteral("c"), QStringLiteral("theirs")}});
    QCOMPARE(conflicts, QStringList{QStringLiteral("a")});
    QCOMPARE(session.values()[QStringLiteral("a")], QStringLiteral("mine"));
    QCOMPARE(session.values()[QStringLiteral("b")], QStringLiteral("mine"));
    QCOMPARE(session.values()[QStringLiteral("c")], QStringLiteral("theirs"));
    QCOMPARE(session.changedFields(), (QStringList{QStringLiteral("a"), QStringLiteral("b")}));
}

void EditorsTest::countsUnsavedChanges() {
    ui::EditSession session(ui::RouteForm::toForm(fullRoute()), false);
    QVERIFY(!session.isDirty());
    session.setValue(QStringLiteral("path"), QStringLiteral("/v2"));
    session.setValue(QStringLiteral("name"), QStringLiteral("other"));
    QCOMPARE(session.changedFields().size(), 2);
    session.setValue(QStringLiteral("path"), QStringLiteral("/v1/orders/{id}"));
    QCOMPARE(session.changedFields().size(), 1);
    session.discard();
    QVERIFY(!session.isDirty());
}

void EditorsTest::findsAFreeName() {
    model::Collection<model::Route> routes;
    QCOMPARE(ui::freeName(routes, "orders-copy"), std::string("orders-copy"));
    model::Route route;
    route.name = "orders-copy";
    routes.put(route);
    QCOMPARE(ui::freeName(routes, "orders-copy"), std::string("orders-copy-2"));
}

void EditorsTest::saysWhatATierAllows() {
    using std::chrono::seconds;
    QCOMPARE(ui::tierSentence(100, seconds(60), 20), QStringLiteral("20 at once, then one every 600 ms"));
    QCOMPARE(ui::tierSentence(1, seconds(1), 1), QStringLiteral("1 at once, then one every second"));
    QCOMPARE(ui::tierSentence(2000, seconds(1), 4000),
             QStringLiteral("4,000 at once, then one every 500 µs"));
    QCOMPARE(ui::tierSentence(24, seconds(86400), 1), QStringLiteral("1 at once, then one every 60 min"));
}

void EditorsTest::showsARewriteByExample() {
    const auto withTemplate =
        ui::rewriteExample(QStringLiteral("/v1/orders/{id}"), QStringLiteral("/api/{id}/order"));
    QVERIFY(withTemplate);
    QCOMPARE(withTemplate->path, QStringLiteral("/v1/orders/42"));
    QCOMPARE(withTemplate->upstreamPath, QStringLiteral("/api/42/order"));
    const auto withPrefix = ui::rewriteExample(QStringLiteral("/v1/catalog/*"), QStringLiteral("/c/*"));
    QVERIFY(withPrefix);
    QCOMPARE(withPrefix->path, QStringLiteral("/v1/catalog/a/b"));
    QCOMPARE(withPrefix->upstreamPath, QStringLiteral("/c/a/b"));
    const auto unchanged = ui::rewriteExample(QStringLiteral("/v1"), QString());
    QVERIFY(unchanged);
    QCOMPARE(unchanged->upstreamPath, QStringLiteral("/v1"));
    QVERIFY(!ui::rewriteExample(QStringLiteral("~^/v[12]$"), QStringLiteral("/x")));
}

void EditorsTest::tellsFieldByFieldWhatChanged() {
    const auto changes =
        ui::jsonDiff(R"({"match":{"path":"/a","methods":["GET"]},"enabled":true,"service":"x"})",
                     R"({"match":{"path":"/b","methods":["GET","POST"]},"service":"x","rewrite":"/c"})");
    QStringList lines;
    for (const ui::FieldChange& change : changes) {
        lines.push_back(ui::changeLine(change, true));
    }
    QCOMPARE(lines,
             (QStringList{QStringLiteral("enabled: yes → (default)"),
                          QStringLiteral("match.methods: GET → GET, POST"),
                          QStringLiteral("match.path: /a → /b"), QStringLiteral("rewrite: (default) → /c")}));
    const auto created = ui::jsonDiff({}, R"({"name":"a"})");
    QCOMPARE(created.size(), 1);
    QCOMPARE(ui::changeLine(created[0], false), QStringLiteral("name: a"));
    QVERIFY(ui::jsonDiff("{}", "{}").isEmpty());
}

QTEST_GUILESS_MAIN(EditorsTest)
#include "editors_test.moc"
