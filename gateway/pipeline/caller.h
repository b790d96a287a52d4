#pragma once

#include "gateway/auth/key_table.h"
#include "gateway/auth/provider_plan.h"
#include "gateway/auth/token.h"
#include "gateway/limits/rate_limiter.h"
#include "gateway/net/tls.h"
#include "gateway/pipeline/tables.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace gateway::pipeline {

/// Who calls, as far as credentials say. Reused from request to request.
struct Caller {
    enum class By : std::uint8_t { Nothing, Anonymous, ApiKey, Jwt, Introspection, ClientCertificate };
    By by = By::Nothing;                    ///< the first credential of the way that was taken
    const ConsumerPlan* consumer = nullptr; ///< null: anonymous, or a token of nobody that is configured
    const TierPlan* tier = nullptr;         ///< null: not limited
    limits::Bucket* bucket = nullptr;       ///< of the consumer
    std::uint64_t bucketKey = 0; ///< of who is no consumer, in limits::CallerBuckets; 0: not limited there
    limits::Rate rate{};         ///< of the tier, or the consumer's own
    auth::KeyTable::Entry* key = nullptr;                 ///< of an API key that was good
    const auth::KeyGrants* grants = nullptr;              ///< of that key
    auth::TokenPointer token;                             ///< of a token that was good
    const auth::ProviderPlan* provider = nullptr;         ///< of that token
    const crypto::CertificateInfo* certificate = nullptr; ///< of a client certificate that counted

    /// The consumer's, else the token's subject, else empty.
    [[nodiscard]] std::string_view name() const noexcept;
    [[nodiscard]] bool hasScope(std::string_view scope) const noexcept; ///< of key and token together
    [[nodiscard]] bool hasRole(std::string_view role) const noexcept;   ///< of consumer and token together
    void reset();
};

/// "api-key", "jwt", "introspection", "client-certificate", "anonymous"; empty: nothing.
[[nodiscard]] std::string_view methodName(Caller::By by) noexcept;

} // namespace gateway::pipeline
