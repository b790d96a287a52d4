#pragma once

#include <QAbstractTableModel>
#include <QString>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ui {

/// One column of a table: what the header says and how the cells stand.
struct TableColumn {
    QString key;         ///< stable; column widths are remembered by it
    QString title;       ///< for people
    bool number = false; ///< right-aligned
    bool live = false;   ///< changes with each MetricsFrame
    int width = 120;     ///< pixels, until a person drags it
    int hideBelow = 0;   ///< hidden while the table is narrower than this
};

/// A table over items that are kept elsewhere: a vector of item positions is filtered and sorted, the items
/// never move. Filters 100,000 items in milliseconds, since each has a lower-cased search key that is made
/// once. Selection and current row follow their item across filtering, sorting and new items. GUI thread
/// only.
class IndexedTableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Role {
        IdRole = Qt::UserRole + 200, ///< quint64: the item's stable id
        SortRole,                    ///< double or QString: what sorting compares
    };

    explicit IndexedTableModel(std::vector<TableColumn> columns, QObject* parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

    /// Shows the items that contain every word of the text, in any case. Empty: all.
    void setFilter(const QString& text);
    [[nodiscard]] QString filter() const { return m_filter; }

    /// Items in all, whether shown or not.
    [[nodiscard]] virtual int itemCount() const = 0;
    [[nodiscard]] std::chrono::microseconds lastFilterTime() const { return m_lastFilterTime; }
    [[nodiscard]] const std::vector<TableColumn>& columns() const { return m_columns; }

    [[nodiscard]] int itemAt(int row) const; ///< -1 where there is no such row
    [[nodiscard]] quint64 idAt(int row) const;
    [[nodiscard]] int rowOfId(quint64 id) const; ///< -1: filtered away or unknown

protected:
    [[nodiscard]] virtual quint64 itemId(int item) const = 0;
    [[nodiscard]] virtual QVariant itemData(int item, int column, int role) const = 0;
    /// Appends what a person may look for.
    virtual void appendSearchText(int item, std::string& text) const = 0;
    [[nodiscard]] virtual bool itemAccepted(int item) const;
    [[nodiscard]] virtual bool itemLess(int a, int b, int column) const;

    /// Runs `change`, which may exchange all items, and brings rows, selection and current row in step.
    void replaceItems(const std::function<void()>& change);
    /// Filters and sorts anew: something that itemAccepted() or itemLess() looks at has changed.
    void refreshRows();
    /// New values in the live columns; sorts anew where one of them gives the order.
    void refreshLiveColumns();

private:
    void prepareSearchKeys();
    void buildRows();
    void sortRows();
    void changeLayout(const std::function<void()>& change);

    std::vector<TableColumn> m_columns;
    std::vector<int> m_rows; ///< positions of the shown items, in the shown order
    std::string m_searchText;
    std::vector<std::size_t> m_searchEnds; ///< where each item's key ends within m_searchText
    QString m_filter;
    std::vector<std::string> m_words;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
    std::chrono::microseconds m_lastFilterTime{0};
};

} // namespace ui
