#include "ui/number_text.h"

#include <QCoreApplication>
#include <cmath>

namespace ui {

namespace {

QString fixed(double value, int decimals) {
    return QString::number(value, 'f', decimals);
}

} // namespace

QString rateText(double perSecond) {
    if (!(perSecond > 0)) {
        return QStringLiteral("0");
    }
    if (perSecond < 9.995) {
        return fixed(perSecond, perSecond < 0.995 ? 2 : 1);
    }
    if (perSecond < 99.95) {
        return fixed(perSecond, 1);
    }
    if (perSecond < 9999.5) {
        return fixed(perSecond, 0);
    }
    return QStringLiteral("%1k").arg(fixed(perSecond / 1000, 1));
}

QString latencyText(double milliseconds) {
    if (milliseconds >= 999.5) {
        return QStringLiteral("%1 s").arg(fixed(milliseconds / 1000, 2));
    }
    const int decimals = milliseconds >= 99.95 ? 0 : (milliseconds >= 0.995 ? 1 : 2);
    return QStringLiteral("%1 ms").arg(fixed(milliseconds, decimals));
}

QString percentText(double ratio) {
    const double percent = ratio * 100;
    if (!(percent > 0)) {
        return QStringLiteral("0 %");
    }
    return QStringLiteral("%1 %").arg(fixed(percent, percent < 9.995 ? 2 : 1));
}

QString durationText(std::chrono::seconds duration) {
    const auto total = static_cast<qint64>(duration.count());
    const qint64 days = total / 86'400;
    const qint64 hours = total / 3'600 % 24;
    const qint64 minutes = total / 60 % 60;
    const QLatin1Char zero('0');
    if (days > 0) {
        return QStringLiteral("%1 d %2:%3").arg(days).arg(hours, 2, 10, zero).arg(minutes, 2, 10, zero);
    }
    if (hours > 0) {
        return QStringLiteral("%1 h %2 min").arg(hours).arg(minutes, 2, 10, zero);
    }
    return minutes > 0 ? QStringLiteral("%1 min").arg(minutes)
                       : QStringLiteral("%1 s").arg(qMax<qint64>(total, 0));
}

QString signedText(double change, int decimals) {
    const QString size = fixed(std::abs(change), decimals);
    // What rounds to nothing has no sign.
    if (size.toDouble() == 0.0) {
        return QStringLiteral("0");
    }
    return (change > 0 ? QLatin1Char('+') : QChar(0x2212)) + size;
}

} // namespace ui
