#pragma once

#include "gateway/auth/key_table.h"
#include "gateway/base/clock.h"
#include "gateway/base/result.h"
#include "gateway/metrics/call_record.h"
#include "gateway/metrics/metrics_frame.h"
#include "gateway/model/config.h"
#include "gateway/net/address.h"
#include "gateway/routing/router.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gateway::auth {
class IdentityClient;
class Revocations;
} // namespace gateway::auth
namespace gateway::crypto {
class PrivateKey;
class PrivateKeys;
class SecretValues;
} // namespace gateway::crypto
namespace gateway::http {
class ChallengeTable;
}
namespace gateway::net {
class AlpnChallenges;
class StapleStore;
} // namespace gateway::net

namespace gateway::runtime {

/// A Config validated, resolved and indexed; immutable. Made by Engine::compile.
class Snapshot;
using SnapshotPointer = std::shared_ptr<const Snapshot>;

/// Sockets that a snapshot needs and that were not open yet: bound and listening, but nobody accepts from
/// them. Dropping it closes them.
class PreparedListeners;

struct EngineOptions {
    unsigned workers = 1;
    std::string accessLogFile; ///< empty: none
    std::size_t accessLogBytesMax = 64 * 1024 * 1024;
    unsigned accessLogFiles = 5;
    /// "192.0.2.53:53"; whom to ask for the addresses of targets. Empty: as the system does.
    std::vector<std::string> nameServers{};
};

/// The whole engine, without Qt: one thread a worker, each with its own listening sockets, pools and
/// counters. Control functions are called from one thread (GatewayService's); callbacks come on a worker's
/// thread.
class Engine {
public:
    Engine(const Clock& clock, EngineOptions options);
    ~Engine(); ///< stops at once; drain() first to be polite
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// `config` must be valid (model::validate). Resolves names of targets, which may block for seconds.
    /// Fails with a sentence that names the service and the target.
    [[nodiscard]] Result<SnapshotPointer> compile(const model::Config& config,
                                                  model::RevisionNumber revision);

    /// The next compile() asks for the addresses of all targets again; otherwise only services that changed
    /// do.
    void renewServices();

    /// Binds what the snapshot's listeners need. Traffic is not touched. Fails with the address and the cause
    /// ("port 8080 on 127.0.0.1 is in use by another program").
    [[nodiscard]] Result<std::shared_ptr<PreparedListeners>> prepare(const SnapshotPointer& snapshot);

    /// Starts the workers, or swaps the snapshot in running ones; requests finish on the one they started
    /// with. Sockets of listeners that are gone stop accepting. `live` is called once all workers have it.
    void apply(const SnapshotPointer& snapshot, const std::shared_ptr<PreparedListeners>& listeners,
               std::function<void()> live);

    /// No new connections; idle ones are closed, requests in flight finish, at the deadline what is left is
    /// cut. `done` gets the number of requests that were cut. After it the engine is as new: apply() starts
    /// it again.
    void drain(std::chrono::milliseconds deadline, const std::function<void(std::size_t cut)>& done);

    [[nodiscard]] bool isRunning() const noexcept;
    /// "127.0.0.1:8080" for each listener, with the real port where the config says 0.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>>
    addresses() const; ///< (listener name, address)
    [[nodiscard]] unsigned workerCount() const noexcept;

    /// The difference since the last call; the first one since the start.
    [[nodiscard]] metrics::MetricsFrame sample();
    /// Keys that were good for a request since the last call.
    struct KeyUse {
        model::KeyId key;
        WallTime last{}; ///< to the minute
        std::uint64_t times = 0;
    };
    [[nodiscard]] std::vector<KeyUse> takeKeyUses();
    /// What agents called since the last call; bounded, what did not fit is counted in the metrics.
    [[nodiscard]] std::vector<metrics::CallRecord> takeCalls();

    /// What the name of a target (by its index in the plan) stands for from now on. Any thread.
    void setEndpoints(std::uint32_t targetIndex, std::vector<net::Endpoint> endpoints);

    /// The live keys: written by the control thread, read by the workers.
    [[nodiscard]] auth::KeyTable& keys() noexcept;
    /// What holds no more: written by the control thread, seen by each worker's next request.
    [[nodiscard]] auth::Revocations& revocations() noexcept;
    /// Whom providers' keys come through. setProviders() is called by apply().
    [[nodiscard]] auth::IdentityClient& identity() noexcept;
    /// Secrets that the config refers to as `${secret:NAME}`, in the clear; compile() looks them up. Any
    /// thread.
    [[nodiscard]] crypto::SecretValues& secrets() noexcept;
    /// Signs what services learn about callers; none: a config that asks for such tokens does not compile.
    void setIdentityKeys(std::vector<crypto::PrivateKey> keys); ///< P-256; the first one signs, all are shown
    /// The decrypted private keys, which compile() finds by their certificates. Any thread.
    [[nodiscard]] crypto::PrivateKeys& privateKeys() noexcept;
    /// What listeners staple to their certificates. Any thread.
    [[nodiscard]] net::StapleStore& staples() noexcept;
    /// What listeners show in acme-tls/1 handshakes. Any thread.
    [[nodiscard]] net::AlpnChallenges& alpnChallenges() noexcept;
    /// What requests of certificate authorities are answered with. Any thread.
    [[nodiscard]] http::ChallengeTable& httpChallenges() noexcept;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// The router of a snapshot, for match testers; `routes` of the result are positions in `config().routes`.
[[nodiscard]] const routing::Router& routerOf(const Snapshot& snapshot);
[[nodiscard]] const model::Config& configOf(const Snapshot& snapshot);

} // namespace gateway::runtime
