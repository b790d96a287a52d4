#pragma once

#include "gateway/auth/revocations.h"
#include "gateway/auth/token_cache.h"
#include "gateway/base/digest.h"
#include "gateway/pipeline/shown_credentials.h"
#include "gateway/pipeline/stages.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace gateway::pipeline {

/// Finds out who calls: looks at the credentials of one request, each no more than once, and only at those
/// that a policy asks for.
///
/// A way is taken when all its credentials are good and of the same caller; then the other ways are not
/// looked at, whatever was shown for them. A credential that was shown and is bad is never taken for none:
/// nobody becomes anonymous by it. Two of the same kind leave open who calls and are refused.
class Authentication {
public:
    /// How it stands with a credential, the better ones later.
    enum class State : std::uint8_t {
        Absent,
        Bad,
        Nobody,      ///< good, but nobody here is meant by it
        Unavailable, ///< who could tell does not answer
        Good,
        Pending, ///< somebody has to be asked first: RequestContext::wait
    };

    Authentication(RequestContext& context, const StageTools& tools);

    /// Whether some way of the policy is good, with the callers of policies that were asked for before.
    /// Anything but Good and Pending: refused.
    [[nodiscard]] State satisfy(const AuthenticatePlan& plan);
    /// Of who came through all of them: tier and bucket.
    void finish();

    [[nodiscard]] State tokenState() const noexcept { return m_token; }
    /// A token was not looked at, because its sender failed too often lately.
    [[nodiscard]] bool isCutOff() const noexcept { return m_mayVerify && !*m_mayVerify; }

private:
    struct Outcome {
        State state = State::Absent;
        const ConsumerPlan* consumer = nullptr;
    };

    [[nodiscard]] Outcome look(const AuthenticatePlan& plan, const CredentialPlan& credential);
    [[nodiscard]] Outcome lookAtKey(const AuthenticatePlan& plan);
    [[nodiscard]] Outcome lookAtCertificate();
    [[nodiscard]] Outcome lookAtToken(const CredentialPlan& credential);
    [[nodiscard]] State satisfyWay(const AuthenticatePlan& plan, const WayPlan& way);
    [[nodiscard]] bool hasShown(const AuthenticatePlan& plan);
    void beAnonymous(const AuthenticatePlan& plan);
    [[nodiscard]] bool agrees(const ConsumerPlan* consumer) const noexcept;

    void findKey(const AuthenticatePlan& plan);
    [[nodiscard]] bool isSecondKey(std::string_view text) const;
    [[nodiscard]] bool isKey(std::string_view token);
    [[nodiscard]] Outcome checkKey();

    [[nodiscard]] auth::TokenFault findToken(const auth::ProviderPlanPointer& plan, bool introspected,
                                             auth::TokenPointer& token, auth::TokenCache::Entry*& entry);
    [[nodiscard]] auth::TokenFault verify(const auth::ProviderPlanPointer& plan, auth::TokenPointer& token,
                                          auth::TokenCache::Entry*& entry);
    [[nodiscard]] auth::TokenFault introspect(const auth::ProviderPlanPointer& plan,
                                              auth::TokenPointer& token, auth::TokenCache::Entry*& entry);
    [[nodiscard]] auth::TokenFault lackOfKeys(const auth::ProviderPlanPointer& plan, auth::TokenFault fault);
    [[nodiscard]] auth::TokenFault checkBinding(const auth::Token& token);
    [[nodiscard]] Outcome whose(const auth::ProviderPlan& plan, const auth::Token& token,
                                auth::TokenCache::Entry* entry);
    [[nodiscard]] Outcome tokenRefused(const auth::ProviderPlan& plan, auth::TokenFault fault);
    [[nodiscard]] bool mayVerify();
    void noteVerified();
    [[nodiscard]] const Sha256& tokenHash();
    [[nodiscard]] Wait& wait();

    RequestContext& m_context;
    const StageTools& m_tools;
    const Tables& m_tables;
    const auth::RevocationSet& m_revoked;
    ShownCredentials m_shown;
    std::int64_t m_now; ///< seconds since 1970
    State m_key = State::Absent;
    State m_certificate = State::Absent;
    State m_token = State::Absent;
    std::optional<Outcome> m_keyOutcome;
    std::optional<Outcome> m_certificateOutcome;
    std::string_view m_presentedKey;
    bool m_isKeyFound = false; ///< findKey() was asked
    bool m_isTokenKey = false; ///< the token is a key
    std::optional<Sha256> m_tokenHash;
    std::optional<bool> m_mayVerify;
};

} // namespace gateway::pipeline
