#pragma once

#include "gateway/auth/check_list.h"
#include "gateway/auth/token_rules.h"

#include <string>
#include <string_view>

namespace gateway::auth {

/// Looks at the claims of a token or of an introspection answer, and fills a Token from them.
class ClaimsCheck {
public:
    enum class Source : std::uint8_t {
        Jwt,
        AccessToken,  ///< a JWT of RFC 9068, with claims that it has to have
        Introspection ///< RFC 7662, 2.2: all but `active` may be left out
    };

    /// All of them stay until run() is over. `now`: seconds since 1970.
    ClaimsCheck(const TokenRules& rules, Source source, const nlohmann::json& claims, double now,
                CheckList& list, Token& token);

    /// Stops at the first fault when nobody reads the lines.
    void run();

private:
    void checkIssuer();
    void checkAudience();
    void checkExpiry();
    void checkNotBefore();
    void checkIssuedAt();
    void checkLifetime();
    void checkRequired();
    void checkNames();
    void checkScopes();
    void checkRoles();
    void checkConsumer();
    void checkTier();
    void checkCertificate();
    void checkProof();

    [[nodiscard]] const nlohmann::json* claim(const char* name) const;
    /// The date of a claim; nothing: it is not there, or it is none, which is noted.
    [[nodiscard]] std::optional<double> date(const char* name, const char* check);
    void missing(const char* check, const char* name);
    void malformed(const char* check, std::string_view name, const char* wanted, const nlohmann::json& found);
    /// False: it is no text, which is noted.
    [[nodiscard]] bool takeName(const char* check, const char* name, std::string& to);
    [[nodiscard]] std::string confirmation(const char* method, const char* check, bool& isMalformed);

    const TokenRules& m_rules;
    const Source m_source;
    const nlohmann::json& m_claims;
    const double m_now;
    CheckList& m_list;
    Token& m_token;
};

} // namespace gateway::auth
