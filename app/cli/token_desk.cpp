#include "app/cli/token_desk.h"

#include "app/database.h"
#include "app/master_key.h"
#include "gateway/auth/identity_client.h"
#include "gateway/runtime/provider_compiler.h"
#include "gateway/service/control_socket.h"
#include "gateway/service/provider_reports.h"
#include "gateway/service/secrets.h"
#include "gateway/service/token_inspector.h"

#include <algorithm>
#include <future>
#include <set>
#include <thread>

namespace app::cli {

using gateway::fail;
using gateway::Result;
using gateway::service::StoredConfig;
using gateway::service::Stores;
using gateway::service::TokenInspector;
using gateway::service::TokenQuery;
using gateway::service::TokenReport;

namespace {

constexpr std::chrono::milliseconds keysInterval{50};
constexpr int keysTries = 200;

/// All that the inspector looks things up in, for one command.
class TokenDesk {
public:
    [[nodiscard]] static Result<std::unique_ptr<TokenDesk>> open(const std::string& database) {
        auto opened = openStores(database, db::OpenMode::Existing);
        if (!opened) {
            return fail(opened.error());
        }
        std::unique_ptr<TokenDesk> desk(new TokenDesk(std::move(*opened)));
        if (auto loaded = desk->load(database); !loaded) {
            return fail(loaded.error());
        }
        return desk;
    }

    [[nodiscard]] TokenReport inspect(const TokenQuery& query) {
        gateway::service::offerProviders(m_client, m_compiler, m_stored.config);
        const gateway::auth::RevocationSet revoked(m_revocations);
        const TokenInspector inspector(
            {.config = m_stored.config,
             .keys = m_keys,
             .revocations = revoked,
             .keySetOf =
                 [this](const gateway::model::IdentityProvider& provider) {
                     return m_client.keysOf(provider.id)->current();
                 },
             .findKey = [this](auto consumer, auto id) { return findKey(consumer, id); },
             .now = m_clock.wallTime()});
        const TokenInspector::Recognition recognition = inspector.recognise(query);
        if (recognition.wantsIntrospection()) {
            return inspector.inspectAnswer(recognition, query, introspect(recognition));
        }
        TokenReport report = inspector.inspect(recognition, query);
        for (int tries = keysTries; tries > 0 && mayGetBetter(recognition, report); --tries) {
            m_client.wantKeys(recognition.provider->id);
            std::this_thread::sleep_for(keysInterval);
            report = inspector.inspect(recognition, query);
        }
        return report;
    }

private:
    explicit TokenDesk(std::unique_ptr<db::SqliteStores> opened)
        : m_opened(std::move(opened)) {}

    [[nodiscard]] Stores stores() { return m_opened->ports(); }

    [[nodiscard]] Result<void> load(const std::string& database) {
        auto stored = stores().config.load();
        if (!stored) {
            return fail(stored.error());
        }
        m_stored = std::move(*stored);
        const auto visited =
            stores().keys.visit(0, [this](const gateway::model::ApiKey& key) { m_keys.put(key); });
        if (!visited) {
            return fail(visited.error());
        }
        auto revocations = stores().revocations.list(m_clock.wallTime());
        if (!revocations) {
            return fail(revocations.error());
        }
        m_revocations = std::move(*revocations);
        const auto place = keyFilePlace(database);
        gateway::service::Secrets secrets(stores().secrets, *place);
        std::set<std::string> names;
        bool isChanged = false;
        // A provider whose secret cannot be read has no keys, which the report says.
        std::ignore = secrets.loadValues(m_secrets, names, isChanged);
        return {};
    }

    [[nodiscard]] std::optional<gateway::model::ApiKey> findKey(gateway::model::ConsumerId consumer,
                                                                gateway::model::KeyId id) {
        auto keys = stores().keys.list(consumer);
        if (!keys) {
            return std::nullopt;
        }
        const auto at =
            std::find_if(keys->begin(), keys->end(), [id](const auto& key) { return key.id == id; });
        return at == keys->end() ? std::nullopt : std::optional(std::move(*at));
    }

    [[nodiscard]] bool mayGetBetter(const TokenInspector::Recognition& recognition,
                                    const TokenReport& report) const {
        return recognition.provider != nullptr &&
               (report.fault == gateway::auth::TokenFault::KeyUnknown ||
                report.fault == gateway::auth::TokenFault::KeysUnavailable) &&
               m_client.mayBringKeys(recognition.provider->id);
    }

    [[nodiscard]] Result<std::string> introspect(const TokenInspector::Recognition& recognition) {
        const auto plan = m_compiler.compile(m_stored.config, *recognition.provider);
        if (!plan) {
            return fail(plan.error());
        }
        std::promise<Result<std::string>> promise;
        // The client answers within its own bounds of time.
        m_client.introspect(*plan, recognition.text,
                            [&promise](Result<std::string> answer) { promise.set_value(std::move(answer)); });
        return promise.get_future().get();
    }

    gateway::SystemClock m_clock;
    std::unique_ptr<db::SqliteStores> m_opened;
    StoredConfig m_stored;
    gateway::auth::KeyTable m_keys;
    std::vector<gateway::model::Revocation> m_revocations;
    gateway::crypto::SecretValues m_secrets;
    gateway::auth::IdentityClient m_client{m_clock};
    gateway::runtime::ProviderCompiler m_compiler{m_client, m_secrets};
};

} // namespace

Result<TokenReport> inspectToken(const std::string& databaseFile, const TokenQuery& query) {
    auto report = gateway::service::queryToken(databaseFile, query);
    if (report || report.error().code != "not-running") {
        return report;
    }
    const auto desk = TokenDesk::open(databaseFile);
    if (!desk) {
        return fail(desk.error());
    }
    return (*desk)->inspect(query);
}

} // namespace app::cli
