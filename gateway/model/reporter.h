#pragma once

#include "gateway/model/config.h"
#include "gateway/model/problem.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway::model {

/// Adds problems of one entity.
class Reporter {
public:
    Reporter(Problems& problems, EntityKind kind, std::string_view name);

    /// `field` is the path within the entity; empty: the entity as a whole.
    void add(Problem::Kind kind, const std::string& field, std::string message);
    void range(const std::string& field, std::string message);
    void unlessWithin(const std::string& field, std::uint64_t value, std::uint64_t least, std::uint64_t most);
    void unlessSizeWithin(const std::string& field, std::uint64_t value, std::uint64_t least,
                          std::uint64_t most);
    void unlessWithin(const std::string& field, std::chrono::milliseconds value,
                      std::chrono::milliseconds least = std::chrono::milliseconds(1),
                      std::chrono::milliseconds most = std::chrono::hours(1));

private:
    Problems& m_problems;
    std::string m_entity;
};

/// Each of 1 to 256 clean characters, and once.
void checkTexts(const std::vector<std::string>& texts, const std::string& field, Reporter& report);

[[nodiscard]] std::string quote(std::string_view text);                         ///< `"text"`
[[nodiscard]] std::string indexed(const std::string& field, std::size_t index); ///< `field[2]`

} // namespace gateway::model
