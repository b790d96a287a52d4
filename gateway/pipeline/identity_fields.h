#pragma once

#include "gateway/auth/evaluate.h"
#include "gateway/auth/identity_signer.h"
#include "gateway/base/result.h"
#include "gateway/http/field_names.h"
#include "gateway/model/config.h"
#include "gateway/pipeline/request_context.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::pipeline {

/// What a service is told about callers (model::ForwardIdentity), its references read once. Immutable.
struct IdentityPlan {
    struct Header {
        std::string begin; ///< "X-User: "
        model::ExpressionNode value;
    };
    struct Token {
        std::string begin;
        std::string audience; ///< empty: the name of the service
        std::vector<std::string> claims;
        std::chrono::seconds lifetime{60};
    };
    std::vector<Header> headers;
    std::optional<Token> token;
    bool forwardsCredential = false;
    bool setsAuthorization = false; ///< one of the names is Authorization

    /// Input error: a value is no reference, or a name is one that heads are framed or routed by.
    [[nodiscard]] static Result<std::shared_ptr<const IdentityPlan>>
    compile(const model::ForwardIdentity& identity);
};

/// All names by which any service may be told about callers. They are taken out of all that clients send,
/// also on routes that tell their service nothing: it may be one that is told by another route, and believes
/// it. But for Authorization, which only a route that sets it takes out. Null: there are none.
[[nodiscard]] std::shared_ptr<const http::FieldNames> identityNames(const model::Config& config);

/// Writes what a worker's requests tell services about callers. Single-threaded.
class IdentityFields {
public:
    explicit IdentityFields(const auth::IdentitySigner* signer) {
        if (signer != nullptr) {
            m_tokens.emplace(*signer);
        }
    }

    /// Whole lines. What is not known of the caller, or no header can carry as it is, is left out. Good until
    /// the next call.
    [[nodiscard]] std::string_view linesFor(const IdentityPlan& plan, const RequestContext& context,
                                            const auth::Facts& facts);

private:
    void addToken(const IdentityPlan::Token& plan, const RequestContext& context);

    std::string m_lines;
    std::optional<auth::IdentityTokens> m_tokens; ///< nothing: nobody signs
};

} // namespace gateway::pipeline
