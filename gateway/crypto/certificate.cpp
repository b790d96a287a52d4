#include "gateway/crypto/certificate.h"

#include "gateway/base/ip_literal.h"
#include "gateway/crypto/openssl_pointers.h"
#include "gateway/crypto/private_key.h"

#include <algorithm>
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

namespace gateway::crypto {
namespace {

struct Parsed {
    X509Pointer certificate;
    CertificateInfo info;
};

std::string lowerCase(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

std::string nameText(const X509_NAME* name) {
    const BioPointer out = memoryBio();
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    return textOf(out);
}

WallTime timeOf(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        return {};
    }
    return WallTime(std::chrono::seconds(::timegm(&parts)));
}

std::string sha256Hex(const unsigned char* data, std::size_t size) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(data, size, digest);
    return hexOf({reinterpret_cast<const char*>(digest), sizeof digest});
}

std::string_view bytesOf(const ASN1_STRING* text) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string addressText(std::string_view bytes) {
    char text[INET6_ADDRSTRLEN] = {};
    const int family = bytes.size() == 4 ? AF_INET : bytes.size() == 16 ? AF_INET6 : AF_UNSPEC;
    return family != AF_UNSPEC && ::inet_ntop(family, bytes.data(), text, sizeof text) != nullptr
               ? text
               : std::string();
}

std::vector<std::string> alternativeNames(X509* certificate) {
    std::vector<std::string> names;
    auto* all =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
        if (name->type == GEN_DNS) {
            names.push_back(lowerCase(std::string(bytesOf(name->d.dNSName))));
        } else if (name->type == GEN_IPADD) {
            names.push_back(addressText(bytesOf(name->d.iPAddress)));
        }
    }
    GENERAL_NAMES_free(all);
    return names;
}

/// TLS feature "status_request" (RFC 7633).
bool asksForStaple(X509* certificate) {
    constexpr long statusRequest = 5;
    auto* features =
        static_cast<TLS_FEATURE*>(X509_get_ext_d2i(certificate, NID_tlsfeature, nullptr, nullptr));
    bool asks = false;
    for (int i = 0; i < sk_ASN1_INTEGER_num(features); ++i) {
        asks = asks || ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == statusRequest;
    }
    TLS_FEATURE_free(features);
    return asks;
}

std::string ocspUrl(X509* certificate) {
    STACK_OF(OPENSSL_STRING)* urls = X509_get1_ocsp(certificate);
    std::string first = sk_OPENSSL_STRING_num(urls) > 0 ? sk_OPENSSL_STRING_value(urls, 0) : "";
    X509_email_free(urls);
    return first;
}

std::string serialText(X509* certificate) {
    BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
    char* hex = BN_bn2hex(number);
    std::string text = hex != nullptr ? lowerCase(hex) : "";
    OPENSSL_free(hex);
    BN_free(number);
    return text;
}

CertificateInfo infoOf(X509* certificate) {
    CertificateInfo info;
    info.subject = nameText(X509_get_subject_name(certificate));
    info.issuer = nameText(X509_get_issuer_name(certificate));
    info.names = alternativeNames(certificate);
    info.serial = serialText(certificate);
    info.notBefore = timeOf(X509_get0_notBefore(certificate));
    info.notAfter = timeOf(X509_get0_notAfter(certificate));
    unsigned char* der = nullptr;
    if (const int length = i2d_X509(certificate, &der); length > 0) {
        info.fingerprint = sha256Hex(der, static_cast<std::size_t>(length));
        OPENSSL_free(der);
    }
    const EVP_PKEY* key = X509_get0_pubkey(certificate);
    unsigned char* publicKey = nullptr;
    if (const int length = i2d_PUBKEY(key, &publicKey); key != nullptr && length > 0) {
        info.keyFingerprint = sha256Hex(publicKey, static_cast<std::size_t>(length));
        OPENSSL_free(publicKey);
    }
    info.key = key != nullptr ? keyText(key) : "unknown";
    info.isAuthority = X509_check_ca(certificate) == 1;
    info.mustStaple = asksForStaple(certificate);
    info.ocspUrl = ocspUrl(certificate);
    return info;
}

Result<std::vector<Parsed>> parseAll(std::string_view pem) {
    std::vector<Parsed> all;
    const BioPointer in = bioOf(pem);
    while (true) {
        char* name = nullptr;
        char* header = nullptr;
        unsigned char* data = nullptr;
        long length = 0;
        if (PEM_read_bio(in.get(), &name, &header, &data, &length) != 1) {
            break;
        }
        const std::string kind = name;
        const unsigned char* at = data;
        X509Pointer certificate(kind == "CERTIFICATE" || kind == "TRUSTED CERTIFICATE"
                                    ? d2i_X509(nullptr, &at, length)
                                    : nullptr);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(data);
        if (!certificate) {
            ERR_clear_error();
            return fail(ErrorKind::Input, "no-certificate",
                        "block " + std::to_string(all.size() + 1) + " of the PEM text is " +
                            (kind == "CERTIFICATE" ? "a damaged certificate" : "no certificate: " + kind));
        }
        CertificateInfo info = infoOf(certificate.get());
        all.push_back({std::move(certificate), std::move(info)});
    }
    ERR_clear_error();
    if (all.empty()) {
        return fail(ErrorKind::Input, "no-certificate", "there is no certificate in PEM form");
    }
    return all;
}

bool isWeakSignature(X509* certificate) {
    int digest = NID_undef;
    int key = NID_undef;
    OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, &key);
    return digest == NID_sha1 || digest == NID_md5 || digest == NID_md5_sha1;
}

void addProblemsOf(const Parsed& one, std::size_t number, WallTime now, std::vector<std::string>& problems) {
    constexpr int rsaBitsMin = 2048;
    const std::string which =
        number == 0 ? "The certificate" : "Certificate " + std::to_string(number + 1) + " of the chain";
    if (one.info.notAfter <= now) {
        problems.push_back(which + " has expired.");
    }
    if (one.info.notBefore > now) {
        problems.push_back(which + " is not good yet.");
    }
    const EVP_PKEY* key = X509_get0_pubkey(one.certificate.get());
    if (key != nullptr && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < rsaBitsMin) {
        problems.push_back(which + " has an RSA key of fewer than 2048 bits.");
    }
    // Nobody checks the signature of a root: it is trusted by itself.
    const bool isRoot = one.info.subject == one.info.issuer && number > 0;
    if (!isRoot && isWeakSignature(one.certificate.get())) {
        problems.push_back(which + " is signed with SHA-1 or worse.");
    }
}

} // namespace

Result<std::vector<CertificateInfo>> readCertificates(std::string_view pem) {
    auto all = parseAll(pem);
    if (!all) {
        return fail(all.error());
    }
    std::vector<CertificateInfo> infos;
    for (Parsed& one : *all) {
        infos.push_back(std::move(one.info));
    }
    return infos;
}

WallTime warnsFrom(const CertificateInfo& certificate) noexcept {
    return certificate.notAfter - (certificate.notAfter - certificate.notBefore) / 3;
}

bool coversHost(const CertificateInfo& certificate, std::string_view host) noexcept {
    return std::any_of(certificate.names.begin(), certificate.names.end(), [&](std::string_view name) {
        const auto isSame = [](std::string_view a, std::string_view b) {
            return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
                       return (y >= 'A' && y <= 'Z' ? static_cast<char>(y - 'A' + 'a') : y) == x;
                   });
        };
        if (!name.starts_with("*.")) {
            return isSame(name, host);
        }
        const std::size_t dot = host.find('.');
        return dot != std::string_view::npos && dot > 0 && isSame(name.substr(1), host.substr(dot));
    });
}

std::vector<std::string> chainProblems(std::string_view pem, WallTime now) {
    auto all = parseAll(pem);
    if (!all) {
        return {all.error().message};
    }
    std::vector<std::string> problems;
    const bool isAlone = all->size() == 1;
    if (all->front().info.isAuthority &&
        !(isAlone && all->front().info.subject == all->front().info.issuer)) {
        problems.emplace_back("The first certificate is an authority's; the server's own must come first.");
    }
    if (all->front().info.names.empty()) {
        problems.emplace_back(
            "The certificate names no host (subject alternative names), so no client takes it.");
    }
    for (std::size_t i = 0; i < all->size(); ++i) {
        addProblemsOf((*all)[i], i, now, problems);
        if (i + 1 < all->size() &&
            X509_check_issued((*all)[i + 1].certificate.get(), (*all)[i].certificate.get()) != X509_V_OK) {
            problems.push_back("Certificate " + std::to_string(i + 1) +
                               " was not issued by the one after it.");
        }
    }
    ERR_clear_error();
    return problems;
}

} // namespace gateway::crypto
