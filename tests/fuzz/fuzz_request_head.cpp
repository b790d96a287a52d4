// Whatever comes from a client: no crash, the scanner and the parser agree, and what is accepted reaches an
// upstream as a head that means the same.

#include "require.h"

#include "gateway/http/parser.h"
#include "gateway/http/writer.h"

#include <cstdint>

using namespace gateway::http;

namespace {

void checkScanner(std::string_view data, bool isAccepted) {
    HeadScanner whole;
    const auto result = whole.scan(data);
    if (isAccepted) {
        require(result == HeadScanner::Result::Complete && whole.headSize() == data.size());
    }
    HeadScanner pieces;
    auto last = HeadScanner::Result::Incomplete;
    for (std::size_t size = 0; size <= data.size() && last == HeadScanner::Result::Incomplete; ++size) {
        last = pieces.scan(data.substr(0, size));
    }
    require(last == result && pieces.headSize() == whole.headSize());
}

void checkForwarding(const RequestHead& head) {
    std::string out;
    writeRequestHead(out, head,
                     {.path = head.path,
                      .clientAddress = "2001:db8::1",
                      .scheme = "http",
                      .requestId = "r1",
                      .consumer = "alice",
                      .keyField = "X-API-Key",
                      .query = head.query,
                      .defaultHost = "backend:80",
                      .hasQuery = head.hasQuery,
                      .expectContinue = head.expectContinue});
    const HeadLimits generous{.headBytesMax = 1U << 24U, .targetBytesMax = 1U << 20U, .fieldsMax = 10'000};
    RequestHead again;
    require(!parseRequestHead(out, generous, again));
    require(again.methodText == head.methodText && again.path == head.path);
    require(again.query == head.query && again.hasQuery == head.hasQuery);
    require(again.framing == head.framing && again.contentLength == head.contentLength);
    if (head.authority.empty()) {
        require(again.authority == "backend:80"); // an HTTP/1.0 request without Host
    } else {
        require(again.authority == head.authority && again.host == head.host);
    }
    require(again.acceptsTrailers == head.acceptsTrailers);
    require(head.maxForwards < 1 || again.maxForwards == head.maxForwards - 1);
    require(again.expectContinue == head.expectContinue);
    const Field* consumer = again.find(KnownField::XClientId);
    require(consumer != nullptr && consumer->value == "alice");
    require(again.find(KnownField::XInternalAuth) == nullptr && again.find("X-API-Key") == nullptr);
    int consumers = 0;
    for (const Field& field : again.fields) {
        consumers += field.known == KnownField::XClientId ? 1 : 0;
    }
    require(consumers == 1);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view data(reinterpret_cast<const char*>(bytes), size);
    static RequestHead head; // reused, as a connection does, so that leftovers would show
    const auto refusal = parseRequestHead(data, HeadLimits{}, head);
    checkScanner(data, !refusal);
    if (refusal) {
        require(refusal->status >= 400 && refusal->status <= 505 && refusal->code[0] != '\0');
        return 0;
    }
    require(head.path == "*" || head.path.substr(0, 1) == "/");
    require(head.path.find("//") == std::string_view::npos);
    require(head.path.find("/../") == std::string_view::npos && !head.path.ends_with("/.."));
    require(head.framing != Framing::UntilClose);
    checkForwarding(head);
    return 0;
}
