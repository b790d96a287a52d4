#pragma once

#include <cstddef>
#include <string_view>

namespace gateway::model {

/// How many characters have to be added, taken out or replaced to come from one to the other.
[[nodiscard]] std::size_t editDistance(std::string_view a, std::string_view b);

/// How far a name may be from what was written to be what a person probably meant.
[[nodiscard]] std::size_t nearDistance(std::string_view written);

} // namespace gateway::model
