#include "gateway/metrics/access_log.h"

#include <charconv>
#include <ctime>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <utility>

namespace gateway::metrics {
namespace {

constexpr std::size_t queuedBatchesMax = 256; // of 32 KiB: 8 MiB at most

void appendNumber(std::string& out, std::int64_t number) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    out.append(text, end);
}

void appendPadded(std::string& out, std::int64_t number, unsigned digits) {
    std::string text = std::to_string(number);
    out.append(digits > text.size() ? digits - text.size() : 0, '0').append(text);
}

/// RFC 3339 with microseconds, UTC.
void appendTime(std::string& out, std::int64_t micros) {
    const std::time_t seconds = micros / 1'000'000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    appendPadded(out, parts.tm_year + 1900, 4);
    out.push_back('-');
    appendPadded(out, parts.tm_mon + 1, 2);
    out.push_back('-');
    appendPadded(out, parts.tm_mday, 2);
    out.push_back('T');
    appendPadded(out, parts.tm_hour, 2);
    out.push_back(':');
    appendPadded(out, parts.tm_min, 2);
    out.push_back(':');
    appendPadded(out, parts.tm_sec, 2);
    out.push_back('.');
    appendPadded(out, micros % 1'000'000, 6);
    out.push_back('Z');
}

void appendText(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        out.append(",\"").append(name).append("\":");
        appendJsonString(out, value);
    }
}

/// Length of the well-formed UTF-8 sequence at the front (RFC 3629), or 0.
std::size_t utf8Length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto continues = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first < 0xE0) {
        return continues(1) ? 2 : 0;
    }
    if (first >= 0xE0 && first < 0xF0) {
        const bool good = continues(1) && continues(2) && (first != 0xE0 || byte(1) >= 0xA0) &&
                          (first != 0xED || byte(1) < 0xA0);
        return good ? 3 : 0;
    }
    if (first >= 0xF0 && first < 0xF5) {
        const bool good = continues(1) && continues(2) && continues(3) &&
                          (first != 0xF0 || byte(1) >= 0x90) && (first != 0xF4 || byte(1) < 0x90);
        return good ? 4 : 0;
    }
    return 0;
}

} // namespace

void appendJsonString(std::string& out, std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    out.push_back('"');
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text.front());
        if (byte == '"' || byte == '\\') {
            out.push_back('\\');
            out.push_back(text.front());
            text.remove_prefix(1);
        } else if (byte < 0x20 || byte == 0x7F) {
            out.append("\\u00");
            out.push_back(digits[byte >> 4U]);
            out.push_back(digits[byte & 0xFU]);
            text.remove_prefix(1);
        } else if (const std::size_t length = utf8Length(text); length > 0) {
            out.append(text.substr(0, length));
            text.remove_prefix(length);
        } else {
            out.append("\\ufffd");
            text.remove_prefix(1);
        }
    }
    out.push_back('"');
}

struct AccessLog::State {
    std::shared_ptr<spdlog::details::thread_pool> pool;
    std::shared_ptr<spdlog::async_logger> logger;
};

AccessLog::AccessLog(std::unique_ptr<State> state)
    : m_state(std::move(state)) {}

AccessLog::~AccessLog() {
    m_state->logger->flush();
    // The pool's destructor writes what is queued and joins its thread.
    m_state->logger.reset();
    m_state->pool.reset();
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& file, std::size_t bytesMax,
                                                   unsigned files) {
    try {
        auto state = std::make_unique<State>();
        state->pool = std::make_shared<spdlog::details::thread_pool>(queuedBatchesMax * 2, 1);
        auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file, bytesMax, files);
        state->logger = std::make_shared<spdlog::async_logger>("access", std::move(sink), state->pool,
                                                               spdlog::async_overflow_policy::overrun_oldest);
        state->logger->set_pattern("%v");
        return std::unique_ptr<AccessLog>(new AccessLog(std::move(state)));
    } catch (const std::exception& error) {
        return fail(ErrorKind::Environment, "access-log",
                    "cannot write the access log: " + std::string(error.what()));
    }
}

bool AccessLog::write(std::string_view lines) {
    // Asked before, not left to the queue's own policy, which would drop silently what others queued.
    if (m_state->pool->queue_size() >= queuedBatchesMax) {
        return false;
    }
    m_state->logger->info(spdlog::string_view_t(lines.data(), lines.size()));
    return true;
}

void AccessLog::flush() {
    m_state->logger->flush();
}

AccessLogBatch::AccessLogBatch(AccessLog& log, Counter& dropped)
    : m_log(log)
    , m_dropped(dropped) {}

void AccessLogBatch::add(const AccessRow& row) {
    std::string& out = m_lines;
    if (m_rows > 0) {
        out.push_back('\n');
    }
    out.append("{\"time\":\"");
    appendTime(out, row.timeMicros);
    out.append("\",\"status\":");
    appendNumber(out, row.status);
    out.append(",\"duration_us\":");
    appendNumber(out, row.durationMicros);
    out.append(",\"bytes_in\":");
    appendNumber(out, static_cast<std::int64_t>(row.bytesIn));
    out.append(",\"bytes_out\":");
    appendNumber(out, static_cast<std::int64_t>(row.bytesOut));
    appendText(out, "request_id", row.requestId);
    appendText(out, "client", row.client);
    appendText(out, "method", row.method);
    appendText(out, "host", row.host);
    appendText(out, "path", row.path);
    appendText(out, "route", row.route);
    appendText(out, "consumer", row.consumer);
    appendText(out, "tier", row.tier);
    if (row.keyId != 0) {
        out.append(",\"key_id\":");
        appendNumber(out, static_cast<std::int64_t>(row.keyId));
    }
    appendText(out, "key", row.keyVerdict);
    appendText(out, "credential", row.credential);
    appendText(out, "provider", row.provider);
    appendText(out, "token", row.token);
    appendText(out, "access", row.accessFault);
    appendText(out, "service", row.service);
    appendText(out, "target", row.target);
    if (row.attempts > 1) {
        out.append(",\"attempts\":");
        appendNumber(out, row.attempts);
    }
    appendText(out, "code", row.code);
    appendText(out, "protocol", row.protocol);
    appendText(out, "tls", row.tls);
    appendText(out, "stream", row.stream);
    out.push_back('}');
    ++m_rows;
    if (out.size() >= bytesMax) {
        handOver();
    }
}

void AccessLogBatch::handOver() {
    if (m_rows == 0) {
        return;
    }
    if (!m_log.write(m_lines)) {
        m_dropped.add(m_rows);
    }
    m_lines.clear();
    m_rows = 0;
}

} // namespace gateway::metrics
