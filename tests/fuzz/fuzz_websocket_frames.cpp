// Whatever an end of a WebSocket sends: no crash, the same verdict and count however it is split, and what is
// passed on of a refused stream is itself acceptable.

#include "require.h"

#include "gateway/http/websocket_frames.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

using gateway::http::WebSocketFrames;

namespace {

struct Seen {
    bool isBroken = false;
    bool hasClosed = false;
    std::uint32_t messages = 0;

    friend bool operator==(const Seen&, const Seen&) = default;
};

Seen look(WebSocketFrames::From from, bool extended, std::string_view raw, std::size_t pieceSize) {
    WebSocketFrames frames(from, extended);
    while (!raw.empty() && !frames.isBroken()) {
        const std::string_view piece = raw.substr(0, pieceSize);
        raw.remove_prefix(piece.size());
        const std::size_t passed = frames.feed(piece);
        require(frames.isBroken() ? passed < piece.size() : passed == piece.size());
    }
    return {frames.isBroken(), frames.hasClosed(), frames.takeMessages()};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto from = (bytes[0] & 1U) != 0 ? WebSocketFrames::From::Client : WebSocketFrames::From::Server;
    const bool extended = (bytes[0] & 2U) != 0;
    const std::string_view raw(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    const Seen whole = look(from, extended, raw, std::max<std::size_t>(raw.size(), 1));
    for (const std::size_t pieceSize : {1U, 2U, 3U, 7U, 16U}) {
        require(look(from, extended, raw, pieceSize) == whole);
    }
    WebSocketFrames frames(from, extended);
    const std::string_view good = raw.substr(0, frames.feed(raw));
    WebSocketFrames again(from, extended);
    require(again.feed(good) == good.size() && !again.isBroken());
    return 0;
}
