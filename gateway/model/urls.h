#pragma once

#include <string>
#include <string_view>

namespace gateway::model {

/// Why others cannot be asked at this URL, in a sentence; empty: they can. It is https, or http for this
/// machine itself, of at most 2,048 ASCII characters, without a user and without a fragment.
[[nodiscard]] std::string urlProblem(std::string_view url);

} // namespace gateway::model
