#include "gateway/auth/dpop.h"
#include "gateway/auth/jwk.h"
#include "gateway/base/digest.h"
#include "tests/support/token_signer.h"

#include <QtTest/QtTest>
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using gateway::ManualClock;
using gateway::auth::checkProof;
using gateway::auth::normalizedUri;
using gateway::auth::ProofTarget;
using gateway::auth::ReplayMemory;
using gateway::auth::TokenCheck;
using gateway::auth::TokenFault;
using support::base64Url;
using support::TokenSigner;
using Json = nlohmann::json;
using Kind = TokenSigner::Kind;
using Change = std::function<void(Json& header, Json& claims)>;
using namespace std::chrono_literals;

Q_DECLARE_METATYPE(Change)

namespace {

std::string thumbprint(const TokenSigner& signer) {
    return gateway::auth::thumbprintOf(Json::parse(signer.jwk()));
}

std::string digest(std::string_view text) {
    const gateway::Sha256 bytes = gateway::sha256(text);
    return base64Url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

} // namespace

class DpopTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesAProofOfEachKindOfKey();
    void takesAProofOnceOnly();
    void refusesWhatIsNotAsItHasToBe_data();
    void refusesWhatIsNotAsItHasToBe();
    void refusesAnothersKeyAndSignature();
    void refusesATokenThatIsBoundToNoKey();
    void takesTimesOfAMinuteOnEitherSide();
    void explainsEachCheck();
    void comparesUrisAsRfc3986Says();
    void remembersAsLongAsAProofCounts();
    void refusesWhatIsNewRatherThanForget();
    void letsOneThreadOnlyBringTheSame();

private:
    [[nodiscard]] std::string proofOf(
        const TokenSigner& signer, const char* algorithm, const Change& change = [](Json&, Json&) {}) const;
    [[nodiscard]] TokenFault check(const std::string& proof, const TokenSigner& signer);

    ManualClock m_clock;
    ReplayMemory m_memory{1024};
    TokenSigner m_signer{Kind::P256};
};

std::string DpopTest::proofOf(const TokenSigner& signer, const char* algorithm, const Change& change) const {
    static std::atomic<int> number = 0;
    Json header = {{"typ", "dpop+jwt"}, {"alg", algorithm}, {"jwk", Json::parse(signer.jwk())}};
    Json claims = {{"jti", "proof-" + std::to_string(++number)},
                   {"htm", "POST"},
                   {"htu", "https://api.example.com/orders"},
                   {"iat", std::chrono::system_clock::to_time_t(m_clock.wallTime())},
                   {"ath", digest("the token")}};
    change(header, claims);
    return signer.token(header.dump(), claims.dump(), algorithm);
}

TokenFault DpopTest::check(const std::string& proof, const TokenSigner& signer) {
    const std::string bound = thumbprint(signer);
    return checkProof(proof,
                      {.method = "POST",
                       .scheme = "https",
                       .authority = "api.example.com",
                       .path = "/orders?page=2",
                       .token = "the token",
                       .thumbprint = bound},
                      m_clock.wallTime(), m_memory);
}

void DpopTest::takesAProofOfEachKindOfKey() {
    const TokenSigner rsa(Kind::Rsa2048);
    for (const char* algorithm : {"RS256", "RS512", "PS256", "PS384"}) {
        QCOMPARE(check(proofOf(rsa, algorithm), rsa), TokenFault::None);
    }
    const TokenSigner p384(Kind::P384);
    const TokenSigner p521(Kind::P521);
    const TokenSigner ed(Kind::Ed25519);
    QCOMPARE(check(proofOf(m_signer, "ES256"), m_signer), TokenFault::None);
    QCOMPARE(check(proofOf(p384, "ES384"), p384), TokenFault::None);
    QCOMPARE(check(proofOf(p521, "ES512"), p521), TokenFault::None);
    QCOMPARE(check(proofOf(ed, "EdDSA"), ed), TokenFault::None);
}

void DpopTest::takesAProofOnceOnly() {
    const std::string proof = proofOf(m_signer, "ES256");
    QCOMPARE(check(proof, m_signer), TokenFault::None);
    QCOMPARE(check(proof, m_signer), TokenFault::WrongProof);
    m_clock.advance(30s);
    QCOMPARE(check(proof, m_signer), TokenFault::WrongProof);
    // The same id signed once more is the same proof; the same id of another key is not.
    const Change sameId = [](Json&, Json& claims) { claims["jti"] = "the same"; };
    QCOMPARE(check(proofOf(m_signer, "ES256", sameId), m_signer), TokenFault::None);
    QCOMPARE(check(proofOf(m_signer, "ES256", sameId), m_signer), TokenFault::WrongProof);
    const TokenSigner other(Kind::P256);
    QCOMPARE(check(proofOf(other, "ES256", sameId), other), TokenFault::None);
}

void DpopTest::refusesWhatIsNotAsItHasToBe_data() {
    QTest::addColumn<Change>("change");
    const auto header = [](const char* name, const char* member, const Json& value) {
        QTest::newRow(name) << Change([=](Json& h, Json&) { h[member] = value; });
    };
    const auto claim = [](const char* name, const char* member, const Json& value) {
        QTest::newRow(name) << Change([=](Json&, Json& c) { c[member] = value; });
    };
    const auto without = [](const char* name, const char* member) {
        QTest::newRow(name) << Change([=](Json& h, Json& c) {
            h.erase(member);
            c.erase(member);
        });
    };
    header("another type", "typ", "JWT");
    header("a type that is no text", "typ", 1);
    header("alg none", "alg", "none");
    header("an HMAC", "alg", "HS256");
    header("another algorithm", "alg", "ES384");
    header("an algorithm of another key type", "alg", "RS256");
    header("something critical", "crit", {"x"});
    header("no base64", "b64", false);
    header("a key that is no object", "jwk", "x");
    QTest::newRow("a private key") << Change([](Json& h, Json&) { h["jwk"]["d"] = "AAAA"; });
    QTest::newRow("a symmetric key") << Change([](Json& h, Json&) { h["jwk"]["k"] = "AAAA"; });
    QTest::newRow("a key for encryption") << Change([](Json& h, Json&) { h["jwk"]["use"] = "enc"; });
    claim("another method", "htm", "GET");
    claim("a method in lower case", "htm", "post");
    claim("another path", "htu", "https://api.example.com/order");
    claim("another host", "htu", "https://evil.example/orders");
    claim("another scheme", "htu", "http://api.example.com/orders");
    claim("another port", "htu", "https://api.example.com:8443/orders");
    claim("a path alone", "htu", "/orders");
    claim("somebody's password in it", "htu", "https://a:b@api.example.com/orders");
    claim("a time as text", "iat", "1767225600");
    claim("a time in milliseconds", "iat", 1767225600000);
    claim("another token", "ath", digest("another token"));
    claim("the digest as hex", "ath", gateway::toHex(gateway::sha256("the token")));
    claim("an empty id", "jti", "");
    claim("an id that is a number", "jti", 1);
    for (const char* member : {"typ", "alg", "jwk", "jti", "htm", "htu", "iat", "ath"}) {
        without(("without " + std::string(member)).c_str(), member);
    }
}

void DpopTest::refusesWhatIsNotAsItHasToBe() {
    QFETCH(Change, change);
    QCOMPARE(check(proofOf(m_signer, "ES256"), m_signer), TokenFault::None);
    QCOMPARE(check(proofOf(m_signer, "ES256", change), m_signer), TokenFault::WrongProof);
}

void DpopTest::refusesAnothersKeyAndSignature() {
    const TokenSigner other(Kind::P256);
    QCOMPARE(check(proofOf(other, "ES256"), m_signer), TokenFault::WrongProof);
    const auto asMine = [&](Json& header, Json&) { header["jwk"] = Json::parse(m_signer.jwk()); };
    QCOMPARE(check(proofOf(other, "ES256", asMine), m_signer), TokenFault::WrongProof);
    QCOMPARE(check(std::string(9000, 'A'), m_signer), TokenFault::WrongProof);
    QCOMPARE(check("..", m_signer), TokenFault::WrongProof);
    QCOMPARE(check(proofOf(m_signer, "ES256") + "=", m_signer), TokenFault::WrongProof);
    QCOMPARE(check(std::string(), m_signer), TokenFault::Missing);
}

void DpopTest::refusesATokenThatIsBoundToNoKey() {
    const ProofTarget target{.method = "POST",
                             .scheme = "https",
                             .authority = "api.example.com",
                             .path = "/orders",
                             .token = "the token",
                             .thumbprint = {}};
    QCOMPARE(checkProof(proofOf(m_signer, "ES256"), target, m_clock.wallTime(), m_memory),
             TokenFault::WrongProof);
}

void DpopTest::takesTimesOfAMinuteOnEitherSide() {
    const auto shifted = [&](double seconds) {
        return check(
            proofOf(m_signer, "ES256",
                    [&](Json&, Json& claims) { claims["iat"] = claims["iat"].get<double>() + seconds; }),
            m_signer);
    };
    QCOMPARE(shifted(-60), TokenFault::None);
    QCOMPARE(shifted(60), TokenFault::None);
    QCOMPARE(shifted(-60.5), TokenFault::WrongProof);
    QCOMPARE(shifted(60.5), TokenFault::WrongProof);
    QCOMPARE(shifted(-86'400), TokenFault::WrongProof);
}

void DpopTest::explainsEachCheck() {
    std::vector<TokenCheck> checks;
    const std::string bound = thumbprint(m_signer);
    const ProofTarget target{.method = "GET",
                             .scheme = "https",
                             .authority = "api.example.com",
                             .path = "/orders",
                             .token = "the token",
                             .thumbprint = bound};
    QCOMPARE(checkProof(proofOf(m_signer, "ES256"), target, m_clock.wallTime(), m_memory, &checks),
             TokenFault::WrongProof);
    QCOMPARE(checks.size(), std::size_t(4));
    QCOMPARE(checks.back().name, std::string("Proof's request"));
    QCOMPARE(checks.back().detail,
             std::string("The proof is for \"POST https://api.example.com/orders\"; the request is \"GET "
                         "https://api.example.com/orders\"."));
}

void DpopTest::comparesUrisAsRfc3986Says() {
    for (const char* same :
         {"https://api.example.com/a/b", "HTTPS://API.EXAMPLE.COM/a/b", "https://api.example.com:443/a/b",
          "https://api.example.com:/a/b", "https://api.example.com/a/b?x=1", "https://api.example.com/a/b#x",
          "https://api.example.com/%61/b", "https://api.example.com/a/./b",
          "https://api.example.com/a/c/../b", "https://api.example.com/../a/b"}) {
        QCOMPARE(normalizedUri(same), std::string("https://api.example.com/a/b"));
    }
    QCOMPARE(normalizedUri("http://h"), std::string("http://h/"));
    QCOMPARE(normalizedUri("http://h:80?x"), std::string("http://h/"));
    QCOMPARE(normalizedUri("http://h:443/"), std::string("http://h:443/"));
    QCOMPARE(normalizedUri("http://[::1]:8080/a%2fb%zz"), std::string("http://[::1]:8080/a%2Fb%zz"));
    QCOMPARE(normalizedUri("http://h/a//b/"), std::string("http://h/a//b/"));
    QCOMPARE(normalizedUri("http://h/a/.."), std::string("http://h/"));
    QCOMPARE(normalizedUri("http://h/A"), std::string("http://h/A"));
    for (const char* none : {"", "/a", "h/a", "ftp://h/", "http:///a", "http://u@h/", "http://:80/"}) {
        QVERIFY2(normalizedUri(none).empty(), none);
    }
}

void DpopTest::remembersAsLongAsAProofCounts() {
    ReplayMemory memory(64);
    const auto begin = m_clock.wallTime();
    const auto until = begin + 120s;
    QCOMPARE(memory.remember("a", begin, until), ReplayMemory::Verdict::New);
    for (int second = 0; second <= 120; ++second) {
        QCOMPARE(memory.remember("a", begin + std::chrono::seconds(second), until),
                 ReplayMemory::Verdict::Seen);
    }
    QCOMPARE(memory.remember("a", begin + 130s, begin + 190s), ReplayMemory::Verdict::New);
    // A clock that is put back lets nothing in again.
    QCOMPARE(memory.remember("a", begin + 100s, begin + 160s), ReplayMemory::Verdict::Seen);
}

void DpopTest::refusesWhatIsNewRatherThanForget() {
    ReplayMemory memory(64);
    const auto begin = m_clock.wallTime();
    for (int i = 0; i < 64; ++i) {
        QCOMPARE(memory.remember(std::to_string(i), begin, begin + 60s), ReplayMemory::Verdict::New);
    }
    QCOMPARE(memory.remember("one more", begin, begin + 60s), ReplayMemory::Verdict::Full);
    for (int i = 0; i < 64; ++i) {
        QCOMPARE(memory.remember(std::to_string(i), begin + 59s, begin + 119s), ReplayMemory::Verdict::Seen);
    }
    // Their time is over, and their places are free.
    for (int i = 0; i < 64; ++i) {
        QCOMPARE(memory.remember(std::to_string(i), begin + 70s, begin + 130s), ReplayMemory::Verdict::New);
    }
}

void DpopTest::letsOneThreadOnlyBringTheSame() {
    ReplayMemory memory(4096);
    const auto now = m_clock.wallTime();
    constexpr int rounds = 500;
    std::vector<std::atomic<int>> taken(rounds);
    std::vector<std::thread> threads;
    std::atomic<int> waiting = 0;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            ++waiting;
            while (waiting < 4) {
            }
            for (int round = 0; round < rounds; ++round) {
                const auto verdict = memory.remember(std::to_string(round), now, now + 60s);
                taken[static_cast<std::size_t>(round)] += verdict == ReplayMemory::Verdict::New ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const auto& count : taken) {
        QVERIFY(count <= 1);
    }
    for (int round = 0; round < rounds; ++round) {
        QCOMPARE(memory.remember(std::to_string(round), now, now + 60s), ReplayMemory::Verdict::Seen);
    }
}

QTEST_APPLESS_MAIN(DpopTest)
#include "test_dpop.moc"
