#pragma once

#include "gateway/http/h2_shared.h"
#include "gateway/http/peer_connections.h"
#include "gateway/http/session.h"
#include "gateway/metrics/access_log.h"
#include "gateway/metrics/call_record.h"
#include "gateway/metrics/cells.h"
#include "gateway/net/listen_socket.h"
#include "gateway/pipeline/flow.h"
#include "gateway/upstream/health_checker.h"
#include "gateway/upstream/pools.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace gateway::runtime {

/// What keys were good for, by key.
using KeyUseSums = std::unordered_map<std::uint64_t, pipeline::KeyUses::Use>;

/// What a worker shares with the others.
struct WorkerParts {
    const Clock& clock;
    const auth::KeyTable& keys;
    metrics::WorkerCells& cells;
    const upstream::LoadView& load;
    http::PeerConnections& peers;
    metrics::AccessLog* log = nullptr;       ///< null: no log
    upstream::HealthBoard* health = nullptr; ///< for the one worker that checks the targets' health
    const http::ChallengeTable* challenges = nullptr;
    auth::IdentityClient* identity = nullptr;
    const auth::Revocations* revocations = nullptr;
    auth::PeerGuard* guard = nullptr;
    const auth::IdentitySigner* signer = nullptr;
    limits::CallerBuckets* callers = nullptr;
};

/// One of the threads that carry traffic: its loop, listening sockets, sessions, pools and pipeline. The
/// public functions are called from the control thread and leave the worker a task.
class Worker final : private http::SessionHost {
public:
    /// A new listening socket for a worker.
    struct NewSocket {
        std::string key; ///< address, or a name for it
        net::ListenSocket socket;
    };
    struct Update {
        std::shared_ptr<const pipeline::Tables> tables;
        std::vector<NewSocket> sockets;
        std::map<std::string, model::ListenerId>
            listening; ///< all that should be open after the update, by key
        /// By index: whether it gets requests. Null: the services are those of the last update.
        std::shared_ptr<const std::vector<bool>> targets;
    };

    Worker(const WorkerParts& parts, unsigned number);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() override; ///< stops at once

    void apply(std::shared_ptr<Update> update, std::function<void()> applied);
    /// Upstream names may stand for other addresses from time to time. Any thread.
    void setEndpoints(std::uint32_t targetIndex, std::shared_ptr<const std::vector<net::Endpoint>> endpoints);
    /// `drained` gets the number of requests that were cut; the thread ends after it.
    void drain(std::chrono::milliseconds deadline, std::function<void(std::size_t)> drained);
    void takeKeyUses(KeyUseSums& into);
    void takeCalls(std::vector<metrics::CallRecord>& into);

private:
    struct Listening {
        model::ListenerId listener;
        std::unique_ptr<net::Acceptor> acceptor;
    };

    [[nodiscard]] net::EventLoop& loop() override { return m_loop; }
    [[nodiscard]] http::RequestBodyPool& bodies() override { return m_bodies; }
    [[nodiscard]] const model::Listener& listener(model::ListenerId id) const override {
        return planOf(id).settings;
    }
    [[nodiscard]] http::RequestHandler& handler() override { return m_handler; }
    [[nodiscard]] bool isDraining() const override { return m_drained != nullptr; }
    [[nodiscard]] std::string& scratch() override { return m_scratch; }
    [[nodiscard]] http::RequestHead& requestHead() override { return m_head; }
    [[nodiscard]] http::H2Shared& http2() override { return m_http2; }
    void onHttp2(http::Http2Event event) override;
    void onArrival(http::ArrivalOutcome outcome) override;
    [[nodiscard]] bool countClient(http::ClientConnection& connection, const net::Endpoint& client) override;
    void replaceConnection(http::ClientConnection& former,
                           std::unique_ptr<http::ClientConnection> next) override;
    void onConnectionOver(http::ClientConnection& connection) override;

    [[nodiscard]] const pipeline::ListenerPlan& planOf(model::ListenerId id) const;
    void update(Update& update);
    void updateHealthChecks(const pipeline::Tables& tables);
    void updateListeners(Update& update);
    void accept(const Listening& from, net::StreamPointer stream, const net::Endpoint& peer);
    void arrive(const pipeline::ListenerPlan& plan, net::StreamPointer stream, const net::Endpoint& peer);
    /// Owns the connection from now on.
    template<class Connection>
    Connection& adopt(std::unique_ptr<Connection> connection, std::uint32_t place);
    void beginDrain(std::chrono::milliseconds deadline, std::function<void(std::size_t)> drained);
    void cutAll();
    void endWhenEmpty();
    void takeCallsFromHandler();
    void tick();

    WorkerParts m_parts;
    net::EventLoop m_loop;
    std::optional<metrics::AccessLogBatch> m_log;
    upstream::Pools m_pools;
    std::optional<upstream::HealthChecker> m_health;
    pipeline::FlowHandler m_handler;
    std::map<std::string, std::unique_ptr<Listening>> m_listening;
    std::map<model::ListenerId, std::shared_ptr<const pipeline::ListenerPlan>>
        m_gone; ///< listeners whose sessions are still there
    http::RequestBodyPool m_bodies;
    http::H2Shared m_http2;
    std::vector<std::unique_ptr<http::ClientConnection>> m_connections;
    std::string m_scratch;
    http::RequestHead m_head;
    std::function<void(std::size_t)> m_drained;
    net::Timer m_deadline;
    std::size_t m_cut = 0;
    std::mutex m_takenMutex; ///< of what the control thread takes
    KeyUseSums m_keyUses;
    std::vector<metrics::CallRecord> m_calls; ///< of agents
    std::thread m_thread;                     ///< last: everything else is there before it starts
};

} // namespace gateway::runtime
