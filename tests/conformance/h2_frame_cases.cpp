#include "tests/conformance/h2_cases.h"

using namespace h2_codes;
using support::H2Type;
using support::h2::ack;
using support::h2::endHeaders;
using support::h2::endStream;
using support::h2::frame;
using support::h2::get;
using support::h2::literals;
using support::h2::none;
using support::h2::number;
using support::h2::padded;
using support::h2::post;
using support::h2::priority;

namespace {

std::string headers(std::uint32_t stream, std::uint8_t flags = endHeaders | endStream,
                    std::string_view before = {}) {
    return frame(H2Type::Headers, flags, stream, std::string(before) + literals(get("/case")));
}

std::string open(std::uint32_t stream = 1) {
    return frame(H2Type::Headers, endHeaders, stream, literals(post("/case")));
}

std::string setting(std::uint16_t identifier, std::uint32_t value) {
    return frame(H2Type::Settings, none, 0, number(identifier, 2) + number(value));
}

std::string windowUpdate(std::uint32_t stream, std::uint32_t by) {
    return frame(H2Type::WindowUpdate, none, stream, number(by));
}

const std::string fiveBytes(5, '\0'); // of a priority

} // namespace

std::vector<H2Case> h2FrameCases() {
    const std::string tooLarge(16'385, 'x');
    const auto unknown = static_cast<H2Type>(0x77);
    return {
        // 4.1, 4.2, 5.5
        {"4.1", "a frame of an unknown type is ignored", frame(unknown, 0xff, 0, "anything"), unharmed()},
        {"4.1", "a frame of an unknown type on a stream is ignored", frame(unknown, 0, 7, "anything"),
         unharmed()},
        {"4.1", "flags that mean nothing are ignored", frame(H2Type::Ping, 0xfe, 0, "12345678"), unharmed()},
        {"4.1", "the reserved bit is ignored", headers(0x80000001), answered(200), true},
        {"4.2", "DATA above the largest size", open() + frame(H2Type::Data, none, 1, tooLarge),
         goaway(frameSizeError), true},
        {"4.2", "HEADERS above the largest size", frame(H2Type::Headers, endHeaders | endStream, 1, tooLarge),
         goaway(frameSizeError)},
        {"4.2", "an unknown frame above the largest size", frame(unknown, 0, 0, tooLarge),
         goaway(frameSizeError)},
        {"4.2", "DATA of the largest size", open() + frame(H2Type::Data, endStream, 1, tooLarge.substr(1)),
         answered(200), true},
        {"5.5", "an unknown frame between HEADERS and CONTINUATION",
         headers(1, endStream) + frame(unknown, 0, 0, "x"), goaway(protocolError)},
        // 6.1
        {"6.1", "DATA on stream 0", frame(H2Type::Data, endStream, 0, "x"), goaway(protocolError)},
        {"6.1", "DATA on an idle stream", frame(H2Type::Data, endStream, 1, "x"), goaway(protocolError)},
        {"6.1", "DATA with padding",
         open() + frame(H2Type::Data, endStream | padded, 1, std::string("\3abc\0\0\0", 7)), answered(200),
         true},
        {"6.1", "DATA that is all padding",
         open() + frame(H2Type::Data, endStream | padded, 1, std::string("\4\0\0\0\0", 5)), answered(200),
         true},
        {"6.1", "padding as long as the payload",
         open() + frame(H2Type::Data, endStream | padded, 1, std::string("\5abcd", 5)), goaway(protocolError),
         true},
        {"6.1", "padding longer than the payload",
         open() + frame(H2Type::Data, endStream | padded, 1,
                        std::string("\xff"
                                    "abc",
                                    4)),
         goaway(protocolError), true},
        {"6.1", "padded DATA without the length", open() + frame(H2Type::Data, endStream | padded, 1),
         goaway(protocolError), true},
        {"6.1", "an empty DATA that ends the stream", open() + frame(H2Type::Data, endStream, 1),
         answered(200), true},
        // 6.2
        {"6.2", "HEADERS on stream 0", headers(0), goaway(protocolError)},
        {"6.2", "HEADERS with padding",
         frame(H2Type::Headers, endHeaders | endStream | padded, 1,
               "\2" + literals(get("/case")) + std::string(2, '\0')),
         answered(200), true},
        {"6.2", "HEADERS with a priority",
         headers(1, endHeaders | endStream | priority, std::string("\0\0\0\0\x10", 5)), answered(200), true},
        {"6.2", "padding as long as the block",
         frame(H2Type::Headers, endHeaders | endStream | padded, 1, "\x7f" + literals(get("/"))),
         goaway(protocolError)},
        {"6.2", "padded HEADERS without the length",
         frame(H2Type::Headers, endHeaders | endStream | padded, 1), goaway(protocolError)},
        {"6.2", "a priority cut short", frame(H2Type::Headers, endHeaders | endStream | priority, 1, "abc"),
         goaway(frameSizeError)},
        // 6.3
        {"6.3", "PRIORITY on an idle stream", frame(H2Type::Priority, none, 3, fiveBytes), unharmed()},
        {"6.3", "PRIORITY on stream 0", frame(H2Type::Priority, none, 0, fiveBytes), goaway(protocolError)},
        {"6.3", "PRIORITY on an open stream",
         open() + frame(H2Type::Priority, none, 1, std::string("\0\0\0\7\1", 5)) +
             frame(H2Type::Data, endStream, 1),
         answered(200), true},
        // 6.4
        {"6.4", "RST_STREAM on stream 0", frame(H2Type::RstStream, none, 0, number(8)),
         goaway(protocolError)},
        {"6.4", "RST_STREAM on an idle stream", frame(H2Type::RstStream, none, 1, number(8)),
         goaway(protocolError)},
        {"6.4", "RST_STREAM cut short", open() + frame(H2Type::RstStream, none, 1, "abc"),
         goaway(frameSizeError), true},
        {"6.4", "RST_STREAM too long", open() + frame(H2Type::RstStream, none, 1, "abcde"),
         goaway(frameSizeError), true},
        {"6.4", "RST_STREAM of an open stream", open() + frame(H2Type::RstStream, none, 1, number(8)),
         unharmed(), true},
        {"6.4", "RST_STREAM with a code that nobody knows",
         open() + frame(H2Type::RstStream, none, 1, number(0xffff)), unharmed(), true},
        // 6.5
        {"6.5", "SETTINGS on a stream", frame(H2Type::Settings, none, 1), goaway(protocolError)},
        {"6.5", "SETTINGS of a length that is no multiple of 6", frame(H2Type::Settings, none, 0, "abc"),
         goaway(frameSizeError)},
        {"6.5", "an acknowledgement with a payload", frame(H2Type::Settings, ack, 0, std::string(6, '\0')),
         goaway(frameSizeError)},
        {"6.5", "an empty SETTINGS", frame(H2Type::Settings, none, 0), unharmed()},
        {"6.5.2", "ENABLE_PUSH 0", setting(2, 0), unharmed()},
        {"6.5.2", "ENABLE_PUSH 1", setting(2, 1), unharmed()},
        {"6.5.2", "ENABLE_PUSH 2", setting(2, 2), goaway(protocolError)},
        {"6.5.2", "INITIAL_WINDOW_SIZE above 2^31-1", setting(4, 0x80000000), goaway(flowControlError)},
        {"6.5.2", "INITIAL_WINDOW_SIZE of 2^31-1", setting(4, 0x7fffffff), unharmed()},
        {"6.5.2", "MAX_FRAME_SIZE below 16384", setting(5, 16'383), goaway(protocolError)},
        {"6.5.2", "MAX_FRAME_SIZE above 2^24-1", setting(5, 16'777'216), goaway(protocolError)},
        {"6.5.2", "MAX_FRAME_SIZE of 2^24-1", setting(5, 16'777'215), unharmed()},
        {"6.5.2", "HEADER_TABLE_SIZE 0", setting(1, 0), unharmed()},
        {"6.5.2", "HEADER_TABLE_SIZE of 4 GB", setting(1, 0xffffffff), unharmed()},
        {"6.5.2", "MAX_CONCURRENT_STREAMS 0", setting(3, 0), unharmed()},
        {"6.5.2", "MAX_HEADER_LIST_SIZE 0", setting(6, 0), unharmed()},
        {"6.5.2", "an unknown setting", setting(0x99, 7), unharmed()},
        {"6.5.3", "the same setting twice, the last counts",
         frame(H2Type::Settings, none, 0, number(5, 2) + number(20'000) + number(5, 2) + number(16'384)),
         unharmed()},
        {"RFC 9218, 2.1", "NO_RFC7540_PRIORITIES 2", setting(9, 2), goaway(protocolError)},
        {"RFC 9218, 2.1", "NO_RFC7540_PRIORITIES that changes after the first SETTINGS", setting(9, 1),
         goaway(protocolError)},
        {"RFC 9218, 7.1", "PRIORITY_UPDATE ahead of its stream",
         frame(H2Type::PriorityUpdate, none, 0, number(1) + "u=1") + headers(1), answered(200), true},
        {"RFC 9218, 7.1", "PRIORITY_UPDATE on a stream",
         frame(H2Type::PriorityUpdate, none, 1, number(1) + "u=1"), goaway(protocolError)},
        {"RFC 9218, 7.1", "PRIORITY_UPDATE of stream 0",
         frame(H2Type::PriorityUpdate, none, 0, number(0) + "u=1"), goaway(protocolError)},
        {"RFC 9218, 4", "a priority that is no structured field",
         frame(H2Type::Headers, endHeaders | endStream, 1, literals(get("/case", {{"priority", "u=99,,i"}}))),
         answered(200), true},
        // 6.6
        {"6.6", "PUSH_PROMISE from a client",
         frame(H2Type::PushPromise, endHeaders, 1, number(2) + literals(get("/case"))),
         goaway(protocolError)},
        {"6.6", "PUSH_PROMISE on an open stream",
         open() + frame(H2Type::PushPromise, endHeaders, 1, number(2) + literals(get("/case"))),
         goaway(protocolError), true},
        // 6.7
        {"6.7", "PING on a stream", frame(H2Type::Ping, none, 1, "12345678"), goaway(protocolError)},
        {"6.7", "PING cut short", frame(H2Type::Ping, none, 0, "1234567"), goaway(frameSizeError)},
        {"6.7", "PING too long", frame(H2Type::Ping, none, 0, "123456789"), goaway(frameSizeError)},
        {"6.7", "an acknowledgement that nobody waits for", frame(H2Type::Ping, ack, 0, "12345678"),
         unharmed()},
        // 6.8
        {"6.8", "GOAWAY on a stream", frame(H2Type::Goaway, none, 1, number(0) + number(0)),
         goaway(protocolError)},
        {"6.8", "GOAWAY cut short", frame(H2Type::Goaway, none, 0, number(0)), goaway(frameSizeError)},
        {"6.8", "a request ahead of GOAWAY is still answered",
         open() + frame(H2Type::Goaway, none, 0, number(0) + number(0) + "bye") +
             frame(H2Type::Data, endStream, 1),
         goaway(noError), true},
        // 6.9
        {"6.9", "WINDOW_UPDATE by 0 on the connection", windowUpdate(0, 0), goaway(protocolError)},
        {"6.9", "WINDOW_UPDATE by 0 on a stream", open() + windowUpdate(1, 0), goaway(protocolError), true},
        {"6.9", "WINDOW_UPDATE on an idle stream", windowUpdate(1, 1), goaway(protocolError)},
        {"6.9", "WINDOW_UPDATE cut short", frame(H2Type::WindowUpdate, none, 0, "abc"),
         goaway(frameSizeError)},
        {"6.9", "WINDOW_UPDATE too long", frame(H2Type::WindowUpdate, none, 0, "abcde"),
         goaway(frameSizeError)},
        {"6.9", "WINDOW_UPDATE with the reserved bit", windowUpdate(0, 0x80000001), unharmed()},
        {"6.9", "WINDOW_UPDATE on a stream that is over", headers(1) + windowUpdate(1, 1), unharmed(), true},
        {"6.9.1", "the connection's window beyond 2^31-1", windowUpdate(0, 0x7fffffff),
         goaway(flowControlError)},
        {"6.9.1", "a stream's window beyond 2^31-1", open() + windowUpdate(1, 0x7fffffff),
         reset(flowControlError), true},
        {"6.9.2", "a window that SETTINGS carry beyond 2^31-1",
         open() + windowUpdate(1, 0x7fff0000) + setting(4, 0x7fffffff), reset(flowControlError), true},
        // 6.10
        {"6.10", "a block in three frames",
         headers(1, endStream) + frame(H2Type::Continuation, none, 1) +
             frame(H2Type::Continuation, endHeaders, 1, literals({{"x-more", "1"}})),
         answered(200), true},
        {"6.10", "CONTINUATION without HEADERS",
         frame(H2Type::Continuation, endHeaders, 1, literals({{"x-more", "1"}})), goaway(protocolError)},
        {"6.10", "CONTINUATION after the end of the block",
         headers(1) + frame(H2Type::Continuation, endHeaders, 1, literals({{"x-more", "1"}})),
         goaway(protocolError), true},
        {"6.10", "CONTINUATION on another stream",
         headers(1, endStream) + frame(H2Type::Continuation, endHeaders, 3), goaway(protocolError)},
        {"6.10", "CONTINUATION on stream 0",
         headers(1, endStream) + frame(H2Type::Continuation, endHeaders, 0), goaway(protocolError)},
        {"6.10", "DATA within a block", headers(1, endStream) + frame(H2Type::Data, none, 1, "x"),
         goaway(protocolError)},
        {"6.10", "HEADERS within a block", headers(1, endStream) + headers(3), goaway(protocolError)},
        {"6.10", "PING within a block", headers(1, endStream) + frame(H2Type::Ping, none, 0, "12345678"),
         goaway(protocolError)},
        {"6.10", "SETTINGS within a block", headers(1, endStream) + frame(H2Type::Settings, none, 0),
         goaway(protocolError)},
        {"6.10", "RST_STREAM within a block",
         headers(1, endStream) + frame(H2Type::RstStream, none, 1, number(8)), goaway(protocolError)},
    };
}

std::vector<H2Case> h2StreamCases() {
    const std::string trailer = literals({{"x-after", "1"}});
    return {
        {"5.1", "HEADERS on a stream that the client ended", headers(1) + headers(1), goaway(0), true},
        {"5.1", "DATA on a stream that the client ended", headers(1) + frame(H2Type::Data, endStream, 1, "x"),
         goaway(0), true},
        {"5.1", "DATA on a stream that the client reset",
         open() + frame(H2Type::RstStream, none, 1, number(8)) + frame(H2Type::Data, none, 1, "x"),
         unharmed(), true},
        {"5.1", "PRIORITY on a stream that is over", headers(1) + frame(H2Type::Priority, none, 1, fiveBytes),
         unharmed(), true},
        {"5.1", "RST_STREAM on a stream that is over",
         headers(1) + frame(H2Type::RstStream, none, 1, number(8)), unharmed(), true},
        {"5.1.1", "an even stream identifier", headers(2), goaway(protocolError)},
        // Nobody can tell it from what was sent before a reset arrived, so it is ignored, as nghttp2 has it.
        {"5.1.1", "a stream identifier that goes back", headers(5) + headers(3), unharmed(), true},
        {"5.1.1", "the first stream has a high number", headers(999), unharmed(), true},
        {"5.3", "a stream that depends on itself",
         headers(1, endHeaders | endStream | priority, std::string("\0\0\0\1\x10", 5)),
         goaway(protocolError)},
        {"5.4.1", "after an error nothing is taken any more", frame(H2Type::Data, none, 0, "x") + headers(1),
         goaway(protocolError)},
        {"8.1", "trailers",
         open() + frame(H2Type::Data, none, 1, "x") +
             frame(H2Type::Headers, endHeaders | endStream, 1, trailer),
         answered(200), true},
        {"8.1", "trailers that do not end the stream",
         open() + frame(H2Type::Headers, endHeaders, 1, trailer), reset(protocolError), true},
        {"8.1", "DATA after trailers",
         open() + frame(H2Type::Headers, endHeaders | endStream, 1, trailer) +
             frame(H2Type::Data, endStream, 1, "x"),
         goaway(0), true},
    };
}
