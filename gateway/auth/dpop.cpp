#include "gateway/auth/dpop.h"

#include "gateway/auth/check_list.h"
#include "gateway/auth/claim_values.h"
#include "gateway/auth/compact_jws.h"
#include "gateway/auth/jwk.h"
#include "gateway/auth/strict_json.h"
#include "gateway/base/digest.h"
#include "gateway/crypto/jws.h"

#include <array>
#include <cmath>

namespace gateway::auth {

namespace {

using Json = nlohmann::json;

/// Looks at one proof. Each step is false at the first thing that is wrong.
class ProofCheck {
public:
    ProofCheck(const ProofTarget& target, WallTime now, ReplayMemory& memory, CheckList& list)
        : m_target(target)
        , m_now(now)
        , m_memory(memory)
        , m_list(list) {}

    bool run(std::string_view proof) {
        return read(proof) && checkHeader() && checkKey() && checkRequest() && checkTime() && checkToken() &&
               checkReplay();
    }

private:
    template<class Say>
    bool wrong(const char* name, Say say) {
        m_list.failed(TokenFault::WrongProof, name, say);
        return false;
    }
    template<class Say>
    bool right(const char* name, Say say) {
        m_list.passed(name, say);
        return true;
    }

    bool read(std::string_view proof);
    bool checkHeader();
    bool checkKey();
    bool checkRequest();
    bool checkTime();
    bool checkToken();
    bool checkReplay();

    const ProofTarget& m_target;
    const WallTime m_now;
    ReplayMemory& m_memory;
    CheckList& m_list;
    CompactJws m_parts;
    Json m_header;
    Json m_claims;
    const Algorithm* m_algorithm = nullptr;
    double m_issuedAt = 0;
};

bool ProofCheck::read(std::string_view proof) {
    const auto parts = proof.size() <= proofBytesMax ? splitJws(proof) : std::nullopt;
    if (!parts) {
        return wrong("Proof's form", [] { return "The proof is no JWT, or too large."; });
    }
    m_parts = *parts;
    auto header = objectOf(m_parts.header);
    auto claims = objectOf(m_parts.payload);
    if (!header || !claims) {
        return wrong("Proof's form", [&] {
            return "The proof cannot be read: " + (header ? claims : header).error().message + ".";
        });
    }
    m_header = std::move(*header);
    m_claims = std::move(*claims);
    return right("Proof's form", [] { return "A JWT."; });
}

bool ProofCheck::checkHeader() {
    static constexpr const char* check = "Proof's header";
    if (m_header.contains("crit") || m_header.contains("b64")) {
        return wrong(check, [] { return "The header has extensions that nobody here understands."; });
    }
    if (const std::string type = memberText(m_header, "typ"); mediaType(type) != "dpop+jwt") {
        return wrong(check,
                     [&] { return "The type has to be \"dpop+jwt\"; it is " + shownText(type) + "."; });
    }
    const std::string name = memberText(m_header, "alg");
    m_algorithm = parseAlgorithm(name);
    if (m_algorithm == nullptr || *m_algorithm >= Algorithm::HS256) {
        return wrong(check, [&] {
            return "The algorithm has to be one of public keys; it is " + shownText(name) + ".";
        });
    }
    return right(check, [&] { return "Type and algorithm (" + name + ") are right."; });
}

bool ProofCheck::checkKey() {
    static constexpr const char* check = "Proof's key";
    const auto jwk = m_header.find("jwk");
    if (jwk == m_header.end() || !jwk->is_object() || isPrivateJwk(*jwk) || jwk->contains("k")) {
        return wrong(check, [] { return "The header has to hold the public key (\"jwk\"), and no other."; });
    }
    // Compared first: it costs little, and strangers' keys are not worth more.
    const std::string thumbprint = thumbprintOf(*jwk);
    if (thumbprint.empty() || thumbprint != m_target.thumbprint) {
        return wrong(check, [&] {
            return "The token is bound to the key " + shownText(m_target.thumbprint) + "; the proof's is " +
                   shownText(thumbprint) + ".";
        });
    }
    const auto key = readJwk(*jwk);
    if (!key) {
        return wrong(check, [&] { return "The key cannot be used: " + key.error().message + "."; });
    }
    const auto signature = crypto::fromBase64Url(m_parts.signature);
    if (!signature || !verifySignature(*key, *m_algorithm, m_parts.signedText, *signature)) {
        return wrong(check, [] { return "The proof is not signed by its key."; });
    }
    return right(check, [&] { return "Signed by the key " + shownText(thumbprint) + "."; });
}

bool ProofCheck::checkRequest() {
    static constexpr const char* check = "Proof's request";
    const std::string method = memberText(m_claims, "htm");
    const std::string wanted = normalizedUri(
        std::string(m_target.scheme).append("://").append(m_target.authority).append(m_target.path));
    const std::string named = normalizedUri(memberText(m_claims, "htu"));
    if (method != m_target.method || named.empty() || named != wanted) {
        return wrong(check, [&] {
            return "The proof is for " + shownText(method + " " + named) + "; the request is " +
                   shownText(std::string(m_target.method) + " " + wanted) + ".";
        });
    }
    return right(check, [&] { return "For " + shownText(method + " " + named) + "."; });
}

bool ProofCheck::checkTime() {
    static constexpr const char* check = "Proof's time";
    const auto issued = m_claims.find("iat");
    const auto seconds = issued != m_claims.end() ? dateOf(*issued) : std::nullopt;
    if (!seconds) {
        return wrong(check, [] { return "The proof does not say when it was made (\"iat\")."; });
    }
    m_issuedAt = *seconds;
    const double now = std::chrono::duration<double>(m_now.time_since_epoch()).count();
    const double age = now - m_issuedAt;
    if (std::abs(age) > std::chrono::duration<double>(proofAgeMax).count()) {
        return wrong(check, [&] {
            return "The proof was made at " + shownDate(m_issuedAt) + ", " + shownSpan(age) +
                   (age < 0 ? " from now" : " ago") + "; it may be 60 s off.";
        });
    }
    return right(check, [&] { return "Made at " + shownDate(m_issuedAt) + "."; });
}

bool ProofCheck::checkToken() {
    static constexpr const char* check = "Proof's token";
    const Sha256 digest = sha256(m_target.token);
    const std::string wanted =
        crypto::toBase64Url({reinterpret_cast<const char*>(digest.data()), digest.size()});
    if (memberText(m_claims, "ath") != wanted) {
        return wrong(check, [] { return "The proof is for another token (\"ath\")."; });
    }
    return right(check, [] { return "Made for this token."; });
}

bool ProofCheck::checkReplay() {
    static constexpr const char* check = "Proof's first use";
    const std::string id = memberText(m_claims, "jti");
    if (id.empty()) {
        return wrong(check, [] { return "The proof has no id (\"jti\")."; });
    }
    // As long as its time is right it counts; the next whole second is on the safe side.
    const WallTime until(std::chrono::seconds(static_cast<std::int64_t>(std::ceil(m_issuedAt)) + 1) +
                         proofAgeMax);
    switch (m_memory.remember(std::string(m_target.thumbprint).append("\n").append(id), m_now, until)) {
    case ReplayMemory::Verdict::New:
        break;
    case ReplayMemory::Verdict::Seen:
        return wrong(check, [] { return "The proof was used before."; });
    case ReplayMemory::Verdict::Full:
        return wrong(check, [] { return "More proofs come than can be remembered; new ones are refused."; });
    }
    return right(check, [] { return "Not used before."; });
}

} // namespace

TokenFault checkProof(std::string_view proof, const ProofTarget& target, WallTime now, ReplayMemory& memory,
                      std::vector<TokenCheck>* checks) {
    CheckList list(checks);
    if (proof.empty()) {
        list.failed(TokenFault::Missing, "Proof", [] { return "The request has no field DPoP."; });
    } else if (target.thumbprint.empty()) {
        list.failed(TokenFault::WrongProof, "Proof", [] { return "The token is bound to no key."; });
    } else {
        ProofCheck(target, now, memory, list).run(proof);
    }
    return list.fault();
}

} // namespace gateway::auth
