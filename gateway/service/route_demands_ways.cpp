#include "gateway/service/route_demands.h"

#include <algorithm>
#include <tuple>

// Which credentials a request has to show, and which of them count.
namespace gateway::service {

using model::Credential;

namespace {

// Policies that each have many ways multiply; nobody configures that many on purpose.
constexpr std::size_t waysMax = 256;

} // namespace

bool RouteDemands::Way::covers(const Way& other) const noexcept {
    return (key || !other.key) && (certificate || !other.certificate) && (jwt || !other.jwt) &&
           (introspection || !other.introspection) &&
           (other.provider == nullptr || other.provider == provider);
}

bool RouteDemands::Way::add(const Way& other) noexcept {
    if (provider != nullptr && other.provider != nullptr && provider != other.provider) {
        return false; // there is one Authorization field, and one token in it
    }
    key = key || other.key;
    certificate = certificate || other.certificate;
    jwt = jwt || other.jwt;
    introspection = introspection || other.introspection;
    provider = other.provider != nullptr ? other.provider : provider;
    return true;
}

std::optional<RouteDemands::Way> RouteDemands::wayOf(const std::vector<Credential>& credentials,
                                                     const model::Config& config) {
    Way way;
    for (const Credential& credential : credentials) {
        Way one;
        switch (credential.kind) {
        case Credential::Kind::ApiKey:
            one.key = true;
            break;
        case Credential::Kind::ClientCertificate:
            one.certificate = true;
            break;
        case Credential::Kind::Jwt:
        case Credential::Kind::Introspection:
            one.jwt = credential.kind == Credential::Kind::Jwt;
            one.introspection = !one.jwt;
            one.provider = config.identityProviders.find(credential.provider);
            break;
        }
        if (one.isEmpty() || !way.add(one)) {
            return std::nullopt;
        }
    }
    return way.isEmpty() ? std::nullopt : std::optional(way);
}

void RouteDemands::ask(const model::Authenticate& authenticate, std::string source,
                       const model::Config& config) {
    Ask& asked = m_asks.emplace_back();
    asked.authenticate = &authenticate;
    asked.source = std::move(source);
    for (const auto& credentials : model::waysInOrder(authenticate)) {
        const auto way = wayOf(credentials, config);
        if (!way) {
            continue;
        }
        asked.ways.push_back(*way);
        asked.takesKeys = asked.takesKeys || way->key;
        asked.takesTokens = asked.takesTokens || way->provider != nullptr;
        asked.takesCertificates = asked.takesCertificates || way->certificate;
        if (way->provider != nullptr &&
            std::find(m_providers.begin(), m_providers.end(), way->provider) == m_providers.end()) {
            m_providers.push_back(way->provider);
        }
    }
}

/// Whether a request that shows these is none of an anonymous caller, as far as the policy is concerned.
bool RouteDemands::hasShown(const Ask& ask, const Way& shown) const noexcept {
    // A token is taken for a key where tokens are not asked for.
    const bool key = shown.key || (shown.provider != nullptr && !ask.takesTokens);
    const bool certificate = shown.certificate || m_wantsCertificate;
    return (ask.takesKeys && key) || (ask.takesTokens && shown.provider != nullptr) ||
           (ask.takesCertificates && certificate);
}

std::optional<RouteDemands::Way> RouteDemands::settle(const Way& shown) const {
    Way counted;
    for (const Ask& ask : m_asks) {
        const auto taken = std::find_if(ask.ways.begin(), ask.ways.end(),
                                        [&shown](const Way& way) { return shown.covers(way); });
        if (taken != ask.ways.end()) {
            std::ignore = counted.add(*taken);
        } else if (!ask.authenticate->anonymous || hasShown(ask, shown)) {
            return std::nullopt;
        }
    }
    return counted;
}

void RouteDemands::findWays() {
    std::vector<Way> candidates(1);
    for (const Ask& ask : m_asks) {
        if (ask.authenticate->anonymous) {
            m_anonymousTier = ask.authenticate->anonymousTier;
        }
        std::vector<Way> longer;
        if (ask.authenticate->anonymous) {
            longer = candidates;
        }
        for (const Way& candidate : candidates) {
            for (const Way& way : ask.ways) {
                if (Way both = candidate; longer.size() < waysMax && both.add(way)) {
                    longer.push_back(both);
                }
            }
        }
        candidates = std::move(longer);
    }
    for (const Way& candidate : candidates) {
        const auto way = settle(candidate);
        if (!way) {
            continue;
        }
        if (way->isEmpty()) {
            m_admitsAnonymous = !m_asks.empty();
        } else if (std::find(m_ways.begin(), m_ways.end(), *way) == m_ways.end()) {
            m_ways.push_back(*way);
        }
    }
}

} // namespace gateway::service
