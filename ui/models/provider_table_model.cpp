#include "ui/models/provider_table_model.h"

#include "ui/access_text.h"
#include "ui/models/table_text.h"
#include "ui/widgets/table_delegates.h"

#include <algorithm>
#include <utility>

namespace ui {

using gateway::auth::ProviderReport;
using gateway::model::IdentityProvider;

namespace {

std::vector<TableColumn> providerColumns() {
    return {
        {QStringLiteral("name"), QStringLiteral("Name"), false, false, 130},
        {QStringLiteral("issuer"), QStringLiteral("Issuer"), false, false, 240},
        {QStringLiteral("state"), QStringLiteral("Keys"), false, false, 150},
        {QStringLiteral("keys"), QStringLiteral("How many"), true, false, 96, 640},
        {QStringLiteral("fetched"), QStringLiteral("Fetched"), false, false, 120, 700},
        {QStringLiteral("algorithms"), QStringLiteral("Algorithms"), false, false, 150, 820},
        {QStringLiteral("usedBy"), QStringLiteral("Used by"), false, false, 160, 900},
    };
}

} // namespace

std::pair<QString, Tone> providerState(const ProviderReport* report) {
    if (report == nullptr) {
        return {QStringLiteral("Not asked yet"), Tone::Neutral};
    }
    const bool hasKeys = !report->keys.empty() || report->keysFrom == "secret";
    if (!report->problem.empty()) {
        return hasKeys ? std::pair(QStringLiteral("Last ones kept"), Tone::Warn)
                       : std::pair(QStringLiteral("Not to be had"), Tone::Bad);
    }
    if (report->isAsking && !hasKeys) {
        return {QStringLiteral("Fetching"), Tone::Neutral};
    }
    return hasKeys ? std::pair(QStringLiteral("Ready"), Tone::Ok)
                   : std::pair(QStringLiteral("None yet"), Tone::Neutral);
}

ProviderTableModel::ProviderTableModel(QObject* parent)
    : IndexedTableModel(providerColumns(), parent) {}

void ProviderTableModel::setConfig(gateway::service::PublishedConfigPointer config) {
    replaceItems([&] {
        m_config = std::move(config);
        m_usedBy.clear();
        for (const IdentityProvider& each : m_config->config.identityProviders) {
            const QStringList users = providerUsers(m_config->config, each.name);
            m_usedBy.push_back(users.isEmpty() ? noValue() : users.join(QStringLiteral(", ")));
        }
    });
}

void ProviderTableModel::setReports(std::vector<ProviderReport> reports, gateway::WallTime now) {
    replaceItems([&] {
        m_reports = std::move(reports);
        m_now = now;
    });
}

int ProviderTableModel::itemCount() const {
    return m_config ? static_cast<int>(m_config->config.identityProviders.size()) : 0;
}

const IdentityProvider* ProviderTableModel::providerAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? nullptr : &provider(item);
}

const ProviderReport* ProviderTableModel::reportOf(gateway::model::IdentityProviderId id) const {
    const auto at = std::find_if(m_reports.begin(), m_reports.end(),
                                 [id](const ProviderReport& report) { return report.id == id; });
    return at != m_reports.end() ? &*at : nullptr;
}

quint64 ProviderTableModel::itemId(int item) const {
    return provider(item).id.value;
}

QVariant ProviderTableModel::itemData(int item, int column, int role) const {
    const ProviderReport* report = reportOf(provider(item).id);
    if (role == ToneRole && column == State) {
        return static_cast<int>(providerState(report).second);
    }
    if (role == Qt::ToolTipRole) {
        return column == State && report != nullptr && !report->problem.empty() ? toQString(report->problem)
                                                                                : text(item, column);
    }
    if (role == SortRole && column == Keys) {
        return report != nullptr ? static_cast<double>(report->keys.size()) : -1.0;
    }
    if (role == SortRole && column == Fetched) {
        return report != nullptr && report->fetchedAt
                   ? static_cast<double>(report->fetchedAt->time_since_epoch().count())
                   : 0.0;
    }
    return role == Qt::DisplayRole || role == SortRole ? QVariant(text(item, column)) : QVariant();
}

QString ProviderTableModel::text(int item, int column) const {
    const IdentityProvider& of = provider(item);
    const ProviderReport* report = reportOf(of.id);
    switch (column) {
    case Name:
        return toQString(of.name);
    case Issuer:
        return toQString(of.issuer);
    case State:
        return providerState(report).first;
    case Keys:
        return report == nullptr ? noValue() : countText(static_cast<qint64>(report->keys.size()));
    case Fetched:
        return report != nullptr && report->fetchedAt ? agoText(*report->fetchedAt, m_now) : noValue();
    case Algorithms:
        return of.algorithms.empty() ? noValue() : joined(of.algorithms, QStringLiteral(", "));
    case UsedBy:
        return m_usedBy[item];
    default:
        return {};
    }
}

void ProviderTableModel::appendSearchText(int item, std::string& text) const {
    for (const int column : {Name, Issuer, Algorithms, UsedBy}) {
        text += this->text(item, column).toStdString() + ' ';
    }
}

const IdentityProvider& ProviderTableModel::provider(int item) const {
    return m_config->config.identityProviders[static_cast<std::size_t>(item)];
}

} // namespace ui
