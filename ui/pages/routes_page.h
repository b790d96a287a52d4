#pragma once

#include "ui/models/route_table_model.h"
#include "ui/pages/entity_page.h"

namespace ui {

class Chip;
class RouteEditor;

using RoutesPageBase = EntityPageOf<RouteForm, gateway::model::Route, &gateway::model::Config::routes,
                                    gateway::model::EntityKind::Route>;

/// Routes: the table that stays instant with 100,000 of them, and their editor.
class RoutesPage final : public RoutesPageBase {
    Q_OBJECT
public:
    explicit RoutesPage(ConsoleContext& context);

    [[nodiscard]] QString title() const override { return tr("Routes"); }

protected:
    void showConfig() override;
    void showFrame(const gateway::metrics::MetricsFrame& frame) override;
    [[nodiscard]] FormValues blankForm() const override;
    [[nodiscard]] FieldProblems check(const FormValues& values, quint64 id) const override;
    [[nodiscard]] Edits editsOf(const FormValues& values, quint64 id) const override;
    void editorOpened() override;
    void valuesChanged() override;
    void showField(const QString& field) override;
    void toggleSelected() override;

private:
    RoutesPage(ConsoleContext& context, RouteTableModel* model);
    void buildChips();
    void requireKey(bool required);
    /// The policy that "Require API key" adds where there is none yet.
    [[nodiscard]] std::optional<gateway::model::Policy> missingKeyPolicy(const FormValues& values) const;

    RouteTableModel& m_routes;
    RouteEditor* m_editor;
    QList<Chip*> m_chips;
};

} // namespace ui
