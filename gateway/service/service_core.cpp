#include "gateway/service/service_core.h"

#include "gateway/service/match_report.h"

#include <algorithm>
#include <thread>

namespace gateway::service {

namespace {

constexpr std::chrono::seconds tickInterval{1};
// A key's use is noted once a minute at most, so that there is rarely anything to write.
constexpr std::chrono::seconds keyUsesInterval{5};
constexpr std::chrono::hours expiryInterval{1};

/// Of a program that keeps no secrets.
class NoMasterKey final : public MasterKeyPlace {
public:
    [[nodiscard]] Result<std::optional<crypto::MasterKey>> load() override {
        return std::optional<crypto::MasterKey>();
    }
    [[nodiscard]] Result<crypto::MasterKey> make() override {
        return fail(ErrorKind::Environment, "no-master-key",
                    "There is no place for a master key, so no private key can be stored.");
    }
    [[nodiscard]] std::string text() const override { return "this program"; }
};

std::shared_ptr<MasterKeyPlace> noMasterKey() {
    return std::make_shared<NoMasterKey>();
}

/// Stores answer with an Error, callers of the service get a Rejection.
template<class T>
Answer<T> toAnswer(Result<T> result) {
    if (!result) {
        return reject(std::move(result.error()));
    }
    return std::move(*result);
}

} // namespace

tl::unexpected<Rejection> reject(Error error) {
    return tl::unexpected<Rejection>(Rejection{std::move(error), {}, 0});
}

tl::unexpected<Rejection> reject(ErrorKind kind, std::string_view code, std::string message) {
    return reject(Error{kind, std::string(code), std::move(message)});
}

ServiceCore::ServiceCore(GatewayService& facade, const Clock& clock, ServiceOptions options,
                         GatewayService::OpenStores openStores, std::shared_ptr<MasterKeyPlace> masterKey,
                         SharedView& view)
    : m_facade(facade)
    , m_clock(clock)
    , m_options(std::move(options))
    , m_openStores(std::move(openStores))
    , m_masterKey(masterKey ? std::move(masterKey) : noMasterKey())
    , m_view(view)
    , m_current(view.config()) {}

ServiceCore::~ServiceCore() = default;

void ServiceCore::shutDown() {
    m_timer.reset();
    if (m_engine && m_stores) {
        saveKeyUses();
        saveCalls();
    }
    m_acme.reset();
    m_staples.reset();
    m_providerCompiler.reset();
    m_engine.reset();
    m_startWaiters.clear();
    m_stopWaiters.clear();
    m_identityKeys.reset();
    m_secrets.reset();
    m_stores.reset();
    m_openStores = nullptr; // holds the database, which belongs to this thread
}

tl::unexpected<Rejection> ServiceCore::notOpen() const {
    return reject(ErrorKind::Environment, "not-open",
                  m_status.message.empty() ? "The database is not open." : m_status.message);
}

void ServiceCore::setStatus(const std::function<void(GatewayStatus&)>& change) {
    change(m_status);
    m_view.set(m_status);
    Q_EMIT m_facade.statusChanged(m_status);
}

void ServiceCore::setCurrent(model::Config config, model::Revision revision) {
    m_current =
        std::make_shared<const PublishedConfig>(PublishedConfig{std::move(config), std::move(revision)});
    m_snapshot.reset();
    m_router.reset();
    m_staples->setConfig(m_current->config);
    m_acme->setConfig(m_current->config);
    m_expiryCheckedAt.reset();
    m_view.set(m_current);
    Q_EMIT m_facade.published(m_current);
}

Answer<PublishedConfigPointer> ServiceCore::open() {
    if (m_stores) {
        return m_current;
    }
    const auto refuse = [this](Error error) {
        m_providerCompiler.reset();
        m_engine.reset();
        m_identityKeys.reset();
        m_secrets.reset();
        m_stores.reset();
        setStatus([&error](GatewayStatus& status) {
            status.state = GatewayState::Failed;
            status.message = error.message;
        });
        return reject(std::move(error));
    };
    auto stores = m_openStores();
    if (!stores) {
        return refuse(std::move(stores.error()));
    }
    m_stores.emplace(*stores);
    m_secrets.emplace(m_stores->secrets, *m_masterKey);
    m_identityKeys.emplace(m_clock, *m_secrets);
    auto stored = m_stores->config.load();
    if (!stored) {
        return refuse(std::move(stored.error()));
    }
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    m_engine = std::make_unique<runtime::Engine>(
        m_clock, runtime::EngineOptions{.workers = m_options.workers != 0 ? m_options.workers : cores,
                                        .accessLogFile = m_options.accessLogFile,
                                        .accessLogBytesMax = m_options.accessLogBytesMax,
                                        .accessLogFiles = m_options.accessLogFiles});
    if (auto taken = takeUpKeys(); !taken) {
        return refuse(std::move(taken.error()));
    }
    if (auto taken = takeUpRevocations(); !taken) {
        return refuse(std::move(taken.error()));
    }
    // Without them everything that needs none still works; what does need one says so.
    std::ignore = takeUpSecrets();
    m_hasOtherSecrets = false; // nothing runs yet
    m_providerCompiler.emplace(m_engine->identity(), m_engine->secrets());
    m_staples = std::make_unique<Staples>(m_clock, m_engine->staples());
    m_acme = makeAcme();
    m_engine->keys().dropOutgrown(); // no worker is there yet to read it
    m_nextId = stored->nextId;
    setStatus([this, &stored](GatewayStatus& status) {
        status = GatewayStatus{};
        status.savedRevision = stored->revision.number;
        status.workers = m_engine->workerCount();
    });
    setCurrent(std::move(stored->config), std::move(stored->revision));

    m_keyUsesSavedAt = m_clock.now();
    m_timer = std::make_unique<QTimer>();
    connect(m_timer.get(), &QTimer::timeout, this, &ServiceCore::tick);
    m_timer->start(tickInterval);
    return m_current;
}

MatchReport ServiceCore::match(const MatchQuery& query) {
    if (m_snapshot) {
        return reportMatch(runtime::routerOf(*m_snapshot), runtime::configOf(*m_snapshot), query);
    }
    // Without a snapshot, because the gateway stands or a target has no address now, the routes still answer.
    if (!m_router) {
        m_router = routing::Router::build(config());
    }
    return reportMatch(*m_router, config(), query);
}

Answer<std::vector<AuditEntry>> ServiceCore::audit(const AuditQuery& query) {
    if (!m_stores) {
        return notOpen();
    }
    return toAnswer(m_stores->audit.list(query));
}

Answer<std::vector<model::Revision>> ServiceCore::revisions(std::size_t limit, model::RevisionNumber before) {
    if (!m_stores) {
        return notOpen();
    }
    return toAnswer(m_stores->revisions.list(limit, before));
}

Answer<model::Config> ServiceCore::configAt(model::RevisionNumber number) {
    if (!m_stores) {
        return notOpen();
    }
    return toAnswer(m_stores->revisions.configAt(number));
}

void ServiceCore::checkExpiry() {
    if (m_expiryCheckedAt && m_clock.now() - *m_expiryCheckedAt < expiryInterval) {
        return;
    }
    m_expiryCheckedAt = m_clock.now();
    for (const ExpiryWatch::Warning& warning : m_expiry.check(config(), m_clock.wallTime())) {
        Q_EMIT m_facade.certificateWarning(warning.name, warning.daysLeft);
    }
}

void ServiceCore::tick() {
    if (m_engine->isRunning()) {
        Q_EMIT m_facade.metrics(m_engine->sample());
        if (m_clock.now() - m_keyUsesSavedAt >= keyUsesInterval) {
            saveKeyUses();
            saveCalls();
        }
    }
    forgetRevocations();
    renewIdentityKeys();
    m_staples->tick();
    m_acme->tick();
    checkProviders();
    checkExpiry();
    // Other processes say what they changed; those that died before they could are noticed here.
    if (const auto newer = loadNewer(); newer && *newer) {
        runLoaded(nullptr);
    }
}

} // namespace gateway::service
