#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"

#include <QDialog>

class QGridLayout;
class QLabel;

namespace ui {

class AccessView;

/// "Who may call this?": the rules that hold for a route with where each comes from, and the callers.
class RouteAccessDialog final : public QDialog {
    Q_OBJECT
public:
    /// `isEdited`: what stands in the editor is not what this tells about.
    RouteAccessDialog(ConsoleContext& context, const QString& route, bool isEdited, QWidget* parent);

Q_SIGNALS:
    void consumerRequested(const QString& name);

private:
    void load(const QString& route);
    void show(const gateway::service::RouteAccess& access);

    ConsoleContext& m_context;
    QGridLayout* m_rules;
    QLabel* m_summary;
    AccessView* m_callers;
};

} // namespace ui
