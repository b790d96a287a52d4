#pragma once

#include "gateway/service/ports.h"
#include "ui/theme.h"

#include <QWidget>
#include <vector>

class QVBoxLayout;

namespace ui {

/// Audit entries one below the other: when, who, what, and field by field what was before and after.
class HistoryView final : public QWidget {
    Q_OBJECT
public:
    explicit HistoryView(const QString& objectName, QWidget* parent = nullptr);

    void setEntries(const std::vector<gateway::service::AuditEntry>& entries);
    /// Instead of entries: why there are none.
    void setMessage(const QString& text);

private:
    void clear();
    void addEntry(const gateway::service::AuditEntry& entry);

    QVBoxLayout* m_layout;
};

} // namespace ui
