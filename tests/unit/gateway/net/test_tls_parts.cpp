#include "gateway/net/session_cache.h"
#include "gateway/net/staple_store.h"
#include "gateway/net/ticket_keys.h"

#include <QtTest>

using namespace gateway;
using namespace gateway::net;
using namespace std::chrono_literals;

/// The memories of TLS: keys of tickets, sessions, staples.
class TlsPartsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aTicketKeyLastsADay();
    void theLastTicketKeyStillOpens();
    void nothingOpensAfterTwoDays();
    void staplesEnd();
    void sessionsAreBounded();

private:
    static std::string nameOf(const TicketKeys::Key& key) {
        return {reinterpret_cast<const char*>(key.name.data()), key.name.size()};
    }
    ManualClock m_clock;
};

void TlsPartsTest::aTicketKeyLastsADay() {
    TicketKeys keys(m_clock);
    const auto first = keys.newest();
    QVERIFY(first.has_value());
    m_clock.advance(24h - 1s);
    QVERIFY(keys.newest()->name == first->name);
    m_clock.advance(1s);
    const auto second = keys.newest();
    QVERIFY(second->name != first->name);
    QVERIFY(second->cipher != first->cipher);
    QVERIFY(second->mac != first->mac);
}

void TlsPartsTest::theLastTicketKeyStillOpens() {
    TicketKeys keys(m_clock);
    const auto first = keys.newest();
    QVERIFY(keys.find(nameOf(*first))->isNewest);
    m_clock.advance(24h);
    const auto found = keys.find(nameOf(*first));
    QVERIFY(found.has_value());
    QVERIFY(!found->isNewest);
    QVERIFY(found->key.cipher == first->cipher);
    m_clock.advance(24h);
    QVERIFY(!keys.find(nameOf(*first)).has_value());
}

void TlsPartsTest::nothingOpensAfterTwoDays() {
    TicketKeys keys(m_clock);
    const auto first = keys.newest();
    m_clock.advance(48h);
    QVERIFY(!keys.find(nameOf(*first)).has_value());
}

void TlsPartsTest::staplesEnd() {
    StapleStore staples(m_clock);
    staples.put("aa", "answer", m_clock.wallTime() + 1h);
    QCOMPARE(*staples.find("aa"), std::string("answer"));
    QVERIFY(staples.find("bb") == nullptr);
    m_clock.advance(1h);
    QVERIFY(staples.find("aa") == nullptr);
    staples.put("aa", "next", m_clock.wallTime() + 1h);
    staples.erase("aa");
    QVERIFY(staples.find("aa") == nullptr);
}

void TlsPartsTest::sessionsAreBounded() {
    SessionCache cache;
    const auto session = [] {
        SSL_SESSION* made = SSL_SESSION_new();
        SSL_SESSION_set_protocol_version(made, TLS1_3_VERSION);
        const unsigned char id = 1;
        SSL_SESSION_set1_id(made, &id, 1);
        SSL_SESSION_set_timeout(made, 3600);
        return made;
    };
    for (std::size_t i = 0; i < 2 * SessionCache::peersMax; ++i) {
        cache.put(std::to_string(i), session());
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < 2 * SessionCache::peersMax; ++i) {
        kept += cache.take(std::to_string(i)) != nullptr ? 1 : 0;
    }
    QCOMPARE(kept, SessionCache::peersMax);
    for (std::size_t i = 0; i < 2 * SessionCache::sessionsEach; ++i) {
        cache.put("one", session());
    }
    for (std::size_t i = 0; i < SessionCache::sessionsEach; ++i) {
        QVERIFY(cache.take("one") != nullptr);
    }
    QVERIFY(cache.take("one") == nullptr);
}

QTEST_APPLESS_MAIN(TlsPartsTest)
#include "test_tls_parts.moc"
