#include "gateway/net/address.h"
#include "gateway/net/buffer.h"
#include "gateway/net/event_loop.h"
#include "gateway/net/listen_socket.h"
#include "gateway/net/network.h"
#include "gateway/net/stream.h"

#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace gateway;
using namespace gateway::net;

class NetTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsAndShowsAddresses();
    void refusesWhatIsNotAnAddress();
    void readsAndShowsUnixSockets();
    void connectsToUnixSockets();
    void knowsWhatIsInANetwork_data();
    void knowsWhatIsInANetwork();
    void refusesWhatIsNoNetwork();
    void buffersKeepTheirContentWhenTheyGrow();
    void buffersComeBackToThePool();
    void tasksFromOtherThreadsRunInOrder();
    void aClosedStreamIsWatchedNoMoreAlsoWhileAChildHasItOpen();
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

void NetTest::readsAndShowsUnixSockets() {
    const auto socket = endpointFromLiteral("unix:/run/shop.sock", 0);
    QVERIFY(socket.has_value());
    QVERIFY(socket->isUnix());
    QCOMPARE(socket->text(), std::string("unix:/run/shop.sock"));
    QCOMPARE(socket->addressText(), std::string("unix:/run/shop.sock"));
    QCOMPARE(socket->port(), std::uint16_t{0});
    QVERIFY(*socket == *endpointFromLiteral("unix:/run/shop.sock", 80));
    QVERIFY(!(*socket == *endpointFromLiteral("unix:/run/other.sock", 0)));
    QVERIFY(!(*socket == *endpointFromLiteral("127.0.0.1", 0)));
    QVERIFY(*endpointFromLiteral("::1", 80) == *endpointFromLiteral("::1", 80));
    QVERIFY(!(*endpointFromLiteral("127.0.0.1", 80) == *endpointFromLiteral("127.0.0.1", 81)));
    for (const std::string& path : {std::string("shop.sock"), std::string(), "/" + std::string(107, 'x')}) {
        QVERIFY(!endpointFromLiteral("unix:" + path, 0).has_value());
    }
    QVERIFY(endpointFromLiteral("unix:/" + std::string(106, 'x'), 0).has_value());
}

namespace {

/// Connects, says a word and stops the loop once something came back.
struct Greeter final : StreamHandler {
    explicit Greeter(EventLoop& theLoop)
        : loop(theLoop)
        , stream(Stream::create(theLoop)) {}
    ~Greeter() override { stream->close(); }

    void onConnected(StreamEnd theEnd) override {
        end = theEnd;
        if (end != StreamEnd::None) {
            loop.stop();
            return;
        }
        const iovec all{const_cast<char*>("hello"), 5};
        static_cast<void>(stream->write(&all, 1));
        stream->read(in);
    }
    void onRead(std::size_t, StreamEnd theEnd) override {
        end = theEnd;
        answer = in.readable();
        loop.stop();
    }

    EventLoop& loop;
    StreamPointer stream;
    Buffer in;
    std::string answer;
    StreamEnd end = StreamEnd::None;
};

} // namespace

void NetTest::connectsToUnixSockets() {
    QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("s")).toStdString();
    const auto endpoint = endpointFromLiteral("unix:" + path, 0);
    const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    QCOMPARE(::bind(listening, endpoint->data(), endpoint->length), 0);
    QCOMPARE(::listen(listening, 1), 0);
    std::thread echo([&] {
        const int accepted = ::accept(listening, nullptr, nullptr);
        char bytes[16];
        const ssize_t got = ::recv(accepted, bytes, sizeof bytes, 0);
        ::send(accepted, bytes, static_cast<std::size_t>(got), MSG_NOSIGNAL);
        ::close(accepted);
    });
    SystemClock clock;
    EventLoop loop(clock, [] {});
    Greeter greeter(loop);
    greeter.stream->setHandler(&greeter);
    greeter.stream->connect(*endpoint);
    loop.run();
    echo.join();
    ::close(listening);
    QCOMPARE(greeter.answer, std::string("hello"));

    EventLoop second(clock, [] {});
    Greeter refused(second);
    refused.stream->setHandler(&refused);
    refused.stream->connect(*endpointFromLiteral("unix:" + path + "-not-there", 0));
    second.run();
    QCOMPARE(refused.end, StreamEnd::Refused);
}

void NetTest::knowsWhatIsInANetwork_data() {
    QTest::addColumn<QString>("network");
    QTest::addColumn<QString>("address");
    QTest::addColumn<bool>("isIn");
    QTest::newRow("itself") << "192.0.2.7"
                            << "192.0.2.7" << true;
    QTest::newRow("neighbour") << "192.0.2.7"
                               << "192.0.2.8" << false;
    QTest::newRow("/24 first") << "192.0.2.0/24"
                               << "192.0.2.0" << true;
    QTest::newRow("/24 last") << "192.0.2.0/24"
                              << "192.0.2.255" << true;
    QTest::newRow("/24 next") << "192.0.2.0/24"
                              << "192.0.3.0" << false;
    QTest::newRow("/24 with host bits") << "192.0.2.99/24"
                                        << "192.0.2.1" << true;
    QTest::newRow("/20") << "172.16.16.0/20"
                         << "172.16.31.1" << true;
    QTest::newRow("/20 next") << "172.16.16.0/20"
                              << "172.16.32.1" << false;
    QTest::newRow("/0 is IPv4 alone") << "0.0.0.0/0"
                                      << "203.0.113.1" << true;
    QTest::newRow("/0 is no IPv6") << "0.0.0.0/0"
                                   << "2001:db8::1" << false;
    QTest::newRow("::/0 is all") << "::/0"
                                 << "2001:db8::1" << true;
    QTest::newRow("/33") << "2001:db8:8000::/33"
                         << "2001:db8:ffff::1" << true;
    QTest::newRow("/33 next") << "2001:db8:8000::/33"
                              << "2001:db8:7fff::1" << false;
    QTest::newRow("IPv6 alone") << "::1"
                                << "::1" << true;
}

void NetTest::knowsWhatIsInANetwork() {
    QFETCH(QString, network);
    QFETCH(QString, address);
    QFETCH(bool, isIn);
    const auto parsed = Network::parse(network.toStdString());
    QVERIFY(parsed.has_value());
    QCOMPARE(parsed->contains(*parseIpLiteral(address.toStdString())), isIn);
    QCOMPARE(parsed->contains(ipBytesOf(*endpointFromLiteral(address.toStdString(), 80))), isIn);
}

void NetTest::refusesWhatIsNoNetwork() {
    for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/8/8", "::/129",
                             "10.0.0/8", "name/8", "10.0.0.0/-1"}) {
        QVERIFY2(!Network::parse(text).has_value(), text);
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

/// Descriptors that epolls of this process watch.
std::set<int> watchedDescriptors() {
    std::set<int> watched;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
        std::ifstream info(entry.path());
        for (std::string word; info >> word;) {
            if (int descriptor = -1; word == "tfd:" && info >> descriptor) {
                watched.insert(descriptor);
            }
        }
    }
    return watched;
}

void NetTest::aClosedStreamIsWatchedNoMoreAlsoWhileAChildHasItOpen() {
    const SystemClock clock;
    EventLoop loop(clock, [] {});
    std::array<int, 2> ends{};
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    const StreamPointer stream = Stream::adopt(loop, ends[0]);
    QVERIFY(watchedDescriptors().contains(ends[0]));
    const int ofChild = ::dup(ends[0]); // what fork() gives it
    stream->close();
    QVERIFY(!watchedDescriptors().contains(ends[0]));
    ::close(ofChild);
    ::close(ends[1]);
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
