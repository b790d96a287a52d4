#pragma once

#include "tests/integration/oidc_peer.h"
#include "tests/integration/test_gateway.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_upstream.h"

#include "gateway/auth/identity_client.h"

#include <functional>
#include <string>

[[nodiscard]] inline std::string bearer(const std::string& token) {
    return "Authorization: Bearer " + token + "\r\n";
}

/// The peer as an identity provider "corp", of JWTs and of opaque tokens; its consumers are those of the
/// gateway by name.
[[nodiscard]] gateway::model::IdentityProvider providerOf(const OidcPeer& peer);

/// Waits until it is true; false: it never was.
[[nodiscard]] bool waitUntil(const std::function<bool()>& isTrue);

/// A provider, a gateway that trusts it, and a service behind: /jwt/* with its JWTs, /opaque/* with what it
/// says about opaque tokens. One thread, but for status().
class OidcHouse {
public:
    explicit OidcHouse(const char* path = "", unsigned workers = 2);

    /// False with gateway.error() set.
    [[nodiscard]] bool open(const gateway::model::IdentityProvider& provider);
    [[nodiscard]] bool open() { return open(providerOf(peer)); }

    [[nodiscard]] gateway::auth::ProviderReport report();
    /// As "Fetch now" does.
    [[nodiscard]] bool fetchKeys();

    [[nodiscard]] support::WireResponse get(const char* target, const std::string& token) const;
    [[nodiscard]] int status(const char* target, const std::string& token) const {
        return get(target, token).status;
    }

    OidcPeer peer;
    support::ScriptedUpstream upstream;
    TestGateway gateway;
};
