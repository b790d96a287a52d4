#include "gateway/base/ip_literal.h"
#include "gateway/crypto/openssl_pointers.h"
#include "gateway/crypto/private_key.h"

#include <algorithm>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <string_view>

/// Certificates and requests that are made here.
namespace gateway::crypto {
namespace {

bool isAddress(const std::string& name) {
    return parseIpLiteral(name).has_value();
}

bool isLabel(std::string_view label) {
    constexpr std::size_t labelBytesMax = 63;
    return !label.empty() && label.size() <= labelBytesMax && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
           });
}

/// A host name (RFC 1123, 2.1), one leading "*." allowed, or an address: nothing that would be read as
/// something else in the text of an extension, which is a list with commas and colons.
bool isNameToCertify(const std::string& name) {
    if (isAddress(name)) {
        return true;
    }
    constexpr std::size_t nameBytesMax = 253;
    std::string_view rest = name;
    if (rest.size() > nameBytesMax) {
        return false;
    }
    rest.remove_prefix(rest.starts_with("*.") ? 2 : 0);
    while (true) {
        const std::size_t dot = rest.find('.');
        const std::string_view label = rest.substr(0, dot);
        if (!isLabel(label)) {
            return false;
        }
        if (dot == std::string_view::npos) {
            // A last label of digits alone would be an address gone wrong.
            return !std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
        }
        rest.remove_prefix(dot + 1);
    }
}

std::string alternativeNames(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) {
        list += (list.empty() ? "" : ",") + std::string(isAddress(name) ? "IP:" : "DNS:") + name;
    }
    return list;
}

/// Ed25519 digests by itself.
const EVP_MD* digestFor(const PrivateKey& key) {
    return EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
}

Result<NamePointer> nameOf(const SubjectRequest& subject) {
    if (subject.names.empty()) {
        return fail(ErrorKind::Input, "names-missing",
                    "a certificate needs at least one host name or address");
    }
    for (const std::string& name : subject.names) {
        if (!isNameToCertify(name)) {
            return fail(ErrorKind::Input, "bad-name",
                        "\"" + name +
                            "\" is neither a host name, such as shop.example.com or *.example.com, nor an IP "
                            "address");
        }
    }
    NamePointer name(X509_NAME_new());
    const auto add = [&](const char* field, const std::string& value) {
        return value.empty() ||
               X509_NAME_add_entry_by_txt(name.get(), field, MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(value.data()),
                                          static_cast<int>(value.size()), -1, 0) == 1;
    };
    // A common name holds 64 characters; what counts are the alternative names.
    constexpr std::size_t commonNameMax = 64;
    const std::string common = subject.commonName.empty() ? subject.names.front() : subject.commonName;
    if (!add("CN", common.size() <= commonNameMax ? common : std::string()) ||
        !add("O", subject.organization)) {
        return fail(ErrorKind::Input, "bad-subject", "the subject cannot be written: " + takeReason());
    }
    return name;
}

void addExtension(X509* certificate, int kind, const std::string& value) {
    const ExtensionPointer extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
    if (extension) {
        X509_add_ext(certificate, extension.get(), -1);
    }
}

X509Pointer newCertificate(const PrivateKey& key, X509_NAME* name, int days) {
    X509Pointer certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    unsigned char serial[16];
    RAND_bytes(serial, sizeof serial);
    serial[0] &= 0x7FU; // a positive number
    BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
    BN_free(number);
    // Clocks differ a little: good from an hour ago on.
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_time_adj_ex(X509_getm_notAfter(certificate.get()), days, 0, nullptr);
    X509_set_pubkey(certificate.get(), key.get());
    X509_set_subject_name(certificate.get(), name);
    X509_set_issuer_name(certificate.get(), name);
    addExtension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
    addExtension(certificate.get(), NID_key_usage, "critical,digitalSignature");
    addExtension(certificate.get(), NID_ext_key_usage, "serverAuth,clientAuth");
    return certificate;
}

Result<std::string> signedPem(X509* certificate, const PrivateKey& key) {
    if (X509_sign(certificate, key.get(), digestFor(key)) == 0) {
        return fail(ErrorKind::Environment, "signing-failed",
                    "the certificate cannot be signed: " + takeReason());
    }
    return pemOf(certificate);
}

Result<RequestPointer> makeRequest(const PrivateKey& key, const SubjectRequest& subject) {
    auto name = nameOf(subject);
    if (!name) {
        return fail(name.error());
    }
    RequestPointer request(X509_REQ_new());
    X509_REQ_set_version(request.get(), X509_REQ_VERSION_1);
    X509_REQ_set_subject_name(request.get(), name->get());
    X509_REQ_set_pubkey(request.get(), key.get());
    STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
    if (X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                                                    alternativeNames(subject.names).c_str())) {
        sk_X509_EXTENSION_push(extensions, names);
    }
    X509_REQ_add_extensions(request.get(), extensions);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    if (X509_REQ_sign(request.get(), key.get(), digestFor(key)) == 0) {
        return fail(ErrorKind::Environment, "signing-failed",
                    "the request cannot be signed: " + takeReason());
    }
    return request;
}

} // namespace

Result<std::string> selfSigned(const PrivateKey& key, const SubjectRequest& subject, int days) {
    const auto name = nameOf(subject);
    if (!name) {
        return fail(name.error());
    }
    const X509Pointer certificate = newCertificate(key, name->get(), days);
    addExtension(certificate.get(), NID_subject_alt_name, alternativeNames(subject.names));
    return signedPem(certificate.get(), key);
}

Result<std::string> signingRequest(const PrivateKey& key, const SubjectRequest& subject) {
    const auto request = makeRequest(key, subject);
    if (!request) {
        return fail(request.error());
    }
    const BioPointer out = memoryBio();
    PEM_write_bio_X509_REQ(out.get(), request->get());
    return textOf(out);
}

Result<std::string> signingRequestDer(const PrivateKey& key, const SubjectRequest& subject) {
    const auto request = makeRequest(key, subject);
    if (!request) {
        return fail(request.error());
    }
    const BioPointer out = memoryBio();
    i2d_X509_REQ_bio(out.get(), request->get());
    return textOf(out);
}

Result<std::string> challengeCertificate(const PrivateKey& key, const std::string& domain,
                                         std::string_view keyAuthorizationSha256) {
    const auto name = nameOf({.commonName = domain, .organization = {}, .names = {domain}});
    if (!name) {
        return fail(name.error());
    }
    const X509Pointer certificate = newCertificate(key, name->get(), 7);
    addExtension(certificate.get(), NID_subject_alt_name, "DNS:" + domain);
    // acmeIdentifier (RFC 8737, 3): an octet string with the digest, critical.
    const std::unique_ptr<ASN1_OBJECT, Free<ASN1_OBJECT_free>> identifier(
        OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1));
    std::string value{'\x04', static_cast<char>(keyAuthorizationSha256.size())};
    value.append(keyAuthorizationSha256);
    const std::unique_ptr<ASN1_OCTET_STRING, Free<ASN1_OCTET_STRING_free>> data(ASN1_OCTET_STRING_new());
    ASN1_OCTET_STRING_set(data.get(), reinterpret_cast<const unsigned char*>(value.data()),
                          static_cast<int>(value.size()));
    const ExtensionPointer extension(X509_EXTENSION_create_by_OBJ(nullptr, identifier.get(), 1, data.get()));
    X509_add_ext(certificate.get(), extension.get(), -1);
    return signedPem(certificate.get(), key);
}

} // namespace gateway::crypto
