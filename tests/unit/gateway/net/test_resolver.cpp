#include "gateway/net/resolver.h"
#include "tests/support/dns_responder.h"

#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>

using namespace gateway;
using namespace gateway::net;
using support::DnsAnswer;
using support::DnsResponder;
using namespace std::chrono_literals;

namespace {

const std::string name = "backend.example.test";

/// Addresses and errors alike come as text, so that a test shows what was there in place of what it wanted.
std::string textOf(const Result<NameAddresses>& addresses) {
    if (!addresses) {
        return addresses.error().code;
    }
    std::vector<std::string> texts;
    for (const Endpoint& endpoint : addresses->endpoints) {
        texts.push_back(endpoint.addressText());
    }
    std::sort(texts.begin(), texts.end());
    std::string all;
    for (const std::string& text : texts) {
        all += all.empty() ? text : " " + text;
    }
    return all;
}

Result<NameAddresses> ask(Resolver& resolver, const std::string& what = name) {
    auto promise = std::make_shared<std::promise<Result<NameAddresses>>>();
    auto answered = promise->get_future();
    resolver.resolve(what, [promise](const Result<NameAddresses>& answer) { promise->set_value(answer); });
    return answered.get();
}

} // namespace

class ResolverTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tellsAllAddressesOfBothFamiliesAndTheSmallestTimeToLive();
    void anAliasMayEndEarlierThanTheAddressesBehindIt();
    void aTimeToLiveOfZeroIsOne();
    void theHostsFileHasNoTimeToLive();
    void aNameThatDoesNotExistIsAnError();
    void aNameWithoutAddressesIsAnError();
    void whatNobodyCanTellIsAnotherError_data();
    void whatNobodyCanTellIsAnotherError();
    void worksOnAfterBadPackets();
    void asksAgainOverTcpForWhatIsTooLong();
    void asksTheNextServerWhenOneIsSilent();
    void manyQuestionsAreAnsweredEachOnce();
    void anAnswerMayAskOn();
    void readsTheSystemsServersAgainWhenTheyChanged();
    void aServerThatIsNoAddressIsAnErrorOfTheQuestion();
    void endsAtOnceWhateverIsOpen();

private:
    /// For answers that come.
    [[nodiscard]] ResolverOptions patient() const {
        return {.servers = {m_responder.address()}, .timeout = support::patience, .tries = 1};
    }
    /// For those that do not.
    [[nodiscard]] ResolverOptions quick() const {
        return {.servers = {m_responder.address()}, .timeout = 250ms, .tries = 2};
    }

    DnsResponder m_responder;
};

void ResolverTest::tellsAllAddressesOfBothFamiliesAndTheSmallestTimeToLive() {
    m_responder.setAddresses(name, {"192.0.2.1", "192.0.2.2", "2001:db8::1"}, 17);
    Resolver resolver(patient());
    const auto answer = ask(resolver);
    QCOMPARE(textOf(answer), std::string("192.0.2.1 192.0.2.2 2001:db8::1"));
    QVERIFY(answer->ttl == 17s);
}

void ResolverTest::anAliasMayEndEarlierThanTheAddressesBehindIt() {
    m_responder.setAnswer(name, {DnsAnswer::Kind::Records, {"192.0.2.1"}, 300, "real.example.test", 5});
    Resolver resolver(patient());
    const auto answer = ask(resolver);
    QCOMPARE(textOf(answer), std::string("192.0.2.1"));
    QVERIFY(answer->ttl == 5s);
}

void ResolverTest::aTimeToLiveOfZeroIsOne() {
    m_responder.setAddresses(name, {"192.0.2.1"}, 0);
    Resolver resolver(patient());
    const auto answer = ask(resolver);
    QVERIFY(answer.has_value());
    QVERIFY(answer->ttl == 0s);
}

void ResolverTest::theHostsFileHasNoTimeToLive() {
    Resolver resolver(patient());
    const auto answer = ask(resolver, "localhost");
    QVERIFY(answer.has_value());
    QVERIFY(textOf(answer).find("127.0.0.1") != std::string::npos);
    QVERIFY(!answer->ttl.has_value());
    QCOMPARE(m_responder.queries("localhost"), std::size_t{0});
}

void ResolverTest::aNameThatDoesNotExistIsAnError() {
    m_responder.setKind(name, DnsAnswer::Kind::NoSuchName);
    Resolver resolver(patient());
    const auto answer = ask(resolver);
    QCOMPARE(textOf(answer), std::string("name-not-found"));
    QVERIFY(answer.error().message.find(name) != std::string::npos);
}

void ResolverTest::aNameWithoutAddressesIsAnError() {
    m_responder.setAddresses(name, {}, 60);
    Resolver resolver(patient());
    QCOMPARE(textOf(ask(resolver)), std::string("name-not-found"));
}

void ResolverTest::whatNobodyCanTellIsAnotherError_data() {
    QTest::addColumn<DnsAnswer::Kind>("kind");
    QTest::newRow("the server fails") << DnsAnswer::Kind::ServerFailure;
    QTest::newRow("the server is silent") << DnsAnswer::Kind::Silence;
    QTest::newRow("too long for UDP, and TCP closes") << DnsAnswer::Kind::Truncated;
    QTest::newRow("an answer that is cut off") << DnsAnswer::Kind::Cut;
    QTest::newRow("bytes that are no DNS") << DnsAnswer::Kind::Garbage;
}

void ResolverTest::whatNobodyCanTellIsAnotherError() {
    QFETCH(DnsAnswer::Kind, kind);
    m_responder.setAddresses(name, {"192.0.2.1", "2001:db8::1"}, 60);
    m_responder.setKind(name, kind);
    Resolver resolver(quick());
    QCOMPARE(textOf(ask(resolver)), std::string("name-not-resolved"));
}

void ResolverTest::worksOnAfterBadPackets() {
    Resolver resolver(quick());
    for (const auto kind : {DnsAnswer::Kind::Garbage, DnsAnswer::Kind::Cut, DnsAnswer::Kind::Truncated}) {
        m_responder.setAddresses(name, {"192.0.2.1"}, 60);
        m_responder.setKind(name, kind);
        QVERIFY(!ask(resolver).has_value());
        m_responder.setAddresses(name, {"192.0.2.7"}, 60);
        QCOMPARE(textOf(ask(resolver)), std::string("192.0.2.7"));
    }
}

void ResolverTest::asksAgainOverTcpForWhatIsTooLong() {
    DnsAnswer many{DnsAnswer::Kind::OverTcp, {}, 60, {}, 0};
    for (int i = 1; i <= 200; ++i) {
        many.addresses.push_back("192.0.2." + std::to_string(i));
    }
    m_responder.setAnswer(name, many);
    Resolver resolver(patient());
    const auto answer = ask(resolver);
    QVERIFY2(answer.has_value(), answer ? "" : answer.error().message.c_str());
    QCOMPARE(answer->endpoints.size(), std::size_t{200});
    QVERIFY(answer->ttl == 60s);
}

void ResolverTest::asksTheNextServerWhenOneIsSilent() {
    DnsResponder silent;
    silent.setKind(name, DnsAnswer::Kind::Silence);
    m_responder.setAddresses(name, {"192.0.2.1"}, 60);
    Resolver resolver({.servers = {silent.address(), m_responder.address()}, .timeout = 100ms, .tries = 6});
    QCOMPARE(textOf(ask(resolver)), std::string("192.0.2.1"));
    QVERIFY(silent.queries(name) > 0);
}

void ResolverTest::manyQuestionsAreAnsweredEachOnce() {
    constexpr int count = 200;
    for (int i = 0; i < count; ++i) {
        m_responder.setAddresses("n" + std::to_string(i) + ".example.test", {"192.0.2." + std::to_string(i)},
                                 60);
    }
    std::atomic<int> right{0};
    std::atomic<int> missing{count};
    std::promise<void> all;
    Resolver resolver(
        {.servers = {m_responder.address()}, .timeout = 2'000ms, .tries = 4}); // UDP may drop some
    for (int i = 0; i < count; ++i) {
        resolver.resolve("n" + std::to_string(i) + ".example.test", [&, i](const auto& answer) {
            right += textOf(answer) == "192.0.2." + std::to_string(i) ? 1 : 0;
            if (--missing == 0) {
                all.set_value();
            }
        });
    }
    QVERIFY(all.get_future().wait_for(support::patience) == std::future_status::ready);
    QCOMPARE(right.load(), count);
}

void ResolverTest::anAnswerMayAskOn() {
    m_responder.setAddresses(name, {"192.0.2.1"}, 60);
    std::promise<std::string> second;
    Resolver resolver(patient());
    resolver.resolve("unknown.example.test", [&](const auto&) {
        resolver.resolve(name, [&](const auto& answer) { second.set_value(textOf(answer)); });
    });
    QCOMPARE(second.get_future().get(), std::string("192.0.2.1"));
}

void ResolverTest::readsTheSystemsServersAgainWhenTheyChanged() {
    const QTemporaryDir folder;
    const std::string file = folder.filePath(QStringLiteral("resolv.conf")).toStdString();
    DnsResponder other("127.0.0.2", m_responder.port()); // the file names no ports
    QVERIFY(other.port() != 0);
    m_responder.setAddresses(name, {"192.0.2.1"}, 60);
    other.setAddresses(name, {"192.0.2.2"}, 60);
    std::ofstream(file) << "nameserver " << m_responder.host() << "\n";
    Resolver resolver({.servers = {},
                       .timeout = support::patience,
                       .tries = 1,
                       .port = m_responder.port(),
                       .systemFile = file});
    QCOMPARE(textOf(ask(resolver)), std::string("192.0.2.1"));
    const auto before = std::filesystem::last_write_time(file);
    std::ofstream(file) << "nameserver " << other.host() << "\n";
    std::filesystem::last_write_time(file, before + 1s); // whatever the file system's clock is worth
    QCOMPARE(textOf(ask(resolver)), std::string("192.0.2.2"));
}

void ResolverTest::aServerThatIsNoAddressIsAnErrorOfTheQuestion() {
    Resolver resolver({.servers = {"no address"}, .timeout = 100ms, .tries = 1});
    QCOMPARE(textOf(ask(resolver)), std::string("name-not-resolved"));
    QCOMPARE(textOf(ask(resolver)), std::string("name-not-resolved"));
}

void ResolverTest::endsAtOnceWhateverIsOpen() {
    m_responder.setKind(name, DnsAnswer::Kind::Silence);
    const std::size_t before = m_responder.queries(name);
    std::atomic<int> answers{0};
    {
        // Longer than the test may take.
        Resolver resolver({.servers = {m_responder.address()}, .timeout = 600'000ms, .tries = 1});
        for (int i = 0; i < 10; ++i) {
            resolver.resolve(name, [&](const auto&) { ++answers; });
        }
        QVERIFY(m_responder.waitForQueries(name, before + 10));
    }
    QCOMPARE(answers.load(), 0);
}

QTEST_APPLESS_MAIN(ResolverTest)
#include "test_resolver.moc"
