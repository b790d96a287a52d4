#include "app/service_host.h"

#include "app/database.h"
#include "app/master_key.h"

#include <utility>

namespace app {

using gateway::fail;
using gateway::Result;

ServiceHost::ServiceHost(std::string databaseFile, std::string program,
                         gateway::service::ServiceOptions options,
                         std::shared_ptr<gateway::service::MasterKeyPlace> masterKey)
    : m_databaseFile(std::move(databaseFile))
    , m_service(m_clock, std::move(options), db::storesOpener(m_databaseFile, db::OpenMode::Create, m_clock),
                masterKey ? std::move(masterKey) : keyFilePlace(m_databaseFile))
    , m_control(m_service, m_clock, std::move(program)) {}

Result<void> ServiceHost::open() {
    if (Result<void> folder = ensureDataFolder(m_databaseFile); !folder) {
        return folder;
    }
    // First, so that of two programs that start at once only one touches the file.
    if (Result<void> alone = m_control.listen(m_databaseFile); !alone) {
        return alone;
    }
    auto opened = m_service.open();
    opened.waitForFinished();
    const auto result = opened.result();
    if (!result) {
        return fail(result.error().error);
    }
    return {};
}

} // namespace app
