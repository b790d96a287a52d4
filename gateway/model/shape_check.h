#pragma once

#include "gateway/model/document.h"
#include "gateway/model/problem.h"
#include "gateway/model/schema.h"

#include <string>

namespace gateway::model {

/// How strictly a text is read. Our own JSON of an entity may be incomplete (a draft) and may name port 0;
/// a file that a person wrote may not.
enum class Strictness { File, Entity };

constexpr std::size_t problemsMax = 1000; ///< after so many, more would not help anyone

/// Adds everything about `node` that does not fit `shape`: unknown and missing fields, wrong sorts of values,
/// values out of range, repeated names, and what this version does not do.
void checkShape(const TextNode& node, const Shape& shape, const std::string& path, Strictness strictness,
                Problems& problems);

/// `[name]`, or `[3]` where the item has no name that can stand in a path.
[[nodiscard]] std::string itemStep(const TextNode& item, std::size_t index);

/// The field of the shape whose name a person probably meant; empty: none comes near.
[[nodiscard]] std::string nearestField(std::string_view name, const Shape& shape);

} // namespace gateway::model
