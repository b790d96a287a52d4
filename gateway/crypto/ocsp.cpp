#include "gateway/crypto/ocsp.h"

#include "gateway/crypto/openssl_pointers.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <optional>

namespace gateway::crypto {
namespace {

using OcspRequestPointer = std::unique_ptr<OCSP_REQUEST, Free<OCSP_REQUEST_free>>;
using OcspResponsePointer = std::unique_ptr<OCSP_RESPONSE, Free<OCSP_RESPONSE_free>>;
using OcspBasicPointer = std::unique_ptr<OCSP_BASICRESP, Free<OCSP_BASICRESP_free>>;
using OcspIdPointer = std::unique_ptr<OCSP_CERTID, Free<OCSP_CERTID_free>>;
using StorePointer = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;

constexpr std::chrono::minutes skew{5}; ///< that clocks of authorities may be ahead of ours

struct Pair {
    X509Pointer certificate;
    X509Pointer issuer;
};

Result<Pair> pairOf(std::string_view chain) {
    const BioPointer bio = bioOf(chain);
    Pair pair;
    pair.certificate.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    pair.issuer.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!pair.certificate || !pair.issuer) {
        return fail(ErrorKind::Input, "no-issuer", "the chain does not hold the certificate's issuer");
    }
    return pair;
}

tl::unexpected<Error> useless(const std::string& why) {
    ERR_clear_error();
    return fail(ErrorKind::Input, "bad-ocsp-response", "the authority's answer cannot be used: " + why);
}

std::time_t secondsOf(WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// Nothing for a time that cannot be read.
std::optional<WallTime> timeOf(const ASN1_GENERALIZEDTIME* time) {
    const std::unique_ptr<ASN1_TIME, Free<ASN1_TIME_free>> epoch(ASN1_TIME_set(nullptr, 0));
    int days = 0;
    int seconds = 0;
    if (time == nullptr || ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) {
        return std::nullopt;
    }
    return WallTime(std::chrono::days(days) + std::chrono::seconds(seconds));
}

/// Signed by the issuer, or by somebody whom the issuer lets sign such answers.
bool isSignedFor(OCSP_BASICRESP* basic, X509* issuer, WallTime now) {
    const StorePointer store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), issuer);
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), secondsOf(now));
    STACK_OF(X509)* known = sk_X509_new_null();
    sk_X509_push(known, issuer);
    const bool isSigned = OCSP_basic_verify(basic, known, store.get(), 0) == 1;
    sk_X509_free(known);
    return isSigned;
}

} // namespace

Result<std::string> ocspRequest(std::string_view chain) {
    const auto pair = pairOf(chain);
    if (!pair) {
        return fail(pair.error());
    }
    const OcspRequestPointer request(OCSP_REQUEST_new());
    // The request takes the id. SHA-1 only names things here, and is the digest that every authority knows.
    OCSP_request_add0_id(request.get(),
                         OCSP_cert_to_id(EVP_sha1(), pair->certificate.get(), pair->issuer.get()));
    unsigned char* der = nullptr;
    const int length = i2d_OCSP_REQUEST(request.get(), &der);
    if (length <= 0) {
        return fail(ErrorKind::Internal, "ocsp-request", "no OCSP request could be made: " + takeReason());
    }
    std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
    OPENSSL_free(der);
    return bytes;
}

Result<WallTime> ocspGoodUntil(std::string_view chain, std::string_view response, WallTime now) {
    const auto pair = pairOf(chain);
    if (!pair) {
        return fail(pair.error());
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(response.data());
    const OcspResponsePointer answer(d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(response.size())));
    if (!answer) {
        return useless("it is no OCSP response");
    }
    if (const int status = OCSP_response_status(answer.get()); status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        return useless(std::string("it says ") + OCSP_response_status_str(status));
    }
    const OcspBasicPointer basic(OCSP_response_get1_basic(answer.get()));
    if (!basic || !isSignedFor(basic.get(), pair->issuer.get(), now)) {
        return useless("it was not signed by the certificate's issuer");
    }
    const OcspIdPointer id(OCSP_cert_to_id(EVP_sha1(), pair->certificate.get(), pair->issuer.get()));
    int status = 0;
    ASN1_GENERALIZEDTIME* thisUpdate = nullptr;
    ASN1_GENERALIZEDTIME* nextUpdate = nullptr;
    if (OCSP_resp_find_status(basic.get(), id.get(), &status, nullptr, nullptr, &thisUpdate, &nextUpdate) !=
        1) {
        return useless("it is about another certificate");
    }
    if (status != V_OCSP_CERTSTATUS_GOOD) {
        return useless(std::string("it says that the certificate is ") + OCSP_cert_status_str(status));
    }
    const auto from = timeOf(thisUpdate);
    const auto until = timeOf(nextUpdate);
    if (!from || !until || *from > now + skew || *until <= now) {
        return useless("it is too old, or does not say how long it is good");
    }
    return *until;
}

} // namespace gateway::crypto
