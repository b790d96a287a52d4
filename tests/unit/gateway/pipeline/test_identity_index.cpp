#include "gateway/pipeline/identity_index.h"
#include "gateway/pipeline/key_uses.h"

#include <QtTest>
#include <map>
#include <random>

using namespace gateway;
using pipeline::IdentityIndex;
using pipeline::KeyUses;
using Kind = model::ConsumerIdentity::Kind;

class IdentityIndexTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsWhatAPlainMapFinds();
    void copiesShareWhatDidNotChange();
    void kindsAndProvidersAreApart();
    void countsUsesOfManyKeys();
};

namespace {

bool has(const IdentityIndex& index, std::uint64_t hash, std::uint64_t consumer) {
    return index.visit(hash, [&](model::ConsumerId id) { return id.value == consumer; });
}

} // namespace

void IdentityIndexTest::findsWhatAPlainMapFinds() {
    std::mt19937 random(7);
    IdentityIndex index;
    std::multimap<std::uint64_t, std::uint64_t> plain;
    for (int step = 0; step < 20'000; ++step) {
        // Few hashes, so that many meet.
        const std::uint64_t hash = random() % 500;
        const std::uint64_t consumer = 1 + random() % 3;
        const auto [from, to] = plain.equal_range(hash);
        const auto at = std::find_if(from, to, [&](const auto& item) { return item.second == consumer; });
        QCOMPARE(has(index, hash, consumer), at != to);
        if (at != to) {
            index.erase(hash, model::ConsumerId{consumer});
            plain.erase(at);
        } else {
            index.put(hash, model::ConsumerId{consumer});
            plain.emplace(hash, consumer);
        }
    }
    for (std::uint64_t hash = 0; hash < 500; ++hash) {
        for (std::uint64_t consumer = 1; consumer <= 3; ++consumer) {
            const auto [from, to] = plain.equal_range(hash);
            QCOMPARE(has(index, hash, consumer),
                     std::any_of(from, to, [&](const auto& item) { return item.second == consumer; }));
        }
    }
}

void IdentityIndexTest::copiesShareWhatDidNotChange() {
    IdentityIndex index;
    for (std::uint64_t i = 1; i <= 10'000; ++i) {
        index.put(IdentityIndex::hashOf(Kind::Subject, "corp", "s" + std::to_string(i)),
                  model::ConsumerId{i});
    }
    index.seal();
    IdentityIndex changed = index;
    const std::uint64_t hash = IdentityIndex::hashOf(Kind::Subject, "corp", "s77");
    changed.erase(hash, model::ConsumerId{77});
    changed.put(hash, model::ConsumerId{78});
    changed.seal();
    QVERIFY(changed.pagesNotIn(index) <= 2);
    QVERIFY(has(index, hash, 77));
    QVERIFY(!has(changed, hash, 77));
    QVERIFY(has(changed, hash, 78));
}

void IdentityIndexTest::kindsAndProvidersAreApart() {
    const std::uint64_t hash = IdentityIndex::hashOf(Kind::Subject, "corp", "a");
    QVERIFY(hash != IdentityIndex::hashOf(Kind::Subject, "other", "a"));
    QVERIFY(hash != IdentityIndex::hashOf(Kind::CertificateName, "corp", "a"));
    QVERIFY(hash != IdentityIndex::hashOf(Kind::Subject, "a", "corp"));
    QVERIFY(!has(IdentityIndex(), hash, 1));
}

void IdentityIndexTest::countsUsesOfManyKeys() {
    KeyUses uses;
    std::map<std::uint64_t, std::uint64_t> plain;
    std::mt19937 random(3);
    for (int i = 0; i < 50'000; ++i) {
        const std::uint64_t key = 1 + random() % 3'000; // more than there are places
        uses.add(key, static_cast<std::uint32_t>(100 + i / 10'000));
        ++plain[key];
    }
    std::unordered_map<std::uint64_t, KeyUses::Use> taken;
    uses.takeInto(taken);
    QVERIFY(uses.isEmpty());
    QCOMPARE(taken.size(), plain.size());
    for (const auto& [key, times] : plain) {
        QCOMPARE(taken[key].times, times);
    }
    uses.add(5, 200);
    uses.takeInto(taken);
    QCOMPARE(taken[5].minute, 200U);
    QCOMPARE(taken[5].times, plain[5] + 1);
}

QTEST_APPLESS_MAIN(IdentityIndexTest)
#include "test_identity_index.moc"
