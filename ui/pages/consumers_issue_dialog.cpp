#include "ui/pages/consumers_issue_dialog.h"

#include "ui/editors/form.h"
#include "ui/editors/input_text.h"
#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/field.h"
#include "ui/widgets/kind.h"

#include <QClipboard>
#include <QFrame>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace ui {

IssueKeyDialog::IssueKeyDialog(ConsoleContext& context, gateway::model::ConsumerId consumer,
                               const QString& consumerName, QWidget* parent)
    : QDialog(parent)
    , m_context(context)
    , m_consumer(consumer)
    , m_stack(new QStackedWidget) {
    setAttribute(Qt::WA_DeleteOnClose);
    nameWidget(this, QStringLiteral("issueKey"), tr("Issue a key"));
    setWindowTitle(tr("Issue a key"));
    setFixedWidth(480);
    m_stack->addWidget(buildRequest(consumerName));
    m_stack->addWidget(buildResult());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(22, 20, 22, 18);
    layout->addWidget(m_stack);
    m_name->lineEdit()->setFocus();
}

QWidget* IssueKeyDialog::buildRequest(const QString& consumerName) {
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(14);
    layout->addWidget(makeLabel(tr("Issue a key for %1").arg(consumerName), "h1"));
    m_name = makeTextField(tr("Name"), QStringLiteral("issueKey.name"), tr("ci"));
    m_name->setHint(tr("What it is for; unique among the keys of this consumer."));
    m_scopes =
        makeTextField(tr("Scopes"), QStringLiteral("issueKey.scopes"), tr("orders:read, orders:create"));
    m_expires = makeTextField(tr("Expires"), QStringLiteral("issueKey.expires"), tr("never; or 2027-01-31"));
    m_expires->setHint(tr("The key is refused from the start of this day on (UTC)."));
    m_problem = makeLabel({}, "error");
    m_problem->setObjectName(QStringLiteral("issueKey.problem"));
    m_problem->setWordWrap(true);
    m_problem->hide();
    auto* cancel = new Button(m_context.theme, tr("Cancel"), QStringLiteral("issueKey.cancel"));
    m_issue = new Button(m_context.theme, tr("Issue key"), QStringLiteral("issueKey.issue"),
                         Button::Kind::Primary, QStringLiteral("key"));
    m_issue->setDefault(true);
    cancel->setAutoDefault(false);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    buttons->addWidget(m_issue);
    layout->addWidget(m_name);
    layout->addWidget(m_scopes);
    layout->addWidget(m_expires);
    layout->addWidget(m_problem);
    layout->addStretch(1);
    layout->addLayout(buttons);
    connect(cancel, &Button::clicked, this, &QDialog::reject);
    connect(m_issue, &Button::clicked, this, &IssueKeyDialog::issue);
    return page;
}

QWidget* IssueKeyDialog::buildResult() {
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(14);
    m_title = makeLabel({}, "h1");
    auto* banner = new QFrame;
    setKind(banner, "banner");
    auto* words = new QVBoxLayout(banner);
    words->setContentsMargins(12, 10, 12, 10);
    QLabel* warning = makeLabel(tr("Copy this key now. It is shown this once; only its fingerprint is kept, "
                                   "so nobody can show it again."),
                                "value");
    warning->setWordWrap(true);
    words->addWidget(warning);
    m_secret = new QLineEdit;
    nameWidget(m_secret, QStringLiteral("issueKey.secret"), tr("The new key"));
    m_secret->setReadOnly(true);
    m_secret->setProperty("mono", true);
    m_copy = new Button(m_context.theme, tr("Copy"), QStringLiteral("issueKey.copy"), Button::Kind::Primary,
                        QStringLiteral("copy"));
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_secret, 1);
    row->addWidget(m_copy);
    auto* close = new Button(m_context.theme, tr("Done"), QStringLiteral("issueKey.done"));
    close->setAutoDefault(false);
    layout->addWidget(m_title);
    layout->addWidget(banner);
    layout->addLayout(row);
    layout->addStretch(1);
    layout->addWidget(close, 0, Qt::AlignRight);
    connect(m_copy, &Button::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_secret->text());
        m_copy->setText(tr("Copied"));
    });
    connect(close, &Button::clicked, this, &QDialog::accept);
    return page;
}

void IssueKeyDialog::issue() {
    const QString name = m_name->lineEdit()->text().trimmed();
    const auto expires = parseExpiry(m_expires->lineEdit()->text(), std::chrono::system_clock::now());
    m_name->setError(name.isEmpty() ? tr("Give the key a name, so that it can be recognised") : QString());
    m_expires->setError(expires ? QString() : expires.error());
    m_scopes->clearError();
    m_problem->hide();
    if (name.isEmpty() || !expires) {
        return;
    }
    gateway::service::KeyRequest request;
    request.consumer = m_consumer;
    request.name = name.toStdString();
    request.scopes = parseList(m_scopes->lineEdit()->text());
    request.expires = *expires;
    request.author = m_context.author.toStdString();
    m_issue->setEnabled(false);
    using Outcome = tl::expected<gateway::service::IssuedKey, gateway::service::Rejection>;
    m_context.service.createKey(std::move(request)).then(this, [this](const Outcome& outcome) {
        m_issue->setEnabled(true);
        if (outcome) {
            showKey(*outcome);
        } else {
            showRejection(outcome.error());
        }
    });
}

void IssueKeyDialog::showKey(const gateway::service::IssuedKey& issued) {
    m_title->setText(tr("Key %1 is ready").arg(toQString(issued.key.name)));
    m_secret->setText(toQString(issued.secret));
    m_secret->setCursorPosition(0);
    m_stack->setCurrentIndex(1);
    m_copy->setDefault(true);
    m_copy->setFocus();
}

void IssueKeyDialog::showRejection(const gateway::service::Rejection& rejection) {
    const FieldPaths paths = {{QStringLiteral("name"), QStringLiteral("name")},
                              {QStringLiteral("scopes"), QStringLiteral("scopes")},
                              {QStringLiteral("expires"), QStringLiteral("expires")}};
    bool said = false;
    for (const auto& problem : rejection.problems) {
        // Problems of a key come with the bare name of the field.
        const QString path = QStringLiteral("key.%1").arg(toQString(problem.path));
        for (const FieldProblem& mapped :
             fieldProblems({{problem.kind, path.toStdString(), problem.message, 0, 0}}, paths)) {
            Field* field = mapped.field == u"name"      ? m_name
                           : mapped.field == u"scopes"  ? m_scopes
                           : mapped.field == u"expires" ? m_expires
                                                        : nullptr;
            if (field != nullptr) {
                field->setError(mapped.message);
                said = true;
            }
        }
    }
    if (!said) {
        m_problem->setText(toQString(rejection.error.message));
        m_problem->show();
    }
}

void IssueKeyDialog::done(int result) {
    m_secret->clear();
    QDialog::done(result);
}

} // namespace ui
