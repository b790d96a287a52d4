#include "gateway/crypto/renewal_id.h"

#include "gateway/crypto/jws.h"

#include <memory>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace gateway::crypto {

namespace {

struct Free {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

std::string_view bytesOf(const unsigned char* data, int size) {
    return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
}

/// The content of the DER of the serial number: with a leading zero where its first bit is set.
std::string serialBytes(const X509& certificate) {
    unsigned char* der = nullptr;
    const int size = i2d_ASN1_INTEGER(X509_get0_serialNumber(&certificate), &der);
    if (size < 3) {
        return {};
    }
    // Tag and length; serial numbers are far shorter than what would need a longer length.
    std::string bytes(bytesOf(der + 2, size - 2));
    OPENSSL_free(der);
    return bytes;
}

} // namespace

Result<std::string> renewalId(std::string_view pem) {
    const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const std::unique_ptr<X509, Free> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    const ASN1_OCTET_STRING* issuerKey =
        certificate ? X509_get0_authority_key_id(certificate.get()) : nullptr;
    const std::string serial = certificate ? serialBytes(*certificate) : std::string();
    if (issuerKey == nullptr || serial.empty()) {
        return fail(ErrorKind::Input, "no-authority-key-id",
                    "The certificate does not name the key of its issuer.");
    }
    return toBase64Url(bytesOf(ASN1_STRING_get0_data(issuerKey), ASN1_STRING_length(issuerKey))) + "." +
           toBase64Url(serial);
}

} // namespace gateway::crypto
