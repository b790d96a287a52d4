#include "ui/editors/json_diff.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMap>

namespace ui {
namespace {

using Leaves = QMap<QString, QString>;

QString leafText(const QJsonValue& value) {
    if (value.isString()) {
        return value.toString();
    }
    if (value.isBool()) {
        return value.toBool() ? QStringLiteral("yes") : QStringLiteral("no");
    }
    if (value.isDouble()) {
        return QString::number(value.toDouble(), 'g', 15);
    }
    return QStringLiteral("nothing");
}

bool isPlain(const QJsonArray& array) {
    for (const QJsonValue& value : array) {
        if (value.isObject() || value.isArray()) {
            return false;
        }
    }
    return true;
}

void collect(const QJsonValue& value, const QString& path, Leaves& leaves) {
    if (value.isObject()) {
        const QJsonObject object = value.toObject();
        for (auto at = object.begin(); at != object.end(); ++at) {
            collect(at.value(), path.isEmpty() ? at.key() : path + u'.' + at.key(), leaves);
        }
    } else if (value.isArray() && !isPlain(value.toArray())) {
        const QJsonArray array = value.toArray();
        for (qsizetype i = 0; i < array.size(); ++i) {
            collect(array.at(i), QStringLiteral("%1[%2]").arg(path).arg(i), leaves);
        }
    } else if (value.isArray()) {
        // A list of words is read as a whole: "GET, POST", not one line a word.
        QStringList items;
        for (const QJsonValue& item : value.toArray()) {
            items.push_back(leafText(item));
        }
        leaves.insert(path, items.join(QStringLiteral(", ")));
    } else {
        leaves.insert(path, leafText(value));
    }
}

Leaves leavesOf(const std::string& json) {
    Leaves leaves;
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(json));
    if (document.isObject()) {
        collect(document.object(), QString(), leaves);
    }
    return leaves;
}

} // namespace

QList<FieldChange> jsonDiff(const std::string& before, const std::string& after) {
    const Leaves old = leavesOf(before);
    const Leaves now = leavesOf(after);
    QMap<QString, FieldChange> changes;
    for (auto at = old.cbegin(); at != old.cend(); ++at) {
        if (now.value(at.key()) != at.value()) {
            changes.insert(at.key(), {at.key(), at.value(), now.value(at.key())});
        }
    }
    for (auto at = now.cbegin(); at != now.cend(); ++at) {
        if (!old.contains(at.key())) {
            changes.insert(at.key(), {at.key(), QString(), at.value()});
        }
    }
    return changes.values();
}

QString changeLine(const FieldChange& change, bool bothSides) {
    if (!bothSides) {
        return QStringLiteral("%1: %2").arg(change.field,
                                            change.after.isEmpty() ? change.before : change.after);
    }
    const auto side = [](const QString& value) {
        return value.isEmpty() ? QStringLiteral("(default)") : value;
    };
    return QStringLiteral("%1: %2 → %3").arg(change.field, side(change.before), side(change.after));
}

} // namespace ui
