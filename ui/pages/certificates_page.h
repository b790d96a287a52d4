#pragma once

#include "ui/models/certificate_table_model.h"
#include "ui/pages/certificate_import_dialog.h"
#include "ui/pages/entity_page.h"

class QMenu;
class QVBoxLayout;

namespace ui {

class Banner;
class CertificateEditor;

using CertificatesPageBase =
    EntityPageOf<CertificateForm, gateway::model::Certificate, &gateway::model::Config::certificates,
                 gateway::model::EntityKind::Certificate>;

/// Certificates: what the gateway shows and whom it trusts.
class CertificatesPage final : public CertificatesPageBase {
    Q_OBJECT
public:
    explicit CertificatesPage(ConsoleContext& context);

    [[nodiscard]] QString title() const override { return tr("Certificates"); }
    void createNew() override;

protected:
    void showConfig() override;
    void showFrame(const gateway::metrics::MetricsFrame& frame) override { Q_UNUSED(frame) }
    void editorOpened() override;
    void valuesChanged() override;
    void showField(const QString& field) override;
    [[nodiscard]] QString deleteRefusal(const QStringList& names) const override;
    [[nodiscard]] QString deleteWarning(const QStringList& names) const override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    CertificatesPage(ConsoleContext& context, CertificateTableModel* model);
    void buildMenu();
    void addMenuItem(const QString& id, const QString& text, const QString& icon,
                     const std::function<void()>& action);
    CertificateImportDialog* openImport(CertificateImportDialog::What what, const QString& name);
    void openSubject(bool selfSigned);
    void openAcme();
    void showRequest(const QString& name, const QString& request);
    void exportChain();
    void loadReports();
    void showRequests();
    void forgetRequest(const QString& name);
    void showWarnings();
    void showFacts();
    void renew();
    void created(const QString& text, const QString& name);

    CertificateTableModel& m_certificates;
    CertificateEditor* m_editor;
    Banner* m_banner;
    QWidget* m_requests;
    QVBoxLayout* m_requestLines;
    QMenu* m_menu;
    std::vector<gateway::service::CertificateReport> m_reports;
    QStringList m_waiting; ///< names and requests, as shown
};

} // namespace ui
