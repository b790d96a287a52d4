#pragma once

#include "gateway/base/digest.h"

#include <optional>
#include <string>
#include <string_view>

namespace db {

/// The hash of a whole config that costs only what changed: the sum, modulo 2^256, of the SHA-256 of each
/// entity. Equal content gives an equal hash, in whatever order it came to be; ids do not count. It tells
/// contents apart and finds damage; it is no signature.
class ContentHash {
public:
    void add(std::string_view kind, std::string_view name, std::string_view json);
    void remove(std::string_view kind, std::string_view name, std::string_view json);

    [[nodiscard]] std::string toHex() const;
    [[nodiscard]] static std::optional<ContentHash> fromHex(std::string_view hex);
    friend bool operator==(const ContentHash&, const ContentHash&) = default;

private:
    gateway::Sha256 m_sum{}; ///< big-endian
};

} // namespace db
