#include "gateway/http/h2_shared.h"

#include "gateway/http/h2_session.h"

#include <cstdlib>
#include <random>

namespace gateway::http {
namespace {

constexpr std::size_t outboundAcksMax = 100;     // answers to PING and SETTINGS that wait
constexpr std::size_t continuationsMax = 8;      // frames of one head
constexpr unsigned typeMax = 255;                // of frames
constexpr std::size_t settingsMax = 32;          // entries of one frame
constexpr std::size_t encoderTableBytes = 4'096; // whatever the client would allow

} // namespace

H2Shared::H2Shared()
    : m_random(std::random_device{}()) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* option = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&option) != 0) {
        std::abort(); // no memory at the very start
    }
    m_callbacks.reset(callbacks);
    m_option.reset(option);
    H2Session::setCallbacks(*callbacks);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_outbound_ack(option, outboundAcksMax);
    nghttp2_option_set_max_continuations(option, continuationsMax);
    nghttp2_option_set_max_settings(option, settingsMax);
    nghttp2_option_set_max_deflate_dynamic_table_size(option, encoderTableBytes);
    nghttp2_option_set_builtin_recv_extension_type(option, NGHTTP2_PRIORITY_UPDATE);
    // Frames of other types are ignored, but not unseen: a flood of them is one.
    for (unsigned type = NGHTTP2_CONTINUATION + 1; type <= typeMax; ++type) {
        if (type != NGHTTP2_PRIORITY_UPDATE) {
            nghttp2_option_set_user_recv_extension_type(option, static_cast<std::uint8_t>(type));
        }
    }
}

H2Stream& H2Shared::takeStream() {
    if (m_freeStreams.empty()) {
        m_freeStreams.push_back(m_streams.emplace_back(std::make_unique<H2Stream>()).get());
    }
    H2Stream& stream = *m_freeStreams.back();
    m_freeStreams.pop_back();
    return stream;
}

H2HeadBlock& H2Shared::takeBlock() {
    if (m_freeBlocks.empty()) {
        m_freeBlocks.push_back(m_blocks.emplace_back(std::make_unique<H2HeadBlock>()).get());
    }
    H2HeadBlock& block = *m_freeBlocks.back();
    m_freeBlocks.pop_back();
    return block;
}

std::string_view H2Shared::makeWebSocketKey() {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    constexpr std::size_t fullDigits = 21; // of 16 bytes; the last digit has only two bits of them
    m_webSocketKey.clear();
    for (std::size_t i = 0; i < fullDigits; ++i) {
        m_webSocketKey.push_back(digits[m_random.below(64)]);
    }
    m_webSocketKey.push_back("AQgw"[m_random.below(4)]);
    m_webSocketKey.append("==");
    return m_webSocketKey;
}

} // namespace gateway::http
