#pragma once

#include "ui/models/consumer_table_models.h"
#include "ui/pages/entity_page.h"

namespace ui {

class ConsumerDetails;
class ConsumerEditor;

using ConsumersPageBase =
    EntityPageOf<ConsumerForm, gateway::model::Consumer, &gateway::model::Config::consumers,
                 gateway::model::EntityKind::Consumer>;

/// Consumers & keys: who calls, with which keys, what they may call, and what holds no more.
class ConsumersPage final : public ConsumersPageBase {
    Q_OBJECT
public:
    explicit ConsumersPage(ConsoleContext& context);

    [[nodiscard]] QString title() const override { return tr("Consumers & keys"); }
    /// "revocations": all of them.
    void runCommand(const QString& command) override;

protected:
    void showConfig() override;
    void showFrame(const gateway::metrics::MetricsFrame& frame) override;
    void editorOpened() override;
    void valuesChanged() override;
    void showField(const QString& field) override;
    [[nodiscard]] QString deleteWarning(const QStringList& names) const override;

private:
    ConsumersPage(ConsoleContext& context, ConsumerTableModel* model);
    void openRevocations();
    void loadRevocations();
    void setRevoked(bool revoke);
    void revoke(const gateway::model::Consumer& consumer);
    void lift(const gateway::model::Consumer& consumer);
    void loadKeyCount(quint64 consumer);
    void followSelection();

    ConsumerTableModel& m_consumers;
    ConsumerEditor* m_editor;
    ConsumerDetails* m_details;
    std::map<quint64, gateway::model::RevocationId> m_revocations; ///< of consumers
};

} // namespace ui
