#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QWidget>

#include "gateway/model/config.h"
#include "ui/console_context.h"
#include "ui/editors/form.h"

#include <QMap>

class QComboBox;
class QLabel;
class QVBoxLayout;

namespace ui {

class ChipsEditor;
class EntityHistory;
class Field;
class FormBinder;
class IdentitiesEditor;
class SegmentedControl;

/// What stands in the drawer of a consumer.
class ConsumerEditor final : public QWidget {
    Q_OBJECT
public:
    ConsumerEditor(ConsoleContext& context, FormBinder& form, QWidget* parent = nullptr);

    [[nodiscard]] SegmentedControl* tabs() const { return m_tabs; }

    void setConfig(const gateway::model::Config& config);
    void open(const QString& name, bool isNew);
    void showConsequences(const FormValues& values);
    void showTabOf(const QString& field);

private:
    Field* addText(QVBoxLayout* layout, const char* key, const QString& title, const QString& placeholder,
                   const QString& hint = {});
    QWidget* buildGeneralTab();
    QWidget* buildIdentitiesTab();
    QWidget* buildLimitsTab();
    void showTab(const QString& id);

    ConsoleContext& m_context;
    FormBinder& m_form;
    SegmentedControl* m_tabs;
    QMap<QString, QWidget*> m_pages;
    EntityHistory* m_history;
    QComboBox* m_tier = nullptr;
    Field* m_routesField = nullptr;
    ChipsEditor* m_routes = nullptr;
    IdentitiesEditor* m_identities = nullptr;
    QWidget* m_ownRate = nullptr;
    QLabel* m_sentence = nullptr;
};

} // namespace ui
