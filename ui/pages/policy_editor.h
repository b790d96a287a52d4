#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QWidget>

#include "gateway/model/config.h"
#include "ui/console_context.h"
#include "ui/editors/form.h"

#include <QMap>

class QLabel;
class QVBoxLayout;

namespace ui {

class EntityHistory;
class Field;
class FormBinder;
class SegmentedControl;
class ToggleRow;
class WaysEditor;

/// What stands in the drawer of a policy: a tab a rule.
class PolicyEditor final : public QWidget {
    Q_OBJECT
public:
    PolicyEditor(ConsoleContext& context, FormBinder& form, QWidget* parent = nullptr);

    [[nodiscard]] SegmentedControl* tabs() const { return m_tabs; }

    void setConfig(const gateway::model::Config& config);
    void open(const QString& name, bool isNew);
    void showConsequences(const FormValues& values, const QStringList& users);
    void showTabOf(const QString& field);

private:
    Field* addText(QVBoxLayout* layout, const char* key, const QString& title, const QString& placeholder,
                   const QString& hint = {});
    ToggleRow* addToggle(QVBoxLayout* layout, const char* key, const QString& title, const QString& text);
    QWidget* buildCallersTab();
    QWidget* buildIdentityTab();
    QWidget* buildTransportTab();
    /// A column that is in sight while the toggle is on.
    QVBoxLayout* addGroup(QVBoxLayout* layout, const char* toggle);
    void showTab(const QString& id);

    ConsoleContext& m_context;
    FormBinder& m_form;
    SegmentedControl* m_tabs;
    QMap<QString, QWidget*> m_pages;
    QMap<QString, QWidget*> m_groups; ///< by the toggle that shows them
    EntityHistory* m_history;
    WaysEditor* m_ways = nullptr;
    Field* m_anonymousTier = nullptr;
    QLabel* m_usedBy = nullptr;
};

} // namespace ui
