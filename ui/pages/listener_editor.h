#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QWidget>

#include "gateway/model/config.h"
#include "ui/console_context.h"
#include "ui/editors/form.h"
#include "ui/editors/listener_policies.h"

#include <QMap>

class QLabel;
class QVBoxLayout;

namespace ui {

class ChipsEditor;
class EntityHistory;
class Field;
class FormBinder;
class SegmentedControl;
class ToggleRow;

/// What stands in the drawer of a listener: five tabs of fields.
class ListenerEditor final : public QWidget {
    Q_OBJECT
public:
    ListenerEditor(ConsoleContext& context, FormBinder& form, QWidget* parent = nullptr);

    [[nodiscard]] SegmentedControl* tabs() const { return m_tabs; }

    void setConfig(const gateway::model::Config& config);
    /// Another listener: back to the first tab, and its history.
    void open(const QString& name, bool isNew);
    void showConsequences(const FormValues& values, const gateway::model::Config& config);
    void showTabOf(const QString& field);

Q_SIGNALS:
    void ruleWanted(ListenerRule rule, bool on);
    void certificatesRequested();

private:
    QWidget* buildAddressTab(FormBinder& form);
    QWidget* buildTlsTab(FormBinder& form);
    QWidget* buildClientsTab(FormBinder& form);
    QWidget* buildLimitsTab(FormBinder& form);

    Field* addField(FormBinder& form, const QString& key, const QString& title, const QString& placeholder,
                    const QString& hint = {});
    ChipsEditor* addChips(FormBinder& form, const QString& key, const QString& title, const QString& hint,
                          QVBoxLayout* layout);
    Field* addChoice(FormBinder& form, const QString& key, const QString& title,
                     const QList<std::pair<QString, QString>>& choices);
    ToggleRow* addToggle(FormBinder& form, const QString& key, const QString& title, const QString& text);
    ToggleRow* makeRule(ListenerRule rule, const QString& key, const QString& title, const QString& text);
    void showTab(const QString& id);

    ConsoleContext& m_context;
    SegmentedControl* m_tabs;
    QMap<QString, QWidget*> m_pages;
    QMap<QString, QString> m_tabOfField;
    QString m_tabBeingBuilt;
    QWidget* m_tls = nullptr; ///< what is in sight while TLS is on
    ChipsEditor* m_certificates = nullptr;
    Field* m_certificatesField = nullptr;
    QWidget* m_noCertificate = nullptr;
    Field* m_clientAuthority = nullptr;
    ToggleRow* m_hsts = nullptr;
    ToggleRow* m_redirect = nullptr;
    ChipsEditor* m_policies = nullptr;
    Field* m_policiesField = nullptr;
    EntityHistory* m_history = nullptr;
    bool m_showing = false;
};

} // namespace ui
