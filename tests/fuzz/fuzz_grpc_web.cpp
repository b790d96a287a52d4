// Whatever a gRPC-Web client sends as base64: no crash, the same bytes and verdict however it is split; what
// is encoded comes back as it was; and any trailers make a frame that says how long it is.

#include "require.h"

#include "gateway/translate/grpc_web.h"

#include <algorithm>
#include <cstdint>

using namespace gateway::translate;

namespace {

struct Decoded {
    bool isGood = true;
    std::string bytes;

    friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decode(std::string_view raw, std::size_t pieceSize) {
    GrpcWebCall call;
    call.begin(GrpcWire::WebText, "application/grpc-web-text+proto");
    Decoded decoded;
    while (!raw.empty() && decoded.isGood) {
        std::string_view translated;
        const std::string_view piece = raw.substr(0, pieceSize);
        raw.remove_prefix(piece.size());
        decoded.isGood = call.toGrpc(piece, translated);
        decoded.bytes += translated;
    }
    decoded.isGood = decoded.isGood && call.isRequestWhole();
    return decoded;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view raw(reinterpret_cast<const char*>(bytes), size);
    const Decoded whole = decode(raw, std::max<std::size_t>(size, 1));
    for (const std::size_t pieceSize : {1U, 2U, 3U, 7U}) {
        require(decode(raw, pieceSize) == whole);
    }
    std::string text;
    appendBase64(text, raw);
    require(decode(text, 5) == Decoded{true, std::string(raw)});
    GrpcWebCall call;
    call.begin(GrpcWire::Web, "application/grpc-web");
    const std::string_view frame = call.lastFrame(raw);
    require(frame.size() >= 5 && frame[0] == static_cast<char>(0x80));
    std::size_t length = 0;
    for (std::size_t i = 1; i < 5; ++i) {
        length = length << 8U | static_cast<unsigned char>(frame[i]);
    }
    require(length == frame.size() - 5);
    static_cast<void>(parseGrpcTimeout(raw));
    static_cast<void>(grpcWireOf(raw));
    return 0;
}
