#include "gateway/auth/evaluate.h"

#include <QtTest/QtTest>
#include <algorithm>
#include <map>
#include <optional>
#include <string>

using gateway::auth::appendValue;
using gateway::auth::evaluate;
using gateway::auth::Facts;
using gateway::auth::Program;
using gateway::auth::Truth;
using gateway::model::Subject;
using Json = nlohmann::json;

namespace {

/// A caller and a request. What is not set is not there.
class Scene final : public Facts {
public:
    std::map<std::pair<Subject, std::string>, std::string> texts;
    std::map<Subject, std::vector<std::string>> lists;
    std::optional<double> hour;
    std::optional<bool> isSecure;
    std::optional<Json> token;

    [[nodiscard]] std::optional<std::string_view> text(Subject subject,
                                                       std::string_view name) const override {
        const auto at = texts.find({subject, std::string(name)});
        return at != texts.end() ? std::optional<std::string_view>(at->second) : std::nullopt;
    }
    [[nodiscard]] std::optional<double> number(Subject subject) const override {
        return subject == Subject::TimeHour ? hour : std::nullopt;
    }
    [[nodiscard]] std::optional<bool> boolean(Subject /*subject*/) const override { return isSecure; }
    [[nodiscard]] bool contains(Subject list, std::string_view item, bool& found) const override {
        const auto at = lists.find(list);
        if (at == lists.end()) {
            return false;
        }
        found = std::find(at->second.begin(), at->second.end(), item) != at->second.end();
        return true;
    }
    [[nodiscard]] bool appendList(Subject list, std::string& out) const override {
        const auto at = lists.find(list);
        if (at == lists.end()) {
            return false;
        }
        for (std::size_t i = 0; i < at->second.size(); ++i) {
            out += (i > 0 ? " " : "") + at->second[i];
        }
        return true;
    }
    [[nodiscard]] const Json* claims() const override { return token ? &*token : nullptr; }
};

Scene usualScene() {
    Scene scene;
    scene.texts[{Subject::ConsumerName, ""}] = "acme";
    scene.texts[{Subject::ConsumerTier, ""}] = "pro";
    scene.texts[{Subject::ConsumerAttribute, "region"}] = "eu";
    scene.texts[{Subject::RequestMethod, ""}] = "GET";
    scene.texts[{Subject::RequestPath, ""}] = "/v1/orders/7";
    scene.texts[{Subject::RequestAddress, ""}] = "10.1.2.3";
    scene.texts[{Subject::RequestHeader, "x-team"}] = "blue";
    scene.texts[{Subject::PathParameter, "id"}] = "7";
    scene.texts[{Subject::TimeWeekday, ""}] = "mon";
    scene.lists[Subject::ConsumerRoles] = {"partner", "auditor"};
    scene.hour = 9;
    scene.isSecure = true;
    scene.token = Json{{"sub", "alice"},
                       {"level", 3},
                       {"ratio", 0.5},
                       {"email_verified", true},
                       {"groups", {"staff", "ops", 5}},
                       {"realm_access", {{"roles", {"clerk"}}}},
                       {"https://shop.example/tenant", "t1"},
                       {"nothing", nullptr},
                       {"line", "a\r\nX-Evil: 1"},
                       {"name", "J\xC3\xB6rg"}};
    return scene;
}

} // namespace

class EvaluateTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void givesEachExpressionItsTruth_data();
    void givesEachExpressionItsTruth();
    void doesWithoutAToken();
    void makesTextsOfValues_data();
    void makesTextsOfValues();
    void leavesTheTextAsItWasWhereThereIsNoValue();
};

void EvaluateTest::givesEachExpressionItsTruth_data() {
    QTest::addColumn<QString>("expression");
    QTest::addColumn<QString>("truth");
    const auto row = [](const char* expression, const char* truth) {
        QTest::newRow(expression) << QString::fromUtf8(expression) << QString::fromUtf8(truth);
    };
    row("consumer.tier == 'pro'", "true");
    row("consumer.tier != 'pro'", "false");
    row("consumer.tier == 'free'", "false");
    row("consumer.owner == 'x'", "unknown");
    row("consumer.owner != 'x'", "unknown");
    row("not consumer.owner == 'x'", "unknown");
    row("consumer.attributes.region == 'eu'", "true");
    row("consumer.attributes.other == 'eu'", "unknown");
    // Kleene's three values.
    row("consumer.owner == 'x' or consumer.tier == 'pro'", "true");
    row("consumer.tier == 'pro' or consumer.owner == 'x'", "true");
    row("consumer.owner == 'x' or consumer.tier == 'free'", "unknown");
    row("consumer.owner == 'x' and consumer.tier == 'pro'", "unknown");
    row("consumer.owner == 'x' and consumer.tier == 'free'", "false");
    row("consumer.tier == 'free' and consumer.owner == 'x'", "false");
    row("not (consumer.owner == 'x' and consumer.tier == 'free')", "true");
    // Lists and constants.
    row("request.method in ['GET', 'HEAD']", "true");
    row("request.method in ['POST']", "false");
    row("consumer.owner in ['x']", "unknown");
    row("'partner' in consumer.roles", "true");
    row("'admin' in consumer.roles", "false");
    row("'x' in caller.scopes", "unknown");
    row("not 'x' in caller.scopes", "unknown");
    row("claims.level in [1, 3]", "true");
    row("claims.level in [1, 2]", "false");
    row("claims.level in ['3']", "unknown");
    row("claims.sub in [3]", "unknown");
    // Claims of every type.
    row("claims.sub == 'alice'", "true");
    row("claims.sub == 'Alice'", "false");
    row("claims.level == 3", "true");
    row("claims.level == 3.0", "true");
    row("claims.level == '3'", "unknown");
    row("claims.level >= 3", "true");
    row("claims.level > 3", "false");
    row("claims.level < 3", "false");
    row("claims.level <= 2.5", "false");
    row("claims.sub > 3", "unknown");
    row("claims.email_verified", "true");
    row("not claims.email_verified", "false");
    row("claims.email_verified == true", "true");
    row("claims.email_verified == 'true'", "unknown");
    row("claims.sub", "unknown");
    row("claims.level", "unknown");
    row("claims.absent == 'x'", "unknown");
    row("claims.nothing == 'x'", "unknown");
    row("claims.groups == 'staff'", "unknown");
    row("'staff' in claims.groups", "true");
    row("'other' in claims.groups", "false");
    row("5 in claims.groups", "true");
    row("6 in claims.groups", "false");
    row("'x' in claims.sub", "unknown");
    row("'x' in claims.absent", "unknown");
    row("'clerk' in claims.realm_access.roles", "true");
    row("claims.realm_access.roles.x == 'y'", "unknown");
    row("claims['https://shop.example/tenant'] == 't1'", "true");
    row("has(claims.groups)", "true");
    row("has(claims.nothing)", "false");
    row("has(claims.absent)", "false");
    row("has(claims.realm_access.roles)", "true");
    row("has(consumer.owner)", "false");
    row("has(consumer.tier)", "true");
    row("has(consumer.roles)", "true");
    row("has(caller.scopes)", "false");
    row("not has(claims.absent)", "true");
    // Addresses.
    row("request.address in ['10.0.0.0/8']", "true");
    row("request.address in ['192.0.2.0/24', '10.1.2.3']", "true");
    row("request.address in ['192.0.2.0/24', '2001:db8::/32']", "false");
    row("request.address == '10.1.2.3'", "true");
    row("request.address == '10.1.2.4'", "false");
    // Texts, times.
    row("request.path matches '/v1/orders/[0-9]+'", "true");
    row("request.path matches '/v1/orders'", "false");
    row("claims.absent matches '.*'", "unknown");
    row("claims.level matches '3'", "unknown");
    row("request.headers['X-Team'] == 'blue'", "true");
    row("request.headers['x-none'] == 'blue'", "unknown");
    row("path.id == '7'", "true");
    row("request.secure", "true");
    row("time.hour >= 8 and time.hour < 18 and time.weekday in ['mon', 'tue']", "true");
    row("time.minute < 30", "unknown");
}

void EvaluateTest::givesEachExpressionItsTruth() {
    QFETCH(QString, expression);
    QFETCH(QString, truth);
    std::string source = expression.toStdString();
    std::replace(source.begin(), source.end(), '\'', '"');
    const auto parsed = gateway::model::parseExpression(source);
    QVERIFY2(parsed, parsed ? "" : parsed.error().message.c_str());
    const Scene scene = usualScene();
    const auto nameOf = [](Truth is) {
        return QString::fromLatin1(is == Truth::True ? "true" : is == Truth::False ? "false" : "unknown");
    };
    QCOMPARE(nameOf(evaluate(**parsed, scene)), truth);
    QCOMPARE(nameOf(Program(*parsed).run(scene)), truth);
}

void EvaluateTest::doesWithoutAToken() {
    Scene scene = usualScene();
    scene.token.reset();
    const auto parsed = gateway::model::parseExpression("claims.sub == \"alice\" or has(claims.sub)");
    QVERIFY(parsed);
    QCOMPARE(evaluate(**parsed, scene), Truth::Unknown);
}

void EvaluateTest::makesTextsOfValues_data() {
    QTest::addColumn<QString>("reference");
    QTest::addColumn<QString>("text"); // null: there is none
    const auto row = [](const char* reference, const char* text) {
        QTest::newRow(reference) << QString::fromUtf8(reference) << QString::fromUtf8(text);
    };
    row("consumer.name", "acme");
    row("consumer.owner", nullptr);
    row("consumer.attributes.region", "eu");
    row("consumer.roles", "partner auditor");
    row("caller.scopes", nullptr);
    row("claims.sub", "alice");
    row("claims.level", "3");
    row("claims.ratio", "0.5");
    row("claims.email_verified", "true");
    row("claims.groups", "staff ops 5");
    row("claims.realm_access", "{\"roles\":[\"clerk\"]}");
    row("claims.realm_access.roles", "clerk");
    row("claims.nothing", nullptr);
    row("claims.absent", nullptr);
    row("claims.line", nullptr); // a line break would end the field
    row("claims.name", "J\xC3\xB6rg");
    row("request.secure", "true");
    row("time.hour", "9");
}

void EvaluateTest::makesTextsOfValues() {
    QFETCH(QString, reference);
    QFETCH(QString, text);
    const auto parsed = gateway::model::parseReference(reference.toStdString());
    QVERIFY2(parsed, parsed ? "" : parsed.error().message.c_str());
    std::string out = "X: ";
    QCOMPARE(appendValue(out, *parsed, usualScene()), !text.isNull());
    QCOMPARE(out, "X: " + text.toStdString());
}

void EvaluateTest::leavesTheTextAsItWasWhereThereIsNoValue() {
    Scene scene = usualScene();
    scene.token = Json{{"list", {"good", "b\nad"}}, {"object", {{"a", "b\nc\x7F"}}}};
    scene.lists[Subject::ConsumerRoles] = {"b\rad"};
    std::string out = "X: ";
    for (const char* reference : {"claims.list", "consumer.roles"}) {
        const auto parsed = gateway::model::parseReference(reference);
        QVERIFY(parsed);
        QVERIFY(!appendValue(out, *parsed, scene));
        QCOMPARE(out, std::string("X: "));
    }
    const auto object = gateway::model::parseReference("claims.object");
    QVERIFY(object);
    QVERIFY(appendValue(out, *object, scene));
    QVERIFY(out.find('\n') == std::string::npos);
}

QTEST_APPLESS_MAIN(EvaluateTest)
#include "test_evaluate.moc"
