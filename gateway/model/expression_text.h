#pragma once

#include "gateway/model/expression.h"

#include <string>
#include <string_view>
#include <vector>

namespace gateway::model {

/// A piece of an expression's text.
struct ExpressionToken {
    enum class Kind : std::uint8_t {
        End,
        Name,   ///< `consumer.tier`, `and`: `names` are its parts
        Text,   ///< `text`, without quotes and escapes
        Number, ///< `number`
        Symbol, ///< `text`: ( ) [ ] , . == != < <= > >=
    };
    Kind kind = Kind::End;
    std::string text{}; ///< of a Name, too: as it is written
    std::vector<std::string> names{};
    double number = 0;
    std::size_t offset = 0;

    [[nodiscard]] bool is(std::string_view symbol) const { return kind == Kind::Symbol && text == symbol; }
    [[nodiscard]] bool isWord(std::string_view word) const { return kind == Kind::Name && text == word; }
};

/// Takes the whole text apart; the last token is End. A backslash in a text stands before `"` and `\`; before
/// anything else it is itself, so that regular expressions can be written as they are.
[[nodiscard]] tl::expected<std::vector<ExpressionToken>, ExpressionProblem> tokensOf(std::string_view text);

} // namespace gateway::model
