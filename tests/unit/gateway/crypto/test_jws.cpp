#include "gateway/crypto/jws.h"

#include <QtTest>
#include <algorithm>
#include <memory>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <vector>

using namespace gateway::crypto;

namespace {

// The key of RFC 7515, A.3, as SEC 1; its d, x and y are those of the JWK there.
constexpr const char* exampleD = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";
constexpr const char* exampleX = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr const char* exampleY = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

PrivateKey exampleKey() {
    std::string der("\x30\x77\x02\x01\x01\x04\x20", 7);
    der += *fromBase64Url(exampleD);
    der += std::string("\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\xa1\x44\x03\x42\x00\x04", 18);
    der += *fromBase64Url(exampleX) + *fromBase64Url(exampleY);
    auto key = PrivateKey::fromDer(der);
    return key ? *key : PrivateKey();
}

/// JSON that is written with single quotes; moc 6.4 loses its way in raw strings.
std::string quoted(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

/// What a peer does with a signature of r and s.
bool verifies(const PrivateKey& key, const std::string& text, const std::string& raw) {
    if (raw.size() != 64) {
        return false;
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
    const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> signature(ECDSA_SIG_new(), ECDSA_SIG_free);
    ECDSA_SIG_set0(signature.get(), BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
    std::vector<unsigned char> der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)));
    unsigned char* at = der.data();
    i2d_ECDSA_SIG(signature.get(), &at);
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), der.data(), der.size(),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

} // namespace

class JwsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void base64UrlIsThatOfRfc4648() {
        QCOMPARE(toBase64Url(""), std::string());
        QCOMPARE(toBase64Url("f"), std::string("Zg"));
        QCOMPARE(toBase64Url("fo"), std::string("Zm8"));
        QCOMPARE(toBase64Url("foo"), std::string("Zm9v"));
        QCOMPARE(toBase64Url("foobar"), std::string("Zm9vYmFy"));
        QCOMPARE(toBase64Url("\xff\xfe\xfd"), std::string("__79"));
        QCOMPARE(fromBase64Url("__79").value(), std::string("\xff\xfe\xfd"));
        QCOMPARE(fromBase64Url("Zm8").value(), std::string("fo"));
        QCOMPARE(fromBase64Url("").value(), std::string());
    }

    void refusesWhatIsNoBase64Url() {
        for (const char* text : {"Z", "Zg==", "Zm9v+A", "Zm9v/A", "Zh", "Zm9", "Zm 8", "Zm9vY"}) {
            QVERIFY2(!fromBase64Url(text), text);
        }
    }

    void theJwkIsThatOfRfc7515() {
        QCOMPARE(publicJwk(exampleKey()).value(), std::string(quoted("{'crv':'P-256','kty':'EC','x':'")) +
                                                      exampleX + quoted("','y':'") + exampleY + quoted("'}"));
    }

    void theThumbprintIsThatOfRfc7638() {
        // 3.1 has an RSA key.
        QCOMPARE(
            thumbprint(quoted(
                "{'e':'AQAB','kty':'RSA','n':'0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT"
                "86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_R"
                "N5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOp"
                "bISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8aw"
                "apJzKnqDKgw'}")),
            std::string("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    }

    void aSignatureOfRfc7515IsOneForOurReading() {
        // A.3.1: otherwise a wrong order of r and s could be both written and read here.
        const std::string input =
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly"
            "9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        const std::string signature =
            fromBase64Url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8IS"
                          "lSApmWQxfKTUJqPP3-Kg6NU1Q")
                .value();
        QVERIFY(verifies(exampleKey(), input, signature));
        QVERIFY(!verifies(exampleKey(), input + "x", signature));
    }

    void whatWeSignVerifies() {
        const PrivateKey key = PrivateKey::generate(KeyKind::EcdsaP256).value();
        // Numbers below 2^248 come once in 128 signatures, and have to be filled up with zeros.
        for (int i = 0; i < 600; ++i) {
            const std::string text = "text " + std::to_string(i);
            QVERIFY(verifies(key, text, signEs256(key, text).value()));
        }
    }

    void aJwsHasItsPartsInBase64Url() {
        const PrivateKey key = exampleKey();
        const std::string jws = signJws(key, quoted("{'alg':'ES256'}"), "{}").value();
        const std::string start = quoted("{'protected':'eyJhbGciOiJFUzI1NiJ9','payload':'e30','signature':'");
        QCOMPARE(jws.substr(0, start.size()), start);
        QCOMPARE(jws.substr(jws.size() - 2), std::string("\"}"));
        const auto signature = fromBase64Url(jws.substr(start.size(), jws.size() - start.size() - 2));
        QVERIFY(signature && verifies(key, "eyJhbGciOiJFUzI1NiJ9.e30", *signature));
    }

    void aPostAsGetHasAnEmptyPayload() {
        const std::string jws = signJws(exampleKey(), "{}", "").value();
        QVERIFY(jws.find(quoted("'payload':'',")) != std::string::npos);
    }

    void keysOfOtherKindsAreRefused() {
        for (const KeyKind kind : {KeyKind::EcdsaP384, KeyKind::Rsa2048, KeyKind::Ed25519}) {
            const PrivateKey key = PrivateKey::generate(kind).value();
            QCOMPARE(publicJwk(key).error().code, std::string("key-not-p256"));
            QCOMPARE(signEs256(key, "text").error().code, std::string("key-not-p256"));
            QCOMPARE(signJws(key, "{}", "{}").error().code, std::string("key-not-p256"));
        }
        QCOMPARE(publicJwk(PrivateKey()).error().code, std::string("key-not-p256"));
    }
};

QTEST_GUILESS_MAIN(JwsTest)
#include "test_jws.moc"
