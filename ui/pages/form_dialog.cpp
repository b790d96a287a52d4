#include "ui/pages/form_dialog.h"

#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace ui {
namespace {

constexpr int dialogWidth = 560;
constexpr int pemHeight = 92;

/// The field that an error of the service's speaks of; empty: none alone.
QString fieldOfError(const gateway::Error& error) {
    static const QMap<QString, QString> fields = {
        {QStringLiteral("wrong-passphrase"), QStringLiteral("passphrase")},
        {QStringLiteral("no-private-key"), QStringLiteral("key")},
        {QStringLiteral("other-key"), QStringLiteral("key")},
        {QStringLiteral("unsupported-key"), QStringLiteral("key")},
        {QStringLiteral("no-certificate"), QStringLiteral("chain")},
        {QStringLiteral("bad-chain"), QStringLiteral("chain")},
        {QStringLiteral("key-of-an-authority"), QStringLiteral("chain")},
        {QStringLiteral("names-missing"), QStringLiteral("names")},
        {QStringLiteral("name-taken"), QStringLiteral("name")},
        {QStringLiteral("bad-days"), QStringLiteral("days")},
    };
    if (error.code == "bad-name") {
        return error.message.find("host name") != std::string::npos ? QStringLiteral("names")
                                                                    : QStringLiteral("name");
    }
    return fields.value(QString::fromStdString(error.code));
}

} // namespace

FormDialog::FormDialog(ConsoleContext& context, const QString& id, const QString& title, const QString& text,
                       const QString& submitText, QWidget* parent)
    : QDialog(parent)
    , m_context(context)
    , m_id(id)
    , m_fields(new QVBoxLayout)
    , m_problem(makeLabel({}, "error"))
    , m_submit(new Button(context.theme, submitText, id + QStringLiteral(".submit"), Button::Kind::Primary)) {
    setAttribute(Qt::WA_DeleteOnClose);
    nameWidget(this, id, title);
    setWindowTitle(title);
    setFixedWidth(dialogWidth);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(22, 20, 22, 18);
    layout->setSpacing(12);
    layout->addWidget(makeLabel(title, "h1"));
    QLabel* about = makeLabel(text, "sub");
    about->setWordWrap(true);
    layout->addWidget(about);
    m_fields->setSpacing(12);
    layout->addLayout(m_fields);
    m_problem->setObjectName(id + QStringLiteral(".problem"));
    m_problem->setWordWrap(true);
    m_problem->hide();
    layout->addWidget(m_problem);
    auto* cancel = new Button(context.theme, tr("Cancel"), id + QStringLiteral(".cancel"));
    cancel->setAutoDefault(false);
    m_submit->setDefault(true);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    buttons->addWidget(m_submit);
    layout->addLayout(buttons);
    connect(cancel, &Button::clicked, this, &QDialog::reject);
    connect(m_submit, &Button::clicked, this, &FormDialog::submitted);
    connect(&m_form, &FormBinder::edited, this, [this](const QString& key, const QString& value) {
        m_values.insert(key, value);
        m_form.field(key)->clearError();
        Q_EMIT edited(key, value);
    });
}

Field* FormDialog::addText(const QString& key, const QString& title, const QString& placeholder,
                           const QString& hint) {
    Field* field = m_form.add(key, makeTextField(title, id(key), placeholder));
    field->setHint(hint);
    m_fields->addWidget(field);
    return field;
}

Field* FormDialog::addSecret(const QString& key, const QString& title, const QString& hint) {
    Field* field = addText(key, title, {}, hint);
    field->lineEdit()->setEchoMode(QLineEdit::Password);
    m_secrets.push_back(key);
    return field;
}

Field* FormDialog::addPem(const QString& key, const QString& title, const QString& hint) {
    auto* text = new QPlainTextEdit;
    text->setFont(Theme::monoFont(11));
    text->setFixedHeight(pemHeight);
    text->setTabChangesFocus(true);
    text->setLineWrapMode(QPlainTextEdit::NoWrap);
    text->setPlaceholderText(tr("Paste PEM text, or drop a file on this window"));
    Field* field = m_form.add(key, new Field(title, text, id(key)));
    field->setHint(hint);
    m_fields->addWidget(field);
    m_secrets.push_back(key);
    return field;
}

Field* FormDialog::addChoice(const QString& key, const QString& title,
                             const QList<std::pair<QString, QString>>& items) {
    auto* combo = new QComboBox;
    for (const auto& [itemId, text] : items) {
        combo->addItem(text, itemId);
    }
    m_values.insert(key, items.isEmpty() ? QString() : items.first().first);
    Field* field = m_form.add(key, new Field(title, combo, id(key)));
    m_fields->addWidget(field);
    return field;
}

void FormDialog::addWidget(QWidget* widget) {
    m_fields->addWidget(widget);
}

void FormDialog::setValue(const QString& key, const QString& value) {
    m_values.insert(key, value);
    m_form.show(m_values);
    m_form.field(key)->clearError();
}

bool FormDialog::showProblems(const FieldProblems& problems) {
    const FieldProblems elsewhere = m_form.showProblems(problems, m_form.keys());
    QStringList sentences;
    for (const FieldProblem& problem : elsewhere) {
        sentences.push_back(problem.message);
    }
    m_problem->setText(sentences.join(u' '));
    m_problem->setVisible(!sentences.isEmpty());
    if (!problems.isEmpty() && m_form.field(problems.first().field) != nullptr) {
        m_form.focus(problems.first().field);
    }
    adjustSize();
    return !problems.isEmpty();
}

void FormDialog::showRejection(const gateway::service::Rejection& rejection, const FieldPaths& paths) {
    if (!rejection.problems.empty()) {
        showProblems(fieldProblems(rejection.problems, paths));
        return;
    }
    const QString said = toQString(rejection.error.message);
    showProblems({{fieldOfError(rejection.error), said.left(1).toUpper() + said.mid(1)}});
}

void FormDialog::setBusy(bool busy) {
    m_submit->setEnabled(!busy);
}

void FormDialog::done(int result) {
    for (const QString& key : std::as_const(m_secrets)) {
        setValue(key, {});
    }
    QDialog::done(result);
}

} // namespace ui
