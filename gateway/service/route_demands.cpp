#include "gateway/service/route_demands.h"

#include "gateway/service/policy_text.h"

#include <algorithm>
#include <array>

namespace gateway::service {

using Verdict = AccessLine::Verdict;

namespace {

bool holds(const std::vector<std::string>* list, const std::string& item) {
    return list != nullptr && std::find(list->begin(), list->end(), item) != list->end();
}

bool isBetter(const AccessDecision& one, const AccessDecision& other) {
    if (one.verdict != other.verdict) {
        return one.verdict < other.verdict;
    }
    // Why somebody who is known is refused says more than what others would have to show.
    return one.isKnown != other.isKnown ? one.isKnown : one.missing < other.missing;
}

std::string keysText(const CallerMeans& means, const CallerMeans::Keys& keys) {
    if (keys.names.empty()) {
        return "API key";
    }
    if (keys.names.size() == 1) {
        return "API key " + keys.names.front();
    }
    return means.keys.size() == 1 ? "any of its " + std::to_string(keys.names.size()) + " API keys"
                                  : "API keys " + enumerate(keys.names, " or ");
}

} // namespace

const ForeseenRule* RuleShelf::find(const std::string& text) {
    const auto [at, isNew] = m_rules.try_emplace(text);
    if (isNew) {
        if (const auto expression = model::parseExpression(text)) {
            at->second = std::make_unique<const ForeseenRule>(**expression);
        }
    }
    return at->second.get();
}

/// What speaks against a call, what it depends on, and what allows it. Sentences are made only when somebody
/// reads them.
class RouteDemands::Notes {
public:
    explicit Notes(bool explains)
        : m_explains(explains) {}

    template<class Say>
    void fault(Say say) {
        ++m_missing;
        add(m_faults, say);
    }
    template<class Say>
    void condition(Say say) {
        m_isConditional = true;
        add(m_conditions, say);
    }
    template<class Say>
    void fact(Say say) {
        add(m_facts, say);
    }

    [[nodiscard]] AccessDecision decision(std::string credential) && {
        AccessDecision decision{.missing = m_missing, .credential = std::move(credential)};
        if (m_missing > 0) {
            decision.why = std::move(m_faults);
            return decision;
        }
        decision.verdict = m_isConditional ? Verdict::Conditional : Verdict::Allowed;
        decision.why = std::move(m_conditions);
        decision.why.insert(decision.why.end(), m_facts.begin(), m_facts.end());
        return decision;
    }

private:
    template<class Say>
    void add(std::vector<std::string>& lines, Say& say) {
        if (m_explains) {
            lines.push_back(say());
        }
    }

    bool m_explains;
    bool m_isConditional = false;
    std::size_t m_missing = 0;
    std::vector<std::string> m_faults;
    std::vector<std::string> m_conditions;
    std::vector<std::string> m_facts;
};

/// What a caller shows with one request.
struct RouteDemands::Shown {
    const CallerMeans::Keys* keys = nullptr;
    const model::IdentityProvider* provider = nullptr; ///< of the token
    bool certificate = false;
    bool isAnonymous = false;
    const Way* way = nullptr; ///< null: nothing
};

RouteDemands::RouteDemands(const model::PolicyPlaces& places, const model::Config& config,
                           const model::Route& route, const model::Listener* listener, RuleShelf& shelf)
    : m_route(route)
    , m_listener(listener) {
    using Certificates = model::Listener::ClientCertificates;
    if (listener != nullptr) {
        m_takesCertificates = listener->tls && listener->tls->clientCertificates != Certificates::Off;
        m_wantsCertificate = listener->tls && listener->tls->clientCertificates == Certificates::Required;
    }
    const auto restrict = [this, &shelf](const model::Authorize& authorize, std::string source) {
        if (!authorize.isEmpty()) {
            m_restrictions.push_back({&authorize,
                                      authorize.when.empty() ? nullptr : shelf.find(authorize.when),
                                      std::move(source)});
        }
    };
    const model::EffectivePolicy effective = places.of(route, listener);
    for (const model::AttachedPolicy& item : effective.holding()) {
        if (item.policy->authenticate) {
            ask(*item.policy->authenticate, model::textOf(item), config);
        }
        if (item.policy->authorize) {
            restrict(*item.policy->authorize, model::textOf(item));
        }
    }
    if (effective.own != nullptr) {
        restrict(*effective.own, "route " + route.name + " itself");
    }
    findWays();
}

std::string RouteDemands::sources() const {
    std::vector<std::string> all;
    all.reserve(m_asks.size());
    for (const Ask& ask : m_asks) {
        all.push_back(ask.source);
    }
    return enumerate(all);
}

AccessDecision RouteDemands::decide(const CallerMeans& means, bool explains) const {
    if (m_asks.empty()) {
        return decideShown({}, means, explains);
    }
    AccessDecision best;
    bool isFirst = true;
    for (const Way& way : m_ways) {
        AccessDecision decision = decideWay(way, means, explains);
        if (isFirst || isBetter(decision, best)) {
            best = std::move(decision);
            isFirst = false;
        }
    }
    if (isFirst) {
        Notes notes(explains);
        notes.fault([this] { return "no request can satisfy all of " + sources(); });
        best = std::move(notes).decision({});
    }
    // A consumer can also come as nobody; of those who are none there is a decision of its own.
    if (m_admitsAnonymous && means.consumer != nullptr) {
        if (AccessDecision anonymous = decideAnonymous(explains); isBetter(anonymous, best)) {
            return anonymous;
        }
    }
    return best;
}

AccessDecision RouteDemands::decideAnonymous(bool explains) const {
    if (m_asks.empty()) {
        return decideShown({}, {}, explains);
    }
    if (m_admitsAnonymous) {
        return decideShown({.isAnonymous = true}, {}, explains);
    }
    Notes notes(explains);
    for (const Ask& ask : m_asks) {
        if (!ask.authenticate->anonymous) {
            notes.fault([&ask] { return textOf(*ask.authenticate) + " is asked for: " + ask.source; });
        }
    }
    return std::move(notes).decision({});
}

AccessDecision RouteDemands::decideWay(const Way& way, const CallerMeans& means, bool explains) const {
    Notes missing(explains);
    bool lacks = false;
    const auto lack = [&](const auto& say) {
        lacks = true;
        missing.fault(say);
    };
    if (way.key && means.keys.empty()) {
        lack([&] {
            return means.keysRefused == 0
                       ? "it has no API key: " + sources()
                       : "each of its API keys is revoked, disabled or expired: " + sources();
        });
    }
    if (way.certificate && !m_takesCertificates) {
        lack([&] { return "listener " + m_listener->name + " takes no client certificates: " + sources(); });
    } else if (way.certificate && !means.hasCertificate) {
        lack([&] { return "it is known by no client certificate: " + sources(); });
    }
    if (way.provider != nullptr &&
        std::find(means.tokens.begin(), means.tokens.end(), way.provider) == means.tokens.end()) {
        lack([&] { return "no token of " + way.provider->name + " is its own: " + sources(); });
    }
    if (lacks) {
        AccessDecision decision = std::move(missing).decision({});
        decision.isKnown = false;
        return decision;
    }
    Shown shown{.provider = way.provider, .certificate = way.certificate, .way = &way};
    if (!way.key) {
        return decideShown(shown, means, explains);
    }
    AccessDecision best;
    for (const CallerMeans::Keys& keys : means.keys) {
        shown.keys = &keys;
        AccessDecision decision = decideShown(shown, means, explains);
        if (&keys == &means.keys.front() || isBetter(decision, best)) {
            best = std::move(decision);
        }
    }
    return best;
}

/// Of several credentials the one that was looked at first counts, which is nobody's business here.
void RouteDemands::setMethod(const Way& way, ForeseenCaller& caller) {
    constexpr std::array<const char*, 4> names{"api-key", "client-certificate", "jwt", "introspection"};
    const std::array<bool, 4> has{way.key, way.certificate, way.jwt, way.introspection};
    caller.isMethodKnown = std::count(has.begin(), has.end(), true) == 1;
    if (caller.isMethodKnown) {
        caller.method =
            names.at(static_cast<std::size_t>(std::find(has.begin(), has.end(), true) - has.begin()));
    }
}

AccessDecision RouteDemands::decideShown(const Shown& shown, const CallerMeans& means, bool explains) const {
    Notes notes(explains);
    ForeseenCaller caller;
    if (shown.way != nullptr) {
        checkCaller(shown, means, notes);
        caller.consumer = means.consumer;
        caller.hasToken = shown.provider != nullptr;
        caller.tokenHasRoles = caller.hasToken && !shown.provider->rolesClaim.empty();
        caller.scopes = shown.keys != nullptr ? &shown.keys->terms->scopes : nullptr;
        setMethod(*shown.way, caller);
        if (means.consumer != nullptr) {
            caller.tier = means.consumer->tier;
        } else if (caller.hasToken) {
            caller.tier = shown.provider->tier;
            caller.tokenSaysTier = !shown.provider->tierClaim.empty();
        }
    } else if (shown.isAnonymous) {
        caller.tier = m_anonymousTier;
        caller.method = "anonymous";
        notes.fact([this] { return "whoever shows nothing is let in: " + sources(); });
    } else {
        notes.fact([] { return std::string("no policy asks who calls"); });
    }
    if (m_wantsCertificate && !shown.certificate) {
        notes.condition(
            [this] { return "connections to listener " + m_listener->name + " need a client certificate"; });
    }
    for (const Restriction& restriction : m_restrictions) {
        checkRestriction(restriction, caller, notes);
    }
    return std::move(notes).decision(explains ? credentialText(shown, means) : std::string());
}

std::string RouteDemands::credentialText(const Shown& shown, const CallerMeans& means) {
    std::vector<std::string> parts;
    if (shown.keys != nullptr) {
        parts.push_back(keysText(means, *shown.keys));
    }
    if (shown.provider != nullptr) {
        const bool isJwt = shown.way->jwt;
        parts.push_back((isJwt ? "JWT of " : "opaque token of ") + shown.provider->name);
    }
    if (shown.certificate) {
        parts.emplace_back("client certificate");
    }
    return parts.empty() ? "no credential" : enumerate(parts);
}

void RouteDemands::checkCaller(const Shown& shown, const CallerMeans& means, Notes& notes) const {
    notes.fact([&] { return credentialText(shown, means) + " will do: " + sources(); });
    if (means.isRevoked) {
        notes.fault([&] { return "consumer " + means.consumer->name + " is revoked"; });
    }
    if (means.consumer != nullptr && !means.consumer->routes.empty() &&
        !holds(&means.consumer->routes, m_route.name)) {
        notes.fault([&] {
            return "route " + m_route.name + " is not among those that consumer " + means.consumer->name +
                   " may call";
        });
    }
    if (shown.keys != nullptr && !shown.keys->terms->addresses.empty()) {
        notes.condition(
            [&] { return "the key only works from " + enumerate(shown.keys->terms->addresses, " or "); });
    }
    if (shown.provider == nullptr) {
        return;
    }
    if (shown.provider->certificateBound && !m_takesCertificates) {
        notes.fault([&] {
            return "tokens of " + shown.provider->name +
                   " are bound to client certificates, which listener " + m_listener->name + " does not take";
        });
    }
    if (means.consumer == nullptr && shown.provider->tier.empty()) {
        if (shown.provider->tierClaim.empty()) {
            notes.fault([&] {
                return "identity provider " + shown.provider->name +
                       " has no tier for callers who are no consumer";
            });
        } else {
            notes.condition(
                [&] { return "claim " + shown.provider->tierClaim + " of the token has to name a tier"; });
        }
    }
}

void RouteDemands::checkScopes(const Restriction& restriction, const ForeseenCaller& caller, Notes& notes) {
    for (const std::string& scope : restriction.authorize->scopes) {
        if (holds(caller.scopes, scope)) {
            continue;
        }
        if (caller.hasToken) {
            notes.condition([&] { return "the token needs scope " + scope + ": " + restriction.source; });
        } else {
            notes.fault([&] { return "scope " + scope + " is missing: " + restriction.source; });
        }
    }
    const auto& any = restriction.authorize->anyScope;
    if (any.empty() || std::any_of(any.begin(), any.end(), [&caller](const std::string& scope) {
            return holds(caller.scopes, scope);
        })) {
        return;
    }
    if (caller.hasToken) {
        notes.condition(
            [&] { return "the token needs scope " + enumerate(any, " or ") + ": " + restriction.source; });
    } else {
        notes.fault([&] { return "scope " + enumerate(any, " or ") + " is missing: " + restriction.source; });
    }
}

void RouteDemands::checkRoles(const Restriction& restriction, const ForeseenCaller& caller, Notes& notes) {
    const std::vector<std::string>* known = caller.consumer != nullptr ? &caller.consumer->roles : nullptr;
    const auto lacks = [&](const std::string& role) {
        if (caller.tokenHasRoles) {
            notes.condition([&] { return "the token needs role " + role + ": " + restriction.source; });
        } else {
            notes.fault([&] { return "role " + role + " is missing: " + restriction.source; });
        }
    };
    for (const std::string& role : restriction.authorize->allRoles) {
        if (!holds(known, role)) {
            lacks(role);
        }
    }
    const auto& any = restriction.authorize->roles;
    if (!any.empty() && std::none_of(any.begin(), any.end(),
                                     [known](const std::string& role) { return holds(known, role); })) {
        lacks(enumerate(any, " or "));
    }
}

void RouteDemands::checkRestriction(const Restriction& restriction, const ForeseenCaller& caller,
                                    Notes& notes) {
    checkScopes(restriction, caller, notes);
    checkRoles(restriction, caller, notes);
    const std::string& when = restriction.authorize->when;
    if (when.empty()) {
        return;
    }
    const auto outcome =
        restriction.rule != nullptr ? restriction.rule->foresee(caller) : ForeseenRule::Outcome::Never;
    switch (outcome) {
    case ForeseenRule::Outcome::Always:
        return;
    case ForeseenRule::Outcome::Sometimes:
        notes.condition([&] { return "depends on `" + when + "`: " + restriction.source; });
        return;
    case ForeseenRule::Outcome::Never:
        notes.fault([&] { return "`" + when + "` is not true: " + restriction.source; });
        return;
    }
}

} // namespace gateway::service
