#pragma once

#include "gateway/auth/evaluate.h"
#include "gateway/model/consumer.h"
#include "gateway/model/expression.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gateway::service {

/// What is known of a caller before it sends a request.
class ForeseenCaller final : public auth::Facts {
public:
    const model::Consumer* consumer = nullptr; ///< null: it is nobody that is configured
    std::string_view tier{};                   ///< empty: it has none, or its token says it
    bool tokenSaysTier = false;
    const std::vector<std::string>* scopes = nullptr; ///< of its key; null: it has none
    std::string_view method{};                        ///< `caller.method`; empty: there is none
    bool isMethodKnown = true;                        ///< false: depends on the request
    bool hasToken = false;
    bool tokenHasRoles = false; ///< the provider's tokens may bring roles

    [[nodiscard]] std::optional<std::string_view> text(model::Subject subject,
                                                       std::string_view name) const override;
    [[nodiscard]] std::optional<double> number(model::Subject subject) const override;
    [[nodiscard]] std::optional<bool> boolean(model::Subject subject) const override;
    [[nodiscard]] bool contains(model::Subject list, std::string_view item, bool& found) const override;
    [[nodiscard]] bool appendList(model::Subject list, std::string& out) const override;
    [[nodiscard]] const nlohmann::json* claims() const override { return nullptr; }

    /// Its value is known, also where it is known not to be there.
    [[nodiscard]] bool knows(model::Subject subject) const noexcept;
};

/// An expression as it can come out for a caller whose request is still to come: what asks about the request,
/// the time or claims can come out one way or the other.
class ForeseenRule {
public:
    explicit ForeseenRule(const model::Expression& expression);

    enum class Outcome : std::uint8_t { Never, Sometimes, Always }; ///< is it true
    [[nodiscard]] Outcome foresee(const ForeseenCaller& caller) const;

private:
    /// And, or, not, and below them what is asked about.
    struct Node {
        model::ExpressionNode::Kind kind = model::ExpressionNode::Kind::Boolean;
        model::Expression part{};               ///< of a leaf
        std::vector<model::Subject> subjects{}; ///< that a leaf asks about
        std::vector<Node> children{};
    };
    /// Which of False, True and Unknown are possible; a bit each.
    using Possible = unsigned;

    [[nodiscard]] static Node split(const model::ExpressionNode& node);
    [[nodiscard]] static Possible possible(const Node& node, const ForeseenCaller& caller);
    [[nodiscard]] static Possible possibleOfLeaf(const Node& leaf, const ForeseenCaller& caller);

    Node m_root;
};

} // namespace gateway::service
