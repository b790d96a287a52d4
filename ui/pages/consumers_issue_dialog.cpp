#include "ui/pages/consumers_issue_dialog.h"

#include "ui/editors/form.h"
#include "ui/editors/input_text.h"
#include "ui/models/table_text.h"
#include "ui/pages/new_key_view.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/field.h"
#include "ui/widgets/kind.h"

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
    , m_stack(new QStackedWidget)
    , m_key(new NewKeyView(context.theme, QStringLiteral("issueKey"))) {
    setAttribute(Qt::WA_DeleteOnClose);
    nameWidget(this, QStringLiteral("issueKey"), tr("Issue a key"));
    setWindowTitle(tr("Issue a key"));
    setFixedWidth(480);
    m_stack->addWidget(buildRequest(consumerName));
    m_stack->addWidget(m_key);
    connect(m_key, &NewKeyView::done, this, &QDialog::accept);
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
    m_scopes->setHint(tr("What it is good for. A rule that asks for scopes refuses a key without them."));
    m_addresses = makeTextField(tr("May come from"), QStringLiteral("issueKey.addresses"),
                                tr("anywhere; or 10.0.0.0/8, 192.0.2.7"));
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
    layout->addWidget(m_addresses);
    layout->addWidget(m_expires);
    layout->addWidget(m_problem);
    layout->addStretch(1);
    layout->addLayout(buttons);
    connect(cancel, &Button::clicked, this, &QDialog::reject);
    connect(m_issue, &Button::clicked, this, &IssueKeyDialog::issue);
    return page;
}

void IssueKeyDialog::issue() {
    const QString name = m_name->lineEdit()->text().trimmed();
    const auto expires = parseExpiry(m_expires->lineEdit()->text(), std::chrono::system_clock::now());
    m_name->setError(name.isEmpty() ? tr("Give the key a name, so that it can be recognised") : QString());
    m_expires->setError(expires ? QString() : expires.error());
    m_scopes->clearError();
    m_addresses->clearError();
    m_problem->hide();
    if (name.isEmpty() || !expires) {
        return;
    }
    gateway::service::KeyRequest request;
    request.consumer = m_consumer;
    request.name = name.toStdString();
    request.scopes = parseList(m_scopes->lineEdit()->text());
    request.addresses = parseList(m_addresses->lineEdit()->text());
    request.expires = *expires;
    request.author = m_context.author.toStdString();
    m_issue->setEnabled(false);
    using Outcome = tl::expected<gateway::service::IssuedKey, gateway::service::Rejection>;
    m_context.service.createKey(std::move(request)).then(this, [this](const Outcome& outcome) {
        m_issue->setEnabled(true);
        if (outcome) {
            m_stack->setCurrentIndex(1);
            m_key->present(*outcome);
        } else {
            showRejection(outcome.error());
        }
    });
}

void IssueKeyDialog::showRejection(const gateway::service::Rejection& rejection) {
    const FieldPaths paths = {{QStringLiteral("name"), QStringLiteral("name")},
                              {QStringLiteral("scopes"), QStringLiteral("scopes")},
                              {QStringLiteral("addresses"), QStringLiteral("addresses")},
                              {QStringLiteral("expires"), QStringLiteral("expires")}};
    bool said = false;
    for (const auto& problem : rejection.problems) {
        // Problems of a key come with the bare name of the field.
        const QString path = QStringLiteral("key.%1").arg(toQString(problem.path));
        for (const FieldProblem& mapped :
             fieldProblems({{problem.kind, path.toStdString(), problem.message, 0, 0}}, paths)) {
            Field* field = mapped.field == u"name"        ? m_name
                           : mapped.field == u"scopes"    ? m_scopes
                           : mapped.field == u"addresses" ? m_addresses
                           : mapped.field == u"expires"   ? m_expires
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
    m_key->forget();
    QDialog::done(result);
}

} // namespace ui
