#pragma once

#include "gateway/base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace gateway::auth {

/// What to ask a server for. GET, or a POST of a form.
struct FetchRequest {
    std::string url;                   ///< https; http for loopback addresses
    std::optional<std::string> form{}; ///< the body, form-urlencoded
    std::string user{};                ///< of HTTP Basic; empty: no credentials
    std::string password{};
    /// PEM by which the server's certificate is verified; null or empty: by the system's authorities.
    std::shared_ptr<const std::string> authorities{};
    std::chrono::milliseconds timeout{5'000}; ///< from the name's look-up to the last byte
    std::size_t bytesMax = 1024 * 1024;       ///< of the body
};

/// What came, of whatever status.
struct FetchAnswer {
    int status = 0;
    std::string mediaType; ///< without parameters, in lower case
    std::string body;
    /// How long Cache-Control lets it be kept (RFC 9111, 5.2.2); 0 for no-store and no-cache.
    std::optional<std::chrono::seconds> maxAge;
};

/// Exchanges with servers of HTTP, many at a time, on libcurl. HTTP/1.1 with keep-alive; redirects are not
/// followed, cookies not kept, bodies not decompressed. Proxies that the environment names are not used:
/// whom the gateway asks about its callers is said in its own settings alone.
/// One thread, but for wakeUp().
class HttpFetch {
public:
    /// Errors: Environment "provider-timeout", "provider-untrusted", "provider-unreachable",
    /// "provider-answer-too-large", "provider-broken-answer"; Input "provider-url".
    using Done = std::function<void(Result<FetchAnswer> answer)>;

    HttpFetch();
    ~HttpFetch(); ///< what is open is dropped, its `done` never called
    HttpFetch(const HttpFetch&) = delete;
    HttpFetch& operator=(const HttpFetch&) = delete;

    /// `done` comes once, within run().
    void start(FetchRequest request, Done done);
    /// Goes on with what is open; waits for something to happen, at most that long.
    void run(std::chrono::milliseconds waitMax);
    /// Ends the wait of run(). Any thread.
    void wakeUp() noexcept;

private:
    struct Transfer;
    struct State;
    std::unique_ptr<State> m_state;
};

/// Text as a part of a form (application/x-www-form-urlencoded).
[[nodiscard]] std::string formEncoded(std::string_view text);

} // namespace gateway::auth
