// Whatever a chunked body looks like: no crash, and the same payload, trailers and verdict however it is
// split.

#include "require.h"

#include "gateway/http/parser.h"

#include <algorithm>
#include <cstdint>
#include <string>

using namespace gateway::http;

namespace {

struct Decoded {
    ChunkedDecoder::Event last = ChunkedDecoder::Event::NeedMore;
    std::string payload;
    std::string trailers;
    std::size_t left = 0; ///< bytes after the body; counts for nothing when it is malformed

    friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decode(std::string_view raw, std::size_t pieceSize) {
    ChunkedDecoder decoder;
    Decoded decoded;
    while (!raw.empty() && decoded.last == ChunkedDecoder::Event::NeedMore) {
        std::string_view input = raw.substr(0, pieceSize);
        raw.remove_prefix(input.size());
        std::string_view data;
        do {
            decoded.last = decoder.next(input, data);
            decoded.payload += data;
        } while (decoded.last == ChunkedDecoder::Event::Data);
        decoded.left = decoded.last == ChunkedDecoder::Event::End ? input.size() + raw.size() : 0;
    }
    if (decoded.last == ChunkedDecoder::Event::End) {
        decoded.trailers = decoder.trailers();
    }
    return decoded;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view raw(reinterpret_cast<const char*>(bytes), size);
    const Decoded whole = decode(raw, std::max<std::size_t>(size, 1));
    for (const std::size_t pieceSize : {1U, 2U, 3U, 7U, 16U}) {
        require(decode(raw, pieceSize) == whole);
    }
    require(whole.payload.size() + whole.trailers.size() + whole.left <= size);
    return 0;
}
