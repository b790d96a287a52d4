#include "ui/pages/certificate_editor.h"

#include "ui/editors/entity_history.h"
#include "ui/editors/form_binder.h"
#include "ui/editors/form_reading.h"
#include "ui/editors/name_choices.h"
#include "ui/pages/certificate_details.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/segmented_control.h"

#include <QComboBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace ui {
namespace {

QVBoxLayout* columnIn(QWidget* widget) {
    auto* layout = new QVBoxLayout(widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(14);
    return layout;
}

Field* makePemField(const QString& title, const QString& objectName) {
    auto* text = new QPlainTextEdit;
    text->setFont(Theme::monoFont(11));
    text->setMinimumHeight(140);
    text->setTabChangesFocus(true);
    text->setLineWrapMode(QPlainTextEdit::NoWrap);
    return new Field(title, text, objectName);
}

} // namespace

CertificateEditor::CertificateEditor(ConsoleContext& context, FormBinder& form, QWidget* parent)
    : QWidget(parent)
    , m_tabs(new SegmentedControl(QStringLiteral("certificate.tabs"), tr("Parts of the certificate")))
    , m_details(new CertificateDetails(context.theme))
    , m_uses(new CertificateUses(context.theme))
    , m_history(
          new EntityHistory(context, QStringLiteral("certificate"), QStringLiteral("certificate.history"))) {
    m_tabs->addSegment(QStringLiteral("details"), tr("Details"));
    m_tabs->addSegment(QStringLiteral("uses"), tr("Used by"));
    m_tabs->addSegment(QStringLiteral("source"), tr("Source"));
    m_tabs->addSegment(QStringLiteral("history"), tr("History"));
    m_tabs->setEqualWidths(true);
    m_pages = {{QStringLiteral("details"), m_details},
               {QStringLiteral("uses"), m_uses},
               {QStringLiteral("source"), buildSourceTab(form)},
               {QStringLiteral("history"), m_history}};
    QVBoxLayout* layout = columnIn(this);
    layout->addWidget(form.add(QStringLiteral("name"),
                               makeTextField(tr("Name"), QStringLiteral("certificate.name"), tr("shop"))));
    m_renewal = buildRenewal(context.theme);
    layout->addWidget(m_renewal);
    for (QWidget* page : std::as_const(m_pages)) {
        layout->addWidget(page);
    }
    layout->addStretch(1);
    connect(m_tabs, &SegmentedControl::currentChanged, this, &CertificateEditor::showTab);
    connect(m_details, &CertificateDetails::copied, this, &CertificateEditor::message);
    connect(m_uses, &CertificateUses::pageRequested, this, &CertificateEditor::pageRequested);
    showTab(QStringLiteral("details"));
}

QWidget* CertificateEditor::buildRenewal(const Theme& theme) {
    auto* frame = new QFrame;
    nameWidget(frame, QStringLiteral("certificate.renewal"), tr("Renewal"));
    setKind(frame, "inset");
    auto* layout = new QVBoxLayout(frame);
    layout->setContentsMargins(14, 12, 14, 12);
    layout->setSpacing(8);
    layout->addWidget(makeLabel(tr("Renewal"), "label"));
    m_renewalText = makeLabel({}, "value");
    m_renewalText->setObjectName(QStringLiteral("certificate.renewalText"));
    m_renewalText->setWordWrap(true);
    layout->addWidget(m_renewalText);
    auto* renew = new Button(theme, tr("Renew now"), QStringLiteral("certificate.renew"),
                             Button::Kind::Secondary, QStringLiteral("reload"));
    renew->setToolTip(tr("Asks the authority for another one; connections stay"));
    connect(renew, &Button::clicked, this, &CertificateEditor::renewalRequested);
    layout->addWidget(renew, 0, Qt::AlignLeft);
    frame->hide();
    return frame;
}

QWidget* CertificateEditor::buildSourceTab(FormBinder& form) {
    auto* tab = new QWidget;
    QVBoxLayout* layout = columnIn(tab);
    m_acme = new QWidget;
    QVBoxLayout* acme = columnIn(m_acme);
    const auto addText = [&](const char* key, const QString& title, const QString& placeholder) {
        Field* field =
            form.add(QLatin1String(key),
                     makeTextField(title, QStringLiteral("certificate.") + QLatin1String(key), placeholder));
        acme->addWidget(field);
        return field;
    };
    addText("directory", tr("ACME directory"), QStringLiteral("https://acme.example/directory"));
    addText("domains", tr("Host names"), QStringLiteral("shop.example, www.shop.example"));
    addText("contact", tr("Contact"), QStringLiteral("ops@shop.example"))
        ->setHint(tr("Where the authority writes to; may be empty."));
    auto* challenge = new QComboBox;
    challenge->addItem(tr("http-01: on port 80"), QStringLiteral("http-01"));
    challenge->addItem(tr("tls-alpn-01: on port 443"), QStringLiteral("tls-alpn-01"));
    acme->addWidget(form.add(QStringLiteral("challenge"),
                             new Field(tr("Proof by"), challenge, QStringLiteral("certificate.challenge"))));
    m_directoryAuthority = form.add(QStringLiteral("directoryAuthority"),
                                    new Field(tr("The directory is signed by"), new QComboBox,
                                              QStringLiteral("certificate.directoryAuthority")));
    acme->addWidget(m_directoryAuthority);
    layout->addWidget(m_acme);
    Field* chain = form.add(QStringLiteral("chain"),
                            makePemField(tr("Certificates, as PEM"), QStringLiteral("certificate.chainPem")));
    chain->setHint(tr("The leaf first, then who issued it. A private key has no place here: use Import."));
    layout->addWidget(chain);
    m_revocations =
        form.add(QStringLiteral("revocations"), makePemField(tr("Revoked certificates (CRL), as PEM"),
                                                             QStringLiteral("certificate.revocations")));
    layout->addWidget(m_revocations);
    return tab;
}

void CertificateEditor::setConfig(const gateway::model::Config& config) {
    offerNames(m_directoryAuthority, tr("any the system trusts"),
               certificateNames(config, gateway::model::Certificate::Use::Authority));
}

void CertificateEditor::open(const QString& name, bool isNew) {
    m_history->open(name, isNew);
}

void CertificateEditor::showFacts(const CertificateFacts& facts, bool isAuthority, bool keyIsStored) {
    QString keyText;
    if (facts.chain.empty() && facts.problems.isEmpty()) {
        keyText = tr("ACME has not got the certificate yet. It does so while the gateway runs.");
    } else if (!isAuthority && !facts.chain.empty()) {
        keyText = keyIsStored ? tr("Its private key is stored, encrypted. It is never shown or exported.")
                              : tr("Its private key is missing: the gateway cannot show this certificate. "
                                   "Import it together with its key.");
    }
    m_details->show(facts, keyText, !isAuthority && !facts.chain.empty() && !keyIsStored,
                    std::chrono::system_clock::now());
    m_uses->show(facts.uses, isAuthority);
}

void CertificateEditor::showRenewal(const QString& text) {
    m_renewalText->setText(text);
    m_renews = !text.isEmpty();
    m_renewal->setVisible(m_renews && m_pages.value(QStringLiteral("details"))->isVisibleTo(this));
}

void CertificateEditor::showConsequences(const FormValues& values) {
    m_acme->setVisible(isOn(values, QStringLiteral("acme")));
    m_revocations->setVisible(values.value(QStringLiteral("use")) == u"authority");
}

void CertificateEditor::showTabOf(const QString& field) {
    if (field != u"name") {
        m_tabs->setCurrent(QStringLiteral("source"));
        showTab(QStringLiteral("source"));
    }
}

void CertificateEditor::showTab(const QString& id) {
    for (auto at = m_pages.cbegin(); at != m_pages.cend(); ++at) {
        at.value()->setVisible(at.key() == id);
    }
    m_renewal->setVisible(m_renews && id == u"details");
}

} // namespace ui
