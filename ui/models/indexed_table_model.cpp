#include "ui/models/indexed_table_model.h"

#include <QElapsedTimer>
#include <algorithm>
#include <utility>

namespace ui {
namespace {

std::string lowerCased(const std::string& text) {
    // Names, paths and hosts are nearly always ASCII, and there the plain loop is ten times as fast.
    const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return (c & '\x80') == 0; });
    if (!ascii) {
        return QString::fromStdString(text).toLower().toStdString();
    }
    std::string lower = text;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return lower;
}

} // namespace

IndexedTableModel::IndexedTableModel(std::vector<TableColumn> columns, QObject* parent)
    : QAbstractTableModel(parent)
    , m_columns(std::move(columns)) {}

int IndexedTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int IndexedTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
}

QVariant IndexedTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) {
        return {};
    }
    const TableColumn& column = m_columns[static_cast<std::size_t>(section)];
    if (role == Qt::DisplayRole) {
        return column.title;
    }
    if (role == Qt::TextAlignmentRole) {
        return QVariant((column.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    return {};
}

QVariant IndexedTableModel::data(const QModelIndex& index, int role) const {
    const int item = index.isValid() ? itemAt(index.row()) : -1;
    if (item < 0 || index.column() >= columnCount()) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return headerData(index.column(), Qt::Horizontal, role);
    }
    if (role == IdRole) {
        return QVariant::fromValue(itemId(item));
    }
    return itemData(item, index.column(), role);
}

void IndexedTableModel::sort(int column, Qt::SortOrder order) {
    changeLayout([&] {
        m_sortColumn = column < columnCount() ? column : -1;
        m_sortOrder = order;
        buildRows();
    });
}

void IndexedTableModel::setFilter(const QString& text) {
    if (text == m_filter) {
        return;
    }
    m_filter = text;
    m_words.clear();
    for (const QString& word : text.toLower().split(u' ', Qt::SkipEmptyParts)) {
        m_words.push_back(word.toStdString());
    }
    refreshRows();
}

int IndexedTableModel::itemAt(int row) const {
    return row >= 0 && row < rowCount() ? m_rows[static_cast<std::size_t>(row)] : -1;
}

quint64 IndexedTableModel::idAt(int row) const {
    const int item = itemAt(row);
    return item < 0 ? 0 : itemId(item);
}

int IndexedTableModel::rowOfId(quint64 id) const {
    const auto at = std::find_if(m_rows.begin(), m_rows.end(), [&](int item) { return itemId(item) == id; });
    return at == m_rows.end() ? -1 : static_cast<int>(at - m_rows.begin());
}

bool IndexedTableModel::itemAccepted(int item) const {
    Q_UNUSED(item)
    return true;
}

bool IndexedTableModel::itemLess(int a, int b, int column) const {
    const QVariant left = itemData(a, column, SortRole);
    const QVariant right = itemData(b, column, SortRole);
    if (left.typeId() == QMetaType::QString || right.typeId() == QMetaType::QString) {
        return QString::compare(left.toString(), right.toString(), Qt::CaseInsensitive) < 0;
    }
    return left.toDouble() < right.toDouble();
}

void IndexedTableModel::replaceItems(const std::function<void()>& change) {
    changeLayout([&] {
        change();
        prepareSearchKeys();
        buildRows();
    });
}

void IndexedTableModel::refreshRows() {
    changeLayout([this] { buildRows(); });
}

void IndexedTableModel::refreshLiveColumns() {
    if (m_sortColumn >= 0 && m_columns[static_cast<std::size_t>(m_sortColumn)].live) {
        refreshRows();
        return;
    }
    if (m_rows.empty()) {
        return;
    }
    for (int column = 0; column < columnCount(); ++column) {
        if (m_columns[static_cast<std::size_t>(column)].live) {
            Q_EMIT dataChanged(index(0, column), index(rowCount() - 1, column));
        }
    }
}

void IndexedTableModel::prepareSearchKeys() {
    const int count = itemCount();
    std::string text;
    m_searchEnds.clear();
    m_searchEnds.reserve(static_cast<std::size_t>(count));
    for (int item = 0; item < count; ++item) {
        appendSearchText(item, text);
        m_searchEnds.push_back(text.size());
    }
    // Lower-casing may change the length of a text that is not ASCII; then the ends are found anew.
    std::string lower = lowerCased(text);
    if (lower.size() != text.size()) {
        lower.clear();
        std::size_t begin = 0;
        for (std::size_t& end : m_searchEnds) {
            lower += lowerCased(text.substr(begin, end - begin));
            begin = end;
            end = lower.size();
        }
    }
    m_searchText = std::move(lower);
}

void IndexedTableModel::buildRows() {
    QElapsedTimer timer;
    timer.start();
    m_rows.clear();
    const int count = itemCount();
    m_rows.reserve(static_cast<std::size_t>(count));
    const std::string_view text = m_searchText;
    std::size_t begin = 0;
    for (int item = 0; item < count; ++item) {
        const std::size_t end = m_searchEnds[static_cast<std::size_t>(item)];
        const bool found = std::all_of(m_words.begin(), m_words.end(), [&](const std::string& word) {
            return text.substr(begin, end - begin).find(word) != std::string_view::npos;
        });
        if (found && itemAccepted(item)) {
            m_rows.push_back(item);
        }
        begin = end;
    }
    m_lastFilterTime = std::chrono::microseconds(timer.nsecsElapsed() / 1000);
    sortRows();
}

void IndexedTableModel::sortRows() {
    if (m_sortColumn < 0) {
        return;
    }
    // Stable both ways, so that equal rows stay in the order of their names.
    if (m_sortOrder == Qt::AscendingOrder) {
        std::stable_sort(m_rows.begin(), m_rows.end(),
                         [this](int a, int b) { return itemLess(a, b, m_sortColumn); });
    } else {
        std::stable_sort(m_rows.begin(), m_rows.end(),
                         [this](int a, int b) { return itemLess(b, a, m_sortColumn); });
    }
}

void IndexedTableModel::changeLayout(const std::function<void()>& change) {
    Q_EMIT layoutAboutToBeChanged();
    const QModelIndexList before = persistentIndexList();
    std::vector<quint64> ids;
    ids.reserve(static_cast<std::size_t>(before.size()));
    for (const QModelIndex& at : before) {
        ids.push_back(idAt(at.row()));
    }
    change();
    // A whole selected row has an index a column; the search for its row is done once.
    QModelIndexList after;
    after.reserve(before.size());
    quint64 lastId = 0;
    int lastRow = -1;
    for (qsizetype i = 0; i < before.size(); ++i) {
        const quint64 id = ids[static_cast<std::size_t>(i)];
        if (i == 0 || id != lastId) {
            lastId = id;
            lastRow = rowOfId(id);
        }
        after.push_back(lastRow < 0 ? QModelIndex() : index(lastRow, before[i].column()));
    }
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged();
}

} // namespace ui
