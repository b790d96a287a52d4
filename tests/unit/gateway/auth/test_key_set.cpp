#include "gateway/auth/jwk.h"
#include "gateway/auth/key_set.h"
#include "gateway/crypto/jws.h"
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
    void verifiesTheExamplesOfTheRfcs_data();
    void verifiesTheExamplesOfTheRfcs();
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
    // The key of RFC 9449, 4.2, and its thumbprint of 6.1.
    const Json ec = {{"kty", "EC"},
                     {"crv", "P-256"},
                     {"x", "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs"},
                     {"y", "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}};
    QCOMPARE(gateway::auth::thumbprintOf(ec), std::string("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"));
    QVERIFY(gateway::auth::thumbprintOf(Json{{"kty", "EC"}, {"crv", "P-256"}, {"x", "AA"}}).empty());
    QVERIFY(gateway::auth::thumbprintOf(Json::array()).empty());
}

void KeySetTest::verifiesTheExamplesOfTheRfcs_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("algorithm");
    QTest::addColumn<QString>("signedText");
    QTest::addColumn<QString>("signature");
    const auto row = [](const char* name, const char* key, const char* algorithm, const std::string& text,
                        const char* signature) {
        QTest::newRow(name) << QString::fromUtf8(key) << QString::fromUtf8(algorithm)
                            << QString::fromStdString(text) << QString::fromUtf8(signature);
    };
    const std::string claims =
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19y"
        "b290Ijp0cnVlfQ";
    row("RFC 7515, A.1",
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow", "HS256",
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" + claims, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    row("RFC 7515, A.2",
        "{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-"
        "4qPCJrcS2mJPMEz"
        "P1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
        "bSf63kpaSHSXndS5z5rexMdbBYUs"
        "LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-"
        "DWNmoudF8NAco9_h9ia"
        "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}",
        "RS256", "eyJhbGciOiJSUzI1NiJ9" + claims,
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
        "O8W2Fp5jujGbds9uJdbF9CU"
        "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
        "eSN9383LcOLn6_d"
        "O--xi12jzDwusC-"
        "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig"
        "cN_IoypGlUPQGe77Rw");
    row("RFC 7515, A.3",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
        "ES256", "eyJhbGciOiJFUzI1NiJ9" + claims,
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
    row("RFC 8037, A.4",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
        "EdDSA", "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

void KeySetTest::verifiesTheExamplesOfTheRfcs() {
    QFETCH(QString, key);
    QFETCH(QString, algorithm);
    QFETCH(QString, signedText);
    QFETCH(QString, signature);
    const Algorithm* wanted = gateway::auth::parseAlgorithm(algorithm.toStdString());
    const auto bytes = gateway::crypto::fromBase64Url(signature.toStdString());
    QVERIFY(wanted != nullptr && bytes);
    const auto secret = gateway::crypto::fromBase64Url(key.toStdString());
    const auto set = secret ? KeySet::fromSecret(*secret) : KeySet::fromJwks(setOf(key.toStdString()));
    QVERIFY(set);
    const VerificationKey& only = (*set)->keys().front();
    QVERIFY(verifySignature(only, *wanted, signedText.toStdString(), *bytes));
    QVERIFY(!verifySignature(only, *wanted, signedText.toStdString() + "A", *bytes));
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
