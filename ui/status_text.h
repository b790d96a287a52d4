#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/theme.h"

#include <QString>
#include <optional>

namespace ui {

/// "https://127.0.0.1:8443"
[[nodiscard]] QString listenerUrl(const gateway::model::Listener& listener);
/// The same for an address of the gateway's status: the scheme is the listener's that has it.
[[nodiscard]] QString addressUrl(const gateway::model::Config& config, const std::string& address);

/// "Running", "Stopped", "Starting…", "Draining…", "Failed".
[[nodiscard]] QString stateText(gateway::service::GatewayState state);
[[nodiscard]] Tone stateTone(gateway::service::GatewayState state);

/// "127.0.0.1:8080 · up 12 min", "127.0.0.1:8080 +1 · up 3 s", "not listening".
[[nodiscard]] QString addressText(const gateway::service::GatewayStatus& status, gateway::WallTime now);

/// "Saved r12 · live r12"; without a revision "Nothing saved yet"; not running "Saved r12".
[[nodiscard]] QString revisionText(const gateway::service::GatewayStatus& status);
/// The gateway runs something else than what is saved.
[[nodiscard]] bool isBehind(const gateway::service::GatewayStatus& status);

struct BannerText {
    QString title;
    QString text;
    bool isBad = false; ///< traffic stands still; otherwise it runs on an older revision
};

/// What to say across the window, with the cause and what to do; nothing when all is well.
[[nodiscard]] std::optional<BannerText> bannerText(const gateway::service::GatewayStatus& status);

/// A rejection as a sentence or some, for people.
[[nodiscard]] QString rejectionText(const gateway::service::Rejection& rejection);

} // namespace ui
