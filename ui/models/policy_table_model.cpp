#include "ui/models/policy_table_model.h"

#include "ui/access_text.h"
#include "ui/models/table_text.h"

#include <utility>

namespace ui {

using gateway::model::Policy;

namespace {

constexpr qsizetype usersShown = 2;

std::vector<TableColumn> policyColumns() {
    return {
        {QStringLiteral("name"), QStringLiteral("Name"), false, false, 150},
        {QStringLiteral("rules"), QStringLiteral("Rules"), false, false, 170},
        {QStringLiteral("callers"), QStringLiteral("Callers show"), false, false, 190, 700},
        {QStringLiteral("asks"), QStringLiteral("Callers have"), false, false, 200, 820},
        {QStringLiteral("usedBy"), QStringLiteral("Used by"), false, false, 220},
    };
}

} // namespace

PolicyTableModel::PolicyTableModel(QObject* parent)
    : IndexedTableModel(policyColumns(), parent) {}

void PolicyTableModel::setConfig(gateway::service::PublishedConfigPointer config) {
    replaceItems([&] {
        m_config = std::move(config);
        m_usedBy.clear();
        for (const Policy& each : m_config->config.policies) {
            m_usedBy.push_back(policyUsers(m_config->config, each));
        }
    });
}

int PolicyTableModel::itemCount() const {
    return m_config ? static_cast<int>(m_config->config.policies.size()) : 0;
}

quint64 PolicyTableModel::itemId(int item) const {
    return policy(item).id.value;
}

QVariant PolicyTableModel::itemData(int item, int column, int role) const {
    if (role == Qt::ToolTipRole) {
        return column == UsedBy ? m_usedBy[item].mid(0, 30).join(u'\n') : text(item, column);
    }
    return role == Qt::DisplayRole || role == SortRole ? QVariant(text(item, column)) : QVariant();
}

QString PolicyTableModel::text(int item, int column) const {
    const Policy& of = policy(item);
    switch (column) {
    case Name:
        return toQString(of.name);
    case Rules: {
        const QStringList rules = policyRules(of);
        return rules.isEmpty() ? noValue() : rules.join(QStringLiteral(", "));
    }
    case Callers:
        return of.authenticate ? authenticateText(*of.authenticate) : noValue();
    case Asks:
        return of.authorize && !of.authorize->isEmpty() ? authorizeText(*of.authorize) : noValue();
    case UsedBy: {
        const QStringList& users = m_usedBy[item];
        if (users.isEmpty()) {
            return QStringLiteral("Nobody");
        }
        const QString shown = users.mid(0, usersShown).join(QStringLiteral(", "));
        return users.size() > usersShown
                   ? QStringLiteral("%1 and %2 more").arg(shown, countText(users.size() - usersShown))
                   : shown;
    }
    default:
        return {};
    }
}

void PolicyTableModel::appendSearchText(int item, std::string& text) const {
    for (const int column : {Name, Rules, Callers, Asks, UsedBy}) {
        text += this->text(item, column).toStdString() + ' ';
    }
}

const Policy& PolicyTableModel::policy(int item) const {
    return m_config->config.policies[static_cast<std::size_t>(item)];
}

} // namespace ui
