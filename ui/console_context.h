#pragma once

#include <QString>
#include <functional>

namespace gateway::service {
class GatewayService;
}

namespace ui {

class MetricsSeries;
class Theme;

/// What every page works with. Owned by the program's composition root, outlives the window.
struct ConsoleContext {
    gateway::service::GatewayService& service;
    Theme& theme;
    MetricsSeries& series;           ///< the last ten minutes; see ui/metrics_series.h
    QString author;                  ///< for revisions and the audit trail
    std::function<void()> startDemo; ///< empty: this program has no demo
    QString storeLocation;           ///< file of the database, for Settings
    QString documentation;           ///< where to read on; may be empty
};

} // namespace ui
