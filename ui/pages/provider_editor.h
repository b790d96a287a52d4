#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QWidget>

#include "gateway/model/config.h"
#include "ui/console_context.h"
#include "ui/editors/form.h"

#include <QMap>

class QVBoxLayout;

namespace ui {

class EntityHistory;
class Field;
class FormBinder;
class SecretEditor;
class SegmentedControl;
class ToggleRow;

/// What stands in the drawer of an identity provider.
class ProviderEditor final : public QWidget {
    Q_OBJECT
public:
    ProviderEditor(ConsoleContext& context, FormBinder& form, QWidget* parent = nullptr);

    [[nodiscard]] SegmentedControl* tabs() const { return m_tabs; }

    void setConfig(const gateway::model::Config& config);
    void open(const QString& name, bool isNew);
    void showConsequences(const FormValues& values);
    void showTabOf(const QString& field);

private:
    Field* addText(QVBoxLayout* layout, const char* key, const QString& title, const QString& placeholder,
                   const QString& hint = {}, bool mono = false);
    QWidget* buildKeysTab();
    QWidget* buildRulesTab();
    QWidget* buildMappingTab();
    QWidget* buildIntrospectionTab();
    void showTab(const QString& id);

    ConsoleContext& m_context;
    FormBinder& m_form;
    SegmentedControl* m_tabs;
    QMap<QString, QWidget*> m_pages;
    EntityHistory* m_history;
    Field* m_issuer = nullptr;
    Field* m_jwksUrl = nullptr;
    Field* m_jwks = nullptr;
    Field* m_secretField = nullptr;
    SecretEditor* m_secret = nullptr;
    SecretEditor* m_clientSecret = nullptr;
    Field* m_authority = nullptr;
    Field* m_refresh = nullptr;
    Field* m_tier = nullptr;
    QWidget* m_introspection = nullptr;
};

} // namespace ui
