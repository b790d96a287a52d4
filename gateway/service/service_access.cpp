#include "gateway/auth/revocations.h"
#include "gateway/service/effective_access.h"
#include "gateway/service/provider_reports.h"
#include "gateway/service/service_core.h"
#include "gateway/service/token_inspector.h"

#include <QTimer>
#include <algorithm>

// What people ask about identity providers, tokens, and who may call what.
namespace gateway::service {

namespace {

// A token may name a key that is being fetched just now: that long it is worth to wait.
constexpr std::chrono::milliseconds keysInterval{50};
constexpr int keysTries = 200;

bool lacksKeys(auth::TokenFault fault) noexcept {
    return fault == auth::TokenFault::KeyUnknown || fault == auth::TokenFault::KeysUnavailable;
}

tl::unexpected<Rejection> noSuch(const char* kind, const std::string& name) {
    return reject(ErrorKind::Input, std::string("no-such-") + kind,
                  std::string("There is no ") + kind + " called " + name + ".");
}

} // namespace

/// A gateway that runs asks its providers anyway.
void ServiceCore::offerProvidersWhenStopped() {
    if (!carriesTraffic() && m_status.state != GatewayState::Draining) {
        offerProviders(m_engine->identity(), *m_providerCompiler, config());
    }
}

Answer<std::vector<auth::ProviderReport>> ServiceCore::providers() {
    if (!m_stores) {
        return notOpen();
    }
    offerProvidersWhenStopped();
    return reportProviders(m_engine->identity(), *m_providerCompiler, config());
}

Answer<bool> ServiceCore::refreshProvider(const std::string& name) {
    if (!m_stores) {
        return notOpen();
    }
    const model::IdentityProvider* provider = config().identityProviders.find(name);
    if (provider == nullptr) {
        return noSuch("provider", name);
    }
    offerProvidersWhenStopped();
    m_engine->identity().refresh(provider->id);
    return true;
}

void ServiceCore::checkProviders() {
    if (m_providerWatchdog.hasChanged(m_engine->identity().reports())) {
        Q_EMIT m_facade.providersChanged();
    }
}

void ServiceCore::inspectToken(const TokenQuery& query, const PendingReply<TokenReport>& reply) {
    if (!m_stores) {
        reply->answer(notOpen());
        return;
    }
    offerProvidersWhenStopped();
    inspectToken(query, reply, keysTries);
}

void ServiceCore::inspectToken(const TokenQuery& query, const PendingReply<TokenReport>& reply, int tries) {
    // The inspector and what it found point into both.
    const PublishedConfigPointer current = m_current;
    const auto revocations = m_engine->revocations().current();
    const TokenInspector inspector(inspectionGrounds(current->config, *revocations));
    const TokenInspector::Recognition recognition = inspector.recognise(query);
    if (recognition.wantsIntrospection()) {
        introspectPasted(current, recognition, query, reply);
        return;
    }
    TokenReport report = inspector.inspect(recognition, query);
    if (recognition.provider != nullptr && lacksKeys(report.fault) && tries > 0 &&
        m_engine->identity().mayBringKeys(recognition.provider->id)) {
        m_engine->identity().wantKeys(recognition.provider->id);
        QTimer::singleShot(keysInterval, this, [this, query, reply, tries] {
            if (m_engine) { // else it shut down meanwhile
                inspectToken(query, reply, tries - 1);
            }
        });
        return;
    }
    reply->answer(std::move(report));
}

void ServiceCore::introspectPasted(const PublishedConfigPointer& current,
                                   const TokenInspector::Recognition& recognition, const TokenQuery& query,
                                   const PendingReply<TokenReport>& reply) {
    const auto tell = [this, current, recognition, query, reply](const Result<std::string>& answer) {
        if (!m_engine) {
            return; // shut down meanwhile
        }
        const auto revocations = m_engine->revocations().current();
        const TokenInspector inspector(inspectionGrounds(current->config, *revocations));
        reply->answer(inspector.inspectAnswer(recognition, query, answer));
    };
    const auto plan = m_providerCompiler->compile(current->config, *recognition.provider);
    if (!plan) {
        tell(fail(plan.error()));
        return;
    }
    // Comes on the client's thread, which is gone before this object is.
    m_engine->identity().introspect(*plan, recognition.text, [this, tell](Result<std::string> answer) {
        QMetaObject::invokeMethod(
            this, [tell, answer = std::move(answer)] { tell(answer); }, Qt::QueuedConnection);
    });
}

InspectionGrounds ServiceCore::inspectionGrounds(const model::Config& config,
                                                 const auth::RevocationSet& revocations) {
    return {.config = config,
            .keys = m_engine->keys(),
            .revocations = revocations,
            .keySetOf =
                [this](const model::IdentityProvider& provider) {
                    return m_engine->identity().keysOf(provider.id)->current();
                },
            .findKey = [this](model::ConsumerId consumer, model::KeyId id) -> std::optional<model::ApiKey> {
                auto keys = m_stores->keys.list(consumer);
                if (!keys) {
                    return std::nullopt;
                }
                const auto at = std::find_if(keys->begin(), keys->end(),
                                             [id](const model::ApiKey& key) { return key.id == id; });
                return at == keys->end() ? std::nullopt : std::optional(std::move(*at));
            },
            .now = m_clock.wallTime()};
}

Answer<std::vector<AccessLine>> ServiceCore::accessOf(const std::string& name) {
    if (!m_stores) {
        return notOpen();
    }
    const auto revocations = m_engine->revocations().current();
    auto lines = accessOfStored(*m_stores, config(), *revocations, m_clock.wallTime(), name);
    if (!lines) {
        return reject(std::move(lines.error()));
    }
    return std::move(*lines);
}

Answer<RouteAccess> ServiceCore::callersOf(const std::string& name, std::size_t limit) {
    if (!m_stores) {
        return notOpen();
    }
    const auto revocations = m_engine->revocations().current();
    auto access = callersOfStored(*m_stores, config(), *revocations, m_clock.wallTime(), name, limit);
    if (!access) {
        return reject(std::move(access.error()));
    }
    return std::move(*access);
}

} // namespace gateway::service
