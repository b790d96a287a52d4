#pragma once

#include "gateway/crypto/certificate.h"
#include "gateway/crypto/private_key.h"
#include "gateway/net/ssl_pointers.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gateway::net {

/// A certificate, its chain and its key, as OpenSSL wants them. Immutable.
struct TlsIdentity {
    X509Pointer leaf;
    X509StackPointer chain; ///< without the leaf
    crypto::PrivateKey key;
    crypto::CertificateInfo info;

    /// Fails when the chain is no PEM, or the key is not the leaf's.
    [[nodiscard]] static Result<TlsIdentity> make(const crypto::KeyPair& pair);
};

/// PEM certificates; Input error when there is none or one cannot be read.
[[nodiscard]] Result<X509StackPointer> readCertificateStack(std::string_view pem);

/// Trusts the PEM certificates, and with `revocationLists` (PEM; may be empty) none that they revoke.
[[nodiscard]] Result<void> addAuthorities(X509_STORE& store, std::string_view authorities,
                                          std::string_view revocationLists);

/// Which certificates are for which name. Immutable.
class IdentityTable {
public:
    /// At most one for each kind of key, the client's abilities decide among them.
    using Choice = std::vector<const TlsIdentity*>;

    IdentityTable() = default;
    /// The first one is for names that no other one covers.
    explicit IdentityTable(std::vector<TlsIdentity> identities);

    [[nodiscard]] const Choice& fallback() const noexcept { return m_fallback; }
    /// `name` in lower case.
    [[nodiscard]] const Choice& find(std::string_view name) const;
    [[nodiscard]] const TlsIdentity* identityOf(const X509* leaf) const noexcept;

private:
    [[nodiscard]] Choice choose(std::string_view name, const TlsIdentity* first) const;

    std::vector<TlsIdentity> m_identities;
    std::unordered_map<std::string, Choice> m_byName; ///< wildcards as "*.example.org"
    Choice m_fallback;
};

} // namespace gateway::net
