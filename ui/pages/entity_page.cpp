#include "ui/pages/entity_page.h"

#include "ui/models/table_memory.h"
#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/search_edit.h"
#include "ui/widgets/table_view.h"

#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QLabel>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace ui {
namespace {

constexpr int checkAfterMilliseconds = 120; // overlaps are looked for among all routes: not at every key

enum StackPage { TablePage, EmptyPage, NothingFoundPage };

QString capitalised(const QString& text) {
    return text.left(1).toUpper() + text.mid(1);
}

QWidget* framed(QWidget* content) {
    auto* frame = new QFrame;
    setKind(frame, "card");
    auto* layout = new QVBoxLayout(frame);
    layout->setContentsMargins(1, 1, 1, 1);
    layout->addWidget(content);
    return frame;
}

} // namespace

EntityPage::EntityPage(ConsoleContext& context, const Texts& texts, IndexedTableModel* model,
                       int stretchColumn)
    : m_context(context)
    , m_texts(texts)
    , m_model(*model)
    , m_mainLayout(new QVBoxLayout)
    , m_tools(new QHBoxLayout)
    , m_actions(new QHBoxLayout)
    , m_search(new SearchEdit(context.theme, texts.filterHint, objectId(QStringLiteral("search"))))
    , m_new(new Button(context.theme, texts.newText, objectId(QStringLiteral("new")), Button::Kind::Primary,
                       QStringLiteral("plus")))
    , m_stack(new QStackedWidget)
    , m_table(new TableView(context.theme, objectId(QStringLiteral("table")), capitalised(texts.many)))
    , m_counts(makeLabel({}, "sub"))
    , m_hints(new QWidget)
    , m_drawer(new Drawer(context.theme, objectId(QStringLiteral("drawer"))))
    , m_reload(new Button(context.theme, tr("Reload, keep mine"), objectId(QStringLiteral("reload")),
                          Button::Kind::Secondary, QStringLiteral("reload"))) {
    setObjectName(texts.id);
    setAccessibleName(capitalised(texts.many));
    setKind(this, "page");
    model->setParent(this);
    m_table->setModel(model);
    new TableMemory(*m_table, *model, texts.id, stretchColumn);
    buildMain();
    auto* root = new QHBoxLayout(this);
    root->setContentsMargins(0, 0, 0, 0);
    root->setSpacing(0);
    root->addLayout(m_mainLayout, 1);
    root->addWidget(m_drawer);
    m_drawer->addFooterWidget(m_reload);
    m_reload->hide();
    buildShortcuts();

    m_checkTimer.setSingleShot(true);
    m_checkTimer.setInterval(checkAfterMilliseconds);
    connect(&m_checkTimer, &QTimer::timeout, this, &EntityPage::checkNow);
    connect(&m_form, &FormBinder::edited, this, &EntityPage::onEdited);
    connect(m_reload, &Button::clicked, this, &EntityPage::reloadKeepingValues);
    connect(m_drawer, &Drawer::saveRequested, this, &EntityPage::save);
    connect(m_drawer, &Drawer::discardRequested, this, &EntityPage::discard);
    connect(m_drawer, &Drawer::closeRequested, this, &EntityPage::requestClose);
}

QString EntityPage::objectId(const QString& part) const {
    return m_texts.id + u'.' + part;
}

const gateway::model::Config& EntityPage::currentConfig() const {
    static const gateway::model::Config nothing;
    return m_config ? m_config->config : nothing;
}

void EntityPage::buildMain() {
    m_mainLayout->setContentsMargins(24, 18, 24, 12);
    m_mainLayout->setSpacing(12);
    buildToolbar(m_mainLayout);

    auto* empty = new EmptyState(m_context.theme, m_texts.icon, m_texts.emptyTitle, m_texts.emptyText);
    empty->addPrimary(m_texts.newText, objectId(QStringLiteral("emptyNew")), [this] { createNew(); });
    auto* nothingFound =
        new EmptyState(m_context.theme, QStringLiteral("search"), tr("Nothing matches"),
                       tr("No %1 has all these words and is in this state.").arg(m_texts.one));
    nothingFound->addSecondary(tr("Clear the filter"), objectId(QStringLiteral("clearFilter")), [this] {
        m_search->clear();
        m_model.setFilter({});
        updateCounts();
    });
    m_stack->addWidget(framed(m_table));
    m_stack->addWidget(framed(empty));
    m_stack->addWidget(framed(nothingFound));
    m_mainLayout->addWidget(m_stack, 1);
    buildFooter(m_mainLayout);

    connect(m_search, &SearchEdit::filterChanged, this, [this](const QString& text) {
        m_model.setFilter(text);
        updateCounts();
    });
    connect(m_table, &TableView::opened, this,
            [this](const QModelIndex& index) { openEditor(m_model.idAt(index.row())); });
    connect(m_table, &TableView::spacePressed, this, [this] { toggleSelected(); });
    connect(m_table, &TableView::deletePressed, this, &EntityPage::deleteSelected);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &EntityPage::onCurrentChanged);
}

void EntityPage::buildToolbar(QVBoxLayout* layout) {
    auto* bar = new QHBoxLayout;
    bar->setSpacing(8);
    m_search->setMinimumWidth(200);
    m_search->setMaximumWidth(342);
    m_tools->setSpacing(8);
    m_actions->setSpacing(8);
    bar->addWidget(m_search, 1);
    bar->addLayout(m_tools);
    bar->addStretch(1);
    bar->addLayout(m_actions);
    bar->addWidget(m_new);
    connect(m_new, &Button::clicked, this, [this] { createNew(); });
    layout->addLayout(bar);
}

void EntityPage::buildFooter(QVBoxLayout* layout) {
    auto* hints = new QHBoxLayout(m_hints);
    hints->setContentsMargins(0, 0, 0, 0);
    hints->setSpacing(8);
    for (qsizetype i = 0; i + 1 < m_texts.keyHints.size(); i += 2) {
        hints->addWidget(
            makeLabel(QStringLiteral("%1  %2").arg(m_texts.keyHints[i], m_texts.keyHints[i + 1]), "kbd"));
    }
    m_counts->setObjectName(objectId(QStringLiteral("counts")));
    auto* footer = new QHBoxLayout;
    footer->addWidget(m_counts);
    footer->addStretch(1);
    footer->addWidget(m_hints);
    layout->addLayout(footer);
}

void EntityPage::buildShortcuts() {
    const auto onPage = [this](const QKeySequence& keys, auto action) {
        auto* shortcut = new QShortcut(keys, this);
        shortcut->setContext(Qt::WidgetWithChildrenShortcut);
        connect(shortcut, &QShortcut::activated, this, action);
    };
    onPage(QKeySequence(Qt::CTRL | Qt::Key_D), [this] { cloneCurrent(); });
    onPage(QKeySequence(Qt::CTRL | Qt::Key_F), [this] {
        m_search->setFocus(Qt::ShortcutFocusReason);
        m_search->selectAll();
    });
    // The drawer has these keys for its own fields; from the table they mean the same.
    const auto onTable = [this](const QKeySequence& keys, auto action) {
        auto* shortcut = new QShortcut(keys, m_table);
        shortcut->setContext(Qt::WidgetShortcut);
        connect(shortcut, &QShortcut::activated, this, action);
    };
    onTable(QKeySequence::Save, [this] { save(); });
    onTable(QKeySequence(Qt::Key_Escape), [this] { requestClose(); });
}

void EntityPage::addTool(QWidget* widget, bool hiddenBesideDrawer) {
    m_tools->addWidget(widget);
    if (hiddenBesideDrawer) {
        m_hiddenBesideDrawer.push_back(widget);
    }
}

void EntityPage::addAction(QWidget* widget) {
    m_actions->addWidget(widget);
}

void EntityPage::addAbove(QWidget* widget) {
    m_mainLayout->insertWidget(0, widget);
}

void EntityPage::addBelow(QWidget* widget, int stretch) {
    m_mainLayout->addWidget(widget, stretch);
}

void EntityPage::start() {
    connect(&m_context.service, &gateway::service::GatewayService::published, this, &EntityPage::takeConfig);
    connect(&m_context.service, &gateway::service::GatewayService::metrics, this,
            [this](const gateway::metrics::MetricsFrame& frame) {
                showFrame(frame);
                updateCounts();
            });
    takeConfig(m_context.service.current());
}

QString EntityPage::subtitle() const {
    return tr("%1 · changes apply without restart")
        .arg(countText(m_model.itemCount(), m_texts.one, m_texts.many));
}

void EntityPage::createNew() {
    if (mayDropEdits()) {
        openNew(blankForm());
    }
}

void EntityPage::reveal(const QString& name) {
    const quint64 id = idOfName(name);
    if (id == 0) {
        return;
    }
    int row = m_model.rowOfId(id);
    if (row < 0) {
        m_search->clear();
        m_model.setFilter({});
        updateCounts();
        row = m_model.rowOfId(id);
    }
    if (row >= 0) {
        selectOnly(row);
        m_table->scrollTo(m_model.index(row, 0), QAbstractItemView::PositionAtCenter);
    }
    openEditor(id);
}

/// selectRow() adds to the selection while a modifier is held: the Ctrl of the Ctrl+S that saved.
void EntityPage::selectOnly(int row) {
    m_table->selectionModel()->setCurrentIndex(m_model.index(row, 0), QItemSelectionModel::ClearAndSelect |
                                                                          QItemSelectionModel::Rows);
}

std::vector<quint64> EntityPage::selectedIds() const {
    std::vector<quint64> ids;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows()) {
        ids.push_back(m_model.idAt(index.row()));
    }
    return ids;
}

void EntityPage::takeConfig(const gateway::service::PublishedConfigPointer& config) {
    if (!config || (m_config && config->revision.number < m_config->revision.number)) {
        return;
    }
    m_config = config;
    showConfig();
    updateCounts();
    Q_EMIT subtitleChanged();
    if (m_open) {
        followConfigInEditor();
    }
}

void EntityPage::updateCounts() {
    const int all = m_model.itemCount();
    const int shown = m_model.rowCount();
    m_stack->setCurrentIndex(all == 0 ? EmptyPage : shown == 0 ? NothingFoundPage : TablePage);
    QString text = countText(all, m_texts.one, m_texts.many);
    if (!m_model.filter().isEmpty() || shown != all) {
        text = tr("%1 of %2 · filtered in %3 ms")
                   .arg(countText(shown), text)
                   .arg(std::max<qint64>(1, (m_model.lastFilterTime().count() + 500) / 1000));
    }
    if (m_counts->text() != text) {
        m_counts->setText(text);
    }
    m_counts->setVisible(all > 0);
    m_hints->setVisible(all > 0 && !m_open);
}

void EntityPage::publish(Edits edits, const QString& message, const Done& done) {
    gateway::model::ConfigChange change;
    change.base = m_config ? m_config->revision.number : 0;
    change.author = m_context.author.toStdString();
    change.message = message.toStdString();
    change.edits = std::move(edits);
    const auto base = change.base;
    ++m_publishing;
    using Outcome = tl::expected<gateway::model::Revision, gateway::service::Rejection>;
    m_context.service.publish(std::move(change)).then(this, [this, base, done](const Outcome& outcome) {
        --m_publishing;
        followPublished(base, outcome ? outcome->number : 0);
        if (outcome) {
            done(*outcome);
        } else {
            Q_EMIT this->message(rejectionText(outcome.error()));
        }
    });
}

QString EntityPage::rejectionText(const gateway::service::Rejection& rejection) const {
    if (rejection.current != 0) {
        return tr("Not saved: revision %1 was published in the meantime. Try again on what stands there now.")
            .arg(rejection.current);
    }
    QStringList sentences;
    for (const auto& problem : rejection.problems) {
        if (sentences.size() == 2) {
            sentences.push_back(tr("And %1 more.").arg(rejection.problems.size() - 2));
            break;
        }
        sentences.push_back(toQString(problem.message));
    }
    if (sentences.isEmpty()) {
        sentences.push_back(toQString(rejection.error.message));
    }
    return tr("Not saved: %1").arg(sentences.join(u' '));
}

void EntityPage::deleteSelected() {
    const std::vector<quint64> ids = selectedIds();
    Edits removals;
    Edits restorations;
    QStringList names;
    for (const quint64 id : ids) {
        if (auto restoration = restorationOf(id)) {
            removals.push_back(removalOf(id));
            restorations.push_back(std::move(*restoration));
            names.push_back(nameOfId(id));
        }
    }
    if (const QString refusal = deleteRefusal(names); !refusal.isEmpty()) {
        Q_EMIT message(refusal);
        return;
    }
    if (removals.empty() || !confirmDeletion(names)) {
        return;
    }
    const QString what = names.size() == 1 ? QStringLiteral("%1 %2").arg(m_texts.one, names.first())
                                           : countText(names.size(), m_texts.one, m_texts.many);
    if (m_open && std::find(ids.begin(), ids.end(), m_editedId) != ids.end()) {
        closeEditor();
    }
    publish(std::move(removals), tr("Delete %1").arg(what), [this, what, restorations](const auto&) {
        Q_EMIT undoOffered(tr("Deleted %1").arg(what), [this, what, restorations] {
            publish(restorations, tr("Bring back %1").arg(what),
                    [this, what](const auto&) { Q_EMIT message(tr("%1 is back").arg(capitalised(what))); });
        });
    });
}

} // namespace ui
