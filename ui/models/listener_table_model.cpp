#include "ui/models/listener_table_model.h"

#include "ui/editors/input_text.h"
#include "ui/models/table_text.h"
#include "ui/status_text.h"
#include "ui/theme.h"
#include "ui/widgets/table_delegates.h"

#include <algorithm>
#include <utility>

namespace ui {
namespace {

std::vector<TableColumn> listenerColumns() {
    return {
        {QStringLiteral("name"), QStringLiteral("Name"), false, false, 180},
        {QStringLiteral("address"), QStringLiteral("Address"), false, false, 200},
        {QStringLiteral("protocols"), QStringLiteral("Protocols"), false, false, 210, 560},
        {QStringLiteral("keyHeader"), QStringLiteral("Key header"), false, false, 120, 860},
        {QStringLiteral("keyQuery"), QStringLiteral("Key parameter"), false, false, 120, 980},
        {QStringLiteral("body"), QStringLiteral("Largest body"), true, false, 120, 860},
        {QStringLiteral("state"), QStringLiteral("State"), false, true, 120},
    };
}

QString protocolsText(const gateway::model::Listener& listener) {
    QStringList words = {QStringLiteral("HTTP/1.1")};
    if (listener.http2) {
        words.push_back(QStringLiteral("HTTP/2"));
    }
    if (listener.webSocket) {
        words.push_back(QStringLiteral("WebSocket"));
    }
    return words.join(QStringLiteral(" · "));
}

} // namespace

ListenerTableModel::ListenerTableModel(QObject* parent)
    : IndexedTableModel(listenerColumns(), parent) {}

void ListenerTableModel::setConfig(gateway::service::PublishedConfigPointer config) {
    replaceItems([&] { m_config = std::move(config); });
}

void ListenerTableModel::setStatus(const gateway::service::GatewayStatus& status) {
    m_status = status;
    refreshLiveColumns();
}

int ListenerTableModel::itemCount() const {
    return m_config ? static_cast<int>(m_config->config.listeners.size()) : 0;
}

quint64 ListenerTableModel::itemId(int item) const {
    return listener(item).id.value;
}

QVariant ListenerTableModel::itemData(int item, int column, int role) const {
    if (role == ToneRole && column == State) {
        return static_cast<int>(isOpen(item) ? Tone::Ok : Tone::Neutral);
    }
    const gateway::model::Listener& of = listener(item);
    if (role == SortRole && column == Body) {
        return static_cast<double>(of.limits.bodyBytesMax);
    }
    if (role != Qt::DisplayRole && role != SortRole) {
        return {};
    }
    switch (column) {
    case Name:
        return toQString(of.name);
    case Address:
        return listenerUrl(of);
    case Protocols:
        return protocolsText(of);
    case KeyHeader:
        return toQString(of.keyHeader);
    case KeyQuery:
        return of.keyQuery.empty() ? noValue() : toQString(of.keyQuery);
    case Body:
        return bytesText(of.limits.bodyBytesMax);
    case State:
        return isOpen(item) ? QStringLiteral("Listening") : QStringLiteral("Closed");
    default:
        return {};
    }
}

void ListenerTableModel::appendSearchText(int item, std::string& text) const {
    const gateway::model::Listener& of = listener(item);
    text += of.name + ' ' + listenerUrl(of).toStdString() + ' ' + protocolsText(of).toStdString();
}

const gateway::model::Listener& ListenerTableModel::listener(int item) const {
    return m_config->config.listeners[static_cast<std::size_t>(item)];
}

bool ListenerTableModel::isOpen(int item) const {
    const std::string address = hostPortText(listener(item).host, listener(item).port).toStdString();
    return m_status.state == gateway::service::GatewayState::Running &&
           std::find(m_status.addresses.begin(), m_status.addresses.end(), address) !=
               m_status.addresses.end();
}

} // namespace ui
