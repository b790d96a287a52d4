#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"
#include "ui/page.h"

class QLabel;
class QStackedWidget;

namespace ui {

class AuditTableModel;
class Button;
class Card;
class HistoryView;
class RevisionTableModel;
class SearchEdit;
class TableView;

/// Changes & audit: every revision, who published it, and what was before and after. Also what happened to
/// keys.
class ChangesPage final : public Page {
    Q_OBJECT
public:
    explicit ChangesPage(ConsoleContext& context);

    [[nodiscard]] QString title() const override { return tr("Changes & audit"); }
    [[nodiscard]] QString subtitle() const override;

protected:
    void showEvent(QShowEvent* event) override;

private:
    [[nodiscard]] QWidget* buildRevisions();
    [[nodiscard]] QWidget* buildAudit();
    [[nodiscard]] QWidget* buildDetail();
    void load();
    void loadAudit();
    void showRevision();
    void showEntry();

    ConsoleContext& m_context;
    RevisionTableModel* m_revisions;
    AuditTableModel* m_entries;
    TableView* m_revisionTable;
    TableView* m_entryTable;
    Card* m_auditCard = nullptr;
    Button* m_all = nullptr;
    HistoryView* m_detail;
    QStackedWidget* m_stack;
};

} // namespace ui
