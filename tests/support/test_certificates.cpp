#include "tests/support/test_certificates.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

namespace support {
namespace {

constexpr long daySeconds = 24L * 3600;

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

Key makeKey(bool rsa) {
    return {rsa ? EVP_RSA_gen(2048U) : EVP_EC_gen("P-256"), EVP_PKEY_free};
}

template<class Write>
std::string toPem(const Write& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string pemOf(const X509* certificate) {
    return toPem([&](BIO* out) { PEM_write_bio_X509(out, certificate); });
}

Certificate readPem(const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    return {PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free};
}

void addExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

std::string subjectAlternativeNames(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        const bool isAddress = std::all_of(name.begin(), name.end(),
                                           [](unsigned char c) { return std::isdigit(c) || c == '.'; });
        text.append(text.empty() ? "" : ",").append(isAddress ? "IP:" : "DNS:").append(name);
    }
    return text;
}

Certificate makeCertificate(const CertificateWishes& wishes, EVP_PKEY* key, X509* issuer,
                            EVP_PKEY* issuerKey) {
    static std::atomic<long> lastSerial{1000};
    const Certificate made(X509_new(), X509_free);
    X509* const certificate = made.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++lastSerial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), wishes.fromDays * daySeconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wishes.toDays * daySeconds);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wishes.commonName.c_str()), -1, -1, 0);
    X509* const by = issuer != nullptr ? issuer : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(by));
    addExtension(certificate, by, NID_basic_constraints,
                 wishes.isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    addExtension(certificate, by, NID_subject_key_identifier, "hash");
    if (wishes.isAuthority) {
        addExtension(certificate, by, NID_key_usage, "critical,keyCertSign,cRLSign");
    }
    if (!wishes.names.empty()) {
        addExtension(certificate, by, NID_subject_alt_name, subjectAlternativeNames(wishes.names));
    }
    if (wishes.mustStaple) {
        addExtension(certificate, by, NID_tlsfeature, "status_request");
    }
    if (!wishes.ocspUrl.empty()) {
        addExtension(certificate, by, NID_info_access, "OCSP;URI:" + wishes.ocspUrl);
    }
    X509_sign(certificate, issuerKey != nullptr ? issuerKey : key, EVP_sha256());
    return made;
}

TestCertificate asPem(const X509* certificate, EVP_PKEY* key) {
    return {pemOf(certificate), toPem([&](BIO* out) {
                PEM_write_bio_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
            })};
}

} // namespace

TestAuthority::TestAuthority(const std::string& name)
    : m_key(makeKey(false))
    , m_certificate(makeCertificate({.names = {}, .commonName = name, .toDays = 365, .isAuthority = true},
                                    m_key.get(), nullptr, nullptr))
    , m_pem(pemOf(m_certificate.get())) {}

TestAuthority::~TestAuthority() = default;

TestCertificate TestAuthority::issue(const CertificateWishes& wishes) const {
    const Key key = makeKey(wishes.rsa);
    return asPem(makeCertificate(wishes, key.get(), m_certificate.get(), m_key.get()).get(), key.get());
}

std::string TestAuthority::revoke(const std::vector<TestCertificate>& certificates) const {
    const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> list(X509_CRL_new(), X509_CRL_free);
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(m_certificate.get()));
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> time(ASN1_TIME_new(), ASN1_TIME_free);
    X509_gmtime_adj(time.get(), -60);
    X509_CRL_set1_lastUpdate(list.get(), time.get());
    for (const TestCertificate& certificate : certificates) {
        const Certificate leaf = readPem(certificate.chain);
        X509_REVOKED* entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(leaf.get()));
        X509_REVOKED_set_revocationDate(entry, time.get());
        X509_CRL_add0_revoked(list.get(), entry); // owns it now
    }
    X509_gmtime_adj(time.get(), daySeconds);
    X509_CRL_set1_nextUpdate(list.get(), time.get());
    X509_CRL_sort(list.get());
    X509_CRL_sign(list.get(), m_key.get(), EVP_sha256());
    return toPem([&](BIO* out) { PEM_write_bio_X509_CRL(out, list.get()); });
}

TestCertificate selfSignedCertificate(const CertificateWishes& wishes) {
    const Key key = makeKey(wishes.rsa);
    return asPem(makeCertificate(wishes, key.get(), nullptr, nullptr).get(), key.get());
}

} // namespace support
