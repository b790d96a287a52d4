// Whatever a connection begins with: no crash, nothing read beyond what is there, and the same verdict
// however it is split.

#include "require.h"

#include "gateway/http/proxy_header.h"

#include <cstdint>

using namespace gateway::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view raw(reinterpret_cast<const char*>(bytes), size);
    const ProxyHeader whole = readProxyHeader(raw);
    require(whole.size <= size && whole.size <= ProxyHeader::bytesMax);
    require((whole.verdict == ProxyHeader::Verdict::Good) == (whole.size > 0));
    for (std::size_t part = 0; part < size; ++part) {
        const ProxyHeader read = readProxyHeader(raw.substr(0, part));
        // What is bad or complete stays so; a good one ends exactly where it is first called good.
        require(read.verdict == ProxyHeader::Verdict::NeedMore || read.verdict == whole.verdict);
        require((read.verdict == ProxyHeader::Verdict::Good) ==
                (whole.verdict == ProxyHeader::Verdict::Good && part >= whole.size));
    }
    return 0;
}
