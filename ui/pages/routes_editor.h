#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"
#include "ui/editors/form.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QVBoxLayout;

namespace ui {

class EntityHistory;
class Field;
class FormBinder;
class RouteSecurityTab;
class RouteTester;
class SegmentedControl;
class Toggle;

/// What stands in the drawer of a route: five tabs of fields.
class RouteEditor final : public QWidget {
    Q_OBJECT
public:
    RouteEditor(ConsoleContext& context, FormBinder& form, QWidget* parent = nullptr);

    [[nodiscard]] SegmentedControl* tabs() const { return m_tabs; }
    [[nodiscard]] Toggle* enabledToggle() const { return m_enabled; }

    void setConfig(const gateway::model::Config& config);
    /// Another route: back to the first tab, its history, an example to test.
    void open(const FormValues& values, bool isNew);
    /// What follows from the values: hints, previews, the tiers that apply.
    void showConsequences(const FormValues& values, const gateway::model::Config& config, bool dirty);
    void showTabOf(const QString& field);

Q_SIGNALS:
    void keyRequired(bool required);
    void consumerRequested(const QString& name);
    void serviceRequested();
    void lastChangeKnown(const QString& text); ///< "updated 3 min ago by anna"

private:
    QWidget* buildMatchTab(FormBinder& form);
    QWidget* buildActionTab(FormBinder& form);
    QWidget* buildLimitsTab();
    void showTab(const QString& id);

    ConsoleContext& m_context;
    SegmentedControl* m_tabs;
    Toggle* m_enabled;
    QMap<QString, QWidget*> m_pages;
    Field* m_path = nullptr;
    Field* m_rewrite = nullptr;
    QComboBox* m_service = nullptr;
    RouteSecurityTab* m_security = nullptr;
    QLabel* m_limits = nullptr;
    QLabel* m_tiers = nullptr;
    EntityHistory* m_history = nullptr;
    RouteTester* m_tester = nullptr;
};

} // namespace ui
