#include "gateway/http/peer_connections.h"

#include <QtTest>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

using namespace gateway;
using http::PeerConnections;

namespace {

net::Endpoint peer(const std::string& address) {
    return *net::endpointFromLiteral(address, 40'000);
}

} // namespace

class PeerConnectionsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void letsAnAddressInUpToItsCap() {
        PeerConnections connections;
        const auto first = connections.enter(peer("192.0.2.1"), 2);
        QVERIFY(first.has_value());
        QVERIFY(connections.enter(peer("192.0.2.1"), 2).has_value());
        QVERIFY(!connections.enter(peer("192.0.2.1"), 2).has_value());
        QVERIFY(connections.enter(peer("192.0.2.2"), 2).has_value());
        connections.leave(*first);
        QVERIFY(connections.enter(peer("192.0.2.1"), 2).has_value());
        QVERIFY(!connections.enter(peer("192.0.2.1"), 2).has_value());
    }

    void hasNoCapAtZeroButCounts() {
        PeerConnections connections;
        for (int i = 0; i < 100; ++i) {
            QVERIFY(connections.enter(peer("192.0.2.1"), 0).has_value());
        }
        QVERIFY(!connections.enter(peer("192.0.2.1"), 100).has_value());
        QVERIFY(connections.enter(peer("192.0.2.1"), 101).has_value());
    }

    void countsAnIPv6ClientByItsNetwork() {
        PeerConnections connections;
        QVERIFY(connections.enter(peer("2001:db8:1:2::1"), 1).has_value());
        QVERIFY(!connections.enter(peer("2001:db8:1:2:ffff::9"), 1).has_value());
        QVERIFY(connections.enter(peer("2001:db8:1:3::1"), 1).has_value());
    }

    void forgetsAnAddressThatLeft() {
        PeerConnections connections;
        // Many more addresses than there are places.
        for (int i = 0; i < 200'000; ++i) {
            const std::string address = "10." + std::to_string(i / 65'536) + "." +
                                        std::to_string(i / 256 % 256) + "." + std::to_string(i % 256);
            const auto place = connections.enter(peer(address), 1);
            QVERIFY(place.has_value());
            QVERIFY(*place != PeerConnections::uncounted);
            connections.leave(*place);
        }
    }

    void letsAddressesInUncountedWhenItIsFull() {
        PeerConnections connections;
        std::size_t uncounted = 0;
        for (int i = 0; i < 200'000; ++i) {
            const std::string address = "10." + std::to_string(i / 65'536) + "." +
                                        std::to_string(i / 256 % 256) + "." + std::to_string(i % 256);
            const auto place = connections.enter(peer(address), 1);
            QVERIFY(place.has_value());
            uncounted += *place == PeerConnections::uncounted ? 1 : 0;
        }
        QVERIFY(uncounted > 0);
        connections.leave(PeerConnections::uncounted);
    }

    void countsForSeveralWorkersAtATime() {
        PeerConnections connections;
        constexpr std::uint32_t cap = 50;
        constexpr int rounds = 20'000;
        std::atomic<std::uint32_t> open{0};
        std::atomic<bool> exceeded{false};
        const auto work = [&] {
            std::vector<std::uint32_t> places;
            for (int i = 0; i < rounds; ++i) {
                if (const auto place = connections.enter(peer("192.0.2.1"), cap)) {
                    places.push_back(*place);
                    exceeded = exceeded || ++open > cap;
                }
                if (places.size() > 40 || (i % 3 == 0 && !places.empty())) {
                    --open;
                    connections.leave(places.back());
                    places.pop_back();
                }
            }
            for (const std::uint32_t place : places) {
                --open;
                connections.leave(place);
            }
        };
        std::thread one(work);
        std::thread two(work);
        one.join();
        two.join();
        QVERIFY(!exceeded);
        // Nothing is left of it: the whole cap is free again.
        for (std::uint32_t i = 0; i < cap; ++i) {
            QVERIFY(connections.enter(peer("192.0.2.1"), cap).has_value());
        }
        QVERIFY(!connections.enter(peer("192.0.2.1"), cap).has_value());
    }
};

QTEST_APPLESS_MAIN(PeerConnectionsTest)
#include "test_peer_connections.moc"
