#include "ui/pages/certificates_page.h"

#include "ui/models/table_text.h"
#include "ui/pages/certificate_editor.h"
#include "ui/pages/certificate_make_dialogs.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QDragEnterEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

namespace ui {

using gateway::model::Certificate;
using gateway::model::CertificateId;
using gateway::service::CertificateReport;
using gateway::service::GatewayService;
using ImportWhat = CertificateImportDialog::What;

CertificatesPage::CertificatesPage(ConsoleContext& context)
    : CertificatesPage(context, new CertificateTableModel) {}

CertificatesPage::CertificatesPage(ConsoleContext& context, CertificateTableModel* model)
    : CertificatesPageBase(
          context,
          {QStringLiteral("certificates"),
           tr("certificate"),
           tr("certificates"),
           QStringLiteral("shield"),
           tr("Filter: name, host, issuer"),
           tr("New certificate"),
           tr("No certificates yet"),
           tr("With a certificate and its private key the gateway speaks https. Import one, drop its files "
              "here, make a self-signed one for a first try, ask an authority to sign a request, or let ACME "
              "get and renew it. Authorities that you trust stand here, too."),
           {tr("Enter"), tr("show"), QStringLiteral("Ctrl+N"), tr("new"), tr("Del"), tr("delete")}},
          model, CertificateTableModel::Names)
    , m_certificates(*model)
    , m_editor(new CertificateEditor(context, form()))
    , m_banner(new Banner(context.theme, objectId(QStringLiteral("banner"))))
    , m_requests(new QFrame)
    , m_requestLines(new QVBoxLayout(m_requests))
    , m_menu(new QMenu(this)) {
    setAcceptDrops(true);
    buildMenu();
    auto* import = new Button(context.theme, tr("Import…"), objectId(QStringLiteral("import")),
                              Button::Kind::Secondary, QStringLiteral("upload"));
    connect(import, &Button::clicked, this, [this] { openImport(ImportWhat::Identity, {}); });
    addTool(import, true);
    m_banner->hide();
    setKind(m_requests, "card");
    nameWidget(m_requests, objectId(QStringLiteral("requests")), tr("Signing requests"));
    m_requests->hide();
    addAbove(m_requests);
    addAbove(m_banner);
    auto* exportButton = new Button(context.theme, tr("Export chain…"), objectId(QStringLiteral("export")),
                                    Button::Kind::Secondary, QStringLiteral("download"));
    exportButton->setToolTip(tr("The certificates alone, never a key"));
    connect(exportButton, &Button::clicked, this, &CertificatesPage::exportChain);
    drawer().addFooterWidget(exportButton);
    drawer().setTopWidget(m_editor->tabs());
    drawer().setBody(m_editor);
    connect(m_editor, &CertificateEditor::pageRequested, this, &CertificatesPage::pageRequested);
    connect(m_editor, &CertificateEditor::message, this, &CertificatesPage::message);
    connect(m_editor, &CertificateEditor::renewalRequested, this, &CertificatesPage::renew);
    connect(m_banner, &Banner::dismissed, m_banner, &QWidget::hide);

    TableView& view = table();
    for (const int column : {CertificateTableModel::Use, CertificateTableModel::Issuer,
                             CertificateTableModel::Key, CertificateTableModel::UsedBy}) {
        view.setItemDelegateForColumn(column, new SecondaryDelegate(context.theme, &view));
    }
    view.setItemDelegateForColumn(CertificateTableModel::Expires, new PillDelegate(context.theme, &view));
    view.setItemDelegateForColumn(CertificateTableModel::PrivateKey,
                                  new StatusDelegate(context.theme, &view));
    connect(&context.service, &GatewayService::certificatesChanged, this, &CertificatesPage::loadReports);
    start();
}

void CertificatesPage::buildMenu() {
    nameWidget(m_menu, objectId(QStringLiteral("menu")), tr("New certificate"));
    addMenuItem(QStringLiteral("import"), tr("&Import…"), QStringLiteral("upload"),
                [this] { openImport(ImportWhat::Identity, {}); });
    addMenuItem(QStringLiteral("selfSigned"), tr("New &self-signed…"), QStringLiteral("edit"),
                [this] { openSubject(true); });
    addMenuItem(QStringLiteral("request"), tr("New signing &request…"), QStringLiteral("file"),
                [this] { openSubject(false); });
    addMenuItem(QStringLiteral("acme"), tr("By &ACME…"), QStringLiteral("reload"), [this] { openAcme(); });
    m_menu->addSeparator();
    addMenuItem(QStringLiteral("authority"), tr("&Trust an authority…"), QStringLiteral("shield"),
                [this] { openImport(ImportWhat::Authority, {}); });
}

void CertificatesPage::addMenuItem(const QString& id, const QString& text, const QString& icon,
                                   const std::function<void()>& action) {
    QAction* item = m_menu->addAction(context().theme.icon(icon), text);
    item->setObjectName(objectId(QStringLiteral("menu.") + id));
    connect(item, &QAction::triggered, this, action);
}

void CertificatesPage::createNew() {
    if (!canLeave()) {
        return;
    }
    // Below the button that was pressed; from the keyboard, below the one in the tool bar.
    const auto* button = findChild<QWidget*>(objectId(QStringLiteral("emptyNew")));
    if (button == nullptr || !button->isVisible()) {
        button = findChild<QWidget*>(objectId(QStringLiteral("new")));
    }
    m_menu->popup(button->mapToGlobal(QPoint(0, button->height() + 4)));
    m_menu->setActiveAction(m_menu->actions().first());
}

CertificateImportDialog* CertificatesPage::openImport(ImportWhat what, const QString& name) {
    auto* dialog = new CertificateImportDialog(context(), what, name, this);
    connect(dialog, &CertificateImportDialog::imported, this, [this](const QString& imported) {
        created(tr("Imported certificate %1").arg(imported), imported);
    });
    dialog->open();
    return dialog;
}

void CertificatesPage::openSubject(bool selfSigned) {
    using What = CertificateSubjectDialog::What;
    auto* dialog =
        new CertificateSubjectDialog(context(), selfSigned ? What::SelfSigned : What::SigningRequest, this);
    connect(dialog, &CertificateSubjectDialog::made, this,
            [this](const QString& name) { created(tr("Created certificate %1").arg(name), name); });
    connect(dialog, &CertificateSubjectDialog::requested, this,
            [this](const QString& name, const QString& request) {
                loadReports();
                showRequest(name, request);
            });
    dialog->open();
}

void CertificatesPage::openAcme() {
    auto* dialog = new AcmeDialog(context(), this);
    connect(dialog, &AcmeDialog::made, this, [this](const QString& name) {
        created(tr("Created certificate %1; ACME gets it while the gateway runs").arg(name), name);
    });
    dialog->open();
}

void CertificatesPage::showRequest(const QString& name, const QString& request) {
    auto* dialog = new SigningRequestDialog(context(), name, request, this);
    connect(dialog, &SigningRequestDialog::message, this, &CertificatesPage::message);
    connect(dialog, &SigningRequestDialog::signedWanted, this,
            [this](const QString& of) { openImport(ImportWhat::Signed, of); });
    dialog->open();
}

void CertificatesPage::created(const QString& text, const QString& name) {
    Q_EMIT message(text);
    loadReports();
    // The new config may be here before or after this answer; it is when this returns to the loop.
    QMetaObject::invokeMethod(
        this, [this, name] { reveal(name); }, Qt::QueuedConnection);
}

void CertificatesPage::exportChain() {
    const Certificate* certificate = items().findById(CertificateId{editedId()});
    if (certificate == nullptr || certificate->chain.empty()) {
        Q_EMIT message(tr("There is no certificate to export yet"));
        return;
    }
    const QString said =
        saveText(this, tr("Export the chain"), toQString(certificate->name) + QStringLiteral(".pem"),
                 toQString(certificate->chain));
    if (!said.isEmpty()) {
        Q_EMIT message(said);
    }
}

void CertificatesPage::loadReports() {
    using Outcome = tl::expected<std::vector<CertificateReport>, gateway::service::Rejection>;
    context().service.listCertificates().then(this, [this](const Outcome& outcome) {
        if (!outcome) {
            Q_EMIT message(toQString(outcome.error().error.message));
            return;
        }
        m_reports = *outcome;
        std::set<std::string> stored;
        for (const CertificateReport& report : m_reports) {
            if (report.hasPrivateKey) {
                stored.insert(report.keyFingerprint);
            }
        }
        m_certificates.setStoredKeys(std::move(stored));
        showRequests();
        showFacts();
    });
}

/// Those that wait for their signature: nothing of them is in the configuration yet.
void CertificatesPage::showRequests() {
    QStringList waiting;
    for (const CertificateReport& report : m_reports) {
        if (!report.id && !report.signingRequest.empty()) {
            waiting.push_back(toQString(report.name));
            waiting.push_back(toQString(report.signingRequest));
        }
    }
    if (waiting == m_waiting) {
        return; // what is the same stays, under the mouse and with the focus
    }
    m_waiting = waiting;
    while (QLayoutItem* item = m_requestLines->takeAt(0)) {
        if (QWidget* widget = item->widget()) {
            widget->hide();
            widget->deleteLater();
        }
        delete item;
    }
    m_requestLines->setContentsMargins(18, 10, 18, 10);
    for (qsizetype i = 0; i + 1 < waiting.size(); i += 2) {
        const QString name = waiting[i];
        const QString request = waiting[i + 1];
        auto* line = new QWidget;
        auto* layout = new QHBoxLayout(line);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->addWidget(makeLabel(tr("%1 waits for its signature").arg(name), "value"));
        layout->addStretch(1);
        const auto button = [&](const QString& text, const QString& part) {
            auto* made =
                new Button(context().theme, text, objectId(QStringLiteral("requests.%1.%2").arg(name, part)));
            made->setAccessibleName(tr("%1, of %2").arg(text, name));
            layout->addWidget(made);
            return made;
        };
        connect(button(tr("Show request"), QStringLiteral("show")), &Button::clicked, this,
                [this, name, request] { showRequest(name, request); });
        connect(button(tr("Import signed certificate…"), QStringLiteral("import")), &Button::clicked, this,
                [this, name] { openImport(ImportWhat::Signed, name); });
        connect(button(tr("Forget"), QStringLiteral("forget")), &Button::clicked, this,
                [this, name] { forgetRequest(name); });
        m_requestLines->addWidget(line);
    }
    m_requests->setVisible(!waiting.isEmpty());
}

void CertificatesPage::forgetRequest(const QString& name) {
    QMessageBox box(QMessageBox::Warning, tr("Forget the request"),
                    tr("The private key made for %1 is deleted with it: what an authority signs for it later "
                       "cannot be used. Forget it?")
                        .arg(name),
                    QMessageBox::NoButton, this);
    box.setObjectName(objectId(QStringLiteral("confirmForget")));
    const QPushButton* forget = box.addButton(tr("Forget"), QMessageBox::DestructiveRole);
    QPushButton* keep = box.addButton(tr("Keep"), QMessageBox::RejectRole);
    box.setDefaultButton(keep);
    box.setEscapeButton(keep);
    box.exec();
    if (box.clickedButton() != forget) {
        return;
    }
    using Outcome = tl::expected<bool, gateway::service::Rejection>;
    context()
        .service.forgetSigningRequest(name.toStdString(), context().author.toStdString())
        .then(this, [this, name](const Outcome& outcome) {
            Q_EMIT message(outcome ? tr("Forgot the request of %1").arg(name)
                                   : toQString(outcome.error().error.message));
            loadReports();
        });
}

void CertificatesPage::showWarnings() {
    const auto warnings = expiryWarnings(currentConfig(), std::chrono::system_clock::now());
    if (warnings.empty()) {
        m_banner->hide();
        return;
    }
    QStringList sentences;
    for (const ExpiryWarning& warning : warnings) {
        sentences.push_back(warning.sentence);
    }
    const bool bad = warnings.front().level != ExpiryLevel::Soon;
    m_banner->present(warnings.size() == 1 ? tr("A certificate is about to end")
                                           : tr("%1 certificates are about to end").arg(warnings.size()),
                      sentences.join(u' '), bad);
}

void CertificatesPage::showConfig() {
    m_certificates.setConfig(config(), std::chrono::system_clock::now());
    m_editor->setConfig(currentConfig());
    showWarnings();
    loadReports();
}

void CertificatesPage::showFacts() {
    const Certificate* certificate = items().findById(CertificateId{editedId()});
    const CertificateFacts* facts = m_certificates.factsOfId(editedId());
    if (certificate != nullptr && facts != nullptr) {
        m_editor->showFacts(*facts, certificate->use == Certificate::Use::Authority,
                            m_certificates.hasKey(*facts));
    }
    const auto report = std::find_if(m_reports.begin(), m_reports.end(), [&](const CertificateReport& each) {
        return certificate != nullptr && each.id == certificate->id;
    });
    m_editor->showRenewal(report != m_reports.end() ? toQString(report->renewal) : QString());
}

void CertificatesPage::renew() {
    const Certificate* certificate = items().findById(CertificateId{editedId()});
    if (certificate == nullptr) {
        return;
    }
    const QString name = toQString(certificate->name);
    using Outcome = tl::expected<bool, gateway::service::Rejection>;
    context().service.renewCertificate(certificate->name).then(this, [this, name](const Outcome& outcome) {
        Q_EMIT message(outcome ? tr("Asked for another certificate %1").arg(name)
                               : toQString(outcome.error().error.message));
        loadReports();
    });
}

void CertificatesPage::editorOpened() {
    m_editor->open(session().original().value(QStringLiteral("name")), session().isNew());
    showFacts();
}

void CertificatesPage::valuesChanged() {
    m_editor->showConsequences(session().values());
}

void CertificatesPage::showField(const QString& field) {
    m_editor->showTabOf(field);
}

QString CertificatesPage::deleteRefusal(const QStringList& names) const {
    for (const QString& name : names) {
        QStringList users;
        for (const CertificateUse& use : usesOf(currentConfig(), name.toStdString())) {
            users.push_back(useText(use));
        }
        if (!users.isEmpty()) {
            return tr("%1 is in use by %2. Take it out there first.")
                .arg(name, users.join(QStringLiteral(", ")));
        }
    }
    return {};
}

QString CertificatesPage::deleteWarning(const QStringList& names) const {
    return tr("Delete %1?").arg(names.join(QStringLiteral(", ")));
}

void CertificatesPage::dragEnterEvent(QDragEnterEvent* event) {
    if (!draggedFiles(*event).isEmpty()) {
        event->acceptProposedAction();
    }
}

void CertificatesPage::dropEvent(QDropEvent* event) {
    event->acceptProposedAction();
    openImport(ImportWhat::Identity, {})->takeFiles(draggedFiles(*event));
}

} // namespace ui
