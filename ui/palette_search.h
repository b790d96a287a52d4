#pragma once

#include "gateway/model/config.h"

#include <QString>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace ui {

/// Something that the command palette can do.
struct PaletteEntry {
    QString text; ///< "POST /v1/orders"
    QString kind; ///< "Route", "Page", "Command"
    QString iconName;
    std::function<void()> run;
};

/// How well the text holds the query, 0 best; nothing when it does not. Case does not matter (ASCII).
[[nodiscard]] std::optional<int> matchRank(std::string_view text, std::string_view query);

/// The entries that hold the query, best first, in their order where equal. An empty query takes all.
[[nodiscard]] std::vector<PaletteEntry> searchEntries(const std::vector<PaletteEntry>& entries,
                                                      const QString& query);

/// Routes by path and name, services and consumers by name; at most `limit` of each kind. Calls
/// `open(page id, name)` when run.
[[nodiscard]] std::vector<PaletteEntry>
searchConfig(const gateway::model::Config& config, const QString& query, std::size_t limit,
             const std::function<void(const QString&, const QString&)>& open);

} // namespace ui
