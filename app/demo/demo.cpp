#include "app/demo/demo.h"

#include "app/demo/sample_ports.h"
#include "app/demo/streams.h"
#include "app/demo/traffic.h"
#include "gateway/model/codec.h"
#include "gateway/model/edit.h"
#include "gateway/service/certificates.h"

#include <QFile>
#include <algorithm>

namespace app::demo {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;

namespace {

using gateway::service::GatewayService;
using gateway::service::GatewayState;
using gateway::service::GatewayStatus;
using gateway::service::PublishedConfigPointer;
using gateway::service::Rejection;

constexpr std::size_t callersMax = 16;
const std::string author = "demo";
const std::string keyName = "demo-traffic";
const std::string certificateName = "demo";
constexpr std::uint16_t tlsPort = 8443;

/// Waits for an answer of the service. Only on the demo's thread, which has nothing else to do then.
template<class T>
tl::expected<T, Rejection> answerOf(gateway::service::Reply<T> reply) {
    reply.waitForFinished();
    return reply.result();
}

bool isEmpty(const gateway::model::Config& config) {
    return config.listeners.empty() && config.services.empty() && config.routes.empty();
}

Result<gateway::model::Config> readSample() {
    const QByteArray text = sampleConfiguration();
    auto file = gateway::model::readConfigFile({text.constData(), static_cast<std::size_t>(text.size())});
    if (!file) {
        return fail(ErrorKind::Internal, "bad-sample",
                    "the sample configuration is wrong: " + file.error().front().message);
    }
    return std::move(file->config);
}

/// A listener for https beside the sample's own, with a certificate that nobody vouches for.
Result<gateway::model::FilePrivateKey> addTls(gateway::model::Config& config) {
    gateway::service::SelfSignedRequest request;
    request.name = certificateName;
    request.subject = {
        .commonName = "localhost", .organization = "Gatehouse demo", .names = {"localhost", "127.0.0.1"}};
    request.author = author;
    auto made = gateway::service::makeSelfSigned(request, config);
    if (!made) {
        return fail(made.error());
    }
    config.certificates.put(std::move(made->certificate));
    gateway::model::Listener listener;
    listener.name = "demo-tls";
    listener.port = tlsPort;
    listener.tls = gateway::model::Listener::Tls{.certificates = {certificateName}, .clientAuthority = {}};
    config.listeners.put(std::move(listener));
    return gateway::model::FilePrivateKey{certificateName, made->key.toPem()};
}

/// Where a listener can be reached from here.
QHostAddress targetOf(const gateway::model::Listener& listener) {
    const QHostAddress host(QString::fromStdString(listener.host));
    const bool isAny =
        host == QHostAddress(QHostAddress::AnyIPv4) || host == QHostAddress(QHostAddress::AnyIPv6);
    return isAny ? QHostAddress(QHostAddress::LocalHost) : host;
}

} // namespace

/// What runs on the demo's thread.
class Demo::Worker : public QObject {
public:
    Worker(Demo& demo, GatewayService& service, DemoOptions options)
        : m_demo(demo)
        , m_service(service)
        , m_options(options) {}

    void start() {
        if (const Result<void> result = setUp(); !result) {
            m_backends.clear();
            Q_EMIT m_demo.failed(QString::fromStdString(result.error().message));
            return;
        }
        Q_EMIT m_demo.started();
    }

    void stop() {
        m_streams.reset();
        m_traffic.reset();
        m_backends.clear();
    }

private:
    Result<void> setUp();
    Result<void> publish(const PublishedConfigPointer& current, const gateway::model::Config& wanted);
    Result<std::vector<Caller>> issueKeys();
    void followGateway(const GatewayStatus& status);

    Demo& m_demo;
    GatewayService& m_service;
    const DemoOptions m_options;
    std::vector<std::unique_ptr<SampleBackend>> m_backends;
    std::unique_ptr<Traffic> m_traffic;
    std::unique_ptr<Streams> m_streams;
    std::vector<gateway::model::FilePrivateKey> m_privateKeys; ///< of what is published
    std::vector<std::string> m_addresses; ///< of the gateway, as the traffic knows it; empty: it stands still
};

Result<void> Demo::Worker::setUp() {
    const PublishedConfigPointer current = m_service.current();
    if (!current) {
        return fail(ErrorKind::Internal, "not-open", "the demo needs an open database");
    }
    Result<gateway::model::Config> config = current->config;
    if (isEmpty(*config)) {
        config = readSample();
        if (!config) {
            return fail(config.error());
        }
        auto privateKey = addTls(*config);
        if (!privateKey) {
            return fail(privateKey.error());
        }
        m_privateKeys.push_back(std::move(*privateKey));
    }
    auto backends = startBackends(*config, m_options.seed, m_options.choosesPorts);
    if (!backends) {
        return fail(backends.error());
    }
    m_backends = std::move(*backends);
    if (m_service.status().state != GatewayState::Running) {
        if (Result<void> freed = freeListenerPorts(*config, m_options.choosesPorts); !freed) {
            return freed;
        }
    }
    if (Result<void> published = publish(current, *config); !published) {
        return published;
    }
    const auto status = answerOf(m_service.start());
    if (!status) {
        return fail(status.error().error);
    }
    Result<std::vector<Caller>> callers = issueKeys();
    if (!callers) {
        return fail(callers.error());
    }
    m_traffic = std::make_unique<Traffic>(m_options.seed, m_options.requestsPerSecond);
    m_streams = std::make_unique<Streams>();
    m_traffic->plan().setCallers(std::move(*callers));
    m_traffic->plan().setRoutes(m_service.current()->config);
    connect(m_traffic.get(), &Traffic::responded, &m_demo, &Demo::responded);
    connect(&m_service, &GatewayService::published, m_traffic.get(),
            [this](const PublishedConfigPointer& now) { m_traffic->plan().setRoutes(now->config); });
    connect(&m_service, &GatewayService::statusChanged, m_traffic.get(),
            [this](const GatewayStatus& now) { followGateway(now); });
    followGateway(*status);
    return {};
}

Result<void> Demo::Worker::publish(const PublishedConfigPointer& current,
                                   const gateway::model::Config& wanted) {
    gateway::model::ConfigChange change;
    change.base = current->revision.number;
    change.author = author;
    change.message = isEmpty(current->config) ? "The demo's configuration" : "Free ports for the demo";
    change.edits = gateway::model::difference(current->config, wanted);
    if (change.edits.empty()) {
        return {};
    }
    const auto revision = answerOf(m_service.publishFile(std::move(change), {}, std::move(m_privateKeys)));
    if (!revision) {
        return fail(revision.error().error);
    }
    return {};
}

Result<std::vector<Caller>> Demo::Worker::issueKeys() {
    std::vector<Caller> callers;
    const PublishedConfigPointer current = m_service.current();
    for (const gateway::model::Consumer& consumer : current->config.consumers) {
        if (callers.size() == callersMax) {
            break;
        }
        const auto keys = answerOf(m_service.listKeys(consumer.id));
        if (!keys) {
            return fail(keys.error().error);
        }
        // A key is only known when it is made, so that each start of the demo makes new ones.
        for (const gateway::model::ApiKey& key : *keys) {
            if (key.name == keyName && key.state != gateway::model::KeyState::Revoked) {
                const auto revoked =
                    answerOf(m_service.setKeyState(key.id, gateway::model::KeyState::Revoked, author));
                if (!revoked) {
                    return fail(revoked.error().error);
                }
            }
        }
        gateway::service::KeyRequest request;
        request.consumer = consumer.id;
        request.name = keyName;
        request.author = author;
        const auto issued = answerOf(m_service.createKey(std::move(request)));
        if (!issued) {
            return fail(issued.error().error);
        }
        callers.push_back({.tier = consumer.tier,
                           .key = QByteArray::fromStdString(issued->secret),
                           .isAgent = consumer.kind == gateway::model::ConsumerKind::Agent});
    }
    return callers;
}

void Demo::Worker::followGateway(const GatewayStatus& status) {
    const bool runs = status.state == GatewayState::Running && !status.addresses.empty();
    const std::vector<std::string> addresses = runs ? status.addresses : std::vector<std::string>();
    if (addresses == m_addresses) {
        return;
    }
    m_addresses = addresses;
    m_traffic->stop();
    m_streams->stop();
    if (!runs) {
        return;
    }
    const PublishedConfigPointer current = m_service.current();
    const gateway::model::Listener* plain = nullptr;
    const gateway::model::Listener* secure = nullptr;
    for (const gateway::model::Listener& listener : current->config.listeners) {
        const gateway::model::Listener*& wanted = listener.tls ? secure : plain;
        if (wanted == nullptr && !listener.proxyProtocol &&
            (!listener.tls || listener.tls->certificates.front() == certificateName)) {
            wanted = &listener;
        }
    }
    const gateway::model::Listener* any = plain != nullptr ? plain : secure;
    if (any == nullptr) {
        return;
    }
    m_traffic->start(targetOf(*any), plain != nullptr ? plain->port : std::uint16_t{0},
                     secure != nullptr ? secure->port : std::uint16_t{0});
    if (current->config.routes.find("live-orders") != nullptr) {
        const gateway::model::Listener& chosen = secure != nullptr ? *secure : *plain;
        m_streams->start(targetOf(chosen), chosen.port, secure != nullptr);
    }
}

Demo::Demo(GatewayService& service, DemoOptions options)
    : m_worker(new Worker(*this, service, options)) {
    m_thread.setObjectName(QStringLiteral("demo"));
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.start();
}

Demo::~Demo() {
    stop();
    m_thread.quit();
    m_thread.wait();
}

void Demo::start() {
    QMetaObject::invokeMethod(m_worker, [worker = m_worker] { worker->start(); });
}

void Demo::stop() {
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker] { worker->stop(); }, Qt::BlockingQueuedConnection);
}

QByteArray sampleConfiguration() {
    QFile file(QStringLiteral(":/samples/demo.yaml"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace app::demo
