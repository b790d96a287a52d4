#include "gateway/model/expression.h"

#include <QtTest>

#include <re2/re2.h>

using namespace gateway::model;

class ExpressionTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsWhatPeopleWrite_data();
    void readsWhatPeopleWrite();
    void saysWhatIsWrongAndWhere_data();
    void saysWhatIsWrongAndWhere();
    void suggestsWhatComesNear_data();
    void suggestsWhatComesNear();
    void takesAReferenceAlone_data();
    void takesAReferenceAlone();
    void keepsItsSourceAndItsPattern();
    void namesThePathParametersItAsksFor();
    void namesTheTiersItComparesWith();
    void isBoundedInLengthAndDepth();
};

namespace {

using Kind = ExpressionNode::Kind;

std::string listed(const ExpressionNode& node);

std::string joined(const char* name, const ExpressionNode& node) {
    std::string text = std::string("(") + name;
    for (const ExpressionNode& child : node.children) {
        text += " " + listed(child);
    }
    for (const std::string& entry : node.texts) {
        text += " '" + entry + "'";
    }
    for (const double entry : node.numbers) {
        text += " " + QString::number(entry).toStdString();
    }
    return text + ")";
}

/// The tree, so that one can see it.
std::string listed(const ExpressionNode& node) {
    static constexpr const char* names[] = {
        "or", "and", "not", "==", "!=", "<", "<=", ">", ">=", "in", "net", "contains", "matches", "has"};
    static constexpr const char* subjects[] = {
        "consumer.name",  "consumer.kind", "consumer.tier",   "consumer.roles", "consumer.owner",
        "attribute",      "caller.scopes", "caller.method",   "claim",          "request.method",
        "request.path",   "request.host",  "request.address", "header",         "query",
        "request.secure", "path",          "time.hour",       "time.minute",    "time.weekday"};
    switch (node.kind) {
    case Kind::Reference: {
        std::string text = subjects[static_cast<std::size_t>(node.subject)];
        for (const std::string& name : node.path) {
            text += ":" + name;
        }
        return text;
    }
    case Kind::Text:
        return "'" + node.text + "'";
    case Kind::Number:
        return QString::number(node.number, 'g', 17).toStdString();
    case Kind::Boolean:
        return node.boolean ? "true" : "false";
    case Kind::Matches:
        return "(matches " + listed(node.children[0]) + " /" + node.pattern->pattern() + "/)";
    default:
        return joined(names[static_cast<std::size_t>(node.kind)], node);
    }
}

std::string treeOf(const std::string& text) {
    const auto expression = parseExpression(text);
    return expression ? listed((*expression)->root) : expression.error().message;
}

} // namespace

void ExpressionTest::readsWhatPeopleWrite_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("tree");
    const auto row = [](const char* text, const char* tree) {
        QTest::newRow(text) << QString::fromUtf8(text) << QString::fromUtf8(tree);
    };
    row("true", "true");
    row("consumer.tier == \"pro\"", "(== consumer.tier 'pro')");
    row("\"pro\" != consumer.tier", "(!= 'pro' consumer.tier)");
    row("consumer.tier==\"pro\"and(time.hour<8)", "(and (== consumer.tier 'pro') (< time.hour 8))");
    row("consumer.name == \"a\" or consumer.kind == \"agent\" and consumer.owner == \"x\"",
        "(or (== consumer.name 'a') (and (== consumer.kind 'agent') (== consumer.owner 'x')))");
    row("(consumer.name == \"a\" or request.secure) and request.secure",
        "(and (or (== consumer.name 'a') request.secure) request.secure)");
    row("request.secure and request.secure and not not request.secure",
        "(and request.secure request.secure (not (not request.secure)))");
    row("not consumer.name == \"a\"", "(not (== consumer.name 'a'))");
    row("request.method in [\"GET\", \"HEAD\"]", "(in request.method 'GET' 'HEAD')");
    row("time.weekday in [\"sat\",\"sun\"]", "(in time.weekday 'sat' 'sun')");
    row("time.minute in [0, 15, 30.5, -1]", "(in time.minute 0 15 30.5 -1)");
    row("time.hour >= 8 and time.hour <= 17 and time.minute > 0",
        "(and (>= time.hour 8) (<= time.hour 17) (> time.minute 0))");
    row("\"partner\" in consumer.roles", "(contains 'partner' consumer.roles)");
    row("\"orders:read\" in caller.scopes", "(contains 'orders:read' caller.scopes)");
    row("consumer.name in claims.may_act", "(contains consumer.name claim:may_act)");
    row("5 in claims.groups", "(contains 5 claim:groups)");
    row("claims.amr in [\"otp\"]", "(in claim:amr 'otp')");
    row("claims.level in [1, 2]", "(in claim:level 1 2)");
    row("request.address in [\"10.0.0.0/8\", \"::1\"]", "(net request.address '10.0.0.0/8' '::1')");
    row("request.address == \"2001:db8::1\"", "(== request.address '2001:db8::1')");
    row("request.address == claims.ip", "(== request.address claim:ip)");
    row("request.path matches \"^/v\\d+/.*\"", "(matches request.path /^/v\\d+/.*/)");
    row("claims.email matches \".*@example\\\\.com\"", "(matches claim:email /.*@example\\.com/)");
    row("has(claims.department)", "(has claim:department)");
    row("not has(consumer.attributes.region)", "(not (has attribute:region))");
    row("has(request.headers[\"X-Beta\"])", "(has header:x-beta)");
    row("request.headers.x-tenant == \"7\"", "(== header:x-tenant '7')");
    row("request.query[\"a b.c\"] == \"\"", "(== query:a b.c '')");
    row("consumer.attributes[\"cost.center\"] == \"7\"", "(== attribute:cost.center '7')");
    row("claims.realm_access.roles == claims[\"https://x/y\"].z",
        "(== claim:realm_access:roles claim:https://x/y:z)");
    row("claims.a[\"b\"][\"c\"].d-e.1 == 1", "(== claim:a:b:c:d-e:1 1)");
    row("claims.in == \"or\" and claims.not.has == true", "(and (== claim:in 'or') (== claim:not:has true))");
    row("claims.email_verified", "claim:email_verified");
    row("claims.sub == path.user", "(== claim:sub path:user)");
    row("claims.age >= 18.5", "(>= claim:age 18.5)");
    row("request.secure == true", "(== request.secure true)");
    row("caller.method == \"client-certificate\"", "(== caller.method 'client-certificate')");
    row("request.host == \"api.example.com\"", "(== request.host 'api.example.com')");
    row("consumer.name == \"say \\\"hi\\\" \\\\ \xC3\xA9\"", "(== consumer.name 'say \"hi\" \\ \xC3\xA9')");
    row("(((consumer.name))) == \"a\"", "(== consumer.name 'a')");
    row(" \t\n consumer.tier\n ==\r\n\"pro\" ", "(== consumer.tier 'pro')");
    row("(time.hour < 8) == request.secure", "(== (< time.hour 8) request.secure)");
}

void ExpressionTest::readsWhatPeopleWrite() {
    QFETCH(QString, text);
    QFETCH(QString, tree);
    QCOMPARE(QString::fromStdString(treeOf(text.toStdString())), tree);
}

void ExpressionTest::saysWhatIsWrongAndWhere_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("offset");
    QTest::addColumn<QString>("part"); // of the message
    const auto row = [](const char* text, int offset, const char* part) {
        QTest::newRow(text) << QString::fromUtf8(text) << offset << QString::fromUtf8(part);
    };
    // The text itself.
    row("", 0, "something to compare is missing");
    row("  ", 2, "something to compare is missing");
    row("consumer.tier == \"pro", 17, "\" is missing");
    row("consumer.tier == 'pro'", 17, "double quotes");
    row("consumer.tier = \"pro\"", 14, "==");
    row("request.secure && request.secure", 15, "write and");
    row("request.secure || request.secure", 15, "write or");
    row("!request.secure", 0, "write not");
    row("request.path =~ \"a\"", 13, "write matches");
    row("${consumer.tier} == \"a\"", 0, "stands by itself");
    row("request.secure \xE2\x89\xA0 true", 15, "\"\xE2\x89\xA0\" means nothing");
    row("request.secure \x01", 15, "not allowed");
    row("consumer. == \"a\"", 9, "a name is missing");
    row("claims..a", 7, "a name is missing");
    row("time.hour < 08x", 12, "does not belong to it");
    row("time.hour < 1.2.3", 12, "does not belong to it");
    row("time.hour < 99999999999999999999", 12, "too large");
    // How it is put together.
    row("and", 0, "something to compare is missing");
    row("consumer.tier ==", 16, "something to compare is missing");
    row("consumer.tier == \"a\" and", 24, "something to compare is missing");
    row("consumer.tier == \"a\" or or request.secure", 24, "something to compare is missing");
    row("consumer.tier == \"a\" request.secure", 21, "should be \"and\"");
    row("consumer.tier == \"a\" && request.secure", 21, "write and");
    row("(request.secure", 0, "\")\" is missing");
    row("request.secure)", 14, "should be \"and\"");
    row("time.hour < time.minute < 5", 24, "two comparisons");
    row("consumer.tier not in [\"a\"]", 14, "stands before the whole comparison");
    row("consumer.tier in []", 18, "a list holds texts or numbers");
    row("consumer.tier in [\"a\"", 21, "\"]\" is missing");
    row("consumer.tier in [\"a\",]", 22, "a list holds texts or numbers");
    row("claims.a in [\"a\", 1]", 12, "not both");
    row("consumer.tier in \"a\"", 17, "comes a list");
    row("consumer.tier in [consumer.name]", 18, "a list holds texts or numbers");
    row("consumer.tier matches consumer.name", 22, "a regular expression in quotes");
    row("has claims.a", 4, "has(claims.department)");
    row("has(\"a\")", 4, "asks for one thing");
    row("has(claims.a", 12, "\")\" is missing");
    row("claims[a] == 1", 7, "a name in quotes");
    row("claims[\"a\" == 1", 11, "\"]\" is missing");
    // Types.
    row("consumer.tier", 0, "compare it with something");
    row("consumer.roles and request.secure", 0, "is a list, not true or false");
    row("request.secure and time.hour", 19, "is a number");
    row("not consumer.tier", 4, "is a text");
    row("\"a\"", 0, "is a text");
    row("1 == 1", 0, "both sides are fixed");
    row("\"a\" in [\"a\"]", 0, "both sides are fixed");
    row("consumer.tier == 5", 17, "never equal");
    row("time.hour == \"8\"", 13, "never equal");
    row("request.secure == \"yes\"", 18, "never equal");
    row("consumer.name == time.hour", 0, "never equal");
    row("consumer.roles == \"a\"", 18, "write \"x\" in consumer.roles");
    row("claims.a == caller.scopes", 0, "write \"x\" in caller.scopes");
    row("consumer.roles in [\"a\"]", 0, "is a list itself");
    row("consumer.tier in [1]", 0, "in the list are numbers");
    row("time.hour in [\"1\"]", 0, "in the list are texts");
    row("request.secure in [\"1\"]", 0, "in the list are texts");
    row("\"a\" in consumer.tier", 7, "not a list");
    row("5 in consumer.roles", 0, "in the list are texts");
    row("request.address in consumer.roles", 0, "in the list are texts");
    row("consumer.name < \"b\"", 16, "only numbers");
    row("consumer.name > 5", 16, "only numbers");
    row("time.hour < \"8\"", 12, "only numbers");
    row("time.hour matches \"8\"", 0, "only texts match");
    row("\"a\" matches \"8\"", 0, "only texts match");
    row("request.address matches \"10\"", 0, "only texts match");
    row("consumer.name matches \"a(\"", 22, "missing )");
    row("consumer.name matches \"(?P<a>.{1000}){1000}\"", 22, "does not work");
    row("request.address == \"10.0.0.0/8\"", 19, "request.address in [\"10.0.0.0/8\"]");
    row("request.address == \"localhost\"", 19, "is not an IP address");
    row("request.address == 5", 19, "never equal");
    row("request.address in [\"10.0.0.1/8\"]", 20, "neither an IP address nor a network");
    row("request.address in [10]", 0, "in the list are numbers");
    // What can never be.
    row("consumer.kind == \"robot\"", 17, "consumer.kind is \"app\", \"user\" or \"agent\", never \"robot\"");
    row("time.weekday in [\"mon\", \"Tuesday\"]", 24, "never \"Tuesday\"");
    row("\"key\" == caller.method", 0, "never \"key\"");
    row("request.method == \"get\"", 18, "upper case");
    row("request.host == \"API.example.com\"", 16, "\"api.example.com\"");
    row("request.path == \"v1\"", 16, "begins with \"/\"");
    // Names.
    row("consumer == \"a\"", 0, "nothing that can be asked about");
    row("pro == consumer.tier", 0, "nothing that can be asked about");
    row("consumer.tier.x == \"a\"", 0, "has no \"x\"");
    row("consumer.attributes == \"a\"", 0, "consumer.attributes.NAME");
    row("claims == \"a\"", 0, "claims.NAME");
    row("request.headers.a.b == \"a\"", 0, "request.headers[\"a.b\"]");
    row("request.headers[\"a b\"] == \"a\"", 0, "is not the name of a header field");
    row("consumer.attributes[\"a b\"] == \"a\"", 0, "no attribute");
    row("request.query[\"\"] == \"a\"", 0, "1 to 256 characters");
    row("claims.a.b.c.d.e.f.g.h.i == 1", 0, "more than 8");
}

void ExpressionTest::saysWhatIsWrongAndWhere() {
    QFETCH(QString, text);
    QFETCH(int, offset);
    QFETCH(QString, part);
    const auto expression = parseExpression(text.toStdString());
    QVERIFY(!expression);
    const QString message = QString::fromStdString(expression.error().message);
    QVERIFY2(message.contains(part), qPrintable(message));
    QVERIFY2(static_cast<int>(expression.error().offset) == offset,
             qPrintable(QString::number(expression.error().offset) + QStringLiteral(": ") + message));
}

void ExpressionTest::suggestsWhatComesNear_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* text, const char* message) {
        QTest::newRow(text) << QString::fromUtf8(text) << QString::fromUtf8(message);
    };
    row("consumer.teir == \"a\"",
        "\"consumer.teir\" is nothing that can be asked about; did you mean consumer.tier?");
    row("consumer.atributes.region == \"a\"",
        "\"consumer.atributes.region\" is nothing that can be asked about; did you mean "
        "consumer.attributes.NAME?");
    row("claim.sub == \"a\"", "\"claim.sub\" is nothing that can be asked about; did you mean claims.NAME?");
    row("request.header[\"a\"] == \"a\"",
        "\"request.header[\\\"a\\\"]\" is nothing that can be asked about; there are request.method, "
        "request.path, request.host, request.address, request.headers.NAME, request.query.NAME, "
        "request.secure");
    row("Consumer.Tier == \"a\"",
        "\"Consumer.Tier\" is nothing that can be asked about; did you mean consumer.tier?");
    row("time.second == 1", "\"time.second\" is nothing that can be asked about; there are time.hour, "
                            "time.minute, time.weekday");
}

void ExpressionTest::suggestsWhatComesNear() {
    QFETCH(QString, text);
    QFETCH(QString, message);
    QCOMPARE(QString::fromStdString(treeOf(text.toStdString())), message);
}

void ExpressionTest::takesAReferenceAlone_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("tree"); // or a part of the problem
    const auto row = [](const char* text, const char* tree) {
        QTest::newRow(text) << QString::fromUtf8(text) << QString::fromUtf8(tree);
    };
    row("claims.sub", "claim:sub");
    row(" consumer.roles ", "consumer.roles");
    row("claims[\"https://x\"].y", "claim:https://x:y");
    row("time.hour", "time.hour");
    row("\"fixed\"", "must be something that can be asked about");
    row("", "must be something that can be asked about");
    row("claims.sub == \"a\"", "or the end");
    row("has(claims.sub)", "nothing that can be asked about");
    row("true", "nothing that can be asked about");
}

void ExpressionTest::takesAReferenceAlone() {
    QFETCH(QString, text);
    QFETCH(QString, tree);
    const auto reference = parseReference(text.toStdString());
    const QString is = QString::fromStdString(reference ? listed(*reference) : reference.error().message);
    QVERIFY2(reference ? is == tree : is.contains(tree), qPrintable(is));
}

void ExpressionTest::keepsItsSourceAndItsPattern() {
    const std::string source = "request.path matches \"/a+\"";
    const auto expression = parseExpression(source);
    QVERIFY(expression);
    QCOMPARE((*expression)->source, source);
    const RE2& pattern = *(*expression)->root.pattern;
    QVERIFY(RE2::FullMatch("/aaa", pattern));
    QVERIFY(!RE2::FullMatch("/aaab", pattern));
}

void ExpressionTest::namesThePathParametersItAsksFor() {
    const auto expression =
        parseExpression("path.id == claims.sub or has(path.shop) and not path.id matches \"x\"");
    QVERIFY(expression);
    QCOMPARE((*expression)->pathParameters(), (std::vector<std::string>{"id", "shop"}));
    QVERIFY((*parseExpression("request.secure"))->pathParameters().empty());
}

void ExpressionTest::namesTheTiersItComparesWith() {
    const auto expression =
        parseExpression("consumer.tier != \"a\" and (\"b\" == consumer.tier or not consumer.tier in "
                        "[\"a\", \"c\"]) or consumer.name == \"d\" or claims.tier == \"e\"");
    QVERIFY(expression);
    QCOMPARE((*expression)->tiers(), (std::vector<std::string>{"a", "b", "c"}));
}

void ExpressionTest::isBoundedInLengthAndDepth() {
    const auto nested = [](std::size_t levels) {
        return std::string(levels, '(') + "request.secure" + std::string(levels, ')');
    };
    QVERIFY(parseExpression(nested(64)));
    const auto deep = parseExpression(nested(65));
    QVERIFY(!deep);
    QCOMPARE(deep.error().offset, std::size_t{65});
    QVERIFY(!parseExpression(std::string(4000, '(')));
    std::string nots;
    for (int i = 0; i < 65; ++i) {
        nots += "not ";
    }
    QVERIFY(!parseExpression(nots + "request.secure"));
    const std::string start = "consumer.name == \"";
    QVERIFY(parseExpression(start + std::string(4096 - start.size() - 1, 'a') + "\""));
    const auto longer = parseExpression(start + std::string(4096 - start.size(), 'a') + "\"");
    QVERIFY(!longer);
    QCOMPARE(longer.error().offset, std::size_t{4096});
}

QTEST_APPLESS_MAIN(ExpressionTest)
#include "test_expression.moc"
