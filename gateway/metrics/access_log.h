#pragma once

#include "gateway/base/result.h"
#include "gateway/metrics/cells.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gateway::metrics {

/// One line of the access log. Views are copied by AccessLogBatch::add.
struct AccessRow {
    std::int64_t timeMicros = 0; ///< since 1970
    std::int64_t durationMicros = 0;
    int status = 0; ///< 0: the client left first
    std::string_view requestId;
    std::string_view client;
    std::string_view method;
    std::string_view host;
    std::string_view path; ///< without the query, which may hold secrets
    std::string_view route;
    std::string_view consumer;
    std::string_view tier;
    std::uint64_t keyId = 0;
    std::string_view keyVerdict;
    std::string_view credential;  ///< "api-key", "jwt", ...: by what the caller is known; empty: nobody known
    std::string_view provider;    ///< of a token
    std::string_view token;       ///< "good", or what is wrong with it
    std::string_view accessFault; ///< why else the caller was refused
    std::string_view service;
    std::string_view target;
    unsigned attempts = 0;
    std::string_view code;     ///< of a refusal, or why a stream was ended
    std::string_view protocol; ///< "HTTP/1.1", "HTTP/2"
    std::string_view tls;      ///< "TLSv1.3"; empty: in the clear
    std::string_view stream;   ///< "websocket", "event-stream", "grpc"; empty: an ordinary request
    std::uint64_t bytesIn = 0;
    std::uint64_t bytesOut = 0;
};

/// The log file: JSON lines, written and rotated by spdlog's own thread. Thread-safe.
class AccessLog {
public:
    /// Environment error when the file cannot be written.
    [[nodiscard]] static Result<std::unique_ptr<AccessLog>> open(const std::string& file,
                                                                 std::size_t bytesMax, unsigned files);
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;
    ~AccessLog(); ///< writes what is queued

    /// Queues whole lines (without the last line feed). False: the queue is full, they are lost.
    [[nodiscard]] bool write(std::string_view lines);
    void flush();

private:
    struct State;
    explicit AccessLog(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// A worker's rows on their way to the log: collected and handed over in one piece, so that the queue's lock
/// and the waking of the writer are paid once for many requests.
class AccessLogBatch {
public:
    static constexpr std::size_t bytesMax = 32 * 1024;

    AccessLogBatch(AccessLog& log, Counter& dropped);

    void add(const AccessRow& row);
    /// Called about once a tick, and when the worker ends.
    void handOver();

private:
    AccessLog& m_log;
    Counter& m_dropped;
    std::string m_lines;
    std::uint64_t m_rows = 0;
};

/// Appends the text as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
void appendJsonString(std::string& out, std::string_view text);

} // namespace gateway::metrics
