#include "gateway/base/keyed_hash.h"

#include <bit>
#include <cstring>
#include <random>

namespace gateway {
namespace {

struct SipState {
    std::uint64_t v0;
    std::uint64_t v1;
    std::uint64_t v2;
    std::uint64_t v3;

    void round() noexcept {
        v0 += v1;
        v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = std::rotl(v1, 17) ^ v2;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 = std::rotl(v2, 32);
    }

    void add(std::uint64_t word) noexcept {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
};

/// Little-endian, as the paper has it.
std::uint64_t wordAt(const char* bytes, std::size_t count) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, count);
    static_assert(std::endian::native == std::endian::little);
    return word;
}

std::uint64_t randomWord() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

} // namespace

KeyedHash::KeyedHash()
    : m_key0(randomWord())
    , m_key1(randomWord()) {}

std::uint64_t KeyedHash::operator()(std::string_view bytes) const noexcept {
    // "somepseudorandomlygeneratedbytes"
    SipState state{m_key0 ^ 0x736f6d6570736575U, m_key1 ^ 0x646f72616e646f6dU, m_key0 ^ 0x6c7967656e657261U,
                   m_key1 ^ 0x7465646279746573U};
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t), at += sizeof(std::uint64_t)) {
        state.add(wordAt(at, sizeof(std::uint64_t)));
    }
    state.add((std::uint64_t{bytes.size()} << 56U) | (left > 0 ? wordAt(at, left) : 0));
    state.v2 ^= 0xFFU;
    for (int i = 0; i < 4; ++i) {
        state.round();
    }
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

} // namespace gateway
