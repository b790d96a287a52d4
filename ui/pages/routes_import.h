#pragma once

#include "gateway/model/codec.h"
#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"

#include <QObject>
#include <memory>

namespace ui {

/// Takes a configuration file over: reads it away from the window's thread, says what is wrong with it line
/// by line, or what it would change, and publishes that when a person agrees.
class ConfigImport final : public QObject {
    Q_OBJECT
public:
    ConfigImport(ConsoleContext& context, QWidget& window);

    void choose(); ///< asks for a file
    void importFile(const QString& fileName);

Q_SIGNALS:
    void finished(const QString& text); ///< what became of it, for a toast

private:
    using Read = tl::expected<gateway::model::ConfigFile, gateway::model::Problems>;

    void showProblems(const QString& fileName, const gateway::model::Problems& problems);
    void confirm(const QString& fileName, const gateway::model::ConfigFile& file);
    void publish(const QString& fileName, std::vector<gateway::model::Edit> edits,
                 std::vector<gateway::model::FileKey> keys, gateway::model::RevisionNumber base);

    ConsoleContext& m_context;
    QWidget& m_window;
};

} // namespace ui
