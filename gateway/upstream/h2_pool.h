#pragma once

#include "gateway/http/h2_memory.h"
#include "gateway/net/event_loop.h"
#include "gateway/upstream/h2_connection.h"
#include "gateway/upstream/h2_fields.h"
#include "gateway/upstream/service_plan.h"

#include <memory>
#include <string>
#include <vector>

namespace gateway::upstream {

class Pools;

/// One worker's HTTP/2 connections to all targets. A target has one as long as that is enough; when the peer
/// allows no more streams on it, another one. Part of Pools, and like them.
class H2Pool {
public:
    static constexpr std::size_t connectionsMax = 16; ///< a target
    static constexpr std::size_t waitingMax = 1000;   ///< calls that wait for a stream, a connection

    H2Pool(net::EventLoop& loop, Pools& pools);
    H2Pool(const H2Pool&) = delete;
    H2Pool& operator=(const H2Pool&) = delete;
    ~H2Pool();

    /// A stream for the call, which may have to wait for its turn; null: another connection should be opened.
    [[nodiscard]] H2Stream* join(const ServicePlan& service, const TargetPlan& target, Call& call);
    /// A stream of a new connection; of an old one when there are as many as there may be; null: too many
    /// calls wait already.
    [[nodiscard]] H2Stream* open(const ServicePlan& service, const TargetPlan& target,
                                 const net::Endpoint& endpoint, Call& call);

    /// See Pools.
    void closeIdle();
    void drain(std::uint32_t targetIndex);
    void keepOnly(std::uint32_t targetIndex, const std::vector<net::Endpoint>& endpoints);

    // For connections.

    void forget(H2Connection& connection); ///< it takes no calls any more
    void remove(H2Connection& connection); ///< destroys it
    [[nodiscard]] net::EventLoop& loop() noexcept { return m_loop; }
    [[nodiscard]] Pools& pools() noexcept { return m_pools; }
    [[nodiscard]] nghttp2_mem* memory() noexcept { return m_memory.functions(); }
    [[nodiscard]] H2Fields& fields() noexcept { return m_fields; }
    /// In which what goes out in one piece is collected; empty between turns.
    [[nodiscard]] std::string& outbox() noexcept { return m_outbox; }

private:
    [[nodiscard]] std::vector<H2Connection*>& of(std::uint32_t targetIndex);
    [[nodiscard]] static H2Connection* leastWaiting(const std::vector<H2Connection*>& connections);

    net::EventLoop& m_loop;
    Pools& m_pools;
    http::H2Memory m_memory;
    H2Fields m_fields;
    std::string m_outbox;
    std::vector<std::unique_ptr<H2Connection>> m_all;
    std::vector<std::vector<H2Connection*>> m_byTarget; ///< those that take calls
};

} // namespace gateway::upstream
