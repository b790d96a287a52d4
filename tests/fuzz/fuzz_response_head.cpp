// Whatever comes from an upstream: no crash, and what is accepted reaches the client as a head of the same
// framing.

#include "require.h"

#include "gateway/http/parser.h"
#include "gateway/http/writer.h"

#include <cstdint>

using namespace gateway::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const Method method = (bytes[0] & 1U) != 0 ? Method::Head : Method::Get;
    const std::string_view data(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    static ResponseHead head;
    if (const auto refusal = parseResponseHead(data, method, HeadLimits{}, head)) {
        require(refusal->status == 502 && refusal->code[0] != '\0');
        return 0;
    }
    require(head.status >= 100 && head.status <= 599 && head.status != 101);
    const HeadLimits generous{.headBytesMax = 1U << 24U, .targetBytesMax = 1U << 20U, .fieldsMax = 10'000};
    ResponseHead again;
    std::string out;
    if (head.status < 200) {
        writeInformationalHead(out, head);
        require(!parseResponseHead(out, method, generous, again) && again.status == head.status);
        return 0;
    }
    writeResponseHead(out, head,
                      {.requestId = "r1",
                       .extraFields = "X-RateLimit-Limit: 1\r\n",
                       .date = "Thu, 01 Jan 2026 00:00:00 GMT",
                       .framing = head.framing,
                       .keepAlive = head.keepAlive,
                       .clientMinorVersion = 1,
                       .toHead = method == Method::Head || head.status == 304});
    require(!parseResponseHead(out, method, generous, again));
    require(again.status == head.status && again.reason == head.reason && again.framing == head.framing);
    require(again.contentLength == head.contentLength && again.keepAlive == head.keepAlive);
    return 0;
}
