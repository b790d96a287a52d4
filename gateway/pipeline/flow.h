#pragma once

#include "gateway/base/random.h"
#include "gateway/http/downstream.h"
#include "gateway/http/exchange.h"
#include "gateway/metrics/access_log.h"
#include "gateway/pipeline/stages.h"
#include "gateway/upstream/call.h"
#include "gateway/upstream/pools.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gateway::pipeline {

class Flow;

/// What the flows of a worker share; takes requests from its clients. Single-threaded.
class FlowHandler final : public http::RequestHandler {
public:
    FlowHandler(const StageTools& tools, upstream::Pools& pools, metrics::AccessLogBatch* log);
    FlowHandler(const FlowHandler&) = delete;
    FlowHandler& operator=(const FlowHandler&) = delete;
    ~FlowHandler() override;

    void setTables(TablesPointer tables) { m_tables = std::move(tables); }
    [[nodiscard]] const TablesPointer& tables() const noexcept { return m_tables; }
    /// Once a tick: renews the date.
    void tick();

    void onRequest(http::Downstream& downstream, http::RequestHead& head) override;
    void onRefused(http::Downstream& downstream, const http::RequestHead& head,
                   const http::Refusal& refusal) override;

    /// Keys that were used, with the minute since 1970, since the last call; bounded.
    [[nodiscard]] std::vector<std::pair<std::uint64_t, std::uint32_t>> takeKeyUses() {
        return std::exchange(m_keyUses, {});
    }

private:
    friend class Flow;

    Flow& take();
    void give(Flow& flow) { m_free.push_back(&flow); }
    void makeRequestId(std::string& out);
    void noteKeyUse(const RequestContext& context);

    StageTools m_tools;
    upstream::Pools& m_pools;
    metrics::AccessLogBatch* m_log; ///< null: no log
    TablesPointer m_tables;
    std::vector<std::unique_ptr<Flow>> m_all;
    std::vector<Flow*> m_free;
    std::string m_date;
    std::int64_t m_dateSeconds = -1;
    Random m_random; ///< for request ids
    std::vector<std::pair<std::uint64_t, std::uint32_t>> m_keyUses;
};

/// One request on its way: runs the stages, then ties the client to the upstream call, then records.
class Flow final : private http::Exchange, private upstream::CallListener {
public:
    explicit Flow(FlowHandler& handler);

    void run(http::Downstream& downstream, http::RequestHead& head);
    void refuse(http::Downstream& downstream, const http::RequestHead& head, const http::Refusal& refusal);

private:
    bool onBody(std::string_view piece) override;
    void onBodyEnd(std::string_view trailers) override;
    void onBodyFailed(const http::Refusal& refusal) override;
    void onBatchEnd() override;
    void onWritable() override;
    void onClientGone() override;

    void onInformational(const http::ResponseHead& head) override;
    void onResponseHead(const http::ResponseHead& head) override;
    bool onResponseBody(std::string_view piece) override;
    void onResponseBatchEnd() override;
    void onResponseEnd(std::string_view trailers) override;
    void onCallFailed(const upstream::Failure& failure, bool started) override;
    void onRequestWritable() override;

    void begin(http::Downstream& downstream, const http::RequestHead& head);
    void act(http::RequestHead& head);
    void refuseCall(const upstream::Failure& failure);
    void answer();
    void answerForItself();
    [[nodiscard]] bool answerChallenge(const http::ChallengeTable& challenges,
                                       const http::RequestHead& request);
    void record();
    void recordService(std::uint64_t micros, bool failed);
    void logRow(std::uint64_t micros);
    void release();

    FlowHandler& m_handler;
    http::Downstream* m_downstream = nullptr;
    RequestContext m_context;
    upstream::Call m_call;
    std::string m_path; ///< rewritten
    bool m_acceptsTrailers = false;
    bool m_responseStarted = false;
    bool m_upstreamFailed = false;
};

} // namespace gateway::pipeline
