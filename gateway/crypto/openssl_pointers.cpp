#include "gateway/crypto/openssl_pointers.h"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace gateway::crypto {

std::string textOf(const BioPointer& bio) {
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &data);
    return length > 0 ? std::string(data, static_cast<std::size_t>(length)) : std::string();
}

BioPointer bioOf(std::string_view bytes) {
    return BioPointer(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

BioPointer memoryBio() {
    return BioPointer(BIO_new(BIO_s_mem()));
}

std::string hexOf(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        hex.push_back(digits[value >> 4U]);
        hex.push_back(digits[value & 15U]);
    }
    return hex;
}

std::string takeReason() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    return reason != nullptr ? reason : "unknown";
}

std::string pemOf(X509* certificate) {
    const BioPointer out = memoryBio();
    PEM_write_bio_X509(out.get(), certificate);
    return textOf(out);
}

} // namespace gateway::crypto
