#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QWidget>

#include "gateway/model/config.h"
#include "ui/console_context.h"
#include "ui/editors/form.h"

class QLabel;

namespace ui {

class ChipsEditor;
class Field;
class FormBinder;
class ToggleRow;

/// Who may call a route: its policies, what it asks for itself, and what it waives.
class RouteSecurityTab final : public QWidget {
    Q_OBJECT
public:
    RouteSecurityTab(ConsoleContext& context, FormBinder& form, QWidget* parent = nullptr);

    void setConfig(const gateway::model::Config& config);
    void open(const QString& savedName);
    void showConsequences(const FormValues& values, const gateway::model::Config& config, bool dirty);
    [[nodiscard]] static bool holdsField(const QString& field);

    /// The policies of a route that asks who calls, or does not any more.
    [[nodiscard]] static QString withKeyPolicy(const QString& policies, const gateway::model::Config& config,
                                               bool required);
    /// One of these policies asks who calls, be it one that is yet to be created.
    [[nodiscard]] static bool requiresKey(const QString& policies, const gateway::model::Config& config);

Q_SIGNALS:
    void keyRequired(bool required);
    void consumerRequested(const QString& name);

private:
    ConsoleContext& m_context;
    ToggleRow* m_requireKey;
    ChipsEditor* m_policies;
    ChipsEditor* m_waives;
    Field* m_waivesField;
    QLabel* m_holding;
    QWidget* m_who;
    QString m_savedName;
    bool m_isDirty = false;
    bool m_showing = false;
};

} // namespace ui
