#include "gateway/routing/router.h"

#include <QtTest/QtTest>

using gateway::routing::Captures;
using gateway::routing::PathRewrite;

namespace {

QString rewritten(std::string_view rewrite, const Captures& captures) {
    std::string out = "before:";
    PathRewrite::compile(rewrite).apply(out, captures);
    return QString::fromStdString(out).mid(7);
}

Captures captured(std::string_view rest = {}) {
    Captures captures;
    captures.items[0] = {"id", "42"};
    captures.items[1] = {"item", "a%2Fb"};
    captures.count = 2;
    // Left over from a former request: beyond the count.
    captures.items[2] = {"old", "stale"};
    captures.rest = rest;
    return captures;
}

} // namespace

class PathRewriteTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anEmptyRewriteChangesNothing();
    void aLiteralReplacesThePath();
    void namesTakeCaptures();
    void aStarAtTheEndTakesTheRest();
    void nothingLeftOverIsStillAPath();
    void captureAndRestGoTogether();
    void aNameThatWasNotCapturedIsEmpty();
    void aBraceAloneIsALiteral();
    void aStarElsewhereIsALiteral();
};

void PathRewriteTest::anEmptyRewriteChangesNothing() {
    QVERIFY(PathRewrite::compile("").isIdentity());
    QVERIFY(!PathRewrite::compile("/").isIdentity());
    QVERIFY(!PathRewrite::compile("/*").isIdentity());
    QCOMPARE(rewritten("", captured("/x")), QString());
}

void PathRewriteTest::aLiteralReplacesThePath() {
    QCOMPARE(rewritten("/api/orders", captured("/x")), QStringLiteral("/api/orders"));
}

void PathRewriteTest::namesTakeCaptures() {
    QCOMPARE(rewritten("/api/{id}/x-{item}{id}/", captured()), QStringLiteral("/api/42/x-a%2Fb42/"));
}

void PathRewriteTest::aStarAtTheEndTakesTheRest() {
    QCOMPARE(rewritten("/catalog/*", captured("/a/b")), QStringLiteral("/catalog/a/b"));
    QCOMPARE(rewritten("/catalog/*", captured("/")), QStringLiteral("/catalog/"));
    QCOMPARE(rewritten("/catalog/*", captured("")), QStringLiteral("/catalog"));
}

void PathRewriteTest::nothingLeftOverIsStillAPath() {
    QCOMPARE(rewritten("/*", captured("")), QStringLiteral("/"));
    QCOMPARE(rewritten("/*", captured("/")), QStringLiteral("/"));
    QCOMPARE(rewritten("/*", captured("/a")), QStringLiteral("/a"));
}

void PathRewriteTest::captureAndRestGoTogether() {
    QCOMPARE(rewritten("/{id}/*", captured("/a")), QStringLiteral("/42/a"));
}

void PathRewriteTest::aNameThatWasNotCapturedIsEmpty() {
    QCOMPARE(rewritten("/x/{old}/y", captured()), QStringLiteral("/x//y"));
}

void PathRewriteTest::aBraceAloneIsALiteral() {
    QCOMPARE(rewritten("/x/{id", captured()), QStringLiteral("/x/{id"));
    QCOMPARE(rewritten("/x}/{id}", captured()), QStringLiteral("/x}/42"));
}

void PathRewriteTest::aStarElsewhereIsALiteral() {
    QCOMPARE(rewritten("/a/*/b", captured("/x")), QStringLiteral("/a/*/b"));
}

QTEST_APPLESS_MAIN(PathRewriteTest)
#include "test_path_rewrite.moc"
