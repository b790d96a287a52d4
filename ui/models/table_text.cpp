#include "ui/models/table_text.h"

#include <QDateTime>
#include <QLocale>

namespace ui {
namespace {

// The console's words are English, and so are its numbers: "1,000" next to "5 requests" must not change
// meaning with the machine's locale.
const QLocale& english() {
    static const QLocale locale(QLocale::English, QLocale::UnitedKingdom);
    return locale;
}

QDateTime localTime(gateway::WallTime time) {
    const auto sinceEpoch = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
    return QDateTime::fromMSecsSinceEpoch(sinceEpoch.count());
}

} // namespace

QString noValue() {
    return QStringLiteral("–");
}

QString toQString(const std::string& text) {
    return QString::fromStdString(text);
}

QString joined(const std::vector<std::string>& items, const QString& separator) {
    QString text;
    for (const std::string& item : items) {
        if (!text.isEmpty()) {
            text += separator;
        }
        text += QString::fromStdString(item);
    }
    return text;
}

QString countText(qint64 count) {
    return english().toString(count);
}

QString countText(qint64 count, const QString& one, const QString& many) {
    return QStringLiteral("%1 %2").arg(countText(count), count == 1 ? one : many);
}

QString timeText(gateway::WallTime time) {
    return english().toString(localTime(time), QStringLiteral("d MMM yyyy, HH:mm"));
}

QString dateText(gateway::WallTime time) {
    return english().toString(localTime(time), QStringLiteral("d MMM yyyy"));
}

QString agoText(gateway::WallTime time, gateway::WallTime now) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - time).count();
    if (seconds < 60) {
        return QStringLiteral("just now");
    }
    if (seconds < 3600) {
        return QStringLiteral("%1 min ago").arg(seconds / 60);
    }
    if (seconds < 24 * 3600) {
        return QStringLiteral("%1 h ago").arg(seconds / 3600);
    }
    return dateText(time);
}

QString consumerKindText(gateway::model::ConsumerKind kind) {
    switch (kind) {
    case gateway::model::ConsumerKind::App:
        return QStringLiteral("App");
    case gateway::model::ConsumerKind::User:
        return QStringLiteral("User");
    case gateway::model::ConsumerKind::Agent:
        return QStringLiteral("Agent");
    }
    return {};
}

} // namespace ui
