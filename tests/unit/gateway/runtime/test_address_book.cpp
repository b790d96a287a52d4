#include "gateway/runtime/address_book.h"
#include "tests/support/dns_responder.h"

#include <QtTest>
#include <condition_variable>
#include <mutex>

using namespace gateway;
using namespace gateway::runtime;
using support::DnsAnswer;
using support::DnsResponder;
using namespace std::chrono_literals;

namespace {

const std::string host = "backend.example.test";

NamedTarget target(std::uint32_t index, const std::string& name, std::uint16_t port = 80) {
    return {index, name, port, {*net::endpointFromLiteral("192.0.2.1", port)}};
}

/// What a book said last of each target.
class Said {
public:
    AddressBook::OnChange listener() {
        return [this](std::vector<AddressChange> changes) {
            const std::lock_guard lock(m_mutex);
            for (const AddressChange& change : changes) {
                m_last[change.targetIndex] = change.endpoints.empty() ? "" : change.endpoints.front().text();
            }
            m_changed.notify_all();
        };
    }
    [[nodiscard]] bool waitFor(std::uint32_t targetIndex, const std::string& endpoint) {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, support::patience, [&] { return m_last[targetIndex] == endpoint; });
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::map<std::uint32_t, std::string> m_last;
};

} // namespace

class AddressBookTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void asksAgainWhenATimeToLiveEnds();
    void targetsOfOneHostCostOneQuery();
    void keepsWhatWasGoodAndComesBack();
    void asksForNothingOnceTheNamesAreGone();
    void resolvesWhileSomebodyWaits();
    void endsAtOnceWhileAServerIsSilent();

private:
    [[nodiscard]] net::ResolverOptions servers() const {
        return {.servers = {m_responder->address()}, .timeout = support::patience, .tries = 1};
    }

    SystemClock m_clock;
    std::unique_ptr<DnsResponder> m_responder;
};

void AddressBookTest::init() {
    m_responder = std::make_unique<DnsResponder>();
}

void AddressBookTest::asksAgainWhenATimeToLiveEnds() {
    m_responder->setAddresses(host, {"192.0.2.1"}, 1);
    Said said;
    AddressBook book(m_clock, servers(), said.listener());
    book.setTargets({target(3, host, 8080)});
    QVERIFY(m_responder->waitForQueries(host, 2));
    m_responder->setAddresses(host, {"192.0.2.2"}, 1);
    QVERIFY(said.waitFor(3, "192.0.2.2:8080"));
    QCOMPARE(book.endpointsOf(host, 81)->front().text(), std::string("192.0.2.2:81"));
}

void AddressBookTest::targetsOfOneHostCostOneQuery() {
    m_responder->setAddresses(host, {"192.0.2.2"}, 300);
    Said said;
    AddressBook book(m_clock, servers(), said.listener());
    book.setTargets({target(0, host, 80), target(1, host, 81), target(2, "Backend.Example.Test", 82)});
    QVERIFY(said.waitFor(0, "192.0.2.2:80"));
    QVERIFY(said.waitFor(1, "192.0.2.2:81"));
    QVERIFY(said.waitFor(2, "192.0.2.2:82"));
    QCOMPARE(m_responder->queries(host), std::size_t{1});
}

void AddressBookTest::keepsWhatWasGoodAndComesBack() {
    m_responder->setAddresses(host, {"192.0.2.2"}, 1);
    Said said;
    AddressBook book(m_clock, servers(), said.listener());
    book.setTargets({target(0, host)});
    QVERIFY(said.waitFor(0, "192.0.2.2:80"));
    m_responder->setKind(host, DnsAnswer::Kind::NoSuchName);
    QVERIFY(m_responder->waitForQueries(host, m_responder->queries(host) + 2));
    QCOMPARE(book.endpointsOf(host, 80)->front().text(), std::string("192.0.2.2:80"));
    QVERIFY(said.waitFor(0, "192.0.2.2:80"));
    m_responder->setAddresses(host, {"192.0.2.3"}, 1);
    QVERIFY(said.waitFor(0, "192.0.2.3:80"));
}

void AddressBookTest::asksForNothingOnceTheNamesAreGone() {
    const std::string other = "other.example.test";
    m_responder->setAddresses(host, {"192.0.2.2"}, 1);
    m_responder->setAddresses(other, {"192.0.2.3"}, 1);
    Said said;
    AddressBook book(m_clock, servers(), said.listener());
    book.setTargets({target(0, host)});
    QVERIFY(said.waitFor(0, "192.0.2.2:80"));
    book.setTargets({target(1, other)});
    QVERIFY(!book.endpointsOf(host, 80).has_value());
    QVERIFY(said.waitFor(1, "192.0.2.3:80"));
    const std::size_t before = m_responder->queries(host);
    // The other name's time passes twice; the first one's would have, too.
    QVERIFY(m_responder->waitForQueries(other, m_responder->queries(other) + 2));
    QCOMPARE(m_responder->queries(host), before);
}

void AddressBookTest::resolvesWhileSomebodyWaits() {
    m_responder->setAddresses(host, {"192.0.2.2"}, 1);
    AddressBook book(m_clock, servers(), [](const std::vector<AddressChange>&) {});
    const auto endpoints = book.resolve(host, 8080);
    QVERIFY(endpoints.has_value());
    QCOMPARE(endpoints->front().text(), std::string("192.0.2.2:8080"));
    QCOMPARE(book.resolve("unknown.example.test", 8080).error().code, std::string("name-not-found"));
}

void AddressBookTest::endsAtOnceWhileAServerIsSilent() {
    m_responder->setKind(host, DnsAnswer::Kind::Silence);
    // Longer than the test may take.
    AddressBook book(m_clock, {.servers = {m_responder->address()}, .timeout = 600'000ms, .tries = 1},
                     [](const std::vector<AddressChange>&) {});
    book.setTargets({target(0, host)});
    QVERIFY(m_responder->waitForQueries(host, 1));
}

QTEST_APPLESS_MAIN(AddressBookTest)
#include "test_address_book.moc"
