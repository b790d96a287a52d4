#include "tests/support/test_certificates.h"
#include "db/sqlite_stores.h"
#include "gateway/model/edit.h"
#include "gateway/service/certificates.h"
#include "gateway/service/expiry_watch.h"

#include <QTemporaryDir>
#include <QtTest>
#include <memory>

using namespace gateway::service;
using namespace gateway::crypto;
using gateway::model::Certificate;
using gateway::model::Config;
using gateway::model::Put;
using support::TestAuthority;

namespace {

/// A master key in memory.
class KeyInMemory final : public MasterKeyPlace {
public:
    [[nodiscard]] gateway::Result<std::optional<MasterKey>> load() override { return key; }
    [[nodiscard]] gateway::Result<MasterKey> make() override {
        key = newMasterKey();
        return *key;
    }
    [[nodiscard]] std::string text() const override { return "the test's memory"; }

    std::optional<MasterKey> key;
};

Config configWith(const std::string& name, const std::string& chain) {
    Certificate certificate;
    certificate.name = name;
    certificate.chain = chain;
    std::vector<gateway::model::Edit> edits{Put{certificate}};
    std::uint64_t nextId = 1;
    return *gateway::model::applyEdits({}, edits, nextId);
}

} // namespace

class CertificatesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void aStoredKeyIsLoadedAndNeverStoredInTheClear();
    void aLostMasterKeyIsReplacedOnlyWhenSomebodyWantsThat();
    void anotherMasterKeyIsNamed();
    void aKeyThatACertificateNeedsIsNotRemoved();
    void anAnsweredRequestIsForgottenAndItsKeyKept();
    void anExpiredCertificateIsNotImported();
    void peopleAreWarnedThreeTimesAndOnceEach();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<db::SqliteStores> m_stores;
    KeyInMemory m_place;
    gateway::SystemClock m_clock;
    std::unique_ptr<Secrets> m_secrets;
};

void CertificatesTest::init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_stores = std::move(*db::SqliteStores::open(m_folder->filePath(QStringLiteral("a.db")).toStdString(),
                                                 db::OpenMode::Create, m_clock));
    m_place.key.reset();
    m_secrets = std::make_unique<Secrets>(m_stores->ports().secrets, m_place);
}

void CertificatesTest::cleanup() {
    m_secrets.reset();
    m_stores.reset();
    m_folder.reset();
}

void CertificatesTest::aStoredKeyIsLoadedAndNeverStoredInTheClear() {
    const PrivateKey key = *PrivateKey::generate(KeyKind::EcdsaP256);
    QVERIFY(m_secrets->putKey(key, "alice"));
    PrivateKeys keys;
    QVERIFY(m_secrets->loadKeys(keys));
    QCOMPARE(keys.find(key.fingerprint()).toDer(), key.toDer());
    const std::string sealed = m_stores->ports().secrets.get(Secrets::keyPurpose, key.fingerprint()).value();
    QVERIFY(!sealed.empty());
    QVERIFY(sealed.find(key.toDer().substr(36, 16)) == std::string::npos);
}

void CertificatesTest::aLostMasterKeyIsReplacedOnlyWhenSomebodyWantsThat() {
    const PrivateKey key = *PrivateKey::generate(KeyKind::EcdsaP256);
    QVERIFY(m_secrets->putKey(key, "alice"));
    m_place.key.reset();
    PrivateKeys keys;
    QCOMPARE(m_secrets->loadKeys(keys).error().code, std::string("master-key-lost"));
    QCOMPARE(m_secrets->putKey(key, "acme").error().code, std::string("master-key-lost"));
    QVERIFY(m_secrets->putKey(key, "alice", Secrets::Loss::StartAnew));
    QVERIFY(m_secrets->loadKeys(keys));
    QVERIFY(keys.contains(key.fingerprint()));
}

void CertificatesTest::anotherMasterKeyIsNamed() {
    const PrivateKey key = *PrivateKey::generate(KeyKind::EcdsaP256);
    QVERIFY(m_secrets->putKey(key, "alice"));
    m_place.key = newMasterKey();
    PrivateKeys keys;
    const auto loaded = m_secrets->loadKeys(keys);
    QCOMPARE(loaded.error().code, std::string("wrong-master-key"));
    QVERIFY(loaded.error().message.find("the test's memory") != std::string::npos);
    QCOMPARE(m_secrets->putKey(key, "alice", Secrets::Loss::StartAnew).error().code,
             std::string("wrong-master-key"));
}

void CertificatesTest::aKeyThatACertificateNeedsIsNotRemoved() {
    const TestAuthority authority;
    const auto issued = authority.issue("shop.example");
    const PrivateKey key = *PrivateKey::fromPem(issued.key);
    QVERIFY(m_secrets->putKey(key, "alice"));
    const Config config = configWith("shop", issued.chain);
    QCOMPARE(removeUnusedKey(key.fingerprint(), config, *m_secrets, "alice").error().code,
             std::string("key-in-use"));
    QVERIFY(removeUnusedKey(key.fingerprint(), {}, *m_secrets, "alice"));
    QVERIFY(!m_secrets->hasKey(key.fingerprint()).value());
}

void CertificatesTest::anAnsweredRequestIsForgottenAndItsKeyKept() {
    SigningRequest request;
    request.name = "shop";
    request.subject.names = {"shop.example"};
    request.author = "alice";
    QVERIFY(requestSigning(request, {}, *m_secrets));
    PrivateKeys keys;
    QVERIFY(m_secrets->loadKeys(keys));
    auto reports = reportCertificates({}, *m_secrets, keys, m_clock.wallTime()).value();
    QCOMPARE(reports.size(), std::size_t{1});
    QVERIFY(reports[0].hasPrivateKey && !reports[0].signingRequest.empty());
    const std::string fingerprint = reports[0].keyFingerprint;
    QCOMPARE(removeUnusedKey(fingerprint, {}, *m_secrets, "alice").error().code, std::string("key-in-use"));

    QVERIFY(forgetRequests(fingerprint, *m_secrets, "alice"));
    QVERIFY(reportCertificates({}, *m_secrets, keys, m_clock.wallTime()).value().empty());
    QVERIFY(m_secrets->hasKey(fingerprint).value());
}

void CertificatesTest::anExpiredCertificateIsNotImported() {
    const TestAuthority authority;
    const auto issued = authority.issue("shop.example");
    CertificateImport import;
    import.name = "shop";
    import.chain = issued.chain;
    import.privateKey = issued.key;
    const auto later = m_clock.wallTime() + std::chrono::days(400);
    QCOMPARE(readImport(import, {}, {}, later).error().code, std::string("expired"));
    const auto ready = readImport(import, {}, {}, m_clock.wallTime());
    QVERIFY(ready);
    QCOMPARE(ready->certificate.chain, issued.chain);
}

void CertificatesTest::peopleAreWarnedThreeTimesAndOnceEach() {
    const TestAuthority authority;
    support::CertificateWishes wishes;
    wishes.names = {"shop.example"};
    wishes.toDays = 89; // 90 days in all, a third is 30
    const Config config = configWith("shop", authority.issue(wishes).chain);
    const auto start = m_clock.wallTime();
    ExpiryWatch watch;
    const auto warnsAfter = [&](int days) {
        return watch.check(config, start + std::chrono::days(days) + std::chrono::hours(1)).size();
    };
    QCOMPARE(warnsAfter(0), std::size_t{0});
    QCOMPARE(warnsAfter(60), std::size_t{1});
    QCOMPARE(warnsAfter(70), std::size_t{0});
    QCOMPARE(warnsAfter(83), std::size_t{1});
    QCOMPARE(warnsAfter(84), std::size_t{0});
    const auto ended = watch.check(config, start + std::chrono::days(100));
    QCOMPARE(ended.size(), std::size_t{1});
    QCOMPARE(ended[0].daysLeft, -1);
    QCOMPARE(warnsAfter(101), std::size_t{0});
}

QTEST_GUILESS_MAIN(CertificatesTest)
#include "test_certificates.moc"
