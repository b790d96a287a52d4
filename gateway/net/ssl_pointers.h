#pragma once

#include "gateway/crypto/openssl_pointers.h"

#include <memory>
#include <openssl/ssl.h>

namespace gateway::net {

using crypto::BioPointer;
using crypto::X509Pointer;

inline void freeCertificates(STACK_OF(X509) * stack) noexcept {
    sk_X509_pop_free(stack, X509_free);
}

using SslContextPointer = std::unique_ptr<SSL_CTX, crypto::Free<SSL_CTX_free>>;
using SslPointer = std::unique_ptr<SSL, crypto::Free<SSL_free>>;
using SslSessionPointer = std::unique_ptr<SSL_SESSION, crypto::Free<SSL_SESSION_free>>;
using X509CrlPointer = std::unique_ptr<X509_CRL, crypto::Free<X509_CRL_free>>;
using X509StackPointer = std::unique_ptr<STACK_OF(X509), crypto::Free<freeCertificates>>;

} // namespace gateway::net
