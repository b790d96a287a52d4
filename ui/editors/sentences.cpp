#include "ui/editors/sentences.h"

#include "gateway/model/path_pattern.h"
#include "ui/models/table_text.h"

#include <QLocale>
#include <QMap>
#include <QRegularExpression>
#include <cmath>

namespace ui {
namespace {

const QRegularExpression& captureForm() {
    static const QRegularExpression form(QStringLiteral(R"(\{([A-Za-z_][A-Za-z0-9_]*)\})"));
    return form;
}

/// The text with each {name} replaced by its sample value.
QString filled(const QString& text, const QMap<QString, QString>& values) {
    QString result = text;
    for (auto at = values.cbegin(); at != values.cend(); ++at) {
        result.replace(QStringLiteral("{%1}").arg(at.key()), at.value());
    }
    return result;
}

QString intervalText(double seconds) {
    const QLocale locale(QLocale::English);
    const auto number = [&](double value) {
        const double rounded = std::round(value * 10) / 10;
        return locale.toString(rounded, 'f', rounded == std::floor(rounded) ? 0 : 1);
    };
    if (seconds < 0.001) {
        return QStringLiteral("%1 µs").arg(number(seconds * 1e6));
    }
    if (seconds < 1) {
        return QStringLiteral("%1 ms").arg(number(seconds * 1e3));
    }
    if (seconds == 1) {
        return QStringLiteral("second");
    }
    if (seconds < 120) {
        return QStringLiteral("%1 s").arg(number(seconds));
    }
    return seconds < 7200 ? QStringLiteral("%1 min").arg(number(seconds / 60))
                          : QStringLiteral("%1 h").arg(number(seconds / 3600));
}

} // namespace

QString pathSentence(const QString& path) {
    if (path.trimmed().isEmpty()) {
        return QStringLiteral(
            "Exact /v1/orders, template /v1/orders/{id}, everything below /v1/*, or a regular "
            "expression ~^/v[12]/x$");
    }
    switch (gateway::model::pathKind(path.trimmed().toStdString())) {
    case gateway::model::PathKind::Exact:
        return QStringLiteral("Exact: this path and no other");
    case gateway::model::PathKind::Template:
        return QStringLiteral("Template: each {name} is one whole segment");
    case gateway::model::PathKind::Prefix:
        return QStringLiteral("Prefix: this path and everything below it");
    case gateway::model::PathKind::Regex:
        return QStringLiteral("Regular expression (RE2), matched against the whole path");
    }
    return {};
}

QString tierSentence(std::uint64_t requests, std::chrono::seconds period, std::uint64_t burst) {
    if (requests == 0 || burst == 0 || period.count() <= 0) {
        return {};
    }
    const double interval = static_cast<double>(period.count()) / static_cast<double>(requests);
    return QStringLiteral("%1 at once, then one every %2")
        .arg(countText(static_cast<qint64>(burst)), intervalText(interval));
}

std::optional<RewriteExample> rewriteExample(const QString& path, const QString& rewrite) {
    const QString trimmed = path.trimmed();
    if (trimmed.isEmpty() || !trimmed.startsWith(u'/')) {
        return std::nullopt;
    }
    QMap<QString, QString> values;
    int sample = 42;
    auto match = captureForm().globalMatch(trimmed);
    while (match.hasNext()) {
        values.insert(match.next().captured(1), QString::number(sample++));
    }
    const bool prefix = trimmed.endsWith(QStringLiteral("/*"));
    const QString rest = QStringLiteral("/a/b");
    const auto withRest = [&](const QString& text) {
        const QString of = filled(text, values);
        return of.endsWith(QStringLiteral("/*")) ? of.chopped(2) + (prefix ? rest : QString()) : of;
    };
    RewriteExample example;
    example.path = withRest(trimmed);
    example.upstreamPath = rewrite.trimmed().isEmpty() ? example.path : withRest(rewrite.trimmed());
    return example;
}

QString limitsSentence(const gateway::model::Config& config, bool requiresKey) {
    if (!requiresKey) {
        return QStringLiteral(
            "Callers of this route need no key, so no tier limits them. Require an API key on "
            "the Security tab to limit each consumer by its tier.");
    }
    if (config.tiers.empty()) {
        return QStringLiteral(
            "Callers are known by their key, but there is no tier yet, so nothing limits them.");
    }
    return QStringLiteral("Each consumer is limited by its own tier, over all routes together:");
}

} // namespace ui
