#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::routing {

/// Numbers by a text within a scope: an open-addressing table over one block of characters. Filled once; any
/// number of threads may look up afterwards, without a lock or an allocation.
class TextMap {
public:
    [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t scope,
                                                    std::string_view text) const noexcept;

    /// The number that is there, or `value` once added.
    std::uint32_t emplace(std::uint32_t scope, std::string_view text, std::uint32_t value);

    [[nodiscard]] bool empty() const noexcept { return m_size == 0; }

private:
    struct Slot {
        std::size_t hash = 0;
        std::uint32_t offset = 0;
        std::uint32_t length = 0;
        std::uint32_t scope = 0;
        std::uint32_t value = free;
    };
    static constexpr std::uint32_t free = 0xFFFFFFFFU;

    [[nodiscard]] static std::size_t hashOf(std::uint32_t scope, std::string_view text) noexcept;
    [[nodiscard]] std::size_t locate(std::size_t hash, std::uint32_t scope,
                                     std::string_view text) const noexcept;
    void grow();

    std::vector<Slot> m_slots;
    std::string m_texts;
    std::size_t m_size = 0;
};

} // namespace gateway::routing
