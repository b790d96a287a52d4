#include "ui/status_text.h"

#include "gateway/model/scalars.h"
#include "ui/number_text.h"

#include <QCoreApplication>

namespace ui {

using gateway::service::GatewayState;
using gateway::service::GatewayStatus;

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("ui::status", text);
}

bool listens(GatewayState state) {
    return state == GatewayState::Running || state == GatewayState::Draining;
}

} // namespace

QString listenerUrl(const gateway::model::Listener& listener) {
    const std::string address = gateway::model::formatHostPort({listener.host, listener.port});
    return QLatin1String(listener.tls ? "https://" : "http://") + QString::fromStdString(address);
}

QString addressUrl(const gateway::model::Config& config, const std::string& address) {
    for (const auto& listener : config.listeners) {
        if (gateway::model::formatHostPort({listener.host, listener.port}) == address) {
            return listenerUrl(listener);
        }
    }
    return QStringLiteral("http://") + QString::fromStdString(address);
}

QString stateText(GatewayState state) {
    switch (state) {
    case GatewayState::Stopped:
        return tr("Stopped");
    case GatewayState::Starting:
        return tr("Starting…");
    case GatewayState::Running:
        return tr("Running");
    case GatewayState::Draining:
        return tr("Draining…");
    case GatewayState::Failed:
        return tr("Failed");
    }
    return {};
}

Tone stateTone(GatewayState state) {
    switch (state) {
    case GatewayState::Stopped:
        return Tone::Neutral;
    case GatewayState::Starting:
    case GatewayState::Draining:
        return Tone::Warn;
    case GatewayState::Running:
        return Tone::Ok;
    case GatewayState::Failed:
        return Tone::Bad;
    }
    return Tone::Neutral;
}

QString addressText(const GatewayStatus& status, gateway::WallTime now) {
    if (!listens(status.state) || status.addresses.empty()) {
        return tr("not listening");
    }
    QString text = QString::fromStdString(status.addresses.front());
    if (status.addresses.size() > 1) {
        text += QStringLiteral(" +%1").arg(status.addresses.size() - 1);
    }
    if (status.runningSince) {
        const auto up = std::chrono::duration_cast<std::chrono::seconds>(now - *status.runningSince);
        text += tr(" · up %1").arg(durationText(up));
    }
    return text;
}

QString revisionText(const GatewayStatus& status) {
    if (status.savedRevision == 0) {
        return tr("Nothing saved yet");
    }
    if (!listens(status.state)) {
        return tr("Saved r%1").arg(status.savedRevision);
    }
    return tr("Saved r%1 · live r%2").arg(status.savedRevision).arg(status.liveRevision);
}

bool isBehind(const GatewayStatus& status) {
    return status.state == GatewayState::Running && status.liveRevision != status.savedRevision;
}

std::optional<BannerText> bannerText(const GatewayStatus& status) {
    const QString message = QString::fromStdString(status.message);
    if (status.state == GatewayState::Failed) {
        return BannerText{tr("The gateway does not run"),
                          message.isEmpty() ? tr("Start it again to see why.") : message, true};
    }
    // A revision that is being swapped in is behind for a moment, without a reason; only a reason is news.
    if (isBehind(status) && !message.isEmpty()) {
        return BannerText{tr("Revision %1 is saved, but revision %2 is live")
                              .arg(status.savedRevision)
                              .arg(status.liveRevision),
                          message, false};
    }
    if (!message.isEmpty()) {
        return BannerText{tr("The gateway has something to say"), message, false};
    }
    return std::nullopt;
}

QString rejectionText(const gateway::service::Rejection& rejection) {
    QString text = QString::fromStdString(rejection.error.message);
    constexpr std::size_t problemsShownMax = 3;
    for (std::size_t i = 0; i < std::min(problemsShownMax, rejection.problems.size()); ++i) {
        const auto& problem = rejection.problems[i];
        text += QStringLiteral("\n%1: %2")
                    .arg(QString::fromStdString(problem.path), QString::fromStdString(problem.message));
    }
    if (rejection.problems.size() > problemsShownMax) {
        text += tr("\nand %1 more").arg(rejection.problems.size() - problemsShownMax);
    }
    return text.trimmed();
}

} // namespace ui
