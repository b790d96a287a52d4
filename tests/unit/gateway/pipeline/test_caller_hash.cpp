#include "gateway/pipeline/caller_hash.h"

#include <QtTest>
#include <vector>

using namespace gateway;
using model::HashOn;

namespace {

http::RequestHead headWith(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
    http::RequestHead head;
    for (const auto& [name, value] : fields) {
        http::Field field;
        field.name = name;
        field.value = value;
        head.fields.push_back(field);
    }
    return head;
}

std::uint64_t hashOf(const HashOn& on, const http::RequestHead& head, std::string_view consumer = {}) {
    return pipeline::callerHash(on, head, consumer, "192.0.2.1");
}

} // namespace

/// What tells callers apart.
class CallerHashTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsACookie_data();
    void findsACookie();
    void goesByWhatTheServiceNames();
    void goesByTheAddressWhereNothingElseIsKnown();
};

void CallerHashTest::findsACookie_data() {
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("alone") << QByteArray("session=abc") << QByteArray("abc");
    QTest::newRow("among others") << QByteArray("a=1; session=abc; b=2") << QByteArray("abc");
    QTest::newRow("without the space") << QByteArray("a=1;session=abc;b=2") << QByteArray("abc");
    QTest::newRow("quoted") << QByteArray("session=\"abc\"") << QByteArray("abc");
    QTest::newRow("with an equals sign in it") << QByteArray("session=a=b") << QByteArray("a=b");
    QTest::newRow("the first of two") << QByteArray("session=a; session=b") << QByteArray("a");
    QTest::newRow("a longer name") << QByteArray("sessions=abc; mysession=x") << QByteArray();
    QTest::newRow("another case") << QByteArray("Session=abc") << QByteArray();
    QTest::newRow("no value") << QByteArray("session") << QByteArray();
    QTest::newRow("nothing") << QByteArray() << QByteArray();
    QTest::newRow("only separators") << QByteArray(";; ; =;") << QByteArray();
}

void CallerHashTest::findsACookie() {
    QFETCH(QByteArray, field);
    QFETCH(QByteArray, value);
    const std::string line = field.toStdString();
    const http::RequestHead head = headWith({{"X-Other", "session=no"}, {"cookie", line}});
    QCOMPARE(std::string(pipeline::cookieValue(head, "session")), value.toStdString());
}

void CallerHashTest::goesByWhatTheServiceNames() {
    const http::RequestHead alice = headWith({{"X-User", "alice"}, {"Cookie", "session=a"}});
    const http::RequestHead bob = headWith({{"X-User", "bob"}, {"Cookie", "session=b"}});
    const HashOn byHeader{HashOn::Source::Header, "x-user"};
    QCOMPARE(hashOf(byHeader, alice), hashOf(byHeader, alice, "somebody"));
    QVERIFY(hashOf(byHeader, alice) != hashOf(byHeader, bob));
    const HashOn byCookie{HashOn::Source::Cookie, "session"};
    QVERIFY(hashOf(byCookie, alice) != hashOf(byCookie, bob));
    const HashOn byConsumer{HashOn::Source::Consumer, ""};
    QCOMPARE(hashOf(byConsumer, alice, "acme"), hashOf(byConsumer, bob, "acme"));
    QVERIFY(hashOf(byConsumer, alice, "acme") != hashOf(byConsumer, alice, "globex"));
}

void CallerHashTest::goesByTheAddressWhereNothingElseIsKnown() {
    const http::RequestHead head = headWith({{"X-User", ""}, {"Cookie", "a=1; session="}});
    const std::uint64_t byAddress = hashOf({HashOn::Source::Address, ""}, head);
    QCOMPARE(hashOf({HashOn::Source::Header, "X-User"}, head), byAddress);
    QCOMPARE(hashOf({HashOn::Source::Header, "X-Missing"}, head), byAddress);
    QCOMPARE(hashOf({HashOn::Source::Cookie, "session"}, head), byAddress);
    QCOMPARE(hashOf({HashOn::Source::Cookie, "missing"}, head), byAddress);
    QCOMPARE(hashOf({HashOn::Source::Consumer, ""}, head), byAddress);
    QVERIFY(pipeline::callerHash({}, head, {}, "192.0.2.2") != byAddress);
}

QTEST_APPLESS_MAIN(CallerHashTest)
#include "test_caller_hash.moc"
