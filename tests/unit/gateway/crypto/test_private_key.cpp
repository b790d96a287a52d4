#include "tests/unit/gateway/crypto/openssl_peer.h"

#include "gateway/crypto/certificate.h"
#include "gateway/crypto/private_key.h"

using namespace gateway::crypto;

class PrivateKeyTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aKeyOfEachKindComesBackFromPemAndDer_data();
    void aKeyOfEachKindComesBackFromPemAndDer();
    void aSelfSignedCertificateOfEachKindIsItsKeys_data() { aKeyOfEachKindComesBackFromPemAndDer_data(); }
    void aSelfSignedCertificateOfEachKindIsItsKeys();
    void othersReadASigningRequestOfEachKind_data() { aKeyOfEachKindComesBackFromPemAndDer_data(); }
    void othersReadASigningRequestOfEachKind();
    void keysOfOtherProgramsAreRead_data();
    void keysOfOtherProgramsAreRead();
    void aWrongPassphraseIsToldFromTextThatIsNoKey();
    void aKeyOfAKindThatCannotServeIsRefused();
    void aModernPkcs12FileGivesChainAndKey();
    void anOutdatedPkcs12FileIsReadOrRefusedWithTheRemedy();
    void aWrongPassphraseOfAPkcs12FileIsTold();
    void aCutPkcs12FileIsRefused();
    void aSubjectWithoutNamesIsRefused();
    void whatIsNoHostNameOrAddressIsRefused();
    void keysAreFoundUntilTheyAreErased();
};

namespace {

PrivateKey someKey() {
    return *PrivateKey::generate(KeyKind::EcdsaP256);
}

/// A leaf, the authority that signed it, and both keys, by the peer.
bool makeChain(const OpensslPeer& peer) {
    return peer.run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem "
                    "-days 30 -subj /CN=Authority") &&
           peer.run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key "
                    "-out leaf.pem -days 30 -subj /CN=leaf -CA ca.pem -CAkey ca.key "
                    "-addext subjectAltName=DNS:shop.example -addext basicConstraints=CA:FALSE");
}

} // namespace

void PrivateKeyTest::aKeyOfEachKindComesBackFromPemAndDer_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("text");
    QTest::newRow("P-256") << static_cast<int>(KeyKind::EcdsaP256) << "ECDSA P-256";
    QTest::newRow("P-384") << static_cast<int>(KeyKind::EcdsaP384) << "ECDSA P-384";
    QTest::newRow("RSA") << static_cast<int>(KeyKind::Rsa2048) << "RSA 2048";
    QTest::newRow("Ed25519") << static_cast<int>(KeyKind::Ed25519) << "Ed25519";
}

void PrivateKeyTest::aKeyOfEachKindComesBackFromPemAndDer() {
    QFETCH(int, kind);
    QFETCH(QString, text);
    const auto key = PrivateKey::generate(static_cast<KeyKind>(kind));
    QVERIFY(key);
    QCOMPARE(QString::fromStdString(key->kindText()), text);
    const auto fromPem = PrivateKey::fromPem(key->toPem());
    const auto fromDer = PrivateKey::fromDer(key->toDer());
    QVERIFY(fromPem && fromDer);
    QCOMPARE(fromPem->fingerprint(), key->fingerprint());
    QCOMPARE(fromDer->toDer(), key->toDer());
}

void PrivateKeyTest::aSelfSignedCertificateOfEachKindIsItsKeys() {
    QFETCH(int, kind);
    QFETCH(QString, text);
    const auto key = PrivateKey::generate(static_cast<KeyKind>(kind));
    const auto pem = selfSigned(*key, {"Shop", "Shop Ltd", {"shop.example", "127.0.0.1", "::1"}}, 10);
    QVERIFY(pem);
    const auto infos = readCertificates(*pem);
    QVERIFY(infos);
    QCOMPARE(infos->size(), std::size_t{1});
    const CertificateInfo& info = infos->front();
    QCOMPARE(info.keyFingerprint, key->fingerprint());
    QCOMPARE(QString::fromStdString(info.key), text);
    QCOMPARE(info.names, (std::vector<std::string>{"shop.example", "127.0.0.1", "::1"}));
    QCOMPARE(info.subject, info.issuer);
    QVERIFY(chainProblems(*pem, gateway::SystemClock().wallTime()).empty());
}

void PrivateKeyTest::othersReadASigningRequestOfEachKind() {
    QFETCH(int, kind);
    const auto key = PrivateKey::generate(static_cast<KeyKind>(kind));
    const auto pem = signingRequest(*key, {"shop.example", {}, {"shop.example"}});
    QVERIFY(pem);
    const OpensslPeer peer;
    peer.write("request.pem", *pem);
    QVERIFY(peer.run("req -in request.pem -verify -noout"));
    QVERIFY(peer.run("req -in request.pem -noout -text -out text"));
    QVERIFY(peer.read("text").find("DNS:shop.example") != std::string::npos);
}

void PrivateKeyTest::keysOfOtherProgramsAreRead_data() {
    QTest::addColumn<QString>("making");
    QTest::addColumn<QString>("passphrase");
    QTest::newRow("PKCS#8") << "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key"
                            << "";
    QTest::newRow("PKCS#8, encrypted")
        << "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass pass:secret -out key"
        << "secret";
    QTest::newRow("PKCS#1") << "genrsa -traditional -out key 2048"
                            << "";
    QTest::newRow("PKCS#1, encrypted") << "genrsa -traditional -aes128 -passout pass:secret -out key 2048"
                                       << "secret";
    QTest::newRow("SEC 1") << "ecparam -name prime256v1 -genkey -noout -out key"
                           << "";
    QTest::newRow("Ed25519") << "genpkey -algorithm ED25519 -out key"
                             << "";
}

void PrivateKeyTest::keysOfOtherProgramsAreRead() {
    QFETCH(QString, making);
    QFETCH(QString, passphrase);
    const OpensslPeer peer;
    QVERIFY(peer.run(making.split(QLatin1Char(' '))));
    const auto key = PrivateKey::fromPem(peer.read("key"), passphrase.toStdString());
    QVERIFY2(key, key ? "" : key.error().message.c_str());
    QCOMPARE(PrivateKey::fromPem(key->toPem())->fingerprint(), key->fingerprint());
}

void PrivateKeyTest::aWrongPassphraseIsToldFromTextThatIsNoKey() {
    const OpensslPeer peer;
    QVERIFY(peer.run("genpkey -algorithm ED25519 -aes256 -pass pass:secret -out key"));
    const std::string pem = peer.read("key");
    QCOMPARE(PrivateKey::fromPem(pem, "other").error().code, std::string("wrong-passphrase"));
    QVERIFY(PrivateKey::fromPem(pem).error().message.find("missing") != std::string::npos);
    QCOMPARE(PrivateKey::fromPem("hello", "secret").error().code, std::string("no-private-key"));
    QCOMPARE(PrivateKey::fromPem("").error().code, std::string("no-private-key"));
    // Not even in an error is a passphrase to be seen.
    QVERIFY(PrivateKey::fromPem(pem, "other").error().message.find("other") == std::string::npos);
}

void PrivateKeyTest::aKeyOfAKindThatCannotServeIsRefused() {
    const OpensslPeer peer;
    QVERIFY(peer.run("genpkey -algorithm X25519 -out key"));
    QCOMPARE(PrivateKey::fromPem(peer.read("key")).error().code, std::string("unsupported-key"));
}

void PrivateKeyTest::aModernPkcs12FileGivesChainAndKey() {
    const OpensslPeer peer;
    QVERIFY(makeChain(peer));
    QVERIFY(peer.run("pkcs12 -export -inkey leaf.key -in leaf.pem -certfile ca.pem -out all.p12 "
                     "-passout pass:secret"));
    const auto pair = fromPkcs12(peer.read("all.p12"), "secret");
    QVERIFY2(pair, pair ? "" : pair.error().message.c_str());
    QCOMPARE(readCertificates(pair->chain)->front().subject, std::string("CN=leaf"));
    QCOMPARE(readCertificates(pair->chain)->front().keyFingerprint, pair->key.fingerprint());
}

void PrivateKeyTest::anOutdatedPkcs12FileIsReadOrRefusedWithTheRemedy() {
    const OpensslPeer peer;
    QVERIFY(makeChain(peer));
    if (!peer.run("pkcs12 -export -legacy -inkey leaf.key -in leaf.pem -out old.p12 -passout pass:secret")) {
        QSKIP("OpenSSL has no legacy provider here");
    }
    const auto pair = fromPkcs12(peer.read("old.p12"), "secret");
    // Whether RC2 can be read is a matter of the machine's OpenSSL; what to do is said where it cannot.
    if (pair) {
        QCOMPARE(readCertificates(pair->chain)->front().keyFingerprint, pair->key.fingerprint());
    } else {
        QCOMPARE(pair.error().code, std::string("unsupported-pkcs12"));
        QVERIFY(pair.error().message.find("AES") != std::string::npos);
    }
}

void PrivateKeyTest::aWrongPassphraseOfAPkcs12FileIsTold() {
    const OpensslPeer peer;
    QVERIFY(makeChain(peer));
    QVERIFY(peer.run("pkcs12 -export -inkey leaf.key -in leaf.pem -out all.p12 -passout pass:secret"));
    QCOMPARE(fromPkcs12(peer.read("all.p12"), "other").error().code, std::string("wrong-passphrase"));
    QCOMPARE(fromPkcs12(peer.read("all.p12"), "").error().code, std::string("wrong-passphrase"));
}

void PrivateKeyTest::aCutPkcs12FileIsRefused() {
    const OpensslPeer peer;
    QVERIFY(makeChain(peer));
    QVERIFY(peer.run("pkcs12 -export -inkey leaf.key -in leaf.pem -out all.p12 -passout pass:secret"));
    const std::string file = peer.read("all.p12");
    for (std::size_t length = 0; length < file.size(); length += 7) {
        QVERIFY(!fromPkcs12(std::string_view(file).substr(0, length), "secret"));
    }
}

void PrivateKeyTest::aSubjectWithoutNamesIsRefused() {
    QCOMPARE(selfSigned(someKey(), {"shop", {}, {}}, 10).error().code, std::string("names-missing"));
}

void PrivateKeyTest::whatIsNoHostNameOrAddressIsRefused() {
    for (const std::string good :
         {"localhost", "shop.example", "*.shop.example", "Shop-1.example", "127.0.0.1", "2001:db8::1"}) {
        QVERIFY2(signingRequest(someKey(), {"shop", {}, {good}}), good.c_str());
        QVERIFY2(selfSigned(someKey(), {"shop", {}, {good}}, 10), good.c_str());
    }
    const std::string longLabel(64, 'a');
    for (const std::string& bad :
         {std::string(), std::string("a.example,DNS:b.example"), std::string("a b.example"),
          std::string("w*.example"), std::string("*.*.example"), std::string("*"), std::string("-a.example"),
          std::string("a-.example"), std::string("a..example"), std::string("a.example."),
          std::string("a_b.example"), std::string("email:a@b.example"), std::string("300.0.0.1"),
          std::string("fe80::1%eth0"), std::string("a.example:443"), longLabel + ".example"}) {
        const auto refused = signingRequest(someKey(), {"shop", {}, {"good.example", bad}});
        QVERIFY2(!refused, bad.c_str());
        QCOMPARE(refused.error().code, std::string("bad-name"));
        QVERIFY(!selfSigned(someKey(), {"shop", {}, {bad}}, 10));
    }
}

void PrivateKeyTest::keysAreFoundUntilTheyAreErased() {
    PrivateKeys keys;
    const PrivateKey key = someKey();
    QVERIFY(!keys.find(key.fingerprint()));
    keys.put(key);
    QVERIFY(keys.contains(key.fingerprint()));
    QCOMPARE(keys.find(key.fingerprint()).fingerprint(), key.fingerprint());
    keys.erase(key.fingerprint());
    QVERIFY(!keys.contains(key.fingerprint()));
}

QTEST_GUILESS_MAIN(PrivateKeyTest)
#include "test_private_key.moc"
