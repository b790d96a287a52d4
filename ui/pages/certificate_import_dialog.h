#pragma once

#include "ui/pages/form_dialog.h"

namespace ui {

/// Asks for a certificate with its private key, as PEM or as a PKCS#12 file, or for an authority to trust.
class CertificateImportDialog final : public FormDialog {
    Q_OBJECT
public:
    enum class What { Identity, Authority, Signed };

    /// `name`: of the signing request that was signed; empty: to be chosen.
    CertificateImportDialog(ConsoleContext& context, What what, const QString& name, QWidget* parent);

    void takeFiles(const QStringList& fileNames);

Q_SIGNALS:
    void imported(const QString& name);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void chooseFiles();
    void takeFile(const QString& fileName);
    void takePkcs12(const QString& fileName, const QByteArray& content);
    void suggestName(const QString& name);
    void submit();

    What m_what;
    QByteArray m_pkcs12;
    QLabel* m_file;
};

/// Files that were dragged here; empty: something else was.
[[nodiscard]] QStringList draggedFiles(const QDropEvent& event);

} // namespace ui
