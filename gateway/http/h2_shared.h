#pragma once

#include "gateway/base/random.h"
#include "gateway/http/h2_head_block.h"
#include "gateway/http/h2_memory.h"
#include "gateway/http/h2_stream.h"

#include <memory>
#include <nghttp2/nghttp2.h>
#include <string>
#include <vector>

namespace gateway::http {

/// Gives nghttp2's own structures back.
struct H2Deleter {
    void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
    void operator()(nghttp2_session_callbacks* callbacks) const noexcept {
        nghttp2_session_callbacks_del(callbacks);
    }
    void operator()(nghttp2_option* option) const noexcept { nghttp2_option_del(option); }
};

/// What the HTTP/2 sessions of a worker share, so that an idle one holds next to nothing: streams and head
/// blocks to lend, and the buffers of one event. Single-threaded.
class H2Shared {
public:
    H2Shared();

    [[nodiscard]] H2Stream& takeStream();
    void giveStream(H2Stream& stream) { m_freeStreams.push_back(&stream); }
    [[nodiscard]] H2HeadBlock& takeBlock();
    void giveBlock(H2HeadBlock& block) { m_freeBlocks.push_back(&block); }

    [[nodiscard]] const nghttp2_session_callbacks* callbacks() const noexcept { return m_callbacks.get(); }
    [[nodiscard]] const nghttp2_option* option() const noexcept { return m_option.get(); }
    [[nodiscard]] nghttp2_mem* memory() noexcept { return m_memory.functions(); }
    /// Something that a client could have sent as its Sec-WebSocket-Key; valid until the next call.
    [[nodiscard]] std::string_view makeWebSocketKey();

    std::string text;               ///< the head that is being written
    std::string out;                ///< the frames that are being made
    std::vector<nghttp2_nv> fields; ///< of the head that is being written

private:
    H2Memory m_memory;
    std::unique_ptr<nghttp2_session_callbacks, H2Deleter> m_callbacks;
    std::unique_ptr<nghttp2_option, H2Deleter> m_option;
    std::vector<std::unique_ptr<H2Stream>> m_streams;
    std::vector<H2Stream*> m_freeStreams;
    std::vector<std::unique_ptr<H2HeadBlock>> m_blocks;
    std::vector<H2HeadBlock*> m_freeBlocks;
    std::string m_webSocketKey;
    Random m_random;
};

} // namespace gateway::http
