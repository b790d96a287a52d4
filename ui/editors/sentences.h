#pragma once

#include "gateway/model/config.h"

#include <QString>
#include <optional>

namespace ui {

/// What a path written like this matches, in words.
[[nodiscard]] QString pathSentence(const QString& path);

/// "20 at once, then one every 600 ms"
[[nodiscard]] QString tierSentence(std::uint64_t requests, std::chrono::seconds period, std::uint64_t burst);

/// A request this route would match and what its service would be asked for.
struct RewriteExample {
    QString path;
    QString upstreamPath;
};
/// Nothing for a regular expression: a sample that it matches cannot be made up.
[[nodiscard]] std::optional<RewriteExample> rewriteExample(const QString& path, const QString& rewrite);

/// Which tiers limit the callers of a route.
[[nodiscard]] QString limitsSentence(const gateway::model::Config& config, bool requiresKey);

} // namespace ui
