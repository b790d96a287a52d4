#include "gateway/net/tls_failure.h"

#include "gateway/net/ssl_pointers.h"

#include <algorithm>
#include <ctime>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace gateway::net {
namespace {

constexpr int namesShown = 3;

std::string dateText(const ASN1_TIME* time) {
    std::tm broken{};
    if (ASN1_TIME_to_tm(time, &broken) != 1) {
        return "an unreadable date";
    }
    char text[16] = {};
    std::strftime(text, sizeof text, "%Y-%m-%d", &broken);
    return text;
}

std::string nameText(const X509_NAME* name) {
    const BioPointer out = crypto::memoryBio();
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
    const std::string text = crypto::textOf(out);
    // What a peer chose to call itself does not become a page of text.
    return text.empty() ? "nobody" : text.substr(0, 120);
}

/// "a.example, b.example and 3 more".
std::string namesOf(const X509* certificate) {
    auto* names =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    std::string text;
    int count = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_DNS) {
            continue;
        }
        if (count++ < namesShown) {
            text.append(text.empty() ? "" : ", ");
            text.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                        static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
        }
    }
    GENERAL_NAMES_free(names);
    if (count > namesShown) {
        text += " and " + std::to_string(count - namesShown) + " more";
    }
    return text.empty() ? "no host name" : text;
}

std::string verifyFailure(const X509* leaf, long error, const std::string& name) {
    const std::string whose = name.empty() ? "the client's certificate" : "the certificate of " + name;
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return leaf != nullptr && X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0
                   ? whose + " ended on " + dateText(X509_get0_notAfter(leaf))
                   : whose + " was issued by an authority whose own certificate has ended";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return whose + " is not good yet";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "the certificate is for " + (leaf != nullptr ? namesOf(leaf) : "no host name") + ", not for " +
               name;
    case X509_V_ERR_CERT_REVOKED:
        return whose + " was revoked";
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
        return "the list of revoked certificates is out of date";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return whose + " is signed by its own key and not trusted";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return whose + " was issued by " +
               (leaf != nullptr ? nameText(X509_get_issuer_name(leaf)) : "an authority") +
               ", which is no trusted authority";
    default:
        return whose + " was refused: " + X509_verify_cert_error_string(error);
    }
}

/// For what the peer said in an alert, or what OpenSSL found; by OpenSSL's reason.
const char* reasonSentence(int reason, bool isClient) {
    switch (reason) {
    case SSL_R_NO_APPLICATION_PROTOCOL:
    case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
        return "the two ends have no protocol (ALPN) in common";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_VERSION_TOO_LOW:
        return "the two ends have no version of TLS in common";
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
        return "the two ends have no cipher suite, group or kind of signature in common";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return "the client showed no certificate";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        return "the server asked for a client certificate and got none";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
        return isClient ? "the server refused the certificate that it was shown"
                        : "the client does not trust the certificate that it was shown";
    case SSL_R_TLSV1_UNRECOGNIZED_NAME:
        return "the server does not know the name that it was asked for";
    case SSL_R_HTTP_REQUEST:
        return "the client spoke HTTP in the clear";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNEXPECTED_MESSAGE:
    case SSL_R_BAD_PROTOCOL_VERSION_NUMBER:
        return isClient ? "the server does not speak TLS there" : "the client did not speak TLS";
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return isClient ? "the server left in the middle of the TLS handshake"
                        : "the client left in the middle of the TLS handshake";
    default:
        return nullptr;
    }
}

} // namespace

std::string handshakeFailure(const SSL* ssl, HandshakeEnd end, const std::string& name, const X509* refused) {
    const bool isClient = SSL_is_server(ssl) == 0;
    const unsigned long error = ERR_peek_error();
    const int reason = ERR_GET_REASON(error);
    const char* const text = ERR_reason_error_string(error);
    ERR_clear_error();
    if (const long verified = SSL_get_verify_result(ssl);
        verified != X509_V_OK && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        return verifyFailure(refused, verified, name);
    }
    if (end == HandshakeEnd::PeerLeft || error == 0) {
        return reasonSentence(SSL_R_UNEXPECTED_EOF_WHILE_READING, isClient);
    }
    if (const char* sentence = reasonSentence(reason, isClient)) {
        return sentence;
    }
    return std::string("the TLS handshake failed: ") + (text != nullptr ? text : "no reason is known");
}

} // namespace gateway::net
