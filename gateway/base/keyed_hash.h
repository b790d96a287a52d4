#pragma once

#include <cstdint>
#include <string_view>

namespace gateway {

/// SipHash-2-4 (Aumasson and Bernstein, 2012) under a key of the process's own: who chooses the texts cannot
/// choose which of them meet in a table. Not the same in another run. Thread-safe.
class KeyedHash {
public:
    KeyedHash(); ///< with a random key
    KeyedHash(std::uint64_t key0, std::uint64_t key1) noexcept
        : m_key0(key0)
        , m_key1(key1) {}

    [[nodiscard]] std::uint64_t operator()(std::string_view bytes) const noexcept;

private:
    std::uint64_t m_key0;
    std::uint64_t m_key1;
};

} // namespace gateway
