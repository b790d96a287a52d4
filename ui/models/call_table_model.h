#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QString>

#include "gateway/service/access_report.h"
#include "ui/models/indexed_table_model.h"

namespace ui {

/// What agents called, newest first.
class CallTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Time, Status, Method, Path, Route, Target, Duration, Credential, Client, Code };

    explicit CallTableModel(QObject* parent = nullptr);

    void setCalls(std::vector<gateway::metrics::CallRecord> calls);
    void append(std::vector<gateway::metrics::CallRecord> older);
    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const gateway::metrics::CallRecord* callAt(int row) const;
    [[nodiscard]] quint64 oldestId() const; ///< 0: there are none

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    [[nodiscard]] QString text(const gateway::metrics::CallRecord& call, int column) const;

    std::vector<gateway::metrics::CallRecord> m_calls;
};

} // namespace ui
