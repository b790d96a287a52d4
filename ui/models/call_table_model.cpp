#include "ui/models/call_table_model.h"

#include "ui/models/table_text.h"
#include "ui/number_text.h"
#include "ui/theme.h"
#include "ui/widgets/table_delegates.h"

#include <QDateTime>
#include <iterator>
#include <utility>

namespace ui {

using gateway::metrics::CallRecord;

namespace {

constexpr int clientError = 400;
constexpr int serverError = 500;

std::vector<TableColumn> callColumns() {
    return {
        {QStringLiteral("time"), QStringLiteral("Time"), false, false, 138},
        {QStringLiteral("status"), QStringLiteral("Status"), false, false, 84},
        {QStringLiteral("method"), QStringLiteral("Method"), false, false, 88},
        {QStringLiteral("path"), QStringLiteral("Path"), false, false, 200},
        {QStringLiteral("route"), QStringLiteral("Route"), false, false, 110, 620},
        {QStringLiteral("target"), QStringLiteral("Target"), false, false, 130, 900},
        {QStringLiteral("duration"), QStringLiteral("Took"), true, false, 78, 560},
        {QStringLiteral("credential"), QStringLiteral("By"), false, false, 96, 780},
        {QStringLiteral("client"), QStringLiteral("From"), false, false, 110, 860},
        {QStringLiteral("code"), QStringLiteral("Refused because"), false, false, 130, 980},
    };
}

Tone statusTone(int status) {
    return status == 0 || status >= serverError ? Tone::Bad : status >= clientError ? Tone::Warn : Tone::Ok;
}

} // namespace

CallTableModel::CallTableModel(QObject* parent)
    : IndexedTableModel(callColumns(), parent) {}

void CallTableModel::setCalls(std::vector<CallRecord> calls) {
    replaceItems([&] { m_calls = std::move(calls); });
}

void CallTableModel::append(std::vector<CallRecord> older) {
    replaceItems([&] {
        m_calls.insert(m_calls.end(), std::make_move_iterator(older.begin()),
                       std::make_move_iterator(older.end()));
    });
}

int CallTableModel::itemCount() const {
    return static_cast<int>(m_calls.size());
}

const CallRecord* CallTableModel::callAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? nullptr : &m_calls[static_cast<std::size_t>(item)];
}

quint64 CallTableModel::oldestId() const {
    return m_calls.empty() ? 0 : m_calls.back().id;
}

quint64 CallTableModel::itemId(int item) const {
    return m_calls[static_cast<std::size_t>(item)].id;
}

QVariant CallTableModel::itemData(int item, int column, int role) const {
    const CallRecord& call = m_calls[static_cast<std::size_t>(item)];
    if (role == ToneRole && column == Status) {
        return static_cast<int>(statusTone(call.status));
    }
    if (role == SortRole && column == Time) {
        return static_cast<double>(call.timeMicros);
    }
    if (role == SortRole && column == Duration) {
        return static_cast<double>(call.durationMicros);
    }
    if (role == Qt::ToolTipRole) {
        return column == Time ? QStringLiteral("Request %1").arg(toQString(call.requestId))
                              : text(call, column);
    }
    return role == Qt::DisplayRole || role == SortRole ? QVariant(text(call, column)) : QVariant();
}

QString CallTableModel::text(const CallRecord& call, int column) const {
    const auto orNothing = [](const std::string& value) {
        return value.empty() ? noValue() : toQString(value);
    };
    switch (column) {
    case Time:
        return QDateTime::fromMSecsSinceEpoch(call.timeMicros / 1000)
            .toString(QStringLiteral("d MMM hh:mm:ss"));
    case Status:
        return call.status == 0 ? QStringLiteral("Left") : QString::number(call.status);
    case Method:
        return toQString(call.method);
    case Path:
        return toQString(call.path);
    case Route:
        return orNothing(call.route);
    case Target:
        return orNothing(call.target);
    case Duration:
        return latencyText(static_cast<double>(call.durationMicros) / 1000);
    case Credential:
        return orNothing(call.credential);
    case Client:
        return orNothing(call.client);
    case Code:
        return orNothing(call.code);
    default:
        return {};
    }
}

void CallTableModel::appendSearchText(int item, std::string& text) const {
    const CallRecord& call = m_calls[static_cast<std::size_t>(item)];
    for (const int column : {Status, Method, Path, Route, Target, Credential, Client, Code}) {
        text += this->text(call, column).toStdString() + ' ';
    }
    text += call.requestId + ' ' + call.host;
}

} // namespace ui
