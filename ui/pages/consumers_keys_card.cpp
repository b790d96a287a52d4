#include "ui/pages/consumers_keys_card.h"

#include "ui/models/table_memory.h"
#include "ui/models/table_text.h"
#include "ui/pages/consumers_issue_dialog.h"
#include "ui/pages/key_dialogs.h"
#include "ui/pages/key_files.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QItemSelectionModel>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace ui {

using gateway::model::ApiKey;
using gateway::model::KeyState;

KeysCard::KeysCard(ConsoleContext& context, QWidget* parent)
    : Card({}, {}, parent)
    , m_context(context)
    , m_keys(new KeyTableModel(m_clock, this))
    , m_table(new TableView(context.theme, QStringLiteral("keys.table"), tr("Keys of the consumer")))
    , m_stack(new QStackedWidget)
    , m_empty(
          new EmptyState(context.theme, QStringLiteral("key"), tr("No keys yet"),
                         tr("A key tells the gateway who calls. It is shown once when it is issued, and only "
                            "its fingerprint is kept.")))
    , m_toggle(new Button(context.theme, tr("Disable"), QStringLiteral("keys.toggle")))
    , m_revoke(new Button(context.theme, tr("Revoke"), QStringLiteral("keys.revoke"), Button::Kind::Danger))
    , m_issue(new Button(context.theme, tr("Issue key"), QStringLiteral("keys.issue"),
                         Button::Kind::Secondary, QStringLiteral("key")))
    , m_more(new Button(context.theme, tr("More"), QStringLiteral("keys.more")))
    , m_menu(new QMenu(this))
    , m_files(new KeyFiles(context, *this)) {
    setObjectName(QStringLiteral("keys"));
    buildMenu();
    addHeaderWidget(m_more);
    addHeaderWidget(m_toggle);
    addHeaderWidget(m_revoke);
    addHeaderWidget(m_issue);
    m_issueFirst =
        m_empty->addPrimary(tr("Issue key"), QStringLiteral("keys.issueFirst"), [this] { issueKey(); });
    buildTable(context);
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    body()->addWidget(m_stack, 1);
    connect(m_issue, &Button::clicked, this, &KeysCard::issueKey);
    connect(m_toggle, &Button::clicked, this, &KeysCard::toggleKey);
    connect(m_revoke, &Button::clicked, this, &KeysCard::revokeKey);
    connect(&context.service, &gateway::service::GatewayService::keysChanged, this,
            [this](gateway::model::ConsumerId consumer) {
                if (!consumer || consumer == m_consumer) {
                    reload();
                }
            });
    setConsumer({}, {});
}

void KeysCard::buildMenu() {
    nameWidget(m_menu, QStringLiteral("keys.menu"), tr("More about keys"));
    const auto add = [this](const QString& text, const char* icon, const char* id, auto action) {
        QAction* item = m_menu->addAction(m_context.theme.icon(QLatin1String(icon)), text);
        item->setObjectName(QStringLiteral("keys.menu.") + QLatin1String(id));
        connect(item, &QAction::triggered, this, action);
        return item;
    };
    m_rotate = add(tr("&Rotate…"), "reload", "rotate", [this] { rotateKey(); });
    m_change = add(tr("&Change…"), "edit", "change", [this] { changeKey(); });
    m_menu->addSeparator();
    add(tr("&Import hashes…"), "upload", "import", [this] { m_files->chooseImport(); });
    add(tr("&Export hashes…"), "download", "export",
        [this] { m_files->chooseExport(m_consumer.value, m_consumerName); });
    connect(m_files, &KeyFiles::message, this, &KeysCard::message);
    connect(m_more, &Button::clicked, this,
            [this] { m_menu->popup(m_more->mapToGlobal(QPoint(0, m_more->height() + 4))); });
    connect(m_table, &TableView::menuRequested, this,
            [this](const QModelIndex&, const QPoint& at) { m_menu->popup(at); });
}

void KeysCard::buildTable(ConsoleContext& context) {
    m_table->setPlainHeader();
    m_table->setModel(m_keys);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    new TableMemory(*m_table, *m_keys, QStringLiteral("keys"), KeyTableModel::Scopes);
    m_table->setItemDelegateForColumn(KeyTableModel::Prefix, new MonoDelegate(context.theme, m_table));
    m_table->setItemDelegateForColumn(KeyTableModel::State, new StatusDelegate(context.theme, m_table));
    for (const int column : {KeyTableModel::Scopes, KeyTableModel::Addresses, KeyTableModel::Expires,
                             KeyTableModel::LastUsed, KeyTableModel::Created}) {
        m_table->setItemDelegateForColumn(column, new SecondaryDelegate(context.theme, m_table));
    }
    m_table->setItemDelegateForColumn(KeyTableModel::Uses,
                                      new NumberDelegate(context.theme, QFont::Normal, m_table));
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &KeysCard::updateButtons);
    connect(m_table, &TableView::opened, this, &KeysCard::changeKey);
    connect(m_table, &TableView::spacePressed, this, &KeysCard::toggleKey);
    connect(m_table, &TableView::deletePressed, this, &KeysCard::revokeKey);
}

void KeysCard::setConsumer(gateway::model::ConsumerId consumer, const QString& name) {
    const bool same = consumer == m_consumer;
    m_consumer = consumer;
    m_consumerName = name;
    setTitle(consumer ? tr("Keys of %1").arg(name) : tr("Keys"));
    if (!consumer) {
        m_empty->setTexts(tr("No consumer chosen"),
                          tr("Choose a consumer above to see its keys and to issue one."));
    } else {
        m_empty->setTexts(tr("No keys yet"),
                          tr("A key tells the gateway who calls. It is shown once when it is "
                             "issued, and only its fingerprint is kept."));
    }
    m_issueFirst->setVisible(bool(consumer));
    if (!same || !consumer) {
        m_keys->setKeys({});
        m_stack->setCurrentWidget(m_empty);
        updateButtons();
        reload();
    }
}

void KeysCard::reload() {
    if (!m_consumer) {
        return;
    }
    using Outcome = tl::expected<std::vector<ApiKey>, gateway::service::Rejection>;
    m_context.service.listKeys(m_consumer).then(this, [this, consumer = m_consumer](const Outcome& outcome) {
        if (consumer != m_consumer) {
            return; // another consumer was chosen meanwhile
        }
        if (!outcome) {
            Q_EMIT message(toQString(outcome.error().error.message));
            return;
        }
        m_keys->setKeys(*outcome);
        m_stack->setCurrentWidget(outcome->empty() ? static_cast<QWidget*>(m_empty) : m_table);
        updateButtons();
        Q_EMIT countKnown(consumer.value, static_cast<int>(outcome->size()));
    });
}

const ApiKey* KeysCard::selectedKey() const {
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    return rows.isEmpty() ? nullptr : m_keys->keyAt(rows.first().row());
}

void KeysCard::updateButtons() {
    const ApiKey* key = selectedKey();
    const bool usable = key != nullptr && key->state != KeyState::Revoked;
    m_toggle->setVisible(m_keys->itemCount() > 0);
    m_revoke->setVisible(m_keys->itemCount() > 0);
    m_issue->setVisible(m_keys->itemCount() > 0);
    m_more->setVisible(bool(m_consumer));
    m_rotate->setEnabled(usable);
    m_change->setEnabled(usable);
    m_toggle->setEnabled(usable);
    m_revoke->setEnabled(usable);
    const bool disabled = key != nullptr && key->state == KeyState::Disabled;
    m_toggle->setText(disabled ? tr("Enable") : tr("Disable"));
}

void KeysCard::issueKey() {
    if (m_consumer) {
        auto* dialog = new IssueKeyDialog(m_context, m_consumer, m_consumerName, window());
        connect(dialog, &QDialog::finished, this, &KeysCard::reload);
        dialog->open();
    }
}

void KeysCard::rotateKey() {
    const ApiKey* key = selectedKey();
    if (key != nullptr && key->state != KeyState::Revoked) {
        auto* dialog = new RotateKeyDialog(m_context, *key, window());
        connect(dialog, &QDialog::finished, this, &KeysCard::reload);
        dialog->open();
    }
}

void KeysCard::changeKey() {
    const ApiKey* key = selectedKey();
    if (key != nullptr && key->state != KeyState::Revoked) {
        auto* dialog = new ChangeKeyDialog(m_context, *key, window());
        connect(dialog, &ChangeKeyDialog::changedKey, this,
                [this](const QString& name) { Q_EMIT message(tr("Key %1 is changed").arg(name)); });
        connect(dialog, &QDialog::finished, this, &KeysCard::reload);
        dialog->open();
    }
}

void KeysCard::toggleKey() {
    const ApiKey* key = selectedKey();
    if (key == nullptr || key->state == KeyState::Revoked) {
        return;
    }
    const bool enable = key->state == KeyState::Disabled;
    setState(*key, enable ? KeyState::Active : KeyState::Disabled,
             enable ? tr("Key %1 works again") : tr("Key %1 is disabled"));
}

void KeysCard::revokeKey() {
    const ApiKey* selected = selectedKey();
    if (selected == nullptr || selected->state == KeyState::Revoked) {
        return;
    }
    const ApiKey key = *selected; // the table may be filled anew while the question stands
    QMessageBox box(QMessageBox::Warning, tr("Revoke key"),
                    tr("Revoke the key “%1” (%2…) of %3?")
                        .arg(toQString(key.name), toQString(key.prefix), m_consumerName),
                    QMessageBox::NoButton, this);
    box.setObjectName(QStringLiteral("keys.confirmRevoke"));
    box.setInformativeText(tr("Requests with it are refused at once, and it can never be used again."));
    const QPushButton* revoke = box.addButton(tr("Revoke"), QMessageBox::DestructiveRole);
    QPushButton* keep = box.addButton(tr("Keep"), QMessageBox::RejectRole);
    box.setDefaultButton(keep);
    box.setEscapeButton(keep);
    box.exec();
    if (box.clickedButton() == revoke) {
        setState(key, KeyState::Revoked, tr("Key %1 is revoked"));
    }
}

void KeysCard::setState(const ApiKey& key, KeyState state, const QString& done) {
    using Outcome = tl::expected<ApiKey, gateway::service::Rejection>;
    m_context.service.setKeyState(key.id, state, m_context.author.toStdString())
        .then(this, [this, done, name = toQString(key.name)](const Outcome& outcome) {
            Q_EMIT message(outcome ? done.arg(name) : toQString(outcome.error().error.message));
            reload();
        });
}

} // namespace ui
