#include "ui/pages/key_dialogs.h"

#include "ui/editors/input_text.h"
#include "ui/models/table_text.h"
#include "ui/pages/new_key_view.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/column.h"
#include "ui/widgets/kind.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QStackedWidget>

namespace ui {

using gateway::model::ApiKey;

namespace {

/// The day that parseExpiry() reads; a time within a day is shown as that day.
QString expiryInput(const std::optional<gateway::WallTime>& time) {
    if (!time) {
        return {};
    }
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(time->time_since_epoch()).count();
    return QDateTime::fromMSecsSinceEpoch(milliseconds, Qt::UTC).toString(QStringLiteral("yyyy-MM-dd"));
}

} // namespace

RotateKeyDialog::RotateKeyDialog(ConsoleContext& context, const ApiKey& key, QWidget* parent)
    : QDialog(parent)
    , m_context(context)
    , m_id(key.id)
    , m_stack(new QStackedWidget)
    , m_key(new NewKeyView(context.theme, QStringLiteral("rotateKey"))) {
    setAttribute(Qt::WA_DeleteOnClose);
    nameWidget(this, QStringLiteral("rotateKey"), tr("Rotate a key"));
    setWindowTitle(tr("Rotate a key"));
    setFixedWidth(480);
    m_stack->addWidget(buildRequest(toQString(key.name)));
    m_stack->addWidget(m_key);
    connect(m_key, &NewKeyView::done, this, &QDialog::accept);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(22, 20, 22, 18);
    layout->addWidget(m_stack);
    m_overlap->lineEdit()->setFocus();
}

QWidget* RotateKeyDialog::buildRequest(const QString& name) {
    auto* page = new QWidget;
    QVBoxLayout* layout = columnIn(page);
    layout->addWidget(makeLabel(tr("Rotate the key %1").arg(name), "h1"));
    layout->addWidget(
        wrappedLabel(tr("A new key with the same scopes and addresses takes its place. Both are "
                        "good for a while, so that callers can change over."),
                     "sub"));
    m_overlap = makeTextField(tr("The old one stays good for"), QStringLiteral("rotateKey.overlap"),
                              tr("it is revoked at once"));
    m_overlap->lineEdit()->setText(QStringLiteral("24h"));
    m_overlap->setHint(tr("Such as 24h or 30m. Empty: it is revoked at once."));
    m_expires = makeTextField(tr("The new one expires"), QStringLiteral("rotateKey.expires"),
                              tr("after as long as the old one had; or 2027-01-31"));
    m_problem = wrappedLabel({}, "error");
    m_problem->setObjectName(QStringLiteral("rotateKey.problem"));
    m_problem->hide();
    auto* cancel = new Button(m_context.theme, tr("Cancel"), QStringLiteral("rotateKey.cancel"));
    cancel->setAutoDefault(false);
    m_rotate = new Button(m_context.theme, tr("Rotate"), QStringLiteral("rotateKey.rotate"),
                          Button::Kind::Primary, QStringLiteral("reload"));
    m_rotate->setDefault(true);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    buttons->addWidget(m_rotate);
    layout->addWidget(m_overlap);
    layout->addWidget(m_expires);
    layout->addWidget(m_problem);
    layout->addStretch(1);
    layout->addLayout(buttons);
    connect(cancel, &Button::clicked, this, &QDialog::reject);
    connect(m_rotate, &Button::clicked, this, &RotateKeyDialog::rotate);
    return page;
}

void RotateKeyDialog::rotate() {
    const auto overlap = parseOptionalDuration(m_overlap->lineEdit()->text());
    const auto expires = parseExpiry(m_expires->lineEdit()->text(), std::chrono::system_clock::now());
    m_overlap->setError(overlap ? QString() : overlap.error());
    m_expires->setError(expires ? QString() : expires.error());
    m_problem->hide();
    if (!overlap || !expires) {
        return;
    }
    gateway::service::KeyRotation rotation;
    rotation.key = m_id;
    rotation.overlap = std::chrono::duration_cast<std::chrono::seconds>(*overlap);
    rotation.expires = *expires;
    rotation.author = m_context.author.toStdString();
    m_rotate->setEnabled(false);
    using Outcome = tl::expected<gateway::service::IssuedKey, gateway::service::Rejection>;
    m_context.service.rotateKey(std::move(rotation)).then(this, [this](const Outcome& outcome) {
        m_rotate->setEnabled(true);
        if (outcome) {
            m_stack->setCurrentIndex(1);
            m_key->present(*outcome);
        } else {
            m_problem->setText(toQString(outcome.error().error.message));
            m_problem->show();
        }
    });
}

void RotateKeyDialog::done(int result) {
    m_key->forget();
    QDialog::done(result);
}

ChangeKeyDialog::ChangeKeyDialog(ConsoleContext& context, ApiKey key, QWidget* parent)
    : FormDialog(context, QStringLiteral("changeKey"), tr("Change the key %1").arg(toQString(key.name)),
                 tr("What holds from now on; the key itself stays as it is."), tr("Save"), parent)
    , m_key(std::move(key))
    , m_expires(expiryInput(m_key.expires)) {
    addText(QStringLiteral("scopes"), tr("Scopes"), tr("orders:read, orders:create"));
    addText(QStringLiteral("addresses"), tr("May come from"), tr("anywhere; or 10.0.0.0/8, 192.0.2.7"));
    addText(QStringLiteral("expires"), tr("Expires"), tr("never; or 2027-01-31"),
            tr("The key is refused from the start of this day on (UTC)."));
    setValue(QStringLiteral("scopes"), listText(m_key.scopes));
    setValue(QStringLiteral("addresses"), listText(m_key.addresses));
    setValue(QStringLiteral("expires"), m_expires);
    connect(this, &FormDialog::submitted, this, &ChangeKeyDialog::submit);
}

void ChangeKeyDialog::submit() {
    ApiKey key = m_key;
    key.scopes = parseList(value(QStringLiteral("scopes")));
    key.addresses = parseList(value(QStringLiteral("addresses")));
    const QString typed = value(QStringLiteral("expires")).trimmed();
    FieldProblems problems;
    if (typed != m_expires) {
        const auto expires = parseExpiry(typed, std::chrono::system_clock::now());
        if (expires) {
            key.expires = *expires;
        } else {
            problems.push_back({QStringLiteral("expires"), expires.error()});
        }
    }
    if (showProblems(problems)) {
        return;
    }
    setBusy(true);
    using Outcome = tl::expected<ApiKey, gateway::service::Rejection>;
    context()
        .service.changeKey(std::move(key), context().author.toStdString())
        .then(this, [this](const Outcome& outcome) {
            setBusy(false);
            if (outcome) {
                Q_EMIT changedKey(toQString(outcome->name));
                accept();
                return;
            }
            gateway::service::Rejection rejection = outcome.error();
            for (auto& problem : rejection.problems) {
                problem.path = "key." + problem.path; // they come with the bare name of the field
            }
            showRejection(rejection, {{QStringLiteral("scopes"), QStringLiteral("scopes")},
                                      {QStringLiteral("addresses"), QStringLiteral("addresses")},
                                      {QStringLiteral("expires"), QStringLiteral("expires")}});
        });
}

} // namespace ui
