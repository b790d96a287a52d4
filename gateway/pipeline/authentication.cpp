#include "gateway/pipeline/authentication.h"

#include "gateway/limits/caller_buckets.h"
#include "gateway/net/network.h"
#include "gateway/pipeline/stage_memory.h"

#include <algorithm>
#include <utility>

/// How credentials go together, API keys and client certificates; authentication_token.cpp has tokens.
namespace gateway::pipeline {

using Kind = model::Credential::Kind;

namespace {

constexpr std::uint64_t anonymousKind = 0; // of bucket keys; the others are ids of providers

Caller::By byOf(Kind kind) noexcept {
    switch (kind) {
    case Kind::ApiKey:
        break;
    case Kind::Jwt:
        return Caller::By::Jwt;
    case Kind::Introspection:
        return Caller::By::Introspection;
    case Kind::ClientCertificate:
        return Caller::By::ClientCertificate;
    }
    return Caller::By::ApiKey;
}

/// An IPv6 client is known by its /64: it can choose all addresses of it.
std::string_view networkOf(const IpBytes& address) noexcept {
    constexpr IpBytes mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    const bool isIpv4 = std::equal(mapped.begin(), mapped.begin() + 12, address.begin());
    return {reinterpret_cast<const char*>(address.data()), isIpv4 ? address.size() : address.size() / 2};
}

} // namespace

Authentication::Authentication(RequestContext& context, const StageTools& tools)
    : m_context(context)
    , m_tools(tools)
    , m_tables(**context.tables)
    , m_revoked(tools.memory->revocations.now())
    , m_shown(findCredentials(context))
    , m_now(std::chrono::floor<std::chrono::seconds>(context.wallStart.time_since_epoch()).count()) {}

Authentication::State Authentication::satisfy(const AuthenticatePlan& plan) {
    // Also where it is not looked at: nobody behind us shall take it for one that was.
    if (plan.takesTokens && !m_shown.token.empty()) {
        m_context.takesAuthorization = true;
    }
    State best = State::Absent;
    for (const WayPlan& way : plan.ways) {
        const State state = satisfyWay(plan, way);
        if (state == State::Good || state == State::Pending) {
            return state;
        }
        best = std::max(best, state);
    }
    if (m_shown.isAmbiguous) {
        return State::Bad;
    }
    if (plan.anonymous && !hasShown(plan)) {
        beAnonymous(plan);
        return State::Good;
    }
    // Of several kinds that were shown, a bad one counts most: it is the one to put right.
    const bool isBad = m_key == State::Bad || m_certificate == State::Bad || m_token == State::Bad;
    if (best != State::Unavailable && isBad) {
        return State::Bad;
    }
    return best;
}

Authentication::State Authentication::satisfyWay(const AuthenticatePlan& plan, const WayPlan& way) {
    const Caller former = m_context.caller;
    for (const CredentialPlan& credential : way) {
        const Outcome outcome = look(plan, credential);
        State state = outcome.state;
        if (state == State::Good && !agrees(outcome.consumer)) {
            m_context.accessFault = "callers-differ";
            state = State::Bad;
        }
        if (state != State::Good) {
            m_context.caller = former;
            return state;
        }
        Caller& caller = m_context.caller;
        if (caller.by == Caller::By::Nothing || caller.by == Caller::By::Anonymous) {
            caller.by = byOf(credential.kind);
        }
        caller.consumer = outcome.consumer;
    }
    return State::Good;
}

/// Whether what is known of the caller so far and this consumer are the same.
bool Authentication::agrees(const ConsumerPlan* consumer) const noexcept {
    const Caller& caller = m_context.caller;
    const bool isKnown = caller.by != Caller::By::Nothing && caller.by != Caller::By::Anonymous;
    return !isKnown || caller.consumer == consumer;
}

Authentication::Outcome Authentication::look(const AuthenticatePlan& plan, const CredentialPlan& credential) {
    if (m_shown.isAmbiguous) {
        m_context.accessFault = "ambiguous";
        m_context.key.verdict = auth::KeyVerdict::Malformed;
        m_key = m_token = State::Bad;
        return {State::Bad, nullptr};
    }
    switch (credential.kind) {
    case Kind::ApiKey:
        break;
    case Kind::Jwt:
    case Kind::Introspection: {
        const Outcome outcome = lookAtToken(credential);
        m_token = std::max(m_token, outcome.state);
        return outcome;
    }
    case Kind::ClientCertificate:
        return lookAtCertificate();
    }
    return lookAtKey(plan);
}

bool Authentication::hasShown(const AuthenticatePlan& plan) {
    findKey(plan);
    const bool hasCertificate = m_context.peer->tls != nullptr && m_context.peer->tls->peer != nullptr;
    return (plan.takesKeys && !m_presentedKey.empty()) || (plan.takesTokens && !m_shown.token.empty()) ||
           (plan.takesCertificates && hasCertificate);
}

void Authentication::beAnonymous(const AuthenticatePlan& plan) {
    Caller& caller = m_context.caller;
    if (caller.by == Caller::By::Nothing) {
        caller.by = Caller::By::Anonymous;
        caller.tier = plan.anonymousTier ? m_tables.tier(*plan.anonymousTier) : nullptr;
    }
}

void Authentication::finish() {
    Caller& caller = m_context.caller;
    if (caller.consumer != nullptr) {
        caller.tier = &m_tables.tierOf(*caller.consumer);
        caller.bucket = caller.consumer->bucket;
        caller.rate = caller.consumer->rate.value_or(caller.tier->rate);
        return;
    }
    if (caller.tier == nullptr || m_tools.callers == nullptr) {
        return;
    }
    caller.rate = caller.tier->rate;
    if (caller.token) {
        caller.bucketKey = m_tools.callers->keyOf(caller.token->provider.value, caller.token->subject);
        return;
    }
    const std::string_view text = m_context.client.substr(0, m_context.client.find('%'));
    const auto address = parseIpLiteral(text);
    caller.bucketKey =
        m_tools.callers->keyOf(anonymousKind, address ? networkOf(*address) : m_context.client);
}

// API keys

/// Where the key is: in its field or parameter, else in Authorization.
void Authentication::findKey(const AuthenticatePlan& plan) {
    if (!plan.takesKeys || std::exchange(m_isKeyFound, true)) {
        return;
    }
    std::string& text = m_tools.memory->text;
    const std::string_view user = m_shown.basic.empty() ? std::string_view() : m_shown.basicUser(text);
    if (m_shown.hasKey) {
        m_presentedKey = m_shown.key;
        m_shown.isAmbiguous = isSecondKey(user) || isSecondKey(m_shown.token);
        return;
    }
    if (!user.empty()) {
        m_presentedKey = user;
    } else if (!m_shown.token.empty() && !m_shown.isDpop && (!plan.takesTokens || isKey(m_shown.token))) {
        m_presentedKey = m_shown.token;
        m_isTokenKey = true;
    } else if (!m_shown.basic.empty() && !plan.takesTokens) {
        m_presentedKey = m_shown.basic; // not a key in its form: refused as one that nobody knows
    }
    m_context.takesAuthorization = m_context.takesAuthorization || !m_presentedKey.empty();
}

/// Beside a key that was found: whether this is one, too. What is none may be meant for the service.
bool Authentication::isSecondKey(std::string_view text) const {
    constexpr std::size_t keyBytesMax = 256;
    return !text.empty() && text.size() <= keyBytesMax &&
           (auth::hasValidChecksum(text) || m_tools.keys.find(sha256(text)) != nullptr);
}

/// Whether a token is an API key; its hash is kept for the cache of tokens.
bool Authentication::isKey(std::string_view token) {
    constexpr std::size_t keyBytesMax = 256;
    return token.size() <= keyBytesMax &&
           (m_tools.keys.find(tokenHash()) != nullptr || auth::hasValidChecksum(token));
}

Authentication::Outcome Authentication::lookAtKey(const AuthenticatePlan& plan) {
    findKey(plan);
    if (m_shown.isAmbiguous) {
        m_context.key.verdict = auth::KeyVerdict::Malformed;
        m_key = State::Bad;
        return {State::Bad, nullptr};
    }
    if (!m_keyOutcome) {
        m_keyOutcome = checkKey();
        m_key = m_keyOutcome->state;
    }
    if (m_keyOutcome->state == State::Good) {
        m_context.caller.key = m_context.key.entry;
        m_context.caller.grants = &m_tools.keys.grantsOf(*m_context.key.entry);
    }
    return *m_keyOutcome;
}

Authentication::Outcome Authentication::checkKey() {
    auth::KeyCheck& check = m_context.key;
    check = auth::checkKey(m_tools.keys, m_presentedKey, m_context.wallStart);
    if (check.verdict == auth::KeyVerdict::Missing) {
        return {};
    }
    if (check.verdict != auth::KeyVerdict::Good) {
        return {State::Bad, nullptr};
    }
    const auth::KeyGrants& grants = m_tools.keys.grantsOf(*check.entry);
    if (!grants.addresses.empty()) {
        const auto address = parseIpLiteral(m_context.client.substr(0, m_context.client.find('%')));
        if (!address || !auth::mayComeFrom(grants, *address)) {
            check.verdict = auth::KeyVerdict::WrongAddress;
            return {State::Bad, nullptr};
        }
    }
    const model::ConsumerId id{check.entry->consumer.load(std::memory_order_relaxed)};
    const ConsumerPlan* consumer = m_tables.consumer(id);
    // Of a consumer that was removed in this snapshot its keys follow at once.
    if (consumer == nullptr || m_revoked.isRevoked(id)) {
        check.verdict = auth::KeyVerdict::Revoked;
        return {State::Bad, nullptr};
    }
    return {State::Good, consumer};
}

// Client certificates

Authentication::Outcome Authentication::lookAtCertificate() {
    using Identity = model::ConsumerIdentity::Kind;
    const crypto::CertificateInfo* certificate =
        m_context.peer->tls != nullptr ? m_context.peer->tls->peer.get() : nullptr;
    if (certificate == nullptr) {
        return {};
    }
    if (!m_certificateOutcome) {
        const ConsumerPlan* consumer =
            m_tables.consumerBy(Identity::CertificateFingerprint, {}, certificate->fingerprint);
        for (const std::string& name : certificate->names) {
            consumer =
                consumer != nullptr ? consumer : m_tables.consumerBy(Identity::CertificateName, {}, name);
        }
        if (consumer == nullptr) {
            consumer = m_tables.consumerBy(Identity::CertificateSubject, {}, certificate->subject);
        }
        m_certificateOutcome = {consumer != nullptr ? State::Good : State::Nobody, consumer};
        if (consumer == nullptr) {
            m_context.accessFault = "certificate-unknown";
        } else if (m_revoked.isRevoked(consumer->id)) {
            m_certificateOutcome = {State::Bad, nullptr};
            m_context.accessFault = "revoked";
        }
        m_certificate = m_certificateOutcome->state;
    }
    if (m_certificateOutcome->state == State::Good) {
        m_context.caller.certificate = certificate;
    }
    return *m_certificateOutcome;
}

} // namespace gateway::pipeline
