#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>

namespace gateway {

/// A number that cannot be mixed up with another kind of number. 0 means "not given yet".
template<class Tag>
struct StrongId {
    std::uint64_t value = 0;

    [[nodiscard]] explicit operator bool() const { return value != 0; }
    // clang-tidy 14 takes the 0 of a generated comparison for a pointer.
    // NOLINTNEXTLINE(modernize-use-nullptr)
    friend auto operator<=>(const StrongId&, const StrongId&) = default;
};

} // namespace gateway

// Spelt with the namespace: moc 6.4 cannot read `struct std::hash<...>`.
namespace std {
template<class Tag>
struct hash<gateway::StrongId<Tag>> {
    std::size_t operator()(const gateway::StrongId<Tag>& id) const noexcept {
        return std::hash<std::uint64_t>{}(id.value * 0x9E3779B97F4A7C15ULL);
    }
};
} // namespace std
