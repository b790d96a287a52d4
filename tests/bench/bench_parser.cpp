// What reading and writing a head costs: nanoseconds a head, the best of several rounds.

#include "gateway/http/parser.h"
#include "gateway/http/writer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace gateway::http;

namespace {

const std::string request = "GET /orders/2024-11/items?limit=25&after=b3JkZXI6MTIz HTTP/1.1\r\n"
                            "Host: api.example.com:8080\r\n"
                            "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101\r\n"
                            "Accept: application/json, text/plain;q=0.9, */*;q=0.8\r\n"
                            "Accept-Language: en-GB,en;q=0.5\r\n"
                            "Accept-Encoding: gzip, deflate, br\r\n"
                            "X-API-Key: gh_4hVt3QpX2LrW8sYbNcKd7mZf\r\n"
                            "Cache-Control: no-cache\r\n"
                            "Cookie: session=0af7651916cd43dd8448eb211c80319c; theme=dark\r\n"
                            "Referer: https://shop.example.com/orders\r\n"
                            "Connection: keep-alive\r\n"
                            "\r\n";

const std::string response = "HTTP/1.1 200 OK\r\n"
                             "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                             "Server: upstream/1.0\r\n"
                             "Content-Type: application/json; charset=utf-8\r\n"
                             "Content-Length: 1234\r\n"
                             "ETag: \"33a64df551425fcc55e4d42a148795d9f25f89d4\"\r\n"
                             "Cache-Control: private, max-age=0\r\n"
                             "Vary: Accept-Encoding\r\n"
                             "Connection: keep-alive\r\n"
                             "\r\n";

template<class Work>
void measure(const char* name, const Work& work) {
    constexpr int rounds = 15;
    constexpr int timesARound = 100'000;
    double best = 1e9;
    for (int round = 0; round < rounds; ++round) {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < timesARound; ++i) {
            work();
        }
        const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
        best = std::min(best, took.count() / timesARound);
    }
    std::printf("%-24s %7.1f ns\n", name, best);
}

void require(bool condition, const char* what) {
    if (!condition) {
        std::fprintf(stderr, "%s went wrong: the figures would mean nothing\n", what);
        std::exit(EXIT_FAILURE);
    }
}

} // namespace

int main() {
    const HeadLimits limits;
    RequestHead requestHead;
    ResponseHead responseHead;
    std::string out;
    require(!parseRequestHead(request, limits, requestHead), "parsing the request");
    require(!parseResponseHead(response, Method::Get, limits, responseHead), "parsing the response");
    measure("scan request head", [&] {
        HeadScanner scanner;
        require(scanner.scan(request) == HeadScanner::Result::Complete, "scanning");
    });
    measure("parse request head",
            [&] { require(!parseRequestHead(request, limits, requestHead), "parsing"); });
    const ForwardedBy by{.path = requestHead.path,
                         .clientAddress = "192.0.2.1",
                         .scheme = "http",
                         .requestId = "0af7651916cd43dd8448eb211c80319c",
                         .consumer = "alice",
                         .keyField = "X-API-Key",
                         .query = requestHead.query,
                         .hasQuery = true,
                         .expectContinue = false};
    measure("write request head", [&] {
        out.clear();
        writeRequestHead(out, requestHead, by);
    });
    measure("parse response head",
            [&] { require(!parseResponseHead(response, Method::Get, limits, responseHead), "parsing"); });
    const RespondedBy responded{.requestId = "0af7651916cd43dd8448eb211c80319c",
                                .extraFields = "X-RateLimit-Limit: 100\r\nX-RateLimit-Remaining: 99\r\n",
                                .date = "Thu, 01 Jan 2026 00:00:00 GMT",
                                .framing = Framing::Length,
                                .keepAlive = true,
                                .clientMinorVersion = 1,
                                .toHead = false};
    measure("write response head", [&] {
        out.clear();
        writeResponseHead(out, responseHead, responded);
    });
    return EXIT_SUCCESS;
}
