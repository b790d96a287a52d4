#include "gateway/service/gateway_service.h"

#include "gateway/model/validate.h"
#include "gateway/service/service_core.h"

#include <QThread>
#include <atomic>

namespace gateway::service {

struct GatewayService::State {
    QThread thread;
    SharedView view;
    std::unique_ptr<ServiceCore> core;
    std::atomic<bool> isClosing{false};

    /// Does the work on the service's thread. Work that is still queued when the service goes is dropped, and
    /// its Pending answers with the fallback.
    template<class T, class Work>
    QFuture<T> post(T fallback, Work work) {
        const auto pending = std::make_shared<Pending<T>>(std::move(fallback));
        QFuture<T> future = pending->future();
        QMetaObject::invokeMethod(
            core.get(),
            [this, pending, work = std::move(work)]() mutable {
                if (!isClosing) {
                    work(*core, pending);
                }
            },
            Qt::QueuedConnection);
        return future;
    }

    template<class T, class Work>
    Reply<T> postReply(Work work) {
        return post<Answer<T>>(
            reject(ErrorKind::Environment, "shutting-down", "The gateway is shutting down."),
            std::move(work));
    }
};

GatewayService::GatewayService(const Clock& clock, ServiceOptions options, OpenStores openStores,
                               std::shared_ptr<MasterKeyPlace> masterKey)
    : m_state(std::make_unique<State>()) {
    m_state->core = std::make_unique<ServiceCore>(*this, clock, std::move(options), std::move(openStores),
                                                  std::move(masterKey), m_state->view);
    m_state->core->moveToThread(&m_state->thread);
    m_state->thread.setObjectName(QStringLiteral("gateway-service"));
    m_state->thread.start();
}

GatewayService::~GatewayService() {
    m_state->isClosing = true;
    ServiceCore* core = m_state->core.get();
    QMetaObject::invokeMethod(
        core, [core] { core->shutDown(); }, Qt::BlockingQueuedConnection);
    m_state->thread.quit();
    m_state->thread.wait();
    // With the core go the calls that are still queued for it.
    m_state->core.reset();
}

Reply<PublishedConfigPointer> GatewayService::open() {
    return m_state->postReply<PublishedConfigPointer>(
        [](ServiceCore& core, const auto& pending) { pending->answer(core.open()); });
}

Reply<GatewayStatus> GatewayService::start() {
    return m_state->postReply<GatewayStatus>(
        [](ServiceCore& core, const auto& pending) { core.start(pending); });
}

Reply<GatewayStatus> GatewayService::stop() {
    return m_state->postReply<GatewayStatus>(
        [](ServiceCore& core, const auto& pending) { core.stop(pending); });
}

Reply<GatewayStatus> GatewayService::reload() {
    return m_state->postReply<GatewayStatus>(
        [](ServiceCore& core, const auto& pending) { core.reload(pending); });
}

Reply<model::Revision> GatewayService::publish(model::ConfigChange change, std::vector<model::ApiKey> keys) {
    return m_state->postReply<model::Revision>(
        [change = std::move(change), keys = std::move(keys)](ServiceCore& core, const auto& pending) mutable {
            core.publish(std::move(change), std::move(keys), {}, pending);
        });
}

Reply<model::Revision> GatewayService::publishFile(model::ConfigChange change,
                                                   std::vector<model::FileKey> keys,
                                                   std::vector<model::FilePrivateKey> privateKeys) {
    return m_state->postReply<model::Revision>(
        [change = std::move(change), keys = std::move(keys),
         privateKeys = std::move(privateKeys)](ServiceCore& core, const auto& pending) mutable {
            core.publishFile(std::move(change), std::move(keys), std::move(privateKeys), pending);
        });
}

QFuture<model::Problems> GatewayService::validate(model::Config config) {
    return m_state->post<model::Problems>({},
                                          [config = std::move(config)](ServiceCore&, const auto& pending) {
                                              pending->answer(model::validate(config));
                                          });
}

Reply<IssuedKey> GatewayService::createKey(KeyRequest request) {
    return m_state->postReply<IssuedKey>(
        [request = std::move(request)](ServiceCore& core, const auto& pending) {
            pending->answer(core.createKey(request));
        });
}

Reply<model::ApiKey> GatewayService::setKeyState(model::KeyId key, model::KeyState state,
                                                 std::string author) {
    return m_state->postReply<model::ApiKey>(
        [key, state, author = std::move(author)](ServiceCore& core, const auto& pending) {
            pending->answer(core.setKeyState(key, state, author));
        });
}

Reply<std::vector<model::ApiKey>> GatewayService::listKeys(model::ConsumerId consumer) {
    return m_state->postReply<std::vector<model::ApiKey>>(
        [consumer](ServiceCore& core, const auto& pending) { pending->answer(core.listKeys(consumer)); });
}

Reply<IssuedKey> GatewayService::rotateKey(KeyRotation rotation) {
    return m_state->postReply<IssuedKey>(
        [rotation = std::move(rotation)](ServiceCore& core, const auto& pending) {
            pending->answer(core.rotateKey(rotation));
        });
}

Reply<model::ApiKey> GatewayService::changeKey(model::ApiKey key, std::string author) {
    return m_state->postReply<model::ApiKey>(
        [key = std::move(key), author = std::move(author)](ServiceCore& core, const auto& pending) {
            pending->answer(core.changeKey(key, author));
        });
}

Reply<std::size_t> GatewayService::importKeys(std::vector<KeyTransfer> keys, std::string author) {
    return m_state->postReply<std::size_t>(
        [keys = std::move(keys), author = std::move(author)](ServiceCore& core, const auto& pending) mutable {
            pending->answer(core.importKeys(std::move(keys), author));
        });
}

Reply<std::vector<KeyTransfer>> GatewayService::exportKeys(model::ConsumerId consumer) {
    return m_state->postReply<std::vector<KeyTransfer>>(
        [consumer](ServiceCore& core, const auto& pending) { pending->answer(core.exportKeys(consumer)); });
}

Reply<model::Revocation> GatewayService::revoke(model::Revocation revocation) {
    return m_state->postReply<model::Revocation>(
        [revocation = std::move(revocation)](ServiceCore& core, const auto& pending) mutable {
            pending->answer(core.revoke(std::move(revocation)));
        });
}

Reply<std::vector<model::Revocation>> GatewayService::revocations() {
    return m_state->postReply<std::vector<model::Revocation>>(
        [](ServiceCore& core, const auto& pending) { pending->answer(core.listRevocations()); });
}

Reply<bool> GatewayService::liftRevocation(model::RevocationId id, std::string author) {
    return m_state->postReply<bool>([id, author = std::move(author)](ServiceCore& core, const auto& pending) {
        pending->answer(core.liftRevocation(id, author));
    });
}

Reply<bool> GatewayService::setSecret(std::string name, std::string value, std::string author) {
    return m_state->postReply<bool>(
        [name = std::move(name), value = std::move(value),
         author = std::move(author)](ServiceCore& core, const auto& pending) mutable {
            core.setSecret(name, std::move(value), author, pending);
        });
}

Reply<std::vector<SecretName>> GatewayService::secrets() {
    return m_state->postReply<std::vector<SecretName>>(
        [](ServiceCore& core, const auto& pending) { pending->answer(core.listSecrets()); });
}

Reply<bool> GatewayService::removeSecret(std::string name, std::string author) {
    return m_state->postReply<bool>(
        [name = std::move(name), author = std::move(author)](ServiceCore& core, const auto& pending) {
            pending->answer(core.removeSecret(name, author));
        });
}

Reply<std::vector<auth::ProviderReport>> GatewayService::providers() {
    return m_state->postReply<std::vector<auth::ProviderReport>>(
        [](ServiceCore& core, const auto& pending) { pending->answer(core.providers()); });
}

Reply<bool> GatewayService::refreshProvider(std::string name) {
    return m_state->postReply<bool>([name = std::move(name)](ServiceCore& core, const auto& pending) {
        pending->answer(core.refreshProvider(name));
    });
}

Reply<TokenReport> GatewayService::inspectToken(TokenQuery query) {
    return m_state->postReply<TokenReport>(
        [query = std::move(query)](ServiceCore& core, const auto& pending) {
            core.inspectToken(query, pending);
        });
}

Reply<std::vector<AccessLine>> GatewayService::accessOf(std::string consumer) {
    return m_state->postReply<std::vector<AccessLine>>(
        [consumer = std::move(consumer)](ServiceCore& core, const auto& pending) {
            pending->answer(core.accessOf(consumer));
        });
}

Reply<RouteAccess> GatewayService::callersOf(std::string route, std::size_t limit) {
    return m_state->postReply<RouteAccess>(
        [route = std::move(route), limit](ServiceCore& core, const auto& pending) {
            pending->answer(core.callersOf(route, limit));
        });
}

Reply<std::vector<metrics::CallRecord>> GatewayService::calls(CallQuery query) {
    return m_state->postReply<std::vector<metrics::CallRecord>>(
        [query](ServiceCore& core, const auto& pending) { pending->answer(core.listCalls(query)); });
}

Reply<model::Revision> GatewayService::importCertificate(CertificateImport import) {
    return m_state->postReply<model::Revision>(
        [import = std::move(import)](ServiceCore& core, const auto& pending) {
            core.importCertificate(import, pending);
        });
}

Reply<model::Revision> GatewayService::generateSelfSigned(SelfSignedRequest request) {
    return m_state->postReply<model::Revision>(
        [request = std::move(request)](ServiceCore& core, const auto& pending) {
            core.generateSelfSigned(request, pending);
        });
}

Reply<std::string> GatewayService::createSigningRequest(SigningRequest request) {
    return m_state->postReply<std::string>(
        [request = std::move(request)](ServiceCore& core, const auto& pending) {
            pending->answer(core.createSigningRequest(request));
        });
}

Reply<bool> GatewayService::forgetSigningRequest(std::string name, std::string author) {
    return m_state->postReply<bool>(
        [name = std::move(name), author = std::move(author)](ServiceCore& core, const auto& pending) {
            pending->answer(core.forgetSigningRequest(name, author));
        });
}

Reply<bool> GatewayService::removePrivateKey(std::string fingerprint, std::string author) {
    return m_state->postReply<bool>([fingerprint = std::move(fingerprint),
                                     author = std::move(author)](ServiceCore& core, const auto& pending) {
        pending->answer(core.removePrivateKey(fingerprint, author));
    });
}

Reply<std::vector<CertificateReport>> GatewayService::listCertificates() {
    return m_state->postReply<std::vector<CertificateReport>>(
        [](ServiceCore& core, const auto& pending) { pending->answer(core.listCertificates()); });
}

Reply<bool> GatewayService::renewCertificate(std::string name) {
    return m_state->postReply<bool>([name = std::move(name)](ServiceCore& core, const auto& pending) {
        pending->answer(core.renewCertificate(name));
    });
}

QFuture<MatchReport> GatewayService::match(MatchQuery query) {
    MatchReport closing;
    closing.explanation = "The gateway is shutting down.";
    return m_state->post<MatchReport>(std::move(closing),
                                      [query = std::move(query)](ServiceCore& core, const auto& pending) {
                                          pending->answer(core.match(query));
                                      });
}

Reply<std::vector<AuditEntry>> GatewayService::audit(AuditQuery query) {
    return m_state->postReply<std::vector<AuditEntry>>(
        [query = std::move(query)](ServiceCore& core, const auto& pending) {
            pending->answer(core.audit(query));
        });
}

Reply<std::vector<model::Revision>> GatewayService::revisions(std::size_t limit,
                                                              model::RevisionNumber before) {
    return m_state->postReply<std::vector<model::Revision>>(
        [limit, before](ServiceCore& core, const auto& pending) {
            pending->answer(core.revisions(limit, before));
        });
}

Reply<model::Config> GatewayService::configAt(model::RevisionNumber number) {
    return m_state->postReply<model::Config>(
        [number](ServiceCore& core, const auto& pending) { pending->answer(core.configAt(number)); });
}

GatewayStatus GatewayService::status() const {
    return m_state->view.status();
}

PublishedConfigPointer GatewayService::current() const {
    return m_state->view.config();
}

} // namespace gateway::service
