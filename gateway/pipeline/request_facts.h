#pragma once

#include "gateway/auth/evaluate.h"
#include "gateway/pipeline/request_context.h"
#include "gateway/pipeline/stages.h"

#include <forward_list>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::pipeline {

/// What expressions can ask about a request and its caller. Looks things up only when they are asked for.
/// Lives no longer than the stage that made it.
class RequestFacts final : public auth::Facts {
public:
    RequestFacts(const RequestContext& context, const StageTools& tools)
        : m_context(context)
        , m_tools(tools) {}

    [[nodiscard]] std::optional<std::string_view> text(model::Subject subject,
                                                       std::string_view name) const override;
    [[nodiscard]] std::optional<double> number(model::Subject subject) const override;
    [[nodiscard]] std::optional<bool> boolean(model::Subject subject) const override;
    [[nodiscard]] bool contains(model::Subject list, std::string_view item, bool& found) const override;
    [[nodiscard]] bool appendList(model::Subject list, std::string& out) const override;
    [[nodiscard]] const nlohmann::json* claims() const override;

private:
    [[nodiscard]] std::optional<std::string_view> consumerText(model::Subject subject,
                                                               std::string_view name) const;
    [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const;
    [[nodiscard]] std::optional<std::string_view> queryParameter(std::string_view name) const;
    [[nodiscard]] std::optional<std::string_view> pathParameter(std::string_view name) const;

    const RequestContext& m_context;
    const StageTools& m_tools;
    mutable bool m_hasCaptures = false;               ///< the worker's memory has them
    mutable std::forward_list<std::string> m_decoded; ///< what differs from what was sent; stays where it is
};

} // namespace gateway::pipeline
