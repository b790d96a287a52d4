#include "gateway/pipeline/identity_fields.h"

#include "gateway/http/characters.h"
#include "gateway/http/head.h"
#include "gateway/http/writer.h"

namespace gateway::pipeline {
namespace {

using http::KnownField;

bool canSayWhoCalls(std::string_view name) noexcept {
    const KnownField known = http::knownField(name);
    return http::isToken(name) && (known == KnownField::Other || known == KnownField::Authorization);
}

bool isAuthorization(const std::string& name) noexcept {
    return http::knownField(name) == KnownField::Authorization;
}

tl::unexpected<Error> notForIdentity(const std::string& name) {
    return fail(ErrorKind::Input, "identity-header",
                "The field \"" + name + "\" cannot tell services who calls; choose another name.");
}

/// Who reads a field leaves white space around its value out, so that two values would become one.
bool survivesReading(std::string_view value) noexcept {
    return !value.empty() && !http::isBlank(value.front()) && !http::isBlank(value.back());
}

} // namespace

Result<std::shared_ptr<const IdentityPlan>> IdentityPlan::compile(const model::ForwardIdentity& identity) {
    auto plan = std::make_shared<IdentityPlan>();
    plan->forwardsCredential = identity.forwardCredential;
    for (const model::IdentityHeader& header : identity.headers) {
        if (!canSayWhoCalls(header.name)) {
            return notForIdentity(header.name);
        }
        auto value = model::parseReference(header.value);
        if (!value) {
            return fail(ErrorKind::Input, "identity-value",
                        "The value of \"" + header.name + "\": " + value.error().message);
        }
        plan->setsAuthorization = plan->setsAuthorization || isAuthorization(header.name);
        plan->headers.push_back({header.name + ": ", std::move(*value)});
    }
    if (!identity.token.empty()) {
        const model::ForwardIdentity::Token& token = identity.token.front();
        if (!canSayWhoCalls(token.header)) {
            return notForIdentity(token.header);
        }
        plan->setsAuthorization = plan->setsAuthorization || isAuthorization(token.header);
        plan->token = Token{token.header + ": ", token.audience, token.claims, token.lifetime};
    }
    return plan;
}

std::shared_ptr<const http::FieldNames> identityNames(const model::Config& config) {
    auto names = std::make_shared<http::FieldNames>();
    const auto add = [&](const std::string& name) {
        if (!isAuthorization(name)) {
            names->add(name);
        }
    };
    for (const model::Policy& policy : config.policies) {
        if (!policy.identity) {
            continue;
        }
        for (const model::IdentityHeader& header : policy.identity->headers) {
            add(header.name);
        }
        for (const model::ForwardIdentity::Token& token : policy.identity->token) {
            add(token.header);
        }
    }
    return names->isEmpty() ? nullptr : names;
}

std::string_view IdentityFields::linesFor(const IdentityPlan& plan, const RequestContext& context,
                                          const auth::Facts& facts) {
    m_lines.clear();
    for (const IdentityPlan::Header& header : plan.headers) {
        const std::size_t begin = m_lines.size();
        m_lines.append(header.begin);
        const bool isKnown = auth::appendValue(m_lines, header.value, facts);
        if (isKnown && survivesReading(std::string_view(m_lines).substr(begin + header.begin.size()))) {
            m_lines.append("\r\n");
        } else {
            m_lines.resize(begin);
        }
    }
    if (plan.token) {
        addToken(*plan.token, context);
    }
    return m_lines;
}

void IdentityFields::addToken(const IdentityPlan::Token& plan, const RequestContext& context) {
    const Caller& caller = context.caller;
    if (!m_tokens || caller.by == Caller::By::Nothing) {
        return;
    }
    auth::IdentityClaims claims;
    claims.audience = plan.audience.empty() ? std::string_view(context.service->name) : plan.audience;
    claims.lifetime = plan.lifetime;
    if (caller.tier != nullptr) {
        claims.tier = caller.tier->name;
    }
    if (const ConsumerPlan* consumer = caller.consumer) {
        claims.subject = consumer->name;
        claims.consumer = consumer->name;
        claims.roles = consumer->roles;
    }
    if (caller.grants != nullptr) {
        claims.scopes = caller.grants->scopes;
    }
    if (const auth::Token* token = caller.token.get()) {
        claims.subject = token->subject;
        claims.provider = caller.provider != nullptr ? std::string_view(caller.provider->settings.name)
                                                     : std::string_view();
        claims.moreRoles = token->roles;
        claims.moreScopes = token->scopes;
        claims.claims = &token->claims;
        claims.passedOn = plan.claims;
    }
    const std::string_view token = m_tokens->tokenFor(claims, context.wallStart);
    if (!token.empty()) {
        m_lines.append(plan.begin).append(token).append("\r\n");
    }
}

} // namespace gateway::pipeline
