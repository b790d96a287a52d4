#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace gateway::http {

/// What the gateway answers a certificate authority that wants to see that a domain leads here (HTTP-01,
/// RFC 8555, 8.3). Written by whoever asks for certificates, read by all workers. Thread-safe; a request
/// costs one relaxed read while nobody asks for a certificate, which is nearly always.
class ChallengeTable {
public:
    /// In front of the token in the path of a request.
    static constexpr std::string_view pathPrefix = "/.well-known/acme-challenge/";
    /// Of an answer.
    static constexpr std::string_view contentType = "application/octet-stream";

    [[nodiscard]] bool isEmpty() const noexcept { return m_size.load(std::memory_order_relaxed) == 0; }
    /// The key authorization for the path of a request; empty: the path is none of a challenge that runs.
    [[nodiscard]] std::string find(std::string_view path) const;

    void put(std::string token, std::string keyAuthorization);
    void remove(std::string_view token);

private:
    std::atomic<std::size_t> m_size{0};
    mutable std::mutex m_mutex;
    std::map<std::string, std::string, std::less<>> m_answers;
};

} // namespace gateway::http
