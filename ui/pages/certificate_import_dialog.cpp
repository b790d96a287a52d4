#include "ui/pages/certificate_import_dialog.h"

#include "gateway/crypto/certificate.h"
#include "ui/certificate_facts.h"
#include "ui/editors/entity_forms.h"
#include "ui/models/table_text.h"
#include "ui/pem_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"

#include <QDragEnterEvent>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QRegularExpression>
#include <QUrl>

namespace ui {
namespace {

constexpr qint64 fileBytesMax = 1024 * 1024;

using What = CertificateImportDialog::What;

QString titleOf(What what) {
    switch (what) {
    case What::Identity:
        return CertificateImportDialog::tr("Import a certificate");
    case What::Authority:
        return CertificateImportDialog::tr("Trust an authority");
    case What::Signed:
        break;
    }
    return CertificateImportDialog::tr("Import the signed certificate");
}

QString aboutOf(What what) {
    switch (what) {
    case What::Identity:
        return CertificateImportDialog::tr(
            "A certificate and its private key, as PEM or as a PKCS#12 file. The key is stored encrypted and "
            "never shown again. A name that is there already is renewed.");
    case What::Authority:
        return CertificateImportDialog::tr(
            "Certificates of authorities, as PEM. Listeners check clients against them, and services their "
            "targets.");
    case What::Signed:
        break;
    }
    return CertificateImportDialog::tr(
        "What the authority sent back for your request: the certificate and those that issued it, as PEM. "
        "Its private key is here already.");
}

} // namespace

QStringList draggedFiles(const QDropEvent& event) {
    QStringList files;
    for (const QUrl& url : event.mimeData()->urls()) {
        if (url.isLocalFile()) {
            files.push_back(url.toLocalFile());
        }
    }
    return files;
}

CertificateImportDialog::CertificateImportDialog(ConsoleContext& context, What what, const QString& name,
                                                 QWidget* parent)
    : FormDialog(context, QStringLiteral("certificateImport"), titleOf(what), aboutOf(what),
                 what == What::Authority ? tr("Trust") : tr("Import"), parent)
    , m_what(what)
    , m_file(makeLabel(tr("Or drop files on this window."), "sub")) {
    setAcceptDrops(true);
    auto* row = new QWidget;
    auto* rowLayout = new QHBoxLayout(row);
    rowLayout->setContentsMargins(0, 0, 0, 0);
    auto* choose = new Button(context.theme, tr("Choose files…"), id(QStringLiteral("choose")),
                              Button::Kind::Secondary, QStringLiteral("folder"));
    choose->setAutoDefault(false);
    m_file->setObjectName(id(QStringLiteral("file")));
    rowLayout->addWidget(choose);
    rowLayout->addWidget(m_file, 1);
    addWidget(row);
    addText(QStringLiteral("name"), tr("Name"), tr("shop"));
    addPem(QStringLiteral("chain"),
           what == What::Authority ? tr("Certificates of the authority") : tr("Certificate and its issuers"));
    if (what == What::Identity) {
        addPem(QStringLiteral("key"), tr("Private key"),
               tr("Leave it empty when the gateway has it: for a renewal with the same key."));
        addSecret(QStringLiteral("passphrase"), tr("Passphrase"),
                  tr("Of the key or of the PKCS#12 file; empty where there is none."));
    } else if (what == What::Authority) {
        addPem(QStringLiteral("revocations"), tr("Revoked certificates (CRL)"), tr("May be empty."));
    }
    setValue(QStringLiteral("name"), name);
    connect(choose, &Button::clicked, this, &CertificateImportDialog::chooseFiles);
    connect(this, &FormDialog::submitted, this, &CertificateImportDialog::submit);
}

void CertificateImportDialog::chooseFiles() {
    takeFiles(QFileDialog::getOpenFileNames(
        this, windowTitle(), QString(),
        tr("Certificates and keys (*.pem *.crt *.cer *.key *.p12 *.pfx *.crl);;All files (*)")));
}

void CertificateImportDialog::takeFiles(const QStringList& fileNames) {
    for (const QString& fileName : fileNames) {
        takeFile(fileName);
    }
}

void CertificateImportDialog::takeFile(const QString& fileName) {
    const QString name = QFileInfo(fileName).fileName();
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly) || file.size() > fileBytesMax) {
        const QString why = file.isOpen() ? tr("it is larger than 1 MiB") : file.errorString();
        showProblems({{QString(), tr("%1 cannot be read: %2").arg(name, why)}});
        return;
    }
    const QByteArray content = file.readAll();
    const PemText pem = sortPem(content.toStdString());
    if (pem.empty()) {
        takePkcs12(fileName, content);
        return;
    }
    const auto take = [this](const QString& key, const std::string& text) {
        if (!text.empty() && field(key) != nullptr) {
            setValue(key, toQString(text));
        }
    };
    m_pkcs12.clear();
    take(QStringLiteral("chain"), pem.certificates);
    take(QStringLiteral("key"), pem.keys);
    take(QStringLiteral("revocations"), pem.revocations);
    m_file->setText(tr("Taken from %1.").arg(name));
    const auto read = gateway::crypto::readCertificates(pem.certificates);
    suggestName(read ? commonName(read->front().subject) : QFileInfo(fileName).completeBaseName());
}

void CertificateImportDialog::takePkcs12(const QString& fileName, const QByteArray& content) {
    const QString name = QFileInfo(fileName).fileName();
    if (m_what != What::Identity) {
        showProblems({{QStringLiteral("chain"), tr("%1 holds no certificate in PEM form").arg(name)}});
        return;
    }
    m_pkcs12 = content;
    setValue(QStringLiteral("chain"), {});
    setValue(QStringLiteral("key"), {});
    m_file->setText(tr("%1, a PKCS#12 file, holds certificate and key.").arg(name));
    suggestName(QFileInfo(fileName).completeBaseName());
    field(QStringLiteral("passphrase"))->editor()->setFocus();
}

void CertificateImportDialog::suggestName(const QString& name) {
    static const QRegularExpression others(QStringLiteral("[^A-Za-z0-9._-]+"));
    QString tidy = QString(name).replace(others, QStringLiteral("-"));
    while (tidy.startsWith(u'-') || tidy.startsWith(u'.')) {
        tidy.remove(0, 1);
    }
    if (value(QStringLiteral("name")).trimmed().isEmpty() && !tidy.isEmpty()) {
        setValue(QStringLiteral("name"), tidy);
    }
}

void CertificateImportDialog::submit() {
    gateway::service::CertificateImport import;
    import.name = value(QStringLiteral("name")).trimmed().toStdString();
    import.use = m_what == What::Authority ? gateway::model::Certificate::Use::Authority
                                           : gateway::model::Certificate::Use::Identity;
    // A key that was pasted along with its certificate is taken from there.
    const PemText pem = sortPem(value(QStringLiteral("chain")).toStdString());
    import.chain = pem.keys.empty() ? value(QStringLiteral("chain")).toStdString() : pem.certificates;
    import.privateKey = value(QStringLiteral("key")).toStdString();
    if (import.privateKey.empty()) {
        import.privateKey = pem.keys;
    }
    import.pkcs12 = m_pkcs12.toStdString();
    import.passphrase = value(QStringLiteral("passphrase")).toStdString();
    import.revocations = value(QStringLiteral("revocations")).toStdString();
    import.author = context().author.toStdString();
    FieldProblems problems;
    if (import.name.empty()) {
        problems.push_back({QStringLiteral("name"), tr("Give it a name, by which listeners refer to it")});
    }
    if (import.chain.empty() && import.pkcs12.empty()) {
        problems.push_back({QStringLiteral("chain"), tr("Choose a file, or paste the certificate")});
    }
    if (showProblems(problems)) {
        return;
    }
    setBusy(true);
    const QString name = toQString(import.name);
    using Outcome = tl::expected<gateway::model::Revision, gateway::service::Rejection>;
    context().service.importCertificate(std::move(import)).then(this, [this, name](const Outcome& outcome) {
        setBusy(false);
        if (!outcome) {
            showRejection(outcome.error(), CertificateForm::paths());
            return;
        }
        Q_EMIT imported(name);
        accept();
    });
}

void CertificateImportDialog::dragEnterEvent(QDragEnterEvent* event) {
    if (!draggedFiles(*event).isEmpty()) {
        event->acceptProposedAction();
    }
}

void CertificateImportDialog::dropEvent(QDropEvent* event) {
    takeFiles(draggedFiles(*event));
    event->acceptProposedAction();
}

} // namespace ui
