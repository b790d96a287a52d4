#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/models/indexed_table_model.h"

namespace ui {

/// Published revisions, newest first.
class RevisionTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Number, Time, Author, Message };

    explicit RevisionTableModel(QObject* parent = nullptr);
    void setRevisions(std::vector<gateway::model::Revision> revisions);
    [[nodiscard]] int itemCount() const override;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;

private:
    std::vector<gateway::model::Revision> m_revisions;
};

/// Audit entries, newest first; of one revision or all.
class AuditTableModel final : public IndexedTableModel {
    Q_OBJECT
public:
    enum Column { Time, Actor, What, Revision };

    explicit AuditTableModel(QObject* parent = nullptr);
    void setEntries(std::vector<gateway::service::AuditEntry> entries);
    void setRevision(gateway::model::RevisionNumber revision); ///< 0: all
    [[nodiscard]] int itemCount() const override;
    [[nodiscard]] const gateway::service::AuditEntry* entryAt(int row) const;

protected:
    [[nodiscard]] quint64 itemId(int item) const override;
    [[nodiscard]] QVariant itemData(int item, int column, int role) const override;
    void appendSearchText(int item, std::string& text) const override;
    [[nodiscard]] bool itemAccepted(int item) const override;

private:
    std::vector<gateway::service::AuditEntry> m_entries;
    gateway::model::RevisionNumber m_revision = 0;
};

/// "Changed route orders", "Issued key ci of acme"
[[nodiscard]] QString auditSentence(const gateway::service::AuditEntry& entry);

} // namespace ui
