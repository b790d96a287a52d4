#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::http {

/// Names of fields that the gateway alone may say: whatever a client sends under them is taken out. CGI and
/// what follows it has one character for "-", "_" and often for all but letters and digits: so X_User and
/// X.User are X-User, too.
class FieldNames {
public:
    void add(std::string_view name);
    void add(const FieldNames& others);
    [[nodiscard]] bool isEmpty() const noexcept { return m_names.empty(); }
    /// Most names of a request are told from all these by their length alone.
    [[nodiscard]] bool contains(std::string_view name) const noexcept {
        return (m_lengths >> lengthBit(name.size()) & 1U) != 0 && isOneOf(name);
    }
    /// Whole lines, without those of these names.
    [[nodiscard]] std::string without(std::string_view lines) const;

private:
    [[nodiscard]] static constexpr std::size_t lengthBit(std::size_t length) noexcept {
        return length < 63 ? length : 63;
    }
    [[nodiscard]] bool isOneOf(std::string_view name) const noexcept;

    std::uint64_t m_lengths = 0;      ///< a bit for each that is there
    std::vector<std::string> m_names; ///< in lower case, "-" for all that is read as it
};

} // namespace gateway::http
