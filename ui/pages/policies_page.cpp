#include "ui/pages/policies_page.h"

#include "ui/access_text.h"
#include "ui/editors/form_reading.h"
#include "ui/models/table_text.h"
#include "ui/pages/policy_editor.h"
#include "ui/widgets/drawer.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

namespace ui {
namespace {

constexpr qsizetype usersShown = 6;

/// At most a few, so that a policy of ten thousand routes still fits.
QStringList firstOf(const QStringList& users) {
    QStringList shown = users.mid(0, usersShown);
    if (users.size() > usersShown) {
        shown.push_back(QStringLiteral("%1 more").arg(countText(users.size() - usersShown)));
    }
    return shown;
}

} // namespace

PoliciesPage::PoliciesPage(ConsoleContext& context)
    : PoliciesPage(context, new PolicyTableModel) {}

PoliciesPage::PoliciesPage(ConsoleContext& context, PolicyTableModel* model)
    : PoliciesPageBase(
          context,
          {QStringLiteral("policies"),
           tr("policy"),
           tr("policies"),
           QStringLiteral("lock"),
           tr("Filter: name, rule, user"),
           tr("New policy"),
           tr("No policies yet"),
           tr("A policy is a rule to use again and again: who may call, what services learn of them, https "
              "only. Routes, services and listeners name the policies that hold for them, or a policy holds "
              "everywhere."),
           {tr("Enter"), tr("edit"), QStringLiteral("Ctrl+N"), tr("new"), QStringLiteral("Ctrl+D"),
            tr("clone"), tr("Del"), tr("delete")}},
          model, PolicyTableModel::UsedBy)
    , m_policies(*model)
    , m_editor(new PolicyEditor(context, form())) {
    drawer().setTopWidget(m_editor->tabs());
    drawer().setBody(m_editor);
    TableView& view = table();
    for (const int column : {PolicyTableModel::Rules, PolicyTableModel::Asks, PolicyTableModel::UsedBy}) {
        view.setItemDelegateForColumn(column, new SecondaryDelegate(context.theme, &view));
    }
    start();
}

void PoliciesPage::showConfig() {
    m_policies.setConfig(config());
    m_editor->setConfig(currentConfig());
    if (!session().values().isEmpty()) {
        valuesChanged(); // others may use it now
    }
}

FormValues PoliciesPage::blankForm() const {
    FormValues values = PoliciesPageBase::blankForm();
    values.insert(QStringLiteral("authenticate"), flagText(true));
    return values;
}

void PoliciesPage::editorOpened() {
    m_editor->open(session().original().value(QStringLiteral("name")), session().isNew());
}

void PoliciesPage::valuesChanged() {
    const auto* policy = items().findById(gateway::model::PolicyId{editedId()});
    m_editor->showConsequences(session().values(), policy != nullptr
                                                       ? firstOf(policyUsers(currentConfig(), *policy))
                                                       : QStringList());
}

void PoliciesPage::showField(const QString& field) {
    m_editor->showTabOf(field);
}

QString PoliciesPage::deleteRefusal(const QStringList& names) const {
    for (const QString& name : names) {
        const auto* policy = items().find(name.toStdString());
        QStringList users = policy != nullptr ? policyUsers(currentConfig(), *policy) : QStringList();
        users.removeAll(QStringLiteral("everywhere"));
        if (!users.isEmpty()) {
            return tr("%1 is in use by %2. Take it out there first.")
                .arg(name, firstOf(users).join(QStringLiteral(", ")));
        }
    }
    return {};
}

} // namespace ui
