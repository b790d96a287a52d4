#pragma once

#include "gateway/model/expression.h"

#include <string>
#include <string_view>
#include <vector>

// What goes together in an expression. Each function says in a sentence what does not; empty: all is well.
namespace gateway::model {

[[nodiscard]] bool isConstant(const ExpressionNode& node);
[[nodiscard]] bool isAny(const ExpressionNode& node);
[[nodiscard]] std::string spell(const ExpressionNode& node);
[[nodiscard]] const char* typeText(ValueType type); ///< "a text"

/// Whether it is true or false; a claim is asked when it comes.
[[nodiscard]] std::string conditionProblem(const ExpressionNode& node);
[[nodiscard]] std::string equalityProblem(const ExpressionNode& left, const ExpressionNode& right);
[[nodiscard]] std::string orderProblem(const ExpressionNode& left, const ExpressionNode& right);
/// A text in a list that the item is looked for in.
[[nodiscard]] std::string entryProblem(const ExpressionNode& item, const std::string& entry);

/// What a name stands for, as it was written at the offset.
[[nodiscard]] tl::expected<ExpressionNode, ExpressionProblem>
referenceTo(const std::vector<std::string>& names, const std::string& written, std::size_t offset);

} // namespace gateway::model
