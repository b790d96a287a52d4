#include "ui/models/revocation_table_model.h"

#include "ui/models/table_text.h"

#include <utility>

namespace ui {

using gateway::model::Revocation;

namespace {

std::vector<TableColumn> revocationColumns() {
    return {
        {QStringLiteral("what"), QStringLiteral("What"), false, false, 220},
        {QStringLiteral("provider"), QStringLiteral("Of"), false, false, 110},
        {QStringLiteral("before"), QStringLiteral("Issued before"), false, false, 164},
        {QStringLiteral("reason"), QStringLiteral("Reason"), false, false, 150},
        {QStringLiteral("author"), QStringLiteral("By"), false, false, 90},
        {QStringLiteral("created"), QStringLiteral("Since"), false, false, 164},
    };
}

} // namespace

QString revokedText(const Revocation& revocation, const gateway::model::Config& config) {
    switch (revocation.kind) {
    case Revocation::Kind::Consumer: {
        const auto* consumer = config.consumers.findById(revocation.consumer);
        return consumer != nullptr ? QStringLiteral("Consumer %1").arg(toQString(consumer->name))
                                   : QStringLiteral("A consumer that is gone");
    }
    case Revocation::Kind::TokenId:
        return QStringLiteral("Token %1").arg(toQString(revocation.value));
    case Revocation::Kind::Subject:
        return QStringLiteral("Subject %1").arg(toQString(revocation.value));
    case Revocation::Kind::Before:
        return revocation.provider ? QStringLiteral("All its tokens") : QStringLiteral("All tokens and keys");
    }
    return {};
}

RevocationTableModel::RevocationTableModel(QObject* parent)
    : IndexedTableModel(revocationColumns(), parent) {}

void RevocationTableModel::setRevocations(std::vector<Revocation> revocations,
                                          gateway::service::PublishedConfigPointer config) {
    replaceItems([&] {
        m_revocations = std::move(revocations);
        m_config = std::move(config);
    });
}

int RevocationTableModel::itemCount() const {
    return static_cast<int>(m_revocations.size());
}

const Revocation* RevocationTableModel::revocationAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? nullptr : &m_revocations[static_cast<std::size_t>(item)];
}

quint64 RevocationTableModel::itemId(int item) const {
    return m_revocations[static_cast<std::size_t>(item)].id.value;
}

QVariant RevocationTableModel::itemData(int item, int column, int role) const {
    const Revocation& of = m_revocations[static_cast<std::size_t>(item)];
    if (role == SortRole && (column == Before || column == Created)) {
        const gateway::WallTime time = column == Before ? of.before : of.created;
        return static_cast<double>(time.time_since_epoch().count());
    }
    if (role == Qt::DisplayRole || role == SortRole || role == Qt::ToolTipRole) {
        return text(of, column);
    }
    return {};
}

QString RevocationTableModel::text(const Revocation& of, int column) const {
    static const gateway::model::Config nothing;
    const gateway::model::Config& config = m_config ? m_config->config : nothing;
    switch (column) {
    case What:
        return revokedText(of, config);
    case Provider: {
        if (of.kind == Revocation::Kind::Consumer) {
            return noValue();
        }
        const auto* provider = config.identityProviders.findById(of.provider);
        return provider != nullptr ? toQString(provider->name) : QStringLiteral("Any issuer");
    }
    case Before:
        return of.kind == Revocation::Kind::Subject || of.kind == Revocation::Kind::Before
                   ? timeText(of.before)
                   : noValue();
    case Reason:
        return of.reason.empty() ? noValue() : toQString(of.reason);
    case Author:
        return toQString(of.author);
    case Created:
        return timeText(of.created);
    default:
        return {};
    }
}

void RevocationTableModel::appendSearchText(int item, std::string& text) const {
    for (const int column : {What, Provider, Reason, Author}) {
        text += this->text(m_revocations[static_cast<std::size_t>(item)], column).toStdString() + ' ';
    }
}

} // namespace ui
