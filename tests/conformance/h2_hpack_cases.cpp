#include "tests/conformance/h2_cases.h"

using namespace h2_codes;
using support::H2Type;
using support::h2::endHeaders;
using support::h2::endStream;
using support::h2::frame;
using support::h2::get;
using support::h2::literals;

namespace {

/// GET /case, and then these bytes in the same block.
std::string block(std::string_view more, std::string_view before = {}) {
    return frame(H2Type::Headers, endHeaders | endStream, 1,
                 std::string(before) + literals(get("/case")) + std::string(more));
}

template<std::size_t size>
std::string bytes(const char (&text)[size]) {
    return {&text[0], size - 1};
}

} // namespace

std::vector<H2Case> h2HpackCases() {
    // GET, http and /, then the authority as a literal: all of the static table's kinds.
    const std::string indexed = bytes("\x82\x86\x84\x41\x02gw");
    const std::string byName = bytes("\x82\x86\x04\x05/case\x01\x02gw");
    return {
        {"HPACK 6.1", "fields of the static table",
         frame(H2Type::Headers, endHeaders | endStream, 1, indexed), answered(200), true},
        {"HPACK 6.1", "index 0", block("\x80"), goaway(compressionError)},
        {"HPACK 2.3.3", "an index behind both tables", block("\xbe"), goaway(compressionError)},
        {"HPACK 2.3.3", "a literal whose name's index is behind both tables", block(bytes("\x7e\x01v")),
         goaway(compressionError)},
        {"HPACK 2.3.3", "a field of the dynamic table",
         block(bytes("\x40\x03x-a\x01"
                     "1\xbe")),
         answered(200), true},
        {"HPACK 6.2.1", "a literal with indexing",
         block(bytes("\x40\x03x-a\x01"
                     "1")),
         answered(200), true},
        {"HPACK 6.2.1", "a literal with indexing and an indexed name",
         frame(H2Type::Headers, endHeaders | endStream, 1, bytes("\x82\x86\x44\x05/case\x41\x02gw")),
         answered(200), true},
        {"HPACK 6.2.2", "a literal without indexing and an indexed name",
         frame(H2Type::Headers, endHeaders | endStream, 1, byName), answered(200), true},
        {"HPACK 6.2.3", "a literal that must never be indexed",
         block(bytes("\x10\x03x-a\x01"
                     "1")),
         answered(200), true},
        {"HPACK 6.3", "a table size of 0 at the start", block("", bytes("\x20")), answered(200), true},
        {"HPACK 6.3", "a table size of 4096 at the start", block("", bytes("\x3f\xe1\x1f")), answered(200),
         true},
        {"HPACK 6.3", "a table size above the limit", block("", bytes("\x3f\xe2\x1f")),
         goaway(compressionError)},
        {"HPACK 4.2", "a table size at the end of the block", block(bytes("\x20")), goaway(compressionError)},
        {"HPACK 4.2", "two table sizes at the start", block("", bytes("\x20\x3f\xe1\x1f")), answered(200),
         true},
        {"HPACK 4.4", "a field larger than the table empties it",
         block(bytes("\x40\x03x-a\x01"
                     "1") +
               bytes("\x40\x7f\x90\x1f") + std::string(4'111, 'n') + bytes("\x00")),
         answered(200), true},
        {"HPACK 5.1", "an integer cut short", block("\xff"), goaway(compressionError)},
        {"HPACK 5.1", "an integer beyond 32 bits", block("\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
         goaway(compressionError)},
        {"HPACK 5.1", "an endless integer", block(std::string(200, '\xff')), goaway(compressionError)},
        {"HPACK 5.2", "a string longer than the block", block(bytes("\x00\x7f\x10x")),
         goaway(compressionError)},
        {"HPACK 5.2", "Huffman coding", block(bytes("\x00\x03x-a\x82\x1c\x64")), answered(200), true},
        {"HPACK 5.2", "Huffman padding longer than 7 bits",
         block(bytes("\x00\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff")), goaway(compressionError)},
        {"HPACK 5.2", "Huffman padding with zeros",
         block(bytes("\x00\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90")), goaway(compressionError)},
        {"HPACK 5.2", "Huffman coding of EOS",
         block(bytes("\x00\x85\xf2\xb2\x4a\x84\xff\x87\x49\x51\xff\xff\xff\xfa\x7f")),
         goaway(compressionError)},
        {"HPACK 3.2", "an empty block", frame(H2Type::Headers, endHeaders | endStream, 1),
         reset(protocolError)},
        {"HPACK 2.2", "a refused block still counts for the table",
         block(bytes("\x40\x03x-a\x01"
                     "1\x00\x01X\x01"
                     "1")) +
             frame(H2Type::Headers, endHeaders | endStream, 3, literals(get("/case")) + "\xbe"),
         reset(protocolError), true},
    };
}
