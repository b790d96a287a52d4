#pragma once

#include "ui/pages/form_dialog.h"

namespace ui {

/// Asks what a certificate that signs itself, or a request for a signature, is to say.
class CertificateSubjectDialog final : public FormDialog {
    Q_OBJECT
public:
    enum class What { SelfSigned, SigningRequest };

    CertificateSubjectDialog(ConsoleContext& context, What what, QWidget* parent);

Q_SIGNALS:
    void made(const QString& name);
    void requested(const QString& name, const QString& request); ///< PEM

private:
    void submit();
    void makeSelfSigned(const gateway::crypto::SubjectRequest& subject, int days);
    void makeRequest(const gateway::crypto::SubjectRequest& subject);

    What m_what;
};

/// Shows a signing request, to be copied or saved.
class SigningRequestDialog final : public QDialog {
    Q_OBJECT
public:
    SigningRequestDialog(ConsoleContext& context, const QString& name, const QString& request,
                         QWidget* parent);

Q_SIGNALS:
    void message(const QString& text);
    void signedWanted(const QString& name); ///< its certificate is here now
};

/// Asks for what ACME needs, and publishes it.
class AcmeDialog final : public FormDialog {
    Q_OBJECT
public:
    AcmeDialog(ConsoleContext& context, QWidget* parent);

Q_SIGNALS:
    void made(const QString& name);

private:
    void showPreset(const QString& preset);
    void submit();
};

/// Writes the text to a file that the person chooses, and says so; empty: they chose none.
[[nodiscard]] QString saveText(QWidget* parent, const QString& title, const QString& fileName,
                               const QString& text);

} // namespace ui
