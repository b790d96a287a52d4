#include "ui/editors/input_text.h"

#include "gateway/model/scalars.h"

#include <QDateTime>
#include <QRegularExpression>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace ui {
namespace {

tl::unexpected<QString> refuse(const QString& sentence) {
    return tl::unexpected<QString>(sentence);
}

struct Amount {
    double number = 0;
    QString unit;
};

std::optional<Amount> amountOf(const QString& text) {
    static const QRegularExpression form(QStringLiteral(R"(^\s*(\d+(?:\.\d+)?)\s*([A-Za-zµ]*)\s*$)"));
    const QRegularExpressionMatch match = form.match(text);
    if (!match.hasMatch()) {
        return std::nullopt;
    }
    return Amount{match.captured(1).toDouble(), match.captured(2)};
}

QString durationHint() {
    return QStringLiteral("Write a time with its unit, such as 250ms, 5s or 2m");
}

QString bytesHint() {
    return QStringLiteral("Write a size such as 32KiB, 10MiB or 4096");
}

} // namespace

Parsed<std::chrono::milliseconds> parseDuration(const QString& text) {
    const auto amount = amountOf(text);
    if (!amount || amount->unit.isEmpty()) {
        return refuse(durationHint());
    }
    double factor = 0;
    if (amount->unit == u"ms") {
        factor = 1;
    } else if (amount->unit == u"s") {
        factor = 1000;
    } else if (amount->unit == u"m" || amount->unit == u"min") {
        factor = 60'000;
    } else if (amount->unit == u"h") {
        factor = 3'600'000;
    } else {
        return refuse(durationHint());
    }
    constexpr double most = 1e15; // ms that a number of ours holds; the model knows the bounds
    return std::chrono::milliseconds(std::llround(std::min(amount->number * factor, most)));
}

QString durationInputText(std::chrono::milliseconds duration) {
    const qint64 ms = duration.count();
    if (ms > 0 && ms % 3'600'000 == 0) {
        return QStringLiteral("%1h").arg(ms / 3'600'000);
    }
    if (ms > 0 && ms % 60'000 == 0) {
        return QStringLiteral("%1m").arg(ms / 60'000);
    }
    return ms > 0 && ms % 1000 == 0 ? QStringLiteral("%1s").arg(ms / 1000) : QStringLiteral("%1ms").arg(ms);
}

Parsed<std::chrono::milliseconds> parseOptionalDuration(const QString& text) {
    const QString trimmed = text.trimmed();
    if (trimmed.isEmpty() || trimmed == u"0" || trimmed == u"0s" || trimmed == u"0ms") {
        return std::chrono::milliseconds(0);
    }
    return parseDuration(trimmed);
}

QString optionalDurationText(std::chrono::milliseconds duration) {
    return duration.count() == 0 ? QString() : durationInputText(duration);
}

Parsed<std::uint64_t> parseBytes(const QString& text) {
    const auto amount = amountOf(text);
    if (!amount) {
        return refuse(bytesHint());
    }
    const QString unit = amount->unit.toLower();
    double factor = 0;
    if (unit.isEmpty() || unit == u"b") {
        factor = 1;
    } else if (unit == u"kib") {
        factor = 1024;
    } else if (unit == u"mib") {
        factor = 1024.0 * 1024;
    } else if (unit == u"gib") {
        factor = 1024.0 * 1024 * 1024;
    } else {
        return refuse(bytesHint());
    }
    constexpr double most = 1e18; // bytes that a number of ours holds; the model knows the bounds
    return static_cast<std::uint64_t>(std::llround(std::min(amount->number * factor, most)));
}

QString bytesText(std::uint64_t bytes) {
    static constexpr std::array<const char*, 3> units = {"GiB", "MiB", "KiB"};
    std::uint64_t factor = 1024ULL * 1024 * 1024;
    for (const char* unit : units) {
        if (bytes >= factor && bytes % factor == 0) {
            return QStringLiteral("%1%2").arg(bytes / factor).arg(QLatin1String(unit));
        }
        factor /= 1024;
    }
    return QString::number(bytes);
}

Parsed<std::uint64_t> parseOptionalByteRate(const QString& text) {
    QString size = text.trimmed();
    if (size.endsWith(QStringLiteral("/s"))) {
        size = size.chopped(2).trimmed();
    }
    if (size.isEmpty() || size == u"0") {
        return std::uint64_t(0);
    }
    const auto bytes = parseBytes(size);
    return bytes ? bytes : refuse(QStringLiteral("Write a size a second such as 1KiB/s, or leave it empty"));
}

QString optionalByteRateText(std::uint64_t bytesPerSecond) {
    return bytesPerSecond == 0 ? QString() : bytesText(bytesPerSecond) + QStringLiteral("/s");
}

Parsed<std::int64_t> parseNumber(const QString& text, std::int64_t least, std::int64_t most) {
    QString digits = text.trimmed();
    digits.remove(u',');
    digits.remove(u' ');
    bool ok = false;
    const qint64 number = digits.toLongLong(&ok);
    if (!ok) {
        return refuse(QStringLiteral("Write a whole number"));
    }
    if (number < least || number > most) {
        return refuse(QStringLiteral("Must be between %1 and %2").arg(least).arg(most));
    }
    return number;
}

Parsed<std::uint32_t> parseCount(const QString& text) {
    const auto number = parseNumber(text, 0, std::numeric_limits<std::int64_t>::max());
    if (!number) {
        return refuse(QStringLiteral("Write a whole number"));
    }
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::min(*number, most));
}

Parsed<std::uint32_t> parseOptionalCount(const QString& text) {
    return text.trimmed().isEmpty() ? std::uint32_t(0) : parseCount(text);
}

QString optionalNumberText(std::int64_t number) {
    return number == 0 ? QString() : QString::number(number);
}

Parsed<std::uint32_t> parsePercent(const QString& text) {
    QString digits = text.trimmed();
    if (digits.endsWith(u'%')) {
        digits.chop(1);
    }
    const auto number = parseCount(digits);
    return number ? number : refuse(QStringLiteral("Write a percentage such as 50%"));
}

QString percentInputText(std::uint32_t percent) {
    return QStringLiteral("%1%").arg(percent);
}

Parsed<std::uint16_t> parsePort(const QString& text) {
    const auto number = parseNumber(text, 1, 65'535);
    if (!number) {
        return refuse(QStringLiteral("A port is a number from 1 to 65535"));
    }
    return static_cast<std::uint16_t>(*number);
}

Parsed<HostPort> parseHostPort(const QString& text) {
    const QString trimmed = text.trimmed();
    static const QRegularExpression form(
        QStringLiteral(R"(^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d+)$)"));
    const QRegularExpressionMatch match = form.match(trimmed);
    if (!match.hasMatch()) {
        if (trimmed.contains(QStringLiteral("://"))) {
            return refuse(QStringLiteral("Leave out the scheme: host:port, such as 127.0.0.1:9001"));
        }
        return refuse(trimmed.isEmpty() ? QStringLiteral("A target needs an address: host:port")
                                        : QStringLiteral("Write host:port, such as 127.0.0.1:9001"));
    }
    const auto port = parsePort(match.captured(3));
    if (!port) {
        return refuse(port.error());
    }
    const QString host = match.captured(1).isEmpty() ? match.captured(2) : match.captured(1);
    return HostPort{host.toStdString(), *port};
}

Parsed<HostPort> parseTargetAddress(const QString& text) {
    const QString trimmed = text.trimmed();
    if (!trimmed.startsWith(QStringLiteral("unix:"))) {
        return parseHostPort(text);
    }
    if (!trimmed.startsWith(QStringLiteral("unix:/"))) {
        return refuse(QStringLiteral("A Unix socket is written unix:/path, such as unix:/run/orders.sock"));
    }
    return HostPort{trimmed.toStdString(), 0};
}

QString hostPortText(const std::string& host, std::uint16_t port) {
    return QString::fromStdString(gateway::model::formatHostPort({host, port}));
}

std::vector<std::string> parseList(const QString& text) {
    static const QRegularExpression separators(QStringLiteral(R"([,\s]+)"));
    std::vector<std::string> items;
    for (const QString& item : text.split(separators, Qt::SkipEmptyParts)) {
        items.push_back(item.toStdString());
    }
    return items;
}

QString listText(const std::vector<std::string>& items) {
    QStringList texts;
    for (const std::string& item : items) {
        texts.push_back(QString::fromStdString(item));
    }
    return texts.join(QStringLiteral(", "));
}

Parsed<std::map<std::string, std::string>> parseAttributes(const QString& text) {
    std::map<std::string, std::string> attributes;
    for (const QString& line : text.split(u'\n', Qt::SkipEmptyParts)) {
        if (line.trimmed().isEmpty()) {
            continue;
        }
        const qsizetype equals = line.indexOf(u'=');
        const QString name = line.left(equals).trimmed();
        if (equals < 0 || name.isEmpty()) {
            return refuse(QStringLiteral("Write one name=value a line; “%1” is not").arg(line.trimmed()));
        }
        const bool added =
            attributes.emplace(name.toStdString(), line.mid(equals + 1).trimmed().toStdString()).second;
        if (!added) {
            return refuse(QStringLiteral("“%1” is there twice").arg(name));
        }
    }
    return attributes;
}

Parsed<std::optional<gateway::WallTime>> parseExpiry(const QString& text, gateway::WallTime now) {
    if (text.trimmed().isEmpty()) {
        return std::optional<gateway::WallTime>();
    }
    const QDate date = QDate::fromString(text.trimmed(), QStringLiteral("yyyy-MM-dd"));
    if (!date.isValid()) {
        return refuse(QStringLiteral("Write a day as 2027-01-31, or leave it empty for a key that stays"));
    }
    const QDateTime start(date, QTime(0, 0), Qt::UTC);
    const gateway::WallTime expires{std::chrono::milliseconds(start.toMSecsSinceEpoch())};
    if (expires <= now) {
        return refuse(QStringLiteral("That day has already begun; the key would never work"));
    }
    return std::optional<gateway::WallTime>(expires);
}

QList<QStringList> rowsOf(const QString& text, int cells) {
    QList<QStringList> rows;
    if (text.isEmpty()) {
        return rows;
    }
    for (const QString& line : text.split(u'\n')) {
        QStringList row = line.split(u'\t');
        while (row.size() < cells) {
            row.push_back(QString());
        }
        rows.push_back(row);
    }
    return rows;
}

QString rowsText(const QList<QStringList>& rows) {
    QStringList lines;
    for (const QStringList& row : rows) {
        lines.push_back(row.join(u'\t'));
    }
    return lines.join(u'\n');
}

} // namespace ui
