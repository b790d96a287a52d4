#include "gateway/crypto/vault.h"

#include <QtTest>

using namespace gateway::crypto;

class VaultTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatWasSealedIsOpened();
    void theSameSecretIsNeverSealedTheSame();
    void eachChangedByteIsNoticed();
    void aSecretOpensForNothingElse();
    void anotherKeyOpensNothing();
    void whatIsTooShortIsRefused();
    void theCheckTellsKeysApartAndGivesNothingAway();
};

void VaultTest::whatWasSealedIsOpened() {
    const Vault vault(newMasterKey());
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{16}, std::size_t{5000}}) {
        const std::string secret(length, 's');
        QCOMPARE(vault.open("key/a", vault.seal("key/a", secret)).value(), secret);
    }
}

void VaultTest::theSameSecretIsNeverSealedTheSame() {
    const Vault vault(newMasterKey());
    const std::string sealed = vault.seal("key", "secret");
    QVERIFY(sealed != vault.seal("key", "secret"));
    QVERIFY(sealed.find("secret") == std::string::npos);
}

void VaultTest::eachChangedByteIsNoticed() {
    const Vault vault(newMasterKey());
    const std::string sealed = vault.seal("key", "secret");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        QCOMPARE(vault.open("key", changed).error().code, std::string("sealed-by-another-key"));
    }
}

void VaultTest::aSecretOpensForNothingElse() {
    const Vault vault(newMasterKey());
    QVERIFY(!vault.open("key/b", vault.seal("key/a", "secret")));
}

void VaultTest::anotherKeyOpensNothing() {
    QVERIFY(!Vault(newMasterKey()).open("key", Vault(newMasterKey()).seal("key", "secret")));
}

void VaultTest::whatIsTooShortIsRefused() {
    const Vault vault(newMasterKey());
    const std::string sealed = vault.seal("key", "");
    for (std::size_t length = 0; length < sealed.size(); ++length) {
        QVERIFY(!vault.open("key", std::string_view(sealed).substr(0, length)));
    }
}

void VaultTest::theCheckTellsKeysApartAndGivesNothingAway() {
    const MasterKey key = newMasterKey();
    QCOMPARE(Vault(key).keyCheck(), Vault(key).keyCheck());
    QVERIFY(Vault(key).keyCheck() != Vault(newMasterKey()).keyCheck());
    QCOMPARE(Vault(key).keyCheck().size(), std::size_t{12});
}

QTEST_GUILESS_MAIN(VaultTest)
#include "test_vault.moc"
