// The editor's half of EntityPage: from opening an entity to its publication.
#include "ui/models/table_text.h"
#include "ui/pages/entity_page.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/table_view.h"

#include <QApplication>
#include <QItemSelectionModel>
#include <QMessageBox>
#include <QPushButton>

namespace ui {

bool EntityPage::confirmDeletion(const QStringList& names) {
    const QString warning = deleteWarning(names);
    if (warning.isEmpty()) {
        return true;
    }
    QMessageBox box(QMessageBox::Warning, tr("Delete"), warning, QMessageBox::NoButton, this);
    box.setObjectName(objectId(QStringLiteral("confirmDelete")));
    const QPushButton* remove = box.addButton(tr("Delete"), QMessageBox::DestructiveRole);
    box.setDefaultButton(box.addButton(tr("Keep"), QMessageBox::RejectRole));
    box.exec();
    return box.clickedButton() == remove;
}

bool EntityPage::mayDropEdits() {
    if (!m_open || !m_session.isDirty()) {
        return true;
    }
    QMessageBox box(QMessageBox::Question, tr("Unsaved changes"),
                    tr("What you changed here is not saved yet."), QMessageBox::NoButton, this);
    box.setObjectName(objectId(QStringLiteral("unsaved")));
    const QPushButton* drop = box.addButton(tr("Discard changes"), QMessageBox::DestructiveRole);
    QPushButton* stay = box.addButton(tr("Keep editing"), QMessageBox::RejectRole);
    box.setDefaultButton(stay);
    box.setEscapeButton(stay);
    box.exec();
    return box.clickedButton() == drop;
}

bool EntityPage::canLeave() {
    if (!mayDropEdits()) {
        return false;
    }
    if (m_open && m_session.isDirty()) {
        closeEditor();
    }
    return true;
}

void EntityPage::openEditor(quint64 id) {
    if (m_open && id == m_editedId && id != 0) {
        m_form.focus(QStringLiteral("name"));
        return;
    }
    const auto values = formOf(id);
    if (!values || !mayDropEdits()) {
        return;
    }
    openSession(EditSession(*values, false), id);
    m_form.focus(QStringLiteral("name"));
}

void EntityPage::openNew(const FormValues& values) {
    EditSession session(blankForm(), true);
    for (auto at = values.cbegin(); at != values.cend(); ++at) {
        session.setValue(at.key(), at.value());
    }
    openSession(std::move(session), 0);
    m_form.focus(QStringLiteral("name"));
}

void EntityPage::openSession(EditSession session, quint64 id) {
    m_session = std::move(session);
    m_editedId = id;
    m_base = m_config ? m_config->revision.number : 0;
    m_attempted = false;
    m_savedName.clear();
    m_reloadWanted = false;
    m_reload->hide();
    setEditorVisible(true);
    m_drawer->setProblem({});
    m_drawer->setTitle(m_session.isNew() ? tr("New %1").arg(m_texts.one) : tr("Edit %1").arg(m_texts.one),
                       m_session.isNew() ? QString() : m_session.original().value(QStringLiteral("name")));
    m_form.show(m_session.values());
    editorOpened();
    checkNow();
    valuesChanged();
}

void EntityPage::setEditorVisible(bool visible) {
    m_open = visible;
    m_drawer->setVisible(visible);
    for (QWidget* widget : m_hiddenBesideDrawer) {
        widget->setVisible(!visible);
    }
    updateCounts();
}

void EntityPage::closeEditor() {
    m_checkTimer.stop();
    m_session = EditSession();
    m_editedId = 0;
    m_savedName.clear();
    setEditorVisible(false);
    m_table->setFocus();
}

void EntityPage::requestClose() {
    if (m_open && !m_busy && mayDropEdits()) {
        closeEditor();
    }
}

void EntityPage::discard() {
    if (m_session.isNew()) {
        closeEditor();
        return;
    }
    openSession(EditSession(m_session.original(), false), m_editedId);
    followConfigInEditor();
}

void EntityPage::cloneCurrent() {
    const quint64 id = m_model.idAt(m_table->currentIndex().row());
    auto values = formOf(id);
    if (!values || !mayDropEdits()) {
        return;
    }
    values->insert(QStringLiteral("name"), freeNameLike(nameOfId(id)));
    openNew(*values);
    m_attempted = true; // a copy overlaps with its original until something is changed: say so at once
    checkNow();
}

void EntityPage::onCurrentChanged() {
    // With the drawer open, the arrow keys lead through the table, as long as nothing is lost by it.
    const quint64 id = m_model.idAt(m_table->currentIndex().row());
    if (!m_open || m_session.isDirty() || m_session.isNew() || id == 0 || id == m_editedId) {
        return;
    }
    if (const auto values = formOf(id)) {
        openSession(EditSession(*values, false), id);
    }
}

void EntityPage::setValue(const QString& field, const QString& value) {
    m_session.setValue(field, value);
    m_form.show(m_session.values());
    onEdited(field, value);
}

void EntityPage::onEdited(const QString& field, const QString& value) {
    if (!m_open) {
        return;
    }
    m_session.setValue(field, value);
    m_drawer->setUnsaved(static_cast<int>(m_session.changedFields().size()));
    valuesChanged();
    m_checkTimer.start();
}

void EntityPage::checkNow() {
    m_checkTimer.stop();
    if (!m_open) {
        return;
    }
    const QStringList changed = m_session.changedFields();
    m_drawer->setUnsaved(static_cast<int>(changed.size()));
    const FieldProblems problems = check(m_session.values(), m_editedId);
    // Nobody has done anything wrong yet in the untouched fields of a new entity.
    const bool all = !m_session.isNew() || m_attempted;
    const FieldProblems elsewhere = m_form.showProblems(problems, all ? m_form.keys() : changed);
    if (m_reload->isHidden()) {
        QStringList sentences;
        for (const FieldProblem& problem : elsewhere) {
            sentences.push_back(problem.message);
        }
        m_drawer->setProblem(all ? sentences.join(u' ') : QString());
    }
}

void EntityPage::save() {
    if (!m_open || m_busy || !m_session.isDirty()) {
        return;
    }
    m_attempted = true;
    checkNow();
    const FieldProblems problems = check(m_session.values(), m_editedId);
    if (!problems.isEmpty()) {
        const QString field = problems.first().field;
        showField(field);
        m_form.focus(field);
        return;
    }
    const QString name = m_session.values().value(QStringLiteral("name")).trimmed();
    QStringList fields;
    for (const QString& field : m_session.changedFields()) {
        fields.push_back(fieldTitle(field).toLower());
    }
    gateway::model::ConfigChange change;
    change.base = m_base;
    change.author = m_context.author.toStdString();
    change.message =
        (m_session.isNew() ? tr("Create %1 %2").arg(m_texts.one, name)
                           : tr("Change %1 %2: %3").arg(m_texts.one, name, fields.join(QStringLiteral(", "))))
            .toStdString();
    change.edits = editsOf(m_session.values(), m_editedId);
    m_busy = true;
    m_drawer->setBusy(true);
    using Outcome = tl::expected<gateway::model::Revision, gateway::service::Rejection>;
    m_context.service.publish(std::move(change)).then(this, [this, name](const Outcome& outcome) {
        m_busy = false;
        m_drawer->setBusy(false);
        if (outcome) {
            saved(*outcome, name);
        } else {
            rejected(outcome.error());
        }
        keepFocusInDrawer();
    });
}

/// A button that was pressed and then disabled or hidden takes the focus with it, and the drawer's keys go
/// dead.
void EntityPage::keepFocusInDrawer() {
    const QWidget* focus = QApplication::focusWidget();
    if (m_open && (focus == nullptr || !m_drawer->isAncestorOf(focus))) {
        m_drawer->setFocus();
    }
}

void EntityPage::saved(const gateway::model::Revision& revision, const QString& name) {
    Q_EMIT message(tr("Saved %1 %2 · revision %3").arg(m_texts.one, name).arg(revision.number));
    if (!m_open) {
        return;
    }
    m_savedName = name;
    m_base = revision.number;
    // The new config may be here before or after this answer.
    takeConfig(m_context.service.current());
    if (m_config && m_config->revision.number >= revision.number) {
        followConfigInEditor();
    }
}

void EntityPage::rejected(const gateway::service::Rejection& rejection) {
    if (rejection.current != 0) {
        offerReload(
            tr("Revision %1 was published in the meantime, so nothing was saved. What you typed is kept.")
                .arg(rejection.current));
        return;
    }
    FieldProblems problems;
    if (!rejection.problems.empty()) {
        problems = fieldProblems(rejection.problems, problemPaths());
    }
    const FieldProblems elsewhere = m_form.showProblems(problems, m_form.keys());
    QStringList sentences;
    for (const FieldProblem& problem : elsewhere) {
        sentences.push_back(problem.message);
    }
    if (rejection.problems.empty()) {
        sentences.push_back(toQString(rejection.error.message));
    }
    m_drawer->setProblem(sentences.join(u' '));
    if (!problems.isEmpty() && m_form.field(problems.first().field) != nullptr) {
        showField(problems.first().field);
        m_form.focus(problems.first().field);
    }
}

void EntityPage::offerReload(const QString& text) {
    m_drawer->setProblem(text);
    m_reload->show();
}

void EntityPage::reloadKeepingValues() {
    if (m_config && m_config->revision.number > m_base) {
        if (const auto theirs = m_editedId != 0 ? formOf(m_editedId) : std::nullopt) {
            rebase(*theirs);
        } else {
            rebase(m_session.original());
        }
        return;
    }
    m_reloadWanted = true;
    m_context.service.reload();
}

void EntityPage::rebase(const FormValues& theirs) {
    QStringList both;
    for (const QString& field : m_session.rebase(theirs)) {
        both.push_back(fieldTitle(field));
    }
    m_base = m_config->revision.number;
    m_reloadWanted = false;
    const bool asked = m_reload->hasFocus();
    m_reload->hide();
    if (asked) {
        keepFocusInDrawer();
    }
    m_form.show(m_session.values());
    checkNow();
    valuesChanged();
    if (!both.isEmpty()) {
        m_drawer->setProblem(tr("Changed on both sides: %1. Yours stands here and is kept when you save.")
                                 .arg(both.join(QStringLiteral(", "))));
    }
}

/// Takes the change of publish() into the open editor without asking, but nothing that somebody else
/// published before, instead or since. 0: it was refused.
void EntityPage::followPublished(gateway::model::RevisionNumber base,
                                 gateway::model::RevisionNumber published) {
    const auto current = m_context.service.current();
    const bool asked = m_reloadWanted; // for what is yet to come
    m_reloadWanted = asked || (m_open && m_base == base && current && current->revision.number == published);
    takeConfig(current);
    m_reloadWanted = m_reloadWanted && asked;
}

void EntityPage::followConfigInEditor() {
    if (!m_savedName.isEmpty()) {
        if (m_config->revision.number < m_base) {
            return;
        }
        const quint64 id = idOfName(m_savedName);
        const auto values = formOf(id);
        m_savedName.clear();
        if (values) {
            openSession(EditSession(*values, false), id);
            selectOnly(m_model.rowOfId(id));
            keepFocusInDrawer();
        }
        return;
    }
    if (m_busy || m_publishing) {
        return; // the answer to what we published is under way and may be this very config
    }
    const auto theirs = m_editedId != 0 ? formOf(m_editedId) : std::nullopt;
    if (m_session.isNew() || (theirs && *theirs == m_session.original())) {
        // Nothing that this editor shows was changed by it.
        m_base = m_config->revision.number;
        if (m_reloadWanted) {
            rebase(m_session.original());
        } else {
            checkNow();
        }
    } else if (!theirs) {
        if (!m_session.isDirty()) {
            closeEditor();
            return;
        }
        openNew(m_session.values());
        m_drawer->setProblem(tr("%1 deleted this %2 in revision %3. Saving creates it anew.")
                                 .arg(toQString(m_config->revision.author), m_texts.one)
                                 .arg(m_config->revision.number));
    } else if (!m_session.isDirty()) {
        openSession(EditSession(*theirs, false), m_editedId);
    } else if (m_reloadWanted) {
        rebase(*theirs);
    } else {
        offerReload(tr("%1 changed this %2 in revision %3. What you typed is kept.")
                        .arg(toQString(m_config->revision.author), m_texts.one)
                        .arg(m_config->revision.number));
    }
}

} // namespace ui
