#include "ui/pages/revocations_dialog.h"

#include "ui/models/table_memory.h"
#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/column.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/search_edit.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <algorithm>

namespace ui {

using gateway::model::Revocation;
using gateway::service::Rejection;

namespace {

const QString& timeForm() {
    static const QString form = QStringLiteral("yyyy-MM-dd hh:mm");
    return form;
}

} // namespace

RevocationsDialog::RevocationsDialog(ConsoleContext& context, QWidget* parent)
    : QDialog(parent)
    , m_context(context)
    , m_revocations(new RevocationTableModel(this))
    , m_table(new TableView(context.theme, QStringLiteral("revocations.table"), tr("Revocations")))
    , m_empty(
          wrappedLabel(tr("Nothing is revoked. A token that leaked is revoked by its id (jti), all tokens of "
                          "somebody by the subject, and everything that was issued before a moment at "
                          "once."),
                       "sub"))
    , m_message(wrappedLabel({}, "sub"))
    , m_lift(new Button(context.theme, tr("Lift"), QStringLiteral("revocations.lift"),
                        Button::Kind::Secondary, QStringLiteral("undo"))) {
    setAttribute(Qt::WA_DeleteOnClose);
    nameWidget(this, QStringLiteral("revocations"), tr("Revocations"));
    setWindowTitle(tr("Revocations"));
    resize(900, 560);
    m_table->setPlainHeader();
    m_table->setModel(m_revocations);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    new TableMemory(*m_table, *m_revocations, QStringLiteral("revocations"), RevocationTableModel::What);
    for (int column = RevocationTableModel::Provider; column <= RevocationTableModel::Created; ++column) {
        m_table->setItemDelegateForColumn(column, new SecondaryDelegate(context.theme, m_table));
    }
    m_empty->setObjectName(QStringLiteral("revocations.empty"));
    m_message->setObjectName(QStringLiteral("revocations.message"));
    m_message->hide();
    auto* search = new SearchEdit(context.theme, tr("Filter"), QStringLiteral("revocations.search"));
    search->setMaximumWidth(260);
    auto* add = new Button(context.theme, tr("Revoke…"), QStringLiteral("revocations.add"),
                           Button::Kind::Primary, QStringLiteral("plus"));
    auto* close = new Button(context.theme, tr("Close"), QStringLiteral("revocations.close"));
    auto* bar = new QHBoxLayout;
    bar->setSpacing(8);
    bar->addWidget(search, 1);
    bar->addStretch(1);
    bar->addWidget(m_lift);
    bar->addWidget(add);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_message, 1);
    buttons->addWidget(close);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(22, 20, 22, 18);
    layout->setSpacing(12);
    layout->addWidget(makeLabel(tr("Revocations"), "h1"));
    layout->addWidget(wrappedLabel(tr("They hold on every worker as soon as they are stored, and end open "
                                      "streams, too."),
                                   "sub"));
    layout->addLayout(bar);
    layout->addWidget(m_empty, 1, Qt::AlignTop);
    layout->addWidget(m_table, 1);
    layout->addLayout(buttons);
    connect(search, &SearchEdit::filterChanged, m_revocations, &RevocationTableModel::setFilter);
    connect(add, &Button::clicked, this, &RevocationsDialog::add);
    connect(close, &Button::clicked, this, &QDialog::accept);
    connect(m_lift, &Button::clicked, this, &RevocationsDialog::lift);
    connect(m_table, &TableView::deletePressed, this, &RevocationsDialog::lift);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &RevocationsDialog::updateButtons);
    connect(&context.service, &gateway::service::GatewayService::revocationsChanged, this,
            &RevocationsDialog::load);
    updateButtons();
    load();
}

void RevocationsDialog::load() {
    using Outcome = tl::expected<std::vector<Revocation>, Rejection>;
    m_context.service.revocations().then(this, [this](const Outcome& outcome) {
        if (!outcome) {
            say(toQString(outcome.error().error.message), true);
            return;
        }
        m_revocations->setRevocations(*outcome, m_context.service.current());
        m_empty->setVisible(outcome->empty());
        m_table->setVisible(!outcome->empty());
        updateButtons();
    });
}

void RevocationsDialog::updateButtons() {
    m_lift->setEnabled(m_table->selectionModel()->hasSelection());
}

void RevocationsDialog::say(const QString& text, bool isBad) {
    restyle(m_message, "kind", isBad ? QStringLiteral("error") : QStringLiteral("sub"));
    m_message->setText(text);
    m_message->setVisible(!text.isEmpty());
}

void RevocationsDialog::add() {
    auto* dialog = new AddRevocationDialog(m_context, this);
    connect(dialog, &AddRevocationDialog::added, this, [this](const Revocation& revocation) {
        const auto config = m_context.service.current();
        say(tr("%1: refused from now on").arg(revokedText(revocation, config->config)), false);
        load();
    });
    dialog->open();
}

void RevocationsDialog::lift() {
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    const Revocation* chosen = rows.isEmpty() ? nullptr : m_revocations->revocationAt(rows.first().row());
    if (chosen == nullptr) {
        return;
    }
    const bool keysToo = chosen->kind == Revocation::Kind::Before && !chosen->provider;
    using Outcome = tl::expected<bool, Rejection>;
    m_context.service.liftRevocation(chosen->id, m_context.author.toStdString())
        .then(this, [this, keysToo](const Outcome& outcome) {
            if (outcome) {
                say(keysToo ? tr("Lifted for tokens. API keys that were revoked with it stay revoked.")
                            : tr("Lifted"),
                    false);
            } else {
                say(toQString(outcome.error().error.message), true);
            }
            load();
        });
}

AddRevocationDialog::AddRevocationDialog(ConsoleContext& context, QWidget* parent)
    : FormDialog(context, QStringLiteral("addRevocation"), tr("Revoke"),
                 tr("What is named here is refused from this moment on, everywhere."), tr("Revoke"), parent) {
    addChoice(QStringLiteral("kind"), tr("What"),
              {{QStringLiteral("token"), tr("One token, by its id (jti)")},
               {QStringLiteral("subject"), tr("All tokens of a subject (sub)")},
               {QStringLiteral("before"), tr("Everything that was issued before a time")},
               {QStringLiteral("consumer"), tr("Whatever a consumer calls with")}});
    QList<std::pair<QString, QString>> providers = {{QString(), tr("any issuer")}};
    QList<std::pair<QString, QString>> consumers;
    if (const auto config = context.service.current()) {
        for (const auto& provider : config->config.identityProviders) {
            providers.push_back({QString::number(provider.id.value), toQString(provider.name)});
        }
        for (const auto& consumer : config->config.consumers) {
            consumers.push_back({QString::number(consumer.id.value), toQString(consumer.name)});
        }
    }
    addText(QStringLiteral("value"), tr("Id or subject"), QStringLiteral("8f3c2a…"));
    addChoice(QStringLiteral("provider"), tr("Of"), providers);
    addChoice(QStringLiteral("consumer"), tr("Consumer"), consumers);
    addText(QStringLiteral("before"), tr("Issued before"), tr("now; or 2026-11-24 08:15"));
    addText(QStringLiteral("reason"), tr("Reason"), tr("may be empty"));
    connect(this, &FormDialog::edited, this, [this](const QString& key) {
        if (key == u"kind" || key == u"provider") {
            followKind();
        }
    });
    connect(this, &FormDialog::submitted, this, &AddRevocationDialog::submit);
    followKind();
}

void AddRevocationDialog::followKind() {
    const QString kind = value(QStringLiteral("kind"));
    field(QStringLiteral("value"))->setVisible(kind == u"token" || kind == u"subject");
    field(QStringLiteral("provider"))->setVisible(kind != u"consumer");
    field(QStringLiteral("consumer"))->setVisible(kind == u"consumer");
    Field* before = field(QStringLiteral("before"));
    before->setVisible(kind == u"subject" || kind == u"before");
    before->setHint(kind == u"before" && value(QStringLiteral("provider")).isEmpty()
                        ? tr("API keys that were made before are revoked for good, too.")
                        : QString());
    adjustSize();
}

void AddRevocationDialog::submit() {
    const QString kind = value(QStringLiteral("kind"));
    Revocation revocation;
    revocation.kind = kind == u"subject"    ? Revocation::Kind::Subject
                      : kind == u"before"   ? Revocation::Kind::Before
                      : kind == u"consumer" ? Revocation::Kind::Consumer
                                            : Revocation::Kind::TokenId;
    revocation.value = value(QStringLiteral("value")).trimmed().toStdString();
    revocation.reason = value(QStringLiteral("reason")).trimmed().toStdString();
    revocation.author = context().author.toStdString();
    FieldProblems problems;
    if (kind == u"consumer") {
        revocation.consumer.value = value(QStringLiteral("consumer")).toULongLong();
    } else {
        revocation.provider.value = value(QStringLiteral("provider")).toULongLong();
    }
    if ((kind == u"token" || kind == u"subject") && revocation.value.empty()) {
        problems.push_back({QStringLiteral("value"),
                            kind == u"token" ? tr("Say the token's id (jti)") : tr("Say the subject (sub)")});
    }
    const QString before = value(QStringLiteral("before")).trimmed();
    if ((kind == u"subject" || kind == u"before") && !before.isEmpty()) {
        const QDateTime time = QDateTime::fromString(before, timeForm());
        if (time.isValid()) {
            revocation.before = gateway::WallTime(std::chrono::milliseconds(time.toMSecsSinceEpoch()));
        } else {
            problems.push_back({QStringLiteral("before"), tr("Write it like 2026-11-24 08:15")});
        }
    }
    if (showProblems(problems)) {
        return;
    }
    setBusy(true);
    using Outcome = tl::expected<Revocation, Rejection>;
    context().service.revoke(std::move(revocation)).then(this, [this](const Outcome& outcome) {
        setBusy(false);
        if (outcome) {
            Q_EMIT added(*outcome);
            accept();
        } else {
            showRejection(outcome.error(), {});
        }
    });
}

} // namespace ui
