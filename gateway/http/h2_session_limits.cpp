#include "gateway/http/h2_session.h"

#include "gateway/http/refusals.h"
#include <algorithm>
#include <utility>

/// What a client may not do: floods, and taking too long.
namespace gateway::http {
namespace {

using namespace std::chrono_literals;

constexpr auto sweepEvery = 1s; // how late a time limit may be found to have passed
constexpr auto sweepAtLeast = 50ms;
constexpr std::uint8_t lastKnownType = NGHTTP2_CONTINUATION;

} // namespace

// Floods

/// 0, or what makes nghttp2 stop.
int H2Session::spend(H2Budget& budget, const H2Allowance& allowance) {
    return budget.spend(allowance, m_host.loop().clock()) ? 0 : flood();
}

int H2Session::flood() {
    if (!std::exchange(m_flooded, true)) {
        m_host.onHttp2(Http2Event::FloodCut);
    }
    return NGHTTP2_ERR_CALLBACK_FAILURE;
}

int H2Session::onBeginFrame(nghttp2_session* /*h2*/, const nghttp2_frame_hd* frame, void* self) {
    auto& session = *static_cast<H2Session*>(self);
    Budgets& budgets = session.m_budgets;
    switch (frame->type) {
    case NGHTTP2_DATA:
        return frame->length == 0 && (frame->flags & NGHTTP2_FLAG_END_STREAM) == 0
                   ? session.spend(budgets.emptyFrames, h2_allowances::emptyFrames)
                   : 0;
    case NGHTTP2_PING:
        return session.spend(budgets.pings, h2_allowances::pings);
    case NGHTTP2_SETTINGS:
        return session.spend(budgets.settings, h2_allowances::settings);
    case NGHTTP2_RST_STREAM:
        return session.spend(budgets.resets, h2_allowances::resets);
    case NGHTTP2_PRIORITY:
        if (frame->stream_id == 0) {
            return NGHTTP2_ERR_CALLBACK_FAILURE; // nghttp2 would ignore it with all others
        }
        return session.spend(budgets.priorities, h2_allowances::priorities);
    default:
        return frame->type > lastKnownType ? session.spend(budgets.priorities, h2_allowances::priorities) : 0;
    }
}

int H2Session::onUnknownFrame(nghttp2_session* /*h2*/, void** /*payload*/, const nghttp2_frame_hd* /*frame*/,
                              void* /*self*/) {
    return NGHTTP2_ERR_CANCEL; // counted when it began; nothing of it is kept
}

int H2Session::onInvalidFrame(nghttp2_session* /*h2*/, const nghttp2_frame* /*frame*/, int /*error*/,
                              void* self) {
    auto& session = *static_cast<H2Session*>(self);
    return session.spend(session.m_budgets.provokedResets, h2_allowances::provokedResets);
}

/// The client is told why with its last frame.
void H2Session::endConnection(std::uint32_t error) {
    nghttp2_session_terminate_session(m_h2.get(), error);
    schedule();
}

// Time limits

void H2Session::armTimer() {
    if (m_phase != Phase::Open || m_goaway == Goaway::Announced) {
        return;
    }
    const auto& timeouts = listener().timeouts;
    if (m_streams.empty() && m_unsent == nullptr && m_block == nullptr && m_settingsAcknowledged) {
        m_timer.set(timeouts.idle);
        return;
    }
    if (!m_timer.isSet() || m_streams.size() == 1) {
        const auto shortest = std::min({timeouts.header, timeouts.body, timeouts.write, timeouts.idle}) / 4;
        m_timer.set(std::clamp<std::chrono::nanoseconds>(shortest, sweepAtLeast, sweepEvery));
    }
}

void H2Session::onTimer(void* self) {
    auto& session = *static_cast<H2Session*>(self);
    if (session.m_phase == Phase::Closing) {
        session.die(false);
        return;
    }
    if (session.m_goaway == Goaway::Announced) {
        session.m_goaway = Goaway::Sent;
        nghttp2_submit_goaway(session.m_h2.get(), NGHTTP2_FLAG_NONE,
                              nghttp2_session_get_last_proc_stream_id(session.m_h2.get()), NGHTTP2_NO_ERROR,
                              nullptr, 0);
        session.schedule();
    }
    session.sweep();
}

void H2Session::sweep() {
    const model::Listener::Timeouts timeouts = listener().timeouts;
    const Monotonic now = m_host.loop().clock().now();
    if (m_unsent != nullptr && now - m_stalledSince >= timeouts.write) {
        die(true);
        return;
    }
    if (m_block != nullptr) {
        if (m_blockSince == Monotonic{}) {
            m_blockSince = now;
        } else if (now - m_blockSince >= timeouts.header) {
            m_failed = true;
            endConnection(NGHTTP2_PROTOCOL_ERROR);
        }
    }
    if (!m_settingsAcknowledged && now - m_startedAt >= timeouts.header) {
        m_failed = true;
        endConnection(NGHTTP2_SETTINGS_TIMEOUT);
    } else if (m_streams.empty() && m_block == nullptr && now - m_idleSince >= timeouts.idle) {
        m_failed = true;
        endConnection(NGHTTP2_NO_ERROR);
    }
    for (std::size_t i = m_streams.size(); i > 0;) {
        --i;
        if (i < m_streams.size()) {
            sweepStream(*m_streams[i], now, timeouts);
        }
    }
    armTimer();
}

void H2Session::sweepStream(H2Stream& stream, Monotonic now, const model::Listener::Timeouts& timeouts) {
    if (stream.m_closed) {
        return;
    }
    if (stream.bytesPending() == 0 || std::exchange(stream.m_answerMoved, false) || !stream.m_stalled) {
        stream.m_stalled = stream.bytesPending() > 0;
        stream.m_stalledSince = now;
    } else if (m_unsent == nullptr && now - stream.m_stalledSince >= timeouts.write) {
        resetStream(stream, NGHTTP2_CANCEL);
        return;
    }
    if (stream.m_body == nullptr || stream.m_bodyPaused || stream.m_isStream ||
        stream.m_exchange == nullptr) {
        return;
    }
    if (std::exchange(stream.m_bodyMoved, false)) {
        stream.m_bodySince = now;
    }
    const bool silent = now - stream.m_bodySince >= timeouts.body;
    const bool slow = timeouts.bodyMinRate > 0 && stream.m_body->tooSlowAt(timeouts.bodyMinRate) <= now;
    if (silent || slow) {
        failBody(stream, refusals::bodyTimeout);
    }
}

} // namespace gateway::http
