#pragma once

#include "gateway/auth/token.h"
#include "gateway/base/clock.h"
#include "gateway/model/expression.h"
#include "gateway/net/network.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
    /// Sets `found`; false: there is no such list.
    [[nodiscard]] virtual bool contains(model::Subject list, std::string_view item, bool& found) const = 0;
    /// Appends the list's items with spaces between; false: there is no such list.
    [[nodiscard]] virtual bool appendList(model::Subject list, std::string& out) const = 0;
    [[nodiscard]] virtual const nlohmann::json* claims() const = 0; ///< null: no token
};

enum class Truth : std::uint8_t { False, True, Unknown };

/// An expression whose networks are read already: what a snapshot keeps, so that a request does not read
/// them again. Immutable, shared by all workers.
class Program {
public:
    explicit Program(std::shared_ptr<const model::Expression> expression);

    [[nodiscard]] const model::Expression& expression() const noexcept { return *m_expression; }
    /// Never allocates.
    [[nodiscard]] Truth run(const Facts& facts) const;

private:
    friend class Evaluation;
    using Networks = std::pair<const model::ExpressionNode*, std::vector<net::Network>>;

    std::shared_ptr<const model::Expression> m_expression;
    std::vector<Networks> m_networks; ///< of the nodes that have some
};

/// Reads the networks of `request.address in [...]` each time: for a program see Program.
[[nodiscard]] Truth evaluate(const model::Expression& expression, const Facts& facts);
/// The value of a reference as text, as headers carry it: lists with spaces between, objects as JSON. False:
/// it is not there, or has characters that a header cannot carry.
[[nodiscard]] bool appendValue(std::string& out, const model::ExpressionNode& reference, const Facts& facts);

} // namespace gateway::auth
