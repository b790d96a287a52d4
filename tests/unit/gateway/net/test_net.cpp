#include "gateway/net/address.h"
#include "gateway/net/buffer.h"
#include "gateway/net/event_loop.h"
#include "gateway/net/listen_socket.h"

#include <QtTest>
#include <atomic>
#include <thread>

using namespace gateway;
using namespace gateway::net;

class NetTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsAndShowsAddresses();
    void refusesWhatIsNotAnAddress();
    void buffersKeepTheirContentWhenTheyGrow();
    void buffersComeBackToThePool();
    void tasksFromOtherThreadsRunInOrder();
    void severalSocketsShareAPortButNotWithStrangers();
};

void NetTest::readsAndShowsAddresses() {
    const auto v4 = endpointFromLiteral("192.0.2.1", 80);
    QVERIFY(v4.has_value());
    QCOMPARE(v4->text(), std::string("192.0.2.1:80"));
    const auto v6 = endpointFromLiteral("2001:db8::1", 443);
    QVERIFY(v6.has_value());
    QCOMPARE(v6->text(), std::string("[2001:db8::1]:443"));
    QCOMPARE(endpointFromLiteral("::ffff:192.0.2.1", 1)->addressText(), std::string("192.0.2.1"));
}

void NetTest::refusesWhatIsNotAnAddress() {
    for (const char* text : {"", "localhost", "1.2.3", "1.2.3.4.5", "[::1]", "256.1.1.1"}) {
        const auto endpoint = endpointFromLiteral(text, 80);
        QVERIFY2(!endpoint.has_value(), text);
        QCOMPARE(endpoint.error().code, std::string("address-invalid"));
    }
}

void NetTest::buffersKeepTheirContentWhenTheyGrow() {
    BufferPool pool;
    Buffer buffer = pool.lend();
    QCOMPARE(buffer.capacity(), BufferPool::smallBytes);
    std::memcpy(buffer.writeBegin(), "xxhello", 7);
    buffer.commit(7);
    buffer.consume(2);
    buffer.grow(100'000);
    QVERIFY(buffer.capacity() >= 100'000);
    QCOMPARE(buffer.readable(), std::string_view("hello"));
    buffer.consume(5);
    QCOMPARE(buffer.size(), std::size_t{0});
    QCOMPARE(buffer.writable(), buffer.capacity());
}

void NetTest::buffersComeBackToThePool() {
    BufferPool pool;
    const char* first = nullptr;
    {
        Buffer buffer = pool.lend();
        first = buffer.writeBegin();
    }
    Buffer again = pool.lend();
    QVERIFY(again.writeBegin() == first);
    Buffer other = pool.lend();
    QVERIFY(other.writeBegin() != first);
}

void NetTest::tasksFromOtherThreadsRunInOrder() {
    SystemClock clock;
    EventLoop loop(clock, [] {});
    std::vector<int> seen;
    loop.post([&] { seen.push_back(0); }); // before it runs
    std::thread runner([&] { loop.run(); });
    for (int i = 1; i < 1000; ++i) {
        loop.post([&, i] { seen.push_back(i); });
    }
    loop.post([&] { loop.defer([&] { loop.stop(); }); });
    runner.join();
    QCOMPARE(seen.size(), std::size_t{1000});
    QVERIFY(std::is_sorted(seen.begin(), seen.end()));
}

void NetTest::severalSocketsShareAPortButNotWithStrangers() {
    const auto any = endpointFromLiteral("127.0.0.1", 0);
    auto sockets = ListenSocket::open(*any, 4);
    QVERIFY(sockets.has_value());
    QCOMPARE(sockets->size(), std::size_t{4});
    const Endpoint bound = sockets->front().localEndpoint();
    for (const ListenSocket& socket : *sockets) {
        QCOMPARE(socket.localEndpoint().text(), bound.text());
    }
    const auto second = ListenSocket::open(bound, 1);
    QVERIFY(!second.has_value());
    QCOMPARE(second.error().code, std::string("port-in-use"));
    sockets->clear();
    QVERIFY(ListenSocket::open(bound, 1).has_value());
}

QTEST_APPLESS_MAIN(NetTest)
#include "test_net.moc"
