#pragma once

#include "gateway/auth/token.h"
#include "gateway/base/clock.h"
#include "gateway/model/expression.h"

#include <optional>
#include <string>
#include <string_view>

namespace gateway::auth {

/// Where an expression's references get their values. Views and lists live as long as the evaluation.
class Facts {
public:
    virtual ~Facts() = default;
    /// Of references to texts (and of addresses, as text); nothing: it is not there.
    [[nodiscard]] virtual std::optional<std::string_view> text(model::Subject subject,
                                                               std::string_view name) const = 0;
    [[nodiscard]] virtual std::optional<double> number(model::Subject subject) const = 0;
    [[nodiscard]] virtual std::optional<bool> boolean(model::Subject subject) const = 0;
    /// Calls `visit` for each; false: it is not there.
    [[nodiscard]] virtual bool contains(model::Subject list, std::string_view item, bool& found) const = 0;
    [[nodiscard]] virtual const nlohmann::json* claims() const = 0; ///< null: no token
};

enum class Truth : std::uint8_t { False, True, Unknown };

/// Never allocates for expressions without claims that are lists.
[[nodiscard]] Truth evaluate(const model::Expression& expression, const Facts& facts);
/// The value of a reference as text, as headers carry it: lists with spaces between, objects as JSON. False:
/// it is not there, or has characters that a header cannot carry.
[[nodiscard]] bool appendValue(std::string& out, const model::ExpressionNode& reference, const Facts& facts);

} // namespace gateway::auth
