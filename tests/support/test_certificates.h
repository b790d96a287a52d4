#pragma once

#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace support {

/// A certificate and its key as PEM.
struct TestCertificate {
    std::string chain; ///< the leaf first
    std::string key;   ///< PKCS#8, not encrypted
};

struct CertificateWishes {
    std::vector<std::string> names; ///< DNS names and IPv4 addresses; may be empty
    std::string commonName = "leaf";
    int fromDays = -1; ///< from today
    int toDays = 30;
    bool rsa = false; ///< otherwise ECDSA P-256
    bool isAuthority = false;
    bool mustStaple = false;
    std::string ocspUrl = {};
};

/// A certificate authority for tests, made anew each time. One thread.
class TestAuthority {
public:
    explicit TestAuthority(const std::string& name = "Test Authority");
    ~TestAuthority();
    TestAuthority(const TestAuthority&) = delete;
    TestAuthority& operator=(const TestAuthority&) = delete;

    [[nodiscard]] const std::string& pem() const { return m_pem; }
    [[nodiscard]] TestCertificate issue(const CertificateWishes& wishes) const;
    /// A certificate for the name.
    [[nodiscard]] TestCertificate issue(const std::string& name) const {
        return issue(CertificateWishes{.names = {name}, .commonName = name});
    }
    /// A list that revokes the leaves of these chains, good for a day.
    [[nodiscard]] std::string revoke(const std::vector<TestCertificate>& certificates) const;

private:
    std::shared_ptr<evp_pkey_st> m_key;
    std::shared_ptr<x509_st> m_certificate;
    std::string m_pem;
};

/// Signed by its own key.
[[nodiscard]] TestCertificate selfSignedCertificate(const CertificateWishes& wishes);

} // namespace support
