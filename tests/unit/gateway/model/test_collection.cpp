#include "gateway/model/collection.h"

#include "model_samples.h"

#include <QtTest>

using namespace gateway::model;

class CollectionTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsItemsInTheOrderOfTheirNames();
    void keepsTheLastOfThoseWithOneName();
    void mergesChangesByName();
    void sharesWhatACopyDidNotChange();
};

namespace {

QString names(const Collection<Route>& routes) {
    QString text;
    for (const Route& route : routes) {
        text += QString::fromStdString(route.name + route.match.path + " ");
    }
    return text.trimmed();
}

} // namespace

void CollectionTest::keepsItemsInTheOrderOfTheirNames() {
    Collection<Route> routes;
    routes.put(makeRoute("b", "/1"));
    routes.put(makeRoute("a", "/2"));
    routes.put(makeRoute("b", "/3"));
    QCOMPARE(names(routes), QStringLiteral("a/2 b/3"));
    QVERIFY(routes.erase("a"));
    QVERIFY(!routes.erase("a"));
    QCOMPARE(names(routes), QStringLiteral("b/3"));
}

void CollectionTest::keepsTheLastOfThoseWithOneName() {
    Collection<Route> routes;
    routes.assign({makeRoute("b", "/1"), makeRoute("a", "/2"), makeRoute("b", "/3")});
    QCOMPARE(names(routes), QStringLiteral("a/2 b/3"));
}

void CollectionTest::mergesChangesByName() {
    Collection<Route> routes;
    routes.assign({makeRoute("b", "/b"), makeRoute("d", "/d"), makeRoute("f", "/f")});
    const auto pointer = [](const char* name) {
        return std::make_shared<const Route>(makeRoute(name, "/new"));
    };
    routes.merge({{"a", pointer("a")},
                  {"b", nullptr},
                  {"c", pointer("c")},
                  {"d", pointer("d")},
                  {"e", nullptr},
                  {"g", pointer("g")}});
    QCOMPARE(names(routes), QStringLiteral("a/new c/new d/new f/f g/new"));
}

void CollectionTest::sharesWhatACopyDidNotChange() {
    Collection<Route> routes;
    routes.assign({makeRoute("a", "/a"), makeRoute("b", "/b")});
    Collection<Route> copy = routes;
    copy.merge({{"b", std::make_shared<const Route>(makeRoute("b", "/new"))}});
    QVERIFY(copy.pointer(0) == routes.pointer(0));
    QCOMPARE(names(routes), QStringLiteral("a/a b/b"));
}

QTEST_APPLESS_MAIN(CollectionTest)
#include "test_collection.moc"
