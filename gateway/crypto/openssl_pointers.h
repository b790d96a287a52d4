#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string>
#include <string_view>

// OpenSSL's objects with owners, and its memory buffers as strings.
namespace gateway::crypto {

template<auto free>
struct Free {
    template<class T>
    void operator()(T* object) const noexcept {
        free(object);
    }
};

using BioPointer = std::unique_ptr<BIO, Free<BIO_free_all>>;
using X509Pointer = std::unique_ptr<X509, Free<X509_free>>;
using RequestPointer = std::unique_ptr<X509_REQ, Free<X509_REQ_free>>;
using NamePointer = std::unique_ptr<X509_NAME, Free<X509_NAME_free>>;
using ExtensionPointer = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using CipherPointer = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;
using Pkcs12Pointer = std::unique_ptr<PKCS12, Free<PKCS12_free>>;

/// What is in the memory of a BIO.
[[nodiscard]] std::string textOf(const BioPointer& bio);
/// A BIO that reads the bytes, which must stay.
[[nodiscard]] BioPointer bioOf(std::string_view bytes);
[[nodiscard]] BioPointer memoryBio();
[[nodiscard]] std::string hexOf(std::string_view bytes);
/// The newest reason in OpenSSL's queue of errors, which is emptied; "unknown" when there is none.
[[nodiscard]] std::string takeReason();

[[nodiscard]] std::string pemOf(X509* certificate);

} // namespace gateway::crypto
