#include "db/content_hash.h"

namespace db {

using gateway::Sha256;

namespace {

Sha256 entityHash(std::string_view kind, std::string_view name, std::string_view json) {
    // The parts end in NUL, which none of them can hold: no two entities spell the same bytes.
    std::string bytes;
    bytes.reserve(kind.size() + name.size() + json.size() + 2);
    bytes.append(kind).push_back('\0');
    bytes.append(name).push_back('\0');
    bytes.append(json);
    return gateway::sha256(bytes);
}

void addTo(Sha256& sum, const Sha256& number) {
    unsigned carry = 0;
    for (std::size_t i = sum.size(); i-- > 0;) {
        carry += static_cast<unsigned>(sum[i]) + number[i];
        sum[i] = static_cast<std::uint8_t>(carry & 0xffU);
        carry >>= 8U;
    }
}

Sha256 negative(Sha256 number) {
    for (std::uint8_t& byte : number) {
        byte = static_cast<std::uint8_t>(~byte);
    }
    Sha256 one{};
    one.back() = 1;
    addTo(number, one);
    return number;
}

} // namespace

void ContentHash::add(std::string_view kind, std::string_view name, std::string_view json) {
    addTo(m_sum, entityHash(kind, name, json));
}

void ContentHash::remove(std::string_view kind, std::string_view name, std::string_view json) {
    addTo(m_sum, negative(entityHash(kind, name, json)));
}

std::string ContentHash::toHex() const {
    return gateway::toHex(m_sum);
}

std::optional<ContentHash> ContentHash::fromHex(std::string_view hex) {
    const auto sum = gateway::sha256FromHex(hex);
    if (!sum) {
        return std::nullopt;
    }
    ContentHash hash;
    hash.m_sum = *sum;
    return hash;
}

} // namespace db
