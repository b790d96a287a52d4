#include "gateway/crypto/openssl_pointers.h"
#include "gateway/crypto/private_key.h"

#include <openssl/err.h>

namespace gateway::crypto {

Result<KeyPair> fromPkcs12(std::string_view file, const std::string& passphrase) {
    ERR_clear_error();
    const Pkcs12Pointer archive(d2i_PKCS12_bio(bioOf(file).get(), nullptr));
    if (!archive) {
        ERR_clear_error();
        return fail(ErrorKind::Input, "no-pkcs12", "this is no PKCS#12 file");
    }
    if (PKCS12_verify_mac(archive.get(), passphrase.c_str(), static_cast<int>(passphrase.size())) != 1) {
        ERR_clear_error();
        return fail(ErrorKind::Input, "wrong-passphrase",
                    "the passphrase is not the one of the PKCS#12 file");
    }
    EVP_PKEY* key = nullptr;
    X509* leaf = nullptr;
    STACK_OF(X509)* others = nullptr;
    if (PKCS12_parse(archive.get(), passphrase.c_str(), &key, &leaf, &others) != 1) {
        const std::string reason = takeReason();
        return fail(ErrorKind::Input, "unsupported-pkcs12",
                    "the PKCS#12 file is encrypted in an outdated way (RC2 or 3DES) or damaged (" + reason +
                        "); export it again with AES");
    }
    const KeyPointer ownedKey(key);
    const X509Pointer ownedLeaf(leaf);
    const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> ownedOthers(
        others, [](STACK_OF(X509) * all) { sk_X509_pop_free(all, X509_free); });
    if (key == nullptr || leaf == nullptr) {
        return fail(ErrorKind::Input, "incomplete-pkcs12",
                    "the PKCS#12 file does not hold both a certificate and its private key");
    }
    KeyPair pair;
    pair.chain = pemOf(leaf);
    // Each is put behind the one that it issued; roots and strangers stay out.
    X509* last = leaf;
    bool found = true;
    // Authorities that signed each other would go round for ever.
    for (int length = 0; found && length < sk_X509_num(others); ++length) {
        found = false;
        for (int i = 0; i < sk_X509_num(others); ++i) {
            X509* other = sk_X509_value(others, i);
            const bool isRoot = X509_check_issued(other, other) == X509_V_OK;
            if (other != last && !isRoot && X509_check_issued(other, last) == X509_V_OK) {
                pair.chain += pemOf(other);
                last = other;
                found = true;
                break;
            }
        }
    }
    const BioPointer der = memoryBio();
    i2d_PrivateKey_bio(der.get(), key);
    auto taken = PrivateKey::fromDer(textOf(der));
    if (!taken) {
        return fail(taken.error());
    }
    pair.key = std::move(*taken);
    return pair;
}

} // namespace gateway::crypto
