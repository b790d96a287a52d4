#include "gateway/auth/dpop.h"
#include "gateway/auth/identity_client.h"
#include "gateway/pipeline/authentication.h"
#include "gateway/pipeline/stage_memory.h"

#include <algorithm>

/// Tokens: JWTs, and what providers say about others.
namespace gateway::pipeline {

using auth::TokenFault;
using Kind = model::Credential::Kind;

namespace {

std::int64_t secondsOf(std::chrono::milliseconds time) noexcept {
    return std::chrono::floor<std::chrono::seconds>(time).count();
}

} // namespace

const Sha256& Authentication::tokenHash() {
    if (!m_tokenHash) {
        m_tokenHash = sha256(m_shown.token);
    }
    return *m_tokenHash;
}

Wait& Authentication::wait() {
    if (!m_context.wait) {
        m_context.wait = std::make_unique<Wait>();
    }
    return *m_context.wait;
}

Authentication::Outcome Authentication::lookAtToken(const CredentialPlan& credential) {
    if (m_shown.token.empty() || m_isTokenKey) {
        return {};
    }
    const auth::ProviderPlanPointer& plan = m_tables.providersByIndex[credential.provider];
    if (!plan) {
        return {State::Bad, nullptr};
    }
    auth::TokenPointer token;
    auth::TokenCache::Entry* entry = nullptr;
    TokenFault fault = findToken(plan, credential.kind == Kind::Introspection, token, entry);
    if (fault == TokenFault::None && m_context.wait != nullptr &&
        m_context.wait->what != Wait::For::Nothing) {
        return {State::Pending, nullptr};
    }
    if (fault == TokenFault::None) {
        fault = checkBinding(*token);
    }
    if (fault != TokenFault::None) {
        return tokenRefused(*plan, fault);
    }
    const Outcome outcome = whose(*plan, *token, entry);
    if (outcome.state == State::Good) {
        m_context.caller.token = std::move(token);
        m_context.caller.provider = plan.get();
        m_context.tokenFault = TokenFault::None;
        m_context.tokenProvider = plan.get();
    }
    return outcome;
}

/// None: `token` is good, or the context's `wait` says what to wait for. `entry` where it is remembered.
TokenFault Authentication::findToken(const auth::ProviderPlanPointer& plan, bool introspected,
                                     auth::TokenPointer& token, auth::TokenCache::Entry*& entry) {
    if (m_shown.token.size() > plan->settings.tokenBytesMax) {
        return TokenFault::TooLarge;
    }
    entry = m_tools.memory->tokens().find(tokenHash(), plan->serial);
    const bool holds = entry != nullptr && m_now < entry->until &&
                       entry->token->introspected == introspected &&
                       (introspected || entry->keys == plan->keys->generation());
    if (!holds) {
        entry = nullptr;
        const TokenFault fault = introspected ? introspect(plan, token, entry) : verify(plan, token, entry);
        if (fault != TokenFault::None || !token) {
            return fault;
        }
    } else {
        token = entry->token;
    }
    if (entry == nullptr || entry->revocations != m_tools.memory->revocations.changes()) {
        if (m_revoked.isRevoked(*token)) {
            return TokenFault::Revoked;
        }
        if (entry != nullptr) {
            entry->revocations = m_tools.memory->revocations.changes();
        }
    }
    return TokenFault::None;
}

/// Whether the sender of a token that is not known may have it looked at: asked once a request.
bool Authentication::mayVerify() {
    if (!m_mayVerify) {
        const auto address = m_tools.delays != nullptr ? m_context.clientBytes() : std::nullopt;
        m_mayVerify = !address || m_tools.delays->mayVerify(*address, m_context.start);
    }
    return *m_mayVerify;
}

void Authentication::noteVerified() {
    const auto address = m_tools.delays != nullptr ? m_context.clientBytes() : std::nullopt;
    if (address) {
        m_tools.delays->giveBack(*address);
    }
}

TokenFault Authentication::verify(const auth::ProviderPlanPointer& plan, auth::TokenPointer& token,
                                  auth::TokenCache::Entry*& entry) {
    if (!mayVerify()) {
        return TokenFault::ProviderDown; // nobody says whether it is good
    }
    const KeySetView::Keys& keys = m_tools.memory->keys.of(*plan->keys);
    const auth::TokenResult result =
        plan->verifier.verify(m_shown.token, keys.set.get(), m_context.wallStart);
    if (result.fault == TokenFault::KeyUnknown || result.fault == TokenFault::KeysUnavailable) {
        return lackOfKeys(plan, result.fault);
    }
    if (result.fault != TokenFault::None) {
        return result.fault;
    }
    noteVerified();
    token = result.token;
    entry = &m_tools.memory->tokens().put(tokenHash(), plan->serial, token);
    entry->keys = keys.generation;
    entry->until = token->expiresAt + secondsOf(plan->settings.leeway);
    entry->revocations = ~std::uint64_t{0}; // not looked up yet
    return TokenFault::None;
}

/// The key may be one that the provider has by now: worth waiting for, once, where the token says that it is
/// of this provider at all.
TokenFault Authentication::lackOfKeys(const auth::ProviderPlanPointer& plan, TokenFault fault) {
    if (auth::TokenVerifier::peek(m_shown.token).issuer != plan->settings.issuer) {
        return TokenFault::WrongIssuer;
    }
    const model::IdentityProviderId id = plan->settings.id;
    if (m_tools.identity == nullptr || wait().answerOf(*plan, Wait::For::Keys) != nullptr) {
        return fault;
    }
    if (!m_tools.identity->mayBringKeys(id)) {
        return fault;
    }
    wait().what = Wait::For::Keys;
    wait().provider = plan;
    wait().keys = m_tools.memory->keys.of(*plan->keys).generation;
    return TokenFault::None;
}

TokenFault Authentication::introspect(const auth::ProviderPlanPointer& plan, auth::TokenPointer& token,
                                      auth::TokenCache::Entry*& entry) {
    if (!plan->settings.introspection || m_tools.identity == nullptr) {
        return TokenFault::ProviderDown;
    }
    // Our own keys are for nobody else to see, not even mistyped into the wrong place.
    if (isKey(m_shown.token)) {
        return TokenFault::Malformed;
    }
    Wait::Answer* const answer = wait().answerOf(*plan, Wait::For::Introspection);
    if (answer == nullptr) {
        if (!mayVerify()) {
            return TokenFault::ProviderDown;
        }
        wait().what = Wait::For::Introspection;
        wait().provider = plan;
        wait().token.assign(m_shown.token);
        return TokenFault::None;
    }
    if (!answer->text || !*answer->text) {
        return TokenFault::ProviderDown;
    }
    const auth::TokenResult result =
        plan->verifier.readIntrospection(**answer->text, m_tools.clock.wallTime());
    if (result.fault != TokenFault::None) {
        return result.fault;
    }
    noteVerified();
    token = result.token;
    const std::int64_t keep = secondsOf(plan->settings.introspection->cache);
    if (keep <= 0) {
        return TokenFault::None;
    }
    entry = &m_tools.memory->tokens().put(tokenHash(), plan->serial, token);
    entry->until = m_now + keep;
    if (token->expiresAt != 0) {
        entry->until = std::min(entry->until, token->expiresAt + secondsOf(plan->settings.leeway));
    }
    entry->revocations = ~std::uint64_t{0};
    return TokenFault::None;
}

/// Whether the caller holds what the token is bound to (RFC 8705, 3; RFC 9449, 7.1).
TokenFault Authentication::checkBinding(const auth::Token& token) {
    if (!token.certificateFingerprint.empty()) {
        const crypto::CertificateInfo* certificate =
            m_context.peer->tls != nullptr ? m_context.peer->tls->peer.get() : nullptr;
        if (certificate == nullptr || certificate->fingerprint != token.certificateFingerprint) {
            return TokenFault::WrongCertificate;
        }
    }
    if (token.keyThumbprint.empty()) {
        return m_shown.isDpop ? TokenFault::WrongProof : TokenFault::None;
    }
    if (!m_shown.isDpop || !m_tables.proofs) {
        return TokenFault::WrongProof; // RFC 9449, 7.2: a bound token is no bearer token
    }
    if (m_context.hasGoodProof) {
        return TokenFault::None; // a second look would take it for a repeat
    }
    const http::RequestHead& head = *m_context.head;
    std::string_view scheme = m_context.isSecure ? "https" : "http";
    std::string_view authority = head.authority;
    if (m_context.origin != nullptr && !m_context.origin->host.empty()) {
        authority = m_context.origin->host; // as the client itself named it
    }
    const std::string_view target = head.target;
    const std::size_t query = target.find('?');
    const bool isOrigin = !target.empty() && target.front() == '/';
    const auth::ProofTarget wanted{.method = head.methodText,
                                   .scheme = scheme,
                                   .authority = authority,
                                   .path = isOrigin ? target.substr(0, query) : head.path,
                                   .token = m_shown.token,
                                   .thumbprint = token.keyThumbprint};
    const TokenFault fault =
        auth::checkProof(m_shown.proof, wanted, m_tools.clock.wallTime(), *m_tables.proofs);
    m_context.hasGoodProof = fault == TokenFault::None;
    return m_context.hasGoodProof ? fault : TokenFault::WrongProof;
}

/// Which consumer a good token stands for, or who else may use it.
Authentication::Outcome Authentication::whose(const auth::ProviderPlan& plan, const auth::Token& token,
                                              auth::TokenCache::Entry* entry) {
    const ConsumerPlan* consumer = nullptr;
    if (entry != nullptr && entry->tables == m_tables.serial) {
        consumer = m_tables.consumer(entry->consumer);
    } else {
        if (!token.consumer.empty()) {
            consumer = m_tables.consumerNamed(token.consumer);
        } else if (!token.subject.empty()) {
            consumer = m_tables.consumerBy(model::ConsumerIdentity::Kind::Subject, plan.settings.name,
                                           token.subject);
        }
        if (entry != nullptr) {
            entry->tables = m_tables.serial;
            entry->consumer = consumer != nullptr ? consumer->id : model::ConsumerId();
        }
    }
    if (consumer != nullptr) {
        return m_revoked.isRevoked(consumer->id) ? tokenRefused(plan, TokenFault::Revoked)
                                                 : Outcome{State::Good, consumer};
    }
    // Who is named and not there went, and gets nothing instead.
    const TierPlan* tier = nullptr;
    if (token.consumer.empty()) {
        tier = token.tier.empty() ? nullptr : m_tables.tier(token.tier);
        tier = tier == nullptr && !plan.settings.tier.empty() ? m_tables.tier(plan.settings.tier) : tier;
    }
    if (tier == nullptr || token.subject.empty()) {
        m_context.tokenFault = TokenFault::NoConsumer;
        m_context.tokenProvider = &plan;
        return {State::Nobody, nullptr};
    }
    m_context.caller.tier = tier;
    return {State::Good, nullptr};
}

Authentication::Outcome Authentication::tokenRefused(const auth::ProviderPlan& plan, TokenFault fault) {
    // Of several providers the one whose token it claims to be says more than those who never heard of it.
    const TokenFault former = m_context.tokenFault;
    if (former == TokenFault::Missing || former == TokenFault::WrongIssuer ||
        former == TokenFault::Malformed) {
        m_context.tokenFault = fault;
        m_context.tokenProvider = &plan;
    }
    const bool isUnavailable = fault == TokenFault::ProviderDown || fault == TokenFault::KeysUnavailable;
    return {isUnavailable ? State::Unavailable : State::Bad, nullptr};
}

} // namespace gateway::pipeline
