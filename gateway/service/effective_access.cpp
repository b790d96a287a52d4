#include "gateway/service/effective_access.h"

#include "gateway/service/policy_text.h"
#include "gateway/service/route_demands.h"

#include <algorithm>
#include <array>
#include <memory>

namespace gateway::service {

using Verdict = AccessLine::Verdict;

namespace {

/// Whether a route asks for the same on both.
bool areAlike(const model::Listener& one, const model::Listener& other) {
    const auto certificates = [](const model::Listener& listener) {
        return listener.tls ? listener.tls->clientCertificates : model::Listener::ClientCertificates::Off;
    };
    return one.policies == other.policies && certificates(one) == certificates(other);
}

/// Of listeners that ask for the same, the first; one that stands for all where there is none.
std::vector<const model::Listener*> differentListeners(const model::Config& config) {
    std::vector<const model::Listener*> listeners;
    for (const model::Listener& listener : config.listeners) {
        const bool isKnown =
            std::any_of(listeners.begin(), listeners.end(),
                        [&listener](const model::Listener* other) { return areAlike(*other, listener); });
        if (!isKnown) {
            listeners.push_back(&listener);
        }
    }
    if (listeners.empty()) {
        listeners.push_back(nullptr);
    }
    return listeners;
}

/// A route on all listeners.
class RouteEverywhere {
public:
    RouteEverywhere(const model::PolicyPlaces& places, const model::Config& config, const model::Route& route,
                    const std::vector<const model::Listener*>& listeners, RuleShelf& shelf)
        : m_listeners(listeners) {
        m_demands.reserve(listeners.size());
        for (const model::Listener* listener : listeners) {
            m_demands.emplace_back(places, config, route, listener, shelf);
        }
    }

    /// The best of all listeners; where they differ, the reasons say so.
    template<class Decide>
    [[nodiscard]] AccessDecision decide(bool explains, const Decide& decideOn) const {
        AccessDecision best = decideOn(m_demands.front(), explains);
        std::size_t at = 0;
        std::vector<Verdict> verdicts{best.verdict};
        for (std::size_t i = 1; i < m_demands.size(); ++i) {
            AccessDecision decision = decideOn(m_demands[i], explains);
            verdicts.push_back(decision.verdict);
            if (decision.verdict < best.verdict) {
                best = std::move(decision);
                at = i;
            }
        }
        for (std::size_t i = 0; explains && i < verdicts.size(); ++i) {
            if (verdicts[i] != best.verdict) {
                best.why.push_back("so it is on listener " + m_listeners[at]->name + "; on listener " +
                                   m_listeners[i]->name + " it is " + verdictName(verdicts[i]));
            }
        }
        return best;
    }

    [[nodiscard]] AccessDecision decide(const CallerMeans& means, bool explains) const {
        return decide(explains, [&means](const RouteDemands& demands, bool explainsIt) {
            return demands.decide(means, explainsIt);
        });
    }
    [[nodiscard]] AccessDecision decideAnonymous() const {
        return decide(true, [](const RouteDemands& demands, bool explainsIt) {
            return demands.decideAnonymous(explainsIt);
        });
    }
    [[nodiscard]] std::vector<const model::IdentityProvider*> providers() const {
        std::vector<const model::IdentityProvider*> all;
        for (const RouteDemands& demands : m_demands) {
            for (const model::IdentityProvider* provider : demands.providers()) {
                if (std::find(all.begin(), all.end(), provider) == all.end()) {
                    all.push_back(provider);
                }
            }
        }
        return all;
    }

private:
    const std::vector<const model::Listener*>& m_listeners;
    std::vector<RouteDemands> m_demands;
};

AccessLine lineOf(const model::Route& route, const std::string& consumer, AccessDecision decision) {
    return {.route = route.name,
            .consumer = consumer,
            .verdict = decision.verdict,
            .credential = std::move(decision.credential),
            .why = std::move(decision.why)};
}

void fillMeans(const AccessGrounds& grounds, const MeansFinder& finder, const model::Consumer& consumer,
               CallerMeans& means) {
    finder.fill(consumer, means);
    grounds.keys.fill(consumer.id, means);
    means.isRevoked = grounds.revocations.isRevoked(consumer.id);
}

/// Whoever is no consumer.
void addStrangers(const RouteEverywhere& everywhere, const model::Route& route, RouteAccess& access) {
    AccessLine anonymous = lineOf(route, {}, everywhere.decideAnonymous());
    anonymous.credential.clear();
    access.lines.push_back(std::move(anonymous));
    for (const model::IdentityProvider* provider : everywhere.providers()) {
        CallerMeans means;
        means.tokens = {provider};
        AccessLine line = lineOf(route, {}, everywhere.decide(means, true));
        line.credential = "tokens of " + provider->name + " without a consumer";
        access.lines.push_back(std::move(line));
    }
}

bool takesKeys(const model::EffectivePolicy& effective) {
    for (const model::AttachedPolicy& item : effective.holding()) {
        if (!item.policy->authenticate) {
            continue;
        }
        for (const auto& way : item.policy->authenticate->anyOf) {
            for (const model::Credential& credential : way) {
                if (credential.kind == model::Credential::Kind::ApiKey) {
                    return true;
                }
            }
        }
    }
    return false;
}

/// There may be a million keys, and many routes want none.
bool takesKeysAnywhere(const model::Config& config, const model::Route& route) {
    const model::PolicyPlaces places(config);
    const auto listeners = differentListeners(config);
    return std::any_of(listeners.begin(), listeners.end(), [&](const model::Listener* listener) {
        return takesKeys(places.of(route, listener));
    });
}

/// Rules of one policy, each with its words.
std::vector<PolicySource> rulesOf(const model::AttachedPolicy& item,
                                  const model::EffectivePolicy& effective) {
    std::vector<PolicySource> rules;
    const model::Policy& policy = *item.policy;
    const auto add = [&](const char* rule, std::string text) {
        rules.push_back({rule, std::move(text), model::textOf(item), item.isWaived});
    };
    if (policy.authenticate) {
        add("authenticate", textOf(*policy.authenticate));
    }
    if (policy.authorize) {
        add("authorize", textOf(*policy.authorize));
    }
    // Of settings the most specific one holds; the others are as good as not there.
    const auto addSetting = [&](const char* rule, auto member) {
        if (policy.*member && (item.isWaived || effective.settingSource(member) == &item)) {
            add(rule, textOf(*(policy.*member)));
        }
    };
    addSetting("identity", &model::Policy::identity);
    addSetting("hsts", &model::Policy::hsts);
    addSetting("https_redirect", &model::Policy::httpsRedirect);
    return rules;
}

} // namespace

const char* verdictName(Verdict verdict) {
    switch (verdict) {
    case Verdict::Allowed:
        return "allowed";
    case Verdict::Conditional:
        return "conditional";
    case Verdict::Denied:
        return "denied";
    }
    return "";
}

std::vector<AccessLine> accessOfConsumer(const AccessGrounds& grounds, const model::Consumer& consumer) {
    const model::PolicyPlaces places(grounds.config);
    const auto listeners = differentListeners(grounds.config);
    RuleShelf shelf;
    CallerMeans means;
    fillMeans(grounds, MeansFinder(grounds.config), consumer, means);
    std::vector<AccessLine> lines;
    for (const model::Route& route : grounds.config.routes) {
        if (route.enabled) {
            const RouteEverywhere everywhere(places, grounds.config, route, listeners, shelf);
            lines.push_back(lineOf(route, consumer.name, everywhere.decide(means, true)));
        }
    }
    return lines;
}

RouteAccess callersOfRoute(const AccessGrounds& grounds, const model::Route& route, std::size_t limit,
                           const NameKeys& nameKeys) {
    const model::PolicyPlaces places(grounds.config);
    const auto listeners = differentListeners(grounds.config);
    RuleShelf shelf;
    const RouteEverywhere everywhere(places, grounds.config, route, listeners, shelf);
    const MeansFinder finder(grounds.config);
    RouteAccess access;
    access.policies = policySources(grounds.config, route);
    access.consumers = grounds.config.consumers.size();
    addStrangers(everywhere, route, access);

    CallerMeans means;
    std::array<std::vector<const model::Consumer*>, 3> first; ///< by verdict, as many as can be shown
    std::array<std::size_t, 3> counts{};
    for (const model::Consumer& consumer : grounds.config.consumers) {
        fillMeans(grounds, finder, consumer, means);
        const auto verdict = static_cast<std::size_t>(everywhere.decide(means, false).verdict);
        ++counts.at(verdict);
        if (first.at(verdict).size() < limit) {
            first.at(verdict).push_back(&consumer);
        }
    }
    access.allowed = counts[0];
    access.conditional = counts[1];
    access.denied = counts[2];
    for (const auto& consumers : first) {
        for (const model::Consumer* consumer : consumers) {
            if (limit == 0) {
                return access;
            }
            --limit;
            fillMeans(grounds, finder, *consumer, means);
            if (nameKeys) {
                nameKeys(consumer->id, means);
            }
            access.lines.push_back(lineOf(route, consumer->name, everywhere.decide(means, true)));
        }
    }
    return access;
}

Result<std::vector<AccessLine>> accessOfStored(Stores stores, const model::Config& config,
                                               const auth::RevocationSet& revocations, WallTime now,
                                               const std::string& consumer) {
    const model::Consumer* found = config.consumers.find(consumer);
    if (found == nullptr) {
        return fail(ErrorKind::Input, "no-such-consumer", "There is no consumer called " + consumer + ".");
    }
    const auto keys = stores.keys.list(found->id);
    if (!keys) {
        return fail(keys.error());
    }
    KeyRoll roll(now);
    for (const model::ApiKey& key : *keys) {
        roll.addNamed(key);
    }
    return accessOfConsumer({config, revocations, roll}, *found);
}

Result<RouteAccess> callersOfStored(Stores stores, const model::Config& config,
                                    const auth::RevocationSet& revocations, WallTime now,
                                    const std::string& route, std::size_t limit) {
    const model::Route* found = config.routes.find(route);
    if (found == nullptr) {
        return fail(ErrorKind::Input, "no-such-route", "There is no route called " + route + ".");
    }
    KeyRoll roll(now);
    if (takesKeysAnywhere(config, *found)) {
        const auto visited = stores.keys.visit(0, [&roll](const model::ApiKey& key) { roll.add(key); });
        if (!visited) {
            return fail(visited.error());
        }
    }
    // Names are asked for where they are shown.
    std::vector<std::unique_ptr<KeyRoll>> named;
    const auto nameKeys = [&](model::ConsumerId consumer, CallerMeans& means) {
        if (means.keys.empty()) {
            return;
        }
        if (const auto keys = stores.keys.list(consumer)) {
            auto& own = *named.emplace_back(std::make_unique<KeyRoll>(now));
            for (const model::ApiKey& key : *keys) {
                own.addNamed(key);
            }
            own.fill(consumer, means);
        }
    };
    return callersOfRoute({config, revocations, roll}, *found, limit, nameKeys);
}

std::vector<PolicySource> policySources(const model::Config& config, const model::Route& route) {
    const model::PolicyPlaces places(config);
    std::vector<PolicySource> all;
    const auto add = [&all](PolicySource source) {
        const bool isKnown = std::any_of(all.begin(), all.end(), [&source](const PolicySource& other) {
            return other.rule == source.rule && other.source == source.source;
        });
        if (!isKnown) {
            all.push_back(std::move(source));
        }
    };
    // What comes by a listener holds there only, and is told with its name.
    std::vector<const model::Listener*> listeners;
    for (const model::Listener& listener : config.listeners) {
        listeners.push_back(&listener);
    }
    if (listeners.empty()) {
        listeners.push_back(nullptr);
    }
    for (const model::Listener* listener : listeners) {
        const model::EffectivePolicy effective = places.of(route, listener);
        for (const model::AttachedPolicy& item : effective.attached) {
            for (PolicySource& source : rulesOf(item, effective)) {
                add(std::move(source));
            }
        }
    }
    if (!route.authorize.isEmpty()) {
        all.push_back({"authorize", textOf(route.authorize), "route " + route.name + " itself", false});
    }
    return all;
}

} // namespace gateway::service
