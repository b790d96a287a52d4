#include "ui/pages/certificate_make_dialogs.h"

#include "gateway/base/ip_literal.h"
#include "gateway/model/names.h"
#include "ui/editors/entity_forms.h"
#include "ui/editors/input_text.h"
#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QSaveFile>
#include <QVBoxLayout>
#include <array>
#include <limits>

namespace ui {

using gateway::crypto::KeyKind;

namespace {

struct KeyChoice {
    KeyKind kind;
    const char* id;
    const char* text;
};
constexpr std::array keyChoices{
    KeyChoice{KeyKind::EcdsaP256, "p256", "ECDSA P-256: fast, understood everywhere"},
    KeyChoice{KeyKind::EcdsaP384, "p384", "ECDSA P-384"},
    KeyChoice{KeyKind::Rsa2048, "rsa2048", "RSA 2048: for very old clients"},
    KeyChoice{KeyKind::Rsa4096, "rsa4096", "RSA 4096"},
    KeyChoice{KeyKind::Ed25519, "ed25519", "Ed25519: few clients know it yet"}};

KeyKind keyKindOf(const QString& id) {
    for (const KeyChoice& choice : keyChoices) {
        if (id == QLatin1String(choice.id)) {
            return choice.kind;
        }
    }
    return KeyKind::EcdsaP256;
}

bool isNameOrAddress(std::string_view name) {
    return gateway::parseIpLiteral(name).has_value() ||
           gateway::model::isHostName(name.starts_with("*.") ? name.substr(2) : name);
}

const QString& letsEncrypt() {
    static const QString url = QStringLiteral("https://acme-v02.api.letsencrypt.org/directory");
    return url;
}

const QString& letsEncryptStaging() {
    static const QString url = QStringLiteral("https://acme-staging-v02.api.letsencrypt.org/directory");
    return url;
}

} // namespace

QString saveText(QWidget* parent, const QString& title, const QString& fileName, const QString& text) {
    const QString chosen = QFileDialog::getSaveFileName(parent, title, fileName);
    if (chosen.isEmpty()) {
        return {};
    }
    QSaveFile file(chosen);
    const QByteArray bytes = text.toUtf8();
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
        return QObject::tr("%1 was not written: %2").arg(QFileInfo(chosen).fileName(), file.errorString());
    }
    return QObject::tr("Saved %1").arg(QFileInfo(chosen).fileName());
}

CertificateSubjectDialog::CertificateSubjectDialog(ConsoleContext& context, What what, QWidget* parent)
    : FormDialog(context, QStringLiteral("certificateSubject"),
                 what == What::SelfSigned ? tr("New self-signed certificate") : tr("New signing request"),
                 what == What::SelfSigned
                     ? tr("For tests and for networks of your own: no client trusts it unless it is told to.")
                     : tr("A key is made and stored here; the request goes to an authority, which signs it."),
                 what == What::SelfSigned ? tr("Create") : tr("Make the request"), parent)
    , m_what(what) {
    addText(QStringLiteral("name"), tr("Name"), tr("shop"), tr("By which listeners refer to it."));
    addText(QStringLiteral("names"), tr("Covers"), QStringLiteral("shop.example, *.shop.example, 127.0.0.1"),
            tr("Host names and IP addresses; a * stands for one whole label."));
    addText(QStringLiteral("organization"), tr("Organization"), tr("may be empty"));
    QList<std::pair<QString, QString>> kinds;
    for (const KeyChoice& choice : keyChoices) {
        kinds.push_back({QLatin1String(choice.id), tr(choice.text)});
    }
    addChoice(QStringLiteral("key"), tr("Key"), kinds);
    if (what == What::SelfSigned) {
        addText(QStringLiteral("days"), tr("Good for"), QStringLiteral("365"), tr("Days from now on."));
        setValue(QStringLiteral("days"), QStringLiteral("365"));
    }
    connect(this, &FormDialog::submitted, this, &CertificateSubjectDialog::submit);
}

void CertificateSubjectDialog::submit() {
    gateway::crypto::SubjectRequest subject;
    subject.names = parseList(value(QStringLiteral("names")).toLower());
    subject.organization = value(QStringLiteral("organization")).trimmed().toStdString();
    FieldProblems problems;
    if (value(QStringLiteral("name")).trimmed().isEmpty()) {
        problems.push_back({QStringLiteral("name"), tr("Give it a name, by which listeners refer to it")});
    }
    if (subject.names.empty()) {
        problems.push_back({QStringLiteral("names"), tr("Say which hosts it is for, such as shop.example")});
    }
    for (const std::string& name : subject.names) {
        if (!isNameOrAddress(name) && !hasProblem(problems, QStringLiteral("names"))) {
            problems.push_back(
                {QStringLiteral("names"), tr("“%1” is no host name or address").arg(toQString(name))});
        }
    }
    Parsed<std::int64_t> days = 0;
    if (m_what == What::SelfSigned) {
        days = parseNumber(value(QStringLiteral("days")), 1, std::numeric_limits<int>::max());
        if (!days) {
            problems.push_back({QStringLiteral("days"), days.error()});
        }
    }
    if (showProblems(problems)) {
        return;
    }
    subject.commonName = subject.names.front();
    setBusy(true);
    if (m_what == What::SelfSigned) {
        makeSelfSigned(subject, static_cast<int>(*days));
    } else {
        makeRequest(subject);
    }
}

void CertificateSubjectDialog::makeSelfSigned(const gateway::crypto::SubjectRequest& subject, int days) {
    gateway::service::SelfSignedRequest request;
    request.name = value(QStringLiteral("name")).trimmed().toStdString();
    request.subject = subject;
    request.kind = keyKindOf(value(QStringLiteral("key")));
    request.days = days;
    request.author = context().author.toStdString();
    const QString name = toQString(request.name);
    using Outcome = tl::expected<gateway::model::Revision, gateway::service::Rejection>;
    context().service.generateSelfSigned(std::move(request)).then(this, [this, name](const Outcome& outcome) {
        setBusy(false);
        if (!outcome) {
            showRejection(outcome.error(), CertificateForm::paths());
            return;
        }
        Q_EMIT made(name);
        accept();
    });
}

void CertificateSubjectDialog::makeRequest(const gateway::crypto::SubjectRequest& subject) {
    gateway::service::SigningRequest request;
    request.name = value(QStringLiteral("name")).trimmed().toStdString();
    request.subject = subject;
    request.kind = keyKindOf(value(QStringLiteral("key")));
    request.author = context().author.toStdString();
    const QString name = toQString(request.name);
    using Outcome = tl::expected<std::string, gateway::service::Rejection>;
    context()
        .service.createSigningRequest(std::move(request))
        .then(this, [this, name](const Outcome& outcome) {
            setBusy(false);
            if (!outcome) {
                showRejection(outcome.error(), CertificateForm::paths());
                return;
            }
            Q_EMIT requested(name, toQString(*outcome));
            accept();
        });
}

SigningRequestDialog::SigningRequestDialog(ConsoleContext& context, const QString& name,
                                           const QString& request, QWidget* parent)
    : QDialog(parent) {
    setAttribute(Qt::WA_DeleteOnClose);
    nameWidget(this, QStringLiteral("signingRequest"), tr("Signing request"));
    setWindowTitle(tr("Signing request"));
    setFixedWidth(620);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(22, 20, 22, 18);
    layout->setSpacing(12);
    layout->addWidget(makeLabel(tr("Signing request of %1").arg(name), "h1"));
    QLabel* about = makeLabel(tr("Give this text to your authority. What it sends back is imported here; the "
                                 "private key stays where it is."),
                              "sub");
    about->setWordWrap(true);
    layout->addWidget(about);
    auto* text = new QPlainTextEdit(request);
    nameWidget(text, QStringLiteral("signingRequest.text"), tr("The request, as PEM"));
    text->setReadOnly(true);
    text->setFont(Theme::monoFont(11));
    text->setMinimumHeight(240);
    layout->addWidget(text);
    const auto button = [&](const QString& label, const char* id, const char* icon) {
        auto* made = new Button(context.theme, label, QStringLiteral("signingRequest.") + QLatin1String(id),
                                Button::Kind::Secondary, QLatin1String(icon));
        made->setAutoDefault(false);
        return made;
    };
    Button* copy = button(tr("Copy"), "copy", "copy");
    Button* save = button(tr("Save…"), "save", "download");
    Button* import = button(tr("Import signed certificate…"), "import", "upload");
    auto* close =
        new Button(context.theme, tr("Done"), QStringLiteral("signingRequest.close"), Button::Kind::Primary);
    close->setDefault(true);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(copy);
    buttons->addWidget(save);
    buttons->addStretch(1);
    buttons->addWidget(import);
    buttons->addWidget(close);
    layout->addLayout(buttons);
    connect(copy, &Button::clicked, this, [this, request] {
        QGuiApplication::clipboard()->setText(request);
        Q_EMIT message(tr("Copied the request"));
    });
    connect(save, &Button::clicked, this, [this, name, request] {
        const QString said = saveText(this, tr("Save the request"), name + QStringLiteral(".csr"), request);
        if (!said.isEmpty()) {
            Q_EMIT message(said);
        }
    });
    connect(import, &Button::clicked, this, [this, name] {
        accept();
        Q_EMIT signedWanted(name);
    });
    connect(close, &Button::clicked, this, &QDialog::accept);
}

AcmeDialog::AcmeDialog(ConsoleContext& context, QWidget* parent)
    : FormDialog(context, QStringLiteral("certificateAcme"), tr("Certificate by ACME"),
                 tr("The gateway gets the certificate and renews it by itself. The authority must reach it "
                    "under these names."),
                 tr("Create"), parent) {
    addText(QStringLiteral("name"), tr("Name"), tr("shop"));
    addChoice(QStringLiteral("preset"), tr("Authority"),
              {{letsEncrypt(), tr("Let's Encrypt")},
               {letsEncryptStaging(), tr("Let's Encrypt, staging: for trying out, not trusted")},
               {QString(), tr("Another directory")}});
    addText(QStringLiteral("directory"), tr("Directory"), QStringLiteral("https://acme.example/directory"));
    addText(QStringLiteral("domains"), tr("Host names"), QStringLiteral("shop.example, www.shop.example"));
    addText(QStringLiteral("contact"), tr("Contact"), QStringLiteral("ops@shop.example"),
            tr("Where the authority writes to; may be empty."));
    addChoice(QStringLiteral("challenge"), tr("Proof by"),
              {{QStringLiteral("http-01"), tr("http-01: a listener in the clear, on port 80 outside")},
               {QStringLiteral("tls-alpn-01"), tr("tls-alpn-01: a listener with TLS, on port 443 outside")}});
    showPreset(letsEncrypt());
    connect(this, &FormDialog::edited, this, [this](const QString& key, const QString& value) {
        if (key == u"preset") {
            showPreset(value);
        }
    });
    connect(this, &FormDialog::submitted, this, &AcmeDialog::submit);
}

void AcmeDialog::showPreset(const QString& preset) {
    field(QStringLiteral("directory"))->setVisible(preset.isEmpty());
    setValue(QStringLiteral("directory"), preset);
    adjustSize();
}

void AcmeDialog::submit() {
    FormValues form = CertificateForm::toForm({});
    form.insert(values());
    form.insert(QStringLiteral("acme"), QStringLiteral("1"));
    const auto current = context().service.current();
    const auto config = current ? current->config : gateway::model::Config{};
    if (showProblems(checkForm<CertificateForm>(form, gateway::model::CertificateId{}, config))) {
        return;
    }
    FieldProblems ignored; // there are none
    gateway::model::ConfigChange change;
    change.base = current ? current->revision.number : 0;
    change.author = context().author.toStdString();
    const QString name = value(QStringLiteral("name")).trimmed();
    change.message = tr("Create certificate %1, by ACME").arg(name).toStdString();
    change.edits = {gateway::model::Put{CertificateForm::fromForm(form, {}, ignored)}};
    setBusy(true);
    using Outcome = tl::expected<gateway::model::Revision, gateway::service::Rejection>;
    context().service.publish(std::move(change)).then(this, [this, name](const Outcome& outcome) {
        setBusy(false);
        if (!outcome) {
            showRejection(outcome.error(), CertificateForm::paths());
            return;
        }
        Q_EMIT made(name);
        accept();
    });
}

} // namespace ui
