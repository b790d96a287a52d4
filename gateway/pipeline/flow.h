#pragma once

#include "gateway/base/random.h"
#include "gateway/http/downstream.h"
#include "gateway/http/exchange.h"
#include "gateway/metrics/access_log.h"
#include "gateway/pipeline/call_log.h"
#include "gateway/pipeline/identity_fields.h"
#include "gateway/pipeline/key_uses.h"
#include "gateway/pipeline/loop_gate.h"
#include "gateway/pipeline/open_stream.h"
#include "gateway/pipeline/pending_request.h"
#include "gateway/pipeline/stage_memory.h"
#include "gateway/pipeline/stages.h"
#include "gateway/upstream/call.h"
#include "gateway/upstream/pools.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
    /// Streams that have no end of their own are ended, those that open from now on, too.
    void drain();
    [[nodiscard]] const TablesPointer& tables() const noexcept { return m_tables; }
    /// Once a tick: renews the date, and ends the streams of whoever may have none any more.
    void tick();

    void onRequest(http::Downstream& downstream, http::RequestHead& head) override;
    void onRefused(http::Downstream& downstream, const http::RequestHead& head,
                   const http::Refusal& refusal) override;

    /// Keys that were used since the last call.
    [[nodiscard]] KeyUses& keyUses() noexcept { return m_keyUses; }
    /// What agents called.
    [[nodiscard]] CallLog& calls() noexcept { return m_calls; }

private:
    friend class Flow;

    Flow& take();
    void give(Flow& flow) { m_free.push_back(&flow); }
    [[nodiscard]] OpenStream& takeStream(Flow& flow, StreamKind kind);
    void giveStream(OpenStream& stream);
    void countStream(OpenStream& stream, int by);
    void checkStreams();
    void noteExpiry(const RequestContext& context);
    [[nodiscard]] PendingRequest* takePending(Flow& flow);
    void givePending(PendingRequest& pending);
    void beginWait(PendingRequest& pending, Wait& wait);
    void onAnswer(std::uint64_t ticket, Result<std::string> answer);
    void checkKeys();
    [[nodiscard]] const RoutePlan* routeNow(const RequestContext& context) const;
    void makeRequestId(std::string& out);
    void noteKeyUse(const RequestContext& context);

    StageMemory m_memory;
    StageTools m_tools;
    upstream::Pools& m_pools;
    metrics::AccessLogBatch* m_log; ///< null: no log
    TablesPointer m_tables;
    std::vector<std::unique_ptr<Flow>> m_all;
    std::vector<Flow*> m_free;
    std::string m_date;
    std::int64_t m_dateSeconds = -1;
    Random m_random; ///< for request ids
    KeyUses m_keyUses;
    CallLog m_calls;
    IdentityFields m_identityFields;
    std::optional<auth::PeerDelays> m_delays;
    std::shared_ptr<LoopGate> m_gate;                           ///< for answers from other threads
    std::vector<std::unique_ptr<PendingRequest>> m_pending;     ///< lent
    std::vector<std::unique_ptr<PendingRequest>> m_freePending; ///< to be lent again
    std::uint64_t m_lastTicket = 0;
    std::size_t m_waitingForKeys = 0;                       ///< of those that are lent
    std::vector<std::unique_ptr<OpenStream>> m_streams;     ///< lent
    std::vector<std::unique_ptr<OpenStream>> m_freeStreams; ///< to be lent again
    TablesPointer m_checkedTables;                          ///< by which the streams were checked
    std::uint64_t m_checkedChanges = 0;                     ///< of keys
    std::uint64_t m_checkedRevocations = 0;
    std::int64_t m_nextExpiry = 0; ///< of a key or token with a stream, in seconds since 1970; 0: none
    http::ResponseHead m_translatedHead;
    routing::Captures m_captures; ///< while a path is rewritten
    bool m_isDraining = false;
};

/// One request on its way: runs the stages, then ties the client to the upstream call, then records.
class Flow final : private http::Exchange, private upstream::CallListener {
public:
    explicit Flow(FlowHandler& handler);

    void run(http::Downstream& downstream, http::RequestHead& head);
    void refuse(http::Downstream& downstream, const http::RequestHead& head, const http::Refusal& refusal);

    // For the handler, about a request that has a stream.
    [[nodiscard]] const RequestContext& context() const noexcept { return m_context; }
    [[nodiscard]] std::optional<StreamStop> reasonToStop(const Tables& now, const RoutePlan* route) const;
    void stop(StreamStop why);
    // About one that waits.
    void resume(std::optional<Result<std::string>> answer);
    void onWaitOver();

private:
    friend struct OpenStream;

    // Of RFC 6455, 7.4.1.
    static constexpr std::uint16_t goingAway = 1001;
    static constexpr std::uint16_t protocolError = 1002;
    static constexpr std::uint16_t policyViolation = 1008;

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
    void findOrigin(const http::RequestHead& head);
    [[nodiscard]] bool runStages(http::RequestHead& head, std::size_t from);
    void pause(const http::RequestHead& head, std::size_t stage);
    void stopWaiting();
    [[nodiscard]] bool passBody(std::string_view piece);
    void passHeldBody();
    void act(http::RequestHead& head);
    void noteRequest(const http::RequestHead& head);
    void writeHead(const http::RequestHead& head);
    void refuseCall(const upstream::Failure& failure);

    [[nodiscard]] http::RespondedBy respondedBy() const;
    void answer();
    void answerProblem();
    void answerPlainly();
    void answerAsGrpc();
    void answerForItself();
    void endAnswer(bool isClean, std::string_view trailers);
    void endGrpcAnswer();

    [[nodiscard]] bool isTranslated() const noexcept {
        return m_stream != nullptr && m_stream->web.isActive();
    }
    [[nodiscard]] bool prepareStream(http::RequestHead& head, upstream::CallPlan& plan);
    [[nodiscard]] bool readGrpcTimeout(const http::RequestHead& head, upstream::CallPlan& plan);
    void beginTranslation(http::RequestHead& head);
    void respondTranslated(const http::ResponseHead& head, http::RespondedBy by);
    void noteStream(const http::ResponseHead& head);
    void noteOpened();
    void touchStream();
    void onStreamTimer();
    [[nodiscard]] bool onStreamBody(std::string_view piece);
    void onStreamBodyEnd(std::string_view trailers);
    [[nodiscard]] bool onStreamResponse(std::string_view piece);

    void openWebSocket(const http::ResponseHead& head);
    [[nodiscard]] bool onWebSocketBytes(std::string_view piece);
    [[nodiscard]] bool onWebSocketAnswer(std::string_view piece);
    void closeWebSocket(std::uint16_t closeCode, const char* code, const char* detail);
    void finishWebSocket();

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
    OpenStream* m_stream = nullptr;      ///< null: an ordinary request
    PendingRequest* m_pending = nullptr; ///< null: it waits for nothing
    std::string m_path;                  ///< rewritten
    bool m_acceptsTrailers = false;
    bool m_responseStarted = false;
    bool m_hasLength = false; ///< the answer said how long it is
    bool m_upstreamFailed = false;
};

} // namespace gateway::pipeline
