#include "ui/models/access_table_model.h"

#include "ui/models/table_text.h"
#include "ui/widgets/table_delegates.h"

#include <algorithm>
#include <utility>

namespace ui {

using gateway::service::AccessLine;

namespace {

std::vector<TableColumn> accessColumns(AccessTableModel::About about) {
    const bool isAboutRoutes = about == AccessTableModel::About::Routes;
    return {
        {QStringLiteral("subject"), isAboutRoutes ? QStringLiteral("Route") : QStringLiteral("Consumer"),
         false, false, 170},
        {QStringLiteral("verdict"), QStringLiteral("May call"), false, false, 120},
        {QStringLiteral("credential"), QStringLiteral("By"), false, false, 180, 560},
        {QStringLiteral("why"), QStringLiteral("Why"), false, false, 260},
    };
}

QString verdictText(AccessLine::Verdict verdict) {
    switch (verdict) {
    case AccessLine::Verdict::Allowed:
        return QStringLiteral("Yes");
    case AccessLine::Verdict::Conditional:
        return QStringLiteral("It depends");
    case AccessLine::Verdict::Denied:
        break;
    }
    return QStringLiteral("No");
}

Tone verdictTone(AccessLine::Verdict verdict) {
    switch (verdict) {
    case AccessLine::Verdict::Allowed:
        return Tone::Ok;
    case AccessLine::Verdict::Conditional:
        return Tone::Warn;
    case AccessLine::Verdict::Denied:
        break;
    }
    return Tone::Bad;
}

} // namespace

AccessTableModel::AccessTableModel(About about, QObject* parent)
    : IndexedTableModel(accessColumns(about), parent)
    , m_about(about) {}

void AccessTableModel::setLines(std::vector<AccessLine> lines) {
    replaceItems([&] { m_lines = std::move(lines); });
}

void AccessTableModel::setShow(std::optional<AccessVerdict> verdict) {
    if (m_show != verdict) {
        m_show = verdict;
        refreshRows();
    }
}

int AccessTableModel::itemCount() const {
    return static_cast<int>(m_lines.size());
}

const AccessLine* AccessTableModel::lineAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? nullptr : &m_lines[static_cast<std::size_t>(item)];
}

int AccessTableModel::countOf(AccessVerdict verdict) const {
    return static_cast<int>(std::count_if(m_lines.begin(), m_lines.end(), [verdict](const AccessLine& line) {
        return line.verdict == verdict;
    }));
}

quint64 AccessTableModel::itemId(int item) const {
    return static_cast<quint64>(item) + 1;
}

QVariant AccessTableModel::itemData(int item, int column, int role) const {
    const AccessLine& line = m_lines[static_cast<std::size_t>(item)];
    if (role == ToneRole && column == Verdict) {
        return static_cast<int>(verdictTone(line.verdict));
    }
    if (role == Qt::ToolTipRole) {
        return column == Why ? joined(line.why, QStringLiteral("\n")) : text(line, column);
    }
    return role == Qt::DisplayRole || role == SortRole ? QVariant(text(line, column)) : QVariant();
}

QString AccessTableModel::text(const AccessLine& line, int column) const {
    switch (column) {
    case Subject:
        if (m_about == About::Routes) {
            return toQString(line.route);
        }
        return line.consumer.empty() ? QStringLiteral("Anyone") : toQString(line.consumer);
    case Verdict:
        return verdictText(line.verdict);
    case Credential:
        return line.credential.empty() ? noValue() : toQString(line.credential);
    case Why:
        return joined(line.why, QStringLiteral("; "));
    default:
        return {};
    }
}

void AccessTableModel::appendSearchText(int item, std::string& text) const {
    for (const int column : {Subject, Verdict, Credential, Why}) {
        text += this->text(m_lines[static_cast<std::size_t>(item)], column).toStdString() + ' ';
    }
}

bool AccessTableModel::itemAccepted(int item) const {
    return !m_show || m_lines[static_cast<std::size_t>(item)].verdict == *m_show;
}

} // namespace ui
