#include "gateway/auth/strict_json.h"

#include <QtTest/QtTest>
#include <string>

using gateway::auth::jsonDepthMax;
using gateway::auth::parseStrictJson;
using Json = nlohmann::json;

class StrictJsonTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsEveryKindOfValue() {
        const auto read = parseStrictJson(
            "{\"a\":[1,-2,1.5,\"\\u00e9\",true,false,null,{}],\"b\":{\"a\":[]},\"c\":18446744073709551615}");
        QVERIFY(read);
        QVERIFY((*read == Json{{"a", {1, -2, 1.5, "\xC3\xA9", true, false, nullptr, Json::object()}},
                               {"b", {{"a", Json::array()}}},
                               {"c", 18446744073709551615ULL}}));
        QVERIFY(parseStrictJson("\"alone\""));
        QVERIFY(parseStrictJson(" [ ] "));
    }
    void refusesAMemberThatComesTwiceAtAnyDepth() {
        for (const char* text : {"{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}",
                                 "[[{\"x\":{\"a\":1,\"a\":null}}]]", "{\"a\":{},\"b\":1,\"a\":[]}"}) {
            const auto read = parseStrictJson(text);
            QVERIFY2(!read, text);
            QCOMPARE(read.error().message, std::string("a member comes twice"));
        }
        QVERIFY(parseStrictJson("{\"a\":{\"a\":{\"a\":1}},\"A\":[{\"a\":1},{\"a\":1}]}"));
    }
    void refusesWhatIsNestedTooDeeply() {
        const auto lists = [](std::size_t depth) {
            return std::string(depth, '[') + std::string(depth, ']');
        };
        QVERIFY(parseStrictJson(lists(jsonDepthMax)));
        QVERIFY(!parseStrictJson(lists(jsonDepthMax + 1)));
        QVERIFY(!parseStrictJson(std::string(1'000'000, '[')));
        // Width is no depth.
        std::string wide = "[";
        for (int i = 0; i < 1000; ++i) {
            wide += "[],{},";
        }
        QVERIFY(parseStrictJson(wide + "1]"));
    }
    void refusesBytesThatOtherReadersWouldSkipOrStopAt() {
        const std::string good = "{\"a\":1}";
        QVERIFY(parseStrictJson(good));
        QVERIFY(!parseStrictJson("\xEF\xBB\xBF" + good));
        QVERIFY(!parseStrictJson(good + std::string(1, '\0')));
        QVERIFY(!parseStrictJson(good + std::string(1, '\0') + good));
        QVERIFY(!parseStrictJson(good + "x"));
        QVERIFY(!parseStrictJson(good + good));
        QVERIFY(!parseStrictJson("{\"a\":\"\xFF\"}"));
        QVERIFY(!parseStrictJson("{\"a\":1 /* b */}"));
        QVERIFY(!parseStrictJson(""));
        QVERIFY(!parseStrictJson(" "));
    }
    void refusesNumbersThatDoNotFit() {
        for (const char* text : {"1e400", "-1e400", "18446744073709551616", "-9223372036854775809", "NaN",
                                 "Infinity", "01", "1.", "+1", ".5"}) {
            QVERIFY2(!parseStrictJson(text), text);
        }
        for (const char* text : {"1e300", "1e-400", "-9223372036854775808", "0", "-0", "1.5E+2"}) {
            QVERIFY2(parseStrictJson(text), text);
        }
    }
};

QTEST_APPLESS_MAIN(StrictJsonTest)
#include "test_strict_json.moc"
