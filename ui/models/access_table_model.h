#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QString>

#include "gateway/service/access_report.h"
#include "ui/models/indexed_table_model.h"
#include "ui/theme.h"

#include <optional>

namespace ui {

/// What a consumer may call, or who may call a route: a line a route or a consumer.
class AccessTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum class About { Routes, Consumers };
    enum Column { Subject, Verdict, Credential, Why };
    using AccessVerdict = gateway::service::AccessLine::Verdict;

    explicit AccessTableModel(About about, QObject* parent = nullptr);

    void setLines(std::vector<gateway::service::AccessLine> lines);
    /// Only lines of this verdict; nothing: all of them.
    void setShow(std::optional<AccessVerdict> verdict);
    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const gateway::service::AccessLine* lineAt(int row) const;
    [[nodiscard]] int countOf(AccessVerdict verdict) const;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;
    [[nodiscard]] bool itemAccepted(int item) const override;

private:
    [[nodiscard]] QString text(const gateway::service::AccessLine& line, int column) const;

    About m_about;
    std::vector<gateway::service::AccessLine> m_lines;
    std::optional<AccessVerdict> m_show;
};

} // namespace ui
