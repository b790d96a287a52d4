#include "gateway/model/validate.h"

#include "gateway/model/path_pattern.h"

#include <QtTest>

using namespace gateway::model;

class PathsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void knowsTheKindOfAPath();
    void takesPaths_data();
    void takesPaths();
    void refusesPaths_data();
    void refusesPaths();
    void takesRewrites_data();
    void takesRewrites();
    void refusesRewrites_data();
    void refusesRewrites();
};

void PathsTest::knowsTheKindOfAPath() {
    QVERIFY(pathKind("/a") == PathKind::Exact);
    QVERIFY(pathKind("/a/{b}") == PathKind::Template);
    QVERIFY(pathKind("/a/*") == PathKind::Prefix);
    QVERIFY(pathKind("/a/{b}/*") == PathKind::Prefix);
    QVERIFY(pathKind("~^/a/*") == PathKind::Regex);
}

void PathsTest::takesPaths_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("captures");
    const auto row = [](const char* path, const char* captures) {
        QTest::newRow(path) << QString::fromLatin1(path) << QString::fromLatin1(captures);
    };
    row("/", "");
    row("/*", "");
    row("/v1/orders", "");
    row("/v1/orders/", "");
    row("/a%20b/%C3%A9", "");
    row("/a:b@c!$&'()+,;=-._~", "");
    row("/v1/{id}", "id");
    row("/{a}/x/{b_2}/", "a b_2");
    row("/{a}/*", "a");
    row("~^/v[12]/(?P<id>\\d+)$", "id");
    row("~/a|/b", "");
}

void PathsTest::takesPaths() {
    QFETCH(QString, path);
    QFETCH(QString, captures);
    const auto pattern = parsePathPattern(path.toStdString());
    QVERIFY2(pattern, pattern ? "" : pattern.error().c_str());
    QStringList names;
    for (const std::string& name : pattern->captures) {
        names << QString::fromStdString(name);
    }
    QCOMPARE(names.join(QLatin1Char(' ')), captures);
}

void PathsTest::refusesPaths_data() {
    QTest::addColumn<QString>("path");
    for (const char* path : {"",
                             "a",
                             "v1/x",
                             "//",
                             "/a//b",
                             "//*",
                             "/a//*",
                             "/./a",
                             "/a/..",
                             "/a/../b",
                             "/a?b",
                             "/a#b",
                             "/a b",
                             "/a\tb",
                             "/\xC3\xA9",
                             "/a%",
                             "/a%2",
                             "/a%zz",
                             "/a%c3%a9",
                             "/a%2Fb",
                             "/a%2f",
                             "/a%5C",
                             "/a%00",
                             "/a%7E",
                             "/a%41",
                             "/a*",
                             "/*/a",
                             "/a/*b",
                             "/{",
                             "/}",
                             "/{}",
                             "/{a",
                             "/a}",
                             "/x{a}",
                             "/{a}x",
                             "/{a}{b}",
                             "/{1a}",
                             "/{a-b}",
                             "/{a}/{a}",
                             "/{{a}}",
                             "/a\\b",
                             "/a\"b",
                             "/a|b",
                             "/a<b",
                             "~(",
                             "~[a",
                             "~(?P<a>x)(?P<a>y)",
                             "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}/{j}/{k}/{l}/{m}/{n}/{o}/{p}/{q}",
                             "~((((((((((((((((()))))))))))))))))",
                             "~(a{1000}){1000}"}) {
        QTest::newRow(path) << QString::fromLatin1(path);
    }
    QTest::newRow("too long") << QString(2049, QLatin1Char('/'));
}

void PathsTest::refusesPaths() {
    QFETCH(QString, path);
    const auto pattern = parsePathPattern(path.toLatin1().toStdString());
    QVERIFY(!pattern);
    QVERIFY(!pattern.error().empty());
}

void PathsTest::takesRewrites_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("rewrite");
    const auto row = [](const char* path, const char* rewrite) {
        QTest::addRow("%s to %s", path, rewrite) << QString::fromLatin1(path) << QString::fromLatin1(rewrite);
    };
    row("/a", "/b");
    row("/a/*", "/b/*");
    row("/a/*", "/*");
    row("/a/*", "/b");
    row("/a/{id}", "/b/{id}");
    row("/a/{id}/{x}", "/b-{x}/{id}/{id}.json");
    row("~/(?P<n>.)", "/{n}");
    row("/{a}/*", "/{a}/*");
}

void PathsTest::takesRewrites() {
    QFETCH(QString, path);
    QFETCH(QString, rewrite);
    const auto pattern = parsePathPattern(path.toStdString());
    QVERIFY(pattern);
    QCOMPARE(QString::fromStdString(rewriteProblem(rewrite.toStdString(), *pattern)), QString());
}

void PathsTest::refusesRewrites_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("rewrite");
    const auto row = [](const char* path, const char* rewrite) {
        QTest::addRow("%s to %s", path, rewrite) << QString::fromLatin1(path) << QString::fromLatin1(rewrite);
    };
    row("/a", "b");
    row("/a", "/b/*");
    row("/a/{id}", "/b/*");
    row("/a/*", "/*/b");
    row("/a/*", "/b*");
    row("/a", "/{id}");
    row("/a/{id}", "/{ID}");
    row("/a/{id}", "/{id");
    row("/a/{id}", "/id}");
    row("/a/{id}", "/{{id}}");
    row("/a/{id}", "/{}");
    row("/a", "/b?c=d");
    row("/a", "/../b");
    row("/a", "/b c");
    row("/a", "/b%2F");
}

void PathsTest::refusesRewrites() {
    QFETCH(QString, path);
    QFETCH(QString, rewrite);
    const auto pattern = parsePathPattern(path.toStdString());
    QVERIFY(pattern);
    QVERIFY(!rewriteProblem(rewrite.toStdString(), *pattern).empty());
}

QTEST_APPLESS_MAIN(PathsTest)
#include "test_paths.moc"
