#include "gateway/upstream/h2_callbacks.h"

#include "gateway/upstream/h2_connection.h"
#include "gateway/upstream/h2_pool.h"

namespace gateway::upstream {
namespace {

/// As much is collected before it goes out; bounds what a turn holds.
constexpr std::size_t outboxBytesMax = 256 * 1024;

H2Connection& of(void* user) {
    return *static_cast<H2Connection*>(user);
}

std::string_view textOf(const std::uint8_t* data, std::size_t bytes) {
    return {reinterpret_cast<const char*>(data), bytes};
}

} // namespace

struct H2Callbacks {
    static ssize_t send(nghttp2_session*, const std::uint8_t* data, std::size_t bytes, int, void* user) {
        std::string& out = of(user).m_pool.outbox();
        if (out.size() >= outboxBytesMax) {
            return NGHTTP2_ERR_WOULDBLOCK;
        }
        out.append(textOf(data, bytes));
        return static_cast<ssize_t>(bytes);
    }

    static int sendContent(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head,
                           std::size_t bytes, nghttp2_data_source*, void* user) {
        constexpr std::size_t frameHeadBytes = 9;
        H2Connection& connection = of(user);
        std::string& out = connection.m_pool.outbox();
        H2Stream* stream = connection.streamOf(frame->hd.stream_id);
        if (stream == nullptr) {
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        }
        if (out.size() >= outboxBytesMax) {
            return NGHTTP2_ERR_WOULDBLOCK;
        }
        out.append(textOf(head, frameHeadBytes));
        stream->moveContent(out, bytes);
        connection.noteUse();
        return 0;
    }

    static ssize_t readContent(nghttp2_session*, std::int32_t id, std::uint8_t*, std::size_t bytesMax,
                               std::uint32_t* flags, nghttp2_data_source*, void* user) {
        H2Stream* stream = of(user).streamOf(id);
        return stream != nullptr ? stream->offerContent(bytesMax, *flags)
                                 : ssize_t{NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE};
    }

    static int onBeginFrame(nghttp2_session*, const nghttp2_frame_hd*, void* user) {
        return of(user).onFrameBegin();
    }

    static int onBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        of(user).onFieldsBegin(frame->hd.stream_id);
        return 0;
    }

    static int onHeader(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                        std::size_t nameBytes, const std::uint8_t* value, std::size_t valueBytes,
                        std::uint8_t, void* user) {
        return of(user).onField(frame->hd.stream_id, textOf(name, nameBytes), textOf(value, valueBytes));
    }

    /// Fields that the library would only leave out.
    static int onInvalidHeader(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                               const std::uint8_t*, std::size_t, std::uint8_t, void*) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }

    static int onFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        of(user).onFrame(*frame);
        return 0;
    }

    static int onData(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                      std::size_t bytes, void* user) {
        H2Connection& connection = of(user);
        // One stream that nobody reads must not hold up the others.
        nghttp2_session_consume_connection(session, bytes);
        connection.noteUse();
        if (H2Stream* stream = connection.streamOf(id)) {
            stream->onContent(textOf(data, bytes));
        }
        return 0;
    }

    static int onNotSent(nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
        if (frame->hd.type == NGHTTP2_HEADERS) {
            of(user).onRequestNotSent(frame->hd.stream_id);
        }
        return 0;
    }

    static int onStreamClose(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
        of(user).onStreamOver(id, code);
        return 0;
    }
};

nghttp2_data_provider contentProvider() noexcept {
    nghttp2_data_provider provider{};
    provider.read_callback = &H2Callbacks::readContent;
    return provider;
}

nghttp2_session* makeSession(H2Connection& connection) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* options = nullptr;
    nghttp2_session* session = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&options) == 0) {
        nghttp2_session_callbacks_set_send_callback(callbacks, &H2Callbacks::send);
        nghttp2_session_callbacks_set_send_data_callback(callbacks, &H2Callbacks::sendContent);
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, &H2Callbacks::onBeginFrame);
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &H2Callbacks::onBeginHeaders);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, &H2Callbacks::onHeader);
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, &H2Callbacks::onInvalidHeader);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &H2Callbacks::onFrame);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &H2Callbacks::onData);
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, &H2Callbacks::onNotSent);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &H2Callbacks::onStreamClose);
        nghttp2_option_set_no_auto_window_update(options, 1);
        nghttp2_session_client_new3(&session, callbacks, &connection, options, connection.pool().memory());
    }
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(callbacks);
    return session;
}

} // namespace gateway::upstream
