#pragma once

#include "gateway/model/effective_policy.h"
#include "gateway/service/access_report.h"
#include "gateway/service/caller_means.h"
#include "gateway/service/foreseen_rule.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gateway::service {

/// Rules that were read already: many routes share few.
class RuleShelf {
public:
    /// Null: it cannot be read, which a valid config has none of.
    [[nodiscard]] const ForeseenRule* find(const std::string& text);

private:
    std::map<std::string, std::unique_ptr<const ForeseenRule>> m_rules;
};

/// What can be said of a call before it comes.
struct AccessDecision {
    AccessLine::Verdict verdict = AccessLine::Verdict::Denied;
    bool isKnown = true;     ///< it has what is asked for to say who calls
    std::size_t missing = 0; ///< how many things
    // Only when it is to be explained.
    std::string credential{};
    std::vector<std::string> why{};
};

/// All that a route asks of its callers on a listener. Points into the Config and the shelf.
class RouteDemands {
public:
    /// Without a listener: whatever the listener.
    RouteDemands(const model::PolicyPlaces& places, const model::Config& config, const model::Route& route,
                 const model::Listener* listener, RuleShelf& shelf);

    /// With what serves the caller best.
    [[nodiscard]] AccessDecision decide(const CallerMeans& means, bool explains) const;
    /// The decision about whoever shows nothing.
    [[nodiscard]] AccessDecision decideAnonymous(bool explains) const;

    /// Whose tokens are one of the ways.
    [[nodiscard]] const std::vector<const model::IdentityProvider*>& providers() const { return m_providers; }
    [[nodiscard]] bool asksWhoCalls() const noexcept { return !m_asks.empty(); }

private:
    /// Credentials of one request.
    struct Way {
        bool key = false;
        bool certificate = false;
        bool jwt = false;
        bool introspection = false;
        const model::IdentityProvider* provider = nullptr; ///< of the token; null: none

        [[nodiscard]] bool isEmpty() const noexcept { return !key && !certificate && provider == nullptr; }
        [[nodiscard]] bool covers(const Way& other) const noexcept;
        /// False: one request cannot carry both.
        [[nodiscard]] bool add(const Way& other) noexcept;
        bool operator==(const Way&) const = default;
    };
    struct Ask {
        const model::Authenticate* authenticate = nullptr;
        std::string source;
        std::vector<Way> ways; ///< in the order in which requests try them
        bool takesKeys = false;
        bool takesTokens = false;
        bool takesCertificates = false;
    };
    struct Restriction {
        const model::Authorize* authorize = nullptr;
        const ForeseenRule* rule = nullptr; ///< null: there is no `when`
        std::string source;
    };
    class Notes;
    struct Shown;

    [[nodiscard]] static std::optional<Way> wayOf(const std::vector<model::Credential>& credentials,
                                                  const model::Config& config);
    void ask(const model::Authenticate& authenticate, std::string source, const model::Config& config);
    void findWays();
    /// What counts of these credentials where all of them are shown; nothing: they are not enough.
    [[nodiscard]] std::optional<Way> settle(const Way& shown) const;
    [[nodiscard]] bool hasShown(const Ask& ask, const Way& shown) const noexcept;
    [[nodiscard]] AccessDecision decideWay(const Way& way, const CallerMeans& means, bool explains) const;
    [[nodiscard]] AccessDecision decideShown(const Shown& shown, const CallerMeans& means,
                                             bool explains) const;
    static void setMethod(const Way& way, ForeseenCaller& caller);
    void checkCaller(const Shown& shown, const CallerMeans& means, Notes& notes) const;
    static void checkRestriction(const Restriction& restriction, const ForeseenCaller& caller, Notes& notes);
    static void checkScopes(const Restriction& restriction, const ForeseenCaller& caller, Notes& notes);
    static void checkRoles(const Restriction& restriction, const ForeseenCaller& caller, Notes& notes);
    [[nodiscard]] std::string sources() const;
    [[nodiscard]] static std::string credentialText(const Shown& shown, const CallerMeans& means);

    const model::Route& m_route;
    const model::Listener* m_listener;
    bool m_takesCertificates = true;
    bool m_wantsCertificate = false; ///< from everybody who connects
    std::vector<Ask> m_asks;
    std::vector<Restriction> m_restrictions;
    std::vector<Way> m_ways;
    std::vector<const model::IdentityProvider*> m_providers;
    bool m_admitsAnonymous = false;
    std::string m_anonymousTier;
};

} // namespace gateway::service
