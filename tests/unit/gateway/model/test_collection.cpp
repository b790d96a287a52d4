#include "gateway/model/collection.h"

#include "model_samples.h"

#include <QtTest>
#include <map>
#include <random>

using namespace gateway::model;

class CollectionTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsItemsInTheOrderOfTheirNames();
    void keepsTheLastOfThoseWithOneName();
    void mergesChangesByName();
    void sharesWhatACopyDidNotChange();
    void holdsWhatAMapHolds();
    void findsTheDifferenceOfTwoCopies();
    void comparesByContent();
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

void CollectionTest::holdsWhatAMapHolds() {
    std::mt19937 random(1); // NOLINT: the same every time
    std::map<std::string, std::string> expected;
    Collection<Route> routes;
    for (int round = 0; round < 300; ++round) {
        // From single edits to ones that add and remove whole chunks.
        const std::size_t count = 1 + random() % (round % 10 == 0 ? 2'000 : 5);
        const bool removes = random() % 3 == 0;
        Collection<Route>::Changes changes;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string name = "r" + std::to_string(random() % 3'000);
            const std::string path = "/" + std::to_string(random());
            changes[name] = removes ? nullptr : std::make_shared<const Route>(makeRoute(name, path));
            if (removes) {
                expected.erase(name);
            } else {
                expected[name] = path;
            }
        }
        routes.merge(changes);
        QCOMPARE(routes.size(), expected.size());
        std::size_t position = 0;
        auto item = routes.begin();
        for (const auto& [name, path] : expected) {
            QVERIFY(item != routes.end());
            QCOMPARE(item->name, name);
            QCOMPARE(item->match.path, path);
            QVERIFY(&routes[position] == &*item);
            QVERIFY(routes.find(name) == &*item);
            ++position;
            ++item;
        }
        QVERIFY(item == routes.end());
        QVERIFY(routes.find("r") == nullptr);
    }
}

void CollectionTest::findsTheDifferenceOfTwoCopies() {
    std::mt19937 random(2); // NOLINT: the same every time
    const auto makeMany = [&](std::size_t count) {
        Collection<Route>::Changes changes;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string name = "r" + std::to_string(random() % 5'000);
            changes[name] = random() % 3 == 0 ? nullptr : std::make_shared<const Route>(makeRoute(name, "/"));
        }
        return changes;
    };
    Collection<Route> before;
    before.merge(makeMany(5'000));
    for (int round = 0; round < 100; ++round) {
        Collection<Route> after = before;
        after.merge(makeMany(1 + random() % (round % 10 == 0 ? 1'000 : 3)));
        std::map<std::string, std::pair<const Route*, const Route*>> expected;
        for (const Route& route : before) {
            expected[route.name].first = &route;
        }
        for (const Route& route : after) {
            expected[route.name].second = &route;
        }
        std::erase_if(expected, [](const auto& entry) { return entry.second.first == entry.second.second; });
        std::map<std::string, std::pair<const Route*, const Route*>> found;
        std::string last;
        Collection<Route>::visitDifference(before, after, [&](const auto& former, const auto& current) {
            const std::string name = former ? former->name : current->name;
            QVERIFY(last < name);
            last = name;
            found[name] = {former.get(), current.get()};
        });
        QVERIFY(found == expected);
        before = after;
    }
}

void CollectionTest::comparesByContent() {
    Collection<Route> routes;
    Collection<Route> others;
    for (int i = 0; i < 1'000; ++i) {
        routes.put(makeRoute("r" + std::to_string(i), "/a"));
        others.put(makeRoute("r" + std::to_string(999 - i), "/a"));
    }
    QVERIFY(routes == others);
    others.put(makeRoute("r500", "/b"));
    QVERIFY(!(routes == others));
    others.put(makeRoute("r500", "/a"));
    others.erase("r1");
    QVERIFY(!(routes == others));
    others.put(makeRoute("r-1", "/a"));
    QVERIFY(!(routes == others));
}

QTEST_APPLESS_MAIN(CollectionTest)
#include "test_collection.moc"
