#include "tests/integration/oidc_house.h"

#include "gateway/crypto/secret_values.h"

#include <QTest>

using namespace gateway;

namespace {

void putRoute(model::Config& config, const char* name, const model::Credential& credential) {
    model::Policy policy;
    policy.name = name;
    policy.authenticate = model::Authenticate{.anyOf = {{credential}}};
    config.policies.put(policy);
    model::Route route;
    route.name = name;
    route.match.path = std::string("/") + name + "/*";
    route.service = "backend";
    route.policies = {name};
    config.routes.put(route);
}

} // namespace

model::IdentityProvider providerOf(const OidcPeer& peer) {
    model::IdentityProvider provider;
    provider.name = "corp";
    provider.issuer = peer.issuer();
    provider.audience = {"https://api.example"};
    provider.algorithms = {"RS256", "PS256", "ES256", "EdDSA"};
    provider.consumerClaim = "consumer";
    provider.rolesClaim = "roles";
    auto& introspection = provider.introspection.emplace();
    introspection.clientId = "gateway";
    introspection.clientSecret = "${secret:CORP}";
    return provider;
}

bool waitUntil(const std::function<bool()>& isTrue) {
    return QTest::qWaitFor(isTrue, static_cast<int>(support::patience.count()));
}

OidcHouse::OidcHouse(const char* path, unsigned workers)
    : peer(path)
    , gateway(workers) {}

bool OidcHouse::open(const model::IdentityProvider& provider) {
    gateway.engine().secrets().put("CORP", "gateway-secret");
    model::Config config = TestGateway::basicConfig({upstream.port()});
    config.routes = {};
    config.identityProviders.put(provider);
    putRoute(config, "jwt", {model::Credential::Kind::Jwt, "corp"});
    putRoute(config, "opaque", {model::Credential::Kind::Introspection, "corp"});
    return gateway.publish(config) && waitUntil([this] { return !report().isAsking; });
}

auth::ProviderReport OidcHouse::report() {
    const auto reports = gateway.engine().identity().reports();
    return reports.empty() ? auth::ProviderReport() : reports.front();
}

bool OidcHouse::fetchKeys() {
    const auto before = report().triedAt;
    gateway.engine().identity().refresh(gateway.config().identityProviders.find("corp")->id);
    return waitUntil([&] { return report().triedAt != before && !report().isAsking; });
}

support::WireResponse OidcHouse::get(const char* target, const std::string& token) const {
    return support::RawClient::get(gateway.port(), target, bearer(token));
}
