#include "gateway/upstream/websocket_accept.h"

#include <array>
#include <openssl/evp.h>

namespace gateway::upstream {

std::string webSocketAccept(std::string_view key) {
    constexpr std::size_t digestBytes = 20;
    constexpr std::size_t encodedBytes = (digestBytes + 2) / 3 * 4;
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    std::array<unsigned char, encodedBytes + 1> encoded{}; // the library ends it with a NUL
    if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1) {
        return {};
    }
    EVP_EncodeBlock(encoded.data(), digest.data(), digestBytes);
    return {reinterpret_cast<const char*>(encoded.data()), encodedBytes};
}

} // namespace gateway::upstream
