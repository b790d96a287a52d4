#include "gateway/auth/jwk.h"
#include "gateway/auth/key_set.h"
#include "tests/support/token_signer.h"

#include <QtTest/QtTest>
#include <string>
#include <thread>
#include <vector>

using gateway::auth::Algorithm;
using gateway::auth::KeySet;
using gateway::auth::VerificationKey;
using gateway::auth::verifySignature;
using support::TokenSigner;
using Json = nlohmann::json;
using Kind = TokenSigner::Kind;

namespace {

std::string setOf(const std::string& keys) {
    return "{\"keys\":[" + keys + "]}";
}

/// With one member of another value.
std::string with(const std::string& jwk, const std::string& name, const Json& value) {
    Json changed = Json::parse(jwk);
    changed[name] = value;
    return changed.dump();
}

} // namespace

class KeySetTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesAlgorithmsExactly();
    void readsEachKindOfKeyThatIsForSignatures();
    void leavesOutAndCountsWhatItCannotUse_data();
    void leavesOutAndCountsWhatItCannotUse();
    void refusesASetWithAPrivateKey();
    void refusesWhatIsNoKeySet();
    void choosesByIdAndAlgorithm();
    void boundsTheNumberOfKeys();
    void readsTheOneKeyOfAProof();
    void makesTheThumbprintOfRfc7638();
    void takesSecretsThatAreLongEnough();
    void verifiesOnManyThreads();
    void verifiesAgainAfterManyOtherKeys();

private:
    TokenSigner m_rsa{Kind::Rsa2048};
    TokenSigner m_p256{Kind::P256};
    TokenSigner m_ed{Kind::Ed25519};
};

void KeySetTest::namesAlgorithmsExactly() {
    for (const char* name : {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
                             "EdDSA", "HS256", "HS384", "HS512"}) {
        const Algorithm* algorithm = gateway::auth::parseAlgorithm(name);
        QVERIFY2(algorithm != nullptr, name);
        QCOMPARE(gateway::auth::algorithmName(*algorithm), name);
    }
    for (const char* name : {"none", "", "rs256", "RS256 ", "ES256K", "RSA-OAEP"}) {
        QVERIFY2(gateway::auth::parseAlgorithm(name) == nullptr, name);
    }
}

void KeySetTest::readsEachKindOfKeyThatIsForSignatures() {
    const auto set = KeySet::fromJwks(setOf(m_rsa.jwk("a", R"("use":"sig","alg":"RS256","x5c":["ignored"])") +
                                            "," + m_p256.jwk("b") + "," + TokenSigner(Kind::P384).jwk("c") +
                                            "," + TokenSigner(Kind::P521).jwk("d") + "," +
                                            m_ed.jwk({}, R"("key_ops":["verify"])")));
    QVERIFY(set);
    const auto& keys = (*set)->keys();
    QCOMPARE(keys.size(), std::size_t(5));
    QCOMPARE((*set)->leftOut(), std::size_t(0));
    std::string kinds;
    for (const VerificationKey& key : keys) {
        kinds += key.id + ":" + key.kind + " ";
    }
    QCOMPARE(kinds, std::string("a:RSA 2048 b:P-256 c:P-384 d:P-521 :Ed25519 "));
    QVERIFY(keys[0].fits(Algorithm::RS256));
    QVERIFY(!keys[0].fits(Algorithm::RS384)); // its `alg` says so
    QVERIFY(!keys[0].fits(Algorithm::HS256));
    QVERIFY(!keys[1].fits(Algorithm::ES384));
    QVERIFY((*set)->knows("c"));
    QVERIFY(!(*set)->knows("e"));
}

void KeySetTest::leavesOutAndCountsWhatItCannotUse_data() {
    QTest::addColumn<QString>("jwk");
    const auto row = [](const char* name, const std::string& jwk) {
        QTest::newRow(name) << QString::fromStdString(jwk);
    };
    const std::string rsa = m_rsa.jwk("x");
    const std::string ec = m_p256.jwk("x");
    const std::string ed = m_ed.jwk("x");
    const auto cut = [](const std::string& jwk, const char* member, std::size_t characters) {
        const std::string value = Json::parse(jwk).at(member).get<std::string>();
        return with(jwk, member, value.substr(0, value.size() - characters));
    };
    row("no object", "1");
    row("no key type", with(rsa, "kty", nullptr));
    row("an unknown key type", with(rsa, "kty", "LATTICE"));
    row("a key type in another case", with(rsa, "kty", "rsa"));
    row("a symmetric key", TokenSigner(std::string(64, 's')).jwk("x"));
    row("for encryption", with(rsa, "use", "enc"));
    row("use is no text", with(rsa, "use", 1));
    row("for signing, not verifying", with(rsa, "key_ops", {"sign"}));
    row("key_ops is no list", with(rsa, "key_ops", "verify"));
    row("an algorithm of encryption", with(rsa, "alg", "RSA-OAEP"));
    row("an algorithm of another type", with(rsa, "alg", "ES256"));
    row("an algorithm of another curve", with(ec, "alg", "ES384"));
    row("HS256 for an RSA key", with(rsa, "alg", "HS256"));
    row("an algorithm that is no text", with(rsa, "alg", 256));
    row("an id that is no text", with(rsa, "kid", 1));
    row("RSA with 1024 bits", TokenSigner(Kind::Rsa1024).jwk("x"));
    row("RSA with far too many bits", with(rsa, "n", std::string(2000, 'Q')));
    row("RSA without a modulus", with(rsa, "n", nullptr));
    row("RSA without an exponent", with(rsa, "e", nullptr));
    row("RSA with an exponent of one", with(rsa, "e", "AQ"));
    row("RSA with an even exponent", with(rsa, "e", "BA"));
    row("RSA with an exponent of zero", with(rsa, "e", "AA"));
    row("RSA with an exponent of 72 bits", with(rsa, "e", "AQAAAAAAAAAB"));
    row("RSA with an even modulus", with(rsa, "n", "gA" + std::string(340, 'A')));
    row("RSA in standard base64", with(rsa, "n", "+///" + std::string(340, 'B')));
    row("EC with an x that is cut", cut(ec, "x", 2));
    row("EC with a y that is cut", cut(ec, "y", 2));
    row("EC with a point that is not on its curve", with(ec, "x", std::string(42, 'A') + "E"));
    row("EC with the point zero", with(with(ec, "x", std::string(43, 'A')), "y", std::string(43, 'A')));
    row("EC of secp256k1", TokenSigner(Kind::Secp256k1).jwk("x"));
    row("EC under the name of another curve", with(ec, "crv", "P-384"));
    row("EC without a curve", with(ec, "crv", nullptr));
    row("Ed25519 that is cut", cut(ed, "x", 2));
    row("Ed448", TokenSigner(Kind::Ed448).jwk("x"));
    row("X25519, which agrees on keys", TokenSigner(Kind::X25519).jwk("x"));
}

void KeySetTest::leavesOutAndCountsWhatItCannotUse() {
    QFETCH(QString, jwk);
    const auto alone = KeySet::fromJwks(setOf(jwk.toStdString()));
    QVERIFY(!alone);
    QCOMPARE(alone.error().kind, gateway::ErrorKind::Input);
    const auto beside = KeySet::fromJwks(setOf(jwk.toStdString() + "," + m_ed.jwk("good")));
    QVERIFY(beside);
    QCOMPARE((*beside)->keys().size(), std::size_t(1));
    QCOMPARE((*beside)->leftOut(), std::size_t(1));
    QCOMPARE((*beside)->keys().front().id, std::string("good"));
}

void KeySetTest::refusesASetWithAPrivateKey() {
    for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
        const auto set =
            KeySet::fromJwks(setOf(m_rsa.jwk("good") + "," + with(m_ed.jwk("x"), member, "AAAA")));
        QVERIFY2(!set, member);
        QVERIFY(set.error().message.find("private") != std::string::npos);
    }
}

void KeySetTest::refusesWhatIsNoKeySet() {
    for (const std::string& text :
         {std::string(), std::string("x"), std::string("[]"), std::string("{}"), std::string("{\"keys\":{}}"),
          std::string("{\"keys\":[]}"), std::string("{\"keys\":null}"), m_rsa.jwk("alone"),
          "{\"keys\":[],\"keys\":[" + m_rsa.jwk() + "]}"}) {
        const auto set = KeySet::fromJwks(text);
        QVERIFY2(!set, text.c_str());
        QCOMPARE(set.error().kind, gateway::ErrorKind::Input);
        QVERIFY(set.error().message.back() == '.');
    }
}

void KeySetTest::choosesByIdAndAlgorithm() {
    const auto read = KeySet::fromJwks(setOf(m_rsa.jwk("a") + "," + m_rsa.jwk("a", R"("alg":"PS256")") + "," +
                                             m_p256.jwk("a") + "," + m_p256.jwk("b") + "," + m_ed.jwk()));
    QVERIFY(read);
    const KeySet& set = **read;
    QCOMPARE(set.candidates("a", Algorithm::RS256).size(), std::size_t(1));
    QCOMPARE(set.candidates("a", Algorithm::PS256).size(), std::size_t(2)); // both of that id
    QCOMPARE(set.candidates("a", Algorithm::ES256).size(), std::size_t(1));
    QCOMPARE(set.candidates("", Algorithm::ES256).size(), std::size_t(2)); // the token names none
    QCOMPARE(set.candidates("c", Algorithm::ES256).size(), std::size_t(0));
    QCOMPARE(set.candidates("c", Algorithm::EdDSA).size(), std::size_t(1)); // the key has none
    QCOMPARE(set.candidates("a", Algorithm::HS256).size(), std::size_t(0));
}

void KeySetTest::boundsTheNumberOfKeys() {
    std::string keys = m_ed.jwk("0");
    for (std::size_t i = 1; i < KeySet::keysMax + 5; ++i) {
        keys += "," + m_ed.jwk(std::to_string(i));
    }
    const auto set = KeySet::fromJwks(setOf(keys));
    QVERIFY(set);
    QCOMPARE((*set)->keys().size(), KeySet::keysMax);
    QCOMPARE((*set)->leftOut(), std::size_t(5));
}

void KeySetTest::readsTheOneKeyOfAProof() {
    QVERIFY(KeySet::fromJwk(m_p256.jwk()));
    QVERIFY(!KeySet::fromJwk(with(m_p256.jwk(), "d", "AAAA")));
    QVERIFY(!KeySet::fromJwk(with(m_p256.jwk(), "k", "AAAA")));
    QVERIFY(!KeySet::fromJwk(TokenSigner(std::string(64, 's')).jwk()));
    QVERIFY(!KeySet::fromJwk("[]"));
    QVERIFY(!KeySet::fromJwk("{"));
}

void KeySetTest::makesTheThumbprintOfRfc7638() {
    // The example of RFC 7638, 3.1.
    const Json rsa = {
        {"kty", "RSA"},
        {"n",
         "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
         "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
         "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6"
         "WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"},
        {"e", "AQAB"},
        {"alg", "RS256"},
        {"kid", "2011-04-29"}};
    QCOMPARE(gateway::auth::thumbprintOf(rsa), std::string("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    // The example of RFC 8037, A.3.
    const Json ed = {
        {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}};
    QCOMPARE(gateway::auth::thumbprintOf(ed), std::string("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    QVERIFY(gateway::auth::thumbprintOf(Json{{"kty", "EC"}, {"crv", "P-256"}, {"x", "AA"}}).empty());
    QVERIFY(gateway::auth::thumbprintOf(Json::array()).empty());
}

void KeySetTest::takesSecretsThatAreLongEnough() {
    QVERIFY(!KeySet::fromSecret(std::string(31, 's')));
    const auto set = KeySet::fromSecret(std::string(48, 's'));
    QVERIFY(set);
    QCOMPARE((*set)->candidates("any", Algorithm::HS256).size(), std::size_t(1));
    QCOMPARE((*set)->candidates("", Algorithm::HS384).size(), std::size_t(1));
    QCOMPARE((*set)->candidates("", Algorithm::HS512).size(), std::size_t(0));
    QCOMPARE((*set)->candidates("", Algorithm::RS256).size(), std::size_t(0));
}

void KeySetTest::verifiesOnManyThreads() {
    const auto set = KeySet::fromJwks(setOf(m_rsa.jwk("a") + "," + m_p256.jwk("b") + "," + m_ed.jwk("c")));
    QVERIFY(set);
    const std::vector<std::pair<Algorithm, std::string>> signatures{
        {Algorithm::PS256, m_rsa.sign("PS256", "text")},
        {Algorithm::RS256, m_rsa.sign("RS256", "text")},
        {Algorithm::ES256, m_p256.sign("ES256", "text")},
        {Algorithm::EdDSA, m_ed.sign("EdDSA", "text")}};
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 50; ++round) {
                for (const auto& [algorithm, signature] : signatures) {
                    const VerificationKey& key = *(*set)->candidates("", algorithm).front();
                    wrong += verifySignature(key, algorithm, "text", signature) ? 0 : 1;
                    wrong += verifySignature(key, algorithm, "texT", signature) ? 1 : 0;
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    QCOMPARE(wrong.load(), 0);
}

void KeySetTest::verifiesAgainAfterManyOtherKeys() {
    const auto first = KeySet::fromJwk(m_p256.jwk());
    const std::string signature = m_p256.sign("ES256", "text");
    for (int i = 0; i < 40; ++i) {
        const TokenSigner other(Kind::P256);
        const auto key = KeySet::fromJwk(other.jwk());
        QVERIFY(first && key);
        QVERIFY(verifySignature(*key, Algorithm::ES256, "text", other.sign("ES256", "text")));
        QVERIFY(!verifySignature(*key, Algorithm::ES256, "text", signature));
        QVERIFY(verifySignature(*first, Algorithm::ES256, "text", signature));
    }
}

QTEST_APPLESS_MAIN(KeySetTest)
#include "test_key_set.moc"
