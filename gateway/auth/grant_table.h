#pragma once

#include "gateway/auth/key_table.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace gateway::auth {

/// The grants of keys, each kept once and known by a number; 0 is "no scopes, from anywhere". One thread
/// adds; any number of threads read without a lock. What was added stays as it is until the table goes.
class GrantTable {
public:
    GrantTable() = default;
    GrantTable(const GrantTable&) = delete;
    GrantTable& operator=(const GrantTable&) = delete;

    /// The number of the key's grants, which are added when they are new. Writer thread.
    [[nodiscard]] std::uint32_t add(const model::ApiKey& key);
    /// Any thread; `number` came from add(), by way of an atomic that was stored with release.
    [[nodiscard]] const KeyGrants& at(std::uint32_t number) const noexcept;
    [[nodiscard]] std::size_t memoryBytes() const noexcept;

private:
    // Each page is as large as all before it together, so that a few pointers reach all numbers.
    static constexpr unsigned firstPageBits = 4;
    static constexpr std::size_t pageCount = 32 - firstPageBits;

    std::array<std::atomic<const KeyGrants*>, pageCount> m_pages{};
    std::array<std::unique_ptr<KeyGrants[]>, pageCount> m_owned{}; ///< what m_pages points to
    std::unordered_map<std::string, std::uint32_t> m_numbers;      ///< by scopes and addresses as one text
    std::string m_text;                                            ///< of the key that is looked up
    std::size_t m_bytes = 0;                                       ///< of texts and lists, about
    std::uint32_t m_size = 0;
};

} // namespace gateway::auth
