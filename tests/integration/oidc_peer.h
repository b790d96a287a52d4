#pragma once

#include "tests/support/node_peer.h"

#include <QString>
#include <cstdint>
#include <string>

/// A real OpenID provider, run by Node (tests/peers/oidc_provider.js). One thread.
class OidcPeer {
public:
    /// `path` comes before everything: "/realms/shop", or nothing.
    explicit OidcPeer(const char* path = "");

    [[nodiscard]] bool isThere() const { return m_port != 0; }
    [[nodiscard]] const std::string& issuer() const { return m_issuer; }
    [[nodiscard]] std::uint16_t port() const { return m_port; }

    /// An access token of the grant client_credentials; empty: the provider refused.
    [[nodiscard]] std::string token(const char* resource, const char* client = "acme",
                                    const char* scope = "read");
    /// Nobody's any more (RFC 7009).
    [[nodiscard]] bool revoke(const std::string& token);
    /// One of the lines that the script knows, and waits until it is done.
    [[nodiscard]] bool tell(const char* line);
    /// How often a path was asked for since the start.
    [[nodiscard]] int asked(const char* path);

private:
    /// Answers of POST to a path with a form, as the client; empty unless the status is 200.
    [[nodiscard]] std::string post(const char* path, const std::string& form, const char* client);

    std::string m_path;
    support::NodePeer m_peer;
    std::string m_issuer;
    std::uint16_t m_port = 0;
};
