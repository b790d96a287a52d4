#pragma once

#include "gateway/auth/key_set.h"
#include "gateway/auth/token_verifier.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

/// A row of tests/conformance/data/tokens.txt, which says itself how it is written.
struct TokenCase {
    std::string provider;
    std::string verdict;
    std::string rfc;
    std::string name;
    std::string header;  ///< may be empty
    std::string payload; ///< may be empty
    std::string by;      ///< may be empty
    std::string change;  ///< may be empty
};

/// Ends the test run with a message when a row is unreadable, because a suite that silently lost its cases
/// would pass.
[[nodiscard]] std::vector<TokenCase> readTokenCases();

namespace support {
class TokenSigner;
}

/// The providers and signers that the rows name, and the tokens that they describe.
class TokenHouse {
public:
    TokenHouse();
    ~TokenHouse();

    struct Provider {
        std::unique_ptr<gateway::auth::TokenVerifier> verifier;
        std::shared_ptr<const gateway::auth::KeySet> keys; ///< null: never to be had
    };
    [[nodiscard]] const Provider& provider(const std::string& name) const;
    [[nodiscard]] std::string tokenOf(const TokenCase& row) const;

private:
    void addSigners();
    void addProviders();
    [[nodiscard]] std::string filled(const std::string& text) const;
    [[nodiscard]] std::string signatureOf(const std::string& by, const std::string& text) const;

    std::map<std::string, std::unique_ptr<support::TokenSigner>> m_signers;
    std::map<std::string, Provider> m_providers;
};

/// 2026-01-01T00:00:00Z.
inline constexpr long long tokenTime = 1'767'225'600;
