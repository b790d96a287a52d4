#include "ui/pages/secret_field.h"

#include "ui/widgets/buttons.h"
#include "ui/widgets/kind.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QRegularExpression>

namespace ui {

QString secretNameOf(const QString& reference) {
    static const QRegularExpression form(QStringLiteral("^\\$\\{secret:([^}]*)\\}$"));
    const auto match = form.match(reference.trimmed());
    return match.hasMatch() ? match.captured(1) : QString();
}

SecretEditor::SecretEditor(ConsoleContext& context, const QString& objectName, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_edit(new QLineEdit) {
    nameWidget(m_edit, objectName + QStringLiteral(".reference"), tr("Reference to the secret"));
    m_edit->setPlaceholderText(QStringLiteral("${secret:name}"));
    m_edit->setProperty("mono", true);
    setFocusProxy(m_edit);
    auto* store = new Button(context.theme, tr("Store a value…"), objectName + QStringLiteral(".store"),
                             Button::Kind::Secondary, QStringLiteral("lock"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(m_edit, 1);
    layout->addWidget(store);
    connect(m_edit, &QLineEdit::textChanged, this, &SecretEditor::changed);
    connect(store, &Button::clicked, this, &SecretEditor::openDialog);
}

QString SecretEditor::text() const {
    return m_edit->text();
}

void SecretEditor::setText(const QString& text) {
    if (m_edit->text() != text) {
        m_edit->setText(text);
    }
}

void SecretEditor::openDialog() {
    const QString name = secretNameOf(text());
    auto* dialog = new StoreSecretDialog(m_context, name.isEmpty() ? m_proposal : name, window());
    connect(dialog, &StoreSecretDialog::stored, this,
            [this](const QString& stored) { setText(QStringLiteral("${secret:%1}").arg(stored)); });
    dialog->open();
}

StoreSecretDialog::StoreSecretDialog(ConsoleContext& context, const QString& name, QWidget* parent)
    : FormDialog(context, QStringLiteral("storeSecret"), tr("Store a secret"),
                 tr("It is stored encrypted, and never shown or exported again. The configuration holds its "
                    "name only. A value that is stored under this name already is replaced."),
                 tr("Store"), parent) {
    addText(QStringLiteral("name"), tr("Name"), QStringLiteral("corp-client-secret"));
    addSecret(QStringLiteral("value"), tr("Value"));
    setValue(QStringLiteral("name"), name);
    field(name.isEmpty() ? QStringLiteral("name") : QStringLiteral("value"))->lineEdit()->setFocus();
    connect(this, &FormDialog::submitted, this, &StoreSecretDialog::submit);
}

void StoreSecretDialog::submit() {
    const QString name = value(QStringLiteral("name")).trimmed();
    FieldProblems problems;
    if (name.isEmpty()) {
        problems.push_back({QStringLiteral("name"), tr("Give it a name, by which settings refer to it")});
    }
    if (value(QStringLiteral("value")).isEmpty()) {
        problems.push_back({QStringLiteral("value"), tr("Say the value")});
    }
    if (showProblems(problems)) {
        return;
    }
    setBusy(true);
    using Outcome = tl::expected<bool, gateway::service::Rejection>;
    context()
        .service
        .setSecret(name.toStdString(), value(QStringLiteral("value")).toStdString(),
                   context().author.toStdString())
        .then(this, [this, name](const Outcome& outcome) {
            setBusy(false);
            if (!outcome) {
                showRejection(outcome.error(), {{QStringLiteral("name"), QStringLiteral("name")},
                                                {QStringLiteral("value"), QStringLiteral("value")}});
                return;
            }
            Q_EMIT stored(name);
            accept();
        });
}

} // namespace ui
